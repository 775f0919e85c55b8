"""The README's examples run as printed, show their answers and are typed; so is its figure true."""

import re
from pathlib import Path

import pytest
import readme_figure
from mypy import api

import replication as rp

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def printed(tmp_path, monkeypatch, capsys):
    """What the first example prints on a terminal of 80 columns."""
    runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    runs[["params", "tokens", "loss"]].to_csv(tmp_path / "my_runs.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    import pandas as pd

    with pd.option_context("display.width", 80, "display.max_columns", 0):
        exec(compile(EXAMPLES[0], "README.md", "exec"), {})
    return capsys.readouterr().out


def test_the_example_runs_on_a_file_of_runs(printed):
    assert "Chinchilla fitted to 114 points" in printed
    assert "tokens_per_param" in printed


def test_the_example_shows_its_answers(printed):
    assert " ... " not in printed, "pandas leaves columns out"
    for name in ("estimate", "low", "high"):
        assert printed.count(name) >= 3, f"optimal, predict and interval show {name}"


def test_the_example_is_ten_lines_of_code():
    setup = ("import", "pd.set_option")
    lines = [line for line in EXAMPLES[0].splitlines() if line and not line.startswith(setup)]
    assert len(lines) <= 10


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_pass_a_strict_type_checker(number, tmp_path, monkeypatch):
    path = tmp_path / "example.py"
    path.write_text(EXAMPLES[number])
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    found, trouble, _ = api.run(
        ["--strict", "--cache-dir", str(tmp_path / "cache"), "--config-file", "", str(path)]
    )
    about_it = [line for line in found.splitlines() if line.startswith(str(path))]
    assert (about_it, trouble) == ([], "")


def test_every_link_leads_to_a_file():
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in t]
    assert targets
    assert [t for t in targets if not (ROOT / t).exists()] == []


def test_the_figure_is_the_one_in_the_chapter():
    shown = readme_figure.picture(readme_figure.SOURCE, readme_figure.NAME)
    assert shown == readme_figure.TARGET.read_bytes()
