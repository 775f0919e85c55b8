"""Advice: a law's optimum with its interval and its distance from the runs."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.advice import QUANTITIES, advise
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.laws import Chinchilla
from replication.lifetime import lifetime_optimal

LAW = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
RUNS = pd.DataFrame({"params": [1e8, 1e9, 1e10], "tokens": [2e9, 2e10, 2e11]})


def draws(n: int = 500) -> Chinchilla:
    rng = np.random.default_rng(1)
    wobble = {k: v * np.exp(0.02 * rng.standard_normal(n)) for k, v in LAW.to_dict().items()}
    return Chinchilla(**wobble)


def test_without_demand_it_is_the_compute_optimal_model() -> None:
    best = LAW.optimal(flops=1e21)
    table = advise(LAW, flops=1e21).table
    assert table.loc["params", "estimate"] == pytest.approx(best.params, rel=1e-12)
    assert table.loc["loss", "estimate"] == pytest.approx(best.loss, rel=1e-12)
    assert table[["low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize("demand", [0.0, 1e11, 1e13])
def test_interval_is_the_percentiles_of_the_draws(demand: float) -> None:
    drawn = draws()
    advice = advise(LAW, flops=1e22, inference_tokens=demand, draws=drawn, level=0.5)
    each = lifetime_optimal(drawn, flops=1e22, inference_tokens=demand)
    for name in QUANTITIES:
        ends = advice.table.loc[name, ["low", "high"]].to_numpy(dtype=float)
        assert ends == pytest.approx(np.percentile(getattr(each, name), [25, 75]), rel=1e-12)


def test_the_budget_is_spent_on_training_and_inference() -> None:
    best = advise(LAW, flops=1e22, inference_tokens=1e12).optimum
    spent = 6 * best.params * best.tokens + 2 * best.params * 1e12
    assert spent == pytest.approx(1e22, rel=1e-12)


def test_distance_from_the_runs() -> None:
    inside = advise(LAW, flops=6e20, runs=RUNS)
    assert inside.beyond["flops"] == 1.0
    far = advise(LAW, flops=6e24, inference_tokens=1e14, runs=RUNS.to_dict("list"))
    best = far.optimum
    assert far.beyond["flops"] == pytest.approx(best.training_flops / 1.2e22)
    assert far.beyond["tokens_per_param"] == pytest.approx(best.tokens_per_param / 20)
    (note,) = far.notes
    assert note.code == "extrapolates"
    assert f"{max(far.beyond.values()):.3g}" in note.message
    assert repr(far).endswith("notes: extrapolates")


def test_draws_without_an_optimum_are_counted() -> None:
    some = Chinchilla(A=LAW.A, B=LAW.B, E=LAW.E, alpha=np.array([0.3, 0.34, -0.1]), beta=LAW.beta)
    advice = advise(LAW, flops=1e22, draws=some)
    assert [note.code for note in advice.notes] == ["no_optimum"]
    low, high = advice.table.loc["params", ["low", "high"]]
    assert 0 < low < high


def test_a_law_of_another_kind_is_searched() -> None:
    joint = rp.published("kaplan2020", "joint")
    advice = advise(joint, flops=1e21, inference_tokens=1e11)
    best = advice.optimum
    nudged = [joint.loss(**moved) for moved in neighbours(best)]
    assert best.loss < min(nudged)


def neighbours(best: rp.laws.Optimum) -> list[dict[str, float]]:
    """Models of the same lifetime budget, a tenth of a per cent smaller and larger."""
    sizes = [best.params * factor for factor in (0.999, 1.001)]
    return [
        {"params": n, "tokens": best.flops / (6 * n) - best.inference_tokens / 3} for n in sizes
    ]


def test_refusals() -> None:
    with pytest.raises(ArgumentError, match=r"A of the law holds 500 values.*draws="):
        advise(draws(), flops=1e21)
    for wrong in (None, "chinchilla", Chinchilla):
        with pytest.raises(ArgumentError, match="law must be a law, got"):
            advise(wrong, flops=1e21)
    with pytest.raises(ArgumentError, match="flops must be positive and finite, got -1"):
        advise(LAW, flops=-1)
    with pytest.raises(ArgumentError, match="inference_tokens must be zero or more"):
        advise(LAW, flops=1e21, inference_tokens=-5)
    with pytest.raises(ArgumentError, match="level is 2"):
        advise(LAW, flops=1e21, draws=draws(), level=2)
    with pytest.raises(ArgumentError, match="flops has 2 values; ask for one at a time"):
        advise(LAW, flops=[1e21, 1e22])
    other = rp.published("kaplan2020", "joint")
    for wrong in (LAW, other):
        with pytest.raises(ArgumentError, match=rf"draws is a {type(wrong).__name__}; a Chinchi"):
            advise(LAW, flops=1e21, draws=wrong)
    with pytest.raises(DataError, match=r"'tokens'"):
        advise(LAW, flops=1e21, runs=RUNS[["params"]])
    with pytest.raises(ReplicationError, match="needs a loss in params and tokens"):
        advise(rp.laws.PowerLaw(A=1.0, alpha=0.1), flops=1e21)


def test_a_fit_a_bootstrap_and_evidence_bring_draws_and_runs() -> None:
    points = rp.load("hoffmann2022", "figure4_isoflop_points")
    fit = rp.fit(Chinchilla, points)
    boot = fit.bootstrap(1000, seed=0)
    asked = {"flops": 1e25, "inference_tokens": 1e12}
    by_hand = advise(fit.law, **asked, draws=boot.law, runs=points)
    assert by_hand.beyond["flops"] > 1
    for given in (fit, boot, fit.evidence(), rp.Evidence(fit.law, boot.law, points)):
        advice = advise(given, **asked)
        pd.testing.assert_frame_equal(advice.table, by_hand.table, rtol=1e-12)
        assert advice.beyond == by_hand.beyond
        assert advice.notes == by_hand.notes
        assert lifetime_optimal(given, **asked) == lifetime_optimal(fit.law, **asked)
        for own in ({"draws": boot.law}, {"runs": points}):
            with pytest.raises(ArgumentError, match=f"^{next(iter(own))} was given with a"):
                advise(given, **asked, **own)
    with pytest.raises(ArgumentError, match=r"got Frontier\. Give its \.fit\."):
        advise(rp.parametric(points), **asked)


def test_demands_that_leave_no_model_are_refused() -> None:
    with pytest.raises(
        ReplicationError, match=r"would have 5e-287 parameters\. Ask for less demand"
    ):
        advise(LAW, flops=1e22, inference_tokens=1e308)
    with pytest.raises(ArgumentError, match=r"there is none\. Give a larger budget"):
        advise(LAW, flops=1e22, inference_tokens=1e25)
    with pytest.raises(ArgumentError, match=r"there is none\. Give a larger budget"):
        advise(LAW, flops=5.0)
    with pytest.raises(ReplicationError, match="more FLOPs than a float holds"):
        advise(LAW, flops=1e308)
    with pytest.raises(ArgumentError, match="level is 'high'"):
        advise(LAW, flops=1e22, level="high")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="draws is a int; a Chinchilla whose fields"):
        advise(LAW, flops=1e22, draws=3)  # type: ignore[arg-type]
