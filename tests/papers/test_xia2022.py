"""Xia et al. (2022): the claims, the tests on two families against other solutions, the rule."""

import numpy as np
import pytest
from scipy import stats

import replication as rp
from replication import datasets
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.papers import xia2022 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("xia2022").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    assert differs.pop("X6.breakthrough") == "compute > perplexity"
    assert differs == pytest.approx({"X4.take_off": 10.088, "X8.line": 1 / 40320}, rel=1e-3)
    untestable = [name for name, item in ledger.items() if item.verdict == "untestable"]
    assert len(untestable) == 6


# The tables -----------------------------------------------------------------------------------


def test_the_checkpoints_of_opt():
    table = paper.opt()
    counts = table.groupby("run", sort=False).size().to_dict()
    assert counts == {"125M": 36, "1.3B": 22, "6.7B": 21, "13B": 18, "30B": 18, "175B": 32}
    assert table["tokens"].max() == 280e9
    last = table.groupby("run", sort=False)["perplexity"].last().tolist()
    assert last == pytest.approx([16.49, 10.73, 9.63, 9.16, 8.41, 7.77], abs=0.005)


def test_the_parameters_of_pythia_are_those_of_its_shapes():
    models = datasets.load("xia2022", "pythia_models")
    depth, width, words = (models[name] for name in ("layers", "d_model", "vocab_size"))
    layers = depth * (12 * width**2 + 13 * width)
    assert (models["params"] == 2 * words * width + layers + 2 * width).all()


def test_the_checkpoints_of_pythia():
    table = paper.pythia()
    assert table.groupby("run").size().unique().tolist() == [15]
    assert table["run"].nunique() == 16
    assert table["flops"].dtype == np.float64
    assert table["step"].min() == 3000
    with pytest.raises(ArgumentError, match="0 or 5"):
        paper.pythia(2)
    with pytest.raises(DataError, match="no checkpoint from step 200000"):
        paper.pythia(0, 200_000)
    with pytest.raises(UnknownNameError, match="piqa"):
        paper.of_pythia("pica")
    with pytest.raises(UnknownNameError, match="linearity"):
        paper.of_opt("linear")


# What explains --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "perplexity", "flops", "params", "tokens"),
    [
        ("all", 0.942, 0.909, 0.695, 0.307),
        ("linearity", 0.969, 0.937, 0.746, 0.358),
        ("breakthrough", 0.777, 0.815, 0.664, 0.127),
    ],
)
def test_opt(group, perplexity, flops, params, tokens):
    found = paper.of_opt(group)
    expected = {"perplexity": perplexity, "flops": flops, "params": params, "tokens": tokens}
    assert {name: found.r2(name) for name in expected} == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("task", "perplexity", "flops", "params", "tokens"),
    [
        ("arc_easy", 0.990, 0.933, 0.762, 0.168),
        ("arc_challenge", 0.966, 0.934, 0.720, 0.163),
        ("piqa", 0.988, 0.936, 0.776, 0.168),
        ("sciq", 0.974, 0.820, 0.782, 0.158),
        ("winogrande", 0.923, 0.921, 0.657, 0.163),
        ("mean_of_five", 0.991, 0.930, 0.764, 0.166),
        ("logiqa", 0.106, 0.083, 0.039, 0.032),
        ("wsc", 0.050, 0.092, 0.225, 0.047),
    ],
)
def test_pythia(task, perplexity, flops, params, tokens):
    """The polynomials of numpy on standardised logarithms give the same R²."""
    table, found = paper.pythia(), paper.of_pythia(task)
    expected = {"perplexity": perplexity, "flops": flops, "params": params, "tokens": tokens}
    for name, value in expected.items():
        logs = np.log(table[name])
        line = np.polynomial.Polynomial.fit(logs, table[task], 3)
        r2 = 1 - np.var(table[task] - line(logs)) / np.var(table[task])
        assert found.r2(name) == pytest.approx(r2, abs=1e-7)
        assert r2 == pytest.approx(value, abs=6e-4)


def test_perplexity_is_ahead_on_all_but_one_task():
    best = paper.tasks_explained()["best"]
    assert (best[["arc_easy", "arc_challenge", "piqa", "sciq", "mean_of_five"]] > 0.99).all()
    assert 0.6 < best["winogrande"] < 0.8
    five = paper.of_pythia(shots=5)
    assert (five.r2("perplexity"), five.r2("flops")) == pytest.approx((0.993, 0.918), abs=6e-4)


def test_what_size_adds_depends_on_what_is_shuffled():
    table = paper.size_tests()
    shares = [0.087, 0.025, 0.127, 0.037, 0.138, 0.119]
    assert table["share"].tolist() == pytest.approx(shares, abs=6e-4)
    apart = [0.16, 0.80, 0.05, 0.32, 0.05, 0.18]
    assert table["p_apart"].tolist() == pytest.approx(apart, abs=0.01)
    together = [0.430, 0.934, 0.141, 0.645, 0.428, 0.635]
    assert table["p"].tolist() == pytest.approx(together, abs=1e-3)
    assert table.loc["piqa", "p_line"] == pytest.approx(53 / 40320)


def test_a_line_in_size_sees_a_little_late_in_training():
    """Also without the two smallest sizes, and with five examples; not in the first part."""
    late = paper.pythia(0, paper.LATE)
    assert paper.beyond(degree=1).per_decade == pytest.approx(0.0034, abs=1e-4)
    assert paper.beyond(degree=1, first=paper.LATE).per_decade == pytest.approx(0.0070, abs=1e-4)
    few = rp.Trajectories(late[late["params"] > 2e8], "mean_of_five", unit="model")
    found = few.beyond("perplexity", degree=1)
    assert found.per_decade == pytest.approx(0.0068, abs=1e-4)
    assert found.per_decade_p_value == pytest.approx(1 / 720)
    five = paper.beyond(degree=1, first=paper.LATE, shots=5)
    assert five.per_decade == pytest.approx(0.0068, abs=1e-4)
    assert paper.beyond(degree=1, last=43_000).per_decade_p_value > 0.5


def test_noise_in_the_perplexity_explains_a_part_of_it():
    late = paper.dilution("mean_of_five", paper.LATE)
    low, high = late.range()
    assert low < late.mean < high < late.found
    assert late.mean / late.found == pytest.approx(0.38, abs=0.05)
    assert late.noise == pytest.approx(0.062, abs=1e-3)
    assert paper.dilution().mean == pytest.approx(0.0006, abs=3e-4)


# Comparisons ----------------------------------------------------------------------------------


def test_bands_below_8_hold_one_model():
    bands = paper.in_bands()
    percent = (100 * bands["accuracy"]).round(1).tolist()
    assert percent == [51.4, 43.5, 40.7, 38.8, 38.5]
    assert bands["models"].iloc[0] == "175B"
    assert bands["checkpoints"].iloc[0] == 13


def test_models_of_one_perplexity():
    found = paper.of_opt().matched("perplexity", 15, "flops")
    assert found["run"].tolist() == ["1.3B", "6.7B", "13B", "30B", "175B"]
    assert np.ptp(found["accuracy_all"]) < 0.008
    assert found["flops"].max() / found["flops"].min() == pytest.approx(120, abs=1)


def test_small_models_get_worse_as_perplexity_says():
    table = paper.worse().set_index("run")
    assert table["step"].tolist() == [53000, 43000, 63000, 93000]
    follows = [0.59, 0.90, 0.71, 0.75]
    assert table["with_perplexity"].tolist() == pytest.approx(follows, abs=0.006)
    against = [-0.59, -0.88, -0.56, -0.40]
    assert table["with_training"].tolist() == pytest.approx(against, abs=0.006)
    with pytest.raises(ArgumentError, match="2 checkpoints"):
        paper.worse(133_000)


# The rule for tokens --------------------------------------------------------------------------


def test_the_rule_is_a_regression_on_the_number_of_the_checkpoint():
    rng = np.random.default_rng(0)
    for _ in range(50):
        series = np.exp(0.1 * rng.normal(size=12) + 0.02 * rng.normal() * np.arange(12))
        number = np.arange(12)
        r = np.corrcoef(number, series)[0, 1]
        t = r * np.sqrt(10 / (1 - r**2))
        trending = 2 * stats.t.sf(abs(t), 10) < 0.05
        ends = series[[0, -1]] / stats.gmean(series)
        expected = (
            ("rising" if r > 0 else "falling")
            if trending
            else "stagnating" if (abs(ends - 1) <= 0.05).all() else "none"
        )  # fmt: skip
        assert paper.trend(series) == expected


def test_a_trend_has_no_unit():
    series = np.array([20.0, 17, 15, 14.2, 14])
    assert paper.trend(series) == paper.trend(1e3 * series) == "falling"
    assert paper.trend(series[::-1]) == "rising"
    assert paper.trend([5.0, 5.0, 5.0]) == "stagnating"


@pytest.mark.parametrize("series", [[1, 2], [[1, 2, 3]], [1, 2, 0], [1, 2, np.nan], []])
def test_what_is_no_series_is_refused(series):
    with pytest.raises(ArgumentError, match="perplexity"):
        paper.trend(series)


def test_memory_looks_like_a_trend():
    without, half = paper.by_chance(22), paper.by_chance(22, 0.5)
    assert without["rising"] + without["falling"] == pytest.approx(0.05, abs=0.015)
    assert half["rising"] == pytest.approx(0.12, abs=0.025)
    assert half["falling"] == pytest.approx(0.12, abs=0.025)
    assert half.sum() == pytest.approx(1)
    with pytest.raises(ArgumentError, match="memory is 1"):
        paper.by_chance(22, 1)


def test_the_shares_of_tokens():
    table = paper.trend_shares()
    assert table.groupby(["trend", "model"]).size().unique().tolist() == [7]
    wide = table.pivot(
        index=["model", "training_percent"], columns="trend", values="token_share_percent"
    )
    assert wide.sum(axis=1).between(24, 70).all()
    steps = wide.groupby("model").diff().dropna()
    assert (steps["stagnating"] > 0).all()
    assert (steps["falling"] < 0).all()
