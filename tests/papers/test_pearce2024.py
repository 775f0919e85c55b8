"""Pearce and Song 2024: what differs is pinned, the analysis and the test on runs are checked."""

import numpy as np
import pytest

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.papers import pearce2024 as paper

# What we get where the paper's number does not come out.
DIFFERS = {
    "R1.exponent_released": 0.515426,
    "R1.intercept_released": -3.164824,
    "R2.intercept_released": -14.995039,
    "R4.omega_table_a9": 47500.3,
    "R4.omega_cube_root": 52960.1,
}


@pytest.fixture(scope="module")
def judgements():
    return {judgement.claim.id: judgement for judgement in paper.claims.judge()}


def test_no_claim_surprises(judgements):
    assert {name: j.verdict for name, j in judgements.items() if j.surprise} == {}


def test_every_claim_that_differs_is_pinned(judgements):
    assert {name for name, j in judgements.items() if j.verdict == "differs"} == set(DIFFERS)


@pytest.mark.parametrize("name", DIFFERS)
def test_what_differs_stays_what_it_is(judgements, name):
    assert judgements[name].answer.ours == pytest.approx(DIFFERS[name], rel=1e-5)


def test_the_small_scale_study_is_untestable(judgements):
    untestable = [name for name, j in judgements.items() if j.verdict == "untestable"]
    assert untestable == ["R12.total", "R12.no_embedding"]


# The embedding ----------------------------------------------------------------------------------


def test_the_authors_list_is_table_a9_but_for_one_size():
    ours, printed = paper.models(as_released=False), rp.load("hoffmann2022", "table_a9_models")
    assert ours["params_total"].tolist() == printed["params"].tolist()
    changed = paper.models()["params_total"] != ours["params_total"]
    assert paper.models().loc[changed, "params_total"].tolist() == [14_494e6]
    assert ours.loc[changed, "params_total"].tolist() == [14_940e6]
    np.testing.assert_allclose(ours["params_embedding"], 32_000 * printed["d_model"])


def test_only_one_aspect_ratio_gives_the_printed_sizes():
    printed = [float(c.printed) for c in paper.claims if c.id.startswith("R3.size_")]
    assert len(printed) == len(paper.SIZES) == 20
    drawn, released = (
        np.round(paper.total_sizes(ratio) / 1e6, 2) for ratio in paper.ASPECT_RATIOS.values()
    )
    assert drawn.tolist() == printed
    assert np.count_nonzero(released != printed) == 6
    np.testing.assert_allclose(released, printed, atol=0.0101)


# The simulation ---------------------------------------------------------------------------------


def by_hand(size, total, window):
    """Return slope and intercept as a loop over budgets and sizes gives them."""
    law, tokens = paper.surface(), np.logspace(6, 25, 1000)
    flops = np.logspace(np.log10(window.low), np.log10(window.high), window.points)
    best = []
    for c in flops:
        at = [tokens[np.abs(6 * n * tokens - c).argmin()] for n in size]
        best.append(size[np.argmin(law.loss(total, np.array(at)))])
    return np.polyfit(np.log(flops), np.log(best), 1)


@pytest.mark.parametrize(("counts", "source"), paper.WINDOWS)
def test_the_envelope_is_the_authors_procedure(counts, source):
    total = paper.total_sizes(paper.ASPECT_RATIOS[source])
    size = total if counts == "total" else paper.SIZES
    slope, intercept = by_hand(size, total, paper.WINDOWS[counts, source])
    found = paper.simulated(counts, source)
    assert found.a == pytest.approx(slope, abs=1e-9)
    assert np.log(found.params_prefactor) == pytest.approx(intercept, abs=1e-7)


def test_interpolated_curves_do_not_give_the_printed_digits():
    assert paper.simulated("total", between="linear").a == pytest.approx(0.5120, abs=1e-4)
    assert paper.simulated("no_embedding", between="linear").a == pytest.approx(0.7711, abs=1e-4)


def test_the_last_digit_hangs_on_the_aspect_ratio():
    drawn, released = (
        paper.simulated("total", "released", aspect_ratio=ratio).a
        for ratio in paper.ASPECT_RATIOS.values()
    )
    assert (round(drawn, 4), round(released, 4)) == (0.5130, 0.5154)


def test_slopes_of_the_loss():
    total, without = (paper.loss_fits(paper.simulated(c, "released")) for c in paper.COUNTS)
    slopes = {
        "total": -total["kaplan"].law.alpha,
        "without": -without["kaplan"].law.alpha,
        "total, L - E": -total["reducible"].law.alpha,
        "without, L - E": -without["reducible"].law.alpha,
    }
    printed = {
        "total": -0.0966,
        "without": -0.0690,
        "total, L - E": -0.1781,
        "without, L - E": -0.1329,
    }
    assert slopes == pytest.approx(printed, abs=6e-5)


# The closed form --------------------------------------------------------------------------------


def test_both_limits():
    ours = [(law.a_small, law.a_large) for law in map(paper.law, ("epoch", "hoffmann"))]
    np.testing.assert_allclose(ours, [(0.7593, 0.5126), (0.7159, 0.4565)], atol=1e-4)


def test_the_local_exponent_overshoots_both_limits():
    law, size = paper.law(), np.geomspace(1e2, 1e12, 2001)
    peak = law.exponent(size).argmax()
    assert law.exponent(size)[peak] == pytest.approx(0.9807, abs=1e-4)
    assert size[peak] == pytest.approx(1.93e6, rel=0.02)


@pytest.mark.parametrize(
    ("low", "high", "a"),
    [
        (1e13, 1e19, 0.839),
        (1e14, 10**20.7, 0.759),
        (1e16, 10**20.7, 0.665),
        (1e18, 1e22, 0.547),
        (10**12.95, 10**20.7, 0.776),
    ],
)
def test_the_exponent_depends_on_the_window(low, high, a):
    assert paper.window_exponent(paper.law(), low, high) == pytest.approx(a, abs=6e-4)


def test_kaplans_vocabulary_gives_kaplans_exponent_in_one_window():
    law = paper.kaplan_law()
    assert paper.window_exponent(law, *paper.FULL) == pytest.approx(0.800, abs=6e-4)
    assert paper.window_exponent(law, *paper.KAPLAN_DECADES) == pytest.approx(0.733, abs=6e-4)


def test_large_models_have_the_exponent_of_all_parameters():
    law, size = paper.law(), np.geomspace(1e10, 1e11, 11)
    slope, _ = np.polyfit(np.log(law.flops_at(size)), np.log(size), 1)
    assert slope == pytest.approx(0.5151, abs=1e-4)


def test_the_slope_of_the_loss_along_the_frontier():
    flops = [1e12, 1e14, 2e17, 1e20, 1e22]
    ours = paper.law().loss_exponent(flops=flops)
    np.testing.assert_allclose(ours, [-0.070, -0.065, -0.079, -0.050, -0.027], atol=6e-4)


def test_a_better_omega_changes_little():
    table = paper.sensitivity().set_index("variant")["window_0"]
    assert table["omega of the fit with p = 1/3"] - table["as in the paper"] < 0.007
    assert table["omega and p of one fit"] == pytest.approx(table["as in the paper"], abs=1e-3)


# The test on runs -------------------------------------------------------------------------------


def test_the_same_runs_have_the_same_losses_under_both_counts():
    for dataset in paper.DATASETS:
        total, without = (
            paper.tested_runs(dataset, "tuned_no_decay", counts) for counts in paper.COUNTS
        )
        assert (total["loss"] == without["loss"]).all()
        assert (total["tokens"] == without["tokens"]).all()
        assert (without["params"] < total["params"]).all()
        assert without["params"].notna().all()
        np.testing.assert_allclose(total["flops"], total["budget"], rtol=1e-12)


def test_their_own_experiment_without_the_head_agrees_with_our_recount():
    runs = rp.load("porian2024", "isoflop")
    for dataset in paper.DATASETS:
        chosen = (runs["dataset"] == dataset) & (runs["experiment"] == "reproduce_kaplan")
        theirs = rp.envelope(runs[chosen]).a
        ours = paper.tested_frontier(dataset, "count_last_layer", "no_embedding").a
        assert ours == pytest.approx(theirs, abs=0.012)


def test_the_tuned_runs_come_near_their_published_exponents():
    for dataset, published in (("refinedweb", 0.497), ("openwebtext2", 0.518)):
        found = paper.tested_frontier(dataset, "tuned_no_decay", "total")
        assert found.a == pytest.approx(published, abs=0.005)


def test_counting_alone_raises_every_exponent():
    table = paper.recounts().set_index(["dataset", "experiment"])
    assert table["rise"].between(0.09, 0.16).all()
    tuned = table.xs("tuned_no_decay", level="experiment")
    assert tuned["no_embedding"].round(3).tolist() == [0.627, 0.638]
    assert (tuned["no_embedding_high"] < tuned["expected"]).all()


def test_the_closed_form_is_not_what_these_runs_could_show():
    table = paper.recounts().set_index(["dataset", "experiment"])
    tuned = table.loc["refinedweb", "tuned_no_decay"]
    assert tuned["closed_form"] == pytest.approx(0.831, abs=1e-3)
    assert tuned["expected"] == pytest.approx(0.733, abs=1e-3)
    # Laid out for the other count, the runs do not bracket the optimum of the law.
    assert (table["expected_unbracketed"] > 0.2).all()


def test_two_recipes_bracket_their_own_optimum_without_embedding():
    table = paper.recounts().set_index("experiment")
    clean = table.loc[["correct_warmup", "tuned_no_decay"]]
    assert (clean["unbracketed"] < 0.03).all()
    assert (clean["bracketed"] - clean["no_embedding"]).abs().max() < 0.002
    cut = table.loc[["count_last_layer", "cosine_decay"]]
    assert (cut["unbracketed"] > 0.15).all()
    assert (cut["no_embedding"] - cut["bracketed"]).between(0.005, 0.04).all()


def test_counted_in_full_the_expected_exponent_is_that_of_the_law():
    total = paper.tested_runs("refinedweb", "tuned_no_decay", "total")
    found = paper.expected_frontier(paper.surface(), total, total)
    assert found.a == pytest.approx(paper.surface().a, abs=0.002)


def test_where_the_law_fits_the_recount_is_as_expected():
    for dataset in paper.DATASETS:
        cosine = paper.fitted_expectations(dataset, "cosine_decay", within=(0.1, 0.05))
        assert (cosine["scatter"] < 0.012).all()
        assert (cosine["expected"] - cosine["no_embedding"]).abs().max() < 0.03
    tuned = paper.fitted_expectations("refinedweb")
    assert (tuned["expected"] - tuned["no_embedding"]).min() > 0.07


# Count, warm-up and tuning in every combination -------------------------------------------------


def test_the_recount_starts_from_the_count_of_the_experiment():
    """Tuned runs with a long warm-up are given without their head, the others with it."""
    total, without = (
        paper.tested_runs("refinedweb", paper.TUNED_FIRST, counts) for counts in paper.COUNTS
    )
    np.testing.assert_allclose(without["flops"], without["budget"], rtol=1e-12)
    assert (total["tokens"] == without["tokens"]).all()
    assert set(total["params"]) <= set(paper.tested_models()["params_total"])
    given = rp.load("porian2024", "isoflop").query("experiment == 'kaplan_adjusted'")
    assert without["params"].tolist() == given["params"].tolist()


# What is refused --------------------------------------------------------------------------------


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="Known: epoch, hoffmann"):
        paper.surface("chinchilla")
    with pytest.raises(UnknownNameError, match="Known: total, no_embedding"):
        paper.grid("embedding")
    with pytest.raises(UnknownNameError, match="Known: figure, released"):
        paper.simulated("total", "paper")
    with pytest.raises(UnknownNameError, match="Known: openwebtext2, refinedweb"):
        paper.tested_runs("c4", "tuned_no_decay", "total")
    with pytest.raises(UnknownNameError, match="Known: count_last_layer, correct_warmup"):
        paper.tested_runs("refinedweb", "reproduce_kaplan", "total")
    with pytest.raises(
        UnknownNameError, match=r"Unknown experiment 'kaplan_adjusted'.*dataset is openwebtext2"
    ):
        paper.tested_runs("openwebtext2", paper.TUNED_FIRST, "total")


def test_windows_and_limits_without_meaning_are_refused():
    with pytest.raises(ArgumentError, match="runs from 1e\\+19 to 1e\\+13 FLOPs"):
        paper.window_exponent(paper.law(), 1e19, 1e13)
    with pytest.raises(ArgumentError, match="with 1 points"):
        paper.window_exponent(paper.law(), 1e13, 1e19, points=1)
    with pytest.raises(ArgumentError, match="aspect_ratio must be positive"):
        paper.total_sizes(-40.0)
    with pytest.raises(ArgumentError, match=r"within is \(0.1, -1\)"):
        paper.fitted_expectations("refinedweb", within=(0.1, -1))
