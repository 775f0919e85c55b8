"""Checkpoints of several runs: the split, the score, and tables that are no family."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

import replication as rp
from replication.errors import ArgumentError, DataError

LAW = rp.laws.Chinchilla(A=400.0, B=410.0, E=1.7, alpha=0.34, beta=0.28)
SIZES = (1e8, 2e8, 4e8, 8e8, 2e9)


def family(noise=0.0, seed=0, points=20):
    """Checkpoints of five sizes; longer runs for larger models."""
    rng = np.random.default_rng(seed)
    parts = []
    for size in SIZES:
        tokens = np.linspace(1, points, points) * 20 * size / points
        loss = LAW.loss(size, tokens) * np.exp(rng.normal(0, noise, points))
        parts.append(
            pd.DataFrame({"run": f"{size:g}", "params": size, "tokens": tokens, "loss": loss})
        )
    return pd.concat(parts, ignore_index=True)


def test_without_noise_the_law_and_the_largest_are_recovered():
    found = rp.predict_largest(family())
    assert found.are < 1e-7
    assert found.fit.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-4)
    assert found.sizes == 4 and found.scale_up == pytest.approx(2.5)
    assert len(found.rows) == 7  # shares .70, .75, ... 1


def test_the_score_is_what_an_independent_fit_gives():
    table = family(0.01, seed=3)
    found = rp.predict_largest(table, keep=(0.2, 0.9), target=0.5)
    share = table["tokens"] / table.groupby("run")["tokens"].transform("max")
    small = table[(table["params"] < 2e9) & share.between(0.2 - 1e-9, 0.9 + 1e-9)]
    large = table[(table["params"] == 2e9) & (share > 0.5 - 1e-9)]

    def law(x, a, b, e, alpha, beta):
        return np.exp(e) + np.exp(a - alpha * np.log(x[0])) + np.exp(b - beta * np.log(x[1]))

    start = (6.0, 6.0, 0.5, 0.34, 0.28)
    held = [(t["params"].to_numpy(), t["tokens"].to_numpy()) for t in (small, large)]
    best, _ = curve_fit(law, held[0], small["loss"], start, ftol=1e-14, xtol=1e-14, gtol=1e-14)
    off = law(held[1], *best) / large["loss"].to_numpy() - 1
    assert len(found.fitted) == len(small)
    assert found.are == pytest.approx(np.abs(off).mean(), rel=1e-4)
    assert found.signed == pytest.approx(off.mean(), rel=1e-4)


def test_baselines_need_no_law():
    table = family(0.02, seed=1)
    found = rp.predict_largest(table, keep=(0.0, 1.0))
    small, large = table[table["params"] < 2e9], found.rows["loss"]
    best = np.abs(large - small["loss"].min()).div(large).mean()
    last = table.loc[table["params"] == 8e8, "loss"].iloc[-1]
    assert found.baselines()["best"] == pytest.approx(best)
    assert found.baselines()["most_trained"] == pytest.approx(
        np.abs(large - last).div(large).mean()
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_order_and_units_are_of_no_importance(seed):
    table = family(0.01, seed=seed)
    plain = rp.predict_largest(table)
    mixed = rp.predict_largest(table.sample(frac=1, random_state=seed))
    assert mixed.are == pytest.approx(plain.are, rel=1e-6)
    assert "out_of_order" in {note.code for note in mixed.notes}
    assert "out_of_order" not in {note.code for note in plain.notes}
    # The loss in bits has the same relative error; its exponential has not.
    bits = rp.predict_largest(table.assign(loss=table["loss"] / np.log(2)))
    assert bits.are == pytest.approx(plain.are, rel=1e-5)
    perplexity = rp.predict_largest(table.assign(loss=np.exp(table["loss"])))
    assert perplexity.are > 1.5 * plain.are


def test_each_choice_changes_what_is_fitted():
    table = family(0.01)
    assert rp.predict_largest(table, sizes=3).scale_up == pytest.approx(5)
    finals = rp.predict_largest(table, keep=(1, 1), fixed={"B": 410.0, "beta": 0.28}, target=0.0)
    assert len(finals.fitted) == 4 and len(finals.rows) == 1
    cut = rp.predict_largest(table, keep=(0, 1), least_tokens=3e9)
    assert cut.fitted["tokens"].min() >= 3e9
    seen = rp.predict_largest(table, seen=0.5)
    own = seen.fitted[seen.fitted["params"] == 2e9]
    assert own["share"].max() == pytest.approx(0.5) and len(own) == 9
    assert own["share"].min() == pytest.approx(0.1)  # its beginning is dropped, too
    assert seen.scale_up == pytest.approx(2.5)


def test_doubts_are_noted():
    table = family(0.01)
    codes = lambda found: {note.code for note in found.notes}  # noqa: E731
    assert "extrapolates" in codes(rp.predict_largest(table))
    lost = rp.predict_largest(table, keep=(0, 1), least_tokens=3e9)
    assert any("No checkpoint of 1e+08 is left" in note.message for note in lost.notes)
    few = rp.predict_largest(table, sizes=2)
    assert any("2 sizes below the largest" in note.message for note in few.notes)
    spiked = table.copy()
    spiked.loc[5, "loss"] = 40.0
    assert any("1e+08 (1)" in note.message for note in rp.predict_largest(spiked).notes)


def test_several_runs_of_the_largest_size_are_all_scored():
    table = family(0.01)
    twin = table[table["params"] == 2e9].assign(run="twin", loss=lambda t: 1.1 * t["loss"])
    found = rp.predict_largest(pd.concat([table, twin], ignore_index=True))
    assert sorted(found.rows["run"].unique()) == ["2e+09", "twin"]
    assert found.signed < -0.04


def twice(table):
    return pd.concat([table, table.iloc[[3]]], ignore_index=True)


def resized(table):
    return table.assign(run="one")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (twice, "more than once, as a log with restarts does.*LearningCurve.from_log"),
        (resized, "Run 'one' has 5 sizes"),
        (lambda t: t[t["params"] == 2e9], "All checkpoints have 2e.09 params.*two or more sizes"),
        (lambda t: t.drop(columns="run"), "Column 'run' is missing.*give run="),
        (lambda t: t.drop(columns="tokens"), "Column 'tokens' is missing"),
        (lambda t: t.assign(loss=t["loss"].where(t["tokens"] > 5e8)), "Column 'loss' is NaN"),
        (lambda t: t.assign(run=t["run"].where(t["params"] > 1e8)), "Column 'run' is empty in 20"),
        (lambda t: t.iloc[:0], "The table is empty"),
    ],
)
def test_what_is_no_family_is_refused(change, said):
    with pytest.raises(DataError, match=said):
        rp.predict_largest(change(family()))


@pytest.mark.parametrize(
    ("choice", "error", "said"),
    [
        ({"least_tokens": 1e12}, DataError, "No checkpoint below the largest size.*lower least"),
        ({"keep": (0.001, 0.002)}, DataError, "No checkpoint below the largest size"),
        ({"keep": (0.9, 0.1)}, ArgumentError, "rising order"),
        ({"keep": 0.1}, ArgumentError, "two shares"),
        ({"keep": (0.1, 30)}, ArgumentError, "from 0 to 1"),
        ({"target": 30}, ArgumentError, "target is 30"),
        ({"seen": 0.8}, ArgumentError, "must not overlap"),
        ({"seen": 0.01}, DataError, "shares 0.1 to 0.01 of its run.*the first is at 0.05"),
        ({"sizes": 9}, ArgumentError, "there are 4 sizes below the largest"),
        ({"sizes": 0}, ArgumentError, "sizes"),
        ({"keep": (1, 1)}, DataError, "4 points cannot determine 5 free fields"),
        ({"run": "model"}, DataError, "Column 'model' is missing"),
    ],
)
def test_choices_without_an_answer_are_refused(choice, error, said):
    with pytest.raises(error, match=said):
        rp.predict_largest(family(), **choice)


def test_one_size_alone_needs_its_term_fixed():
    table = family(0.01)
    pair = table[table["params"].isin([8e8, 2e9])]
    with pytest.raises(DataError, match="'params' is constant"):
        rp.predict_largest(pair)
    found = rp.predict_largest(pair, fixed={"A": 400.0, "alpha": 0.34})
    assert found.are < 0.02
    assert any("rests on what is fixed" in note.message for note in found.notes)


def test_another_law_reads_its_own_columns():
    table = family().assign(flops=lambda t: 6 * t["params"] * t["tokens"])
    found = rp.predict_largest(table, "PowerLaw", keep=(0.5, 1.0))
    assert found.fit.law.inputs == ("flops",) and found.are < 0.1
