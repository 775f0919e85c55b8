"""Derivatives by differences, in inputs and in fields, against formulas."""

from dataclasses import dataclass

import numpy as np
import pytest

from replication.laws import (
    Chinchilla,
    KaplanJoint,
    Law,
    NonEmbeddingChinchilla,
    PowerLawOffset,
    TotalParams,
    coefficient,
    exponent,
    scale,
    slope,
)
from replication.laws.differences import field_slopes

SURFACE = Chinchilla(A=482.01, B=2085.43, E=1.8172, alpha=0.3478, beta=0.3658)
LAWS = [
    SURFACE,
    KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13),
    NonEmbeddingChinchilla.of(SURFACE, TotalParams(omega=47491.0, p=1 / 3)),
    PowerLawOffset(A=1e3, E=1.7, alpha=0.2),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_formulas_equal_differences(law):
    columns = [np.geomspace(1e6, 1e12, 7) * (k + 1) ** 8 for k in range(len(law.inputs))]
    formula, differences = law.slopes(*columns), Law.slopes(law, *columns)
    assert list(formula) == list(law.inputs) == list(differences)
    for name in law.inputs:
        assert (formula[name] < 0).all()
        np.testing.assert_allclose(differences[name], formula[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_a_number_has_a_number_for_a_slope(law):
    assert all(type(v) is float for v in law.slopes(*[1e9] * len(law.inputs)).values())


def test_the_irreducible_loss_is_a_coefficient_or_nothing():
    assert [law.irreducible for law in LAWS] == [1.8172, 0.0, 1.8172, 1.7]


def test_flops_at_and_tokens_for_lead_back():
    sizes = np.array([1e8, 7e10])
    best = SURFACE.optimal(flops=SURFACE.flops_at(sizes))
    np.testing.assert_allclose(best.params, sizes, rtol=1e-12)
    tokens = SURFACE.tokens_for(loss=best.loss, params=sizes)
    np.testing.assert_allclose(tokens, best.tokens, rtol=1e-10)


# In the fields --------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_differences_in_the_fields_equal_formulas(law):
    columns = [np.geomspace(1e6, 1e12, 7) * (k + 1) ** 8 for k in range(len(law.inputs))]
    formula, differences = law.gradient(*columns), Law.gradient(law, *columns)
    assert list(differences) == list(law.names())
    for name in law.names():
        size = np.abs(formula[name]).max()
        np.testing.assert_allclose(differences[name], formula[name], rtol=1e-8, atol=1e-9 * size)


def test_draws_are_differentiated_each_at_its_own_place():
    draws = np.array([0.8, 1.0, 1.25])[:, None]
    law = Chinchilla(*(draws * np.array(list(SURFACE.to_dict().values()))).T[:, :, None])
    columns = np.geomspace(1e7, 1e11, 6), np.geomspace(1e8, 1e12, 6)
    exact = law.gradient(*columns)
    for name, differences in Law.gradient(law, *columns).items():
        assert differences.shape == (3, 6)
        np.testing.assert_allclose(differences, exact[name], rtol=1e-7, atol=0)


@dataclass(frozen=True)
class Mixed(Law):
    """Fields of every kind, each of the size that its column asks for."""

    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    r: float = scale(1e-12, 1e-11)
    k: float = slope()
    q: float = exponent(1e-7)
    inputs = ("tokens",)

    def loss(self, t):
        u = t / 1e13
        return (
            self.E
            + self.A * t**-self.alpha * np.exp(-self.r * t)
            + self.k * t
            + u / (1 + self.q * t)
        )

    def exact(self, t):
        u, fall = t / 1e13, t**-self.alpha * np.exp(-self.r * t)
        return {
            "E": np.ones_like(t),
            "A": fall,
            "alpha": -self.A * fall * np.log(t),
            "r": -self.A * fall * t,
            "k": t,
            "q": -u * t / (1 + self.q * t) ** 2,
        }


@pytest.mark.parametrize("k", [0.0, -2e-13, 3e-14, 1e-30])
@pytest.mark.parametrize("q", [0.0, 1e-15, -5e-14, 1e-12, 1e-9])
@pytest.mark.parametrize("E", [1e-9, 1.7])
def test_a_step_fits_the_size_of_its_field(k, q, E):
    t = np.geomspace(1e8, 1e13, 40)
    law = Mixed(E=E, A=900.0, alpha=0.33, r=3e-12, k=k, q=q)
    exact, found = law.exact(t), field_slopes(law, (t,))
    for name, slopes in found.items():
        size = np.abs(exact[name]).max()
        np.testing.assert_allclose(slopes, exact[name], rtol=1e-6, atol=2e-7 * size, err_msg=name)


def test_a_field_without_effect_has_no_slope_and_one_that_overflows_raises_nothing():
    flat = Chinchilla(A=0.0, B=1.0, E=1.0, alpha=0.3, beta=0.3)
    assert (Law.gradient(flat, np.array([1e9, 1e10]), np.array([1e9, 1e10]))["alpha"] == 0).all()
    wild = Chinchilla(A=1.0, B=1.0, E=1.0, alpha=-1e4, beta=np.inf)
    assert set(Law.gradient(wild, np.array([1e9]), np.array([1e9]))) == set(wild.names())
