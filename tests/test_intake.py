"""A user's table is read as it says, and nothing is converted or chosen in silence."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import DataError, ReplicationError
from replication.intake import files, guess_columns, read_table, take_runs, unit_of_heading

RUNS = rp.load("hoffmann2022", "figure4_isoflop_points")[::6]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "jsonl", "json", "parquet"])
def test_every_format_gives_the_same_table(tmp_path, ending):
    path = tmp_path / f"my runs.{ending}"
    table = RUNS[["params", "tokens", "loss"]].reset_index(drop=True)
    if "csv" in ending:
        table.to_csv(path, index=False)
    elif ending == "tsv":
        table.to_csv(path, index=False, sep="\t")
    elif ending == "parquet":
        pytest.importorskip("pyarrow")
        table.to_parquet(path)
    else:
        table.to_json(path, orient="records", lines=ending == "jsonl", double_precision=15)
    pd.testing.assert_frame_equal(
        read_table(path), table, check_exact=False, rtol=1e-12, check_dtype=False
    )


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    path = tmp_path / "runs.parquet"
    path.write_bytes(b"PAR1")

    def missing(*args, **kwargs):
        raise ImportError("no pyarrow")

    monkeypatch.setattr(files.pd, "read_parquet", missing)
    with pytest.raises(ReplicationError, match=r"pip install 'scaling-laws-replicated\[parquet\]'"):
        read_table(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("runs.xlsx", "", "Unknown kind of file '.xlsx'"),
        ("runs", "", "Unknown kind of file 'runs'"),
        ("runs.csv", "params,loss\n", "holds no rows"),
        ("runs.csv", "", "cannot be read: No columns"),
        ("runs.jsonl", "{", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ReplicationError, match=said):
        read_table(path)


def test_units_are_converted_when_asked_only():
    table = pd.DataFrame(
        {"Params (M)": RUNS.params / 1e6, "tokens": RUNS.tokens, "ppl": np.exp(RUNS.loss)}
    )
    with pytest.raises(DataError, match="named in millions") as caught:
        take_runs(table)
    assert "--params-in millions" in str(caught.value)
    assert "--loss-in perplexity" in str(caught.value), "all that is missing is said at once"
    found = take_runs(table, units={"params": "millions", "loss": "perplexity"})
    assert np.allclose(found.runs["params"], RUNS["params"], rtol=1e-12)
    assert np.allclose(found.runs["loss"], RUNS["loss"], rtol=1e-12)
    plain = take_runs(table, units={"params": "ones", "loss": "nats"})
    assert plain.runs["params"].max() < 1e6


@pytest.mark.parametrize(
    ("name", "values", "unit", "expected"),
    [
        ("params", ["124M", "1.4 B", "70K"], "letters", [124e6, 1.4e9, 70e3]),
        ("tokens", [1.5, 3.0], "trillions", [1.5e12, 3e12]),
        ("flops", [1.0], "pf-days", [8.64e19]),
        ("loss", [1.0], "bits", [np.log(2)]),
    ],
)
def test_each_unit(name, values, unit, expected):
    found = take_runs(pd.DataFrame({name: values}), units={name: unit}).runs
    assert np.allclose(found[name], expected, rtol=1e-12)


def test_headings_are_guessed_and_said_to_be():
    found = take_runs(pd.DataFrame({"n_params": [1e8], "trainTokens": [1e9], "eval/loss": [3.0]}))
    assert dict(found.columns) == {
        "params": "n_params",
        "tokens": "trainTokens",
        "loss": "eval/loss",
    }
    assert found.guessed == ("params", "tokens", "loss")
    assert take_runs(RUNS).guessed == ()


def test_a_unit_behind_the_name_does_not_hide_it():
    headings = ["Tokens (B)", "Params, M", "final loss (bits per token)"]
    assert guess_columns(headings) == {
        "params": "Params, M",
        "tokens": "Tokens (B)",
        "loss": "final loss (bits per token)",
    }
    assert guess_columns(["eval/loss", "bits per byte"])["loss"] == "eval/loss"
    assert guess_columns(["Training FLOPs", "Loss"])["flops"] == "Training FLOPs"


def test_two_likely_headings_are_not_chosen_between():
    with pytest.raises(DataError, match="may be 'val_loss' or 'Val loss'"):
        guess_columns(["val_loss", "Val loss"])


def test_a_letter_alone_is_a_name_not_a_unit():
    assert [unit_of_heading(h) for h in ("N", "D", "B", "Tokens (B)")] == ["", "", "", "billions"]


def test_six_n_d_is_computed_when_asked_only():
    table = pd.DataFrame({"params": [1e8], "flops": [6e18], "loss": [3.0]})
    assert "tokens" not in take_runs(table).runs
    assert take_runs(table, derive=["tokens"]).runs["tokens"].tolist() == [1e10]
    with pytest.raises(DataError, match="no column is known for tokens"):
        take_runs(table.drop(columns="flops"), derive=["flops"])


def test_rows_are_chosen_and_left_out_when_asked_only():
    table = pd.DataFrame({"params": [1e8, 1e9, np.nan], "loss": [3.0, 2.5, 2.0], "text": [1, 2, 2]})
    assert len(take_runs(table, keep={"text": "2"}).runs) == 2
    found = take_runs(table, drop_empty=True)
    assert (len(found.runs), found.dropped) == (2, 1)
    assert take_runs(table).runs["params"].isna().sum() == 1
    with pytest.raises(DataError, match="No row has text = '7'"):
        take_runs(table, keep={"text": "7"})


def test_columns_that_are_not_there_are_named():
    with pytest.raises(DataError, match="There is no column 'size' for params; the table has"):
        take_runs(RUNS, {"params": "size"})
    with pytest.raises(DataError, match="A unit is given for loss, but no column"):
        take_runs(RUNS.drop(columns="loss"), units={"loss": "bits"})
