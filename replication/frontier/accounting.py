"""FLOP accounting: what a budget pays for a parameter and token, so that N_opt has its D_opt.

Under C = 6 N D it pays six FLOPs. Other counts pay more or less, and by size: where parameters
count the embedding and the compute does not, where attention is counted, in mixtures of experts.
A table that has both N and D says what its budgets paid; the ratio k = C / (N D) is read along
each slice (or curve) between its runs, linearly in logarithms, and the optimum is D = C / (k N).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import DataError, Note
from replication.fitting.frame import column
from replication.frontier.runs import one_of

Array = NDArray[Any]

RULES = ("auto", "measured", "6ND")
NEAR = 1.1
"""Factor by which 6 N D may differ from the compute in the median before it is noted."""
FAR = 1.5
"""The same for any one run."""


@dataclass(frozen=True)
class Accounting:
    """FLOPs a parameter and token, along slices or curves.

    Parameters
    ----------
    rule : str
        ``"measured"`` or ``"6ND"``.
    knots : sequence of (ndarray, ndarray)
        If measured, for each slice or curve the logarithm of where it is read, rising, and that
        of k = C / (N D) there.
    """

    rule: str
    knots: Sequence[tuple[Array, Array]] = ()

    @property
    def measured(self) -> bool:
        """Whether k comes from the table."""
        return self.rule == "measured"

    def each(self, i: int, at: Array) -> Array:
        """Return k along one slice or curve; beyond its ends it stays what it is there.

        Parameters
        ----------
        i : int
            Which one.
        at : ndarray
            Where, natural logarithms.

        Examples
        --------
        >>> measured = Accounting("measured", [(np.log([1e8, 1e9]), np.log([5.0, 6.0]))])
        >>> measured.each(0, np.log([1e7, 1e8, 1e10])).round(6)
        array([5., 5., 6.])
        """
        if not self.measured:
            return np.full(np.shape(at), float(FLOPS_PER_PARAM_TOKEN))
        return np.exp(np.interp(at, *self.knots[i]))


BY_SIX = Accounting("6ND")
"""C = 6 N D."""


def account(
    frame: pd.DataFrame,
    known: Array,
    other: str,
    flops: Array,
    where: Array,
    codes: Array,
    names: Sequence[str],
    rule: str,
    reader: str,
) -> Accounting:
    """Choose the accounting of a table.

    Parameters
    ----------
    frame : DataFrame
        The runs.
    known : ndarray, shape (n,)
        The count (N or D) that has been read from it.
    other : str
        Column of the other count.
    flops : ndarray, shape (n,)
        Compute C of each run in FLOPs.
    where : ndarray, shape (n,)
        Where k is read: a size, or the compute.
    codes : ndarray of int, shape (n,)
        The slice or curve of each run, numbered from 0; -1 where it does not count.
    names : sequence of str, shape (m,)
        What to call each slice or curve in messages.
    rule : str
        One of `RULES`; with ``"auto"`` k is measured if the column of the other count is there.
    reader : str
        Who asks, for messages.

    Returns
    -------
    Accounting

    Raises
    ------
    UnknownNameError
        If `rule` is not known.
    DataError
        If the other count is unusable, or missing where it must be measured.
    """
    one_of("rule", rule, RULES)
    there = other in frame.columns and bool(np.any(frame[other].notna()))
    if rule == "6ND" or (rule == "auto" and not there):
        return BY_SIX
    if not there:
        raise DataError(
            f"Column {other!r} is missing or empty, so there is nothing measured in it. Add it, or "
            "say rule='6ND' for C = 6 N D."
        )
    filled = np.asarray(frame[other].notna())
    try:
        if filled.ndim == 1:
            frame = frame[filled]
        counts = column(frame, other, reader, (other,))
    except DataError as error:
        raise DataError(f"{error} Or say rule='6ND', which does not read it.") from None
    logs = np.log(flops[filled]) - np.log(known[filled]) - np.log(counts)
    codes, at = codes[filled], np.log(where[filled])
    order = np.lexsort((at, codes))
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    knots = []
    for i, name in enumerate(names):
        rows = order[ends[i] : ends[i + 1]]
        if len(rows) == 0:
            raise DataError(
                f"Column {other!r} is empty for all runs of {name}. Fill it, leave these runs out, "
                "or say rule='6ND' for C = 6 N D."
            )
        places, member = np.unique(at[rows], return_inverse=True)
        knots.append((places, np.bincount(member, logs[rows]) / np.bincount(member)))
    return Accounting("measured", knots)


def disagreement(frame: pd.DataFrame, nominal: Array | None, rule: str) -> Note | None:
    """Return a note where 6 N D of the runs is not their compute.

    Parameters
    ----------
    frame : DataFrame
        The runs.
    nominal : ndarray, shape (n,), or None
        The budget of each in FLOPs, where it has one.
    rule : str
        How D_opt was found: ``"measured"`` or ``"6ND"``.

    Returns
    -------
    Note or None

    Examples
    --------
    >>> runs = pd.DataFrame({"params": [1e8, 2e8], "tokens": [2e9, 4e9], "flops": [6e17, 2.4e18]})
    >>> print(disagreement(runs, None, "6ND").message)
    6 N D is 2 times flops (2 to 2, 2 runs), so D_opt = C / (6 N_opt) is not what was trained.
    """
    spent = [_numbers(frame, name) for name in ("params", "tokens")]
    if any(values is None for values in spent):
        return None
    product = FLOPS_PER_PARAM_TOKEN * spent[0] * spent[1]  # type: ignore[operator]
    found: dict[str, str] = {}
    for name, compute in (("the budget", nominal), ("flops", _numbers(frame, "flops"))):
        if compute is None:
            continue
        with np.errstate(all="ignore"):
            ratio = product / compute
        ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
        if len(ratio) == 0:
            continue
        middle, low, high = float(np.median(ratio)), float(ratio.min()), float(ratio.max())
        if max(middle, 1 / middle) > NEAR or max(high, 1 / low) > FAR:
            span = f"({low:.3g} to {high:.3g}, {len(ratio)} runs)"
            found.setdefault(span, f"{middle:.3g} times {name} {span}")
    if not found:
        return None
    seen = " and ".join(found.values())
    if rule == "measured":
        return Note(
            "flops_differ",
            f"6 N D is {seen}, so D_opt is read from the runs, and a + b need not be 1.",
            "Check that budgets and counts are meant so; rule='6ND' would give C / (6 N_opt).",
        )
    return Note(
        "flops_differ",
        f"6 N D is {seen}, so D_opt = C / (6 N_opt) is not what was trained.",
        "Check the count of FLOPs, and read D_opt from runs that give params and tokens.",
    )


def _numbers(frame: pd.DataFrame, name: str) -> Array | None:
    """Return a column as floats, NaN where it holds text, or None if it is not there to be read."""
    if list(frame.columns).count(name) != 1:
        return None
    try:
        return pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    except OverflowError:
        return None
