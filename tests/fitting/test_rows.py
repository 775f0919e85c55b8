"""Inputs of any sign, and rows at which a law has no value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import DataError
from replication.fitting.frame import Data, positive_inputs
from replication.fitting.rows import refuse_rows
from replication.laws import NAMED, Annealing, Law, PowerLaw, Sigmoid, coefficient, exponent, slope


@dataclass(frozen=True)
class Line(Law):
    """A straight line in an input of any sign."""

    c0: float = slope()
    c1: float = slope()
    inputs = ("shift",)
    response = "score"
    link = "identity"

    def score(self, shift: Any) -> Any:
        return self.c0 + self.c1 * np.asarray(shift, dtype=np.float64)

    def gradient(self, shift: Any) -> dict[str, Any]:
        return {"c0": np.ones_like(shift), "c1": np.asarray(shift)}


@dataclass(frozen=True)
class Root(Law):
    """A power of an input, of which nothing says that it must be positive."""

    A: float = coefficient()
    alpha: float = exponent()
    inputs = ("tokens",)

    def loss(self, tokens: Any) -> Any:
        return self.A * np.asarray(tokens, dtype=np.float64) ** -np.asarray(self.alpha)

    def gradient(self, tokens: Any) -> dict[str, Any]:
        value = np.asarray(tokens, dtype=np.float64) ** -np.asarray(self.alpha)
        return {"A": value, "alpha": -self.A * value * np.log(tokens)}


@dataclass(frozen=True)
class SaidRoot(Root):
    """The same, where the law says it."""

    positive_inputs = ("tokens",)


SHIFTS = np.linspace(-3, 3, 21)


def test_inputs_and_responses_of_any_sign_are_fitted() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, 21)
    table = {"shift": SHIFTS, "score": -0.5 + 2 * SHIFTS + noise}
    found = rp.fit(Line, table)
    by_hand = np.polyfit(SHIFTS, table["score"], 1)
    assert (found.law.c1, found.law.c0) == pytest.approx(tuple(by_hand), rel=1e-8)
    there = found.predict(0.8, shift=[-9.0, 0.0])
    assert there.estimate.tolist() == pytest.approx(np.polyval(by_hand, [-9.0, 0.0]).tolist())
    assert there.beyond_data.tolist() == [2.0, 1.0]
    drawn = found.bootstrap(20).predict(shift=-1.0)
    assert drawn.low[0] < np.polyval(by_hand, -1.0) < drawn.high[0]
    assert found.extrapolation(shift=[-9.0]).code == "extrapolates"  # type: ignore[union-attr]
    assert found.extrapolation(shift=0.0) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_input_of_any_sign_is_still_finite(bad: float) -> None:
    table = {"shift": np.append(SHIFTS, bad), "score": np.arange(22.0)}
    with pytest.raises(DataError, match=r"in 1 of 22 rows, first in row 21 .*; a finite number"):
        rp.fit(Line, table)


def table(**changed: float) -> pd.DataFrame:
    tokens = np.geomspace(1e9, 1e11, 12)
    rows = pd.DataFrame({"tokens": tokens, "loss": 40 * tokens**-0.12})
    return rows.assign(**changed)


@pytest.mark.parametrize("objective", ["log-huber", "lsq"])
def test_the_row_without_a_prediction_is_named(objective: str) -> None:
    rows = table().set_axis([f"run{k}" for k in range(12)])
    rows.loc["run7", "tokens"] = -2.5e9
    with pytest.raises(DataError, match=r"in 1 of 12 rows, first in row run7 \(tokens=-2.5e\+09\)"):
        rp.fit(Root, rows, objective=objective)
    with pytest.raises(DataError, match="'tokens' is not positive in 1 of 12 rows"):
        rp.fit(SaidRoot, rows, objective=objective)
    assert rp.fit(Root, rows.drop(index="run7")).law.alpha == pytest.approx(0.12)


def test_a_law_that_predicts_nothing_anywhere_blames_no_row() -> None:
    tokens = -np.geomspace(1e9, 1e11, 5)
    data = Data((tokens,), np.ones(5), np.ones(5), None)
    refuse_rows(Root, data, np.array([[0.0, 0.5]]))
    mixed = Data((np.append(tokens, 1e9),), np.ones(6), np.ones(6), None)
    with pytest.raises(DataError, match="in 5 of 6 rows, first in row 0"):
        refuse_rows(Root, mixed, np.empty((0, 2)))


def test_one_start_that_predicts_is_enough() -> None:
    data = Data((np.array([1e200, 1e3]),), np.ones(2), np.ones(2), None)
    steep, flat = [0.0, -5.0], [0.0, 0.1]
    refuse_rows(PowerLaw, data, np.array([steep, flat]))
    with pytest.raises(DataError, match="in 1 of 2 rows"):
        refuse_rows(PowerLaw, data, np.array([steep]))


def test_a_whole_exponent_that_is_fixed_takes_a_base_of_any_sign() -> None:
    tokens = np.append(-np.linspace(1.0, 2.0, 5), np.linspace(1.0, 3.0, 5))
    rows = {"tokens": tokens, "loss": 4.0 * tokens**-2.0}
    with pytest.raises(DataError, match="in 5 of 10 rows, first in row 0"):
        rp.fit(Root, rows)
    data = Data((tokens,), np.asarray(rows["loss"]), np.ones(10), None)
    refuse_rows(Root, data, np.array([[1.0, 2.0]]), fixed={"alpha"})


def test_every_law_of_the_package_says_whether_its_inputs_are_positive() -> None:
    signed = {Sigmoid: (), Annealing: ("lr_area",)}
    for law in NAMED.values():
        assert positive_inputs(law) == signed.get(law, law.inputs)
    assert positive_inputs(PowerLaw.of("tokens")) == ("tokens",)
    assert positive_inputs(Line) == ()
    assert positive_inputs(SaidRoot(A=1.0, alpha=0.5)) == ("tokens",)
