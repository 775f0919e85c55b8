"""The ladder of sizes with seeds: what is declared, and what is exported. Nothing is trained."""

import pandas as pd
import pytest

from lab import records
from lab.design import CONTEXT, FEWEST_STEPS, Run, declared
from lab.ladder import HORIZONS, KEPT, SEEDS, SEQUENCES, WIDTHS, export, ladder, rungs
from lab.sweep import chains

RUNS = [run for stage in ladder() for run in stage]


def test_all_sizes_differ_in_width_only():
    assert {run.width for run in RUNS} == set(WIDTHS)
    assert {run.layers for run in RUNS} == {2}
    assert {run.batch for run in RUNS} == {SEQUENCES}
    assert {run.tokens for run in RUNS} == set(HORIZONS)
    assert all(run.steps >= FEWEST_STEPS for run in RUNS)
    assert len({run.id for run in RUNS}) == len(RUNS) == len(HORIZONS) * len(WIDTHS) * len(SEEDS)


def test_its_runs_are_none_of_the_sweep():
    assert not {run.id for run in RUNS} & set(declared())
    assert not {run.id for run in RUNS} & {Run(run.width, run.budget).id for run in RUNS}


def test_horizons_of_a_size_and_seed_share_a_trunk(tmp_path):
    for run in rungs(24, 1)[1:]:
        assert run.previous.tokens in HORIZONS
        assert run.previous.cooldown_starts < run.cooldown_starts
    trunks = chains(RUNS, tmp_path)
    assert [len(trunk) for trunk in trunks] == [len(HORIZONS)] * len(WIDTHS) * len(SEEDS)


def test_a_depth_and_a_batch_of_its_own_are_in_the_name_and_in_the_counts():
    rule, own = Run(48, 1e11), Run(48, 1e11, depth=2, sequences=SEQUENCES)
    assert (rule.layers, own.layers) == (3, 2)
    assert own.params < rule.params
    assert own.steps * own.batch * CONTEXT == own.tokens
    assert own.id == "w048-l2-b16-cooldown-r0p16-s0-c1e+11"


def test_the_export_keeps_the_ladder_and_leaves_other_runs_out(tmp_path):
    found = {"loss": 2.0, "loss_se": 0.01, "loss_trunk": 2.1, "loss_train": 2.0, "cpu_s": 1.0,
             "cpu_s_own": 1.0, "wall_s": 2.0, "corpus_sha256": "x"}  # fmt: skip
    for run in (*rungs(16, 0), Run(16, 2.5e11)):
        records.write(run, tmp_path, found)
    export(tmp_path, tmp_path / "own" / "ladder.csv")
    table = pd.read_csv(tmp_path / "own" / "ladder.csv")
    assert list(table) == KEPT
    assert table["tokens"].tolist() == list(HORIZONS)
    with pytest.raises(SystemExit, match="No finished run"):
        export(tmp_path / "none", tmp_path / "ladder.csv")
