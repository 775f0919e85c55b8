"""The command line: ``replication COMMAND``; ``replication --help`` lists the commands.

Commands are thin: each reads its flags, calls public functions of the package, and prints.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from typer.exceptions import TyperException
from typer.main import get_command

from replication.cli import book, designing, fitting, planning
from replication.cli.application import app, spread_out

__all__ = ["app", "book", "designing", "fitting", "main", "planning"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        As typed after ``replication``; by default those of the process.

    Returns
    -------
    int
        0 if all is as expected; 1 for a negative verdict: a surprise, a failed computation, a
        damaged table; 2 for bad input.

    Raises
    ------
    SystemExit
        With the code 2, and the usage on the standard error, if the arguments are none that the
        command knows.

    Examples
    --------
    >>> main(["data"])  # doctest: +ELLIPSIS
    table ...
    0
    """
    words = spread_out(sys.argv[1:] if arguments is None else arguments)
    try:
        code = get_command(app).main(args=words, prog_name="replication", standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        if context is not None:
            usage = context.get_usage()
            print(usage[:1].lower() + usage[1:], file=sys.stderr)
            print(f"Try {context.command_path} --help.", file=sys.stderr)
        print(f"error: {error.format_message()}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    return int(code or 0)


def _checkout() -> Path:
    """Return the folder in which the package and its data lie."""
    return Path(__file__).resolve().parents[2]
