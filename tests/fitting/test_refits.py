"""Every refit that counts has finite coefficients that give its stored objective."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting.objectives import huber
from replication.fitting.resampling import resample_pairs
from replication.laws import Chinchilla


def without_floor(seed: int) -> pd.DataFrame:
    """Twelve runs, four sizes on three numbers of tokens, of a law without a constant."""
    rng = np.random.default_rng(seed + 100)
    params = np.repeat(10 ** np.sort(rng.uniform(6.5, 9.5, 4)), 3)
    tokens = np.tile(10 ** np.sort(rng.uniform(8, 11, 3)), 4)
    loss = 280 * params**-0.34 + 1450 * tokens**-0.36
    loss = loss * np.exp(0.05 * rng.standard_normal(12))
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})


@pytest.mark.parametrize("table", range(12))
def test_coefficients_give_the_stored_objective(table: int) -> None:
    runs = without_floor(table)
    fit = rp.fit(Chinchilla, runs)
    for seed in range(3):
        boot = fit.bootstrap(500, seed=seed)
        weights = np.concatenate(list(resample_pairs(500, 12, seed).blocks()))
        assert boot.failed == 0 and boot.count == 500
        columns = {name: np.asarray(value)[:, None] for name, value in boot.law.to_dict().items()}
        assert all(np.isfinite(value).all() for value in columns.values())
        predicted = Chinchilla(**columns).loss(runs.params.to_numpy(), runs.tokens.to_numpy())
        residuals = np.log(runs.loss.to_numpy()) - np.log(predicted)
        value = (huber(residuals, fit.objective.delta) * weights).sum(axis=1)
        # A resample with as few distinct runs as fields is fitted to rounding.
        np.testing.assert_allclose(value, boot.values, rtol=1e-3, atol=1e-12)


@pytest.mark.filterwarnings("error")
def test_a_vanished_constant_is_zero_to_predictions_and_optima() -> None:
    boot = rp.fit(Chinchilla, without_floor(1)).bootstrap(500)
    assert (np.asarray(boot.law.E) < 1e-6).any()
    for table in (
        boot.predict(params=1e8, tokens=1e9),
        boot.optimal(flops=1e18),
        boot.interval(0.95),
    ):
        assert np.isfinite(table.select_dtypes("number").to_numpy()).all()
    assert "at_bound" in {note.code for note in boot.notes}


def test_given_rows_that_hold_every_run_are_all_refitted() -> None:
    runs = without_floor(2)
    fit = rp.fit(Chinchilla, runs, fixed={"E": 1e-9})
    rows = np.vstack([np.arange(12), np.arange(12)])
    boot = fit.bootstrap(indices=rows)
    assert boot.count == 2 and boot.failed == 0
