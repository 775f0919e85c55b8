"""Trajectories: what explains a behaviour along runs, against solutions written again."""

from itertools import permutations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError

SIZES = np.array([7e7, 1.6e8, 4e8, 1e9, 2.8e9])
STEPS = np.array([1e3, 3e3, 1e4, 3e4, 1e5, 3e5])


def runs(noise=0.0, effect=0.0, seed=0, sizes=SIZES):
    """Checkpoints whose accuracy is a cubic in the logarithm of a perplexity, and of the size."""
    rng = np.random.default_rng(seed)
    n, s = (grid.ravel() for grid in np.meshgrid(sizes, STEPS, indexing="ij"))
    log = 1 + 40 * n**-0.2 + 30 * s**-0.4
    accuracy = 0.7 - 0.1 * log + 0.003 * (log - 2) ** 3 + effect * np.log10(n)
    return pd.DataFrame(
        {
            "run": [f"{size:g}" for size in n],
            "params": n,
            "step": s,
            "flops": 6 * n * s * 2e6,
            "perplexity": np.exp(log),
            "accuracy": accuracy + noise * rng.normal(size=len(n)),
        }
    )


def polynomial(values, degree=3):
    return np.vander(np.log(values), degree + 1)


def left(columns, y):
    """Sum of squares that least squares leave, by numpy's own solver."""
    return ((y - columns @ np.linalg.lstsq(columns, y, rcond=1e-14)[0]) ** 2).sum()


# R² -------------------------------------------------------------------------------------------


def test_a_cubic_is_found_without_noise():
    found = rp.Trajectories(runs(), "accuracy")
    assert found.r2("perplexity") == pytest.approx(1, abs=1e-12)
    assert found.r2("flops") < 0.99


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("name", ["perplexity", "flops", "params", "step"])
def test_r2_is_that_of_another_solver(name, degree):
    table = runs(noise=0.01)
    y = table["accuracy"]
    expected = 1 - left(polynomial(table[name], degree), y) / ((y - y.mean()) ** 2).sum()
    found = rp.Trajectories(table, "accuracy", degree=degree)
    assert found.r2(name) == pytest.approx(expected, abs=1e-8)


def test_r2_of_two_columns_adds_their_polynomials():
    table = runs(noise=0.01)
    y = table["accuracy"]
    both = np.column_stack([polynomial(table["perplexity"]), polynomial(table["params"])[:, :-1]])
    expected = 1 - left(both, y) / ((y - y.mean()) ** 2).sum()
    found = rp.Trajectories(table, "accuracy").r2("perplexity", "params")
    assert found == pytest.approx(expected, abs=1e-8)


@given(st.floats(1e-6, 1e6), st.floats(1e-3, 1e3), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_units_and_the_order_of_runs_do_not_matter(perplexity, accuracy, seed):
    table = runs(noise=0.01, effect=0.01)
    other = table.assign(
        perplexity=perplexity * table["perplexity"], accuracy=5 - accuracy * table["accuracy"]
    )
    names = np.random.default_rng(seed).permutation(table["run"].unique())
    other = pd.concat([other[other["run"] == name] for name in names])
    a, b = (rp.Trajectories(frame, "accuracy") for frame in (table, other))
    assert b.r2("perplexity") == pytest.approx(a.r2("perplexity"), abs=1e-9)
    here, there = a.beyond("perplexity", degree=2), b.beyond("perplexity", degree=2)
    assert there.share == pytest.approx(here.share, abs=1e-6)
    assert there.p_value == pytest.approx(here.p_value, abs=1e-9)
    assert there.per_decade == pytest.approx(-accuracy * here.per_decade, rel=1e-5, abs=1e-9)


def test_intervals_are_over_runs():
    table = runs(noise=0.01)
    found = rp.Trajectories(table, "accuracy").intervals("perplexity", "params", resamples=200)
    assert (found["low"] <= found["high"]).all()
    assert found.loc["perplexity", "best"] > 0.95
    assert found["best"].sum() == pytest.approx(1)
    # The resamples are drawn as the package draws groups; each R² is that of its rows, repeated.
    codes, names = pd.factorize(table["run"])
    draws = np.random.default_rng(0).integers(len(names), size=(200, len(names)))
    expected = []
    for draw in draws:
        rows = pd.concat([table[codes == unit] for unit in draw])
        y = rows["accuracy"]
        total = ((y - y.mean()) ** 2).sum()
        expected.append(1 - left(polynomial(rows["perplexity"]), y) / total)
    low, high = np.quantile(expected, [0.025, 0.975])
    ends = found.loc["perplexity", ["low", "high"]].tolist()
    assert ends == pytest.approx([low, high], abs=1e-6)


# Beyond ---------------------------------------------------------------------------------------


def test_every_shuffle_is_tried_and_is_a_regression_of_its_own():
    table = runs(noise=0.02, effect=0.004)
    found = rp.Trajectories(table, "accuracy").beyond("perplexity", degree=2)
    y, columns = table["accuracy"].to_numpy(), polynomial(table["perplexity"])
    before, codes = left(columns, y), pd.factorize(table["run"])[0]
    shares, slopes = [], []
    for order in permutations(range(5)):
        sizes = SIZES[list(order)][codes]
        shares.append(1 - left(np.column_stack([columns, polynomial(sizes, 2)[:, :2]]), y) / before)
        line = np.column_stack([columns, np.log10(sizes)])
        slopes.append(np.linalg.lstsq(line, y, rcond=1e-14)[0][-1])
    assert found.exact
    assert len(found.shuffled) == factorial(5)
    assert np.sort(found.shuffled) == pytest.approx(np.sort(shares), abs=1e-7)
    assert found.share == pytest.approx(shares[0], abs=1e-7)
    assert found.per_decade == pytest.approx(slopes[0], abs=1e-7)
    assert found.p_value == np.mean(np.array(shares) >= shares[0] - 1e-9)
    assert found.per_decade_p_value == np.mean(np.abs(slopes) >= abs(slopes[0]) - 1e-9)
    assert found.rms == pytest.approx(np.sqrt(before / len(y)))


def test_a_planted_effect_is_found_with_its_size():
    found = rp.Trajectories(runs(noise=0.001, effect=0.02), "accuracy").beyond("perplexity")
    assert found.per_decade == pytest.approx(0.02, abs=0.002)
    assert found.per_decade_p_value <= 2 / factorial(5)
    assert found.share > 0.9


def test_without_an_effect_p_values_are_uniform():
    """Of runs whose levels scatter whatever their size, one in ten has a p-value below a tenth."""
    rng, low = np.random.default_rng(1), 0
    for _ in range(200):
        table = runs()
        levels = dict(zip(table["run"].unique(), 0.01 * rng.normal(size=5), strict=True))
        table["accuracy"] = 0.1 * np.log(table["step"]) + table["run"].map(levels)
        low += rp.Trajectories(table, "accuracy").beyond("step", degree=1).p_value <= 0.1
    assert 8 <= low <= 34


def test_more_than_eight_units_are_sampled_with_a_seed():
    table = runs(noise=0.01, sizes=np.geomspace(1e7, 1e10, 9))
    found = rp.Trajectories(table, "accuracy")
    first, second = (found.beyond("perplexity", shuffles=500, seed=3) for _ in range(2))
    other = found.beyond("perplexity", shuffles=500, seed=4)
    assert not first.exact
    assert (first.shuffled == second.shuffled).all()
    assert (first.shuffled != other.shuffled).any()
    assert len(first.shuffled) == 500
    assert first.p_value >= 1 / 501


def test_twins_of_one_unit_are_shuffled_together():
    one, other = runs(noise=0.01, seed=1), runs(noise=0.01, seed=2)
    both = pd.concat([one, other.assign(run=other["run"] + " twin")])
    both["params_named"] = both["params"].astype(str)
    apart = rp.Trajectories(both, "accuracy").beyond("perplexity", shuffles=50)
    together = rp.Trajectories(both, "accuracy", unit="params_named").beyond("perplexity")
    assert (apart.units, together.units) == (10, 5)
    assert together.share == pytest.approx(apart.share)
    assert together.exact


def test_quantiles_of_the_shuffles():
    found = rp.Trajectories(runs(noise=0.01), "accuracy").beyond("perplexity")
    assert found.median == np.median(found.shuffled)
    assert found.median < found.unusual(0.95) <= found.shuffled.max()
    assert found.detectable() == np.quantile(np.abs(found.shuffled_per_decade), 0.95)
    assert str(found).startswith("size removes ")
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        found.unusual(95)


def test_few_units_are_a_note():
    found = rp.Trajectories(runs(noise=0.01, sizes=SIZES[:3]), "accuracy")
    test = found.beyond("perplexity", degree=1)
    assert [note.code for note in test.notes] == ["few_groups"]
    assert "6 orders" in test.notes[0].message
    assert rp.Trajectories(runs(noise=0.01), "accuracy").beyond("perplexity").notes == ()


# Left out, and matched ------------------------------------------------------------------------


def test_left_out_is_a_fit_to_the_others():
    table = runs(noise=0.01)
    found = rp.Trajectories(table, "accuracy").left_out("perplexity", "flops")
    assert found.index.tolist() == table["run"].unique().tolist()
    name = found.index[-1]
    rest, out = table[table["run"] != name], table[table["run"] == name]
    weights = np.linalg.lstsq(polynomial(rest["flops"]), rest["accuracy"], rcond=1e-14)[0]
    missed = out["accuracy"] - polynomial(out["flops"]) @ weights
    assert found.loc[name, "flops"] == pytest.approx(np.sqrt((missed**2).mean()), rel=1e-5)


def test_matched_reads_the_first_crossing():
    table = pd.DataFrame(
        {
            "run": ["a"] * 4 + ["b"] * 2 + ["c"] * 2,
            "step": [1, 2, 3, 4, 1, 2, 1, 2],
            "params": [1e8] * 4 + [1e9] * 2 + [1e10] * 2,
            # a falls, rises and falls again; b never gets there; c is there from the first
            "perplexity": [16.0, 4.0, 16.0, 1.0, 32.0, 16.0, 2.0, 1.0],
            "flops": [1.0, 100.0, 200.0, 300.0, 1.0, 2.0, 1.0, 2.0],
            "accuracy": [0.2, 0.4, 0.3, 0.6, 0.1, 0.2, 0.5, 0.6],
        }
    )
    found = rp.Trajectories(table, "accuracy").matched("perplexity", 8.0, "flops")
    assert found["run"].tolist() == ["a"]
    assert found.loc[0, "accuracy"] == pytest.approx(0.3)
    assert found.loc[0, "flops"] == pytest.approx(10)


def test_a_running_mean_keeps_a_straight_path():
    steps = np.arange(1, 8.0)
    table = pd.DataFrame({"step": steps, "perplexity": np.exp(3 - 0.3 * steps), "run": "a"})
    table = table.assign(params=1e8, accuracy=0.1 * steps)
    found = [rp.Trajectories(table, "accuracy").matched("perplexity", 6.0, smooth=smooth)
             for smooth in (1, 3)]  # fmt: skip
    assert found[0].loc[0, "accuracy"] == pytest.approx(found[1].loc[0, "accuracy"])


# Bad input ------------------------------------------------------------------------------------


def test_restarts_and_unsorted_steps_are_refused_with_the_remedy():
    table = runs()
    again = pd.concat([table, table.iloc[-3:-1]])
    with pytest.raises(DataError, match=r"step 30000 after 300000.*drop_duplicates"):
        rp.Trajectories(again, "accuracy")
    with pytest.raises(DataError, match="again"):
        rp.Trajectories(pd.concat([table, table.iloc[-1:]]), "accuracy")
    with pytest.raises(DataError, match="Sort a shuffled table"):
        rp.Trajectories(table.iloc[::-1], "accuracy")
    mended = again.drop_duplicates(["run", "step"], keep="last").sort_values(["run", "step"])
    assert rp.Trajectories(mended, "accuracy").r2("perplexity") == pytest.approx(1)


def test_a_family_of_one_size_has_nothing_to_say_of_size():
    table = runs(noise=0.01).assign(params=1e8)
    with pytest.raises(ArgumentError, match="same size, 1e\\+08"):
        rp.Trajectories(table, "accuracy").beyond("perplexity")


def test_a_degree_that_fits_every_unit_is_refused():
    found = rp.Trajectories(runs(noise=0.01), "accuracy")
    with pytest.raises(ArgumentError, match="degree of 3 or less"):
        found.beyond("perplexity", degree=4)
    with pytest.raises(ArgumentError, match="more than two units"):
        rp.Trajectories(runs(noise=0.01, sizes=SIZES[:2]), "accuracy").beyond("perplexity")


def test_no_more_checkpoints_than_coefficients_are_refused():
    lasts = runs(noise=0.01).groupby("run").tail(1)  # five: a cubic leaves one to the sizes
    found = rp.Trajectories(lasts, "accuracy")
    with pytest.raises(ArgumentError, match="5 checkpoints less 4 coefficients"):
        found.beyond("perplexity")
    with pytest.raises(ArgumentError, match="4 checkpoints cannot judge 4 coefficients"):
        rp.Trajectories(lasts.iloc[:4], "accuracy").r2("perplexity")
    assert rp.Trajectories(lasts, "accuracy", degree=1).beyond("perplexity").units == 5


def test_splits_without_points_are_refused():
    table = runs()
    with pytest.raises(DataError, match="left none"):
        rp.Trajectories(table[table["step"] > 1e9], "accuracy")
    one = rp.Trajectories(table[table["run"] == "1e+09"], "accuracy")
    with pytest.raises(ArgumentError, match="'1e\\+09' holds every checkpoint"):
        one.left_out("perplexity")
    with pytest.raises(ArgumentError, match="nothing to resample"):
        one.intervals("perplexity")
    with pytest.raises(ArgumentError, match=r"No run passes perplexity = 0\.5"):
        one.matched("perplexity", 0.5)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"accuracy": np.nan}, ArgumentError, "accuracy must be finite"),
        ({"accuracy": 0.5}, ArgumentError, "0.5 at every checkpoint"),
        ({"params": -1.0}, ArgumentError, "params must be positive"),
        ({"run": None}, DataError, "no label in row 0"),
        ({"params": np.arange(1.0, 31)}, DataError, "one size"),
    ],
)
def test_what_cannot_be_used_is_named(change, error, words):
    with pytest.raises(error, match=words):
        rp.Trajectories(runs().assign(**change), "accuracy")


def test_unknown_columns_and_empty_questions():
    found = rp.Trajectories(runs(noise=0.01), "accuracy")
    with pytest.raises(UnknownNameError, match="Did you mean 'perplexity'"):
        found.r2("perplexty")
    with pytest.raises(ArgumentError, match="at least one column"):
        found.r2()
    with pytest.raises(ArgumentError, match="odd number"):
        found.matched("perplexity", 20, smooth=2)
    with pytest.raises(ArgumentError, match="perplexity must be positive"):
        rp.Trajectories(runs().assign(perplexity=0.0), "accuracy").r2("perplexity")
    with pytest.raises(ArgumentError, match="nothing is left"):
        rp.Trajectories(runs(), "accuracy").beyond("perplexity")
    twice = runs()
    twice.columns = ["run", "params", "step", "step", "perplexity", "accuracy"]
    with pytest.raises(DataError, match="several columns 'step'"):
        rp.Trajectories(twice, "accuracy")


def test_the_table_is_copied():
    table = runs(noise=0.01)
    found = rp.Trajectories(table, "accuracy")
    before = found.r2("perplexity")
    table["perplexity"] = 1.0 + np.arange(len(table))
    assert found.r2("perplexity") == before
