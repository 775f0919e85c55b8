"""Regret: a true optimum costs nothing, a wrong size costs what the slice says."""

import numpy as np
import pandas as pd
import pytest

from replication.hindcast.cuts import cuts_of
from replication.hindcast.regrets import Slice, advice, regret, slices
from replication.laws import Chinchilla

TRUTH = Chinchilla(A=480.0, B=2000.0, E=1.8, alpha=0.35, beta=0.37)


def design(spread: float = 0.0) -> pd.DataFrame:
    """IsoFLOP slices of a law around its optimum."""
    rows = []
    rng = np.random.default_rng(0)
    for budget in np.geomspace(1e18, 1e21, 7):
        n = TRUTH.optimal(flops=budget).params * np.geomspace(0.25, 4, 9)
        loss = TRUTH.loss(n, budget / 6 / n) * np.exp(spread * rng.standard_normal(n.size))
        part = {"params": n, "tokens": budget / 6 / n, "budget": budget, "spent": budget}
        rows.append(pd.DataFrame(part | {"loss": loss}))
    return pd.concat(rows, ignore_index=True)


def test_a_slice_finds_the_best_size_and_prices_the_others():
    one = slices(design())[-1]
    best = TRUTH.optimal(flops=1e21)
    assert one.best == pytest.approx(best.params, rel=0.03)
    assert one.excess(one.best) == 0.0
    far = best.params * 3
    exact = TRUTH.loss(far, 1e21 / 6 / far) - best.loss
    assert one.excess(far) == pytest.approx(exact, rel=0.05)


def test_advice_outside_the_trained_sizes_is_judged_at_their_end():
    one = slices(design())[-1]
    assert one.excess(one.high * 100) == pytest.approx(one.excess(one.high))


def test_a_slice_without_a_minimum_inside_is_none():
    runs = design().query("budget == budget.max()")
    best = TRUTH.optimal(flops=1e21).params
    assert Slice.of(1e21, runs[runs["params"] > 1.1 * best]) is None
    assert Slice.of(1e21, runs.head(4)) is None


def test_every_approach_gives_advice_and_the_true_law_costs_nothing():
    runs = design()
    cuts = cuts_of(runs, (1.0,))
    given = advice(cuts[0])
    assert set(given) == {
        "parametric", "tied", "outer", "KaplanJoint", "parabolas", "best run seen",
        "largest budget's ratio", "20 tokens per parameter",
    }  # fmt: skip
    found = regret(runs, cuts).set_index(["budget", "approach"])
    top = found.loc[found.index.get_level_values("budget").max()]
    assert top.loc["parametric", "extra"] < 0.005
    assert top.loc["parametric", "params"] == pytest.approx(
        TRUTH.optimal(flops=1e21).params, rel=0.05
    )
    assert (found["extra"] >= 0).all()
    assert not found.loc[(slice(None), "parametric"), "clipped"].any()


def test_extra_compute_is_what_buys_the_excess_back():
    runs = design()
    row = (
        regret(runs, cuts_of(runs, (1.0,))).query("approach == '20 tokens per parameter'").iloc[-1]
    )
    paid = row["budget"] * (1 + row["extra"])
    off = TRUTH.loss(row["params"], row["budget"] / 6 / row["params"])
    assert TRUTH.optimal(flops=row["budget"]).loss < off
    # On the frontier that much compute reaches the loss that the advice reached.
    assert TRUTH.optimal(flops=paid).loss == pytest.approx(
        TRUTH.optimal(flops=row["budget"]).loss * 2 - off, rel=2e-3
    )


def test_noise_of_the_slice_is_told_in_compute():
    runs = design(0.003)
    found = regret(runs, cuts_of(runs, (1.0,)))
    quiet = regret(design(), cuts_of(design(), (1.0,)))
    assert found["noise"].median() > 10 * quiet["noise"].median()
