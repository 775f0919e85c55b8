"""Numbers at the door: every kind of what is no number, and where it stands."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replication.counting.numbers import finite, in_reach, numbers, share, single, whole
from replication.errors import ArgumentError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, 3.0),
        (True, 1.0),
        (Decimal("1.5"), 1.5),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        ([1, 2.5], [1.0, 2.5]),
        ([10**30, 1], [1e30, 1.0]),
        ([1.0, None], [1.0, np.nan]),
        (pd.Series([1, None], dtype="Int64"), [1.0, np.nan]),
        (pd.Series([1.0, pd.NA], dtype=object), [1.0, np.nan]),
        (pd.Series([1, 2], dtype="category"), [1.0, 2.0]),
        (pd.Series([1.0, 2.0], dtype="Sparse[float]"), [1.0, 2.0]),
        (np.ma.masked_array([1.0, 2.0]), [1.0, 2.0]),
        (range(3), [0.0, 1.0, 2.0]),
        ([], []),
    ],
)
def test_what_counts_as_numbers(given: Any, expected: Any) -> None:
    found = numbers("x", given)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("7B", r"'7B'\.$"),
        (b"7", "numbers written as text, first b'7'"),
        (["1", "2"], r"numbers written as text, first '1' in row 0\. .*pandas\.to_numeric\.$"),
        (["1", "x", "3"], r"'x' in row 1, and 2 more as text\. .*errors='coerce'\), and leave out"),
        (["1", "inf"], "'inf' in row 1, and the other value as text"),
        ([1.0, "x"], r"'x' in row 1\. Convert"),
        ([[1.0, "x"], [2.0, 3.0]], "'x' in row 0"),
        (1j, "complex numbers"),
        ([1.0, 1j], "complex numbers"),
        (np.array([1.0, 1j], dtype=object), "complex numbers"),
        (np.array(["2024"], dtype="M8[Y]"), "dates or times"),
        (pd.Series(pd.to_datetime(["2024-01-01"])), "dates or times"),
        ([1.0, 10**400], "an integer beyond the range of floats in row 1"),
        ([[1.0], [1.0, 2.0]], "whose parts differ in length"),
        (None, "None"),
        ({"a": 1}, r"\{'a': 1\}"),
        ([{}], r"\{\} in row 0"),
        (np.ma.masked_array([1.0, 2.0, 3.0], [False, True, True]), "2 masked of 3 values.*row 1"),
    ],
)
def test_what_is_no_number_is_named_with_its_place(given: Any, said: str) -> None:
    with pytest.raises(ArgumentError, match=rf"x must be numbers, got .*{said}"):
        numbers("x", given)


def test_no_message_holds_an_array() -> None:
    for given in (pd.Series(["x"] * 500), np.array(["x"] * 500), [["x"] * 50] * 50):
        with pytest.raises(ArgumentError) as caught:
            numbers("loss", given)
        assert len(str(caught.value)) < 250


@pytest.mark.parametrize("bad", [2.5, "3", "x", None, [3], np.nan, np.inf, 1j, 10**400])
def test_whole_numbers(bad: Any) -> None:
    assert whole("k", np.int64(7)) == whole("k", 7.0) == 7
    with pytest.raises(ArgumentError, match="k is "):
        whole("k", bad, most=100)


@pytest.mark.parametrize("bad", ["3", None, [3.0], np.ones(1), 1j])
def test_single_numbers(bad: Any) -> None:
    assert single("k", np.array(3)) == 3.0
    with pytest.raises(ArgumentError, match=r"k is .*; a single number is expected"):
        single("k", bad)


@pytest.mark.parametrize("bad", [0, 1, -0.1, 95, np.nan, "a", [0.5]])
def test_shares(bad: Any) -> None:
    assert share("level", 0.5, 0.8) == 0.5
    with pytest.raises(ArgumentError, match="level is "):
        share("level", bad, 0.8)


def test_finite_numbers_within_reach() -> None:
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ArgumentError, match="x must be finite, got"):
            finite("x", [1.0, bad])
    for bad in (1e101, -1e101, 1e-101, 5e-324):
        with pytest.raises(ArgumentError, match=r"x is .*another unit"):
            in_reach("x", np.array([1.0, bad]))
