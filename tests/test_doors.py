"""Odd values at every public door: a clear error or an answer, never anything raw.

The doors are called with values of many types in seeded combinations. What comes back must be an
error of the package in one short line, or a result without infinities.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting.blocks import moving_blocks
from replication.laws import Chinchilla, PowerLaw, ShiftedPower
from replication.traversal import traverse

LONGEST = 400
"""Characters of a message that one still reads."""
CALLS = 8
"""Odd calls of each door."""

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)
TABLE = {"flops": [1e18, 1e19, 1e20, 1e21], "loss": [4.0, 3.2, 2.6, 2.3]}
FIT = rp.fit(PowerLaw, TABLE, objective="log-lsq")
BOOT = FIT.bootstrap(8)
GRID = np.geomspace(1e8, 1e10, 5)
RUNS = pd.DataFrame([(n, d) for n in GRID for d in 20 * GRID], columns=["params", "tokens"])
RUNS = RUNS.assign(loss=LAW.loss(RUNS.params, RUNS.tokens), run=np.arange(25) // 5, w=1.0)
SIZES = {
    "n_layers": 8,
    "d_model": 512,
    "n_heads": 8,
    "ffw_size": 2048,
    "vocab_size": 32000,
    "context": 2048,
}
SHAPE = rp.counting.Shape(**SIZES)
PRICES = {
    "train_dollars_per_hour": 1.4,
    "train_peak_flops_per_second": 3e14,
    "inference_dollars_per_hour": 0.6,
    "inference_peak_flops_per_second": 6e14,
    "train_utilisation": 0.5,
    "input_utilisation": 0.4,
    "output_utilisation": 0.2,
}
RENTED = rp.Deployment(**PRICES)
SHAPES = {"a": ShiftedPower(1e9, 0.5, 3.0, 1e17), "b": ShiftedPower(3e9, 0.5, 2.0, 1e17)}
PATH = traverse(SHAPES, 6.0, 3.2)
CURVE = rp.LearningCurve([1, 2, 3], [3.0, 2.0, 1.5])
SCHEDULE = rp.Schedule(steps=1000, cooldown=200)
PATHS = rp.Trajectories(RUNS, "loss", step="tokens", degree=2)
RESPONSES = ("response", "objective", "delta", "reduction", "weights", "fixed", "tied", "bounds")
OF_A_FIT = ("law", "data", *RESPONSES, "group", "starts", "recipe")


def series(values: Any, **more: Any) -> pd.Series:
    return pd.Series(values, **more)


ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 3.5, 0.5, np.nan, np.inf, -np.inf, 1e308, 5e-324, 10**400),
    *("a", "", "1e9", "loss", "x" * 1000, b"x", "Chinchilla", "lsq", "mean", "groups", "points"),
    *([], [1], [1, 2, 3], ["1", "2"], ["a"], [None], [[1, 2], [3]], [1e308, 1e308, 1, 1]),
    *((1, 2), (2, 1), range(3), set(), {1, 2}, slice(1), object(), len, int, 1j, ...),
    *({}, {"A": 1}, {"A": -1}, {"A": (0, 1)}, {"A": 5}, {"alpha": "beta"}, {"nope": 1}, {1: 2}),
    *(np.array(3.0), np.ones(3), np.ones((2, 2)), np.ones((0, 3)), np.array([1 + 2j])),
    *(np.float32(2), np.int8(-3), Decimal("1.5"), Fraction(1, 3), list(range(1000))),
    np.ma.masked_array([1.0, 2, 3, 4], [True, False, False, False]),
    *(series([1.0, 2.0]), series(["x", "2"]), series([1, None, 3, 4], dtype="Int64")),
    *(pd.NA, pd.NaT, pd.Timestamp("2024-01-01"), np.datetime64("2024"), pd.Timedelta(1)),
    *(pd.DataFrame(), RUNS, RUNS[:2], RUNS.assign(loss="3"), RUNS.assign(params=-1.0), TABLE),
    *(Chinchilla, PowerLaw, LAW, [LAW], FIT, BOOT, BOOT.law, [FIT.law], RENTED, SHAPE, SCHEDULE),
    *(rp.Objective("lsq"), rp.Recipe({"A": [1.0]}), {f"c{k}": k for k in range(200)}),
]

DOORS: dict[str, tuple[Callable[..., Any], Mapping[str, Any], tuple[str, ...]]] = {
    "fit": (rp.fit, {"law": PowerLaw, "data": TABLE}, OF_A_FIT),
    "fit of runs": (rp.fit, {"law": Chinchilla, "data": RUNS}, OF_A_FIT),
    "column": (lambda v: rp.fit(PowerLaw, {**TABLE, "loss": v}), {"v": TABLE["loss"]}, ("v",)),
    "predict": (FIT.predict, {"flops": 1e20}, ("level", "flops", "x")),
    "predict of draws": (BOOT.predict, {"flops": 1e20}, ("level", "flops", "x")),
    "interval": (BOOT.interval, {}, ("level",)),
    "bootstrap": (
        FIT.bootstrap,
        {"resamples": 3},
        ("resamples", "seed", "unit", "indices", "starts"),
    ),
    "subsample": (FIT.subsample, {"resamples": 3}, ("resamples", "fraction", "seed")),
    "profile": (FIT.profile, {"name": "alpha", "points": 5}, ("name", "values", "points")),
    "likelihood": (FIT.likelihood, {}, ("delta",)),
    "compare": (FIT.compare, {}, ("x", "y")),
    "extrapolation": (FIT.extrapolation, {}, ("flops", "x")),
    "load": (rp.load, {"key": "hoffmann2022", "table": "laws"}, ()),
    "describe": (rp.describe, {"key": "hoffmann2022", "table": "laws"}, ()),
    "published": (rp.published, {"key": "hoffmann2022", "name": "tex"}, ()),
    "tables": (rp.tables, {"key": "hoffmann2022"}, ()),
    "curve": (rp.LearningCurve, {"steps": [1, 2, 3, 4], "loss": [4.0, 3, 2, 1]}, ()),
    "log": (
        rp.LearningCurve.from_log,
        {"steps": [1, 2, 3, 4], "loss": [4.0, 3, 2, 1]},
        ("steps", "loss", "keep"),
    ),
    "curve.at": (CURVE.at, {"steps": 1.5}, ()),
    "advise": (
        rp.advise,
        {"law": LAW, "flops": 1e21, "inference_tokens": 1e11},
        ("law", "flops", "inference_tokens", "draws", "runs", "level"),
    ),
    "lifetime": (
        rp.lifetime_optimal,
        {"law": LAW, "flops": 1e21, "inference_tokens": 1e11},
        ("law", "flops", "loss", "inference_tokens"),
    ),
    "cost": (
        rp.lifetime_cost_optimal,
        {"law": LAW, "deployment": RENTED, "loss": 2.2, "input_tokens": 1e11, "output_tokens": 0},
        ("law", "deployment", "loss", "dollars", "input_tokens", "output_tokens"),
    ),
    "deployment": (rp.Deployment, PRICES, ()),
    "dollars": (RENTED.dollars, {"params": 1e9, "tokens": 1e10, "input_tokens": 1e9}, ()),
    "demand": (RENTED.equivalent_tokens, {"input_tokens": 1e9, "output_tokens": 1e9}, ()),
    "schedule": (
        rp.Schedule,
        {"steps": 1000},
        ("steps", "cooldown", "shape", "warmup", "peak", "start", "final"),
    ),
    "cosine": (rp.Schedule.cosine, {"steps": 1000}, ("steps", "warmup", "peak", "final")),
    "rate": (SCHEDULE, {"step": 3}, ()),
    "traverse": (traverse, {"laws": SHAPES, "start": 6.0, "target": 3.2}, ()),
    "saving": (PATH.saving, {"loss": 4.0}, ("loss", "against")),
    "shape": (rp.counting.Shape, SIZES, (*SIZES, "kv_size", "n_kv_heads", "positions")),
    "params": (rp.counting.params, {"shape": SHAPE}, ("shape", "convention")),
    "parts": (rp.counting.parts, {"shape": SHAPE}, ()),
    "flops a token": (rp.counting.flops_per_token, {"shape": SHAPE}, ("shape", "convention")),
    "training": (rp.counting.training_flops, {"params": 1e9, "tokens": 1e10}, ()),
    "inference": (rp.counting.inference_flops, {"params": 1e9, "tokens": 1e10}, ()),
    "nats": (rp.units.nats_from_bits, {"bits": 1.0}, ()),
    "from PF-days": (rp.units.flops_from_pf_days, {"pf_days": 1.0}, ()),
    "to PF-days": (rp.units.pf_days_from_flops, {"flops": 1e20}, ()),
    "objective": (rp.Objective, {"name": "lsq", "delta": 1.0, "reduction": "sum"}, ()),
    "value": (rp.Objective("log-huber").value, {"residuals": [0.1, 0.2]}, ("residuals", "weights")),
    "density": (rp.scaled_huber, {"residuals": [0.1, 0.2]}, ("residuals", "delta", "weights")),
    "recipe": (rp.Recipe, {"starts": {"A": [1.0]}}, ("starts", "method", "options", "gradient")),
    "blocks": (
        moving_blocks,
        {"runs": ["a"] * 4, "steps": [1, 2, 3, 4], "length": 2, "resamples": 3},
        ("runs", "steps", "length", "resamples", "seed"),
    ),
    "trajectories": (
        rp.Trajectories,
        {"table": RUNS, "behaviour": "loss", "step": "tokens"},
        ("table", "behaviour", "size", "run", "step", "unit", "degree"),
    ),
    "explained": (lambda by: PATHS.r2(by), {"by": "tokens"}, ()),
    "beyond": (
        lambda given, **options: PATHS.beyond(given, **options),
        {"given": "tokens"},
        ("given", "degree", "shuffles", "seed"),
    ),
    "R² with intervals": (
        lambda by, **options: PATHS.intervals(by, **options),
        {"by": "tokens", "resamples": 3},
        ("by", "level", "resamples", "seed"),
    ),
    "left out": (lambda by: PATHS.left_out(by), {"by": "tokens"}, ()),
    "matched": (
        lambda **options: PATHS.matched(**options),
        {"on": "loss", "at": 3.0},
        ("on", "at", "smooth"),
    ),
    "plan": (
        lambda **asked: rp.plan(**asked).table.drop(columns=["gpu_hours", "dollars"]),
        {"flops": 1e21},
        (
            "flops",
            "gpu",
            "precision",
            "utilisation",
            "dollars_per_hour",
            "tokens_served",
            "unique_tokens",
            "laws",
            "level",
        ),
    ),
    "layout": (
        rp.layout,
        {"design": "isoflop", "flops": 1e20},
        ("design", "flops", "span", "tokens_per_param", "spread"),
    ),
    "simulate": (rp.simulate, {"law": LAW, "design": RUNS}, ("law", "design", "noise", "seed")),
    "designs scored": (
        rp.score_designs,
        {"law": LAW, "flops": 1e20, "target": 1e22, "repeats": 1, "designs": ["ladder"]},
        ("law", "flops", "target", "designs", "noise", "seed", "objective", "workers"),
    ),
    "recipes": (
        rp.compare,
        {"a": RUNS, "b": RUNS, "flops": 1e21, "resamples": 4},
        ("a", "b", "flops", "law", "on", "seed", "level"),
    ),
    "parametric": (rp.parametric, {"runs": RUNS}, ("runs", "response", "fixed")),
}


def infinite(value: Any) -> bool:
    """Whether there is an infinity in a number, an array, a table or a result's own fields."""
    if is_dataclass(value) and not isinstance(value, type):
        # A profile holds infinite objectives where a value is out of the question.
        left_out = {"problem", "phi", "objective", "statistic"}
        return any(
            infinite(getattr(value, f.name)) for f in fields(value) if f.name not in left_out
        )
    if isinstance(value, pd.DataFrame):
        return any(infinite(value[name].to_numpy()) for name in value)
    if isinstance(value, float | np.ndarray) and np.asarray(value).dtype.kind == "f":
        return bool(np.isinf(value).any())
    return False


@pytest.mark.parametrize("door", DOORS)
def test_odd_values_meet_a_clear_error_or_get_an_answer(door: str) -> None:
    call, usual, which = DOORS[door]
    draw = random.Random(f"{door}, drawn once")
    for _ in range(CALLS):
        names = draw.sample(which or tuple(usual), min(len(which or usual), draw.choice([1, 1, 2])))
        odd = {name: draw.choice(ODD) for name in names}
        try:
            found = call(**{**usual, **odd})
        except rp.ReplicationError as error:
            said = str(error)
            assert len(said) <= LONGEST, (odd, said)
            assert "\n" not in said, (odd, said)
            assert " at 0x" not in said, (odd, said)
        else:
            assert not infinite(found), (odd, found)


@pytest.mark.parametrize("door", DOORS)
def test_the_usual_values_get_an_answer(door: str) -> None:
    call, usual, _ = DOORS[door]
    found = call(**usual)
    assert door == "extrapolation" or found is not None
    assert not infinite(found)
