"""The shape-aware law: values, derivatives, monotony, fits, and what it cannot say."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit, minimize_scalar

import replication as rp
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.fitting.kernels import GradientKernel
from replication.laws import (
    Chinchilla,
    PowerSum,
    ShapeAware,
    ShapeOptimum,
    Term,
    coefficient,
    exponent,
)

LAW = ShapeAware(E=2.45, A=5.5e4, B=7.8e5, alpha=0.61, beta=0.61, epsilon=1.1e-3, gamma=0.61)
VALLEY = ShapeOptimum(E=2.4, A=5e4, B=6e5, alpha=0.6, beta=0.55, kappa=8e-3, R_opt=40.0)
FREE = replace(LAW, alpha=0.5, A=6e3, gamma=0.9, epsilon=4e-4)
TIED = {"beta": "alpha", "gamma": "alpha"}
DRAWS = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def laws(draw: Any) -> ShapeAware:
    """Laws whose every term counts at 1e9 parameters, 1e10 tokens and an aspect ratio of 50."""
    alpha, beta, gamma = (draw(st.floats(0.1, 1.2)) for _ in range(3))
    part = st.floats(0.05, 5.0)
    return ShapeAware(
        E=draw(part),
        A=draw(part) * 1e9**alpha,
        B=draw(part) * 1e10**beta,
        alpha=alpha,
        beta=beta,
        epsilon=draw(part) * 50**-gamma,
        gamma=gamma,
    )


def points(law: Any, n: int = 40, seed: int = 3) -> pd.DataFrame:
    """Exact losses of a law at scattered sizes, tokens and shapes."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "params": np.exp(rng.uniform(np.log(5e7), np.log(2e9), n)),
            "tokens": np.exp(rng.uniform(np.log(1e9), np.log(5e10), n)),
            "aspect_ratio": np.exp(rng.uniform(np.log(8), np.log(400), n)),
        }
    )
    return frame.assign(loss=law.loss(**frame))


def test_the_loss_is_the_formula():
    shapeless = 2.45 + 5.5e4 / 1e9**0.61 + 7.8e5 / 2e10**0.61
    expected = shapeless * (1 + 1.1e-3 * 100**0.61)
    assert LAW.loss(params=1e9, tokens=2e10, aspect_ratio=100) == pytest.approx(expected, rel=1e-14)


@DRAWS
@given(laws(), st.floats(1e6, 1e12), st.floats(1e8, 1e14), st.floats(1, 1e3), st.floats(1.001, 100))
def test_more_of_anything_but_width_is_better(law, n, d, r, factor):
    here = law.loss(n, d, r)
    assert law.loss(n * factor, d, r) < here
    assert law.loss(n, d * factor, r) < here
    assert law.loss(n, d, r * factor) > here
    assert here > law.E


@DRAWS
@given(laws(), st.floats(1e-3, 1e3))
def test_another_unit_of_the_aspect_ratio_changes_epsilon_alone(law, unit):
    rescaled = replace(law, epsilon=law.epsilon * unit**-law.gamma)
    assert rescaled.loss(1e9, 2e10, 80 * unit) == pytest.approx(law.loss(1e9, 2e10, 80), rel=1e-12)


@DRAWS
@given(laws(), st.floats(1, 1e3), st.floats(1e18, 1e24))
def test_the_shape_takes_no_part_in_the_allocation(law, ratio, flops):
    best = law.optimal(flops=flops, aspect_ratio=ratio)
    assert best.loss == pytest.approx(law.loss(best.params, best.tokens, ratio), rel=1e-12)
    other = law.optimal(flops=flops, aspect_ratio=2 * ratio)
    assert other.params == pytest.approx(best.params, rel=1e-9)
    assert other.loss > best.loss


def test_the_closed_form_is_the_numeric_optimum():
    budget = 1e21
    found = minimize_scalar(
        lambda x: FREE.loss(np.exp(x), budget / 6 / np.exp(x), 60.0),
        bounds=(np.log(1e6), np.log(1e13)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    best = FREE.optimal(flops=budget, aspect_ratio=60.0)
    assert np.log(best.params) == pytest.approx(found.x, abs=1e-4)
    assert best.loss == pytest.approx(found.fun, rel=1e-10)


def test_one_shape_is_a_chinchilla_law():
    law = LAW.at(120.0)
    assert isinstance(law, Chinchilla)
    assert law.loss(1e9, 2e10) == pytest.approx(LAW.loss(1e9, 2e10, 120.0), rel=1e-14)


@pytest.mark.parametrize(("gamma", "side"), [(0.6, "deeper"), (-0.6, "wider")])
def test_no_shape_is_best(gamma, side):
    with pytest.raises(ReplicationError, match=f"no interior minimum.*{side}.*aspect_ratio="):
        replace(LAW, gamma=gamma).optimal(flops=1e20)


@DRAWS
@given(st.floats(1, 1e3), st.floats(0.05, 20))
def test_the_best_shape_beats_every_other(best, factor):
    law = replace(VALLEY, R_opt=best)
    assert law.loss(1e9, 2e10, best) <= law.loss(1e9, 2e10, best * factor)
    assert law.loss(1e9, 2e10, best * factor) == pytest.approx(law.loss(1e9, 2e10, best / factor))
    assert law.optimal(flops=1e21).loss == law.optimal(flops=1e21, aspect_ratio=best).loss


@pytest.mark.parametrize("bad", [0.0, -8.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["params", "tokens", "aspect_ratio"])
def test_an_input_that_is_not_positive_is_named(name, bad):
    with pytest.raises(ArgumentError, match=name):
        LAW.loss(**{"params": 1e9, "tokens": 2e10, "aspect_ratio": 50.0} | {name: bad})


def test_a_shape_that_is_not_positive_is_refused_everywhere():
    for call in (lambda: LAW.at(0.0), lambda: LAW.optimal(flops=1e20, aspect_ratio=-1.0)):
        with pytest.raises(ArgumentError, match="aspect_ratio"):
            call()
    with pytest.raises(DataError, match="aspect_ratio"):
        rp.fit(ShapeAware, points(LAW).assign(aspect_ratio=0.0))


@dataclass(frozen=True)
class Entangled(PowerSum):
    """One exponent in two powers of a term, and two exponents in one term."""

    E: float = coefficient()
    a: float = coefficient()
    eta: float = exponent()
    mu: float = exponent()
    inputs = ("params", "tokens")
    terms = (
        Term("a", (("params", "eta", -1.0), ("tokens", "eta", 1.0), ("tokens", "mu", -1.0))),
        Term("E"),
    )


SMOOTH = {
    "shape": FREE,
    "valley": VALLEY,
    "chinchilla": Chinchilla(A=4e2, B=4e2, E=1.7, alpha=0.34, beta=0.28),
    "entangled": Entangled(E=1.5, a=40.0, eta=0.3, mu=0.5),
}


@pytest.mark.parametrize("law", SMOOTH.values(), ids=SMOOTH)
def test_second_derivatives_are_the_slopes_of_the_first(law):
    columns = {"params": 3e8, "tokens": 7e9, "aspect_ratio": 45.0}
    inputs = [columns[name] for name in law.inputs]
    second = law.curvature(*inputs)
    assert second is not None
    values = asdict(law)
    for first in values:
        for other in values:
            step = 1e-6 * values[other]
            ends = [
                float(replace(law, **{other: values[other] + s * step}).gradient(*inputs)[first])
                for s in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * step)
            exact = second.get((first, other), second.get((other, first), 0.0))
            scale = abs(float(law.gradient(*inputs)[first])) / values[other]
            assert float(exact) == pytest.approx(slope, rel=1e-6, abs=1e-8 * scale)
            assert first == other or (first, other) not in second or (other, first) not in second


@pytest.mark.parametrize("objective", ["lsq", "log-lsq", "log-huber"])
def test_the_exact_hessian_is_that_of_differences(objective, monkeypatch):
    runs = points(FREE).assign(loss=lambda t: t["loss"] * (1 + 0.01 * np.sin(t.index)))
    problem = rp.fit(ShapeAware, runs, objective=objective).problem
    theta = FREE.to_vector() + 0.02 * np.random.default_rng(0).normal(size=(3, 7))
    here = GradientKernel(ShapeAware, problem.data, objective.startswith("log-")).evaluate(theta)
    pull, slopes = here.residuals, here.slopes()
    gradient, exact = here.normal(pull, np.ones_like(pull))
    monkeypatch.setattr(ShapeAware, "curvature", lambda *_: None)
    _, rough = here.normal(pull, np.ones_like(pull))
    np.testing.assert_allclose(exact, rough, rtol=1e-6, atol=1e-6 * np.abs(exact).max())
    np.testing.assert_allclose(gradient, np.einsum("sn,snp->sp", pull, slopes))


@pytest.mark.parametrize("law", [LAW, FREE, VALLEY], ids=["tied", "free", "valley"])
def test_noiseless_points_give_the_law_back(law):
    fit = rp.fit(type(law), points(law), tied=TIED if law is LAW else None)
    assert fit.law.to_dict() == pytest.approx(law.to_dict(), rel=1e-6)


def test_units_and_order_of_the_rows_do_not_matter():
    runs = points(FREE).assign(loss=lambda t: t["loss"] + 0.01 * np.sin(3 * t.index))
    fit = rp.fit(ShapeAware, runs, tied=TIED)
    turned = rp.fit(ShapeAware, runs[::-1], tied=TIED)
    assert turned.law.to_dict() == pytest.approx(fit.law.to_dict(), rel=1e-8)
    millions = runs.assign(params=runs["params"] / 1e6, tokens=runs["tokens"] / 1e6)
    scaled = rp.fit(ShapeAware, millions, tied=TIED)
    np.testing.assert_allclose(scaled.residuals, fit.residuals, atol=1e-8)
    assert scaled.law.alpha == pytest.approx(fit.law.alpha, rel=1e-7)


def test_no_start_is_asked_for_where_scipy_needs_one():
    runs = points(LAW).assign(loss=lambda t: t["loss"] + 0.02 * np.cos(5 * t.index))
    columns = runs[list(ShapeAware.inputs)].to_numpy().T

    def predicted(x, E, A, B, alpha, epsilon):
        law = ShapeAware(E=E, A=A, B=B, alpha=alpha, beta=alpha, epsilon=epsilon, gamma=alpha)
        return law.loss(*x)

    ours = rp.fit(ShapeAware, runs, tied=TIED)
    near = [LAW.E, LAW.A, LAW.B, LAW.alpha, LAW.epsilon]
    theirs, _ = curve_fit(predicted, columns, runs["loss"], near, maxfev=100_000, xtol=1e-12)
    assert ours.law.alpha == pytest.approx(theirs[3], rel=1e-5)
    lowest = float(((runs["loss"] - predicted(columns, *theirs)) ** 2).sum())
    assert ours.rms**2 * len(runs) <= lowest * (1 + 1e-9)
