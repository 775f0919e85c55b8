"""One model under every convention of counting, side by side."""

import numpy as np
import pandas as pd

from replication._docstrings import first_line
from replication.counting.flops import FLOP_CONVENTIONS
from replication.counting.numbers import positive, single
from replication.counting.parameters import PARAM_CONVENTIONS
from replication.counting.shape import Shape, as_shape
from replication.errors import ArgumentError


def counted(shape: Shape, tokens: float | None = None) -> pd.DataFrame:
    """Count one model under every convention of the package.

    Parameters
    ----------
    shape : Shape
        One model.
    tokens : float, optional
        Training tokens D, for the compute of the run.

    Returns
    -------
    DataFrame
        One row a convention: what it ``counts`` (``parameters`` or ``FLOPs``), its name
        (``convention``), ``params`` (a count), ``flops_per_token`` (training FLOPs), ``flops``
        (of the run in FLOPs, NaN without `tokens`) and its ``meaning`` with the source.

    Raises
    ------
    ArgumentError
        If the shape is of several models, or `tokens` is not positive.

    Examples
    --------
    >>> gpt2 = Shape(
    ...     n_layers=12, d_model=768, n_heads=12, ffw_size=3072, vocab_size=50257, context=1024
    ... )
    >>> table = counted(gpt2, tokens=1e10).set_index("convention")
    >>> float(table.loc["total", "params"]), float(table.loc["6nd", "flops"])
    (123532032.0, 7.41192192e+18)
    """
    shape = as_shape(shape)
    if np.ndim(shape.n_layers):
        raise ArgumentError(
            f"The shape holds {np.size(shape.n_layers)} models; give one. For many at once take "
            "counting.params and counting.flops_per_token."
        )
    factor = np.nan if tokens is None else single("tokens", positive("tokens", tokens))
    rows = []
    for what, rules in (("parameters", PARAM_CONVENTIONS), ("FLOPs", FLOP_CONVENTIONS)):
        for name, rule in rules.items():
            value = float(rules.count(shape, name))
            said = first_line(rule).removeprefix("Count ").removeprefix("Return ")
            row: dict[str, object] = {"counts": what, "convention": name}
            if what == "parameters":
                row |= {"params": value}
            else:
                row |= {"flops_per_token": value, "flops": value * factor}
            rows.append(row | {"meaning": said})
    columns = ["counts", "convention", "params", "flops_per_token", "flops", "meaning"]
    return pd.DataFrame(rows)[columns]
