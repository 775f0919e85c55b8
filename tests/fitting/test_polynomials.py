"""Polynomials in a few variables: what the tables say, and where Newton's steps end."""

import numpy as np
import pytest

from replication.fitting.batched_solve import all_positive
from replication.fitting.polynomials import DEGREE, descend, lattice, monomials


@pytest.mark.parametrize("q", [1, 2, 5, 7])
def test_powers_are_products_of_the_variables(q: int) -> None:
    table = monomials(q)
    places = np.random.default_rng(q).normal(size=(q, 6))
    expected = np.prod(places[None] ** table.exponents[..., None], axis=1)
    np.testing.assert_allclose(table.powers(places), expected, rtol=1e-13)
    assert len(set(map(tuple, table.exponents))) == len(table.exponents)
    assert table.exponents.sum(axis=1).max() == DEGREE


@pytest.mark.parametrize("q", [1, 3, 6])
def test_derivatives_are_those_of_differences(q: int) -> None:
    table, rng = monomials(q), np.random.default_rng(q)
    coefficients, place, step = rng.normal(size=len(table.exponents)), rng.normal(size=q), 1e-4

    def value(at: np.ndarray) -> float:
        return float(coefficients @ table.powers(at[:, None])[:, 0])

    powers = table.powers(place[:, None])[:, 0]
    first = (coefficients[table.first] * table.first_factor) @ powers[: table.ends[3]]
    second = (coefficients[table.second] * table.second_factor) @ powers[: table.ends[2]]
    unit = step * np.eye(q)
    slopes = [(value(place + u) - value(place - u)) / (2 * step) for u in unit]
    np.testing.assert_allclose(first, slopes, rtol=1e-6, atol=1e-6)
    bends = [
        (value(place + unit[a] + unit[b]) + value(place - unit[a] - unit[b]))
        - (value(place + unit[a] - unit[b]) + value(place - unit[a] + unit[b]))
        for a, b in table.pairs
    ]
    np.testing.assert_allclose(second, np.array(bends) / (4 * step**2), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("q", [1, 4, 7])
def test_values_on_the_lattice_give_the_coefficients_back(q: int) -> None:
    table, (places, solution) = monomials(q), lattice(q)
    coefficients = np.random.default_rng(q).normal(size=len(table.exponents))
    values = coefficients @ table.powers(places.T)
    np.testing.assert_allclose(solution @ values, coefficients, rtol=1e-6, atol=1e-6)
    assert not places[0].any()


def test_steps_end_in_the_minimum_with_its_curvature() -> None:
    q, size, unit = 3, 40, 1e-6
    table, rng = monomials(q), np.random.default_rng(0)
    goal = rng.normal(size=(q, size))
    # Half a squared distance, and a little of what is cubic and quartic around the same place.
    places, solution = lattice(q)
    gaps = places[:, :, None] - goal
    squared = (gaps**2).sum(axis=1)
    values = unit * (squared / 2 + 0.02 * squared**2 + 0.01 * (gaps**3).sum(axis=1))
    found, curvature = descend(solution @ values, q, unit)
    np.testing.assert_allclose(found, goal, atol=2e-3)
    expected = np.broadcast_to(unit * np.eye(q), curvature.shape)
    np.testing.assert_allclose(curvature, expected, atol=1e-3 * unit)
    assert all_positive(curvature).all()
    assert table.ends[-1] == len(values)


def test_positive_matrices_are_told_from_others() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(300, 4, 4))
    matrices = (
        half + half.transpose(0, 2, 1) + rng.uniform(0, 8, size=300)[:, None, None] * np.eye(4)
    )
    expected = np.linalg.eigvalsh(matrices)[:, 0] > 0
    assert 50 < expected.sum() < 250
    np.testing.assert_array_equal(all_positive(matrices), expected)
