"""Residuals far from the rest are named; noise, whatever its tails, is not."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.laws import Chinchilla, PowerLawOffset

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


def runs(n: int, seed: int = 0, tails: float = np.inf) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    params, tokens = 10 ** rng.uniform(7.5, 10.2, n), 10 ** rng.uniform(8.5, 11.5, n)
    noise = rng.standard_normal(n) if np.isinf(tails) else rng.standard_t(tails, n)
    loss = np.asarray(LAW.loss(params, tokens)) * np.exp(0.01 * noise)
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})


def note(fit: rp.Fit, code: str) -> str:
    return next((str(note) for note in fit.notes if note.code == code), "")


@pytest.mark.parametrize("objective", ["lsq", "log-lsq", "log-huber"])
@pytest.mark.parametrize("row", [0, 7, 31])
def test_one_loss_a_quarter_too_high_is_named(objective: str, row: int) -> None:
    table = runs(40, seed=row)
    table.loc[row, "loss"] *= 1.25
    found = note(rp.fit(Chinchilla, table, objective=objective), "outlier")
    assert f"Row {row} (counted from 0; loss {table.loss[row]:.4g})" in found
    assert "above the law" in found
    assert ("huber'" in found) == objective.endswith("lsq")


def test_several_diverged_runs_are_counted() -> None:
    table = runs(60)
    table.loc[[3, 9, 20], "loss"] *= [1.4, 2.5, 1.15]
    found = note(rp.fit(Chinchilla, table), "outlier")
    assert found.startswith("outlier: 3 rows lie far beyond the rest. The farthest, row 9 ")


def test_rows_without_weight_are_neither_named_nor_counted() -> None:
    table = runs(40)
    table.loc[5, "loss"] *= 1.3
    weights = np.where(np.arange(40) == 5, 0.0, 1.0)
    assert rp.fit(Chinchilla, table, weights=weights).notes == ()
    shifted = pd.concat([table[5:6].assign(loss=99.0), table], ignore_index=True)
    fit = rp.fit(Chinchilla, shifted, weights=np.where(np.arange(41) == 0, 0.0, 1.0))
    assert "Row 6 (counted from 0" in note(fit, "outlier")


def test_tails_are_told_where_squares_heed_them() -> None:
    table = runs(200, seed=3, tails=2)
    squares, robust = (rp.fit(Chinchilla, table, objective=o) for o in ("log-lsq", "log-huber"))
    found = note(squares, "heavy_tails")
    assert "residuals lie beyond three robust standard deviations" in found
    assert "objective='log-huber'" in found
    assert note(robust, "heavy_tails") == ""


def test_the_published_table_without_its_outliers_has_none(points: pd.DataFrame) -> None:
    kept = points.nsmallest(240, "loss")
    assert rp.fit(Chinchilla, kept).notes == ()
    found = note(rp.fit(Chinchilla, points), "outlier")
    assert "4 rows lie far beyond the rest" in found
    assert points.loss[int(found.split("row ")[1].split()[0])] > kept.loss.max()


@pytest.mark.parametrize("n", [12, 40])
def test_normal_noise_raises_no_alarm(n: int) -> None:
    x = np.geomspace(1e7, 1e10, n)
    alarms = 0
    for seed in range(60):
        noise = 0.005 * np.random.default_rng([seed, n]).standard_normal(n)
        table = {"params": x, "loss": (1.8 + 200 * x**-0.3) * np.exp(noise)}
        fit = rp.fit(PowerLawOffset.of("params"), table, objective="log-lsq")
        alarms += any(note.code in ("outlier", "heavy_tails") for note in fit.notes)
    # Each has a chance of 2 in 1,000: two alarms in sixty fits come once in a hundred runs.
    assert alarms <= 1
