"""The commands for a user's own runs, on real tables with odd names, by their exit codes."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import replication as rp
from replication.cli import app, main

RUNNER = CliRunner()
HOFFMANN = rp.load("hoffmann2022", "figure4_isoflop_points")[::3]
GADRE = rp.runs("gadre2024")
QUICK = ("--law", "Chinchilla", "--bootstrap", "40")


def call(*words):
    return RUNNER.invoke(app, [str(word) for word in words])


@pytest.fixture
def odd(tmp_path):
    """Runs of hoffmann2022 under the names and units of somebody's spreadsheet."""
    path = tmp_path / "sweep.csv"
    pd.DataFrame(
        {
            "Model size (M)": HOFFMANN.params / 1e6,
            "Train tokens (B)": HOFFMANN.tokens / 1e9,
            "Final loss (bits)": HOFFMANN.loss / np.log(2),
        }
    ).to_csv(path, index=False)
    return path


UNITS = ("--params-in", "millions", "--tokens-in", "billions", "--loss-in", "bits")


@pytest.fixture
def saved(odd, tmp_path):
    path = tmp_path / "fit.json"
    assert call("fit", odd, *UNITS, "--yes", *QUICK, "--save", path).exit_code == 0
    return path


def test_odd_names_give_the_fit_of_the_plain_table(odd):
    found = call("fit", odd, *UNITS, "--loss", "Final loss (bits)", "--yes", *QUICK, "--json")
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    expected = rp.fit("Chinchilla", HOFFMANN)
    values = {row["coefficient"]: row["estimate"] for row in answer["coefficients"]}
    assert values["alpha"] == pytest.approx(expected.law.alpha, rel=1e-6)
    low, high = next((r["low"], r["high"]) for r in answer["intervals"] if r["quantity"] == "a")
    assert low < expected.law.a < high
    assert "params <- 'Model size (M)' in millions (guessed)" in found.stderr


def test_guesses_are_shown_and_need_a_yes(odd):
    found = call("fit", odd, *UNITS, "--loss", "Final loss (bits)", *QUICK)
    assert found.exit_code == 2
    assert "tokens <- 'Train tokens (B)' in billions (guessed)" in found.stderr
    flags = re.search(r"name them: (.*)", found.stderr)[1]
    assert flags == "--params 'Model size (M)' --tokens 'Train tokens (B)'"
    assert found.stdout == ""


def test_the_summary_and_the_intervals_are_printed(odd):
    found = call("fit", odd, *UNITS, "--loss", "Final loss (bits)", "--yes", *QUICK)
    assert "Chinchilla fitted to 38 points" in found.stdout
    assert "80 % intervals over 40 resamples of points" in found.stdout


def test_several_laws_are_ranked(tmp_path):
    path = tmp_path / "gadre.jsonl"
    GADRE[["params", "tokens", "train_set", "loss"]].to_json(path, orient="records", lines=True)
    words = ("--law", "Chinchilla", "--law", "KaplanJoint", "--bootstrap", "0")
    found = call("fit", path, "--where", "train_set=c4", *words)
    assert found.exit_code == 0, found.output
    assert found.stdout.index("Chinchilla") < found.stdout.index("KaplanJoint")
    assert "held-out error" in found.stdout
    grouped = call("fit", path, *QUICK, "--group", "train_set")
    assert "40 resamples of groups" in grouped.stdout


def test_a_saved_fit_predicts_and_plans(saved):
    found = call("predict", saved, "--params", "7e9", "--tokens", "1.4e11", "--json")
    row = json.loads(found.stdout)["predictions"][0]
    law = rp.load_fit(saved).law
    assert row["estimate"] == pytest.approx(law.loss(7e9, 1.4e11))
    assert row["low"] < row["estimate"] < row["high"]
    shown = call("predict", saved, "--params", "7e10", "--tokens", "1.4e12").stdout
    assert "at params 70B, tokens 1.4T" in shown
    assert "interval of the forecast" in shown
    assert "note extrapolates" in shown
    missing = call("predict", saved, "--params", "7e9")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "give --tokens NUMBER" in missing.stderr
    plans = json.loads(call("plan", "--flops", "1e22", "--fit", saved, "--json").stdout)
    own = plans["laws"][0]
    assert own["law"] == "fit"
    assert own["low"] < own["loss"] < own["high"]
    more = ("--law", "corpus/llama3", "--tokens-served", "1e12", "--unique-tokens", "1e10")
    table = call("plan", "--flops", "1e22", "--fit", saved, *more).stdout
    assert "Hoffmann, approach 3" in table
    assert "corpus/llama3" in table
    assert "Kaplan: knows budgets for training only." in table
    assert "inside" in table


def test_a_report_loads_nothing_and_says_what_is_open(odd, tmp_path):
    out = tmp_path / "report.html"
    words = (*UNITS, "--loss", "Final loss (bits)", "--yes", *QUICK)
    found = call("fit", odd, *words, "--report", out)
    assert found.exit_code == 0, found.output
    text = out.read_text(encoding="utf-8")
    assert "http" not in text
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", text)
    assert "<script" not in text
    assert text.count('<img src="data:image/png;base64,') == 6
    assert min(len(alt) for alt in re.findall(r'alt="([^"]*)"', text)) > 20
    assert 'class="open"' in text
    assert "Yours to say" in text
    assert "params &lt;- &#39;Model size (M)&#39; in millions" in text
    assert call("fit", odd, *words, "--report", tmp_path / "no" / "r.html").exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fit", "nowhere.csv"), "cannot be read: No such file"),
        (("fit", "{odd}"), "named in millions"),
        (("fit", "{odd}", *UNITS, "--yes", "--law", "Chinchila"), "Did you mean 'Chinchilla'"),
        (("fit", "{odd}", *UNITS, "--yes", "--group", "seed"), "no column 'seed' to group"),
        (("fit", "{odd}", *UNITS, "--yes", "--column", "steps"), "write NAME=VALUE"),
        (("predict", "{odd}", "--params", "1e9"), "is no saved fit"),
        (("plan",), "Give one of flops"),
        (("plan", "--flops", "0"), "flops must be positive"),
        (("compare", "{odd}", "nowhere.csv", "--flops", "1e20"), "named in millions"),
        (("simulate", "--flops", "1e20", "--law", "mine"), "Unknown law of the registry 'mine'"),
        (("simulate", "--flops", "1e20", "--law", "guo2024/printed"), "a loss by params and"),
        (("simulate", "--flops", "1e20", "--design", "grid"), "Unknown design 'grid'"),
        (("design", "--flops", "1e22", "--target", "1e20"), "no larger than a small run"),
        (
            ("count", "--layers", "2", "--width", "10", "--heads", "3", "--vocab", "9"),
            "does not divide into 3 heads",
        ),
    ],
)
def test_bad_input_exits_2_with_the_message_alone(odd, words, said):
    found = call(*(word.format(odd=odd) if "{" in word else word for word in words))
    assert found.exit_code == 2, found.output
    assert said in found.stderr
    assert "Traceback" not in found.output


def test_counts_are_those_of_the_conventions():
    words = ("--layers", 12, "--width", 768, "--heads", 12, "--vocab", 50257)
    found = call("count", *words, "--context", 1024, "--tokens", "1e10", "--json")
    rows = {row["convention"]: row for row in json.loads(found.stdout)}
    assert rows["total"]["params"] == 123532032
    assert rows["6nd"]["flops"] == pytest.approx(6 * 123532032 * 1e10)
    assert set(rows) == {*rp.counting.PARAM_CONVENTIONS, *rp.counting.FLOP_CONVENTIONS}
    shown = call("count", *words).stdout
    assert "124M" in shown
    assert "hoffmann2022, section 3.3" in shown


def test_two_recipes_are_compared_by_tables_and_by_saved_fits(tmp_path):
    paths = []
    for name in ("refinedweb", "c4"):
        path = tmp_path / f"{name}.csv"
        GADRE[GADRE["train_set"] == name].rename(
            columns={"params": "n_params", "flops": "C"}
        ).to_csv(path, index=False)
        paths.append(path)
    words = ("--flops", "1e21", "--bootstrap", "60", "--params", "n_params")
    found = call("compare", *paths, *words, "--compute", "C", "--json")
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    assert (answer["verdict"], answer["pairs"]) == ("b", 33)
    same = call("compare", paths[0], paths[0], *words, "--yes")
    assert same.exit_code == 1
    assert "Undecided" in same.stdout


def test_simulated_runs_can_be_fitted_and_designs_scored(tmp_path):
    out = tmp_path / "runs.csv"
    words = ("--flops", "1e20", "--noise", "0", "--runs", "16")
    assert call("simulate", *words, "--law", "hoffmann2022/tex", "--out", out).exit_code == 0
    answer = json.loads(call("fit", out, *QUICK[:2], "--bootstrap", "0", "--json").stdout)
    values = {row["coefficient"]: row["estimate"] for row in answer["coefficients"]}
    assert values["alpha"] == pytest.approx(rp.published("hoffmann2022", "tex").alpha, rel=1e-3)
    assert call("simulate", *words).stdout.startswith("params,tokens,flops,budget,loss\n")
    scored = call("design", "--flops", "1e20", "--target", "1e22", "--repeats", "2")
    assert scored.exit_code == 0, scored.output
    assert "Best forecast: " in scored.stdout


def test_every_command_has_help_with_an_example():
    names = re.findall(r"^│ (\w+) ", call("--help").stdout, re.MULTILINE)
    assert len(names) == 12
    for name in names:
        shown = call(name, "--help").stdout
        assert "Example" in shown, name
        assert f"replication {name}" in " ".join(shown.split()), name
    assert main(["fit", "--help"]) == 0
