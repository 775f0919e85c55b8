"""The chapter's functions: what differs, the recipe and the engine, what five runs can say."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.laws import Chinchilla, ErrorRate, OverTraining, PowerLawOffset
from replication.papers import gadre2024 as paper

SETS = list(paper.TRAIN_SETS)


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("gadre2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []
    differ = {name for name, item in ledger.items() if item.verdict == "differs"}
    assert differ == {"G6.compute_optimal", "G7.over_trained"}


def test_one_factor_is_printed_for_two_models(ledger):
    ours = {name: ledger[name].answer.ours for name in ledger if name[:2] in ("G6", "G7")}
    assert ours == pytest.approx(
        {
            "G6.over_trained": 329.7506,
            "G6.compute_optimal": 235.9383,
            "G7.over_trained": 29.1693,
            "G7.compute_optimal": 20.8708,
        },
        abs=1e-3,
    )


# The tables --------------------------------------------------------------------------------------


def test_runs_are_whole_and_consistent():
    table = paper.runs()
    assert table.groupby("train_set").size().to_dict() == dict(zip(SETS, (34, 35, 35), strict=True))
    np.testing.assert_allclose(table["flops"], 6 * table["params"] * table["tokens"], rtol=1e-15)
    np.testing.assert_array_equal(table["tokens"], table["params"] * table["token_multiplier"])
    assert (table["flops"] > 0).all() and table["flops"].max() > 2**63 / 6
    pd.testing.assert_frame_equal(paper.runs("c4"), table[:34])
    table.loc[0, "loss"] = 0.0  # a caller's copy
    assert paper.runs()["loss"].min() > 2


def test_every_size_follows_from_its_shape():
    models = rp.load("gadre2024", "models")
    shape = rp.counting.Shape.from_frame(
        models.assign(ffw_size=rp.counting.gated_width(models["d_model"]), n_heads=1),
        vocab_size=50432,
        context=2048,
        tied=False,
        gated=True,
    )
    np.testing.assert_array_equal(rp.counting.params(shape, "openlm"), models["params"])


def test_each_loss_lies_in_its_interval_and_every_run_is_measured_on_every_text():
    losses = rp.load("gadre2024", "losses")
    assert losses["loss"].between(losses["loss_low"], losses["loss_high"]).all()
    assert losses.groupby("run").size().eq(8).all() and losses["run"].nunique() == 104
    assert set(losses["eval_set"]) == set(rp.load("gadre2024", "eval_sets")["eval_set"])


def test_what_is_not_there_is_refused_by_name():
    with pytest.raises(UnknownNameError, match="Unknown train_set 'pile'"):
        paper.runs("pile")
    with pytest.raises(UnknownNameError, match="Unknown eval_set 'c4'"):
        paper.runs(eval_set="c4")
    with pytest.raises(UnknownNameError, match="Unknown average or task 'mean'"):
        paper.mean_error("mean")
    with pytest.raises(UnknownNameError, match="Unknown run 'c4-7B-m20'"):
        paper.target("c4-7B-m20")
    with pytest.raises(UnknownNameError, match=r"Unknown size '0\.1B'"):
        paper.gains("0.1B")


# The rule ----------------------------------------------------------------------------------------


def test_the_rule_keeps_the_tasks_that_the_code_lists():
    assert list(paper.kept_tasks()) == sorted(rp.load("gadre2024", "subset_17")["task"])


def test_the_rule_has_room_around_its_threshold():
    gain = paper.gains()
    assert gain.iloc[16:18].round(3).tolist() == [0.104, 0.067]
    assert paper.kept_tasks(margin=0.07) == paper.kept_tasks(margin=0.103) == paper.kept_tasks()
    assert len(paper.kept_tasks(margin=0.105)) == 16
    counts = {size: len(paper.kept_tasks(size)) for size in paper.SIZES}
    assert list(counts.values()) == [2, 11, 17, 17, 21, 21]


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.0, 10])
def test_a_margin_that_is_no_fraction_is_refused(bad):
    with pytest.raises(ArgumentError, match="a fraction between 0 and 1 is expected"):
        paper.kept_tasks(margin=bad)
    with pytest.raises(ArgumentError, match=r"No task lies 0\.9 above chance"):
        paper.kept_tasks(margin=0.9)


def test_averages_are_those_of_the_tasks():
    errors = paper.task_errors()
    assert errors.shape == (104, 46) and ((errors >= 0) & (errors <= 1)).all(axis=None)
    np.testing.assert_allclose(paper.mean_error(paper.ALL), errors.mean(axis=1))
    np.testing.assert_allclose(paper.mean_error("piqa"), errors["piqa"])
    drawn = np.random.default_rng(0)
    names = list(paper.kept_tasks())
    questions = rp.load("gadre2024", "tasks").set_index("task").loc[names, "examples"]
    p = errors.loc["redpajama-6.9B-m20", names]
    means = (drawn.binomial(questions.astype(int), p, (4000, 17)) / questions.to_numpy()).mean(1)
    expected = paper.sampling_error()["redpajama-6.9B-m20"]
    assert means.std() == pytest.approx(expected, rel=0.05)


# The fits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("train_set", SETS)
def test_every_one_of_the_128_starts_ends_where_the_engine_does(train_set):
    theirs, ours = paper.authors_fit(train_set), paper.loss_fit(train_set)
    assert len(theirs.attempts) == len(paper.STARTS) == 128
    assert theirs.attempts["success"].all()
    np.testing.assert_allclose(theirs.attempts["value"], ours.value, rtol=1e-8)
    found = theirs.law.over_training().to_dict()
    assert found == pytest.approx(ours.law.to_dict(), rel=1e-5)


def test_the_codes_law_is_the_papers_in_other_coordinates():
    law = paper.CodeLaw(alpha=166.0, beta=367.0, p=-0.272, E=1.84)
    table = paper.runs("c4")
    ours = law.over_training().loss(table["flops"], table["token_multiplier"])
    np.testing.assert_allclose(law.loss(table["params"], table["token_multiplier"]), ours)
    partial = law.gradient(1e9, 20.0)
    for name, value in law.to_dict().items():
        up, down = (paper.CodeLaw(**law.to_dict() | {name: value * (1 + h)}) for h in (1e-6, -1e-6))
        numeric = (up.loss(1e9, 20.0) - down.loss(1e9, 20.0)) / 2e-6
        assert float(partial[name]) * value == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("train_set", SETS)
@pytest.mark.parametrize("what", [paper.KEPT, paper.ALL, "arc_easy", "lambada_openai"])
def test_the_error_law_is_where_curve_fit_ends(train_set, what):
    """From (1, 1, 1) in the law's own coordinates, as the authors' code starts."""
    table = paper.evaluated(train_set, what)
    six = table[paper.error_rows(table)]
    theirs, _ = curve_fit(
        lambda x, k, gamma, epsilon: epsilon - k * np.exp(-gamma * x),
        six["loss"],
        six["error"],
        maxfev=10_000,
    )
    law = paper.error_fit(train_set, what).law
    np.testing.assert_allclose([law.k, law.gamma, law.epsilon], theirs, rtol=2e-3)


@pytest.mark.parametrize("train_set", SETS)
def test_it_is_chinchilla_with_tied_exponents(train_set):
    table = paper.runs(train_set)
    five = table[paper.loss_rows(table)]
    tied = rp.fit(Chinchilla, five, objective="lsq", tied={"beta": "alpha"})
    back = OverTraining.from_chinchilla(tied.law)
    assert back.to_dict() == pytest.approx(paper.loss_fit(train_set).law.to_dict(), rel=1e-5)
    assert tied.value == pytest.approx(paper.loss_fit(train_set).value, rel=1e-9)


# What the five runs say --------------------------------------------------------------------------


@pytest.mark.parametrize("train_set", SETS)
def test_the_over_trained_run_is_met_exactly_and_says_nothing_of_the_others(train_set):
    """Three coefficients on the four runs at M = 20, and the fourth on the fifth run."""
    found = paper.loss_fit(train_set)
    table = paper.runs(train_set)
    five = table[paper.loss_rows(table)]
    off = pd.Series(found.residuals, index=five["token_multiplier"])
    assert abs(off[320.0]) < 1e-7 < off[20.0].abs().max()
    line = rp.fit(PowerLawOffset, five[five["token_multiplier"] == 20], objective="lsq").law
    assert found.law.loss(1e21, 20.0) == pytest.approx(line.loss(1e21), rel=1e-6)
    assert found.law.eta == pytest.approx(line.alpha, rel=1e-4)
    again = paper.other_designs(train_set).groupby("run")["loss_off"]
    optimal = [name for name in again.groups if name.endswith("m20")]
    assert again.agg(np.ptp)[optimal].max() < 1e-6


def test_the_jackknife_moves_the_headline_tenfold():
    table = paper.jackknife("redpajama").set_index("left_out")
    over = table[table["run"] == paper.TARGETS["over-trained"]]["loss_off"]
    optimal = table[table["run"] == paper.TARGETS["compute-optimal"]]["loss_off"]
    expected = [0.0071, 0.0681, np.nan, 0.0378, 0.0019, -0.0902]
    np.testing.assert_allclose(over, expected, atol=5e-5)
    np.testing.assert_allclose(
        optimal, [0.0073, 0.0922, 0.0073, 0.0403, 0.0021, -0.0986], atol=5e-5
    )


def test_the_jackknifes_error_is_predicted_from_the_predicted_loss():
    """By hand, from the two laws without the run that is left out."""
    table = paper.evaluated("redpajama")
    five = table[paper.loss_rows(table)]
    ours = paper.jackknife("redpajama").set_index(["left_out", "run"])["error_off"]
    large = table[~table["model_size"].isin(paper.FIT_SIZES)]
    for left_out in ("", "redpajama-0.079B-m20"):
        loss = rp.fit(OverTraining, five[five["run"] != left_out], objective="lsq").law
        error = paper.fit_errors(table[table["run"] != left_out]).law
        predicted = error.error(loss.loss(large["flops"], large["token_multiplier"]))
        off = predicted / large["error"].to_numpy() - 1
        np.testing.assert_allclose(ours[left_out][large["run"]], off, atol=2e-5)
    whole = ours[""]
    for name in paper.TARGETS.values():
        assert whole[name] == pytest.approx(paper.target(name)["error_off"], abs=1e-9)
    headline = ours.loc[:, paper.TARGETS["compute-optimal"]]
    expected = [0.00046, 0.1025, -0.00478, 0.05294, -0.02566, -0.166]
    np.testing.assert_allclose(headline, expected, atol=5e-5)


@pytest.mark.parametrize(
    ("train_set", "worst"), [("c4", 0.1577), ("redpajama", 0.0986), ("refinedweb", 0.0625)]
)
def test_the_largest_move_of_each_jackknife(train_set, worst):
    assert paper.jackknife(train_set)["loss_off"].abs().max() == pytest.approx(worst, abs=5e-5)


def test_two_wrongs_make_the_smallest_error():
    """The loss is predicted too high, the error law alone too low: together almost right."""
    row = paper.target(paper.TARGETS["compute-optimal"])
    from_truth = paper.error_fit("redpajama").law.error(row["loss"]) / row["error"] - 1
    assert row["loss_off"] == pytest.approx(0.00732, abs=1e-5)
    assert from_truth == pytest.approx(-0.00996, abs=2e-5)
    assert row["error_off"] == pytest.approx(0.000463, abs=1e-6)
    noise = paper.sampling_error()[paper.TARGETS["compute-optimal"]] / row["error"]
    assert noise == pytest.approx(0.0138, abs=2e-4)


def test_large_runs_of_the_other_texts_are_predicted_worse():
    off = {s: paper.predictions(s).query("params > 1e9").set_index("run") for s in SETS}
    assert off["c4"].loc["c4-6.9B-m20", "loss_off"] == pytest.approx(-0.04295, abs=1e-5)
    assert off["refinedweb"].loc["refinedweb-6.9B-m20", "loss_off"] == pytest.approx(
        -0.01619, abs=1e-5
    )
    assert off["c4"].loc["c4-1.4B-m80", "error_off"] == pytest.approx(0.09582, abs=1e-5)


@pytest.mark.parametrize(
    ("train_set", "mean", "most"),
    [("c4", 0.00992, 0.04295), ("redpajama", 0.00672, 0.02333), ("refinedweb", 0.00843, 0.02767)],
)
def test_the_heat_map_from_twenty_tokens_a_parameter(train_set, mean, most):
    table = paper.predictions(train_set)
    off = table.loc[table["token_multiplier"] >= 20, "loss_off"].abs()
    assert (off.mean(), off.max()) == pytest.approx((mean, most), abs=1e-5)
    under = table.loc[table["token_multiplier"] == 5, "loss_off"]
    assert under.abs().max() > 0.12


def test_figure_5_leaves_out_the_most_under_trained_runs(ledger):
    cells = {name[4:]: item for name, item in ledger.items() if name.startswith("G15.")}
    table = paper.runs().set_index("run")
    assert len(cells) == 92 and table.loc[list(cells), "token_multiplier"].min() == 10
    assert len(table) - len(cells) == (table["token_multiplier"] == 5).sum()
    assert {item.claim.number for item in cells.values()} == {"G15"}


@pytest.mark.parametrize("train_set", SETS)
def test_without_the_sixth_run_the_error_law_is_where_curve_fit_ends(train_set, ledger):
    table = paper.evaluated(train_set)
    five = table[paper.loss_rows(table)]
    found, _ = curve_fit(
        lambda x, k, gamma, epsilon: epsilon - k * np.exp(-gamma * x),
        five["loss"],
        five["error"],
        maxfev=10_000,
    )
    k, gamma, epsilon = found
    row = paper.target(f"{train_set}-6.9B-m20")
    off = (epsilon - k * np.exp(-gamma * row["predicted_loss"])) / row["error"] - 1
    assert ledger[f"G18.{train_set}.average"].answer.ours == pytest.approx(100 * abs(off), rel=1e-3)


@pytest.mark.parametrize("train_set", SETS)
def test_the_price_of_over_training_is_a_hyperbolic_cosine(train_set):
    law = paper.loss_fit(train_set).law
    best = law.optimal_multiplier
    price = law.reducible(640.0) / law.reducible(best)
    assert price == pytest.approx(np.cosh(law.eta * np.log(640 / best)), rel=1e-12)


def test_more_runs_do_not_predict_better_on_c4():
    row = paper.intervals("c4", paper.wider_fit("c4")).set_index("run").loc["c4-6.9B-m20"]
    assert row["estimate"] / row["measured"] - 1 == pytest.approx(-0.0717, abs=1e-4)
    assert not row["inside"]


def test_five_runs_leave_wide_intervals_and_all_hold_the_truth():
    rows = pd.concat(paper.intervals(s, paper.loss_fit(s)) for s in SETS)
    assert rows["inside"].all()
    width = ((rows["high"] - rows["low"]) / rows["measured"]).set_axis(rows["run"])
    assert width[paper.TARGETS["over-trained"]] == pytest.approx(0.190, abs=2e-3)


@pytest.mark.parametrize("train_set", SETS)
def test_one_exponent_is_enough_for_all_runs(train_set):
    """An F test of alpha = beta, over all runs from 20 tokens a parameter on."""
    one, two = paper.wider_fit(train_set, large=True), paper.two_exponents(train_set)
    gain = (one.value - two.value) / (two.value / (two.n - 5))
    assert 0 <= gain < 4.3  # the .95 quantile of F(1, 21)


@pytest.mark.parametrize("train_set", SETS)
def test_lines_are_parallel_to_a_tenth_of_their_slope(train_set):
    table = paper.slopes(train_set).set_index("token_multiplier")["slope"]
    eta = paper.wider_fit(train_set, large=True).law.eta
    assert (table.loc[10:] / eta - 1).abs().max() < 0.07
    assert table[5.0] / eta - 1 < -0.08


def test_single_tasks_leave_the_range_of_an_error():
    """The law of HellaSwag, continued to the loss predicted for C4's 6.9B model, is near zero."""
    row = paper.target("c4-6.9B-m20", "hellaswag")
    assert row["error_off"] == pytest.approx(-0.8657, abs=1e-3)
    law = paper.error_fit("c4", "hellaswag").law
    assert isinstance(law, ErrorRate) and law.k > 100


def test_epsilon_is_stopped_for_no_average_and_no_task_of_the_paper():
    stopped = {}
    for train_set in SETS:
        epsilon = {t: paper.error_fit(train_set, t).law.epsilon for t in paper.kept_tasks()}
        stopped[train_set] = {t for t, e in epsilon.items() if e > 0.99 * paper.MOST_EPSILON}
        for what in (paper.KEPT, paper.ALL, *paper.TABLE_2_TASKS):
            assert paper.error_fit(train_set, what).law.epsilon < 1.1
    assert {name: len(tasks) for name, tasks in stopped.items()} == dict(
        zip(SETS, (4, 5, 5), strict=True)
    )


def test_residuals_repeat_from_text_to_text():
    rest = []
    for train_set in SETS:
        table = paper.runs(train_set).query("token_multiplier >= 20")
        rest.append(table.assign(left=paper.wider_fit(train_set, large=True).residuals))
    rest = pd.concat(rest)
    index = ["model_size", "token_multiplier"]
    cells = rest.pivot_table(index=index, columns="train_set", values="left").corr().to_numpy()
    assert cells.min() == pytest.approx(0.48, abs=0.01)
    by_size = rest.pivot_table(index="train_set", columns="model_size", values="left")
    assert (by_size["0.079B"] > 0.02).all() and (by_size["0.154B"] < -0.01).all()


def test_near_starts_find_what_the_search_finds():
    """The jack-knife and the other fives start from the fit to the paper's five."""
    table = paper.runs("redpajama")
    five = table[paper.loss_rows(table)]
    for left_out in five["run"][five["token_multiplier"] == 20]:
        law = rp.fit(OverTraining, five[five["run"] != left_out], objective="lsq").law
        ours = paper.jackknife("redpajama").set_index(["left_out", "run"])["loss_off"]
        row = table.set_index("run").loc["redpajama-6.9B-m20"]
        off = law.loss(row["flops"], 20.0) / row["loss"] - 1
        assert ours[left_out, row.name] == pytest.approx(off, abs=1e-6)
