"""A table of runs that somebody wants to give to the corpus: does it fit the schema?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replication.errors import DataError, ReplicationError
from replication.fitting.column_units import refuse_unit, unit_notes

NEEDED = ("run", "tokens", "loss")
SIZES = ("params", "params_nonembedding")
COUNTS = ("params", "params_nonembedding", "tokens", "unique_tokens", "flops", "budget")
LEAST_RUNS = 10
"""Runs below which a design says too little to be worth a place."""


@dataclass(frozen=True)
class Submission:
    """What a check of a table found.

    Parameters
    ----------
    runs : int
        Rows of the table.
    problems : tuple of str
        What has to be mended; none if the table fits.
    remarks : tuple of str
        What is worth a second look, or would make the table more useful.

    Examples
    --------
    >>> Submission(40, (), ()).fits
    True
    """

    runs: int
    problems: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing has to be mended."""
        return not self.problems

    def __str__(self) -> str:
        """Return a line for each problem and remark, and one for all."""
        lines = [f"mend: {text}" for text in self.problems]
        lines += [f"look: {text}" for text in self.remarks]
        verdict = "fits the schema of the corpus" if self.fits else "does not fit yet"
        return "\n".join([*lines, f"{self.runs} runs: the table {verdict}."])


def check_runs(table: pd.DataFrame) -> Submission:
    """Check a table of runs against the schema of the corpus.

    Parameters
    ----------
    table : DataFrame
        One row a run: ``run`` (its name), ``params`` or ``params_nonembedding``, ``tokens``
        (counts) and ``loss`` (nats per token).

    Returns
    -------
    Submission
        Problems and remarks, in words.

    Examples
    --------
    >>> few = pd.DataFrame({"run": ["a"], "params": [1e9], "tokens": [2e10], "ppl": [12.0]})
    >>> print(check_runs(few))
    mend: Column 'ppl' is named a perplexity, but the corpus is in nats per token: take its natural
    logarithm, numpy.log, and name it 'loss'.
    mend: There is no column loss.
    mend: There are 1 runs; a design needs 10 or more.
    look: Give params_nonembedding as well as params, or n_layers, d_model and vocab_size, so that
    others can count either way.
    1 runs: the table does not fit yet.
    """
    problems: list[str] = []
    remarks: list[str] = []
    for name in map(str, table.columns):
        try:
            refuse_unit(name, "the corpus")
        except ReplicationError as error:
            problems.append(str(error))
    problems += [f"There is no column {name}." for name in NEEDED if name not in table]
    sizes = [name for name in SIZES if name in table]
    if not sizes:
        problems.append("There is no column params, nor params_nonembedding.")
    for name in (*COUNTS, "loss"):
        if name in table:
            problems += _numbers(table[name], name)
    if "run" in table and (twice := table["run"][table["run"].duplicated()].unique()).size:
        names = ", ".join(map(str, twice[:3]))
        problems.append(f"{twice.size} names of runs occur more than once, such as {names}.")
    if len(table) < LEAST_RUNS:
        problems.append(f"There are {len(table)} runs; a design needs {LEAST_RUNS} or more.")
    if not problems:
        read = {"params": table[sizes[0]], "tokens": table["tokens"], "loss": table["loss"]}
        columns = {name: column.to_numpy(dtype=np.float64) for name, column in read.items()}
        remarks += [str(note) for note in unit_notes(columns)]
        if "unique_tokens" in table and (table["unique_tokens"] > table["tokens"]).any():
            problems.append("Some run has more unique_tokens than tokens.")
    if len(sizes) == 1:
        other = next(name for name in SIZES if name not in sizes)
        remarks.append(
            f"Give {other} as well as {sizes[0]}, or n_layers, d_model and vocab_size, so that "
            "others can count either way."
        )
    return Submission(len(table), tuple(problems), tuple(remarks))


def read_runs(path: Path) -> pd.DataFrame:
    """Read a table of runs from a file.

    Parameters
    ----------
    path : Path
        A CSV file with a head.

    Returns
    -------
    DataFrame
        Its rows.

    Raises
    ------
    DataError
        If there is no such file, or it is no table.

    Examples
    --------
    >>> read_runs(Path("nowhere.csv"))
    Traceback (most recent call last):
        ...
    replication.errors.DataError: nowhere.csv cannot be read: No such file or directory. Give the
    path of a CSV file with a head.
    """
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise DataError(
            f"{path} cannot be read: {why}. Give the path of a CSV file with a head."
        ) from None


def _numbers(column: "pd.Series[Any]", name: str) -> list[str]:
    """Return what is wrong with a column of numbers."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    given = column.notna().to_numpy()
    found = []
    if (text := given & np.isnan(values)).any():
        row = int(np.flatnonzero(text)[0])
        found.append(f"{name} has {column.iloc[row]!r} in row {row + 1}, which is no number.")
    if not given.all() and name in (*NEEDED, "params"):
        found.append(f"{name} is empty in {int((~given).sum())} rows.")
    if (bad := given & (~np.isfinite(values) | (values <= 0)) & ~text).any():
        row = int(np.flatnonzero(bad)[0])
        found.append(f"{name} is {values[row]:g} in row {row + 1}; it must be positive.")
    return found
