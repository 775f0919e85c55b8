"""What the runs of porian2024 should show if the paper is right, and what they do show."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import ArgumentError
from replication.fitting import fit
from replication.frontier import Frontier, envelope
from replication.laws import Chinchilla, NonEmbeddingChinchilla, TotalParams
from replication.papers.pearce2024.closed_form import line_exponent, window_exponent
from replication.papers.pearce2024.inputs import surface
from replication.papers.pearce2024.recount import (
    DATASETS,
    EXPERIMENTS,
    bracketed,
    tested_frontier,
    tested_relation,
    tested_runs,
    unbracketed,
)
from replication.papers.pearce2024.simulation import COUNTS

__all__ = [
    "expected_frontier",
    "fitted_expectations",
    "recounts",
    "tested_law",
]

RESAMPLES = 100
SEED = 0
LEVEL = 0.8


def tested_law(fitted: Chinchilla) -> NonEmbeddingChinchilla:
    """Return a loss in all parameters as seen without the embeddings of these models.

    Examples
    --------
    >>> round(tested_law(surface()).a_small, 3)
    0.759
    """
    return NonEmbeddingChinchilla.of(fitted, TotalParams(**tested_relation().law.to_dict()))


def expected_frontier(law: Chinchilla, total: pd.DataFrame, without: pd.DataFrame) -> Frontier:
    """Return the frontier that the same study would find if a loss held exactly.

    The runs keep their sizes, tokens and budgets and take the losses of the law. The closed form
    is no such comparison: the runs were laid out to bracket the optimum of the total count, and
    without the embedding the optimum of the law may lie below the smallest size of a budget.

    Parameters
    ----------
    law : Chinchilla
        The loss in all parameters.
    total, without : DataFrame
        The same runs under both counts, as from `tested_runs`.

    Returns
    -------
    Frontier
        Without embedding, over the budgets of the measured one.

    Examples
    --------
    >>> runs = [tested_runs("refinedweb", "tuned_no_decay", counts) for counts in COUNTS]
    >>> round(expected_frontier(surface(), *runs).a, 3)
    0.733
    """
    loss = law.loss(total["params"], total["tokens"])
    return envelope(without.assign(loss=loss), flops=_span(envelope(without)))


@cached
def recounts() -> pd.DataFrame:
    """Return the exponents of every experiment under both counts, and what the paper expects.

    Returns
    -------
    DataFrame
        One row a dataset and experiment: ``dataset``, ``experiment``; ``total`` and
        ``no_embedding``, the exponents measured on the same runs; ``<count>_low`` and
        ``<count>_high``, 80 % intervals over resampled points; ``rise``, their difference;
        ``bracketed``, the second at the budgets of `replication.papers.pearce2024.bracketed`
        alone, and ``unbracketed``, the share of the others; ``expected`` and
        ``expected_unbracketed``, exponent and share without embedding if the paper's loss held at
        the same runs; ``closed_form``, its exact exponent over the same budgets.

    Examples
    --------
    >>> bool(recounts()["rise"].between(0.09, 0.16).all())
    True
    """
    return pd.DataFrame(
        [_recount(dataset, experiment) for dataset in DATASETS for experiment in EXPERIMENTS]
    )


def _recount(dataset: str, experiment: str) -> dict[str, str | float]:
    """Return a row of `recounts`."""
    row: dict[str, str | float] = {"dataset": dataset, "experiment": experiment}
    for counts in COUNTS:
        draws = tested_frontier(dataset, experiment, counts).bootstrap(RESAMPLES, SEED)
        ends = draws.interval(LEVEL).T["a"]
        row[counts] = draws.estimate.a
        row |= {f"{counts}_{end}": float(ends[end]) for end in ("low", "high")}
    without = tested_frontier(dataset, experiment, "no_embedding")
    runs = [tested_runs(dataset, experiment, counts) for counts in COUNTS]
    expected = expected_frontier(surface(), *runs)
    row["rise"] = without.a - tested_frontier(dataset, experiment, "total").a
    inside = bracketed(without)
    row["bracketed"] = line_exponent(inside["flops"], inside["params"])
    row["unbracketed"] = unbracketed(without)
    row |= {"expected": expected.a, "expected_unbracketed": unbracketed(expected)}
    row["closed_form"] = window_exponent(tested_law(surface()), *_span(without))
    return row


def _span(frontier: Frontier) -> tuple[float, float]:
    """Return the lowest and the highest budget of a frontier, in FLOPs."""
    flops = frontier.points["flops"]
    return float(flops.min()), float(flops.max())


def fitted_expectations(
    dataset: str,
    experiment: str = "tuned_no_decay",
    within: tuple[float, ...] = (np.inf, 0.2, 0.1, 0.05),
) -> pd.DataFrame:
    """Return what the same runs would show if a loss fitted to them held exactly.

    Parameters
    ----------
    dataset, experiment
        As in `tested_runs`.
    within : tuple of float
        How far above the least loss of its budget a point may lie to be fitted, as a fraction of
        that loss; infinity takes all. The choice is ours.

    Returns
    -------
    DataFrame
        One row a limit: ``dataset``, ``experiment``, ``within``, ``n``, ``scatter`` (root mean
        square of log residuals), ``a`` (fitted, total), ``expected`` and ``no_embedding``,
        measured on the same points.

    Raises
    ------
    ArgumentError
        If a limit is not positive.
    UnknownNameError
        If a name is not known.

    Examples
    --------
    >>> table = fitted_expectations("refinedweb", "cosine_decay", within=(0.1,))
    >>> table[["n", "expected", "no_embedding"]].round(2).values.tolist()
    [[71.0, 0.68, 0.67]]
    """
    if not min(within) > 0:
        raise ArgumentError(
            f"within is {within}; fractions above zero are expected: 0.1 keeps what lies up to a "
            "tenth above the least loss of its budget."
        )
    total, without = (tested_runs(dataset, experiment, counts) for counts in COUNTS)
    excess = total["loss"] / total.groupby("budget")["loss"].transform("min") - 1.0
    rows = []
    for limit in within:
        kept = excess <= limit
        found = fit(Chinchilla, total[kept])
        assert isinstance(found.law, Chinchilla)
        rows.append(
            {
                "dataset": dataset,
                "experiment": experiment,
                "within": limit,
                "n": found.n,
                "scatter": found.rms,
                "a": float(found.law.a),
                "expected": expected_frontier(found.law, total[kept], without[kept]).a,
                "no_embedding": envelope(without[kept]).a,
            }
        )
    return pd.DataFrame(rows)
