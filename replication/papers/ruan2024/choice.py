"""Which models to evaluate, if one can afford only some: V-optimal families (section 5)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.counting.numbers import Array, whole
from replication.errors import ArgumentError, DataError, listed, unknown
from replication.papers.ruan2024.data import BENCHMARKS, CUTOFF, TASKS, studied, task_models
from replication.papers.ruan2024.prediction import COMPONENTS, predicted, sigmoid
from replication.principal_components import capabilities

__all__ = ["BUDGETS", "POST_TRAINING", "affordable", "candidates", "chosen", "v_optimal"]

BUDGETS = (4, 8, 12, 16, 20, 24, 28, 32, 36)
"""Numbers of models, as in Figure 7a."""
POST_TRAINING = ("naive", "cot", "cot_sc")
MOST_FAMILIES = 22
"""Families whose unions can all be tried: four million sets."""
SINGULAR = 1e-10
"""Determinant, over that of all models, below which a set does not span the components."""


def v_optimal(
    scores: Array,
    families: Sequence[str],
    budget: int,
    *,
    required: Sequence[str] = (),
    most: int = 10,
) -> tuple[float, tuple[str, ...]]:
    """Find the whole families whose models serve best to fit a line for all (Eq. 9).

    A linear fit to the models M of a set predicts at all models with a mean variance
    proportional to trace(S'S (S_M'S_M)^-1). All unions of families are tried.

    Parameters
    ----------
    scores : ndarray, shape (models, components)
        Places S of the models.
    families : sequence of str
        Family of each model.
    budget : int
        Most models in the set.
    required : sequence of str
        Families that must be in it.
    most : int
        Most families in it.

    Returns
    -------
    value : float
        The trace; the number of components is the least that it can be.
    chosen : tuple of str
        The families.

    Raises
    ------
    ArgumentError
        If there are too many families to try all, or no set is allowed or spans the components.
    DataError
        If scores and families differ in length.
    UnknownNameError
        If a required family is not among them.

    Examples
    --------
    >>> places = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 0.1], [0.1, 3.0], [2.0, 2.0]])
    >>> v_optimal(places, ["a", "a", "b", "b", "c"], 2)[1]
    ('b',)
    """
    whole("budget", budget)
    if len(scores) != len(families):
        raise DataError(
            f"{len(scores)} scores and {len(families)} families; one for each is needed."
        )
    labels = np.asarray(families)
    names = sorted(set(families))
    if len(names) > MOST_FAMILIES:
        raise ArgumentError(
            f"{len(names)} families have too many unions to try; at most {MOST_FAMILIES} are "
            "possible. Leave some out."
        )
    for name in required:
        if name not in names:
            raise unknown("family", name, names)
    grams = np.stack([scores[labels == name].T @ scores[labels == name] for name in names])
    # Of every union, how many models and families it has, and whether all required are in it.
    models, count, good = np.zeros(1, int), np.zeros(1, int), np.ones(1, bool)
    for name in names:
        models = np.concatenate([models, models + int((labels == name).sum())])
        count = np.concatenate([count, count + 1])
        good = np.concatenate([good & (name not in required), good])
    allowed = np.flatnonzero(good & (models <= budget) & (count <= most))
    sets = (allowed[:, None] >> np.arange(len(names))) & 1
    total = scores.T @ scores
    inside = np.einsum("sf,fij->sij", sets.astype(float), grams)
    spans = np.linalg.det(inside) > SINGULAR * np.linalg.det(total)
    if not spans.any():
        raise ArgumentError(
            f"No union of at most {budget} models from whole families ({listed(names)}) spans "
            f"{scores.shape[1]} components. Raise the budget, or keep fewer components."
        )
    sets, inside = sets[spans], inside[spans]
    values = np.einsum("sij,ji->s", np.linalg.inv(inside), total)
    best = int(np.argmin(values))
    taken = tuple(name for name, is_in in zip(names, sets[best], strict=True) if is_in)
    return float(values[best]), taken


def candidates(limit: float = np.inf, *, below_cutoff: bool = False) -> pd.DataFrame:
    """Return models to choose from, with their places along three components of their own.

    Parameters
    ----------
    limit : float
        Most parameters.
    below_cutoff : bool
        Whether only models up to `CUTOFF` with all eight scores are taken, as for Figure 7a, or
        all of the 77, as for Table 1.

    Returns
    -------
    DataFrame
        Rows of `studied` with ``pc_1`` to ``pc_3``.

    Examples
    --------
    >>> len(candidates()), len(candidates(below_cutoff=True)), len(candidates(7e9))
    (77, 45, 45)
    """
    table = studied()
    table = table[~(table["params"] > limit)]
    if below_cutoff:
        table = table[(table["flops"] <= CUTOFF) & table[list(BENCHMARKS)].notna().all(axis=1)]
    table = table.reset_index(drop=True)
    return pd.concat([table, capabilities(table, BENCHMARKS).scores(table)], axis=1)


@cached
def chosen(
    budget: int, limit: float = np.inf, below_cutoff: bool = False
) -> tuple[float, tuple[str, ...]]:
    """Return the V-optimal families of a budget, and their value.

    Parameters
    ----------
    budget : int
        Most models.
    limit, below_cutoff
        As for `candidates`; Llama-2 is required unless `below_cutoff`, as in Table 1.

    Returns
    -------
    value : float
        The trace of `v_optimal`.
    families : tuple of str
        The choice.

    Examples
    --------
    >>> chosen(8)[1]
    ('Llama-2', 'MPT', 'Mixtral', 'Phi')
    """
    table = candidates(limit, below_cutoff=below_cutoff)
    places = table[list(COMPONENTS)].to_numpy()
    required = () if below_cutoff else ("Llama-2",)
    return v_optimal(places, tuple(table["family"]), budget, required=required)


@cached
def affordable(budget: int | None = None) -> float:
    """Return the test error of the post-training tasks if only chosen models are fitted.

    Parameters
    ----------
    budget : int, optional
        Most models; all below the cutoff by default.

    Returns
    -------
    float
        Geometric mean over the three tasks of the mean squared error above the cutoff, models of
        the first version of the paper only. Components, too, are found from the chosen alone.

    Raises
    ------
    DataError
        If the budget is of fewer models than the sigmoid has coefficients, five.

    Examples
    --------
    >>> bool(affordable(8) > 2 * affordable())
    True
    """
    found = []
    for task in POST_TRAINING:
        table = task_models(task)
        rows = table[table["fitted"]]
        if budget is not None:
            rows = rows[rows["family"].isin(chosen(budget, below_cutoff=True)[1])]
            rows = rows[rows[list(BENCHMARKS)].notna().all(axis=1)]
        others = table[~table["fitted"] & (table["preregistered"] == 0)]
        places = capabilities(rows, TASKS[task].benchmarks)
        own = pd.concat([rows, places.scores(rows)], axis=1)
        law = sigmoid(own, "capabilities", floored=True, near=predicted(task).fit.law).law
        guess = law.score(*places.scores(others).to_numpy().T)
        found.append(float(((guess - others["score"]) ** 2).mean()))
    return float(np.exp(np.log(found).mean()))
