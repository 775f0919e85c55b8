"""The study: stored rows are what a fresh run gives, shipped drifts what the rows give."""

import json
import sys
from importlib import resources
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication import datasets, study
from replication.cli import main
from replication.errors import ArgumentError, UnknownNameError
from replication.hindcast import Protocol, by_distance, drift_of, held, left_out, off, quantile
from replication.hindcast.protocol import LEVEL, LEVELS, admitted
from replication.hindcast.scores import weighted, weights

LAST_DIGIT = 2e-5
"""Relative change of a number of six digits whose last digit may round either way."""
FLAT = 2e-3
"""Relative change of an interval's end where a valley of the objective is so flat that the rounding
of another processor moves refits along it."""


@pytest.mark.parametrize("part", range(4))
def test_a_tenth_of_the_stored_rows_is_computed_again(part):
    tables = {case: name for name, case in study.CASES.items()}
    for task in study.tasks()[3::10][part::4]:
        stored = datasets.load("corpus", tables[task.control, task.law, task.objective])
        keys = ["design", "cut", "run"]
        fresh = study.rows_of(task).set_index(keys)
        kept = stored.set_index(keys).loc[fresh.index, fresh.columns]
        assert np.allclose(fresh, kept, rtol=FLAT, equal_nan=True), task
        same = np.isclose(fresh, kept, rtol=LAST_DIGIT, equal_nan=True)
        assert same.mean() >= (0.99 if task.law == "Chinchilla" else 0.9), task


def test_every_task_has_its_rows():
    for name, case in study.CASES.items():
        counts = datasets.load("corpus", name).groupby(["design", "cut"]).size()
        own = study.tasks([case])
        assert len(counts) == len(own)
        assert len(own) == {"variant_nonembedding": 12, "variant_grouped": 33}.get(name, 90)
        for task in own[::9]:
            assert study.cut_of(task).above == counts[task.design, task.fraction]


def test_a_case_that_was_not_computed_is_refused():
    with pytest.raises(UnknownNameError, match="case of the study"):
        study.stored("null", "KaplanJoint", "lsq")
    with pytest.raises(ArgumentError, match=r"level is 0\.9; .* at 0\.5, 0\.8, 0\.95"):
        study.stored(level=0.9)
    with pytest.raises(ArgumentError, match=r"level is 0\.5; .* at 0\.8"):
        study.stored("outer", level=0.5)


def test_intervals_of_a_run_are_nested_by_level():
    levels = [study.stored(level=level) for level in LEVELS]
    for inner, outer in pairwise(levels):
        known = inner["run_low"].notna()
        assert (outer["run_low"][known] <= inner["run_low"][known]).all()
        assert (inner["run_high"][known] <= outer["run_high"][known]).all()
        assert inner["predicted"].equals(outer["predicted"])


@pytest.mark.parametrize("level", LEVELS)
def test_simulated_runs_are_held_at_every_level(level):
    """The null control: an honest interval of a run holds what it promises, at each level."""
    rows = study.stored("null", level=level)
    found = by_distance(rows, held(rows, "run"))["mean"]
    assert found.iloc[0] >= level, "close to the data it holds more"
    assert found.iloc[1:].between(level - 0.1, level + 0.1).all(), found


def test_the_protocol_of_the_trial_is_met():
    rows = study.stored()
    assert (rows["family"].nunique(), rows["design"].nunique(), len(rows)) == (13, 27, 2633)
    assert rows["inside"].mean() == pytest.approx(0.44, abs=0.01)


def test_runs_simulated_from_the_law_are_held_as_promised():
    """The null control: where every assumption is true, intervals of a run cover."""
    rows = study.stored("null")
    found = by_distance(rows, held(rows, "run"))
    assert found["mean"].between(0.75, 0.95).all()
    assert drift_of(rows, LEVEL).average <= 0.007


def test_an_outer_exponent_suffices_for_the_failure():
    """The positive control: truth with an outer exponent, predicted by a law without one."""
    rows, real = study.stored("outer"), study.stored()
    simulated, seen = (by_distance(r, held(r, "run"))["mean"].iloc[1:] for r in (rows, real))
    assert (simulated < 0.75).all()
    assert np.abs(simulated - seen).max() < 0.15


def test_shipped_drifts_are_those_of_the_rows():
    path = resources.files("replication.fitting").joinpath("drift.json")
    shipped = json.loads(path.read_text("utf-8"))
    assert shipped == {"corpus": study.corpus_hash(), "drifts": study.drifts()}


def test_fewer_families_than_thirteen_cannot_hide_in_the_shipped_table():
    assert {row["families"] for row in study.drifts()} == {13}


def test_without_the_embedding_compute_stays_as_it_is():
    both = study.runs("nonembedding")
    pairs = pd.MultiIndex.from_frame(both[["design", "run"]])
    total = study.runs().set_index(["design", "run"]).loc[pairs]
    assert (both["params"].to_numpy() < total["params"].to_numpy()).all()
    assert (both["spent"].to_numpy() == total["spent"].to_numpy()).all()


def test_stored_regrets_are_those_of_a_fresh_run():
    fresh = study.regrets_of("kempner-smollm").reset_index(drop=True)
    kept = datasets.load("corpus", "regret").query("design == 'kempner-smollm'")
    order = ["cut", "budget", "approach"]
    fresh, kept = (t.sort_values(order).reset_index(drop=True) for t in (fresh, kept))
    assert fresh["approach"].tolist() == kept["approach"].tolist()
    assert np.allclose(fresh["params"], kept["params"], rtol=1e-3)
    assert np.allclose(fresh["excess"], kept["excess"], rtol=1e-3, atol=1e-6)


def test_regrets_are_costs():
    found = study.regrets()
    assert isinstance(found, pd.DataFrame)
    assert (found[["excess", "extra", "noise"]] >= 0).all().all()
    assert found["family"].notna().all()


LAW = """
from dataclasses import dataclass
from replication.laws import Law, coefficient, exponent

@dataclass(frozen=True)
class Mine(Law):
    E: float = coefficient()
    A: float = coefficient()
    B: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    inputs = ("params", "tokens")
    positive_inputs = True

    def loss(self, params, tokens):
        return self.E + self.A / params**self.alpha + self.B / tokens**self.beta
"""


def test_a_law_of_ones_own_is_scored_like_the_packages(tmp_path, capsys):
    path = tmp_path / "mylaw.py"
    path.write_text(LAW)
    assert main(["score", str(path), "--designs", "sardana"]) == 0
    mine = capsys.readouterr().out
    assert main(["score", "Chinchilla", "--designs", "sardana"]) == 0
    assert mine == capsys.readouterr().out
    assert "run_held" in mine


def test_a_file_without_a_law_and_a_law_of_other_inputs_are_refused(tmp_path, capsys):
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1")
    assert main(["score", str(empty)]) == 1
    assert "one subclass of replication.laws.Law is needed" in capsys.readouterr().err
    assert main(["score", str(tmp_path / "none.py")]) == 2
    assert main(["score", "PowerLaw"]) == 1
    assert "the study scores laws in params and tokens" in capsys.readouterr().err
    assert main(["score", "Chinchilla", "--designs", "meta"]) == 2


def test_a_standing_has_a_row_a_distance():
    found = study.standing(study.stored())
    assert found["decades"].tolist() == [
        "0 to 0.25", "0.25 to 0.5", "0.5 to 1", "1 to 1.5", "over 1.5",
    ]  # fmt: skip
    assert found["run_held"].iloc[0] > 0.75 > found["run_held"].iloc[1]


def test_held_out_runs_are_in_no_fit_of_the_study():
    kept = study.hold_outs()
    fitted = study.runs()
    for design, rows in kept.groupby("design"):
        assert not set(rows["run"]) & set(fitted.loc[fitted["design"] == design, "run"])


def test_the_count_of_parameters_moves_forecasts_of_held_out_runs():
    # Both counts miss the six large runs of one laboratory; without the embedding by half.
    total, bare = (study.hold_outs(count) for count in ("total", "nonembedding"))
    total = total[total["family"] == "kempner"]
    assert set(bare["design"]) == set(total["design"])
    assert held(total, "run").sum() == held(bare, "run").sum() == 0
    assert 0.3 < off(bare).mean() / off(total).mean() < 0.6


def test_weights_give_every_family_and_every_cut_one_voice():
    rows = study.stored()
    value = held(rows, "run")
    known = ~np.isnan(value)
    assert weights(rows[known]) @ value[known] == pytest.approx(weighted(rows, value))
    share = weights(rows)[(rows["family"] == "kempner").to_numpy()].sum()
    assert share == pytest.approx(1 / rows["family"].nunique())


def test_a_quantile_is_a_value_that_occurs():
    rows = study.regrets()
    found = [quantile(rows, rows["extra"], share) for share in (0.0, 0.5, 1.0)]
    assert found[0] == rows["extra"].min()
    assert found[2] == rows["extra"].max()
    assert found[1] in set(rows["extra"])


# What came after the protocol ---------------------------------------------------------------------


def test_later_designs_are_not_in_the_study():
    later = set(rp.designs().query("edition != 1")["design"])
    assert later
    assert not later & set(study.runs()["design"])
    assert not later & set(study.hold_outs()["design"])


def test_designs_that_the_study_does_not_read_leave_its_hash_as_it_is(monkeypatch):
    before = study.corpus_hash()
    shipping = sys.modules["replication.study.shipping"]
    whole = rp.corpus()
    for keep, same in (
        (whole["design"].isin(set(study.runs()["design"])), True),
        (~(whole["held_out"] & (whole["family"] == "olmo")), False),
    ):
        monkeypatch.setattr(shipping, "corpus", lambda kept=whole[keep]: kept)
        assert (shipping.corpus_hash.__wrapped__() == before) is same


def test_only_a_design_without_cuts_would_be_admitted_now():
    """The rule of the protocol would take in one later design, and it has no cut of three sizes."""
    now = admitted(rp.corpus())
    more = set(now["design"]) - set(study.runs()["design"])
    assert more == {"regmix"}
    assert not Protocol().cuts(now[now["design"] == "regmix"])


# Variants and rules -------------------------------------------------------------------------------


def test_the_first_variant_is_the_protocol_itself():
    found = study.variants().set_index("variant")
    rows = study.stored()
    first = found.iloc[0]
    assert first["held"] == by_distance(rows, held(rows, "run"))["mean"].iloc[2]
    assert first["drift"] == drift_of(rows, LEVEL).average
    assert (found["held"] < 0.8).all(), "no choice makes the intervals honest"


def test_rules_are_judged_on_families_they_have_not_seen():
    rows = study.stored()
    found = study.rules(rows).set_index("rule")
    fair = left_out(rows, LEVEL)
    shares = by_distance(fair, held(fair, "forecast")).set_index("decades")["mean"]
    assert np.allclose(found.loc["average drift", shares.index].astype(float), shares)
    assert found.loc["drift of the design's own earlier cuts", "runs"] < len(rows)
    assert (found.drop(index="drift of the design's own earlier cuts")["runs"] == len(rows)).all()
    assert "drift for a new family" not in set(study.rules(study.stored(level=0.95), 0.95)["rule"])
