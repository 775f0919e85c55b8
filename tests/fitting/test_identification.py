"""What the data leave free: by structure, by noise, by a valley, in any unit."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting.identification import told_apart
from replication.laws import (
    Chinchilla,
    Law,
    LogPlane,
    PowerLaw,
    PowerLawOffset,
    coefficient,
    exponent,
    scale,
    slope,
)

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


def runs(
    n: int, seed: int = 0, noise: float = 0.01, params: tuple[float, float] = (7.5, 10.2)
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sizes, tokens = 10 ** rng.uniform(*params, n), 10 ** rng.uniform(8.5, 11.5, n)
    loss = np.asarray(LAW.loss(sizes, tokens)) * np.exp(noise * rng.standard_normal(n))
    return pd.DataFrame({"params": sizes, "tokens": tokens, "loss": loss})


def loose(fit: rp.Fit) -> str:
    """Return the message of the note, empty without one."""
    return next((note.message for note in fit.notes if note.code == "unidentified"), "")


@dataclass(frozen=True)
class Saturating(Law):
    """Tokens count less and less when they come again (one scale R of epochs)."""

    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    R: float = scale(1.0, 10.0, 100.0)

    inputs = ("tokens", "epochs")

    def loss(self, tokens: Any, epochs: Any) -> Any:
        worth = 1 - self.R * np.expm1(-epochs / self.R)
        return self.E + self.A * (tokens * worth) ** -self.alpha

    def gradient(self, *columns: Any) -> dict[str, Any]:
        def moved(name: str, part: float) -> Any:
            return replace(self, **{name: getattr(self, name) * (1 + part)}).loss(*columns)

        return {
            name: (moved(name, 1e-5) - moved(name, -1e-5)) / (2e-5 * getattr(self, name))
            for name in self.names()
        }


def repeated(seed: int, R: float, noise: float) -> rp.Fit:
    rng = np.random.default_rng(seed)
    tokens, epochs = 10 ** rng.uniform(8, 11, 60), rng.uniform(0.5, 4, 60)
    loss = Saturating(E=1.8, A=400.0, alpha=0.3, R=R).loss(tokens, epochs)
    table = {
        "tokens": tokens,
        "epochs": epochs,
        "loss": loss * np.exp(rng.normal(0, noise, 60)),
    }
    return rp.fit(Saturating, table)


@pytest.mark.parametrize("seed", range(4))
def test_a_valley_that_curvature_does_not_show(seed: int) -> None:
    assert "R" in loose(repeated(seed, 15.0, 0.01))


@pytest.mark.parametrize("seed", range(4))
def test_a_scale_that_the_data_tell_is_no_doubt(seed: int) -> None:
    assert repeated(seed, 1.0, 0.003).notes == ()


def test_copies_of_two_runs_are_two_inputs() -> None:
    two = pd.DataFrame({"params": [1e8, 1e9], "tokens": [1e10, 3e10], "loss": [3.1, 2.7]})
    fit = rp.fit(Chinchilla, pd.concat([two[:1]] * 20 + [two[1:]]))
    assert loose(fit).startswith("2 distinct inputs cannot determine 5 free fields")
    few = next(note for note in fit.notes if note.code == "too_few_points")
    assert few.message.startswith("2 distinct inputs, in 21 rows, for 5 free fields.")
    assert "nothing tells the noise" in few.message


@pytest.mark.parametrize("distinct", [3, 4])
def test_copies_add_nothing(distinct: int) -> None:
    table = runs(distinct, seed=distinct)
    assert f"{distinct} distinct inputs cannot" in loose(
        rp.fit(Chinchilla, pd.concat([table] * 20))
    )


def test_copies_do_not_sharpen_what_is_loose() -> None:
    table = runs(40, params=(9.0, 9.1))
    once, often = (rp.fit(Chinchilla, pd.concat([table] * k)) for k in (1, 30))
    assert "alpha" in loose(once)
    assert loose(often) == loose(once)


UNITS = [(1.0, 1.0), (1e-9, 1e-9), (1e6, 1.0), (1e12, 1e12)]
TABLES = {
    "good": runs(100),
    "narrow": runs(100, params=(9.0, 9.1)),
    "noisy": runs(40, noise=0.08),
    "few": runs(9),
}


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq"])
@pytest.mark.parametrize("name", list(TABLES))
def test_notes_do_not_depend_on_units(name: str, objective: str) -> None:
    table = TABLES[name]
    seen = [
        # Whether the last step in a flat valley still counts is a matter of rounding.
        [(n.code, n.message) for n in fit.notes if n.code not in ("units", "not_converged")]
        for params, tokens in UNITS
        for fit in [
            rp.fit(
                Chinchilla,
                table.assign(params=table.params * params, tokens=table.tokens * tokens),
                objective=objective,
            )
        ]
    ]
    assert seen[1:] == seen[:1] * 3
    assert [code for code, _ in seen[0]].count("unidentified") == (name == "narrow") or (
        name == "noisy"
    )


def test_a_coefficient_at_one_token_is_not_judged() -> None:
    # Five per cent of alpha at 1e18 FLOPs is a factor 8 at one FLOP, and nothing in the data.
    rng = np.random.default_rng(0)
    x = np.geomspace(1e18, 1e19, 30)
    fit = rp.fit(PowerLaw, {"flops": x, "loss": 60 * x**-0.07 * np.exp(0.01 * rng.normal(size=30))})
    assert fit.notes == ()


@dataclass(frozen=True)
class Cubic(Law):
    """A polynomial, whose terms are nearly collinear on a short range far from zero."""

    c0: float = slope()
    c1: float = slope()
    c2: float = slope()
    c3: float = slope()

    inputs = ("tokens",)
    response = "score"
    link = "identity"

    def score(self, x: Any) -> Any:
        return self.c0 + self.c1 * x + self.c2 * x**2 + self.c3 * x**3

    def gradient(self, *columns: Any) -> dict[str, Any]:
        (x,) = columns
        return {"c0": np.ones_like(x), "c1": x, "c2": x**2, "c3": x**3}


def test_a_well_determined_coefficient_among_collinear_terms_is_no_doubt() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(5, 7, 60)
    y = 100 + 3 * x - 2 * x**2 + 0.5 * x**3 + 0.001 * rng.standard_normal(60)
    fit = rp.fit(Cubic, {"tokens": x, "score": y})
    assert fit.law.c3 == pytest.approx(0.5, rel=0.02)
    assert fit.notes == ()


@dataclass(frozen=True)
class Twice(Law):
    """Two coefficients of one term: only their sum means anything."""

    E: float = coefficient()
    A: float = coefficient()
    B: float = coefficient()
    alpha: float = exponent()

    inputs = ("params",)

    def loss(self, params: Any) -> Any:
        return self.E + (self.A + self.B) * np.asarray(params) ** -np.asarray(self.alpha)

    def gradient(self, *columns: Any) -> dict[str, Any]:
        (params,) = columns
        unit = params ** -np.asarray(self.alpha)
        step = -(self.A + self.B) * unit * np.log(params)
        return {"E": np.ones_like(step), "A": unit + 0 * step, "B": unit + 0 * step, "alpha": step}


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e12])
def test_a_deficient_structure_is_named_with_and_without_noise(noise: float, unit: float) -> None:
    rng = np.random.default_rng(0)
    x = np.geomspace(1e7, 1e10, 40)
    loss = (1.8 + 200 * x**-0.3) * np.exp(noise * rng.standard_normal(40))
    fit = rp.fit(Twice, {"params": x * unit, "loss": loss})
    # Every split of the sum fits alike; where one part took all, the other has a note of its own.
    both = "A change of A and B together leaves every prediction as it is."
    gone = any(n.code == "at_bound" and n.message[0] in "AB" for n in fit.notes)
    assert loose(fit) == both or (gone and loose(fit) == "The data leave A almost free.")
    assert "unidentified" not in [
        note.code for note in rp.fit(Twice, {"params": x, "loss": loss}, fixed={"B": 1e-3}).notes
    ]


def test_inputs_in_step_leave_the_tilt_without_effect() -> None:
    table = runs(30).assign(score=lambda t: -t.loss + 10)
    fit = rp.fit(LogPlane.of(response="score"), table.assign(tokens=20 * table.params))
    assert "gamma" in loose(fit) and "leaves every prediction as it is" in loose(fit)
    assert not told_apart(fit.problem, fit.law)
    assert told_apart((other := rp.fit(Chinchilla, runs(30))).problem, other.law)


def test_the_advice_does_not_call_it_the_minimum() -> None:
    fit = rp.fit(Chinchilla, runs(40, params=(9.0, 9.1)))
    (note,) = [note for note in fit.notes if note.code == "unidentified"]
    assert "the best of the search" in note.advice


@pytest.mark.parametrize("n", [30, 100])
def test_well_identified_fits_carry_no_doubt(n: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = np.geomspace(1e7, 1e10, n)
        loss = (1.8 + 200 * x**-0.3) * np.exp(0.003 * rng.standard_normal(n))
        fit = rp.fit(PowerLawOffset.of("params"), {"params": x, "loss": loss}, objective="log-lsq")
        assert fit.notes == ()
