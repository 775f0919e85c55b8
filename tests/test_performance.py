"""The tables of `make bench` keep what the book promises. They are read, nothing is timed here."""

import numpy as np
import pytest

from replication import datasets

ACCURACY = 1e-7
SAME = 1e-8
MEGABYTES = 400


def table(name: str):
    return datasets.load("performance", name)


@pytest.mark.parametrize(("side", "floor"), [("recipe_analytic", 1000), ("recipe_numeric", 5000)])
def test_the_default_fit_is_faster_than_the_recipe_and_as_good(side, floor):
    rows = table("fit").set_index("side")
    assert rows.loc["ours", "excess"] <= 1e-8
    assert rows.loc["ours", "calls"] >= 20
    assert rows.loc[side, "starts"] == 4500
    assert rows.loc[side, "ratio"] >= floor


def test_every_checked_refit_is_at_its_minimum():
    ours = table("bootstrap").set_index("side").loc["ours"]
    assert ours["resamples"] == 4000
    assert ours["checked"] >= 200
    assert ours["worst_excess"] <= ACCURACY


# The floor is against scipy with the problem prepared as its documentation advises: centred,
# scaled, with derivatives and a warm start. Coordinates whitened by the Hessian of the whole fit
# are faster still; those rows are in the table for the reader, and are no part of this promise.
@pytest.mark.parametrize(("side", "floor"), [("scipy", 15), ("notebook", 100)])
def test_the_batch_is_faster_than_one_resample_at_a_time(side, floor):
    rows = table("bootstrap")
    rows = rows[rows["side"] == side]
    if side == "scipy":
        rows = rows[rows["worst_excess"] <= ACCURACY]
        assert rows["resamples"].max() >= 1000
    assert rows["ratio"].min() >= floor


@pytest.mark.parametrize(("points", "floor"), [(240, 3), (2000, 2)])
def test_least_squares_are_faster_than_minpack(points, floor):
    rows = table("minpack")
    assert rows.loc[rows["points"] == points, "ratio"].min() >= floor


def test_both_sides_of_least_squares_end_in_the_same_minima():
    rows = table("minpack")
    assert (rows[["worst_excess", "minpack_excess"]] <= SAME).all(axis=None)


def test_least_squares_are_measured_for_laws_of_every_kind_and_for_small_and_large_tables():
    rows = table("minpack")
    cases = set(zip(rows["law"], rows["objective"], strict=True))
    assert cases >= {
        ("Chinchilla", "lsq"),
        ("Chinchilla", "log-lsq"),
        ("ShapeAware", "lsq"),
        ("KaplanJoint", "log-lsq"),
        ("OverTraining", "log-lsq"),
    }
    for _, part in rows.groupby(["law", "objective"]):
        assert set(part["points"]) == {240, 2000}
        assert part["resamples"].min() >= 100


def test_a_grid_of_lifetime_optima_is_faster_than_a_root_a_point():
    rows = table("lifetime").set_index("side")
    assert rows.loc["ours", "points"] == 200 * 200
    assert rows.loc["brentq", "ratio"] >= 100
    assert rows.loc["brentq", "worst_difference"] <= 1e-10
    assert rows.loc["brentq", "failed"] == 0


def test_memory_stays_small():
    rows = table("memory")
    cases = set(zip(rows["points"], rows["resamples"], strict=True))
    assert cases >= {(240, 4000), (100_000, 100)}
    assert rows["peak_mb"].max() < MEGABYTES


@pytest.mark.parametrize("varied", ["points", "resamples"])
def test_time_grows_no_faster_than_what_is_varied(varied):
    rows = table("scaling")
    rows = rows[rows["varied"] == varied]
    slope = np.polyfit(np.log(rows[varied]), np.log(rows["seconds"]), 1)[0]
    # A cache that overflows bends the line a little; a quadratic part would show far above this.
    assert 0.7 < slope < 1.3


def test_no_surface_is_lost():
    rows = table("robustness")
    assert len(rows) >= 200
    assert (rows["excess"] > 1e-6).sum() == 0


def test_ratios_are_those_of_the_seconds():
    fit, boot = table("fit"), table("bootstrap")
    for rows, column in ((fit, "seconds"), (boot, "seconds_per_resample")):
        ours = rows.loc[rows["side"] == "ours", column].item()
        np.testing.assert_allclose(rows["ratio"], rows[column] / ours, rtol=2e-3)
    rows = table("minpack")
    np.testing.assert_allclose(rows["ratio"], rows["minpack_seconds"] / rows["seconds"], rtol=2e-3)
    each = boot["seconds"] / boot["resamples"]
    np.testing.assert_allclose(boot["seconds_per_resample"], each, rtol=2e-3)


def test_every_side_is_described():
    rows = table("settings")
    told = set(zip(rows["table"], rows["setting"], strict=True))
    for name in ("fit", "bootstrap"):
        assert {(name, side) for side in table(name)["side"]} <= told
    assert {("minpack", "ours"), ("minpack", "minpack")} <= told
    assert {("machine", name) for name in ("processor", "python", "numpy", "scipy")} <= told
