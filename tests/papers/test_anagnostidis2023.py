"""The rule of anagnostidis2023 on other people's curves: laws, path, savings, and their doubt."""

import numpy as np
import pytest
from scipy.optimize import least_squares

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.papers import anagnostidis2023 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("anagnostidis2023").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


# Fitted by us before, with another program: a, b, c, d in units of 1e18 FLOPs.
KNOWN = {
    "33M": (0.073439, 0.744345, 3.367, 0.015094),
    "93M": (0.225114, 0.578226, 3.0541, 0.020742),
    "124M": (0.340818, 0.54065, 2.9341, 0.037524),
    "360M": (0.870465, 0.611733, 2.68442, 0.445603),
}


@pytest.mark.parametrize("size", KNOWN)
def test_laws_are_those_that_another_program_found(size):
    law = paper.laws()[size]
    found = (law.a * 1e18**-law.b, law.b, law.c, law.d / 1e18)
    # Six digits are given; the flat directions of the shortest curve leave five.
    assert found == pytest.approx(KNOWN[size], rel=2e-5)


@pytest.mark.parametrize("size", ["93M", "360M"])
def test_a_law_agrees_with_scipy(size):
    curve = paper.points().query("size == @size")
    x, seen = curve["flops"].to_numpy() / 1e18, np.log(curve["loss"].to_numpy())

    def residuals(theta):
        a, c, d = np.exp(theta[:3])
        return np.log(a * (x + d) ** -theta[3] + c) - seen

    # From one start it may end above the minimum that ours finds.
    starts = [[np.log(0.5), np.log(2.8), np.log(d), 0.6] for d in (0.02, 0.4)]
    tight = {"x_scale": "jac", "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
    found = [least_squares(residuals, start, **tight) for start in starts]
    best = min(found, key=lambda end: end.cost)
    assert paper.fitted(size).value == pytest.approx(best.cost, rel=1e-8)
    assert paper.laws()[size].c == pytest.approx(np.exp(best.x[1]), rel=1e-6)


def test_every_curve_is_fitted_to_its_noise():
    assert all(2.5e-4 < paper.fitted(size).rms < 4.5e-4 for size in paper.SIZES)


def test_the_path():
    path = paper.path()
    assert path.names == ("60M", "93M", "124M", "151M", "210M", "360M")
    assert path.switches == pytest.approx([3.614, 3.441, 3.440, 3.404, 3.192], abs=6e-4)
    assert path.entry == "33M"


def test_savings():
    table = paper.savings(paper.path())
    saving = [7.6, 13.1, 13.3, 14.1, 10.4, 7.2]
    assert 100 * table["saving"].to_numpy() == pytest.approx(saving, abs=0.06)
    assert 100 * table["against_largest"].to_numpy()[:3] == pytest.approx(
        [54.9, 35.4, 23.3], abs=0.06
    )
    assert table["best"].tolist() == ["93M", "210M", "210M", "360M", "360M", "360M"]


def test_the_switch_by_brute_force_is_that_of_the_rule():
    small, large = paper.laws(sizes=paper.PAIR).values()
    brute, _ = paper.brute_force(small, large, paper.START, paper.PAIR_TARGET)
    rule = paper.pair_path().switches[0]
    assert brute == pytest.approx(3.34171, abs=1e-5)
    assert rule == pytest.approx(brute, abs=5e-6)


def test_the_first_step_decides_on_the_short_stage_and_hardly_moves_the_saving():
    sizes = ("60M", *paper.DRAWN)
    paths = {first: paper.path(first, sizes) for first in (1600, 2000, 3000, 4000)}
    assert [first for first, path in paths.items() if "124M" in path.names] == [2000]
    saved = [path.saving(3.0) for path in paths.values()]
    assert np.ptp(saved) < 0.01


def test_drawn_paths_disagree_on_the_middle_and_agree_on_the_ends():
    assert paper.followed("360M") == 1.0
    assert 0.3 < paper.followed("124M") < 0.8
    for drawn in paper.drawn_paths():
        sizes = [int(name[:-1]) for name in drawn.names]
        assert sizes == sorted(set(sizes))


@pytest.mark.parametrize(
    ("kind", "call", "message"),
    [
        (ArgumentError, lambda: paper.points(9000), "first_step is 9000, which leaves 5 points"),
        (UnknownNameError, lambda: paper.laws(sizes=("1B",)), "Unknown size '1B'"),
        (
            ArgumentError,
            lambda: paper.brute_force(*paper.laws(sizes=paper.PAIR).values(), 3.7, 3.2, 2),
            "points is 2; three or more",
        ),
        (
            ArgumentError,
            lambda: paper.brute_force(*paper.laws(sizes=paper.PAIR).values(), 3.7, 2.9),
            r"loss is 2\.9; this law goes from",
        ),
    ],
)
def test_what_has_no_answer_is_refused(kind, call, message):
    with pytest.raises(kind, match=message):
        call()
