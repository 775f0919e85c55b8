"""Laws that have not seen a run: leave-one-out, and scores on runs that were held out."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, DataError, ReplicationError, UnknownNameError
from replication.laws import Chinchilla, LogLinear, PowerLaw

RUNS = rp.load("hoffmann2022", "figure4_isoflop_points")
SMALL = RUNS[RUNS["flops"] < 1e21]
LARGE = RUNS[RUNS["flops"] >= 1e21]


@pytest.fixture(scope="module")
def fit() -> rp.Fit[Chinchilla]:
    return rp.fit(Chinchilla, SMALL)


@pytest.fixture(scope="module")
def left(fit: rp.Fit[Chinchilla]) -> rp.LeaveOneOut[Chinchilla]:
    return fit.leave_one_out()


def test_each_refit_is_a_fit_to_the_others(fit, left) -> None:
    assert len(left.left_out) == fit.n
    for label in SMALL.index[[0, 40, -1]]:
        other = rp.fit(Chinchilla, SMALL.drop(index=label))
        ours = left.without(label)
        for name, value in other.law.to_dict().items():
            assert getattr(ours, name) == pytest.approx(value, rel=1e-5)
        row = left.to_frame().loc[label]
        assert row["a"] == pytest.approx(other.law.a, rel=1e-6)
        assert row["r2"] == pytest.approx(other.r2, rel=1e-9)
        run, seen = SMALL.loc[label], left.rows.set_index("left_out").loc[label]
        assert seen["observed"] == run["loss"]
        assert seen["estimate"] == pytest.approx(other.law.loss(run.params, run.tokens), rel=1e-6)
        assert seen["off"] == pytest.approx(seen["estimate"] - run["loss"], abs=1e-12)
        assert seen["relative"] == pytest.approx(seen["estimate"] / run["loss"] - 1, abs=1e-12)


def test_left_out_residuals_of_a_line_are_those_of_the_hat_matrix() -> None:
    rng = np.random.default_rng(2)
    x = np.geomspace(1e18, 1e22, 9)
    score = 0.5 - 0.03 * np.log(x) + rng.normal(0, 0.01, 9)
    kind = LogLinear.of("flops", response="score")
    found = rp.fit(kind, pd.DataFrame({"flops": x, "score": score}), objective="lsq")
    X = np.column_stack([np.ones(9), np.log(x)])
    leverage = np.einsum("ij,jk,ik->i", X, np.linalg.inv(X.T @ X), X)
    rows = found.leave_one_out().rows
    np.testing.assert_allclose(-rows["off"], found.residuals / (1 - leverage), rtol=1e-8)
    press = np.sqrt(np.mean((found.residuals / (1 - leverage)) ** 2))
    assert found.leave_one_out().rms == pytest.approx(press, rel=1e-8)


def test_evidence_and_bootstrap_leave_out_the_same(fit, left) -> None:
    for source in (fit.evidence(20), fit.bootstrap(20)):
        pd.testing.assert_frame_equal(source.leave_one_out().rows, left.rows)


def test_groups_leave_together() -> None:
    table = SMALL.assign(budget=SMALL["isoflop_budget"])
    grouped = rp.fit(Chinchilla, table, group="budget")
    found = grouped.leave_one_out()
    budgets = table["budget"].unique()
    assert (found.unit, len(found.left_out)) == ("groups", len(budgets))
    other = rp.fit(Chinchilla, table[table["budget"] != budgets[2]])
    assert found.without(2).alpha == pytest.approx(other.law.alpha, rel=1e-5)
    assert len(grouped.leave_one_out("points").left_out) == len(table)


def test_a_run_on_which_all_hangs_leaves_no_law() -> None:
    five = pd.DataFrame({"params": [1e8, 1e8, 1e8, 1e8, 1e9], "tokens": [1e9, 2e9, 4e9, 8e9, 1e9]})
    law = Chinchilla(A=400.0, B=410.0, E=1.7, alpha=0.34, beta=0.28)
    five["loss"] = law.loss(five["params"], five["tokens"]) * [1.001, 0.999, 1.001, 1.0, 1.0]
    found = rp.fit(Chinchilla, five, fixed={"alpha": 0.34, "beta": 0.28}).leave_one_out()
    assert [note.code for note in found.notes] == ["unidentified"]
    assert np.isnan(found.without(4).A) and np.isnan(found.rows["estimate"][4])
    assert found.to_frame().drop(index=4).notna().all(axis=None)
    assert found.rows["estimate"][:4].notna().all()


def test_points_without_a_weight_change_nothing(fit, left) -> None:
    more = pd.concat([SMALL, LARGE])
    weights = np.repeat([1.0, 0.0], [len(SMALL), len(LARGE)])
    found = rp.fit(Chinchilla, more, weights=weights).leave_one_out()
    np.testing.assert_allclose(found.law.E[: fit.n], left.law.E, rtol=1e-6)


def test_further_starts_find_no_higher_minimum(fit, left) -> None:
    again = fit.leave_one_out(starts=[rp.published("hoffmann2022", "printed")])
    np.testing.assert_allclose(again.law.E, left.law.E, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda fit: fit.leave_one_out("groups"), ArgumentError, "no groups to leave out"),
        (lambda fit: fit.leave_one_out("runs"), UnknownNameError, "points, groups"),
        (lambda fit: fit.leave_one_out().without("x"), UnknownNameError, "left-out label 'x'"),
        (
            lambda fit: rp.Evidence(fit.law, text="printed").leave_one_out(),
            ReplicationError,
            "printed was not fitted here",
        ),
        (
            lambda fit: fit.leave_one_out(starts=[PowerLaw(A=1.0, alpha=0.1)]),
            ArgumentError,
            "must be one or more of Chinchilla",
        ),
    ],
)
def test_what_cannot_be_left_out_is_said(fit, call, error, words) -> None:
    with pytest.raises(error, match=words):
        call(fit)


def test_labels_that_repeat_are_said() -> None:
    runs = pd.DataFrame({"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}, index=[0, 0, 1])
    found = rp.fit("PowerLaw", runs, objective="log-lsq").leave_one_out()
    assert found.without(1).alpha == pytest.approx(np.log10(4.0 / 3.2), rel=1e-9)
    with pytest.raises(ArgumentError, match="2 rows of the table are called 0"):
        found.without(0)


# Scores ---------------------------------------------------------------------------------------


def test_a_score_is_a_prediction_beside_what_was_seen(fit) -> None:
    boot = fit.bootstrap(200)
    found = boot.score(LARGE, 0.8, kind="run")
    inputs = {name: LARGE[name].to_numpy() for name in ("params", "tokens")}
    band = boot.predict(0.8, kind="run", **inputs)
    pd.testing.assert_frame_equal(found[list(band.columns)], band)
    assert found["observed"].tolist() == LARGE["loss"].tolist()
    expected = LARGE["loss"].between(band["low"].set_axis(LARGE.index), band["high"].to_numpy())
    assert found["inside"].tolist() == expected.tolist()
    pd.testing.assert_frame_equal(boot.evidence().score(LARGE, 0.8, kind="run"), found)
    named = LARGE.rename(columns={"loss": "loss_c4"})
    pd.testing.assert_frame_equal(boot.score(named, 0.8, kind="run", response="loss_c4"), found)


def test_a_published_law_has_scores_without_intervals() -> None:
    law = rp.published("hoffmann2022", "tex")
    found = rp.Evidence(law).score(LARGE)
    np.testing.assert_allclose(
        found["relative"], law.loss(LARGE["params"], LARGE["tokens"]) / LARGE["loss"] - 1
    )
    assert found["inside"].isna().all()


def test_a_score_needs_what_was_observed(fit) -> None:
    with pytest.raises(DataError, match="'loss' is missing"):
        fit.score(LARGE.drop(columns="loss"))
