"""The bias of Approach 2: what grid of sizes it is given decides where it puts the optimum."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import positive
from replication.errors import ArgumentError
from replication.frontier.isoflops import isoflop
from replication.frontier.methods import METHODS
from replication.frontier.runs import one_of
from replication.laws import Law


def bias(
    law: Law,
    budgets: Sequence[float],
    *,
    width: ArrayLike,
    flops: ArrayLike,
    points: int = 15,
    off_centre: ArrayLike = 1.0,
    method: str = "parabola",
    window: float | None = None,
    outside: str = "drop",
) -> pd.DataFrame:
    """Return the error of Approach 2 on losses without noise.

    At each budget a grid of runs is laid round the true optimum: token counts spaced evenly in
    log D over a factor `width` either way, N = C / (6 D). The losses come from the law itself, so
    that any error is the method's: a parabola in log N is symmetric, the law is not unless its
    exponents are equal. A grid whose shape is the same at every budget shifts all minima alike,
    which leaves the exponent right and the prefactor wrong; a grid whose centre drifts with the
    budget bends the exponent as well.

    Parameters
    ----------
    law : Law
        A loss in params and tokens, such as `Chinchilla`.
    budgets : sequence of float
        Budgets of the slices in FLOPs.
    width : array_like, shape (k,)
        Factor by which the grid reaches beyond its centre either way, above 1; several give
        several rows.
    flops : array_like
        Budgets in FLOPs at which the allocation is compared.
    points : int
        Sizes in each slice.
    off_centre : array_like
        Factor by which the tokens at the centre of the grid exceed the optimum; one for all
        budgets, or one for each.
    method, window, outside
        As for `isoflop`; with ``outside="keep"`` a grid may miss the optimum altogether.

    Returns
    -------
    DataFrame
        One row a width and target: ``width``, ``flops``, ``a``, ``b``, ``params_error`` and
        ``tokens_error``, relative errors of N_opt and D_opt (-.01 is one percent too low).

    Raises
    ------
    ArgumentError
        If a width is not above 1, `points` is below what the method needs, or `off_centre` is not
        one factor for each budget.
    UnknownNameError
        If `method` or `outside` is not known.
    DataError
        If the grids miss the optimum at all budgets but one.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> table = bias(law, [1e17, 1e18, 1e19, 1e20, 1e21], width=[2, 16], flops=1e24)
    >>> (100 * table.tokens_error).round(2).tolist()
    [-0.33, -5.1]

    Grids that start on the optimum and drift to four times its tokens bend the exponent:

    >>> drift = [1.0, 1.41, 2.0, 2.83, 4.0]
    >>> table = bias(law, [1e17, 1e18, 1e19, 1e20, 1e21], width=8, flops=1e24, off_centre=drift)
    >>> round(table.b.item(), 3), round(law.b, 3)
    (0.561, 0.548)
    """
    slices = np.atleast_1d(positive("budgets", budgets))
    widths = np.atleast_1d(positive("width", width))
    targets = np.atleast_1d(positive("flops", flops))
    shift = positive("off_centre", off_centre)
    if not (widths > 1).all():
        raise ArgumentError(
            f"width is {widths.min():g}; a factor above 1 is expected: 4 reaches from a quarter of "
            "the optimal tokens to four times as many."
        )
    one_of("isoFLOP method", method, METHODS)
    least = METHODS[method].sizes
    if points < least:
        raise ArgumentError(
            f"points is {points}; {METHODS[method].noun} needs {least}, 15 is usual."
        )
    if shift.ndim and shift.shape != slices.shape:
        raise ArgumentError(
            f"off_centre has shape {shift.shape}; one factor, or one for each of the "
            f"{len(slices)} budgets is expected."
        )
    centre = np.asarray(law.optimal(flops=slices).tokens) * shift
    truth = law.optimal(flops=targets)
    rows = []
    for k in widths:
        tokens = centre[:, None] * k ** np.linspace(-1.0, 1.0, points)
        params = slices[:, None] / FLOPS_PER_PARAM_TOKEN / tokens
        columns = {"params": params, "tokens": tokens}
        runs = {
            "params": params.ravel(),
            "loss": np.ravel(law.predict(*[columns[name] for name in law.inputs])),
            "budget": np.repeat(slices, points),
        }
        found = isoflop(runs, budget="budget", method=method, window=window, outside=outside)
        got = {"params": found.params_law, "tokens": found.tokens_law}
        errors = [
            np.asarray(line.predict(targets)) / np.asarray(getattr(truth, name)) - 1
            for name, line in got.items()
        ]
        for i, c in enumerate(targets):
            rows.append((float(k), float(c), found.a, found.b, *(float(e[i]) for e in errors)))
    columns_out = ["width", "flops", "a", "b", "params_error", "tokens_error"]
    return pd.DataFrame(rows, columns=columns_out)
