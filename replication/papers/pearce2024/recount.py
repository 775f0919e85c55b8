"""The test on data: the runs of porian2024, counted with and without their embedding.

Whether a run is counted one way or the other changes its size and its compute, not its loss. So
the same runs have two frontiers, and no law is needed to compare them.
"""

from functools import cache

import numpy as np
import pandas as pd

from replication.counting import FLOPS_PER_PARAM_TOKEN, Shape, params, training_flops
from replication.datasets import load
from replication.errors import ArgumentError, unknown
from replication.fitting import Fit, fit
from replication.frontier import Frontier, envelope
from replication.laws import Chinchilla, NonEmbeddingChinchilla, TotalParams
from replication.laws.embedding import CUBE_ROOT
from replication.papers.pearce2024.closed_form import window_exponent
from replication.papers.pearce2024.inputs import surface
from replication.papers.pearce2024.simulation import COUNTS

VOCAB_SIZE, CONTEXT = 50_432, 2048
"""Vocabulary and context of the models of porian2024."""
DATASETS = ("refinedweb", "openwebtext2")
EXPERIMENTS = ("count_last_layer", "correct_warmup", "cosine_decay", "tuned_no_decay")
"""Experiments whose sizes count the output head, from the least to the most corrected recipe."""
RESAMPLES = 100
SEED = 0
LEVEL = 0.8


@cache
def tested_models() -> pd.DataFrame:
    """Return the 16 models of porian2024 under both counts.

    Their total holds the output head and not the input embedding, which is as large: of the two
    matrices one counts, as where they are tied.

    Returns
    -------
    DataFrame
        ``params_total`` and ``params_no_embedding``, counts.

    Examples
    --------
    >>> tested_models().iloc[0].tolist()
    [5173248.0, 331776.0]
    """
    table = load("porian2024", "models")
    shape = Shape.from_frame(table, vocab_size=VOCAB_SIZE, context=CONTEXT, tied=False, gated=True)
    counted = {"total": "porian-head", "no_embedding": "porian-no-head"}
    return pd.DataFrame({f"params_{k}": params(shape, rule) for k, rule in counted.items()})


@cache
def tested_relation(p: float | None = CUBE_ROOT) -> Fit:
    """Fit N_T = N + omega N**p to the 16 models, by least squares of logarithms.

    Examples
    --------
    >>> round(tested_relation().law.omega), round(tested_relation(None).law.p, 3)
    (69345, 0.354)
    """
    held = {} if p is None else {"p": p}
    return fit(TotalParams, tested_models(), objective="log-lsq", fixed=held)


@cache
def tested_runs(dataset: str, experiment: str, counts: str) -> pd.DataFrame:
    """Return the losses of an experiment with sizes and compute in one of the counts.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    experiment : str
        One of `EXPERIMENTS`.
    counts : str
        ``"total"`` or ``"no_embedding"``.

    Returns
    -------
    DataFrame
        ``params``, ``tokens``, ``flops`` (6 N D), ``budget`` (FLOPs with the head, at which the
        loss was read) and ``loss`` (nats per token).

    Raises
    ------
    UnknownNameError
        If a name is not known.

    Examples
    --------
    >>> first = tested_runs("refinedweb", "tuned_no_decay", "no_embedding").iloc[0]
    >>> int(first["params"]), bool(first["flops"] < first["budget"])
    (331776, True)
    """
    for kind, value, known in (
        ("dataset", dataset, DATASETS),
        ("experiment that counts the head", experiment, EXPERIMENTS),
        ("count of parameters", counts, COUNTS),
    ):
        if value not in known:
            raise unknown(kind, value, known)
    every = load("porian2024", "isoflop")
    found = every[(every["dataset"] == dataset) & (every["experiment"] == experiment)]
    tokens = found["flops"] / (FLOPS_PER_PARAM_TOKEN * found["params"])
    sizes = tested_models().set_index("params_total")["params_no_embedding"]
    size = found["params"] if counts == "total" else found["params"].map(sizes)
    return pd.DataFrame(
        {
            "params": size,
            "tokens": tokens,
            "flops": training_flops(size, tokens),
            "budget": found["flops"],
            "loss": found["loss"],
        }
    ).reset_index(drop=True)


@cache
def tested_frontier(dataset: str, experiment: str, counts: str) -> Frontier:
    """Return the envelope of an experiment in one of the counts, one curve a size.

    Parameters
    ----------
    dataset, experiment, counts
        As in `tested_runs`.

    Returns
    -------
    Frontier
        Over the budgets at which a smaller and a larger size than the best have a curve.

    Examples
    --------
    >>> both = [
    ...     tested_frontier("refinedweb", "tuned_no_decay", counts)
    ...     for counts in ("total", "no_embedding")
    ... ]
    >>> [round(frontier.a, 3) for frontier in both]
    [0.498, 0.627]
    """
    return envelope(tested_runs(dataset, experiment, counts))


def tested_law(fitted: Chinchilla) -> NonEmbeddingChinchilla:
    """Return a loss in all parameters as seen without the embeddings of these models.

    Examples
    --------
    >>> round(tested_law(surface()).a_small, 3)
    0.759
    """
    return NonEmbeddingChinchilla.of(fitted, TotalParams(**tested_relation().law.to_dict()))


@cache
def recounts() -> pd.DataFrame:
    """Return the exponents of every experiment under both counts, and what the paper predicts.

    Returns
    -------
    DataFrame
        One row a dataset and experiment: ``dataset``, ``experiment``; ``total`` and
        ``no_embedding``, the exponents measured on the same runs; ``<count>_low`` and
        ``<count>_high``, 80 % intervals over resampled points; ``rise``, their difference;
        ``predicted``, the exponent of the paper's loss with these embeddings, over the budgets
        of the envelope without embedding.

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
    row["rise"] = without.a - tested_frontier(dataset, experiment, "total").a
    row["predicted"] = window_exponent(tested_law(surface()), *_span(without))
    return row


def _span(frontier: Frontier) -> tuple[float, float]:
    """Return the lowest and the highest budget of a frontier, in FLOPs."""
    flops = frontier.points["flops"]
    return float(flops.min()), float(flops.max())


def fitted_predictions(
    dataset: str,
    experiment: str = "tuned_no_decay",
    within: tuple[float, ...] = (np.inf, 0.2, 0.1, 0.05),
) -> pd.DataFrame:
    """Return what the closed form predicts from a loss fitted to the tested runs themselves.

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
        One row a limit: ``within``, ``n``, ``scatter`` (root mean square of log residuals),
        ``a`` (total), ``predicted`` and ``no_embedding``, measured on the same points.

    Raises
    ------
    ArgumentError
        If a limit is not positive.
    UnknownNameError
        If a name is not known.

    Examples
    --------
    >>> fitted_predictions("refinedweb", within=(0.1,))[["n", "predicted"]].round(2).values.tolist()
    [[86.0, 0.75]]
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
        measured = envelope(without[kept])
        rows.append(
            {
                "within": limit,
                "n": found.n,
                "scatter": float(np.sqrt(np.mean(found.residuals**2))),
                "a": float(found.law.a),
                "predicted": window_exponent(tested_law(found.law), *_span(measured)),
                "no_embedding": measured.a,
            }
        )
    return pd.DataFrame(rows)
