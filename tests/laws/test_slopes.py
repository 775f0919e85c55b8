"""Slopes in the inputs: formulas against differences, and what a law tends to."""

import numpy as np
import pytest

from replication.laws import (
    Chinchilla,
    KaplanJoint,
    Law,
    NonEmbeddingChinchilla,
    PowerLawOffset,
    TotalParams,
)

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
