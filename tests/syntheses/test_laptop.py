"""What the chapter on the laptop study says of its recorded runs."""

import numpy as np
import pytest

import replication as rp

RUNS = rp.load("lab", "runs").astype({"params": float, "tokens": float})
MAIN = RUNS.query("schedule == 'cooldown' and seed == 0 and rate == 0.16")
VALLEYS = MAIN.groupby("isoflop_budget").filter(lambda budget: len(budget) >= 4)


def test_every_valley_has_its_minimum_inside():
    points = rp.isoflop(VALLEYS, budget="isoflop_budget").points
    assert points["used"].all() and len(points) >= 4
    assert (np.diff(points["params"]) > 0).all()
    assert (np.diff(points["loss"]) < 0).all()


def test_the_two_lowest_budgets_are_doubtful_and_decide_the_exponent():
    found = rp.isoflop(VALLEYS, budget="isoflop_budget")
    notes = {note.code: note.message for note in found.notes}
    assert "1.25e+11, 2.5e+11 FLOPs" in notes["narrow_grid"]
    upper = VALLEYS[VALLEYS["isoflop_budget"] >= 5e11]
    assert found.a > 0.5 > rp.isoflop(upper, budget="isoflop_budget").a


def test_the_layers_alone_grow_faster_than_all_parameters():
    layers = VALLEYS.assign(params=VALLEYS["params_nonembedding"])
    found = [rp.isoflop(runs, budget="isoflop_budget").a for runs in (VALLEYS, layers)]
    assert 0.05 < found[1] - found[0] < 0.25


def test_the_runs_missed_most_are_the_shortest():
    law = rp.fit(rp.laws.Chinchilla, MAIN).law
    off = np.abs(np.log(law.loss(MAIN["params"], MAIN["tokens"]) / MAIN["loss"]))
    assert set(off.nlargest(2).index) == set(MAIN["steps"].nsmallest(2).index)


def test_branches_end_below_their_trunk_and_below_the_cosines():
    cooled = RUNS[RUNS["schedule"] == "cooldown"]
    assert (cooled["loss"] < cooled["loss_trunk"]).all()
    one = MAIN[MAIN["width"] == 32].set_index("isoflop_budget")["loss"]
    cosines = RUNS[RUNS["schedule"] == "cosine"]
    gaps = cosines.groupby("isoflop_budget")["loss"].min() - one
    assert (gaps.dropna() > 0).all()
    assert gaps.dropna().is_monotonic_decreasing


def test_the_forecasts_held_their_runs():
    found = rp.load("lab", "forecast").merge(RUNS[["run", "loss"]], on="run")
    assert len(found) == 6
    assert found["loss"].between(found["low"], found["high"]).all()
    largest = found.loc[found["tokens"].mul(found["params"]).idxmax()]
    assert largest["estimate"] == pytest.approx(largest["loss"], rel=0.01)


def test_the_small_runs_law_is_too_hopeful_about_the_runs_after_that():
    law = rp.fit(rp.laws.Chinchilla, MAIN[MAIN["isoflop_budget"] <= 5e11]).law
    known = set(rp.load("lab", "forecast")["run"])
    extra = MAIN[(MAIN["isoflop_budget"] > 5e11) & ~MAIN["run"].isin(known)]
    assert len(extra) == 4
    assert (law.loss(extra["params"], extra["tokens"]) < 0.98 * extra["loss"]).all()
