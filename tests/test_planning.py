"""Plans, designs, simulations, comparisons and rankings against what is known without them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ReplicationError
from replication.plans import answering
from replication.plans.best import NO_PRICE, ONLY_BUDGET
from replication.plans.refits import refitted
from replication.plans.sources import json_of
from replication.ranking import applicable, with_ratios
from replication.simulation import DESIGNS

LAW = rp.published("besiroglu2024", "printed")


@pytest.mark.parametrize("design", DESIGNS)
def test_a_layout_costs_what_was_asked(design):
    runs = rp.layout(design, flops=3e20, runs=16, span=50)
    assert np.isclose(runs["flops"].sum(), 3e20, rtol=1e-12)
    assert np.allclose(6 * runs["params"] * runs["tokens"], runs["flops"], rtol=1e-12)
    assert np.isclose(runs["budget"].max() / runs["budget"].min(), 50, rtol=1e-9)
    assert len(runs) == 16


def test_a_factorial_crosses_every_size_with_every_number_of_tokens():
    runs = rp.layout("factorial", flops=1e20, runs=25).round({"params": -1, "tokens": -1})
    assert runs["params"].nunique() == runs["tokens"].nunique() == 5


def test_noise_is_of_the_size_that_was_asked_and_seeded():
    plan = rp.layout("factorial", flops=1e20, runs=2500)
    exact = rp.simulate(LAW, plan, noise=0)
    noisy = rp.simulate(LAW, plan, noise=0.01, seed=3)
    assert np.allclose(exact["loss"], LAW.loss(plan["params"], plan["tokens"]))
    assert np.std(np.log(noisy["loss"] / exact["loss"])) == pytest.approx(0.01, rel=0.05)
    assert noisy.equals(rp.simulate(LAW, plan, noise=0.01, seed=3))


def test_without_noise_every_design_but_the_curves_forecasts_exactly():
    found = rp.score_designs(LAW, flops=1e20, target=1e22, noise=0.0, repeats=1)
    table = found.table.set_index(["design", "analysis"])
    fitted = table.xs("law in N and D", level="analysis")
    assert (fitted["off"] < 1e-4).all()
    assert (fitted["regret"] < 1e-6).all()
    assert (table["regret"] >= -1e-9).all()
    # A ladder at 20 tokens per parameter recommends 20, whatever the law has as its optimum.
    best = LAW.optimal(flops=1e22)
    at_20 = np.sqrt(1e22 / 120)
    expected = LAW.loss(at_20, 20 * at_20) - best.loss
    assert table.loc[("ladder", "power law in compute"), "regret"] == pytest.approx(expected)


def test_more_noise_forecasts_worse():
    off = [
        rp.score_designs(
            LAW, flops=1e20, target=1e22, noise=noise, repeats=3, designs=["isoflop"]
        ).table["off"].min()
        for noise in (0.001, 0.02)
    ]  # fmt: skip
    assert off[0] < off[1]


def test_a_plan_is_the_optimum_of_each_law():
    own = {name: rp.registry()[name] for name in ("hoffmann2022/tex", "kaplan2020/joint")}
    table = rp.plan(flops=1e22, laws=own).table.set_index("law")
    assert list(table.index) == [*own, *answering()]
    best = rp.published("hoffmann2022", "tex").optimal(flops=1e22)
    for name in ("hoffmann2022/tex", "Hoffmann, approach 3"):
        assert table.loc[name, "params"] == pytest.approx(best.params, rel=1e-6)
        assert table.loc[name, "flops_beyond"] == 1.0
    assert np.allclose(table["flops"], 1e22, rtol=1e-6)
    assert np.isnan(table.loc["kaplan2020/joint", "flops_beyond"])
    far = rp.plan(flops=1.3e24, laws=own).table.set_index("law")
    assert far.loc["hoffmann2022/tex", "flops_beyond"] == pytest.approx(100, rel=0.02)


def test_entries_of_the_registry_bring_their_draws_and_laws_of_another_form_are_turned():
    names = ("corpus/llama3", "gadre2024/c4", "guo2024/printed")
    own = {name: rp.registry()[name] for name in names}
    found = rp.plan(flops=1e21, laws=own, published=False)
    row = found.table.set_index("law").loc["corpus/llama3"]
    assert row["kind"] == "law"
    assert row["low"] < row["loss"] < row["high"]
    best = rp.published("gadre2024", "c4").to_chinchilla().optimal(flops=1e21)
    assert found.table["params"][1] == pytest.approx(best.params, rel=1e-6)
    assert list(found.failed) == ["guo2024/printed"]


def test_the_laws_of_the_planner_are_those_of_the_chapters():
    kept, made = answering(), refitted()
    assert list(kept) == list(made)
    for name, source in made.items():
        one, other = json_of(kept[name]), json_of(source)
        for part in ("key", "form", "text", "drift"):
            assert one[part] == other[part]
        for part in ("coefficients", "draws", "flops", "ratio"):
            assert (one[part] is None) == (other[part] is None)
            if one[part] is not None:
                numbers = [
                    list(x.values()) if isinstance(x, dict) else x for x in (one[part], other[part])
                ]
                np.testing.assert_allclose(*numbers, rtol=1e-5)
        if other["noise"] is not None:
            residuals = [x["noise"].pop("residuals") for x in (one, other)]
            np.testing.assert_allclose(*residuals, rtol=1e-4, atol=1e-8)
        assert one["noise"] == other["noise"]


def test_hours_dollars_and_flops_are_one_budget():
    hours = rp.plan(gpu_hours=1e5, gpu="H100", utilisation=0.5)
    assert hours.budget == pytest.approx(1e5 * 3600 * 0.5 * 9.89e14)
    dollars = rp.plan(dollars=2e5, gpu="H100", utilisation=0.5)
    assert dollars.budget == pytest.approx(hours.budget)
    assert np.allclose(dollars.table["dollars"], 2e5)
    assert np.allclose(hours.table["gpu_hours"], 1e5)


def test_a_target_is_reached_and_demand_makes_models_smaller():
    bare = rp.plan(target_loss=2.1, laws={"own": LAW}, published=False).table.iloc[0]
    served = rp.plan(
        target_loss=2.1, laws={"own": LAW}, published=False, tokens_served=1e13
    ).table.iloc[0]
    assert bare["loss"] == pytest.approx(2.1) == served["loss"]
    assert served["params"] < bare["params"]
    assert served["flops"] > served["training_flops"]


def test_a_fit_brings_its_forecast_and_its_range():
    runs = rp.simulate(LAW, rp.layout("isoflop", flops=1e20, runs=16))
    fit = rp.fit("Chinchilla", runs)
    row = rp.plan(flops=1e22, laws={"own": fit}, published=False).table.iloc[0]
    assert row["low"] < row["loss"] < row["high"]
    assert row["flops_beyond"] == pytest.approx(1e22 / runs["flops"].max(), rel=1e-6)


def test_laws_that_know_of_repeats_say_so():
    own = {"fresh": rp.published("muennighoff2023", "c4")}
    for served in (0.0, 1e12):
        asked = {"flops": 1e22, "unique_tokens": 1e10, "tokens_served": served}
        table = rp.plan(**asked, laws=own).table.set_index("law")
        repeated, fresh = table.loc["Muennighoff"], table.loc["fresh"]
        assert repeated["tokens"] != pytest.approx(fresh["tokens"], rel=0.01)
        assert repeated["flops"] == pytest.approx(1e22) == fresh["flops"]
        assert fresh["epochs"] == pytest.approx(fresh["tokens"] / 1e10)


@dataclass(frozen=True)
class Tired(rp.laws.Law):
    """A law of repeats that the planner does not know: half of what is repeated counts."""

    A: float
    alpha: float

    inputs = ("params", "tokens", "unique_tokens")

    def _evaluate(self, params, tokens, unique_tokens):
        return self.A * (params * (unique_tokens + tokens) / 2) ** -self.alpha


def test_a_law_of_repeats_that_the_planner_does_not_know_is_refused_by_name():
    asked = {"flops": 1e22, "unique_tokens": 1e10, "tokens_served": 0.0}
    found = rp.plan(**asked, laws={"tired": Tired(A=40.0, alpha=0.06)})
    assert found.failed["tired"].startswith(NO_PRICE)
    assert "Tired" in found.failed["tired"]
    served = rp.plan(**asked | {"tokens_served": 1e12})
    assert served.failed["Kaplan"] == f"{ONLY_BUDGET}."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Give one of flops, gpu_hours, dollars and target_loss"),
        ({"flops": 1e22, "dollars": 1.0}, "got flops, dollars"),
        ({"flops": -1}, "flops must be positive"),
        ({"gpu_hours": 10}, "need an accelerator"),
        ({"gpu_hours": 10, "gpu": "H200"}, "Unknown accelerator 'H200'. Did you mean 'H100'"),
        ({"gpu_hours": 10, "gpu": "H100", "precision": "fp4"}, "Unknown precision of H100"),
        ({"flops": 1e22, "utilisation": 40}, "40 % is 0.4"),
        ({"flops": 1e22, "tokens_served": -1}, "zero or more"),
        (
            {"target_loss": 0.1, "laws": {"own": LAW}, "published": False},
            "No law gives an answer. own: ",
        ),
    ],
)
def test_a_plan_refuses_what_has_no_answer(asked, said):
    with pytest.raises(ReplicationError, match=said):
        rp.plan(**asked)


def recipes(gap: float, noise: float = 0.003) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs of two recipes whose noise is shared, as with one seed and one order of data."""
    plan = rp.layout("isoflop", flops=1e21, runs=25)
    shared = np.random.default_rng(1).normal(0, noise, 25)
    own = np.random.default_rng(2).normal(0, noise / 10, (2, 25))
    exact = LAW.loss(plan["params"], plan["tokens"])
    return (
        plan.assign(loss=exact * np.exp(shared + own[0])),
        plan.assign(loss=exact * np.exp(gap + shared + own[1])),
    )


def test_paired_runs_decide_what_unpaired_cannot():
    a, b = recipes(0.001)
    paired = rp.compare(a, b, flops=1e21, resamples=100, objective="log-lsq")
    # The same recipes without partners: every size of b a little larger.
    moved = b.assign(params=b["params"] * 1.001)
    apart = rp.compare(a, moved, flops=1e21, resamples=100, objective="log-lsq")
    assert (paired.pairs, apart.pairs) == (25, 0)
    assert paired.verdict == "a"
    width = [
        float(c.table.loc["difference", "high"] - c.table.loc["difference", "low"])
        for c in (paired, apart)
    ]
    assert width[0] < width[1] / 3


def test_a_comparison_turns_around_and_knows_a_draw():
    a, b = recipes(0.01)
    one, other = (
        rp.compare(*pair, flops=1e22, resamples=30, objective="log-lsq")
        for pair in ((a, b), (b, a))
    )
    assert (one.verdict, other.verdict) == ("a", "b")
    assert one.table.loc["difference", "estimate"] == pytest.approx(
        -other.table.loc["difference", "estimate"]
    )
    gain = one.table.loc["compute_gain", "estimate"]
    second = one.fits[1].law.optimal(flops=gain * 1e22).loss
    assert second == pytest.approx(one.table.loc["loss_a", "estimate"], rel=1e-4)
    assert [note.code for note in one.notes].count("extrapolates") == 2
    same = rp.compare(a, a, flops=1e21, resamples=20)
    assert same.verdict == "undecided"
    assert (same.table.loc["difference"] == 0).all()


def test_laws_are_ranked_by_what_they_had_not_seen():
    runs = rp.simulate(LAW, rp.layout("isoflop", flops=1e21, runs=25), noise=0.001)
    ranking = rp.rank(runs, ["KaplanJoint", "Chinchilla"], objective="log-lsq")
    assert ranking.best == "Chinchilla"
    assert ranking.table["held_out"].is_monotonic_increasing
    cut = runs["flops"].sort_values().iloc[-ranking.held]
    law = rp.fit("Chinchilla", runs[runs["flops"] < cut], objective="log-lsq").law
    far = runs[runs["flops"] >= cut]
    errors = law.loss(far["params"], far["tokens"]) / far["loss"] - 1
    assert ranking.table["held_out"][0] == pytest.approx(np.sqrt((errors**2).mean()))


def test_laws_that_cannot_be_fitted_are_named_with_the_reason():
    runs = pd.DataFrame({"params": [1e8, 1e9], "tokens": [1e9, 1e10], "loss": [3.0, 2.5]})
    with pytest.raises(ReplicationError, match="2 points cannot determine 5 free fields"):
        rp.rank(runs, ["Chinchilla"])
    assert "OverTraining" in [law.__name__ for law in applicable(runs.assign(flops=1e18))]
    assert [law.__name__ for law in applicable({"flops": [1], "loss": [1]})][-1] == "SigmoidPower"
    assert with_ratios({"loss": [1.0]}).columns.tolist() == ["loss"]
