"""Advice: the model a law would train, for a budget and a demand, and how sure it can be."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting import training_flops
from replication.counting.numbers import share
from replication.errors import ArgumentError, Note
from replication.fitting.forecasts import of_the_law
from replication.fitting.frame import column
from replication.fitting.given import LawLike, evidence_of
from replication.fitting.intervals import LEVEL, beyond, spread
from replication.laws import Law
from replication.lifetime import LifetimeOptimum, lifetime_optimal

QUANTITIES = ("params", "tokens", "tokens_per_param", "loss")
RUN_COLUMNS = ("params", "tokens")


@dataclass(frozen=True, eq=False)
class Advice:
    """What a law says to train.

    Parameters
    ----------
    optimum : LifetimeOptimum
        The model of least loss for the budget and the demand.
    table : DataFrame
        Index ``quantity`` (params, tokens, tokens_per_param, loss in nats per token); columns
        ``estimate``, ``low``, ``high``; the ends are NaN without draws.
    beyond : mapping of str to float
        Factors by which the training compute (``flops``) and the ``tokens_per_param`` lie outside
        the runs behind the law, 1 inside; empty without runs.
    notes : tuple of Note
        What is doubtful.

    Examples
    --------
    >>> import replication as rp
    >>> law = rp.published("hoffmann2022", "tex")
    >>> advise(law, flops=1e22, inference_tokens=1e12)
    2.09e+09 params on 4.65e+11 tokens, 223 a parameter: loss 2.169
    """

    optimum: LifetimeOptimum
    table: pd.DataFrame
    beyond: Mapping[str, float]
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        """Return the model in a line, and the codes of the notes."""
        best = self.optimum
        notes = f"; notes: {', '.join(note.code for note in self.notes)}" if self.notes else ""
        return (
            f"{best.params:.3g} params on {best.tokens:.3g} tokens, "
            f"{best.tokens_per_param:.3g} a parameter: loss {best.loss:.4g}{notes}"
        )


def advise(
    law: LawLike,
    *,
    flops: float,
    inference_tokens: float = 0.0,
    draws: Law | None = None,
    runs: pd.DataFrame | Mapping[str, ArrayLike] | None = None,
    level: float = LEVEL,
    kind: str = "law",
) -> Advice:
    """Return the model of least loss for a lifetime budget and a demand, with its interval.

    Parameters
    ----------
    law : Law, Fit, Bootstrap or Evidence
        Predicts a loss from params and tokens. A fit is drawn 1,000 times, and brings its runs.
    flops : float
        Budget 6 N D + 2 N T in FLOPs, for training and inference together.
    inference_tokens : float
        Demand T in tokens, input and output over the lifetime; zero asks for the compute-optimal
        model.
    draws : Law, optional
        With a bare law: the same with arrays as fields, as the ``law`` of a bootstrap is.
    runs : DataFrame or mapping, optional
        With a bare law: what it was fitted to, columns ``params`` and ``tokens`` (counts).
    level : float
        Share of the draws inside the interval, in (0, 1).
    kind : str
        What the interval is of: ``"law"``, where the optimum would lie with other runs of the same
        kind. It has no other kind, and asking for one is refused with the reason.

    Returns
    -------
    Advice
        The optimum, a table with intervals, and how far it lies outside the runs.

    Raises
    ------
    ArgumentError
        If the budget is not positive, the demand negative, or either not a single number; if they
        leave less than one parameter or token; if `level` is outside (0, 1), `kind` is not
        ``"law"``, `law` holds arrays, `draws` is another law or holds none, or draws or runs are
        given with what has its own.
    DataError
        If `runs` lacks a column.
    ReplicationError
        If the law has no such optimum.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_points")
    >>> fit = rp.fit(rp.laws.Chinchilla, runs)
    >>> advice = advise(fit.bootstrap(200, seed=0), flops=1e22, inference_tokens=1e12)
    >>> advice.table.loc["params"].map("{:.2g}".format).to_dict()
    {'estimate': '2.8e+09', 'low': '2.5e+09', 'high': '3e+09'}
    >>> advice.beyond["flops"], round(advise(fit.law, flops=1e24, runs=runs).beyond["flops"])
    (1.0, 77)
    """
    of_the_law(kind)
    level = share("level", level, LEVEL)
    best = lifetime_optimal(law, flops=flops, inference_tokens=inference_tokens)
    for name, value in {"flops": flops, "inference_tokens": inference_tokens}.items():
        if np.ndim(value):
            raise ArgumentError(f"{name} has {np.size(value)} values; ask for one at a time.")
    found = evidence_of(law, draws, runs)
    if min(best.params, best.tokens) < 1:
        raise ArgumentError(
            f"The best model would have {best.params:.3g} params, trained on {best.tokens:.3g} "
            "tokens: there is none. Give a larger budget or less demand; all are plain counts."
        )
    rows = {name: (getattr(best, name), np.nan, np.nan) for name in QUANTITIES}
    notes: list[Note] = []
    if found.draws is not None:
        drawn = lifetime_optimal(found.draws, flops=flops, inference_tokens=inference_tokens)
        notes += drawn.notes
        for name in QUANTITIES:
            low, high = spread(getattr(drawn, name), level)[2:]
            rows[name] = (getattr(best, name), low, high)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
    outside = {} if found.runs is None else _outside(best, found.runs)
    if outside and (farthest := max(outside, key=outside.__getitem__)) and outside[farthest] > 1:
        notes.append(
            Note(
                "extrapolates",
                f"{farthest} lies a factor of {outside[farthest]:.3g} outside the runs.",
                "Treat the advice as an assumption about the law, not as a measurement.",
            )
        )
    return Advice(best, table.rename_axis("quantity"), outside, tuple(notes))


def _outside(best: LifetimeOptimum, runs: pd.DataFrame) -> dict[str, float]:
    """Return how far training compute and tokens per parameter lie outside the runs."""
    params, tokens = (column(runs, name, "advise", RUN_COLUMNS) for name in RUN_COLUMNS)
    return {
        "flops": beyond(float(best.training_flops), training_flops(params, tokens)),
        "tokens_per_param": beyond(float(best.tokens_per_param), tokens / params),
    }
