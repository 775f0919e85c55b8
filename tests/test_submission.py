"""Tables that people send: what fits, and what is said of what does not."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.cli import main
from replication.datasets.submission import check_runs, read_runs
from replication.errors import DataError


def table(**changes: object) -> pd.DataFrame:
    """A table that fits, changed."""
    rows = 12
    columns = {
        "run": [f"r{i}" for i in range(rows)],
        "params": np.geomspace(1e7, 1e9, rows),
        "params_nonembedding": np.geomspace(8e6, 9e8, rows),
        "tokens": np.geomspace(1e9, 3e10, rows),
        "loss": np.linspace(4.0, 2.5, rows),
    }
    return pd.DataFrame(columns | changes)


def test_a_whole_table_fits():
    found = check_runs(table())
    assert (found.fits, found.problems, found.remarks) == (True, (), ())
    assert str(found) == "12 runs: the table fits the schema of the corpus."


def test_designs_of_the_corpus_fit_their_own_schema():
    for design in ("kempner-fineweb", "olmo-ladder", "sardana"):
        runs = rp.corpus(design).dropna(axis=1, how="all")
        assert check_runs(runs).fits, design


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (table().drop(columns="loss"), "no column loss"),
        (table().drop(columns=["params", "params_nonembedding"]), "nor params_nonembedding"),
        (table(tokens=-1.0), "tokens is -1 in row 1; it must be positive"),
        (table(loss=np.inf), "loss is inf in row 1"),
        (table(params=["a lot"] * 12), "params has 'a lot' in row 1, which is no number"),
        (table(run="same"), "occur more than once, such as same"),
        (table().head(3), "There are 3 runs"),
        (table(loss=[np.nan] + [3.0] * 11), "loss is empty in 1 rows"),
        (table(unique_tokens=1e12), "more unique_tokens than tokens"),
        (table().rename(columns={"loss": "bits_per_byte"}), "bits per byte"),
    ],
)
def test_what_does_not_fit_is_said_in_words(changed, said):
    found = check_runs(changed)
    assert not found.fits
    assert any(said in problem for problem in found.problems), found.problems


def test_counts_that_look_like_millions_are_worth_a_look():
    found = check_runs(table(params=np.linspace(10, 900, 12)))
    assert found.fits
    assert "as if in millions or billions" in found.remarks[0]


def test_one_count_of_parameters_is_worth_a_word():
    assert (
        "Give params_nonembedding"
        in check_runs(table().drop(columns="params_nonembedding")).remarks[0]
    )


def test_the_command_says_what_to_mend_and_fails(tmp_path, capsys):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    table().to_csv(good, index=False)
    table().drop(columns="tokens").to_csv(bad, index=False)
    assert main(["check", str(good)]) == 0
    assert "fits the schema" in capsys.readouterr().out
    assert main(["check", str(bad)]) == 1
    assert "mend: There is no column tokens." in capsys.readouterr().out
    assert main(["check", str(tmp_path / "none.csv")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_an_empty_file_is_no_table(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match="cannot be read"):
        read_runs(tmp_path / "empty.csv")
