"""Ruan et al. (2024): claims, fits against other solutions, the choice of models, later ones."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares
from scipy.special import expit

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.papers import ruan2024 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("ruan2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    assert differs == pytest.approx(
        {
            "R3.tuned": 98.523,
            "R6.lowest": 0.89944,
            "R8.persian_qa.capabilities.slope": 2.3141,
            "R8.persian_qa.capabilities.intercept": -8.4157,
            "R8.persian_qa.capabilities.mse_others": 3.099e-3,
            "R8.cutoff": 22,
            "R10.cutoff.gpqa": 168,
            "R10.cutoff.math_hard": 252,
            "R10.cutoff.bbh": 84,
            "K1.persian": 5.6503e-3,
            "K2.subtraction": 44.87,
        },
        rel=3e-4,
    )


def test_what_the_ledger_holds(ledger):
    assert len(ledger) == 122
    figures = [name for name in ledger if name.count(".") == 3]
    assert len(figures) == 80
    assert sum(ledger[name].verdict == "differs" for name in figures) == 3


# The tables -----------------------------------------------------------------------------------


def test_the_models():
    every, studied = paper.models(), paper.studied()
    assert len(every) == 148 and every["model"].is_unique
    assert len(studied) == 77 and int((studied["flops"] <= paper.CUTOFF).sum()) == 47
    assert every.query("preregistered == 1")["in_paper_families"].all()
    assert round(27 * paper.BBH_FLOOR, 4) == 7.0857


def test_later_models_are_none_of_the_paper():
    later = paper.later_models()
    own = set(paper.models().query("in_paper_families == 1")["model"])
    short = {name.split("/")[-1].lower() for name in own}
    assert not own & set(later["model"]) and not short & set(later["model"])
    tuned = later[later["set"] == "tuned"]
    assert tuned["xwinograd"].isna().all() and tuned["humaneval"].isna().mean() > 0.7
    assert tuned["family"].nunique() == 9


@pytest.mark.parametrize(
    ("task", "fitted", "others"),
    [("word_unscramble", 44, 31), ("sub_3digit", 30, 45), ("cot", 47, 46), ("gpqa", 29, 18)],
)
def test_which_models_are_fitted(task, fitted, others):
    table = paper.task_models(task)
    assert (int(table["fitted"].sum()), int((~table["fitted"]).sum())) == (fitted, others)


def test_unknown_names():
    for call in (paper.task_models, paper.agent):
        with pytest.raises(UnknownNameError):
            call("arithmetic")
    with pytest.raises(UnknownNameError, match="predictor"):
        paper.predicted("bbh", "parameters")


# The fits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["bbh", "math_hard", "word_unscramble", "cot"])
def test_the_solver_is_at_the_minimum_of_scipy(task):
    found = paper.predicted(task, authors=False)
    rows = found.table[found.table["fitted"]]
    columns, score = rows[["pc_1", "pc_2", "pc_3"]].to_numpy(), rows["score"].to_numpy()
    held = not paper.TASKS[task].floored

    def off(x):
        floor = 0.0 if held else x[4]
        return floor + (1 - floor) * expit(x[0] + columns @ x[1:4]) - score

    start = [found.fit.law.to_dict()[k] for k in ("alpha", "beta_1", "beta_2", "beta_3")]
    box = ([-np.inf] * 4, [np.inf] * 4) if held else ([-np.inf] * 4 + [0], [np.inf] * 4 + [0.2])
    moved = np.asarray(start + ([] if held else [0.05])) * 1.3
    end = least_squares(off, moved, bounds=box, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    assert 2 * end.cost / len(rows) == pytest.approx(found.mse(True), rel=1e-6)


def test_the_persian_valley_is_flat():
    """What the printed error hangs on: two thousandths of the sum of squares."""
    stopped, lowest = (paper.predicted("persian_qa", authors=way) for way in (True, False))
    assert stopped.mse(True) / lowest.mse(True) == pytest.approx(1.0022, abs=2e-4)
    assert lowest.mse(False) / stopped.mse(False) > 1.7


def test_other_curves_hardly_move_at_the_minimum():
    stopped, lowest = (paper.errors(way).query("task != 'persian_qa'") for way in (True, False))
    assert np.abs(lowest["slope"] / stopped["slope"] - 1).max() < 0.005
    assert np.abs(lowest["mse_others"] / stopped["mse_others"] - 1).max() < 0.012


def test_the_cutoffs_of_subtraction():
    table = paper.cutoffs("sub_3digit").set_index("cutoff")
    assert table.loc[2.16e22, "slope"] == pytest.approx(5.502, abs=1e-3)
    assert table.loc[2.25e22, "slope"] == pytest.approx(74.8, rel=0.01)
    assert table["compute"].iloc[-1] < table["capabilities"].iloc[-1] / 5
    product = paper.cutoffs("mul_2digit")
    assert (product["capabilities"] < product["compute"]).all()


def test_equivalent_compute_is_that_of_llama_2():
    found = paper.predicted("cot")
    worth = paper.equivalent(found)
    own = found.table["family"] == "Llama-2"
    logs = np.log10(worth[own] / found.table.loc[own, "flops"])
    assert np.abs(logs).max() < 0.06 and logs.mean() == pytest.approx(0, abs=1e-10)


def test_where_the_optimiser_stops_hangs_on_the_seventh_digit():
    table = paper.stops()
    assert table["mse_others"].min() < 3.2e-3 and table["mse_others"].max() > 5e-3
    assert table["slope"].between(2.30, 2.37).all()


# Growth within families -----------------------------------------------------------------------


def test_the_lines_of_families():
    lines = paper.family_lines(paper.placed().query("studied")).set_index("family")
    assert lines.loc["Llama-2", ["slope", "r2"]].tolist() == pytest.approx(
        [0.5204, 0.9995], abs=1e-4
    )
    assert (lines["note"] == "too_few_points").sum() == 7
    new = paper.family_lines(paper.placed().query("not studied")).dropna().set_index("family")
    assert new["r2"].to_dict() == pytest.approx(
        {
            "Cerebras-GPT": 0.870, "Gemma-2": 0.977, "H2O-Danube": 0.990, "Llama-3.1": 0.937,
            "OLMo": 0.527, "OpenLlama": 0.690, "SmolLM": 0.996, "StableLM": 0.066, "Yi-1.5": 0.923,
        },
        abs=5e-4,
    )  # fmt: skip


def test_families_without_a_line_are_said_to_be():
    table = pd.DataFrame(
        {
            "family": ["one", "same", "same", "same", "unknown"],
            "flops": [1e21, 1e22, 1e22, 1e22, np.nan],
            "pc_1": [0.0, 0.1, 0.2, 0.3, 0.4],
        }
    )
    lines = paper.family_lines(table).set_index("family")
    assert lines["n"].to_dict() == {"one": 1, "same": 3, "unknown": 0}
    assert (lines["note"] == "too_few_points").all() and lines["r2"].isna().all()
    with pytest.raises(DataError, match="No column pc_1"):
        paper.family_lines(table.drop(columns="pc_1"))


def test_the_largest_of_a_family_from_the_others():
    miss = paper.leave_largest(paper.placed().query("studied"))
    off = {by: float(np.sqrt(((miss[by] - miss["pc_1"]) ** 2).mean())) for by in miss.columns[2:]}
    assert off == pytest.approx({"from_family": 0.1106, "from_all": 0.2131}, abs=1e-3)


# Which models ---------------------------------------------------------------------------------


def test_the_best_union_is_the_best_of_all():
    rng = np.random.default_rng(0)
    families = [f"f{k}" for k in rng.integers(0, 6, 24)]
    scores = rng.normal(size=(24, 3))
    value, taken = paper.v_optimal(scores, families, 14, required=["f1"])
    rest = sorted(set(families) - {"f1"})
    best = np.inf
    for mask in range(2 ** len(rest)):
        names = {"f1"} | {name for k, name in enumerate(rest) if mask >> k & 1}
        inside = scores[[f in names for f in families]]
        if len(inside) <= 14 and np.linalg.matrix_rank(inside) == 3:
            best = min(best, np.trace(scores.T @ scores @ np.linalg.inv(inside.T @ inside)))
    assert value == pytest.approx(best, rel=1e-10) and "f1" in taken
    assert paper.v_optimal(scores, families, 24)[0] == pytest.approx(3)


def test_choices_that_cannot_be_made():
    scores = np.eye(3)
    with pytest.raises(ArgumentError, match=r"at most 2 models .* spans 3 components"):
        paper.v_optimal(scores, list("abc"), 2)
    with pytest.raises(UnknownNameError, match="family"):
        paper.v_optimal(scores, list("abc"), 3, required=["d"])
    with pytest.raises(DataError, match="3 scores and 2 families"):
        paper.v_optimal(scores, list("ab"), 3)
    with pytest.raises(ArgumentError, match="23 families"):
        paper.v_optimal(np.ones((23, 3)), [f"f{k}" for k in range(23)], 3)
    with pytest.raises(DataError, match="4 points cannot determine 5 free fields"):
        paper.affordable(4)


def test_few_models_start_near_and_end_at_the_minimum():
    """The search is spared; the errors are those of a whole search."""
    printed = {8: 0.00760, 12: 0.00509, 16: 0.00533, 20: 0.00381, 24: 0.00276, 36: 0.00268}
    for budget, read in printed.items():
        assert paper.affordable(budget) == pytest.approx(read, rel=0.025)


# Models that came later -----------------------------------------------------------------------


def test_errors_on_later_models():
    table = paper.transfer().set_index(["task", "set"])
    expected = {
        ("gpqa", "paper"): (0.83, 2.30, 0.86), ("gpqa", "base"): (0.23, 0.37, 0.21),
        ("gpqa", "tuned"): (3.64, 2.21, 1.02), ("math_hard", "paper"): (2.21, 13.5, 3.39),
        ("math_hard", "tuned"): (4.25, 2.90, 1.64), ("bbh", "paper"): (1.50, 26.6, 1.82),
        ("bbh", "base"): (0.24, 2.42, 0.57), ("bbh", "tuned"): (5.08, 23.2, 3.13),
    }  # fmt: skip
    for place, numbers in expected.items():
        got = 1e3 * table.loc[place, ["capabilities", "compute", "mmlu"]].astype(float)
        assert got.tolist() == pytest.approx(numbers, rel=0.02), place
    paper_rows = {task: table.loc[(task, "paper"), "capabilities"] for task in paper.LATER_TASKS}
    for task, value in paper_rows.items():
        assert value == pytest.approx(paper.predicted(task).mse(False), rel=1e-9)


def test_without_truthfulqa():
    table = 1e3 * paper.transfer(("truthfulqa",)).set_index(["task", "set"])["capabilities"]
    tuned = [table[task, "tuned"] for task in paper.LATER_TASKS]
    own = [table[task, "paper"] for task in paper.LATER_TASKS]
    assert tuned == pytest.approx([2.14, 1.61, 4.51], rel=0.02)
    assert own == pytest.approx([0.79, 2.60, 1.60], rel=0.02)


def test_tuned_models_with_the_truthfulqa_of_base_models():
    found = [1e3 * paper.as_base_models(task) for task in paper.LATER_TASKS]
    assert found == pytest.approx([2.018, 1.719, 4.909], rel=0.01)


def test_the_difference_on_gpqa_is_not_certain():
    row = paper.transfer().set_index(["task", "set"]).loc[("gpqa", "tuned")]
    assert row["worse_low"] < 0 < row["capabilities_same"] - row["compute"] < row["worse_high"]


def test_fits_to_tuned_models():
    table = 1e3 * paper.left_out_families().set_index("task")
    assert table["capabilities"].tolist() == pytest.approx([2.22, 1.84, 3.56], rel=0.03)
    assert table["compute"].tolist() == pytest.approx([2.87, 4.54, 13.9], rel=0.03)
    assert table["mmlu"].tolist() == pytest.approx([1.59, 1.35, 3.06], rel=0.03)
