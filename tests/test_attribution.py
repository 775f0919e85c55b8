"""Attribution: what a change takes, by its place in the order of the changes."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.attribution import attribute
from replication.errors import ArgumentError

NAMES = ("count", "tuning", "warm-up")
SETS = [frozenset(s) for k in range(4) for s in combinations(NAMES, k)]
VALUES = st.lists(st.floats(-10, 10), min_size=len(SETS), max_size=len(SETS))


@given(VALUES)
def test_the_mean_is_that_over_all_orders_and_the_means_add_up(values):
    outcomes = dict(zip(SETS, values, strict=True))
    taken = attribute(outcomes)
    for name in NAMES:
        falls = []
        for order in permutations(NAMES):
            made = frozenset(order[: order.index(name)])
            falls.append(outcomes[made] - outcomes[made | {name}])
        assert taken[name].mean == pytest.approx(np.mean(falls), abs=1e-9)
        assert (taken[name].least, taken[name].most) == (min(falls), max(falls))
    whole = outcomes[frozenset()] - outcomes[frozenset(NAMES)]
    assert sum(t.mean for t in taken.values()) == pytest.approx(whole, abs=1e-9)


@given(st.tuples(*[st.floats(-10, 10)] * 3))
def test_where_effects_add_up_the_order_does_not_matter(effects):
    falls = dict(zip(NAMES, effects, strict=True))
    taken = attribute({s: 1 - sum(falls[name] for name in s) for s in SETS})
    for name, fall in falls.items():
        for part in ("first", "last", "mean", "least", "most"):
            assert getattr(taken[name], part) == pytest.approx(fall, abs=1e-9)


def test_of_two_changes_first_and_last_are_both_orders():
    outcomes = {frozenset(): 1.0, frozenset("x"): 0.25, frozenset("y"): 0.5, frozenset("xy"): 0.0}
    x, y = attribute(outcomes).values()
    assert (x.first, x.last, x.mean) == (0.75, 0.5, 0.625)
    assert (y.first, y.last, y.mean) == (0.5, 0.25, 0.375)


def test_draws_give_draws():
    rng = np.random.default_rng(0)
    drawn = {s: rng.normal(size=7) for s in SETS}
    taken = attribute(drawn)
    for i in range(7):
        single = attribute({s: values[i] for s, values in drawn.items()})
        for name in NAMES:
            assert taken[name].mean[i] == pytest.approx(single[name].mean)
            assert taken[name].first[i] == single[name].first


def test_what_cannot_be_attributed_is_refused():
    with pytest.raises(ArgumentError, match=r"every one of 4 .* no outcome for y\."):
        attribute({frozenset(): 1.0, frozenset("x"): 2.0, frozenset("xy"): 3.0})
    with pytest.raises(ArgumentError, match="no outcome for none"):
        attribute({frozenset("x"): 2.0})
    with pytest.raises(ArgumentError, match="name at least one"):
        attribute({frozenset(): 1.0})
    with pytest.raises(ArgumentError, match=r"shapes \[\(\), \(2,\)\]"):
        attribute({frozenset(): 1.0, frozenset("x"): [1.0, 2.0]})
