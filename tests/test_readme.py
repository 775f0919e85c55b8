"""The README's example runs as printed, and its figure is the book's."""

import re
from pathlib import Path

import readme_figure

import replication as rp

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs_on_a_file_of_runs(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    runs[["params", "tokens", "loss"]].to_csv(tmp_path / "my_runs.csv", index=False)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "Chinchilla fitted to 114 points" in printed
    assert "tokens_per_param" in printed


def test_the_example_is_ten_lines_of_code():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    lines = [line for line in code.splitlines() if line and not line.startswith("import")]
    assert len(lines) <= 10


def test_every_link_leads_to_a_file():
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in t]
    assert targets
    assert [t for t in targets if not (ROOT / t).exists()] == []


def test_the_figure_is_the_one_in_the_chapter():
    shown = readme_figure.picture(readme_figure.SOURCE, readme_figure.NAME)
    assert shown == readme_figure.TARGET.read_bytes()
