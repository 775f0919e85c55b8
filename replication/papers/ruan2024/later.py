"""Models that the paper did not use: what its sigmoids say of them without a new fit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication import datasets
from replication._memo import cached
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array
from replication.papers.ruan2024.data import KEY, SEVEN, TASKS, models, task_models
from replication.papers.ruan2024.prediction import COMPONENTS, UNIT, sigmoid
from replication.principal_components import capabilities

__all__ = [
    "FIVE",
    "LATER_TASKS",
    "SETS",
    "as_base_models",
    "later_models",
    "left_out_families",
    "transfer",
    "transferred",
    "truthful_trend",
]

LATER_TASKS = ("gpqa", "math_hard", "bbh")
SETS = {
    "paper": "the paper's other models",
    "base": "base models that the paper did not use",
    "tuned": "tuned models",
}
"""Models that are predicted: those of the figure beyond its cutoff, and two kinds of others."""
FIVE = tuple(name for name in SEVEN if name not in ("xwinograd", "humaneval"))
"""The benchmarks that no tuned model lacks."""
RESAMPLES = 2000


@cached
def later_models() -> pd.DataFrame:
    """Return models with scores on the leaderboard's tasks that the paper did not use.

    Returns
    -------
    DataFrame
        One row a model: ``model``, ``family``, ``set`` (``"base"`` or ``"tuned"``), ``flops``, the
        eight benchmarks, and raw scores of the three tasks.

    Examples
    --------
    >>> later_models()["set"].value_counts().to_dict()
    {'tuned': 35, 'base': 21}
    """
    scores = datasets.load(KEY, "leaderboard")
    other = models().query("in_paper_families == 0").merge(scores, on="model")
    sloth = datasets.load(KEY, "later")
    sloth["flops"] = FLOPS_PER_PARAM_TOKEN * sloth["params"] * sloth["tokens"]
    tuned = sloth["instruct"] == 1
    both = pd.concat(
        [other.assign(set="base"), sloth.assign(set=np.where(tuned, "tuned", "base"))],
        ignore_index=True,
    )
    kept = ["model", "family", "set", "flops", *SEVEN, "gsm8k", *LATER_TASKS]
    return both[kept]


@cached
def transferred(task: str, benchmarks: tuple[str, ...] = SEVEN) -> pd.DataFrame:
    """Return what the fit of Figure C.6 predicts for its own other models and for later ones.

    Parameters
    ----------
    task : str
        One of `LATER_TASKS`.
    benchmarks : tuple of str
        What capabilities are made of; those of the figure by default.

    Returns
    -------
    DataFrame
        One row a model: ``model``, ``family``, ``set`` (one of `SETS`), ``flops``, ``score``
        (above guessing), and a prediction by ``capabilities``, by ``compute`` (NaN where it is
        not known) and by ``mmlu`` alone.

    Examples
    --------
    >>> transferred("bbh").groupby("set").size().to_dict()
    {'base': 21, 'paper': 23, 'tuned': 35}
    """
    fitted, table = _parts(task)
    guesses = _guesses(task)
    return table[["model", "family", "set", "flops", "score"]].assign(
        capabilities=_by_capabilities(fitted, benchmarks, table),
        compute=guesses["compute"],
        mmlu=guesses["mmlu"],
    )


def _parts(task: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the models that are fitted, and all others."""
    known = task_models(task)
    rules = TASKS[task]
    new = later_models()
    new = new.assign(score=(new[task] - rules.guessing) / (1 - rules.guessing))
    rest = known[~known["fitted"]].assign(set="paper")
    return known[known["fitted"]], pd.concat([rest, new], ignore_index=True)


@cached
def _guesses(task: str) -> pd.DataFrame:
    """Return what `_by_compute` and `_by_mmlu` predict, whatever capabilities are made of."""
    fitted, table = _parts(task)
    return pd.DataFrame({"compute": _by_compute(fitted, table), "mmlu": _by_mmlu(fitted, table)})


def _by_capabilities(
    fitted: pd.DataFrame, benchmarks: Sequence[str], table: pd.DataFrame
) -> pd.Series:
    """Fit a sigmoid of capabilities on some models and predict others."""
    places = capabilities(fitted, benchmarks)
    own = pd.concat([fitted[["score"]], places.scores(fitted)], axis=1)
    law = sigmoid(own, "capabilities", floored=False, authors=True).law
    there = places.scores(table)
    return pd.Series(law.score(*(there[name] for name in COMPONENTS)), table.index)


def _by_compute(fitted: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Fit a sigmoid of compute, and predict models whose compute is known."""
    known = fitted[fitted["flops"].notna()]
    known = known.assign(log_flops=np.log(known["flops"] / UNIT))
    law = sigmoid(known, "compute", floored=False, authors=True).law
    found = pd.Series(np.nan, table.index)
    has = table["flops"].notna()
    found[has] = law.score(np.log(table.loc[has, "flops"] / UNIT))
    return found


def _by_mmlu(fitted: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Fit a sigmoid of MMLU alone and predict others."""
    law = sigmoid(fitted, "mmlu", floored=False, authors=True).law
    return pd.Series(law.score(table["mmlu"]), table.index)


@cached
def transfer(without: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the errors on models that were not fitted, task by task and set by set.

    Parameters
    ----------
    without : tuple of str
        Benchmarks to leave out of the seven.

    Returns
    -------
    DataFrame
        One row a task and set: ``task``, ``set``, ``n``, ``n_compute`` (with known compute), mean
        squared errors by ``capabilities`` with ``low`` and ``high`` (95 % over resampled
        families), by ``compute``, by ``capabilities_same`` on the same models, and by ``mmlu``;
        ``worse_low`` and ``worse_high``, such an interval of by how much capabilities are worse
        than compute on the same models;
        ``r2`` of the first, and ``variance`` of the scores, the error of the best constant.

    Examples
    --------
    >>> table = transfer().set_index(["task", "set"])
    >>> bool(table.loc[("gpqa", "tuned"), "capabilities"] > table.loc[("gpqa", "tuned"), "compute"])
    True
    """
    used = tuple(name for name in SEVEN if name not in without)
    rows = []
    for task in LATER_TASKS:
        table = transferred(task, used)
        for name in SETS:
            part = table[table["set"] == name]
            known = part[part["compute"].notna()]
            off = (part["capabilities"] - part["score"]) ** 2
            low, high = _over_families(off, part["family"])
            more = (known["capabilities"] - known["score"]) ** 2
            more = more - (known["compute"] - known["score"]) ** 2
            ends = _over_families(more, known["family"])
            variance = float(part["score"].var(ddof=0))
            rows.append(
                {
                    "task": task,
                    "set": name,
                    "n": len(part),
                    "n_compute": len(known),
                    "capabilities": float(off.mean()),
                    "low": low,
                    "high": high,
                    "compute": _mse(known, "compute"),
                    "worse_low": ends[0],
                    "worse_high": ends[1],
                    "capabilities_same": _mse(known, "capabilities"),
                    "mmlu": _mse(part, "mmlu"),
                    "r2": 1 - float(off.mean()) / variance,
                    "variance": variance,
                }
            )
    return pd.DataFrame(rows)


@cached
def left_out_families() -> pd.DataFrame:
    """Return the errors on tuned models of fits to the tuned models of the other families.

    With the five benchmarks that no tuned model lacks.

    Returns
    -------
    DataFrame
        One row a task: ``task``, ``n``, and mean squared errors by ``capabilities``, ``compute``
        and ``mmlu``, on models with known compute.

    Examples
    --------
    >>> table = left_out_families().set_index("task")
    >>> bool((table["capabilities"] < table["compute"]).all())
    True
    """
    rows = []
    table = later_models()
    table = table[(table["set"] == "tuned") & table["flops"].notna()].reset_index(drop=True)
    for task in LATER_TASKS:
        floor = TASKS[task].guessing
        scored = table.assign(score=(table[task] - floor) / (1 - floor))
        names = ["capabilities", "compute", "mmlu"]
        off = pd.DataFrame(np.nan, scored.index, names)
        for family in scored["family"].unique():
            held = scored["family"] == family
            rest, own = scored[~held], scored[held]
            guesses = _by_capabilities(rest, FIVE, own), _by_compute(rest, own), _by_mmlu(rest, own)
            for name, guess in zip(names, guesses, strict=True):
                off.loc[held, name] = (guess - scored.loc[held, "score"]) ** 2
        rows.append({"task": task, "n": len(scored), **off.mean()})
    return pd.DataFrame(rows)


def truthful_trend(mmlu: ArrayLike) -> Array:
    """Return the TruthfulQA of base models with an MMLU: a parabola through all of them.

    Parameters
    ----------
    mmlu : array_like
        Score, as a fraction.

    Returns
    -------
    ndarray
        Score, as a fraction.

    Examples
    --------
    >>> truthful_trend([0.3, 0.7]).round(2)
    array([0.38, 0.47])
    """
    table = models()
    bent = np.polyfit(table["mmlu"], table["truthfulqa"], 2)
    return np.asarray(np.polyval(bent, np.asarray(mmlu)))


@cached
def as_base_models(task: str) -> float:
    """Return the error on tuned models if their TruthfulQA were that of base models.

    The fit stays as it is; each model gets the score of `truthful_trend` at its MMLU.

    Parameters
    ----------
    task : str
        One of `LATER_TASKS`.

    Returns
    -------
    float
        Mean squared error from capabilities.

    Examples
    --------
    >>> table = transfer().set_index(["task", "set"])["capabilities"]
    >>> bool(as_base_models("gpqa") < 0.6 * table["gpqa", "tuned"])
    True
    """
    new = later_models()
    new = new[new["set"] == "tuned"]
    floor = TASKS[task].guessing
    new = new.assign(
        score=(new[task] - floor) / (1 - floor), truthfulqa=truthful_trend(new["mmlu"])
    )
    known = task_models(task)
    guess = _by_capabilities(known[known["fitted"]], SEVEN, new)
    return float(((guess - new["score"]) ** 2).mean())


def _mse(rows: pd.DataFrame, by: str) -> float:
    return float(((rows[by] - rows["score"]) ** 2).mean())


def _over_families(off: pd.Series, families: pd.Series) -> tuple[float, float]:
    """Return the middle 95 % of the mean over resamples of whole families."""
    sums = off.groupby(families).agg(["sum", "size"]).to_numpy()
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    total = sums[drawn].sum(axis=1)
    low, high = np.quantile(total[:, 0] / total[:, 1], [0.025, 0.975])
    return float(low), float(high)
