"""Files that hold a table of runs: CSV, JSON lines and Parquet, by the ending of their name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from replication.errors import DataError, ReplicationError, unknown

PARQUET_EXTRA = (
    "Parquet files are read by pandas with pyarrow, which is not installed. Install it with "
    "pip install 'scaling-laws-replicated[parquet]', or save the table as CSV."
)
COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def _tsv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t")


def _json_lines(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True)


def _json(path: Path) -> pd.DataFrame:
    return pd.read_json(path)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, engine="pyarrow")
    except ImportError:
        raise ReplicationError(PARQUET_EXTRA) from None


FORMATS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json,
    ".parquet": _parquet,
    ".pq": _parquet,
}
"""How a file is read, by the ending of its name; text may be compressed (``runs.csv.gz``)."""


def read_table(path: str | Path) -> pd.DataFrame:
    r"""Read a table from a file.

    Parameters
    ----------
    path : str or Path
        A file whose name ends as one of `FORMATS`: ``runs.csv``, ``runs.jsonl``,
        ``runs.parquet``. The first line of a CSV file names its columns.

    Returns
    -------
    DataFrame
        The table as it is in the file; nothing is renamed or converted.

    Raises
    ------
    UnknownNameError
        If the name of the file has another ending.
    DataError
        If the file is not there, or is no table.
    ReplicationError
        If it is a Parquet file and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "runs.jsonl"
    >>> _ = path.write_text('{"params": 1e8, "loss": 3.1}\n{"params": 1e9, "loss": 2.6}\n')
    >>> read_table(path)["loss"].tolist()
    [3.1, 2.6]
    """
    path = Path(path)
    endings = [ending.lower() for ending in path.suffixes if ending.lower() not in COMPRESSED]
    ending = endings[-1] if endings else ""
    if ending not in FORMATS:
        raise unknown("kind of file", ending or path.name, FORMATS)
    try:
        table = FORMATS[ending](path)
    except ReplicationError:
        raise
    except (OSError, ValueError) as error:
        why = _why(error)
        raise DataError(f"{path} cannot be read: {why}. Give a table as {ending[1:]}.") from None
    if table.empty:
        raise DataError(f"{path} holds no rows; a table with one row a run is expected.")
    return table.rename(columns=lambda name: str(name).strip())


def _why(error: Any) -> str:
    reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return str(reason).rstrip(".")
