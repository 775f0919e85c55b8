"""Published recipes, run to the letter: grids of starts, one optimiser, its own tolerances."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.laws import Chinchilla

TEX = {"A": 6.0073404, "B": 6.0179186, "E": 0.5267228, "alpha": 0.33917084, "beta": 0.2849083}
HOFFMANN = {
    "A": range(0, 30, 5),
    "B": range(0, 30, 5),
    "E": [-1.0, -0.5, 0.0, 0.5, 1.0],
    "alpha": [0.0, 0.5, 1.0, 1.5, 2.0],
    "beta": [0.0, 0.5, 1.0, 1.5, 2.0],
}
SMALL = {"A": [5, 10], "B": [5, 10], "E": [0.5], "alpha": [0.3, 0.5], "beta": [0.3, 0.5]}
SHARP = {"maxiter": 5000, "maxfun": 10_000, "ftol": 1e-15, "gtol": 1e-10}


def from_tex(**more: Any) -> rp.Recipe:
    return rp.Recipe({name: [value] for name, value in TEX.items()}, **more)


def test_the_published_grid_has_4500_starts() -> None:
    recipe = rp.Recipe(HOFFMANN)
    assert len(recipe) == 4500
    grid = recipe.grid(["A", "B", "E", "alpha", "beta"])
    assert grid.shape == (4500, 5)
    expected = list(product(*HOFFMANN.values()))
    np.testing.assert_array_equal(grid, expected)
    assert rp.Recipe(HOFFMANN).method == "L-BFGS-B"


def test_the_grid_follows_the_order_that_is_asked_for() -> None:
    grid = rp.Recipe({"alpha": [1.0, 2.0], "A": [7.0]}).grid(["A", "alpha"])
    assert grid.tolist() == [[7.0, 1.0], [7.0, 2.0]]


def test_attempts_tell_where_each_start_ended(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, recipe=rp.Recipe(SMALL))
    table = fit.attempts
    assert table is not None and len(table) == 16
    assert list(table.columns) == [
        "A", "B", "E", "alpha", "beta", "value", "iterations", "evaluations", "success", "message",
    ]  # fmt: skip
    best = table.loc[table.value.idxmin()]
    assert fit.value == pytest.approx(best.value, rel=1e-12)
    assert fit.law.alpha == pytest.approx(best.alpha)
    assert np.log(fit.law.A) == pytest.approx(best.A)
    assert fit.status == "best of 16 starts of L-BFGS-B"
    assert rp.fit(Chinchilla, points_240).attempts is None


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_each_row_is_the_objective_at_its_end(points_240: pd.DataFrame, reduction: str) -> None:
    fit = rp.fit(Chinchilla, points_240, reduction=reduction, recipe=rp.Recipe(SMALL))
    assert fit.attempts is not None
    row = fit.attempts.iloc[3]
    law = Chinchilla(
        A=np.exp(row.A), B=np.exp(row.B), E=np.exp(row.E), alpha=row.alpha, beta=row.beta
    )
    r = np.abs(np.log(points_240.loss) - np.log(law.loss(points_240.params, points_240.tokens)))
    total = np.where(r < 1e-3, r**2 / 2, 1e-3 * (r - 5e-4)).sum()
    assert row.value == pytest.approx(total / (240 if reduction == "mean" else 1), rel=1e-12)


def test_analytic_and_numeric_gradients_agree(points_240: pd.DataFrame) -> None:
    options = {"maxiter": 4}
    ends = [
        rp.fit(
            Chinchilla,
            points_240,
            objective="log-lsq",
            recipe=from_tex(options=options, gradient=gradient),
        )
        for gradient in ("analytic", "numeric")
    ]
    assert ends[0].value == pytest.approx(ends[1].value, rel=1e-3)
    assert ends[0].attempts is not None and ends[1].attempts is not None
    # Two-point differences cost an evaluation for each field.
    assert ends[1].attempts.evaluations[0] >= 5 * ends[0].attempts.evaluations[0]


@pytest.mark.parametrize("gradient", ["analytic", "numeric"])
def test_the_mean_stops_near_its_start(points_240: pd.DataFrame, gradient: str) -> None:
    # The objective is so small that scipy's absolute tolerances are met at once (besiroglu2024).
    recipe = from_tex(gradient=gradient)
    fit = rp.fit(Chinchilla, points_240, reduction="mean", recipe=recipe)
    assert fit.attempts is not None
    assert fit.attempts.iterations[0] <= 5
    assert bool(fit.attempts.success[0])
    assert fit.law.a == pytest.approx(0.4565, abs=5e-4)
    assert fit.value * 240 > 1.15 * rp.fit(Chinchilla, points_240).value


def test_the_sum_stalls_from_there_too(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, recipe=from_tex())
    assert fit.law.a == pytest.approx(0.457, abs=5e-3)
    assert fit.value > 1.1 * rp.fit(Chinchilla, points_240).value


def test_the_sum_finds_what_the_solver_finds_if_it_may_go_on(points_240: pd.DataFrame) -> None:
    # A large objective is as good as tight tolerances.
    recipe = from_tex(method="BFGS", options={"gtol": 1e-9, "maxiter": 3000})
    followed = rp.fit(
        Chinchilla, points_240, recipe=recipe, weights=np.full(240, 1e3), objective="log-lsq"
    )
    solved = rp.fit(Chinchilla, points_240, objective="log-lsq")
    assert followed.value / 1e3 == pytest.approx(solved.value, rel=1e-6)
    assert followed.value / 1e3 >= solved.value * (1 - 1e-12)


def test_no_recipe_beats_the_solver(points_240: pd.DataFrame) -> None:
    best = rp.fit(Chinchilla, points_240).value
    followed = rp.fit(Chinchilla, points_240, recipe=rp.Recipe(SMALL, options=SHARP))
    assert followed.attempts is not None
    assert (followed.attempts.value >= best * (1 - 1e-10)).all()


def test_a_recipe_leaves_fixed_fields_alone(points_240: pd.DataFrame) -> None:
    starts = {name: SMALL[name] for name in ("A", "B", "alpha", "beta")}
    fit = rp.fit(Chinchilla, points_240, fixed={"E": 1.69}, recipe=rp.Recipe(starts))
    assert pytest.approx(1.69) == fit.law.E
    assert fit.attempts is not None and "E" not in fit.attempts


def test_a_recipe_can_be_resampled(points_240: pd.DataFrame) -> None:
    boot = rp.fit(Chinchilla, points_240, recipe=rp.Recipe(SMALL, options=SHARP)).bootstrap(70)
    assert boot.count == 70


def test_starts_that_are_missing(points_240: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match="no start values for E, beta; it has A, B, alpha"):
        rp.fit(Chinchilla, points_240, recipe=rp.Recipe({"A": [1], "B": [1], "alpha": [0.5]}))


def test_starts_of_a_field_that_does_not_exist(points_240: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match="bta"):
        rp.fit(Chinchilla, points_240, recipe=rp.Recipe(SMALL | {"bta": [0.0, 1.0]}))


def test_a_gradient_that_is_not_known() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown gradient 'numerical'\. Did you mean 'num"):
        rp.Recipe(SMALL, gradient="numerical")


@pytest.mark.parametrize("objective", ["log-lad", "log-huber-likelihood"])
def test_objectives_a_recipe_cannot_follow(points_240: pd.DataFrame, objective: str) -> None:
    with pytest.raises(ArgumentError, match=rf"A recipe needs objective .* not '{objective}'"):
        rp.fit(Chinchilla, points_240, objective=objective, recipe=rp.Recipe(SMALL))


@pytest.mark.parametrize("gradient", ["analytic", "numeric"])
def test_levenberg_marquardt_finds_the_minimum_of_squares(
    points_240: pd.DataFrame, gradient: str
) -> None:
    recipe = rp.Recipe(SMALL, method="lm", gradient=gradient)
    theirs = rp.fit(Chinchilla, points_240, objective="lsq", recipe=recipe)
    ours = rp.fit(Chinchilla, points_240, objective="lsq")
    assert theirs.status == "best of 16 starts of lm"
    assert ours.value <= theirs.value * (1 + 1e-9)
    assert theirs.value == pytest.approx(ours.value, rel=1e-6)
    assert theirs.attempts is not None and theirs.attempts["iterations"].isna().all()


def test_levenberg_marquardt_keeps_weights_and_ties(points_240: pd.DataFrame) -> None:
    half = np.where(np.arange(len(points_240)) % 2, 1.0, 0.0)
    how: dict[str, Any] = {"objective": "lsq", "weights": half, "tied": {"beta": "alpha"}}
    few = {name: SMALL[name] for name in ("A", "B", "E", "alpha")}
    theirs = rp.fit(Chinchilla, points_240, recipe=rp.Recipe(few, method="lm"), **how)
    assert theirs.value == pytest.approx(rp.fit(Chinchilla, points_240, **how).value, rel=1e-6)


def test_levenberg_marquardt_needs_squares(points_240: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match="'lm' minimises squares: use objective 'lsq'"):
        rp.fit(Chinchilla, points_240, recipe=from_tex(method="lm"))
