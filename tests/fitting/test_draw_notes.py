"""What refits of resamples give rise to: fields left free, few groups, few runs."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import Note
from replication.fitting.draw_notes import draw_notes
from replication.laws import Chinchilla, PowerLaw, PowerLawOffset

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)
OFFSET = PowerLawOffset.of("params")


def told(fit: rp.Fit, resamples: int = 200) -> tuple[Note, ...]:
    boot = fit.bootstrap(resamples)
    return draw_notes(fit.problem, fit.phi, fit.law, boot.law, boot.kind)


def curve(n: int, noise: float, low: float = 1e7, high: float = 1e10) -> pd.DataFrame:
    x = np.geomspace(low, high, n)
    z = np.random.default_rng(0).standard_normal(n)
    return pd.DataFrame({"params": x, "loss": (1.8 + 200 * x**-0.3) * np.exp(noise * z)})


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e12])
def test_good_data_carry_no_note_in_any_unit(unit: float) -> None:
    table = curve(60, 0.003)
    assert told(rp.fit(OFFSET, table.assign(params=table.params * unit))) == ()


def test_a_range_over_decades_is_told() -> None:
    codes = {note.code: note.message for note in told(rp.fit(OFFSET, curve(60, 0.02, 1e9, 2e9)))}
    assert "alpha" in codes["unidentified"] and "almost free" in codes["unidentified"]


def test_a_coefficient_that_vanishes_in_some_refits() -> None:
    x = np.geomspace(1e7, 1e10, 40)
    z = np.random.default_rng(0).standard_normal(40)
    fit = rp.fit(OFFSET, {"params": x, "loss": 40 * x**-0.15 * np.exp(0.02 * z)})
    (note,) = [note for note in told(fit) if note.code == "at_bound"]
    assert note.message.startswith("E is zero as far as the data can tell in ")


@pytest.mark.parametrize(("groups", "few"), [(2, True), (9, True), (10, False), (20, False)])
def test_few_groups(groups: int, few: bool) -> None:
    table = curve(60, 0.003).assign(run=np.arange(60) % groups)
    notes = told(rp.fit(OFFSET, table, group="run"), 50)
    messages = [note.message for note in notes if note.code == "few_groups"]
    assert messages == (
        [f"{groups} groups are drawn from, too few to show how much groups differ."] if few else []
    )
    points = rp.fit(OFFSET, table, group="run").bootstrap(50, unit="points")
    fit = rp.fit(OFFSET, table, group="run")
    codes = [n.code for n in draw_notes(fit.problem, fit.phi, fit.law, points.law, points.kind)]
    assert "few_groups" not in codes


@pytest.mark.parametrize(("n", "what"), [(4, "far too narrow"), (5, "mostly too wide"), (6, "")])
def test_few_runs_a_field(n: int, what: str) -> None:
    x = np.geomspace(1e18, 1e22, n)
    z = np.random.default_rng(0).standard_normal(n)
    fit = rp.fit(
        PowerLaw, {"flops": x, "loss": 60 * x**-0.07 * np.exp(0.01 * z)}, objective="log-lsq"
    )
    messages = [note.message for note in told(fit) if note.code == "few_runs"]
    assert len(messages) == bool(what)
    assert all(what in message and f"{n} runs for 2 free fields" in message for message in messages)
    # The remedy that is named exists.
    assert fit.predict(0.8, flops=1e20).low[0] < fit.predict(0.8, flops=1e20).high[0]
