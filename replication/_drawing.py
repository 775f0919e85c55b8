"""How a result draws itself although the code that draws lies floors above it.

A result knows the name of the drawing module and of its function, as pandas knows its plotting
backends, and looks them up when it is asked to draw. So `import replication` needs no matplotlib,
nothing below depends on what is above in order to be imported or to work, and where the extra is
missing the error says what to install.
"""

from importlib import import_module
from typing import Any

from replication.errors import ReplicationError

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
