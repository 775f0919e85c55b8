"""Noiseless points give the parameters back, whatever is minimised."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting import OBJECTIVES
from replication.laws import Chinchilla, Law, PowerLaw, PowerLawOffset

Surface = Callable[..., tuple[Chinchilla, pd.DataFrame]]
REL = 1e-6
# Absolute residuals of exact data keep the solver busy for seconds: one seed of those will do.
RUNS = [(name, seed) for name in OBJECTIVES for seed in range(1 if name == "lad" else 3)]


def assert_same(found: Law, truth: Law, rel: float = REL) -> None:
    for name, value in truth.to_dict().items():
        assert getattr(found, name) == pytest.approx(value, rel=rel), name


def curve(seed: int, offset: bool) -> tuple[Law, dict[str, np.ndarray]]:
    """Return a law of one input with exponents and scales over wide ranges."""
    rng = np.random.default_rng([seed, offset])
    x = np.geomspace(1, 10 ** rng.uniform(2, 5), 30) * 10 ** rng.uniform(3, 20)
    alpha = rng.uniform(0.03, 1.2)
    A = 10 ** rng.uniform(-2, 2) * np.sqrt(x[0] * x[-1]) ** alpha
    if offset:
        kind = PowerLawOffset.of("tokens")
        law: Law = kind(A=A, E=A * x[-1] ** -alpha * 10 ** rng.uniform(-1, 1), alpha=alpha)
    else:
        law = PowerLaw.of("tokens")(A=A, alpha=alpha)
    return law, {"tokens": x, "loss": law.predict(x)}


@pytest.mark.parametrize(("objective", "seed"), RUNS)
def test_surface(surface: Surface, objective: str, seed: int) -> None:
    law, table = surface(seed, noise=0.0)
    assert_same(rp.fit(Chinchilla, table.head(40), objective=objective).law, law)


@pytest.mark.parametrize(
    ("objective", "seed", "offset"),
    [(*run, offset) for run in RUNS for offset in (False, True) if run[0] != "lad" or not offset],
)
def test_curve(objective: str, seed: int, offset: bool) -> None:
    law, table = curve(seed, offset)
    assert_same(rp.fit(type(law), table, objective=objective).law, law)


@pytest.mark.parametrize("seed", range(20))
def test_many_surfaces_by_default(surface: Surface, seed: int) -> None:
    law, table = surface(100 + seed, noise=0.0)
    assert_same(rp.fit(Chinchilla, table).law, law, rel=1e-9)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("delta", [1e-6, 1e-3, 10.0])
def test_surface_at_any_delta(surface: Surface, delta: float, reduction: str) -> None:
    law, table = surface(7, noise=0.0)
    assert_same(rp.fit(Chinchilla, table, delta=delta, reduction=reduction).law, law)


def test_growing_power_law() -> None:
    flops = np.geomspace(1e17, 1e24, 12)
    fit = rp.fit(PowerLaw.of("flops", "params"), {"flops": flops, "params": 0.09 * flops**0.5})
    assert pytest.approx(0.09, rel=REL) == fit.law.A
    assert fit.law.alpha == pytest.approx(-0.5, rel=REL)


@pytest.mark.parametrize("share", [0.1, 1.0, 10.0])
def test_growing_power_law_with_offset(share: float) -> None:
    # Docs promise an exponent of any sign; the start grid holds positive ones only.
    x = np.geomspace(1e18, 1e22, 60)
    law = PowerLawOffset(A=share * 1e20**-0.4, E=1.0, alpha=-0.4)
    assert_same(rp.fit(PowerLawOffset, {"flops": x, "loss": law.loss(x)}).law, law)


@pytest.mark.parametrize("alpha", [0.02, 2.5, 4.0])
def test_exponents_beyond_the_start_grid(alpha: float) -> None:
    x = np.geomspace(1.0, 1e3, 40)
    law = PowerLawOffset(A=2.0, E=1.0, alpha=alpha)
    assert_same(rp.fit(PowerLawOffset, {"flops": x, "loss": law.loss(x)}).law, law)


def test_a_law_may_be_named(surface: Surface) -> None:
    law, table = surface(3, noise=0.0)
    assert_same(rp.fit("Chinchilla", table).law, law)


def test_a_mapping_of_lists_is_a_table() -> None:
    fit = rp.fit(PowerLaw, {"flops": [1, 100, 10_000], "loss": [8.0, 4.0, 2.0]})
    assert fit.law.alpha == pytest.approx(np.log10(2) / 2, rel=REL)
    assert fit.n == 3


def test_another_loss_column(surface: Surface) -> None:
    law, table = surface(5, noise=0.0)
    table = table.rename(columns={"loss": "loss_c4"}).assign(loss=1.0)
    assert_same(rp.fit(Chinchilla, table, "loss_c4").law, law)


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq", "log-lad", "huber", "lsq"])
def test_exact_data_leave_no_doubt(surface: Surface, objective: str) -> None:
    for seed in range(4):
        _, table = surface(seed, noise=0.0)
        fit = rp.fit(Chinchilla, table[: 40 if "lad" in objective else None], objective=objective)
        assert fit.status == "converged"
        assert fit.notes == ()


def test_as_many_points_as_fields() -> None:
    fit = rp.fit(PowerLaw, {"flops": [1e18, 1e20], "loss": [4.0, 3.0]})
    expected = np.log(4 / 3) / np.log(100)
    assert fit.law.alpha == pytest.approx(expected, rel=REL)
    assert fit.value == pytest.approx(0, abs=1e-25)


def test_the_fit_does_not_touch_its_table(surface: Surface) -> None:
    _, table = surface(1)
    before = table.copy()
    rp.fit(Chinchilla, table)
    pd.testing.assert_frame_equal(table, before)


def test_two_fits_are_identical(surface: Surface) -> None:
    _, table = surface(1)
    first, second = rp.fit(Chinchilla, table), rp.fit(Chinchilla, table)
    assert first.law == second.law
    np.testing.assert_array_equal(first.residuals, second.residuals)


def test_residuals_are_observed_minus_predicted(surface: Surface) -> None:
    _, table = surface(2)
    for objective, link in (("log-huber", np.log), ("lsq", lambda v: v)):
        fit: Any = rp.fit(Chinchilla, table, objective=objective)
        expected = link(table.loss) - link(fit.law.loss(table.params, table.tokens))
        np.testing.assert_allclose(fit.residuals, expected, rtol=0, atol=1e-12)
        assert fit.value == pytest.approx(fit.objective.value(expected), rel=1e-9)
