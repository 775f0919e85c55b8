"""The chapter on hagele2024: what differs is pinned, the traps are shown to be traps."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import replication as rp
from replication.datasets import load
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.papers import hagele2024 as paper

HELPER = {  # as the authors' flops.ipynb prints them: parameters in millions, FLOPs a sequence
    "33M": (33.454464, 171834605568),
    "53M": (52.99456, 254882611200),
    "60M": (59.810304, 279079550976),
    "93M": (93.11296, 409294602240),
    "124M": (123.532032, 527392309248),
    "151M": (151.843584, 624142319616),
    "166M": (166.1408, 682936762368),
    "210M": (208.466688, 817642340352),
    "360M": (359.744512, 1341445373952),
}


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("hagele2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


@pytest.mark.parametrize(
    ("claim", "ours"),
    [
        ("H2.intercept", -0.321265),
        ("H7", 129.842),
        ("H8.flops", 0.36002),
        ("H11.plateau", 0.01041),
        ("H13", 0.00363),
        ("H15.to_tenth", 1.0),
        ("H19.flops_360M", 26.8289e18),
        ("H19.steps_53M", 3650),
        ("H19.steps_124M", 30000),
    ],
)
def test_what_differs_differs_by_this(ledger, claim, ours):
    assert ledger[claim].verdict == "differs"
    assert ledger[claim].answer.ours == pytest.approx(ours, rel=1e-4)


def test_all_that_differs_is_pinned_above(ledger):
    assert sum(item.verdict == "differs" for item in ledger.values()) == 9


@pytest.mark.parametrize("size", HELPER)
def test_our_counts_are_those_the_helper_prints(size):
    model = paper.models().set_index("size").loc[size]
    millions, sequence = HELPER[size]
    assert model["params"] == pytest.approx(1e6 * millions, rel=1e-12)
    assert model["flops_per_token"] * 512 == pytest.approx(sequence, rel=1e-12)


def test_the_suite_has_a_trunk_two_cooldowns_and_three_cosines_a_size():
    suite = paper.suite()
    counts = pd.crosstab(suite["size"], suite["schedule"])
    assert len(counts) == 8
    assert (counts[["constant", "cooldown", "cosine"]] == [1, 2, 3]).all(axis=None)
    longest = suite.groupby("size")["steps"].max()
    assert paper.suite("constant").set_index("size")["steps"].to_dict() == longest.to_dict()
    with pytest.raises(UnknownNameError, match="Unknown schedule of the suite 'wsd'"):
        paper.suite("wsd")


def test_a_learning_curve_of_the_suite_is_one():
    for kind in ("val", "val_swa"):
        for _, curve in paper.curves(kind).groupby("run_id"):
            rp.LearningCurve(curve["step"], curve["loss"])
    with pytest.raises(UnknownNameError, match="'train'"):
        paper.curves("train")


def test_the_carried_curves_keep_the_later_value_of_a_step():
    kept = {"last": 0.0, "first": 0.0}
    curves = paper.curves()
    for run_id in paper.restarted()["run_id"]:
        ours = curves[curves["run_id"] == run_id]
        written = paper.log(run_id)
        for keep in kept:
            curve = rp.LearningCurve.from_log(written["step"], written["loss"], keep)
            if len(ours):
                off = np.abs(curve.at(ours["step"]) - ours["loss"]).max()
                kept[keep] = max(kept[keep], float(off))
    assert kept["last"] <= 5.1e-5  # the curves have four decimals
    assert kept["first"] > 3e-4


def test_the_last_row_of_a_restarted_log_is_not_its_end():
    table = paper.restarted()
    wrong = table["last_row"] != table["summary"]
    assert (len(table), int(wrong.sum())) == (31, 30)
    assert table["final"].tolist() == table["summary"].tolist()
    row = table.set_index("run_id").loc[224]
    assert row[["last_row_step", "last_step"]].tolist() == [29600, 37400]
    assert row[["last_row", "final"]].tolist() == [2.74329, 2.70516]


def test_read_carelessly_the_scatter_has_another_line():
    line = paper.careless_line()
    assert (line.slope, line.intercept) == pytest.approx((0.8693, 3.825), abs=1e-3)


def test_the_two_evaluations_are_a_constant_apart():
    table = paper.suite("cosine")
    offset = table["loss"] - table["loss_periodic"]
    assert offset.mean() == pytest.approx(0.0364, abs=1e-4)
    assert offset.std() < 0.004


@pytest.mark.parametrize("rival", ["cooldown", "averaged"])
def test_the_line_agrees_with_the_normal_equations(rival):
    table = paper.pairs() if rival == "cooldown" else paper.averaged()
    x, y = np.exp(table[rival]), np.exp(table["cosine"])
    design = np.stack([x, np.ones_like(x)], axis=1)
    solution, (rss,), *_ = np.linalg.lstsq(design, y, rcond=None)
    cov = np.linalg.inv(design.T @ design) * rss / (len(x) - 2)
    reach = stats.t.ppf(0.975, len(x) - 2) * np.sqrt(np.diag(cov))
    line = paper.perplexity_line(rival)
    assert (line.slope, line.intercept) == pytest.approx(tuple(solution))
    assert line.slope_high - line.slope == pytest.approx(reach[0])
    assert line.intercept - line.intercept_low == pytest.approx(reach[1])


def test_the_chance_of_the_identity_is_uniform_under_it():
    rng = np.random.default_rng(0)
    x = np.linspace(15, 40, 16)
    chances = [
        paper.StraightLine.through(x, x + rng.normal(size=16)).p_identity for _ in range(800)
    ]
    assert stats.kstest(chances, "uniform").pvalue > 0.01


def test_alone_each_interval_leaves_the_identity_out_together_not():
    line = paper.perplexity_line()
    assert line.slope_high < 1 < line.slope_high + 0.002
    assert line.intercept_low > 0
    assert line.p_identity == pytest.approx(0.072, abs=1e-3)
    table = paper.pairs()
    table = table[table["size"] != "33M"]
    rest = paper.StraightLine.through(np.exp(table["cooldown"]), np.exp(table["cosine"]))
    assert rest.slope_low < 1 < rest.slope_high


@pytest.mark.parametrize(
    ("x", "y", "level", "words"),
    [
        ([1, 2], [1, 2], 0.95, r"three points or more, one y an x; got \(2,\)"),
        ([1, 2, 3], [1, 2], 0.95, r"got \(3,\) and \(2,\)"),
        ([1, 2, 3], [1, 2, 4], 95, "level is 95"),
        ([1, 2, 3], [1, 2, np.nan], 0.95, "finite points"),
        ([1, 1, 1], [1, 2, 3], 0.95, "at two x or more"),
    ],
)
def test_points_that_make_no_line(x, y, level, words):
    with pytest.raises(ArgumentError, match=words):
        paper.StraightLine.through(x, y, level)


def test_one_window_closes_less_than_the_best_of_ten():
    best, one = paper.share_recovered(), paper.share_recovered("one")
    assert (best, one) == pytest.approx((0.8226, 0.6619), abs=1e-4)
    table = paper.one_window()
    assert (table["cosine"] < table["averaged"]).all()
    assert (table["averaged"] < table["constant"]).all()


def test_four_settings_were_run_twice():
    table = paper.repeats()
    assert len(table) == 4
    assert paper.rms(table["difference"]) == pytest.approx(9.2e-4, abs=1e-5)
    assert paper.rms(paper.pairs()["difference"]) == pytest.approx(3.68e-3, abs=1e-5)


@pytest.mark.parametrize(
    ("steps", "cooldown", "words"),
    [
        ([3000, -1], 0.2, r"steps are \[3000, -1\]"),
        ([], 0.2, "one or more positive lengths"),
        ([3000, np.nan], 0.2, "one or more positive lengths"),
        ([3000], 1.2, "cooldown is 1.2; .* cannot be longer than its run"),
    ],
)
def test_lengths_that_cannot_be_reused(steps, cooldown, words):
    with pytest.raises(ArgumentError, match=words):
        paper.reuse_ratio(steps, cooldown)


def test_reuse_costs_what_a_count_by_hand_says():
    # A trunk of 8,000 steps and cooldowns of 600, 1,400 and 2,000, against 20,000 steps.
    assert paper.reuse_ratio([3000, 7000, 10000]) == pytest.approx((8000 + 4000) / 20000)
    assert paper.reuse_ratio([5000]) == 1
    assert paper.reuse_ratio([1, 2, 3], cooldown=1) == 1


def test_the_estimate_for_chinchilla_is_counted_matrix_by_matrix():
    scratch, reused = paper.chinchilla_suite()
    assert (f"{scratch:.2e}", f"{reused:.2e}") == ("5.59e+23", "2.36e+23")
    params = load("hoffmann2022", "table_a9_models")["params"]
    by_rule = 6 * 70 * float((params**2).sum())
    assert by_rule == pytest.approx(5.73e23, rel=1e-3)
    assert reused / scratch == pytest.approx(29.5 / 70)


def test_the_figure_counts_a_cooldown_that_was_not_run():
    flops = paper.suite_flops()
    longest = paper.suite("constant")["flops"].sum()
    assert flops["figure"] - flops["run"] == pytest.approx(0.2 * longest)
    assert flops["run"] / flops["cosine"] == pytest.approx(0.552, abs=5e-4)


def test_only_the_largest_trunk_was_logged_at_twice_the_pace_of_its_branches():
    table = paper.seconds_a_step()
    pace = table.pivot_table(index="size", columns="schedule", values="seconds")
    ratio = pace["constant"] / pace["cooldown"]
    assert ratio["360M"] == pytest.approx(0.66, abs=0.01)
    assert ratio[["124M", "151M", "210M"]].min() > 1.5
    assert paper.hours_with_whole_trunk() == pytest.approx(144.3, abs=0.1)


def test_the_sweep_names_one_run_or_says_so():
    assert paper.final_loss("constant", 50000, 1e-3) == 3.14055
    with pytest.raises(DataError, match=r"6 runs of the sweep have .* decay_shape linear"):
        paper.final_loss("cooldown", 25000, 1e-3, decay_shape="linear")
    with pytest.raises(UnknownNameError, match=r"setting of a run 'decay_fractoin'\. Did you mean"):
        paper.final_loss("cooldown", 25000, 1e-3, decay_fractoin=0.2)
    for steps, shape in ((999, "linear"), (25000, "square")):
        with pytest.raises(DataError, match=f"no cooldown of shape '{shape}' in runs of {steps}"):
            paper.by_fraction(steps, shape)
    with pytest.raises(DataError, match="0 runs of the sweep"):
        paper.final_loss("cosine", 15000, 1e-3, cosine_final_lr_fraction=0.0)


def test_a_cosine_to_zero_beats_a_cooldown_of_a_fifth_at_the_best_rate_of_each():
    best = paper.best_losses()
    rates = paper.best_rates()
    assert best.loc[50000, "cosine_to_zero"] == 2.95337
    assert best.loc[50000, "sqrt"] - best.loc[50000, "cosine_to_zero"] > 0.005
    assert (best["any_length"] <= best.min(axis=1)).all()
    assert rates.loc[50000, ["sqrt", "cosine_to_zero"]].tolist() == [1e-3, 2e-3]


def test_no_diverged_run_is_in_the_sweep():
    assert load("hagele2024", "runs")["loss"].max() == pytest.approx(7.585, abs=1e-3)
    assert paper.sweep()["loss"].max() < 3.3


def test_markers_and_logs_agree():
    table = paper.markers()
    assert paper.rms(table["difference"]) == pytest.approx(0.0016, abs=1e-4)
    off = table["flops"] / table["logged_flops"] - 1
    assert off.abs().max() < 0.07


def test_the_law_of_the_ends_is_a_straight_line_in_logarithms():
    table = paper.suite("cosine")
    x, y = np.log(table["flops"]), np.log(table["loss_periodic"])
    ends = pd.DataFrame({"flops": np.exp(x), "loss": np.exp(y)}).drop_duplicates()
    law = rp.fit(rp.laws.PowerLaw, ends, objective="log-lsq").law
    assert law.alpha == pytest.approx(-stats.linregress(x, y).slope, rel=1e-6)


def test_irreducible_loss_is_not_identified():
    for points in paper.POINTS:
        interval = paper.surface_draws(points).interval(level=paper.LEVEL)
        assert interval.loc["E", "low"] < 0.01
        assert interval.loc["E", "high"] > 1.4
        assert interval.loc["a", "high"] - interval.loc["a", "low"] > 0.3
    with pytest.raises(UnknownNameError, match="set of finished runs"):
        paper.ends("swa")


def test_names_that_are_not_known():
    for call in (
        lambda: paper.pairs("loss_swa"),
        lambda: paper.perplexity_line("constant"),
        lambda: paper.lower_envelope("cooldown"),
        lambda: paper.log(9),
        lambda: paper.helper_flops("1B"),
        lambda: paper.share_recovered("two"),
    ):
        with pytest.raises(UnknownNameError, match="Known: "):
            call()


def test_a_table_of_pairs_is_the_tables_own_rows():
    runs = paper.runs().set_index(["in_scaling_suite", "schedule", "size", "steps"])["loss"]
    table = paper.pairs()
    assert isinstance(table, pd.DataFrame)
    for row in table.itertuples():
        assert row.cosine == runs[1, "cosine", row.size, row.steps]
        assert row.cooldown == runs[1, "cooldown", row.size, row.steps]
