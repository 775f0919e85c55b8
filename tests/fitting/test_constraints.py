"""Fields that are fixed, tied or bounded, and the starts a caller may give."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.laws import Chinchilla, PowerLaw

COUNTS = ["params", "tokens"]


def test_a_fixed_field_keeps_its_value(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, fixed={"E": 1.69, "alpha": 0.34})
    assert (fit.law.E, fit.law.alpha) == (pytest.approx(1.69, rel=1e-15), 0.34)
    assert fit.free == ("A", "B", "beta")
    assert fit.value > rp.fit(Chinchilla, points_240).value


@pytest.mark.parametrize("name", ["A", "B", "E", "alpha", "beta"])
def test_fixing_a_field_at_its_estimate_changes_nothing(
    points_240: pd.DataFrame, name: str
) -> None:
    free = rp.fit(Chinchilla, points_240)
    held = rp.fit(Chinchilla, points_240, fixed={name: getattr(free.law, name)})
    assert held.value == pytest.approx(free.value, rel=1e-9)
    for other, value in free.law.to_dict().items():
        assert getattr(held.law, other) == pytest.approx(value, rel=1e-4)


def test_all_but_one_fixed_is_a_search_in_one_dimension(points_240: pd.DataFrame) -> None:
    fixed = {"A": 480.0, "B": 2100.0, "alpha": 0.348, "beta": 0.367}
    fit = rp.fit(Chinchilla, points_240, fixed=fixed, objective="log-lsq")
    grid = np.linspace(fit.law.E - 0.05, fit.law.E + 0.05, 20_001)
    terms = 480.0 * points_240.params**-0.348 + 2100.0 * points_240.tokens**-0.367
    residuals = np.log(points_240.loss.to_numpy()) - np.log(terms.to_numpy() + grid[:, None])
    assert grid[np.argmin((residuals**2).sum(axis=1))] == pytest.approx(fit.law.E, abs=5e-6)


def test_tied_fields_are_equal(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, tied={"beta": "alpha"})
    assert fit.law.alpha == fit.law.beta
    assert fit.law.a == 0.5
    assert fit.free == ("A", "B", "E", "alpha")


def test_tied_fields_agree_with_scipy(points_240: pd.DataFrame, plain: Any) -> None:
    fit = rp.fit(Chinchilla, points_240, tied={"beta": "alpha"})
    solution = plain(points_240)

    def tied(q: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = solution.scaled(np.array([q[0], q[1], q[2], q[1], q[3]]))
        return value, np.array([slope[0], slope[1] + slope[3], slope[2], slope[4]])

    start = solution.coordinates(fit.law)[[0, 1, 2, 4]]
    best = min(
        minimize(tied, start + shift, jac=True, options={"gtol": 1e-10}).fun * solution.unit
        for shift in (0.0, 0.1, -0.1)
    )
    assert fit.value <= best * (1 + 1e-8)


def test_tied_coefficients_share_one_value(points_240: pd.DataFrame) -> None:
    law = rp.fit(Chinchilla, points_240, tied={"B": "A", "beta": "alpha"}).law
    assert (law.A, law.alpha) == (law.B, law.beta)


def test_two_followers_of_one_leader(points_240: pd.DataFrame) -> None:
    law = rp.fit(Chinchilla, points_240, tied={"B": "A", "E": "A"}).law
    assert law.A == law.B == law.E


def test_a_bound_that_binds_is_noted(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, bounds={"E": (0.5, 1.7)})
    assert pytest.approx(1.7, rel=1e-13) == fit.law.E
    (note,) = [n for n in fit.notes if n.code == "at_bound"]
    assert "E" in note.message and "1.7" in note.message


def test_a_fit_at_a_bound_is_a_fit_with_the_field_fixed(points_240: pd.DataFrame) -> None:
    bounded = rp.fit(Chinchilla, points_240, bounds={"beta": (0.4, 0.6), "E": (1.0, 1.75)})
    corners = [
        rp.fit(Chinchilla, points_240, fixed=fixed)
        for fixed in ({"beta": 0.4}, {"E": 1.75}, {"beta": 0.4, "E": 1.75})
    ]
    inside = [f for f in corners if f.law.beta >= 0.4 - 1e-12 and f.law.E <= 1.75 + 1e-12]
    assert bounded.value == pytest.approx(min(f.value for f in inside), rel=1e-8)


@pytest.mark.parametrize(
    "bounds",
    [
        {"A": (1.0, 300.0)},
        {"alpha": (0.4, 1.0)},
        {"E": (0, 1.5), "beta": (0.0, 0.3)},
        {"B": (1e4, 1e9), "alpha": (0.0, 0.3)},
    ],
)
def test_bounded_fits_agree_with_scipy(
    points_240: pd.DataFrame, plain: Any, bounds: dict[str, tuple[float, float]]
) -> None:
    fit = rp.fit(Chinchilla, points_240, bounds=bounds)
    n, d, loss = (np.log(points_240[c].to_numpy()) for c in (*COUNTS, "loss"))
    names = ["A", "alpha", "B", "beta", "E"]

    def total(p: np.ndarray) -> float:
        u, v = p[0] - p[1] * n, p[2] - p[3] * d
        r = loss - np.log(np.exp(u) + np.exp(v) + np.exp(p[4]))
        clipped = np.clip(r, -1e-3, 1e-3)
        return float(clipped @ (r - clipped / 2)) / 0.24

    def ends(name: str) -> tuple[float, float]:
        low, high = bounds.get(
            name, (1e-6 if name in "ABE" else -2.0, 1e9 if name in "ABE" else 3.0)
        )
        return (np.log(max(low, 1e-6)), np.log(high)) if name in "ABE" else (low, high)

    box = [ends(name) for name in names]
    values = fit.law.to_dict()
    start = np.array([np.log(values[m]) if m in "ABE" else values[m] for m in names])
    best = min(
        minimize(
            total,
            np.clip(start + shift, *np.transpose(box)),
            method="SLSQP",
            bounds=box,
            options={"ftol": 1e-14, "maxiter": 2000},
        ).fun
        for shift in (0.0, [0.3, 0.02, -0.3, -0.02, 0.05], [-0.3, -0.02, 0.3, 0.02, -0.05])
    )
    assert fit.value <= best * 0.24 * (1 + 1e-6)
    for name, (low, high) in bounds.items():
        assert low * (1 - 1e-12) <= values[name] <= high * (1 + 1e-12)


def test_bounds_that_do_not_bind_change_nothing(points_240: pd.DataFrame) -> None:
    free = rp.fit(Chinchilla, points_240)
    wide = rp.fit(Chinchilla, points_240, bounds={"E": (0, 3), "alpha": (0.0, 1.0)})
    assert wide.value == pytest.approx(free.value, rel=1e-10)
    assert wide.notes == ()


def test_starts_are_followed(points_240: pd.DataFrame) -> None:
    far = Chinchilla(A=10.0, B=10.0, E=0.5, alpha=0.1, beta=0.1)
    told, blind = rp.fit(Chinchilla, points_240, starts=[far]), rp.fit(Chinchilla, points_240)
    assert told.value == pytest.approx(blind.value, rel=1e-8)


@pytest.mark.parametrize("which", ["fixed", "tied", "bounds"])
def test_a_field_that_does_not_exist(points_240: pd.DataFrame, which: str) -> None:
    value: Any = {"fixed": 1.0, "tied": "alpha", "bounds": (0.0, 1.0)}[which]
    with pytest.raises(
        UnknownNameError, match=r"Unknown field of Chinchilla 'bta'\. Did you mean 'beta'\?"
    ):
        rp.fit(Chinchilla, points_240, **{which: {"bta": value}})


def test_a_leader_that_does_not_exist(points_240: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match="Unknown field of Chinchilla 'alfa'"):
        rp.fit(Chinchilla, points_240, tied={"beta": "alfa"})


@pytest.mark.parametrize(
    ("tied", "fixed"),
    [
        ({"beta": "alpha"}, {"beta": 0.3}),
        ({"beta": "alpha"}, {"alpha": 0.3}),
        ({"beta": "alpha", "alpha": "beta"}, {}),
        ({"beta": "A"}, {}),
        ({"beta": "beta"}, {}),
    ],
)
def test_ties_that_contradict(points_240: pd.DataFrame, tied: Any, fixed: Any) -> None:
    with pytest.raises(ArgumentError, match=r"cannot be tied to .*Fix them instead"):
        rp.fit(Chinchilla, points_240, tied=tied, fixed=fixed)


def test_nothing_left_to_fit(points_240: pd.DataFrame) -> None:
    law = rp.fit(Chinchilla, points_240).law
    with pytest.raises(ArgumentError, match="nothing is left to fit"):
        rp.fit(Chinchilla, points_240, fixed=law.to_dict())


@pytest.mark.parametrize("value", [0, -1.7])
def test_a_positive_field_is_not_fixed_at_nothing(points_240: pd.DataFrame, value: float) -> None:
    with pytest.raises(ArgumentError, match=rf"E is {float(value)}; it must be positive"):
        rp.fit(Chinchilla, points_240, fixed={"E": value})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_fixed_value_is_a_number(points_240: pd.DataFrame, value: float) -> None:
    with pytest.raises(ArgumentError, match=f"alpha is {value}"):
        rp.fit(Chinchilla, points_240, fixed={"alpha": value})


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (np.nan, 1.0)])
def test_empty_bounds(points_240: pd.DataFrame, ends: tuple[float, float]) -> None:
    with pytest.raises(ArgumentError, match=r"bounds of alpha are .*low < high is expected"):
        rp.fit(Chinchilla, points_240, bounds={"alpha": ends})


@pytest.mark.parametrize("how", [{"fixed": {"beta": 0.3}}, {"tied": {"beta": "alpha"}}])
def test_bounds_of_a_field_that_is_not_free(points_240: pd.DataFrame, how: Any) -> None:
    with pytest.raises(ArgumentError, match="beta is fixed or tied, so it cannot have bounds"):
        rp.fit(Chinchilla, points_240, bounds={"beta": (0.1, 0.5)}, **how)


@pytest.mark.parametrize("starts", [[], [PowerLaw(A=1.0, alpha=0.1)], ["alpha"]])
def test_starts_that_are_not_the_law(points_240: pd.DataFrame, starts: Any) -> None:
    with pytest.raises(ArgumentError, match="starts must be one or more of Chinchilla"):
        rp.fit(Chinchilla, points_240, starts=starts)
