"""A law that has not the form of its data is told; noise, offsets of runs and rounding are not."""

import numpy as np
import pytest

import replication as rp
from replication.laws import LogLinear, PowerLaw, PowerLawOffset

X = np.geomspace(1e7, 1e10, 40)


def misfit(fit: rp.Fit) -> str:
    return next((note.message for note in fit.notes if note.code == "misfit"), "")


def noise(size: float, seed: int = 0, n: int = 40) -> np.ndarray:
    return size * np.random.default_rng(seed).standard_normal(n)


@pytest.mark.parametrize("seed", range(5))
def test_a_floor_that_the_law_lacks(seed: int) -> None:
    table = {"params": X, "loss": (1.8 + 200 * X**-0.3) * np.exp(noise(0.01, seed))}
    assert misfit(rp.fit(PowerLaw.of("params"), table)).startswith("The residuals follow params")
    assert misfit(rp.fit(PowerLawOffset.of("params"), table)) == ""


def test_an_accuracy_fitted_by_a_law_that_falls() -> None:
    accuracy = 1 / (1 + np.exp(-1.2 * np.log(X / 3e8)))
    table = {"params": X, "loss": accuracy * np.exp(noise(0.01))}
    assert misfit(rp.fit(PowerLawOffset.of("params"), table)) != ""


def test_a_bend_in_an_identity_law() -> None:
    score = 0.3 + 0.02 * (np.log(X) - 20) ** 2 + noise(0.01)
    assert "params" in misfit(rp.fit(LogLinear.of("params"), {"params": X, "score": score}))


def test_what_is_structured_but_harmless_is_no_note() -> None:
    # A ripple of a thousandth: no law of two fields follows it, and nobody minds.
    loss = 60 * X**-0.1 * np.exp(1e-4 * np.sin(np.log(X)))
    assert rp.fit(PowerLaw.of("params"), {"params": X, "loss": loss}).notes == ()


def test_offsets_of_runs_are_no_form() -> None:
    alarms = {True: 0, False: 0}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        run = np.repeat(np.arange(8), 20)
        x = np.geomspace(1e8, 1e10, 8)[run] * np.tile(np.geomspace(0.5, 1, 20), 8)
        shift = 0.02 * rng.standard_normal(8)[run] + 0.002 * rng.standard_normal(160)
        table = {"params": x, "run": run, "loss": 60 * x**-0.1 * np.exp(shift)}
        for grouped in alarms:
            fit = rp.fit(PowerLaw.of("params"), table, group="run" if grouped else None)
            alarms[grouped] += misfit(fit) != ""
    assert alarms[True] <= 1 < alarms[False]


@pytest.mark.parametrize("n", [12, 40])
def test_the_true_law_raises_no_alarm(n: int) -> None:
    x = np.geomspace(1e7, 1e10, n)
    told = 0
    for seed in range(60):
        loss = 60 * x**-0.1 * np.exp(noise(0.01, seed, n))
        told += misfit(rp.fit(PowerLaw.of("params"), {"params": x, "loss": loss})) != ""
    assert told <= 1
