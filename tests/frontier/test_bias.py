"""The known bias of Approach 2: off by what the grid is, not by what the runs are."""

import numpy as np
import pytest

from replication.errors import ArgumentError, DataError
from replication.frontier import bias

BUDGETS = [1e17, 1e18, 1e19, 1e20, 1e21]
WIDTHS = [2, 4, 8, 16]


def test_wide_grids(law):
    table = bias(law, BUDGETS, width=WIDTHS, flops=1e24)
    assert (100 * table.tokens_error).tolist() == pytest.approx(
        [-0.33, -1.30, -2.90, -5.10], abs=5e-3
    )
    assert table.b.tolist() == pytest.approx([0.548387] * 4, abs=1e-6)
    # C = 6 N D: what is missing in tokens is added in parameters.
    np.testing.assert_allclose((1 + table.tokens_error) * (1 + table.params_error), 1.0)


def test_none_with_equal_exponents(even):
    table = bias(even, BUDGETS, width=WIDTHS, flops=[1e20, 1e24])
    assert np.abs(table[["tokens_error", "params_error"]]).to_numpy().max() < 1e-7
    assert len(table) == 8


def test_off_centre_grids(even, law):
    centred = bias(law, BUDGETS, width=8, flops=1e24).tokens_error.item()
    below, above = (
        bias(law, BUDGETS, width=8, flops=1e24, off_centre=k).tokens_error.item()
        for k in (1 / 2, 2)
    )
    assert below != pytest.approx(centred, abs=0.005)
    assert above != pytest.approx(centred, abs=0.005)
    # Even a symmetric law is misjudged from the side, though not in its exponent ...
    shifted = bias(even, BUDGETS, width=8, flops=1e24, off_centre=2)
    assert abs(shifted.tokens_error.item()) > 0.001
    assert shifted.a.item() == pytest.approx(even.a, abs=1e-9)
    # ... unless the grid drifts with the budget.
    drift = bias(law, BUDGETS, width=8, flops=1e24, off_centre=np.geomspace(1, 4, 5))
    assert drift.b.item() == pytest.approx(0.5608, abs=1e-4)
    assert drift.tokens_error.item() == pytest.approx(0.163, abs=1e-3)


def test_agrees_with_polyfit(law):
    minima = []
    for budget in BUDGETS:
        tokens = law.optimal(flops=budget).tokens * 2 * np.geomspace(1 / 8, 8, 15)
        x = np.log10(tokens) - np.log10(tokens).mean()
        c2, c1, _ = np.polyfit(x, law.loss(budget / 6 / tokens, tokens), 2)
        minima.append(np.log10(tokens).mean() - c1 / (2 * c2))
    slope, intercept = np.polyfit(np.log10(BUDGETS), minima, 1)
    error = 10 ** (intercept + 24 * slope) / law.optimal(flops=1e24).tokens - 1
    table = bias(law, BUDGETS, width=8, flops=1e24, off_centre=2)
    assert table.tokens_error.item() == pytest.approx(error, abs=1e-9)


def test_a_window_reduces_it(law):
    wide, narrow = (
        bias(law, BUDGETS, width=16, flops=1e24, window=w).tokens_error.item() for w in (None, 0.4)
    )
    assert abs(narrow) < abs(wide) / 3


def test_bad_input(law):
    with pytest.raises(ArgumentError, match="width is 1; a factor above 1"):
        bias(law, BUDGETS, width=[1.0, 2.0], flops=1e24)
    with pytest.raises(ArgumentError, match="points is 2"):
        bias(law, BUDGETS, width=2, flops=1e24, points=2)
    with pytest.raises(ArgumentError, match=r"off_centre has shape \(2,\)"):
        bias(law, BUDGETS, width=2, flops=1e24, off_centre=[1, 2])
    with pytest.raises(DataError, match="0 of 5 budgets have a minimum"):
        bias(law, BUDGETS, width=2, flops=1e24, off_centre=10)


def test_grids_that_miss_the_optimum_altogether(law, even):
    """With outside="keep" the parabola is followed beyond the sizes, as far as it goes."""
    with pytest.raises(DataError, match="0 of 5 budgets have a minimum"):
        bias(even, BUDGETS, width=2, flops=1e20, off_centre=2.5)
    table = bias(even, BUDGETS, width=2, flops=1e20, off_centre=2.5, outside="keep")
    assert table.a.item() == pytest.approx(even.a, abs=1e-6)
    # By hand, in one slice: the vertex of the parabola through tokens 1.25 to 5 times too many.
    best = even.optimal(flops=1e20).tokens
    x = np.log(best * 2.5 * np.geomspace(0.5, 2, 15))
    c2, c1, _ = np.polyfit(x - x.mean(), even.loss(1e20 / 6 / np.exp(x), np.exp(x)), 2)
    expected = np.exp(x.mean() - c1 / (2 * c2)) / best - 1
    assert table.tokens_error.item() == pytest.approx(expected, rel=1e-6)
    inside = bias(law, BUDGETS, width=8, flops=1e24)
    assert inside.equals(bias(law, BUDGETS, width=8, flops=1e24, outside="keep"))
