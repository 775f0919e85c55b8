"""What pages that compute are given, and the plan that they are held to."""

import json
import math

import numpy as np
import pytest

import replication as rp
from replication.errors import ArgumentError, ReplicationError
from replication.fitting import Evidence
from replication.instruments import export, movable
from replication.laws import Chinchilla, PowerLaw
from replication.plans import Source, best, planning

SURFACE = "a surface"
REPEATS = "repeats"
LINE = "a line"
FITTED = "fitted here"


@pytest.fixture(scope="module")
def known() -> dict[str, Source]:
    """Laws that need no long bootstrap."""
    law = rp.published("hoffmann2022", "tex")
    repeats = rp.published("muennighoff2023", "decay both")
    runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    fitted = rp.fit(Chinchilla, runs).evidence(50, seed=0)
    spent = rp.counting.training_flops(runs["params"], runs["tokens"])
    ratio = runs["tokens"] / runs["params"]
    ends = (float(spent.min()), float(spent.max())), (float(ratio.min()), float(ratio.max()))
    return {
        SURFACE: Source(SURFACE, "hoffmann2022", Evidence(law)),
        REPEATS: Source(REPEATS, "muennighoff2023", Evidence(repeats)),
        FITTED: Source(FITTED, "hoffmann2022", fitted, None, 0.043, *ends),
        LINE: Source(LINE, "kaplan2020", None, PowerLaw(A=0.1, alpha=-0.5)),
    }


@pytest.fixture(autouse=True)
def few(known, monkeypatch):
    monkeypatch.setattr(planning, "answering", lambda: known)


def row(law: str, **asked: float) -> dict[str, float]:
    return rp.plan(**asked).table.set_index("law").loc[law].to_dict()


@pytest.mark.parametrize("demand", [0.0, 1e12, 1e14])
@pytest.mark.parametrize("goal", [("flops", 1e23), ("loss", 2.1)])
def test_a_surface_answers_as_lifetime_optimal(known, goal, demand):
    what, value = goal
    asked = {"target_loss" if what == "loss" else what: value}
    found = row(SURFACE, **asked, tokens_served=demand)
    law = known[SURFACE].evidence.law
    best = rp.lifetime_optimal(law, **{what: value}, inference_tokens=demand)
    for name in ("params", "tokens", "loss", "training_flops", "inference_flops"):
        assert found[name] == pytest.approx(getattr(best, name), rel=1e-9)


def test_a_forecast_is_that_of_the_evidence(known):
    found = row(FITTED, flops=1e24)
    at = {"params": found["params"], "tokens": found["tokens"]}
    same = known[FITTED].evidence.predict(kind="forecast", drift=0.043, **at).iloc[0]
    assert found["kind"] == "forecast"
    assert [found["low"], found["high"]] == pytest.approx([same["low"], same["high"]])
    assert found["flops_beyond"] > 100


@pytest.mark.parametrize("demand", [0.0, 1e11, 1e13])
@pytest.mark.parametrize("unique", [1e9, 1e11, 1e13])
def test_repeats_are_shared_as_well_as_can_be(known, demand, unique):
    law = known[REPEATS].evidence.law
    found = row(REPEATS, flops=1e23, tokens_served=demand, unique_tokens=unique)
    spent = found["training_flops"] + found["inference_flops"]
    assert spent == pytest.approx(1e23, rel=1e-9)
    for factor in (0.98, 0.999, 1.001, 1.02):
        params = found["params"] * factor
        tokens = (1e23 - 2 * params * demand) / (6 * params)
        if tokens > 0:
            assert law.loss(params, tokens, min(tokens, unique)) >= found["loss"] - 1e-12
    assert found["epochs"] == found["tokens"] / unique


@pytest.mark.parametrize("demand", [0.0, 1e12])
def test_a_loss_takes_the_budget_that_reaches_it(demand):
    asked = {"tokens_served": demand, "unique_tokens": 5e10}
    there = row(REPEATS, flops=3e22, **asked)
    back = row(REPEATS, target_loss=there["loss"], **asked)
    assert back["params"] == pytest.approx(there["params"], rel=1e-6)
    assert back["training_flops"] + back["inference_flops"] == pytest.approx(3e22, rel=1e-6)


def test_a_surface_without_limit_is_its_base_law(known):
    law = known[REPEATS].evidence.law
    found = row(REPEATS, flops=1e23, tokens_served=1e12)
    best = rp.lifetime_optimal(law.base, flops=1e23, inference_tokens=1e12)
    assert found["params"] == pytest.approx(best.params, rel=1e-9)


@pytest.mark.parametrize(
    ("law", "asked", "said"),
    [
        (LINE, {"target_loss": 2.2}, best.ONLY_BUDGET),
        (LINE, {"flops": 1e22, "tokens_served": 1.0}, best.ONLY_BUDGET),
        (SURFACE, {"target_loss": 1.69}, best.UNREACHED),
        (REPEATS, {"target_loss": 2.2, "unique_tokens": 1e9}, best.UNREACHED),
        (SURFACE, {"flops": 1.0}, best.NO_MODEL),
    ],
)
def test_a_law_refuses_by_name(known, law, asked, said, monkeypatch):
    monkeypatch.setattr(planning, "answering", lambda: {law: known[law]})
    with pytest.raises(ReplicationError, match=f"No law gives an answer. {law}: {said}"):
        rp.plan(**asked)


def test_a_line_knows_its_budget_only():
    found = row(LINE, flops=1e22)
    assert found["params"] == pytest.approx(1e10)
    assert 6 * found["params"] * found["tokens"] == pytest.approx(1e22)
    assert math.isnan(found["loss"])


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"flops": 1e22, "target_loss": 2.0},
        {"flops": -1},
        {"target_loss": 2.0, "tokens_served": -1},
    ],
)
def test_a_bad_question_is_refused(asked):
    with pytest.raises(ArgumentError):
        rp.plan(**asked)


def test_an_exported_law_is_whole(known):
    found = export.exported(known[FITTED])
    assert json.loads(json.dumps(found, allow_nan=False))["drift"] == 0.043
    assert len(found["scatter"]) == 4 * 50
    assert found["draws"]["alpha"] == pytest.approx(
        np.ravel(known[FITTED].evidence.draws.alpha).tolist(), rel=1e-8
    )


def test_data_cannot_end_its_script():
    page = export.embedded("planner", {"name": "</script><b>"})
    assert page.count("</script>") == 1


@pytest.mark.parametrize("name", ["isoflop", "demand", "repeats"])
def test_a_movable_figure_is_given_plain_numbers(name):
    found = movable.MOVABLE[name]()
    assert json.loads(json.dumps(found, allow_nan=False))["law"]["E"] > 1
