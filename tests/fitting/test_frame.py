"""Tables that cannot be fitted: each message names the value, the expectation, the next step."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.laws import Chinchilla, Law, PowerLaw, PowerLawOffset


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n, d = np.geomspace(1e8, 1e10, 20), rng.permutation(np.geomspace(1e9, 1e11, 20))
    law = Chinchilla(A=400.0, B=2000.0, E=1.7, alpha=0.34, beta=0.37)
    return pd.DataFrame({"params": n, "tokens": d, "loss": law.loss(n, d)})


def refused(
    table: Any, *parts: str, law: Any = Chinchilla, kind: Any = DataError, **more: Any
) -> None:
    """Assert that a fit is refused with a message that has all these parts."""
    with pytest.raises(kind) as caught:
        rp.fit(law, table, **more)
    assert isinstance(caught.value, rp.ReplicationError)
    for part in parts:
        assert part in str(caught.value)


def test_missing_column(table: pd.DataFrame) -> None:
    refused(
        table.drop(columns="tokens"),
        "Column 'tokens' is missing",
        "Chinchilla needs params, tokens, loss",
        "the table has params, loss",
        "Rename or add it",
    )


def test_missing_response(table: pd.DataFrame) -> None:
    refused(table, "Column 'loss_c4' is missing", "params, tokens, loss", response="loss_c4")


def with_value(table: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    values = table[column].astype(object)
    values.iloc[3] = value
    return table.assign(**{column: values}).infer_objects()


@pytest.mark.parametrize("column", ["params", "tokens", "loss"])
@pytest.mark.parametrize(
    ("value", "what", "shown"),
    [
        (np.nan, "NaN", "nan"),
        (np.inf, "infinite", "inf"),
        (-np.inf, "infinite", "-inf"),
        (0.0, "not positive", "0.0"),
        (-2.5, "not positive", "-2.5"),
    ],
)
def test_cells_that_are_not_positive_numbers(
    table: pd.DataFrame, column: str, value: float, what: str, shown: str
) -> None:
    refused(
        with_value(table, column, value),
        f"Column '{column}' is {what} in 1 of 20 rows",
        f"first in row 3 ({shown})",
        "a positive finite number is expected",
        "Drop or repair these rows",
    )


def test_the_row_that_is_named_is_the_tables_own(table: pd.DataFrame) -> None:
    labelled = with_value(table, "loss", np.nan).set_index(pd.Index([f"run{i}" for i in range(20)]))
    refused(labelled, "row run3")


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT])
def test_missing_cells(table: pd.DataFrame, missing: Any) -> None:
    refused(with_value(table, "tokens", missing), "Column 'tokens' is NaN in 1 of 20 rows")


@pytest.mark.parametrize("text", ["n/a", "", "1.2e9 tokens"])
def test_text_in_a_numeric_column(table: pd.DataFrame, text: str) -> None:
    refused(
        with_value(table, "tokens", text),
        f"Column 'tokens' must be numbers, got {text!r} in row 3",
        "pandas.to_numeric(..., errors='coerce')",
        "leave out the rows that are then NaN",
    )


def test_numbers_written_as_text(table: pd.DataFrame) -> None:
    refused(
        table.assign(loss=table.loss.astype(str)),
        "Column 'loss' must be numbers, got numbers written as text, first '3.115",
        "in row 0. Convert it, for example with pandas.to_numeric.",
    )


def test_dates_are_no_counts(table: pd.DataFrame) -> None:
    refused(table.assign(tokens=pd.date_range("2024-01-01", periods=20)), "Column 'tokens'")


@pytest.mark.parametrize("name", ["loss_bits", "bits_per_byte", "loss_bpb", "Loss_BPT", "bpc"])
def test_a_response_in_bits(table: pd.DataFrame, name: str) -> None:
    refused(
        table.rename(columns={"loss": name}),
        f"Column '{name}' is named in bits",
        "Chinchilla is in nats per token",
        "replication.units.nats_from_bits",
        response=name,
    )


def test_a_table_with_bits_only(table: pd.DataFrame) -> None:
    refused(
        table.rename(columns={"loss": "loss_bits"}),
        "Column 'loss' is missing",
        "'loss_bits' is named in bits",
        "nats_from_bits",
    )


@pytest.mark.parametrize("name", ["loss_orbit", "habits", "loss_nats"])
def test_names_that_only_look_like_bits(table: pd.DataFrame, name: str) -> None:
    assert rp.fit(Chinchilla, table.rename(columns={"loss": name}), name).n == 20


def test_a_law_that_predicts_bits_may_read_bits() -> None:
    x = np.geomspace(1e18, 1e22, 10)
    table = {"flops": x, "bits_per_character": 30 * x**-0.1}
    law = PowerLaw.of("flops", "bits_per_character")
    assert rp.fit(law, table).law.alpha == pytest.approx(0.1)


def test_bits_become_nats_by_the_advice_of_the_message(table: pd.DataFrame) -> None:
    bits = table.assign(loss_bits=table.loss / np.log(2)).drop(columns="loss")
    repaired = bits.assign(loss=rp.units.nats_from_bits(bits.loss_bits))
    assert rp.fit(Chinchilla, repaired).law.alpha == pytest.approx(0.34, rel=1e-6)


def test_fewer_points_than_fields(table: pd.DataFrame) -> None:
    refused(
        table.head(4),
        "4 points cannot determine 5 free fields (A, B, E, alpha, beta)",
        "Add runs, or fix or tie fields",
    )
    assert rp.fit(Chinchilla, table.head(4), fixed={"E": 1.7}, tied={"beta": "alpha"}).n == 4


def test_empty_table(table: pd.DataFrame) -> None:
    refused(
        table.head(0),
        "The table is empty",
        "Chinchilla needs rows with params, tokens, loss",
        "Check the filter",
    )
    refused({"flops": [], "loss": []}, "The table is empty", law=PowerLaw)


@pytest.mark.parametrize("column", ["params", "tokens", "loss"])
def test_constant_column(table: pd.DataFrame, column: str) -> None:
    refused(
        table.assign(**{column: 3e9}),
        f"Column '{column}' is constant (3e+09)",
        "it cannot identify Chinchilla",
        "Use rows where it varies",
    )


@pytest.mark.parametrize("fixed", [{"E": 1.7}, {"A": 400.0}, {"alpha": 0.34, "beta": 0.28}])
def test_constant_column_that_leaves_fields_alike(
    table: pd.DataFrame, fixed: dict[str, float]
) -> None:
    with pytest.raises(DataError, match=r"Column 'params' is constant \(3e\+09\)"):
        rp.fit(Chinchilla, table.assign(params=3e9), fixed=fixed)


def test_constant_column_that_no_free_field_needs(table: pd.DataFrame) -> None:
    one_size = table.assign(params=3e9)
    held = rp.fit(Chinchilla, one_size, fixed={"A": 400.0, "alpha": 0.34})
    extra = 400.0 * 3e9**-0.34
    curve = rp.fit(rp.laws.PowerLawOffset.of("tokens"), one_size)
    assert held.value == pytest.approx(curve.value, rel=1e-9)
    assert held.law.beta == pytest.approx(curve.law.alpha, rel=1e-5)
    assert held.law.E + extra == pytest.approx(curve.law.E, rel=1e-5)


def test_columns_of_different_length() -> None:
    refused(
        {"flops": [1e18, 1e19, 1e20], "loss": [3.0, 2.5]},
        "Columns differ in length",
        "'flops': 3",
        "'loss': 2",
        "one value for each point",
        law=PowerLaw,
    )


def test_a_column_that_exists_twice(table: pd.DataFrame) -> None:
    refused(pd.concat([table, table[["loss"]]], axis=1), "loss")


@pytest.mark.parametrize("data", [[1, 2, 3], None, "figure4_points", np.ones((5, 3))])
def test_what_is_not_a_table(data: Any) -> None:
    refused(data, "table", kind=rp.ReplicationError)


def test_columns_of_two_dimensions() -> None:
    square = np.geomspace(1, 9, 9).reshape(3, 3)
    refused({"flops": square, "loss": 1 / square}, "flops", law=PowerLaw)


@pytest.mark.parametrize(
    ("weights", "parts"),
    [
        (np.ones(3), ["weights have shape (3,)", "one for each of the 20 rows"]),
        (-np.ones(20), ["not negative", "the smallest is -1"]),
        (np.full(20, np.nan), ["weights must be finite"]),
        (np.zeros(20), ["not all zero"]),
        (2.0, ["weights have shape ()"]),
    ],
)
def test_bad_weights(table: pd.DataFrame, weights: Any, parts: list[str]) -> None:
    refused(table, *parts, kind=ArgumentError, weights=weights)


def test_a_weight_that_is_not_a_number_is_named(table: pd.DataFrame) -> None:
    refused(table.assign(w="heavy"), "heavy", kind=rp.ReplicationError, weights="w")
    refused(table, "heavy", kind=rp.ReplicationError, weights=["heavy"] * 20)


def test_a_negative_weight_among_others_is_named(table: pd.DataFrame) -> None:
    refused(table.assign(w=[-3.0] + [1.0] * 19), "-3", kind=ArgumentError, weights="w")


def test_missing_weight_column(table: pd.DataFrame) -> None:
    refused(table, "Weight column 'w' is missing", "params, tokens, loss", weights="w")


def test_missing_group_column(table: pd.DataFrame) -> None:
    refused(table, "Group column 'run' is missing", "params, tokens, loss", group="run")


def test_a_group_without_name(table: pd.DataFrame) -> None:
    named = table.assign(run=["a", None] * 10)
    refused(named, "Group column 'run' is empty in row 1", "name the group", group="run")


def test_one_group_only(table: pd.DataFrame) -> None:
    refused(table.assign(run="a"), "one group only ('a')", "two or more", group="run")


def test_unknown_law(table: pd.DataFrame) -> None:
    refused(
        table,
        "Unknown law 'Chinchila'",
        "Did you mean 'Chinchilla'?",
        "ComputeSplit",
        law="Chinchila",
        kind=UnknownNameError,
    )


@pytest.mark.parametrize("law", [3, None, dict, PowerLaw(A=1.0, alpha=0.5)])
def test_what_is_not_a_law(table: pd.DataFrame, law: Any) -> None:
    refused(table, "Pass a subclass of", law=law, kind=UnknownNameError)


@pytest.mark.parametrize("name", ["huber-log", "loghuber", "mse"])
def test_unknown_objective(table: pd.DataFrame, name: str) -> None:
    refused(
        table, f"Unknown objective '{name}'", "log-huber", objective=name, kind=UnknownNameError
    )


def test_an_objective_that_is_no_name(table: pd.DataFrame) -> None:
    refused(table, "3", objective=3, kind=rp.ReplicationError)


def test_unknown_reduction(table: pd.DataFrame) -> None:
    refused(
        table, "Unknown reduction 'median'", "sum, mean", reduction="median", kind=UnknownNameError
    )


@pytest.mark.parametrize("delta", [0, -1e-3, np.nan, np.inf])
def test_bad_delta(table: pd.DataFrame, delta: float) -> None:
    refused(
        table,
        f"delta is {delta}; it must be positive and finite",
        "hoffmann2022 uses 1e-3",
        delta=delta,
        kind=ArgumentError,
    )


def test_a_delta_beside_an_objective_that_has_one(table: pd.DataFrame) -> None:
    # Two thresholds were given; to ignore one of them silently is to fit something else.
    refused(table, "delta", objective=rp.Objective("log-huber"), delta=0.1, kind=ArgumentError)


def test_a_law_with_plain_fields_is_told_how_to_declare_them() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Bare(Law):
        A: float
        inputs = ("flops",)

        def loss(self, flops: Any) -> Any:
            return self.A / flops

        def gradient(self, flops: Any) -> Any:
            return {"A": 1 / flops}

    x = np.geomspace(1, 10, 5)
    refused({"flops": x, "loss": 1 / x}, "coefficient", law=Bare, kind=rp.ReplicationError)


def test_what_is_refused_is_a_value_error(table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="Column 'loss' is missing"):
        rp.fit(PowerLawOffset.of("params"), table.drop(columns="loss"))
