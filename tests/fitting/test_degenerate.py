"""Degenerate data: every law, every trouble, every question; an answer or a clear error."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ReplicationError
from replication.laws import Law

N, D = "params", "tokens"
TRUE: dict[str, Law] = {
    "Chinchilla": rp.laws.Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37),
    "KaplanJoint": rp.laws.KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13),
    "ShapeAware": rp.laws.ShapeAware(
        E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.37, epsilon=1e-3, gamma=0.6
    ),
    "ShapeOptimum": rp.laws.ShapeOptimum(
        E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.37, kappa=0.01, R_opt=60.0
    ),
    "OverTraining": rp.laws.OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136),
    "PowerLawOffset": rp.laws.PowerLawOffset(A=50.0, alpha=0.05, E=1.0),
    "NonEmbeddingChinchilla": rp.laws.NonEmbeddingChinchilla(
        A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37, omega=4e4, p=0.33
    ),
}
RANGES = {
    N: (7.5, 10.2),
    D: (8.5, 11.5),
    "aspect_ratio": (0.5, 3.0),
    "flops": (18.0, 22.0),
    "token_multiplier": (0.5, 3.0),
}
POINTS = 40


def inputs(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    return {name: 10 ** rng.uniform(*RANGES[name], POINTS) for name in law.inputs}


def no_effect(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    columns = inputs(law, rng)
    last = law.inputs[-1]
    held = columns | {last: np.full(POINTS, np.median(columns[last]))}
    return columns | {"loss": law.predict(*held.values())}


def two_sizes(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    columns = inputs(law, rng)
    first = law.inputs[0]
    columns[first] = np.where(np.arange(POINTS) % 2, *np.quantile(columns[first], [0.1, 0.9]))
    return columns | {"loss": law.predict(*columns.values())}


def duplicates(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    columns = inputs(law, rng)
    columns |= {"loss": law.predict(*columns.values())}
    rows = rng.integers(len(law.names()) + 1, size=POINTS)
    return {name: values[rows] for name, values in columns.items()}


def collinear(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    columns = inputs(law, rng)
    first = columns[law.inputs[0]]
    for name in law.inputs[1:]:
        columns[name] = np.median(columns[name]) * first / np.median(first)
    return columns | {"loss": law.predict(*columns.values())}


def no_floor(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    columns = inputs(law, rng)
    loss = np.asarray(law.predict(*columns.values()))
    return columns | {"loss": loss - 0.999 * np.asarray(law.irreducible)}


def one_outlier(law: Law, rng: np.random.Generator) -> dict[str, Any]:
    columns = inputs(law, rng)
    loss = np.array(law.predict(*columns.values()))
    loss[7] *= 1.5
    return columns | {"loss": loss}


TROUBLES = [no_effect, two_sizes, duplicates, collinear, no_floor, one_outlier]


def answer_or_say(question: Callable[[], Any]) -> Any:
    """Ask; an error of the package, in a few lines, is an answer as well."""
    try:
        return question()
    except ReplicationError as error:
        assert len(str(error)) < 600
        return None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("objective", ["log-huber", "lsq"])
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", TRUE)
def test_no_raw_error_and_no_nonsense(name: str, trouble: Any, objective: str) -> None:
    law, rng = TRUE[name], np.random.default_rng(3)
    columns = trouble(law, rng)
    table = pd.DataFrame(columns)
    table["loss"] *= np.exp(0.01 * rng.standard_normal(POINTS))
    fit = answer_or_say(lambda: rp.fit(type(law), table, objective=objective))
    if fit is None:
        return
    assert np.isfinite(list(fit.law.to_dict().values())).all()
    assert np.isfinite(fit.residuals).all() and np.isfinite(fit.value)
    assert "nan" not in fit.summary()
    if trouble is collinear and len(law.inputs) > 1:
        assert fit.notes
    boot = answer_or_say(lambda: fit.bootstrap(30))
    if boot is not None:
        assert all(np.isfinite(value).all() for value in boot.law.to_dict().values())
        answer_or_say(
            lambda: boot.predict(**{k: [np.median(v)] for k, v in table[list(law.inputs)].items()})
        )
    profile = answer_or_say(lambda: fit.profile(law.names()[0], points=11))
    if profile is not None:
        low, high = profile.interval(0.8)
        assert low <= high
