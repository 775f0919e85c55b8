"""Equal inputs with losses far apart are told; repetitions with noise are not."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.laws import Chinchilla, PowerLaw

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


def runs(n: int, seed: int = 0, noise: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    params, tokens = 10 ** rng.uniform(7.5, 10.2, n), 10 ** rng.uniform(8.5, 11.5, n)
    loss = np.asarray(LAW.loss(params, tokens)) * np.exp(noise * rng.standard_normal(n))
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})


def conflict(fit: rp.Fit) -> str:
    return next((note.message for note in fit.notes if note.code == "conflicting"), "")


@pytest.mark.parametrize("objective", ["log-huber", "lsq"])
def test_one_configuration_with_two_losses(objective: str) -> None:
    table = runs(40)
    twice = pd.concat([table, table[7:8].assign(loss=lambda t: t.loss * 1.1)])
    fit = rp.fit(Chinchilla, twice, objective=objective)
    low, high = table.loss[7], 1.1 * table.loss[7]
    assert conflict(fit) == (
        f"At params {table.params[7]:.4g}, tokens {table.tokens[7]:.4g} the loss is {low:.4g} in "
        f"one row and {high:.4g} in another."
    )
    # The row is far from the law as well, and is told once.
    assert [note.code for note in fit.notes] == ["conflicting"]


def test_a_quiet_table_minds_five_per_cent() -> None:
    table = runs(20, noise=0.001)
    apart = pd.concat([table, table[:1].assign(loss=lambda t: t.loss * 1.06)])
    assert conflict(rp.fit(Chinchilla, apart)) != ""
    near = pd.concat([table, table[:1].assign(loss=lambda t: t.loss * 1.003)])
    assert conflict(rp.fit(Chinchilla, near)) == ""


def test_a_sweep_in_which_most_runs_are_bad() -> None:
    table = runs(12)
    sweep = pd.concat([table.assign(loss=table.loss * f) for f in (1, 1.02, 1.08, 1.2, 1.5)])
    found = conflict(rp.fit(Chinchilla, sweep))
    assert "and 11 more inputs have such" in found


def test_copies_of_a_row_do_not_disagree() -> None:
    assert conflict(rp.fit(Chinchilla, pd.concat([runs(20)] * 3))) == ""


@pytest.mark.parametrize("noise", [0.003, 0.01, 0.05])
def test_repetitions_with_noise_raise_no_alarm(noise: float) -> None:
    x = np.repeat(np.geomspace(1e7, 1e10, 12), 3)
    told = 0
    for seed in range(60):
        z = np.random.default_rng(seed).standard_normal(36)
        table = {"params": x, "loss": 60 * x**-0.1 * np.exp(noise * z)}
        told += conflict(rp.fit(PowerLaw.of("params"), table)) != ""
    assert told <= 1
