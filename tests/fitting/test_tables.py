"""Tables of every kind: what is paired with what, and what is refused by name."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, DataError
from replication.fitting.tables import as_frame
from replication.laws import Chinchilla, PowerLaw

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


@pytest.fixture
def runs() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n, d = 10 ** rng.uniform(7.5, 10, 40), 10 ** rng.uniform(9, 11.5, 40)
    noise = np.exp(0.001 * rng.standard_normal(40))
    return pd.DataFrame({"params": n, "tokens": d, "loss": LAW.loss(n, d) * noise})


def columns(runs: pd.DataFrame) -> dict[str, pd.Series]:
    return {name: runs[name] for name in runs}


def test_series_are_paired_by_their_labels(runs: pd.DataFrame) -> None:
    expected = rp.fit(Chinchilla, runs).law
    shuffled = columns(runs) | {"tokens": runs.tokens.sample(frac=1, random_state=0)}
    assert rp.fit(Chinchilla, shuffled).law == expected
    # An array has no labels: it is paired by position, with the first Series.
    assert rp.fit(Chinchilla, columns(runs) | {"loss": runs.loss.to_numpy()}).law == expected


def test_series_of_other_labels_are_refused(runs: pd.DataFrame) -> None:
    other = columns(runs) | {"tokens": runs.tokens.set_axis(range(1, 41))}
    with pytest.raises(DataError, match=r"'tokens' has another index.*to_numpy"):
        rp.fit(Chinchilla, other)
    twice = columns(runs) | {"tokens": runs.tokens.set_axis([0] * 40)}
    with pytest.raises(DataError, match="'tokens' has another index"):
        rp.fit(Chinchilla, twice)


def test_weights_are_paired_by_their_labels(runs: pd.DataFrame) -> None:
    weights = pd.Series(np.linspace(0.1, 5, 40))
    expected = rp.fit(Chinchilla, runs, weights=weights.to_numpy()).law
    assert rp.fit(Chinchilla, runs, weights=weights.sample(frac=1, random_state=1)).law == expected
    with pytest.raises(DataError, match="'weights' has another index"):
        rp.fit(Chinchilla, runs, weights=weights.set_axis(range(5, 45)))


@pytest.mark.parametrize("name", ["params", "tokens", "loss"])
def test_masked_entries_are_not_values(runs: pd.DataFrame, name: str) -> None:
    masked = np.ma.masked_array(runs[name].to_numpy(), mask=np.arange(40) % 8 == 2)
    with pytest.raises(DataError, match=rf"'{name}' has 5 masked of 40 entries, first in row 2"):
        rp.fit(Chinchilla, columns(runs) | {name: masked})
    whole = np.ma.masked_array(runs[name].to_numpy())
    assert rp.fit(Chinchilla, columns(runs) | {name: whole}).law == rp.fit(Chinchilla, runs).law


def test_masked_weights_are_refused(runs: pd.DataFrame) -> None:
    masked = np.ma.masked_array(np.ones(40), mask=np.arange(40) == 7)
    with pytest.raises(ArgumentError, match="1 masked of 40 values, first in row 7"):
        rp.fit(Chinchilla, runs, weights=masked)


def test_columns_with_names_of_several_levels(runs: pd.DataFrame) -> None:
    nested = pd.concat({"train": runs}, axis=1)
    with pytest.raises(DataError, match=r"names of 2 levels.*droplevel"):
        rp.fit(Chinchilla, nested)
    assert rp.fit(Chinchilla, nested.droplevel(0, axis=1)).n == 40


@pytest.mark.parametrize(
    "dtype", ["Float64", "category", "Sparse[float]", "object", "float32", "double[pyarrow]"]
)
def test_columns_of_every_dtype_of_numbers(runs: pd.DataFrame, dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    found = rp.fit(Chinchilla, runs.astype({"loss": dtype})).law
    assert found.alpha == pytest.approx(rp.fit(Chinchilla, runs).law.alpha, rel=1e-3)


def test_integers_of_any_size(runs: pd.DataFrame) -> None:
    counts = [int(value) for value in runs.tokens]
    exact = rp.fit(Chinchilla, runs.assign(tokens=pd.Series(counts, dtype=object)))
    assert exact.law.beta == pytest.approx(rp.fit(Chinchilla, runs).law.beta, rel=1e-5)
    huge = runs.assign(tokens=pd.Series([10**400, *counts[1:]], dtype=object))
    with pytest.raises(DataError, match="an integer beyond the range of floats in row 0"):
        rp.fit(Chinchilla, huge)


def test_numbers_whose_powers_no_float_holds(runs: pd.DataFrame) -> None:
    for factor in (1e300, 1e-200):
        with pytest.raises(DataError, match=r"Column 'loss' is .*Choose another unit"):
            rp.fit(Chinchilla, runs.assign(loss=runs.loss * factor))


def test_complex_columns_keep_no_part_of_themselves(runs: pd.DataFrame) -> None:
    for column in (runs.loss + 0j, pd.Series([*runs.loss[:-1], 1j], dtype=object)):
        with pytest.raises(DataError, match="'loss' must be numbers, got complex numbers"):
            rp.fit(Chinchilla, runs.assign(loss=column))


class Foreign:
    """A table of another library, as far as a door can see it."""

    def to_pandas(self) -> pd.DataFrame:
        return pd.DataFrame({"flops": [1e18, 1e19, 1e20], "loss": [3.0, 2.5, 2.2]})


class Lazy:
    """A table that is not computed yet."""

    def collect(self) -> Foreign:
        return Foreign()


@pytest.mark.parametrize(
    ("kind", "module", "advice"),
    [
        (Foreign, "polars.dataframe.frame", r"a polars Foreign\. Give its \.to_pandas\(\)"),
        (Foreign, "pyarrow.lib", r"a pyarrow Foreign\. Give its \.to_pandas\(\)"),
        (Lazy, "polars.lazyframe.frame", r"a polars Lazy\. Give its \.collect\(\)\.to_pandas\(\)"),
    ],
)
def test_tables_of_other_libraries(
    monkeypatch: pytest.MonkeyPatch, kind: type, module: str, advice: str
) -> None:
    monkeypatch.setattr(kind, "__module__", module)
    with pytest.raises(DataError, match=advice):
        rp.fit(PowerLaw, kind())
    given = kind()
    while hasattr(given, "collect"):
        given = given.collect()
    assert rp.fit(PowerLaw, given.to_pandas()).n == 3


def test_a_single_column_is_no_table(runs: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="a Series, which is one column"):
        rp.fit(Chinchilla, runs.loss)


def test_lists_of_lists_are_no_column() -> None:
    with pytest.raises(DataError, match="lists that differ in length"):
        as_frame({"loss": [[1.0, 2.0], [3.0]]})


def test_two_keys_of_one_name() -> None:
    with pytest.raises(DataError, match="several columns '1'"):
        as_frame({1: [1.0], "1": [2.0]})


def test_a_text_that_is_no_number_is_named_with_its_row() -> None:
    log = ["3.7321", "3.5838", "NaN", "3.2"]
    table = {"flops": [1e18, 1e19, 1e20, 1e21], "loss": log}
    said = r"got 'NaN' in row 2, and 3 more as text\..*errors='coerce'"
    with pytest.raises(DataError, match=said):
        rp.fit(PowerLaw, table)
    with pytest.raises(DataError, match=said):
        rp.LearningCurve.from_log([0, 10, 20, 30], pd.Series(log))
    labelled = pd.DataFrame(table, index=["a", "b", "c", "d"])
    with pytest.raises(DataError, match="got 'NaN' in row c"):
        rp.fit(PowerLaw, labelled)
    repaired = labelled.assign(loss=pd.to_numeric(labelled.loss, errors="coerce")).dropna()
    assert rp.fit(PowerLaw, repaired).n == 3
