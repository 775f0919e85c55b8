"""What moved in the ledger: two states of the same claims, before and after."""

import io
import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replication.errors import ArgumentError, DataError

Row = Mapping[str, Any]
"""A claim as `replication.ledger.Ledger.rows` gives it."""

TINY = 1e-9
"""Relative difference up to which two of our numbers are one: rounding of another order."""
_LEDGER = """
import contextlib, json, sys
from replication import ledger
with contextlib.redirect_stdout(sys.stderr):
    known = ledger.known_papers()
    keys = [key for key in sys.argv[1:] if key in known]
    found = ledger.verify(*keys) if keys or len(sys.argv) == 1 else ledger.Ledger(())
print(json.dumps(found.rows()))
"""


@dataclass(frozen=True)
class Move:
    """A claim whose number, printed value or verdict is another than before.

    Parameters
    ----------
    paper, id : str
        The claim.
    printed : str
        What the paper prints, as it is read now.
    before, after : float, str or None
        Our number then and now, in the unit of the claim; None if there is none.
    verdict_before, verdict_after : str
        The verdicts; empty where the claim did not exist, or is gone.
    """

    paper: str
    id: str
    printed: str
    before: float | str | None
    after: float | str | None
    verdict_before: str
    verdict_after: str

    @property
    def change(self) -> str:
        """The change of our number, as a share of what it was, or in words.

        Examples
        --------
        >>> Move("toy2024", "T1", "0.5", 0.50, 0.51, "reproduced", "reproduced").change
        '+2 %'
        """
        if not self.verdict_before:
            return "new claim"
        if not self.verdict_after:
            return "claim is gone"
        if isinstance(self.before, float) and isinstance(self.after, float):
            if _same(self.before, self.after):
                return "number unmoved"
            if self.before:
                return f"{100 * (self.after / self.before - 1):+.2g} %"
            return f"{self.after - self.before:+.2g}"
        return "answer changed"


def moved(before: Iterable[Row], after: Iterable[Row]) -> tuple[Move, ...]:
    """Return the claims that are not as they were, whatever their verdict says.

    Parameters
    ----------
    before, after : iterable of mapping
        Rows of two ledgers, with at least the keys ``paper``, ``id``, ``printed``, ``ours`` and
        ``verdict``.

    Returns
    -------
    tuple of Move
        In the order of the ledger now; claims that are gone come last.

    Examples
    --------
    >>> row = {"paper": "toy2024", "id": "T1", "printed": "0.5", "verdict": "reproduced"}
    >>> [move.change for move in moved([row | {"ours": 0.50}], [row | {"ours": 0.51}])]
    ['+2 %']
    """
    then = {(str(row["paper"]), str(row["id"])): row for row in before}
    now = {(str(row["paper"]), str(row["id"])): row for row in after}
    found = []
    for key in [*now, *(key for key in then if key not in now)]:
        old, new = then.get(key), now.get(key)
        shown = new or old or {}
        move = Move(
            *key,
            printed=str(shown["printed"]),
            before=_number(old),
            after=_number(new),
            verdict_before=str(old["verdict"]) if old else "",
            verdict_after=str(new["verdict"]) if new else "",
        )
        if old is None or new is None or not _alike(old, new):
            found.append(move)
    return tuple(found)


def rows_of(state: str, keys: Sequence[str], checkout: Path) -> list[dict[str, Any]]:
    """Return the ledger at an earlier state.

    Parameters
    ----------
    state : str
        A file that ``replication verify --json`` wrote, or a commit of the checkout, whose
        ledger is then computed by the package as it was.
    keys : sequence of str
        Papers; all if there are none.
    checkout : Path
        The repository.

    Returns
    -------
    list of dict
        One row a claim, of the papers that were asked for and existed.

    Raises
    ------
    ArgumentError
        If the state is neither a file nor a commit.
    DataError
        If the file holds no ledger, or that commit's package could not compute one.
    """
    path = Path(state)
    rows = _read(path) if path.is_file() else _compute(state, keys, checkout)
    return [row for row in rows if not keys or row["paper"] in keys]


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} is no JSON ({error}). Write it with `replication verify --json > {path.name}`."
        ) from None
    needed = ("paper", "id", "printed", "ours", "verdict")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(name in row for name in needed) for row in rows
    ):
        raise DataError(
            f"{path} is no ledger: a list of claims is expected, each with {', '.join(needed)}. "
            f"Write it with `replication verify --json > {path.name}`."
        )
    return rows


def _compute(commit: str, keys: Sequence[str], checkout: Path) -> list[dict[str, Any]]:
    git = ["git", "-C", str(checkout)]
    ask = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}"]
    named = _run([*git, *ask])
    if named is None or named.returncode:
        raise ArgumentError(
            f"--against {commit!r} is neither a file of `replication verify --json` nor a commit "
            f"of {checkout}. Give a file, or a commit such as HEAD or HEAD~1."
        )
    revision = named.stdout.decode().strip()
    with tempfile.TemporaryDirectory() as folder:
        archive = _run([*git, "archive", revision, "replication", "data"])
        if archive is None or archive.returncode:
            raise DataError(f"{commit} has no folders replication and data; give a later commit.")
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        # Its package is found before the installed one.
        done = _run([sys.executable, "-c", _LEDGER, *keys], folder)
    assert done is not None, "the interpreter that runs this is there"
    try:
        rows: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise DataError(
            f"The package at {commit} could not compute its ledger: {' '.join(last)}. Compare "
            "with a file instead, written there by `replication verify --json`."
        ) from None
    return rows


def _run(
    command: list[str], folder: str | None = None
) -> subprocess.CompletedProcess[bytes] | None:
    environ = os.environ | ({"PYTHONPATH": folder} if folder else {})
    try:
        return subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
    except FileNotFoundError:
        return None  # git is not installed


def _number(row: Row | None) -> float | str | None:
    value = None if row is None else row["ours"]
    return float(value) if isinstance(value, int | float) else value


def _alike(old: Row, new: Row) -> bool:
    stated = all(old[name] == new[name] for name in ("printed", "verdict"))
    return stated and _same(_number(old), _number(new))


def _same(one: float | str | None, other: float | str | None) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TINY, abs_tol=0)
    return one == other
