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
