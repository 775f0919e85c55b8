"""The points of hoffmann2022, Figure 4: published numbers, and an independent solution of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

import replication as rp
from replication.laws import Chinchilla

TEX = Chinchilla(
    A=np.exp(6.0073404),
    B=np.exp(6.0179186),
    E=np.exp(0.5267228),
    alpha=0.33917084,
    beta=0.2849083,
)
"""hoffmann2022's coefficients with the digits of its TeX source (besiroglu2024's notebook)."""


def test_the_huber_fit_agrees_with_scipy(points_240: pd.DataFrame, plain: Any) -> None:
    solution = plain(points_240)
    value, at = solution.polish(solution.coordinates(TEX))
    fit, law = rp.fit(Chinchilla, points_240), solution.law(at)
    assert fit.value == pytest.approx(value, rel=1e-8)
    assert fit.value <= value * (1 + 1e-12)
    for name, expected in law.to_dict().items():
        assert getattr(fit.law, name) == pytest.approx(expected, rel=1e-5), name


@pytest.mark.parametrize("delta", [1e-5, 1e-4, 1e-2, 1.0])
def test_other_deltas_agree_with_scipy(points_240: pd.DataFrame, plain: Any, delta: float) -> None:
    fit = rp.fit(Chinchilla, points_240, delta=delta)
    solution = plain(points_240, delta=delta)
    value, _ = solution.polish(solution.coordinates(fit.law))
    told, _ = solution.polish(solution.coordinates(TEX))
    assert fit.value <= min(value, told) * (1 + 1e-8)


def test_the_huber_fit_of_besiroglu2024(points_240: pd.DataFrame) -> None:
    law = rp.fit(Chinchilla, points_240).law
    assert pytest.approx(477.82, abs=0.01) == law.A
    assert pytest.approx(2143.45, abs=0.05) == law.B
    assert pytest.approx(1.8172, abs=5e-5) == law.E
    assert law.alpha == pytest.approx(0.34731, abs=1e-5)
    assert law.beta == pytest.approx(0.36717, abs=1e-5)
    assert law.a == pytest.approx(0.5139, abs=1e-4)


def test_its_objective_is_the_one_of_the_grid_search(points_240: pd.DataFrame) -> None:
    assert rp.fit(Chinchilla, points_240).value == pytest.approx(1.0182756e-3, rel=1e-7)
    assert rp.fit(Chinchilla, points_240).value <= 1.018275593e-3


@pytest.mark.parametrize("objective", ["log-lad", "log-huber-likelihood"])
def test_the_printed_headline_is_absolute_deviations(
    points_240: pd.DataFrame, objective: str
) -> None:
    law = rp.fit(Chinchilla, points_240, objective=objective).law
    assert pytest.approx(482.01, rel=1e-3) == law.A
    assert pytest.approx(2085.43, rel=1e-3) == law.B
    assert law.alpha == pytest.approx(0.3478, abs=1e-4)
    assert law.beta == pytest.approx(0.3658, abs=2e-4)
    assert pytest.approx(1.81686, abs=1e-4) == law.E


def test_no_other_solver_finds_smaller_absolute_deviations(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, objective="log-lad")
    n, d, loss = (np.log(points_240[c].to_numpy()) for c in ("params", "tokens", "loss"))
    middle = np.array([n.mean(), d.mean()])

    def total(p: np.ndarray) -> float:
        terms = p[0] - p[1] * (n - middle[0]), p[2] - p[3] * (d - middle[1])
        return float(np.abs(loss - np.log(np.exp(terms[0]) + np.exp(terms[1]) + p[4])).sum())

    law = fit.law
    start = np.array(
        [
            np.log(law.A) - law.alpha * middle[0],
            law.alpha,
            np.log(law.B) - law.beta * middle[1],
            law.beta,
            law.E,
        ]
    )
    assert total(start) == pytest.approx(fit.value, rel=1e-9)
    simplex = {"xatol": 1e-12, "fatol": 1e-14, "maxfev": 4000, "maxiter": 4000}
    best = minimize(total, start, method="Nelder-Mead", options=simplex)
    assert fit.value <= best.fun * (1 + 1e-6)


def test_log_likelihood_of_the_refit(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, objective="log-huber-likelihood")
    assert fit.likelihood().log_likelihood == pytest.approx(879.77, abs=0.01)
    assert fit.value == pytest.approx(-879.77, abs=0.01)
    assert np.log(fit.likelihood().sigma) == pytest.approx(-12.267, abs=1e-3)


def test_log_likelihoods_of_the_printed_laws(
    points: pd.DataFrame, points_240: pd.DataFrame
) -> None:
    rounded = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    refit = rp.fit(Chinchilla, points_240, objective="log-huber-likelihood").law
    for table, expected in (
        (points_240, (562.25, 837.78, 879.77)),
        (points, (531.89, 714.43, 757.80)),
    ):
        for law, printed in zip((rounded, TEX, refit), expected, strict=True):
            residuals = np.log(table.loss) - np.log(law.loss(table.params, table.tokens))
            assert rp.scaled_huber(residuals).log_likelihood == pytest.approx(printed, abs=0.1)


def test_the_density_of_the_likelihood_integrates_to_one() -> None:
    r = np.array([-0.3, 0.1, 0.25, -0.7])
    for delta in (1e-3, 0.5, 3.0):
        fitted = rp.scaled_huber(r, delta)
        grid = np.linspace(-1, 1, 2_000_001) * fitted.sigma * max(60 / delta, 10)
        z = np.abs(grid) / fitted.sigma
        clipped = np.minimum(z, delta)
        density = np.exp(-clipped * (z - clipped / 2))
        density /= density.sum() * (grid[1] - grid[0])
        total = np.interp(r, grid, np.log(density)).sum()
        assert fitted.log_likelihood == pytest.approx(total, rel=1e-5)


def test_a_wide_huber_density_is_gaussian() -> None:
    r = np.array([-1.0, 0.2, 0.9, 0.4])
    fitted = rp.scaled_huber(r, delta=1e3)
    sigma = np.sqrt(np.mean(r**2))
    assert fitted.sigma == pytest.approx(sigma, rel=1e-9)
    assert fitted.log_likelihood == pytest.approx(norm.logpdf(r, scale=sigma).sum(), rel=1e-9)


def test_five_outliers_decide(points: pd.DataFrame) -> None:
    law = rp.fit(Chinchilla, points).law
    assert (pytest.approx(495.7, rel=1e-3), pytest.approx(12846, rel=1e-3)) == (law.A, law.B)
    assert (law.alpha, law.beta) == (
        pytest.approx(0.3493, abs=1e-4),
        pytest.approx(0.4531, abs=1e-4),
    )


@pytest.mark.parametrize(
    ("dropped", "beta"), [(0, 0.453), (1, 0.412), (3, 0.383), (6, 0.363), (10, 0.358), (20, 0.327)]
)
def test_dropping_the_largest_losses(points: pd.DataFrame, dropped: int, beta: float) -> None:
    kept = points.nsmallest(len(points) - dropped, "loss")
    assert rp.fit(Chinchilla, kept).law.beta == pytest.approx(beta, abs=6e-4)


@pytest.mark.parametrize(
    ("objective", "delta", "expected"),
    [
        ("log-huber", 3e-3, {"beta": (0.3686, 1e-4)}),
        ("log-huber", 1e-2, {"A": (538.7, 0.1), "B": (2906, 1), "beta": (0.3815, 1e-4)}),
        ("log-lsq", 1e-3, {"beta": (0.406, 5e-4), "E": (1.865, 5e-4)}),
    ],
)
def test_other_objectives(
    points_240: pd.DataFrame, objective: str, delta: float, expected: Any
) -> None:
    law = rp.fit(Chinchilla, points_240, objective=objective, delta=delta).law
    for name, (value, tolerance) in expected.items():
        assert getattr(law, name) == pytest.approx(value, abs=tolerance), name


def test_standard_errors_of_4000_resamples(points_240: pd.DataFrame) -> None:
    table = rp.fit(Chinchilla, points_240).bootstrap(4000, seed=0).interval(0.95)
    # The notebook's, from other random numbers: within 5 %, B (a heavy tail) within 10 %.
    printed = {"A": 124.52, "E": 0.02566, "alpha": 0.01540, "beta": 0.02060}
    for name, se in printed.items():
        assert table.se[name] == pytest.approx(se, rel=0.05), name
    assert table.se["B"] == pytest.approx(1293.28, rel=0.10)
    assert table.low["beta"] == pytest.approx(0.331, abs=0.004)
    assert table.high["beta"] == pytest.approx(0.415, abs=0.004)


def test_the_very_resamples_of_the_notebook(points_240: pd.DataFrame) -> None:
    # numpy's legacy generator, seed 42; the points in the notebook's order.
    order = points_240.sort_values("source_row", kind="stable")
    state = np.random.RandomState(42)
    rows = np.stack([state.choice(240, size=240, replace=True) for _ in range(4000)])
    se = rp.fit(Chinchilla, order).bootstrap(indices=rows).interval().se
    printed = {"A": 124.52, "B": 1293.28, "E": 0.02566, "alpha": 0.01540, "beta": 0.02060}
    for name, value in printed.items():
        assert se[name] == pytest.approx(value, rel=1e-3), name
