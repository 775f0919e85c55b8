"""A table of runs as the package works on it, and what was done to make it one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import DataError, listed, one_of_names, shown
from replication.fitting.column_units import unit_in_name, unit_said
from replication.intake.headings import ROLES, guess_columns, unit_of_heading
from replication.intake.scales import converted

DERIVED = ("flops", "tokens", "params")
"""What follows from the other two by C = 6 N D."""


@dataclass(frozen=True, eq=False)
class Intake:
    """A user's runs, and how they were read.

    Parameters
    ----------
    runs : DataFrame
        One row a run: ``params``, ``tokens``, ``flops`` (counts) and ``loss`` (nats per token) as
        far as the table has them, then its other columns as they were.
    columns : mapping of str to str
        Heading of the table behind each part.
    guessed : tuple of str
        Parts whose column was guessed by its heading; to be confirmed.
    units : mapping of str to str
        What was converted, from which unit.
    derived : tuple of str
        Parts that were computed by C = 6 N D.
    dropped : int
        Rows that were left out because one of the parts is empty.
    rows : int
        Rows that the table has.

    Examples
    --------
    >>> table = pd.DataFrame({"Params (M)": [85.0], "tokens": [2e9], "val_loss": [3.2]})
    >>> found = take_runs(table, units={"params": "millions"})
    >>> found.guessed, found.runs["params"].tolist()
    (('params', 'loss'), [85000000.0])
    """

    runs: pd.DataFrame = field(repr=False)
    columns: Mapping[str, str]
    guessed: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    dropped: int = 0
    rows: int = 0

    def lines(self) -> list[str]:
        """Return what was read from where, one line a part.

        Returns
        -------
        list of str
            As in ``params <- 'Params (M)' in millions (guessed)``.
        """
        found = []
        for role, heading in self.columns.items():
            unit = f" in {self.units[role]}" if role in self.units else ""
            guess = " (guessed)" if role in self.guessed else ""
            found.append(f"{role} <- {heading!r}{unit}{guess}")
        found += [f"{role} <- by C = 6 N D" for role in self.derived]
        if self.dropped:
            found.append(f"{self.dropped} of {self.rows} rows left out: a part of them is empty")
        return found


def take_runs(
    table: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    *,
    units: Mapping[str, str] | None = None,
    derive: Sequence[str] = (),
    keep: Mapping[str, str] | None = None,
    drop_empty: bool = False,
) -> Intake:
    """Return a user's table as runs that the package can fit.

    Parameters
    ----------
    table : DataFrame
        One row a run, as `read_table` gives it.
    columns : mapping of str to str, optional
        The column of a part: ``{"params": "Model size"}``. Parts are ``params``, ``tokens``,
        ``flops``, ``loss`` and whatever a law reads. The others are guessed by their headings.
    units : mapping of str to str, optional
        Unit of a part that is not in counts or in nats per token: a name in `UNITS`, as in
        ``{"params": "millions", "loss": "bits"}``.
    derive : sequence of str
        Parts to compute from the two others by C = 6 N D: ``flops``, ``tokens`` or ``params``.
    keep : mapping of str to str, optional
        Rows to take: a column, and the value (as text) that it must have.
    drop_empty : bool
        Whether rows in which a part is empty are left out; otherwise the fit will name them.

    Returns
    -------
    Intake
        The runs, and what was done.

    Raises
    ------
    DataError
        If a column is not there, a guess has two answers, a heading names a unit that nobody spoke
        of, a part that is to be derived is already there, or no row is left.
    UnknownNameError
        If a unit is not known.

    Examples
    --------
    >>> table = pd.DataFrame({"N": ["70M", "1B"], "C": [1e19, 1e21], "loss": [3.0, 2.5]})
    >>> found = take_runs(table, units={"params": "letters"}, derive=["tokens"])
    >>> print(*found.lines(), sep=chr(10))
    params <- 'N' in letters (guessed)
    flops <- 'C' (guessed)
    loss <- 'loss'
    tokens <- by C = 6 N D
    >>> take_runs(pd.DataFrame({"params_M": [85.0], "loss": [3.2]}))
    Traceback (most recent call last):
        ...
    replication.errors.DataError: Column 'params_M' is named in millions. Add --params-in millions
    (units={'params': 'millions'}) if so, or --params-in ones if it holds plain counts.
    """
    table = _kept(table, keep or {})
    given = dict(columns or {})
    for role, heading in given.items():
        if heading not in table.columns:
            raise DataError(
                f"There is no column {shown(heading)} for {role}; the table has "
                f"{listed(table.columns)}."
            )
    units = dict(units or {})
    for role in derive:
        one_of_names("part that C = 6 N D gives", role, DERIVED)
    twice = {name for name in table.columns if list(table.columns).count(name) > 1}
    guesses = guess_columns(dict.fromkeys(table.columns), given)
    guesses = {role: heading for role, heading in guesses.items() if role not in derive}
    chosen = {role: (given | guesses)[role] for role in (*guesses, *given) if role not in derive}
    if used_twice := twice & set(chosen.values()):
        raise DataError(f"The table has several columns {sorted(used_twice)[0]!r}. Keep one.")
    if silent := [text for r, h in chosen.items() if r not in units and (text := _unsaid(r, h))]:
        raise DataError(" ".join(silent))
    parts = {
        role: converted(role, table[heading], units[role]) if role in units else table[heading]
        for role, heading in chosen.items()
    }
    if stray := [role for role in units if role not in chosen]:
        raise DataError(
            f"A unit is given for {stray[0]}, but no column is known for it; the table has "
            f"{listed(table.columns)}. Name it: --{stray[0].replace('_', '-')} COLUMN."
        )
    runs = pd.DataFrame(parts)
    for role in derive:
        runs[role] = _by_six(role, runs)
    full = runs.notna().all(axis=1) if drop_empty else pd.Series(True, index=runs.index)
    others = [name for name in table.columns if name not in (*chosen.values(), *runs.columns)]
    runs = pd.concat([runs, table[others]], axis=1)[full].reset_index(drop=True)
    if runs.empty:
        raise DataError(f"No row is left: in each of the {len(table)} some part is empty.")
    ordered = [role for role in ROLES if role in chosen] + [r for r in chosen if r not in ROLES]
    return Intake(
        runs=runs,
        columns={role: chosen[role] for role in ordered},
        guessed=tuple(r for r in ordered if r in guesses and guesses[r] != r),
        units={role: units[role] for role in ordered if role in units},
        derived=tuple(derive),
        dropped=int((~full).sum()),
        rows=len(table),
    )


def _kept(table: pd.DataFrame, keep: Mapping[str, str]) -> pd.DataFrame:
    for name, value in keep.items():
        if name not in table.columns:
            raise DataError(
                f"There is no column {shown(name)} to choose rows by; the table has "
                f"{listed(table.columns)}."
            )
        same = table[name].astype(str) == str(value)
        if pd.api.types.is_numeric_dtype(table[name]):
            number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
            same = same | (table[name] == number)
        if not same.any():
            values = listed(table[name].dropna().unique()[:12])
            raise DataError(f"No row has {name} = {shown(value)}; it has {values}.")
        table = table[same]
    return table


def _unsaid(role: str, heading: str) -> str:
    """Return what to say about a unit that a heading names, or nothing."""
    flag = f"--{role.replace('_', '-')}-in"
    if role == "loss":
        if not (unit := unit_in_name(heading)):
            return ""
        asked = "perplexity" if unit == "perplexity" else "bits"
        return (
            f"Column {heading!r} is named {unit_said(unit)}. Add {flag} {asked} "
            f"(units={{'loss': {asked!r}}}) to convert it, or {flag} nats if it is in nats."
        )
    if not (unit := unit_of_heading(heading)):
        return ""
    return (
        f"Column {heading!r} is named in {unit}. Add {flag} {unit} (units={{{role!r}: {unit!r}}}) "
        f"if so, or {flag} ones if it holds plain counts."
    )


def _by_six(role: str, runs: pd.DataFrame) -> "pd.Series[float]":
    if role in runs:
        raise DataError(f"There is a column for {role} already; leave out --derive {role}.")
    others = [name for name in DERIVED if name != role]
    if missing := [name for name in others if name not in runs]:
        raise DataError(
            f"{role} follow from {' and '.join(others)} by C = 6 N D, but no column is known for "
            f"{listed(missing)}. Name {'it' if len(missing) == 1 else 'them'}: "
            f"{' '.join(f'--{name} COLUMN' for name in missing)}."
        )
    numbers = {name: pd.to_numeric(runs[name], errors="coerce").astype(float) for name in others}
    with np.errstate(all="ignore"):
        if role == "flops":
            return FLOPS_PER_PARAM_TOKEN * numbers["params"] * numbers["tokens"]
        other = numbers["params" if role == "tokens" else "tokens"]
        return numbers["flops"] / (FLOPS_PER_PARAM_TOKEN * other)
