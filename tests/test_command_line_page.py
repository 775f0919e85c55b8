"""Every command that the page on the command line shows runs as it is written."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import replication as rp
from replication.cli import main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book/command-line.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ replication (.*)$", PAGE, re.MULTILINE)
SLOW = ("verify", "data")
"""Commands that other tests run; the page says nothing of their flags."""


def test_every_command_of_the_page_runs(tmp_path, monkeypatch, capsys):
    runs = rp.load("hoffmann2022", "figure4_isoflop_points")[::4]
    runs = runs[["params", "tokens", "loss"]]
    monkeypatch.chdir(tmp_path)
    for name, factor in (("runs", 1.0), ("baseline", 1.02), ("ours", 1.0)):
        runs.assign(loss=factor * runs["loss"]).to_csv(f"{name}.csv", index=False)
    odd = {
        "Model size (M)": runs["params"] / 1e6,
        "Tokens (B)": runs["tokens"] / 1e9,
        "val bits": runs["loss"] / np.log(2),
    }
    runs.assign(**odd)[list(odd)].to_csv("sweep.csv", index=False)
    assert len(COMMANDS) > 10
    for command in COMMANDS:
        words = shlex.split(command)
        if words[0] in SLOW:
            continue
        if words[0] in ("fit", "compare"):
            words += ["--bootstrap", "20"]  # the thousand of the default take their time
        assert main(words) == 0, command
        captured = capsys.readouterr()
        assert captured.out or "wrote" in captured.err, command
    assert Path("report.html").stat().st_size > 50_000
    assert Path("practice.csv").read_text().count("\n") == 26


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"`(--[a-z-]+)", PAGE))))
def test_every_flag_that_the_page_names_is_one(flag, capsys):
    names = sorted({command.split()[0] for command in COMMANDS})
    helps = []
    for name in names:
        main([name, "--help"])
        helps.append(capsys.readouterr().out)
    assert any(flag in shown for shown in helps)


def test_every_function_that_the_page_names_is_public():
    for name in re.findall(r"`rp\.([\w.]+)", PAGE):
        found = rp
        for part in name.split("."):
            found = getattr(found, part)
