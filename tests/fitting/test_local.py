"""A fit from close by: rows that count, weights, the noise, and slopes without units."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting.local import Local
from replication.laws import Chinchilla, PowerLawOffset

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


def runs(n: int, noise: float = 0.01, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    params, tokens = 10 ** rng.uniform(7.5, 10.2, n), 10 ** rng.uniform(8.5, 11.5, n)
    loss = np.asarray(LAW.loss(params, tokens)) * np.exp(noise * rng.standard_normal(n))
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})


def local(table: pd.DataFrame, **options: Any) -> Local:
    fit = rp.fit(Chinchilla, table, **options)
    return Local(fit.problem, fit.phi, fit.law)


def test_equal_rows_count_once_and_rows_without_weight_do_not() -> None:
    table = runs(20)
    twice = pd.concat([table[:5], table, table[:5]], ignore_index=True)
    seen = local(twice, weights=np.where(np.arange(30) == 9, 0.0, 1.0))
    # Rows 0..4 come three times, the first of them stands for all; row 9 is copied as row 4.
    assert seen.rows.tolist() == [0, 1, 2, 3, 4, *range(10, 25)]
    assert seen.count == 20
    assert seen.weights.mean() == pytest.approx(1)
    assert seen.weights[:5] / seen.weights[-1] == pytest.approx([3, 3, 3, 3, 2])


def test_repetitions_with_another_loss_are_rows_of_one_input() -> None:
    table = runs(20)
    again = pd.concat([table, table.assign(loss=table.loss * 1.001)], ignore_index=True)
    seen = local(again)
    assert (len(seen.rows), seen.count, seen.freedom) == (40, 20, 35)
    assert np.array_equal(seen.inputs[:20], seen.inputs[20:])


@pytest.mark.parametrize("objective", ["log-lsq", "lsq"])
def test_slopes_are_differences_of_predictions(objective: str) -> None:
    seen = local(runs(30), objective=objective, weights=np.linspace(0.5, 2, 30))
    step = 1e-6
    moved = seen.phi + step * np.eye(5)
    there, _ = seen.at(moved, slopes=False)
    assert -(there - seen.residuals).T / step == pytest.approx(seen.slopes, rel=1e-4, abs=1e-5)


def test_a_coefficient_is_judged_at_the_mean_of_the_data() -> None:
    table = runs(40)
    pivots = local(table).pivots
    # log A - alpha mean(log N), and the same of B; E and the exponents stand for themselves.
    expected = np.eye(5)
    expected[0, 3] = -np.log(table.params).mean()
    expected[1, 4] = -np.log(table.tokens).mean()
    assert pivots == pytest.approx(expected, abs=1e-6)


def test_the_slopes_that_are_judged_have_no_unit() -> None:
    table = runs(40)
    here = local(table, objective="log-lsq")
    for size in (1e-9, 1e6, 1e12):
        other = table.assign(params=table.params * size, tokens=table.tokens / size)
        there = local(other, objective="log-lsq")
        assert there.turned.singular == pytest.approx(here.turned.singular, rel=1e-3)
        assert there.turned.size == pytest.approx(here.turned.size, rel=1e-3)
        assert there.noise == pytest.approx(here.noise, rel=1e-3)


def test_noise_is_told_whatever_the_objective_and_the_tails() -> None:
    for objective in ("log-lsq", "log-huber", "log-lad"):
        assert local(runs(300), objective=objective).noise == pytest.approx(0.01, rel=0.15)
    wild = runs(300)
    wild.loc[::30, "loss"] *= 1.5
    assert local(wild).noise == pytest.approx(0.01, rel=0.2)


def test_interpolated_points_leave_no_freedom_and_no_certainty() -> None:
    fit = rp.fit(PowerLawOffset.of("params"), {"params": [1e7, 1e8, 1e9], "loss": [4.0, 3, 2.5]})
    seen = Local(fit.problem, fit.phi, fit.law)
    assert (seen.freedom, seen.count) == (0, 3)
    assert seen.noise > 0


def test_a_law_that_refuses_coefficients_is_infinitely_far() -> None:
    seen = local(runs(20))
    residuals, slopes = seen.at(np.full((1, 5), 800.0))
    assert np.isinf(residuals).any() and slopes.shape == (1, 20, 5)
