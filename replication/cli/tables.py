"""Flags that say how a table of runs is to be read, shared by the commands that take one."""

import functools
import inspect
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from replication.errors import ArgumentError, DataError
from replication.intake import UNITS, Intake, read_table, take_runs

PANEL = "How the table is read"
COUNTS = ", ".join(UNITS["counts"])


def _column(what: str) -> Any:
    return typer.Option(metavar="COLUMN", help=f"Column of the {what}.", rich_help_panel=PANEL)


def _unit(what: str, units: str) -> Any:
    text = f"Unit of the {what}, to convert it: {units}."
    return typer.Option(metavar="UNIT", help=text, rich_help_panel=PANEL)


def pairs(texts: list[str] | None, flag: str) -> dict[str, str]:
    """Return NAME=VALUE flags as a mapping.

    Parameters
    ----------
    texts : list of str or None
        What was given.
    flag : str
        Its name, for the message.

    Returns
    -------
    dict of str to str
        By name.

    Raises
    ------
    ArgumentError
        If one has no equals sign.

    Examples
    --------
    >>> pairs(["steps=Iterations"], "--column")
    {'steps': 'Iterations'}
    """
    found = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise ArgumentError(f"{flag} is {text!r}; write NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


@dataclass(frozen=True)
class Reading:
    """How a table is read: the flags of every command that takes one.

    Its fields are flags, with the names and defaults that they have here.

    Examples
    --------
    >>> Reading(params="Model size", yes=True).params
    'Model size'
    """

    params: Annotated[str | None, _column("parameters")] = None
    tokens: Annotated[str | None, _column("training tokens")] = None
    flops: Annotated[str | None, _column("training compute")] = None
    loss: Annotated[str | None, _column("loss")] = None
    unique_tokens: Annotated[str | None, _column("unique tokens")] = None
    params_in: Annotated[str | None, _unit("parameters", COUNTS)] = None
    tokens_in: Annotated[str | None, _unit("tokens", COUNTS)] = None
    flops_in: Annotated[str | None, _unit("compute", COUNTS)] = None
    loss_in: Annotated[str | None, _unit("loss", ", ".join(UNITS["loss"]))] = None
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INPUT=COLUMN",
            help="Column of any other input of a law; once for each.",
            rich_help_panel=PANEL,
        ),
    ] = None
    derive: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="Compute flops, tokens or params from the other two by C = 6 N D.",
            rich_help_panel=PANEL,
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Take these rows only; once for each.",
            rich_help_panel=PANEL,
        ),
    ] = None
    drop_empty: Annotated[
        bool,
        typer.Option(
            "--drop-empty", help="Leave out rows in which a part is empty.", rich_help_panel=PANEL
        ),
    ] = False
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Take columns that were guessed by headings.", rich_help_panel=PANEL
        ),
    ] = False

    def read(self, path: Path, quiet: bool = False, **renamed: str) -> Intake:
        """Read a table, show how it was read, and ask for a yes where it was guessed.

        Parameters
        ----------
        path : Path
            The table.
        quiet : bool
            Whether the standard output is a program's.
        **renamed : str
            Flags that the command calls otherwise, for the message.

        Returns
        -------
        Intake
            The runs.

        Raises
        ------
        DataError
            If columns were guessed, and nobody has said yes.
        """
        named = {name: getattr(self, name) for name in _NAMED}
        units = {name: getattr(self, f"{name}_in") for name in _IN_UNITS}
        found = take_runs(
            read_table(path),
            {name: value for name, value in named.items() if value is not None}
            | pairs(self.column, "--column"),
            units={name: value for name, value in units.items() if value is not None},
            derive=self.derive or (),
            keep=pairs(self.where, "--where"),
            drop_empty=self.drop_empty,
        )
        asked = bool(found.guessed) and not self.yes
        for line in found.lines():
            print(line, file=sys.stderr if quiet or asked else sys.stdout)
        if asked:
            flags = " ".join(
                f"--{renamed.get(name, name).replace('_', '-')} {shlex.quote(found.columns[name])}"
                for name in found.guessed
            )
            raise DataError(
                f"Columns were guessed by their headings. Add --yes if the guess is right, or name "
                f"them: {flags}"
            )
        return found


_NAMED = ("params", "tokens", "unique_tokens", "flops", "loss")
_IN_UNITS = ("params", "tokens", "flops", "loss")


def takes_tables(**renamed: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the flags of `Reading`, which it gets as its argument ``reading``.

    Parameters
    ----------
    **renamed : str
        Flags that the command calls otherwise: ``flops="compute"``.

    Returns
    -------
    callable
        Takes a command with an argument ``reading``, and returns it as typer reads it, its own
        flags first.

    Examples
    --------
    >>> import inspect
    >>> def show(path: Path, reading: Reading) -> None: ...
    >>> list(inspect.signature(takes_tables(flops="compute")(show)).parameters)[:4]
    ['path', 'params', 'tokens', 'compute']
    """
    return functools.partial(_taking, renamed)


def _taking(renamed: Mapping[str, str], command: Callable[..., Any]) -> Callable[..., Any]:
    own = inspect.signature(command, eval_str=True).parameters.values()
    hints = get_type_hints(Reading, include_extras=True)
    flags = {field.name: renamed.get(field.name, field.name) for field in fields(Reading)}

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        reading = Reading(**{name: given.pop(flag) for name, flag in flags.items()})
        return command(**given, reading=reading)

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [one.replace(kind=kind) for one in own if one.name != "reading"] + [
        inspect.Parameter(flags[one.name], kind, default=one.default, annotation=hints[one.name])
        for one in fields(Reading)
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run
