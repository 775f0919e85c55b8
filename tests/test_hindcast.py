"""Backtests: what is cut, how distance and weight are counted, and what a drift is."""

import sys
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import replication as rp
from absent import missing
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.hindcast import (
    by_own_past,
    coverage,
    cuts_of,
    drift_of,
    errors,
    interval_scores,
)
from replication.hindcast.backtests import scored
from replication.hindcast.protocol import Protocol, admitted, spent
from replication.hindcast.scores import by_family, held, resampled, weighted
from replication.hindcast.widening import left_out, needed, widen
from replication.laws import Chinchilla, OuterExponent

TRUTH = Chinchilla(A=480.0, B=2000.0, E=1.8, alpha=0.35, beta=0.37)


def table(law: object = TRUTH, spread: float = 0.005, seed: int = 0) -> pd.DataFrame:
    """IsoFLOP slices of a law, with noise."""
    rows = []
    for budget in np.geomspace(1e17, 1e20, 7):
        n = np.sqrt(budget / 6 / 20) * np.geomspace(0.3, 3, 7)
        rows.append(pd.DataFrame({"params": n, "tokens": budget / 6 / n, "budget": budget}))
    runs = pd.concat(rows, ignore_index=True)
    noise = np.exp(spread * np.random.default_rng(seed).standard_normal(len(runs)))
    return runs.assign(loss=law.loss(runs["params"], runs["tokens"]) * noise)


def test_a_cut_keeps_what_is_small_and_judges_by_what_is_large():
    runs = table().assign(spent=lambda t: t["budget"])
    cut, late = cuts_of(runs, (1.0, 2.0))
    assert (cut.n, cut.above, late.n) == (35, 14, 21)
    assert cut.below["budget"].max() == pytest.approx(1e19)
    assert cut.decades == pytest.approx(2.0)
    assert cut.edge < cut.above_runs["spent"].min()


def test_a_run_on_the_cut_is_below_it_whatever_the_last_digit_of_its_budget():
    runs = pd.DataFrame({"params": 1e8, "spent": [1e19 * (1 + 1e-12), 1e20, 1e18]})
    (cut,) = cuts_of(runs, (1.0,))
    assert cut.n == 2


def test_compute_is_the_budget_or_six_n_d():
    runs = pd.DataFrame({"params": [1e9, 1e9], "tokens": [1e10, 1e10], "budget": [7e19, np.nan]})
    assert spent(runs).tolist() == [7e19, 6e19]


def test_counts_that_are_whole_numbers_do_not_overflow():
    runs = pd.DataFrame({"params": [3 * 10**9], "tokens": [10**12]})
    assert spent(runs).item() == pytest.approx(1.8e22)


def test_the_protocol_leaves_out_cuts_with_too_little():
    runs = table().assign(spent=lambda t: t["budget"])
    fractions = [cut.fraction for cut in Protocol().cuts(runs)]
    assert fractions == [0.5, 1.0, 1.5, 2.0]
    assert Protocol(runs=30).cuts(runs)[-1].n >= 30


def test_the_trial_protocol_is_met_on_the_corpus():
    listed = rp.designs()
    runs = admitted(rp.corpus(listed.loc[listed["edition"] == 1, "design"]))
    cuts = [c for _, t in runs.groupby("design") for c in Protocol().cuts(t)]
    assert (runs["design"].nunique(), runs["family"].nunique(), len(cuts)) == (27, 13, 90)


def test_a_law_that_is_true_is_predicted_and_its_runs_are_held():
    found = [rp.backtest("Chinchilla", table(seed=s), objective="log-lsq") for s in range(12)]
    rows = pd.concat([f.rows.assign(family=str(i)) for i, f in enumerate(found)])
    near = rows[rows["decades"] < 1.01]
    assert abs(errors(near)["signed"]).max() < 1.0
    assert 0.7 <= weighted(near, held(near, "run")) <= 0.9


def test_a_law_that_is_wrong_misses_farther_with_distance():
    bent = OuterExponent(E=1.7, alpha=0.34, beta=0.3, N_c=5e7, D_c=2.4e9, gamma=0.3)
    found = rp.backtest("PowerLaw", table(bent, 0.001).assign(flops=lambda t: t["budget"]))
    off = found.errors()["absolute"]
    assert off.is_monotonic_increasing
    assert off.iloc[-1] > 2 * off.iloc[0]


def test_a_fit_brings_its_own_runs_objective_and_ties():
    runs = table()
    fit = rp.fit(Chinchilla, runs, objective="log-lsq", tied={"beta": "alpha"})
    ours = rp.backtest(fit, resamples=20, cuts=(1.0,)).rows
    theirs = rp.backtest(
        "Chinchilla", runs.drop(columns="budget"), objective="log-lsq", tied={"beta": "alpha"},
        resamples=20, cuts=(1.0,),
    ).rows  # fmt: skip
    assert np.allclose(ours["predicted"], theirs["predicted"], rtol=1e-9)


def test_groups_are_resampled_together():
    runs = table().assign(size=lambda t: t["params"].rank().astype(int) % 5)
    alone = rp.backtest("Chinchilla", runs, cuts=(1.0,), resamples=60).rows
    together = rp.backtest("Chinchilla", runs, cuts=(1.0,), resamples=60, group="size").rows
    assert np.allclose(alone["predicted"], together["predicted"])
    assert not np.allclose(alone["law_low"], together["law_low"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.head(10), "No cut leaves 15 runs of 3 sizes"),
        (lambda t: t[["loss", "params"]], "cuts by compute"),
    ],
)
def test_tables_that_cannot_be_cut_say_what_is_missing(change, said):
    with pytest.raises(DataError, match=said):
        rp.backtest("Chinchilla", change(table()))


def test_cuts_below_nothing_and_runs_beside_a_fit_are_refused():
    with pytest.raises(ArgumentError, match="decades below the largest run"):
        rp.backtest("Chinchilla", table(), cuts=(-1.0,))
    with pytest.raises(ArgumentError, match="A fit has its own runs"):
        rp.backtest(rp.fit(Chinchilla, table()), table())


# Weights and scores ----------------------------------------------------------------------------

ROWS = pd.DataFrame(
    {
        "family": ["a"] * 5 + ["b"],
        "design": ["a1", "a1", "a1", "a2", "a2", "b1"],
        "cut": [0.5, 0.5, 1.0, 0.5, 0.5, 0.5],
        "decades": [0.1, 0.2, 0.1, 0.1, 0.2, 0.2],
        "observed": [1.0, 2.0, 1.0, 1.0, 1.0, 3.0],
        "predicted": 1.0,
        "law_low": 0.99, "law_high": 1.01, "run_low": 0.9, "run_high": 1.1,
    }
)  # fmt: skip


def test_every_cut_design_and_family_has_one_voice():
    value = [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    # a1: (0.5 + 1) / 2 = 0.75; a2: 0; a: 0.375; b: 0.
    assert by_family(ROWS, value).to_dict() == {"a": 0.375, "b": 0.0}
    assert weighted(ROWS, value) == pytest.approx(0.1875)


def test_without_families_there_is_one():
    rows = ROWS.drop(columns=["family", "design"])
    assert weighted(rows, np.ones(6)) == 1.0
    assert np.isnan(resampled(rows, np.ones(6))).all()


def test_missing_intervals_are_missing_not_missed():
    rows = ROWS.assign(run_low=[np.nan] + [0.9] * 5)
    found = held(rows, "run")
    assert np.isnan(found[0])
    assert found[1:].tolist() == [0, 1, 1, 1, 0]


def test_the_interval_score_charges_width_and_misses():
    (row,) = interval_scores(ROWS.head(1), 0.8).to_dict("records")
    assert row["run"] == pytest.approx(100 * np.log(1.1 / 0.9))
    (row,) = interval_scores(ROWS.iloc[[1]], 0.8).to_dict("records")
    assert row["run"] == pytest.approx(100 * (np.log(1.1 / 0.9) + 10 * np.log(2.0 / 1.1)))


def test_coverage_is_by_distance():
    found = coverage(ROWS)
    assert found["decades"].tolist() == ["0 to 0.25"]
    assert found["runs"].tolist() == [6]


# Drift -----------------------------------------------------------------------------------------


def families(widths: list[float]) -> pd.DataFrame:
    """Families whose runs, a decade out, are off by up to a width each."""
    parts = []
    for i, width in enumerate(widths):
        off = width * np.linspace(0.1, 1.0, 10)
        parts.append(pd.DataFrame({"family": str(i), "observed": np.exp(off)}))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(
        design=rows["family"], cut=1.0, decades=1.0, predicted=1.0, run_low=1.0, run_high=1.0
    )


def test_the_drift_is_what_each_run_needs():
    rows = families([0.05])
    assert needed(rows) == pytest.approx(np.log(rows["observed"]))
    assert drift_of(rows, 0.8).average == pytest.approx(0.04)


def test_a_run_inside_its_interval_needs_none():
    rows = families([0.05]).assign(run_low=0.5, run_high=2.0)
    assert (needed(rows) == 0).all()
    assert drift_of(rows, 0.8).average == 0.0


def test_a_new_family_needs_more_than_the_average():
    widths = [0.01 * k for k in range(1, 14)]
    found = drift_of(families(widths), 0.8)
    assert found.low <= found.average <= found.high < found.new_family
    own = np.sort(found.by_family.to_numpy())
    assert found.new_family == own[11], "the twelfth of thirteen: four new ones in five"


def test_too_few_families_cannot_promise_for_a_new_one():
    assert np.isinf(drift_of(families([0.01, 0.02]), 0.8).new_family)


def test_widened_rows_cover_as_often_as_the_drift_was_made_for():
    rows = families([0.01 * k for k in range(1, 14)])
    drift = drift_of(rows, 0.8)
    wide = widen(rows, drift.average)
    assert weighted(wide, held(wide, "forecast")) >= 0.8
    narrow = widen(rows, drift.average - 0.002)
    assert weighted(narrow, held(narrow, "forecast")) < 0.8


def test_a_family_that_is_left_out_does_not_help_itself():
    rows = families([0.01] * 12 + [0.2])
    found = left_out(rows, 0.8)
    own = found[found["family"] == "12"]["drift"].unique()
    others = found[found["family"] == "0"]["drift"].unique()
    assert own.item() < others.item()


# Several processes --------------------------------------------------------------------------------


def test_two_processes_give_the_numbers_of_one() -> None:
    if find_spec("joblib") is None:
        missing("joblib is not installed")
    cuts = {"cuts": (0.5, 1.0), "resamples": 30}
    alone, both = (rp.backtest("Chinchilla", table(), workers=w, **cuts).rows for w in (1, 2))
    assert alone["cut"].nunique() == 2
    pd.testing.assert_frame_equal(alone, both, check_exact=True)


def test_without_joblib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(ReplicationError, match=r"pip install 'scaling-laws-replicated\[study\]'"):
        rp.backtest("Chinchilla", table(), workers=2)
    assert len(rp.backtest("Chinchilla", table(), cuts=(1.0,), resamples=10).rows)


@pytest.mark.parametrize("workers", [0, -2, 1.5, True, "all"])
def test_a_number_of_workers_that_is_none(workers: object) -> None:
    with pytest.raises(ArgumentError, match=r"workers is .*; a whole number from 1 is expected"):
        rp.backtest("Chinchilla", table(), workers=workers)


# Levels and the past ------------------------------------------------------------------------------


def test_further_levels_add_columns_and_leave_the_others_as_they_are() -> None:
    (cut,) = cuts_of(table().assign(spent=lambda t: t["budget"]), (1.0,))
    alone = scored(cut, "Chinchilla", resamples=40)
    more = scored(cut, "Chinchilla", resamples=40, also=(0.5, 0.95))
    pd.testing.assert_frame_equal(more[alone.columns], alone, check_exact=True)
    assert list(more)[-4:] == ["run_low_50", "run_high_50", "run_low_95", "run_high_95"]
    assert (more["run_low_95"] <= more["run_low"]).all()
    assert (more["run_low"] <= more["run_low_50"]).all()


def test_a_past_is_what_was_known_below_the_edge() -> None:
    rows = rp.backtest("Chinchilla", table(), resamples=40).rows.assign(design="mine")
    found = by_own_past(rows, 0.8)
    assert set(found["cut"]) == set(rows["cut"]) - {rows["cut"].max()}
    for cut, part in found.groupby("cut"):
        past = rows[(rows["cut"] > cut) & (rows["spent"] <= part["edge"].iloc[0] * 1.001)]
        assert part["drift"].unique().item() == drift_of(past, 0.8).average
    assert by_own_past(rows[rows["cut"] == rows["cut"].max()], 0.8).empty
