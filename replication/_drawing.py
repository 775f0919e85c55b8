"""How a result draws itself although the code that draws lies floors above it.

A result knows the name of the drawing module and of its function, as pandas knows its plotting
backends, and looks them up when it is asked to draw. So `import replication` needs no matplotlib,
nothing below depends on what is above in order to be imported or to work, and where the extra is
missing the error says what to install.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from replication.errors import ReplicationError

F = TypeVar("F", bound=Callable[..., Any])

BEFORE = """Needs the extra ``plot``.

Parameters
----------
ax : Axes, optional
    Where; by default a figure of its own.
"""
AFTER = """Returns
-------
Axes
    Of matplotlib, to be changed or saved: ``ax.figure.savefig("plot.png")``.

Raises
------
ReplicationError
    If matplotlib is not installed; the message says how to install it.
"""
BACKEND = "replication.plotting"
"""The module that draws; its functions take the result and ``ax``, and return axes."""


def drawn(function: str, result: object, **options: Any) -> Any:
    """Draw a result with a function of the drawing module.

    Parameters
    ----------
    function : str
        Its name there.
    result : object
        What is drawn.
    **options
        Handed on.

    Returns
    -------
    Axes
        Of matplotlib.

    Raises
    ------
    ReplicationError
        If matplotlib is not installed.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> drawn("draw_fit", fit).get_ylabel()
    'loss (nats per token)'
    """
    try:
        backend = import_module(BACKEND)
    except ModuleNotFoundError as error:
        raise ReplicationError(
            f"Plots need {error.name}, which is not installed. Install it with "
            "pip install 'scaling-laws-replicated[plot]'."
        ) from None
    return getattr(backend, function)(result, **options)


def documented(method: F) -> F:
    """Add to the docstring of a method that draws what all of them have in common.

    Parameters
    ----------
    method : callable
        Takes ``ax``; its docstring has the summary, options of its own, and an example.

    Returns
    -------
    callable
        The method itself.

    Examples
    --------
    >>> def plot(self, *, ax=None):
    ...     "Draw a line."
    >>> "Needs the extra" in documented(plot).__doc__
    True
    """
    text = inspect.cleandoc(method.__doc__ or "")
    said, examples, example = text.partition("Examples\n--------\n")
    words, _, own = said.partition("Parameters\n----------\n")
    parts = (words.rstrip(), BEFORE + own.rstrip(), AFTER, examples + example)
    method.__doc__ = "\n\n".join(part.rstrip() for part in parts)
    return method
