"""Adaptive paths: against brute force, against quadrature, what must hold, what is refused."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize, minimize_scalar

from replication.errors import ArgumentError, UnknownNameError
from replication.laws import ShiftedPower
from replication.traversal import traverse

# Five sizes as one finds them: a larger one starts worse and ends better.
LAWS = {
    name: ShiftedPower(a=a * 1e18**b, b=b, c=c, d=d * 1e18)
    for name, a, b, c, d in (
        ("60M", 0.149, 0.632, 3.172, 0.0176),
        ("93M", 0.225, 0.578, 3.054, 0.0207),
        ("151M", 0.384, 0.552, 2.895, 0.057),
        ("210M", 0.461, 0.559, 2.833, 0.0837),
        ("360M", 0.870, 0.612, 2.684, 0.4456),
    )
}
START, TARGET = 3.7, 2.95
PATH = traverse(LAWS, START, TARGET)
DRAWS = settings(max_examples=25, deadline=None, derandomize=True)


@st.composite
def families(draw):
    """Two to four laws, each a fall of some tenths of a nat over decades around 1e18 FLOPs."""
    laws = {}
    for k in range(draw(st.integers(2, 4))):
        b = draw(st.floats(0.5, 1.0))
        laws[f"shape {k}"] = ShiftedPower(
            a=draw(st.floats(0.3, 1.0)) * 1e18**b,
            b=b,
            c=draw(st.floats(2.4, 3.2)),
            d=10 ** draw(st.floats(14.0, 16.0)),
        )
    return laws


def total(laws, order, switches, start, target):
    """Return the compute of a path whose shapes and switches are given, from a loss on."""
    ends = [start, *switches, target]
    spent = 0.0
    for name, (high, low) in zip(order, pairwise(ends), strict=True):
        law = laws[name]
        spent += law.input_for(low) - law.input_for(high)
    return spent


def own(path):
    """Return the compute of a path from its first loss on."""
    return path.flops(path.edges[-1]) - path.flops(path.edges[0])


def test_one_switch_agrees_with_a_minimum_found_by_scipy():
    pair = {name: LAWS[name] for name in ("93M", "360M")}
    path = traverse(pair, START, 3.1)
    found = minimize_scalar(
        lambda e: total(pair, ("93M", "360M"), [e], START, 3.1) / 1e18,
        bounds=(3.12, 3.69),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert path.names == ("93M", "360M")
    assert path.switches[0] == pytest.approx(found.x, abs=5e-6)
    assert own(path) == pytest.approx(found.fun * 1e18, rel=1e-12)


def test_all_switches_at_once_agree_with_scipy():
    start = np.array(PATH.switches) + [0.02, -0.015, 0.01, -0.02][: len(PATH.switches)]
    found = minimize(
        lambda e: total(LAWS, PATH.names, e, START, TARGET) / 1e18,
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-13, "maxiter": 4000},
    )
    assert PATH.switches == pytest.approx(found.x, abs=1e-4)
    assert own(PATH) == pytest.approx(found.fun * 1e18, rel=1e-9)


@DRAWS
@given(families(), st.floats(3.35, 4.2), st.floats(3.21, 3.34))
def test_the_compute_is_the_integral_of_the_least_price(laws, start, target):
    path = traverse(laws, start, target)

    def price(loss):
        return min(float(law.price(loss)) for law in laws.values() if law.reaches(loss))

    breaks = [e for e in path.switches if target < e < start]
    integral = quad(price, target, start, points=breaks or None, limit=200, epsrel=1e-10)[0]
    assert own(path) == pytest.approx(integral, rel=1e-7)


@DRAWS
@given(families(), st.floats(3.35, 4.2), st.floats(3.21, 3.34))
def test_no_path_is_cheaper_and_the_stages_join(laws, start, target):
    path = traverse(laws, start, target)
    assert path.flops(start) == pytest.approx(min(path.static(start).values()))
    assert own(path) <= min(total(laws, (n,), [], start, target) for n in laws) * (1 + 1e-9)
    assert path.saving(target) >= -1e-9
    for (name, next_name), switch in zip(pairwise(path.names), path.switches, strict=True):
        assert name != next_name
        assert laws[name].price(switch) == pytest.approx(laws[next_name].price(switch), rel=1e-6)
        before, after = path.flops([switch + 1e-9, switch])
        assert before == pytest.approx(after, rel=1e-6)
    losses = np.linspace(start, target, 50)
    assert (np.diff(path.flops(losses)) > 0).all()
    cheapest = [min(laws, key=lambda n, e=e: float(laws[n].price(e))) for e in losses[1:-1]]
    assert (path.at(losses[1:-1]) == cheapest).all()


@DRAWS
@given(families(), st.floats(1e-18, 10))
def test_another_unit_of_compute_changes_no_switch(laws, unit):
    other = {
        name: ShiftedPower(a=law.a * unit**law.b, b=law.b, c=law.c, d=law.d * unit)
        for name, law in laws.items()
    }
    one, two = (traverse(found, 3.9, 3.3) for found in (laws, other))
    assert one.names == two.names
    assert one.edges == pytest.approx(two.edges, rel=1e-9)
    assert two.flops(3.3) == pytest.approx(unit * one.flops(3.3), rel=1e-6)


def test_the_order_of_the_laws_does_not_matter():
    other = traverse(dict(reversed(LAWS.items())), START, TARGET)
    assert other.names == PATH.names
    assert other.edges == pytest.approx(PATH.edges, rel=1e-12)


@DRAWS
@given(families())
def test_two_prices_cross_where_they_are_equal_and_nowhere_else(laws):
    one, two = list(laws.values())[:2]
    found = one.crossings(two, 3.21, 4.0)
    assert len(found) <= 2
    for loss in found:
        assert one.price(loss) == pytest.approx(two.price(loss), rel=1e-6)
    # As many changes of sign as there are on a fine grid.
    high = min(4.0, one.start, two.start)
    grid = np.linspace(3.2101, high, 4001)
    signs = np.sign(np.log(one.price(grid) / two.price(grid)))
    inside = [loss for loss in found if grid[0] < loss < grid[-1]]
    assert np.count_nonzero(np.diff(signs)) <= len(inside)


def test_two_crossings_are_both_found():
    # A steep law that is cheaper in the middle only.
    one = ShiftedPower(a=1.0, b=0.5, c=2.0, d=1e-3)
    two = ShiftedPower(a=0.9, b=1.0, c=2.2, d=1e-3)
    found = one.crossings(two, 2.3, 20.0)
    assert len(found) == 2
    path = traverse({"one": one, "two": two}, 20.0, 2.3)
    assert path.names == ("one", "two", "one")
    assert path.switches == pytest.approx(sorted(found, reverse=True))


def test_the_same_law_twice_never_crosses():
    law = LAWS["93M"]
    assert law.crossings(law, 3.1, 3.7) == []
    assert traverse({"a": law, "b": law}, 3.7, 3.2).names == ("a",)


def test_a_law_takes_over_only_below_its_own_start():
    late = ShiftedPower(a=0.3 * 1e17**0.6, b=0.6, c=2.0, d=1e17)
    assert late.start == pytest.approx(2.3)
    early = ShiftedPower(a=1e9, b=0.5, c=2.2, d=1e15)
    path = traverse({"early": early, "late": late}, 4.0, 2.25)
    assert path.names == ("early", "late")
    assert path.switches[0] <= late.start
    assert path.static(4.0)["late"] == math.inf


def test_static_shapes_that_do_not_reach_a_loss_take_for_ever():
    alone = PATH.static([3.5, 3.0])
    assert alone["60M"][1] == math.inf and np.isfinite(alone["60M"][0])
    assert PATH.saving(3.0, "60M") == 1.0
    assert PATH.saving(3.0) == pytest.approx(
        1 - PATH.flops(3.0) / min(law.input_for(3.0) for law in LAWS.values() if law.c < 3.0)
    )


def test_stages_add_up():
    stages = PATH.stages
    assert tuple(stages["shape"]) == PATH.names
    assert stages["high"].iloc[0] == START and stages["low"].iloc[-1] == TARGET
    assert stages["own_flops"].sum() == pytest.approx(own(PATH))
    assert stages["flops"].iloc[-1] == PATH.flops(TARGET)


@pytest.mark.parametrize(
    ("laws", "start", "target", "message"),
    [
        ({}, 3.7, 3.0, "There is no law"),
        (LAWS, 3.0, 3.0, "target is 3 and start 3; the loss falls"),
        (
            LAWS | {"drawn": ShiftedPower(a=np.array([1e9, 2e9]), b=0.5, c=3.0, d=1e17)},
            3.7,
            3.0,
            "The law of drawn holds arrays",
        ),
        (LAWS, 3.7, 2.684, r"target is 2\.684, which no law reaches.*2\.684, that of 360M"),
        (LAWS, 50.0, 3.0, r"start is 50, where no law is: the highest begins at"),
        (LAWS, math.nan, 3.0, "start must be positive and finite, got nan"),
        (LAWS, 3.7, -3.0, "target must be positive"),
    ],
)
def test_a_path_that_does_not_exist_is_refused(laws, start, target, message):
    with pytest.raises(ArgumentError, match=message):
        traverse(laws, start, target)


def test_a_gap_between_laws_is_refused():
    high = ShiftedPower(a=1e9, b=0.5, c=3.5, d=1e17)
    low = ShiftedPower(a=1e8, b=0.5, c=2.9, d=1e17)
    with pytest.raises(ArgumentError, match=r"No law covers the losses from 3\.5 to 3\.216"):
        traverse({"high": high, "low": low}, 4.0, 3.0)


def test_questions_off_the_path_are_refused():
    for ask in (PATH.flops, PATH.static, PATH.saving, PATH.at):
        with pytest.raises(ArgumentError, match=r"loss is 2\.9; the path goes from 3\.7 down to"):
            ask([3.2, 2.9])
    with pytest.raises(UnknownNameError, match="Unknown shape '1B'"):
        PATH.saving(3.0, "1B")
