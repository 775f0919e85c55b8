"""Li et al. (2020): the directions, the compressed models, the law of what compression adds."""

from itertools import pairwise

import numpy as np
import pytest

import replication as rp
from replication.errors import DataError, UnknownNameError
from replication.papers import li2020 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("li2020").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


# The tables -----------------------------------------------------------------------------------


def counted(row):
    """Return the bytes of a version from the shape of its model alone."""
    d, layers = row["width"], row["layers"]
    inside, tables = layers * 12 * d * d, (256 + 64) * d
    rows_inside, rows_tables = layers * 9 * d, 256 + 64
    small = row["params"] - inside - tables
    touched = inside + (tables if row["part"] == "all" else 0)
    rows = rows_inside + (rows_tables if row["part"] == "all" else 0)
    whole = 2 * (inside + tables - touched + small)
    match row["method"]:
        case "dense":
            return 2 * row["params"]
        case "round":
            return whole + row["level"] * touched / 8 + 2 * rows
        case _:
            return whole + touched / 8 + 2 * (1 - row["level"]) * touched


def test_bytes_follow_from_the_shapes():
    for _, row in paper.compressed().iterrows():
        # A share of zeros is rounded to whole weights, matrix by matrix.
        assert row["bytes"] == pytest.approx(counted(row), abs=2 * (4 * row["layers"] + 2))


def test_what_was_measured_belongs_to_runs_of_the_lab():
    from_lab = paper.trained().set_index("run")
    table = paper.compressed()
    dense = table[(table["method"] == "dense") & (table["retrained"] == 0)].set_index("run")
    both = dense.index.intersection(from_lab.index)
    assert len(both) >= 20
    assert (dense.loc[both, "tokens"] == from_lab.loc[both, "tokens"]).all()
    # A quarter of the held-out sequences: the same for all, so the shift is common.
    shift = dense.loc[both, "loss"] - from_lab.loc[both, "loss"]
    assert shift.abs().max() < 0.03
    assert shift.std() < 0.005


def test_eight_bits_are_nearly_free_and_harm_grows_with_compression():
    assert paper.measured("round", 8)["added_loss"].abs().max() < 0.01
    for way, levels in {"round": (8, 4, 3), "prune": (0.3, 0.5)}.items():
        harm = [paper.measured(way, level).set_index("run")["added_loss"] for level in levels]
        for less, more in pairwise(harm):
            both = less.index.intersection(more.index)
            assert (less[both] < more[both]).all()


def test_unknown_ways_and_levels_are_refused():
    with pytest.raises(UnknownNameError, match="way"):
        paper.measured("shrink", 4)
    with pytest.raises(UnknownNameError, match="level '1'"):
        paper.measured("round", 1)


# Steps and compute ----------------------------------------------------------------------------


def test_what_a_loss_takes():
    found = paper.to_loss(1.8).set_index("width")
    assert found["tokens"].is_monotonic_decreasing
    assert found.loc[16, "tokens"] / found.loc[64, "tokens"] == pytest.approx(7.211, rel=1e-3)
    assert found.loc[64, "flops"] / found.loc[16, "flops"] == pytest.approx(2.377, rel=1e-3)
    assert found.loc[64, "cpu_s"] < found.loc[16, "cpu_s"]
    # At a horizon it is that run.
    run = paper.trained().set_index("run").loc["w032-cooldown-r0p16-s0-c5e+11"]
    assert paper.to_loss(run["loss"]).set_index("width").loc[32, "flops"] == pytest.approx(
        run["flops"]
    )


def test_the_law_of_steps_is_a_line_through_logarithms():
    found = paper.to_loss(1.8)
    slope = np.polyfit(np.log(found["params"]), np.log(found["tokens"]), 1)[0]
    assert paper.steps_law(1.8).law.alpha == pytest.approx(-slope, rel=1e-6)
    with pytest.raises(DataError, match="needs 4"):
        paper.steps_law(1.4)


def test_saving_crosses_the_price_in_seconds_and_not_that_in_flops():
    found = paper.price_of_size([1.9, 1.75])
    assert found["n"].tolist() == [5, 5]
    saved, seconds, flops = (
        found[n].to_numpy() for n in ("steps", "seconds_per_byte", "flops_per_byte")
    )
    assert saved[0] < seconds[0]
    assert seconds[1] < saved[1] < flops[1]
    assert saved == pytest.approx([0.5127, 0.7406], abs=1e-3)


def test_the_best_size_grows_and_is_not_the_largest():
    best = paper.best_sizes()
    assert best["width"].is_monotonic_increasing
    assert (best["width"] < best["largest"]).all()


# What compression adds ------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "level"), [("round", 4), ("prune", 0.5)])
def test_the_law_agrees_with_least_squares(way, level):
    table = paper.measured(way, level)
    x = np.column_stack([np.ones(len(table)), -np.log(table["params"]), np.log(table["tokens"])])
    weights, *_ = np.linalg.lstsq(x, np.log(table["added_loss"]), rcond=None)
    law = paper.added(way, level).law
    assert (law.a, law.b) == pytest.approx(tuple(weights[1:]), rel=1e-5)
    assert law.at_equal_compute == pytest.approx(law.a + law.b)


def test_versions_and_duels():
    edge = paper.frontier(paper.versions(1e12))
    for _, part in edge.groupby("width"):
        assert part["bytes"].is_monotonic_increasing
        assert part["loss"].is_monotonic_decreasing
    for retrained in (0.0, None):
        for _, duel in paper.duels(1e12, retrained).iterrows():
            fits = paper.best_at(paper.versions(1e12, retrained), duel["bytes"])
            fits = fits.set_index("width")["loss"]
            assert fits[duel["width"]] <= duel["small"]
            assert fits[duel["large_width"]] <= duel["large"]


def test_size_helps_at_equal_compute_and_hurts_at_equal_bytes_per_parameter():
    found = paper.exponents()
    assert (found["compute_high"] < 0).all()
    assert (found["ratio_low"] > 0).all()
    rounding = found[found["way"] == "round"]
    assert (rounding["size_low"] < 0).all()
    assert (rounding["size_high"] > 0).all()
    assert (found["b_low"] > 0.5).all()


def test_heavy_compression_loses_at_equal_bytes():
    as_is = paper.duels(1e12).set_index("width")
    again = paper.duels(1e12, retrained=None).set_index("width")
    assert (as_is["small"] < as_is["large"]).all()
    assert (again["small"] < again["large"]).all()
    assert (again["large"] <= as_is["large"]).all()
    assert as_is.loc[24, ["small", "large"]].tolist() == pytest.approx([1.5714, 1.7587], abs=2e-3)
    assert again.loc[24, "large"] == pytest.approx(1.6461, abs=2e-3)
