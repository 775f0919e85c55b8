"""What must not change a fit: row order, units, how often a point is written, sum or mean."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting import OBJECTIVES
from replication.laws import Chinchilla, Law, PowerLaw, coefficient, exponent, slope

Surface = Callable[..., tuple[Chinchilla, pd.DataFrame]]
SMOOTH = ["log-huber", "log-lsq", "huber", "lsq"]
KINKED = [name for name in OBJECTIVES if name not in SMOOTH]


def tolerance(objective: str) -> float:
    """Kinked objectives are flat to about the last threshold of their approach."""
    return 1e-6 if objective in SMOOTH else 1e-4


def assert_same(found: Law, expected: Law, rel: float) -> None:
    for name, value in expected.to_dict().items():
        assert getattr(found, name) == pytest.approx(value, rel=rel), name


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_row_order(surface: Surface, objective: str) -> None:
    _, table = surface(11)
    fit = rp.fit(Chinchilla, table, objective=objective)
    shuffled = rp.fit(Chinchilla, table.sample(frac=1, random_state=3), objective=objective)
    assert shuffled.value == pytest.approx(fit.value, rel=1e-8)
    assert_same(shuffled.law, fit.law, tolerance(objective))


@pytest.mark.parametrize("unit", [1e-6, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("seed", [1, 11])
def test_unit_of_parameters(surface: Surface, unit: float, seed: int) -> None:
    _, table = surface(seed)
    fit = rp.fit(Chinchilla, table)
    other = rp.fit(Chinchilla, table.assign(params=table.params / unit))
    assert other.value == pytest.approx(fit.value, rel=1e-9)
    expected = fit.law.to_dict() | {"A": fit.law.A * unit**-fit.law.alpha}
    assert_same(other.law, Chinchilla(**expected), 1e-6)


def test_unit_of_tokens(surface: Surface) -> None:
    _, table = surface(12)
    fit, other = (rp.fit(Chinchilla, table.assign(tokens=table.tokens / u)) for u in (1.0, 1e9))
    expected = fit.law.to_dict() | {"B": fit.law.B * 1e9**-fit.law.beta}
    assert_same(other.law, Chinchilla(**expected), 1e-6)


def test_unit_of_loss(surface: Surface) -> None:
    _, table = surface(12)
    fit, other = (rp.fit(Chinchilla, table.assign(loss=table.loss * u)) for u in (1.0, 1.4427))
    assert other.value == pytest.approx(fit.value, rel=1e-9)
    for name in ("alpha", "beta"):
        assert getattr(other.law, name) == pytest.approx(getattr(fit.law, name), rel=1e-6)
    assert pytest.approx(1.4427 * fit.law.E, rel=1e-6) == other.law.E


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_point_written_twice_is_a_weight_of_two(surface: Surface, objective: str) -> None:
    _, table = surface(13)
    twice = pd.concat([table, table.iloc[:20]])
    weights = np.where(np.arange(len(table)) < 20, 2.0, 1.0)
    written = rp.fit(Chinchilla, twice, objective=objective)
    weighted = rp.fit(Chinchilla, table, objective=objective, weights=weights)
    assert weighted.value == pytest.approx(written.value, rel=1e-8)
    assert_same(weighted.law, written.law, tolerance(objective))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_weight_of_zero_drops_a_row(surface: Surface, objective: str) -> None:
    _, table = surface(14)
    wild = table.assign(
        loss=np.where(np.arange(len(table)) % 7 == 0, 9.0, table.loss),
        weight=(np.arange(len(table)) % 7 != 0) * 1.0,
    )
    dropped = rp.fit(Chinchilla, wild[wild.weight > 0], objective=objective)
    weighted = rp.fit(Chinchilla, wild, objective=objective, weights="weight")
    assert weighted.value == pytest.approx(dropped.value, rel=1e-8)
    assert_same(weighted.law, dropped.law, tolerance(objective))


def test_rows_of_zero_weight_are_no_points() -> None:
    rng = np.random.default_rng(0)
    x = np.geomspace(1e18, 1e22, 40)
    table = {"flops": x, "loss": 50 * x**-0.06 * np.exp(0.01 * rng.standard_normal(40))}
    weights = np.where(np.arange(40) < 3, 1.0, 0.0)
    codes = [note.code for note in rp.fit(PowerLaw, table, weights=weights).notes]
    assert "too_few_points" in codes


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_all_weights_times_a_factor(surface: Surface, scale: float) -> None:
    _, table = surface(15)
    fit = rp.fit(Chinchilla, table)
    scaled = rp.fit(Chinchilla, table, weights=np.full(len(table), scale))
    assert scaled.value == pytest.approx(scale * fit.value, rel=1e-9)
    assert_same(scaled.law, fit.law, 1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_sum_or_mean(surface: Surface, objective: str) -> None:
    _, table = surface(16)
    total, mean = (
        rp.fit(Chinchilla, table, objective=objective, reduction=r) for r in ("sum", "mean")
    )
    assert mean.law == total.law
    assert mean.value == pytest.approx(total.value / len(table), rel=1e-12)


def test_an_objective_may_be_given_as_an_object(surface: Surface) -> None:
    _, table = surface(16)
    whole = rp.Objective("log-huber", delta=1e-2, reduction="mean")
    given: Any = rp.fit(Chinchilla, table, objective=whole)
    assert given.objective == whole
    assert given.law == rp.fit(Chinchilla, table, delta=1e-2).law


def test_index_and_other_columns_do_not_matter(surface: Surface) -> None:
    _, table = surface(17)
    dressed = table.assign(name="run", flops=np.nan).set_index(np.arange(len(table))[::-1])
    assert rp.fit(Chinchilla, dressed).law == rp.fit(Chinchilla, table).law


def test_whole_numbers_fit_like_floats(surface: Surface) -> None:
    _, table = surface(18)
    whole = table.assign(
        params=table.params.astype("int64"), tokens=table.tokens.round().astype("Int64")
    )
    floats = whole.astype({"params": float, "tokens": float})
    assert rp.fit(Chinchilla, whole).law == rp.fit(Chinchilla, floats).law


def test_a_power_law_is_a_straight_line() -> None:
    rng = np.random.default_rng(5)
    x = np.geomspace(1e18, 1e23, 25)
    y = 300 * x**-0.09 * np.exp(0.05 * rng.standard_normal(25))
    weights = rng.uniform(0.2, 3, 25)
    slope, intercept = np.polyfit(np.log(x), np.log(y), 1, w=np.sqrt(weights))
    law = rp.fit(PowerLaw, {"flops": x, "loss": y}, objective="log-lsq", weights=weights).law
    assert law.alpha == pytest.approx(-slope, rel=1e-9)
    assert np.log(law.A) == pytest.approx(intercept, rel=1e-9)


@dataclass(frozen=True)
class Line(Law):
    """Linear fields of either sign."""

    c0: float = slope()
    c1: float = slope()

    inputs = ("tokens",)
    response = "score"
    link = "identity"

    def score(self, tokens: Any) -> Any:
        return self.c0 + self.c1 * np.asarray(tokens, float)


@dataclass(frozen=True)
class Bend(Law):
    """A power law with a slope beside it."""

    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    k: float = slope()

    inputs = ("tokens",)
    link = "identity"

    def loss(self, tokens: Any) -> Any:
        return self.E + self.A * tokens ** -np.asarray(self.alpha) + self.k * tokens


@pytest.mark.parametrize("objective", ["lsq", "huber"])
@pytest.mark.parametrize("size", 10.0 ** np.arange(8, 14))
def test_signed_linear_fields_on_plain_counts_are_least_squares(
    size: float, objective: str
) -> None:
    rng = np.random.default_rng(int(np.log10(size)))
    for _ in range(5):
        t = rng.uniform(1, 10, 60) * size
        y = rng.normal() + rng.normal() * t / size + rng.normal(0, 0.05, 60)
        fit = rp.fit(Line, {"tokens": t, "score": y}, objective=objective, delta=10.0)
        best = np.polyfit(t / size, y, 1)
        least = 0.5 * np.sum((y - np.polyval(best, t / size)) ** 2)
        assert fit.status == "converged"
        assert fit.value == pytest.approx(least, rel=1e-10)
        assert [fit.law.c1 * size, fit.law.c0] == pytest.approx(list(best), rel=1e-8)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6])
def test_a_slope_beside_a_power_law_does_not_depend_on_the_unit(unit: float) -> None:
    x = np.geomspace(1e8, 1e12, 60)
    noise = np.exp(1e-3 * np.random.default_rng(0).standard_normal(60))
    for scatter in (1.0, noise):
        loss = (1.7 + 900 * x**-0.33 + 2e-13 * x) * scatter
        law = rp.fit(Bend, {"tokens": x * unit, "loss": loss}, objective="lsq").law
        plain = rp.fit(Bend, {"tokens": x, "loss": loss}, objective="lsq").law
        # The terms are nearly alike over the data, so rounding leaves them fewer digits.
        found, expected = (law.E, law.alpha, law.k * unit), (plain.E, plain.alpha, plain.k)
        assert found == pytest.approx(expected, rel=1e-5)
    exact = {"tokens": x, "loss": 1.7 + 900 * x**-0.33 + 2e-13 * x}
    found = rp.fit(Bend, exact, objective="lsq").law.to_dict()
    assert found == pytest.approx({"E": 1.7, "A": 900.0, "alpha": 0.33, "k": 2e-13}, rel=1e-6)
