"""Sizes: which counts are one, and how many there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.errors import ArgumentError, DataError
from replication.frontier import isoflop
from replication.frontier.sizes import by_size, distinct


@given(st.lists(st.floats(1, 1e12), min_size=1, max_size=40), st.floats(0, 0.1))
def test_a_size_never_spans_more_than_three_tolerances(counts, tolerance):
    values = np.array(counts)
    codes = distinct(values, tolerance)
    assert sorted(set(codes)) == list(range(codes.max() + 1))
    for code in range(codes.max() + 1):
        size = values[codes == code]
        assert size.max() / size.min() - 1 <= 3 * tolerance + 1e-9
    # Larger counts never have a smaller number, and equal counts have one.
    order = np.argsort(values, kind="stable")
    assert (np.diff(codes[order]) >= 0).all()


@given(st.lists(st.floats(1, 1e12), min_size=1, max_size=40))
def test_where_sizes_do_not_chain_both_groupings_agree(counts):
    values = np.array(counts)
    try:
        groups = by_size(values)
    except DataError:
        return
    assert groups.tolist() == distinct(values).tolist()


def test_chains_are_refused_where_sizes_must_group_and_cut_where_they_need_not():
    chain = 1e9 * 1.0008 ** np.arange(10)
    with pytest.raises(DataError, match=r"Sizes do not group: with tolerance=0.001, 1e\+09 to"):
        by_size(chain)
    assert distinct(chain).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("tolerance", [-1.0, np.nan, np.inf, "a", None])
@pytest.mark.parametrize("group", [by_size, distinct])
def test_a_tolerance_that_is_none(group, tolerance):
    with pytest.raises(ArgumentError, match=r"tolerance is .*; a relative difference is expected"):
        group(np.array([1e9, 2e9]), tolerance)


def test_an_isoflop_needs_no_grouping(case):
    """Six sizes .08 % apart; the minima are those of np.polyfit."""
    runs = case("sizes_that_chain")
    frontier = isoflop(runs)
    assert frontier.points.params.tolist() == pytest.approx(
        [1.3271e8, 2.3003e8, 3.7803e8], rel=1e-4
    )
    assert frontier.a == pytest.approx(0.4547, abs=5e-5)
    assert frontier.points.sizes.tolist() == [7, 7, 7]
    assert frontier.notes == ()
    assert isoflop(runs, method="akima").points.used.all()


def test_continuous_sizes_by_the_hundred_thousand(even):
    rng = np.random.default_rng(0)
    budget = np.repeat(np.geomspace(1e18, 1e22, 10), 10_000)
    params = even.optimal(flops=budget).params * 10 ** rng.uniform(-0.7, 0.7, len(budget))
    loss = even.loss(params, budget / 6 / params) + rng.normal(0, 0.01, len(budget))
    runs = {"isoflop_budget": budget, "params": params, "loss": loss}
    frontier = isoflop(runs)
    assert frontier.a == pytest.approx(even.a, abs=0.002)
    assert frontier.notes == ()
    noisy = isoflop(runs, noise=0.01, draws=20)
    low, high = noisy.draws.interval(0.95).loc["a", ["low", "high"]]
    assert low < even.a < high


def test_a_thousand_budgets(even):
    budget = np.repeat(np.geomspace(1e18, 1e22, 1000), 9)
    params = even.optimal(flops=budget).params * np.tile(np.geomspace(1 / 3, 3, 9), 1000)
    runs = {
        "isoflop_budget": budget,
        "params": params,
        "loss": even.loss(params, budget / 6 / params),
    }
    frontier = isoflop(runs)
    assert frontier.a == pytest.approx(even.a, abs=1e-9)
    assert len(frontier.points) == frontier.points.used.sum() == 1000
    assert frontier.notes == ()
