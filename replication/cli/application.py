"""The application that the commands enter: what all of them share."""

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from replication.about import about
from replication.errors import ReplicationError, UnknownNameError

OF_THE_BOOK = ("verify", "new", "check", "score", "data")
"""Commands about the book itself, whose errors are verdicts unless a name is not known."""
LISTS = {"--designs": "score", "--accept": "data"}
"""Flags that take several values in a row, and the command they belong to."""


class Commands(TyperGroup):
    """The commands: an error of the package is a message and an exit code, not a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            code = super().invoke(ctx)
        except ReplicationError as error:
            print(error, file=sys.stderr)
            known = ctx.invoked_subcommand not in OF_THE_BOOK
            raise typer.Exit(2 if known or isinstance(error, UnknownNameError) else 1) from None
        raise typer.Exit(int(code or 0))


app = typer.Typer(
    name="replication",
    cls=Commands,
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Scaling laws, replicated: fit your own runs, plan a model, check the book's claims.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(about().version)
        raise SystemExit(0)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Take what stands before the command."""


def spread_out(arguments: Iterable[str]) -> list[str]:
    """Return arguments with the name of a list's flag before each of its values.

    Parameters
    ----------
    arguments : iterable of str
        As typed: ``--designs a b``.

    Returns
    -------
    list of str
        As the parser reads it: ``--designs a --designs b``.

    Examples
    --------
    >>> spread_out(["score", "law.py", "--designs", "a", "b", "--objective", "lsq"])
    ['score', 'law.py', '--designs', 'a', '--designs', 'b', '--objective', 'lsq']
    """
    words = list(arguments)
    found: list[str] = []
    flag = ""
    for word in words:
        if word.startswith("-"):
            flag = word if LISTS.get(word) == words[0] else ""
            found.append(word)
        elif flag and found[-1] != flag:
            found += [flag, word]
        else:
            found.append(word)
    return found
