"""Flags that say how a table of runs is to be read, shared by the commands that take one."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from replication.errors import ArgumentError, DataError
from replication.intake import UNITS, Intake, read_table, take_runs

PANEL = "How the table is read"
COUNTS = ", ".join(UNITS["counts"])


def _column(what: str) -> object:
    return typer.Option(metavar="COLUMN", help=f"Column of the {what}.", rich_help_panel=PANEL)


def _unit(what: str, units: str) -> object:
    text = f"Unit of the {what}, to convert it: {units}."
    return typer.Option(metavar="UNIT", help=text, rich_help_panel=PANEL)


Params = Annotated[str | None, _column("parameters")]
Tokens = Annotated[str | None, _column("training tokens")]
Flops = Annotated[str | None, _column("training compute")]
Loss = Annotated[str | None, _column("loss")]
UniqueTokens = Annotated[str | None, _column("unique tokens")]
ParamsIn = Annotated[str | None, _unit("parameters", COUNTS)]
TokensIn = Annotated[str | None, _unit("tokens", COUNTS)]
FlopsIn = Annotated[str | None, _unit("compute", COUNTS)]
LossIn = Annotated[str | None, _unit("loss", ", ".join(UNITS["loss"]))]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="INPUT=COLUMN",
        help="Column of any other input of a law; once for each.",
        rich_help_panel=PANEL,
    ),
]
Derive = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PART",
        help="Compute flops, tokens or params from the other two by C = 6 N D.",
        rich_help_panel=PANEL,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=VALUE", help="Take these rows only; once for each.", rich_help_panel=PANEL
    ),
]
DropEmpty = Annotated[
    bool,
    typer.Option(
        "--drop-empty", help="Leave out rows in which a part is empty.", rich_help_panel=PANEL
    ),
]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", help="Take columns that were guessed by headings.", rich_help_panel=PANEL
    ),
]


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


def read(
    path: Path,
    *,
    params: str | None = None,
    tokens: str | None = None,
    flops: str | None = None,
    loss: str | None = None,
    unique_tokens: str | None = None,
    params_in: str | None = None,
    tokens_in: str | None = None,
    flops_in: str | None = None,
    loss_in: str | None = None,
    column: list[str] | None = None,
    derive: list[str] | None = None,
    where: list[str] | None = None,
    drop_empty: bool = False,
    yes: bool = False,
    quiet: bool = False,
) -> Intake:
    """Read a table by the flags, show how it was read, and ask for a yes where it was guessed."""
    named = {
        "params": params,
        "tokens": tokens,
        "unique_tokens": unique_tokens,
        "flops": flops,
        "loss": loss,
    }
    units = {"params": params_in, "tokens": tokens_in, "flops": flops_in, "loss": loss_in}
    found = take_runs(
        read_table(path),
        {name: value for name, value in named.items() if value is not None}
        | pairs(column, "--column"),
        units={name: value for name, value in units.items() if value is not None},
        derive=derive or (),
        keep=pairs(where, "--where"),
        drop_empty=drop_empty,
    )
    asked = bool(found.guessed) and not yes
    for line in found.lines():
        print(line, file=sys.stderr if quiet or asked else sys.stdout)
    if asked:
        flags = " ".join(
            f"--{name.replace('_', '-')} {shlex.quote(found.columns[name])}"
            for name in found.guessed
        )
        raise DataError(
            f"Columns were guessed by their headings. Add --yes if the guess is right, or name "
            f"them: {flags}"
        )
    return found
