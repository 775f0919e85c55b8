"""From capabilities, or from compute alone, to the score of a task."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import one_of_names
from replication.fitting import Fit, Recipe, fit
from replication.laws import Sigmoid
from replication.papers.ruan2024.data import CUTOFF, TASKS, task_models
from replication.principal_components import Capabilities, capabilities

__all__ = [
    "AUTHORS",
    "COMPONENTS",
    "FLOOR",
    "PREDICTORS",
    "Prediction",
    "cutoffs",
    "equivalent",
    "errors",
    "predicted",
    "sigmoid",
    "stops",
]

COMPONENTS = ("pc_1", "pc_2", "pc_3")
PREDICTORS = {"capabilities": COMPONENTS, "compute": ("log_flops",)}
"""What a score is predicted from: three components, or the logarithm of compute over 1e21."""
ALONE = {"mmlu": ("mmlu",)}
"""One benchmark alone, against which both are held."""
UNIT = 1e21
"""FLOPs that compute is measured in, so that its logarithm is near zero."""
LOWEST_CUTOFF = 1.7e22
ROUNDED = 5e-7
FLOOR = (0.0, 0.2)
"""Where the floor of the sigmoid may lie (section 3.2: h between 0.8 and 1)."""
START = {"alpha": [0.0], "beta_1": [0.03]}
AUTHORS = {
    "capabilities": Recipe(START | {"beta_2": [0.03], "beta_3": [0.03]}, method="BFGS"),
    "compute": Recipe(START, method="BFGS"),
    "mmlu": Recipe(START, method="BFGS"),
}
"""How the paper's plain sigmoids were fitted: one start, scipy's BFGS at its default tolerance."""


@dataclass(frozen=True)
class Prediction:
    """A task predicted from capabilities or from compute.

    Attributes
    ----------
    task, predictor : str
        What is predicted, and from what.
    fit : Fit
        The sigmoid on the models that were fitted.
    table : DataFrame
        Models that have the predictor: ``score``, ``predicted``, ``fitted``, and their columns.
    slope, intercept : float
        Of the logit in the decimal logarithm of compute (over 1e21 FLOPs) at which Llama-2 has
        it; for the prediction from compute, in the natural logarithm of compute itself.
    """

    task: str
    predictor: str
    fit: Fit[Sigmoid]
    table: pd.DataFrame
    slope: float
    intercept: float

    def mse(self, fitted: bool) -> float:
        """Return the mean squared error on the models that were fitted, or on all others."""
        rows = self.table[self.table["fitted"] == fitted]
        return float(((rows["predicted"] - rows["score"]) ** 2).mean())

    def r2(self) -> float:
        """Return the share of the variance of the other models' scores that is predicted."""
        rows = self.table[~self.table["fitted"]]
        return 1 - self.mse(False) / float(rows["score"].var(ddof=0))


def sigmoid(
    table: pd.DataFrame,
    predictor: str,
    *,
    floored: bool,
    authors: bool = False,
    near: Sigmoid | None = None,
) -> Fit[Sigmoid]:
    """Fit the sigmoid of a score.

    Parameters
    ----------
    table : DataFrame
        Models with ``score`` and the columns of the predictor.
    predictor : str
        One of `PREDICTORS` or `ALONE`.
    floored : bool
        Whether there is a floor within `FLOOR`; else it is zero.
    authors : bool
        Whether to stop where the paper's optimiser stops. With a floor there is no difference
        that one could see, so the package's solver serves.
    near : Sigmoid, optional
        Where to start, if the solver need not search for a start.

    Returns
    -------
    Fit
        Least squares.
    """
    known = PREDICTORS | ALONE
    columns = known[one_of_names("predictor", predictor, known)]
    law = Sigmoid.of(*columns)
    if floored:
        starts = None if near is None else [near]
        return fit(law, table, bounds={"floor": FLOOR}, starts=starts)
    recipe = AUTHORS[predictor] if authors else None
    return fit(law, table, fixed={"floor": 0.0}, recipe=recipe)


@cached
def predicted(
    task: str,
    predictor: str = "capabilities",
    *,
    authors: bool = True,
    cutoff: float | None = None,
) -> Prediction:
    """Predict a task as its figure does.

    Parameters
    ----------
    task : str
        One of `replication.papers.ruan2024.TASKS`.
    predictor : str
        ``"capabilities"`` or ``"compute"``.
    authors : bool
        Whether plain sigmoids stop where the paper's optimiser stops, or at the minimum.
    cutoff : float, optional
        Most compute of the models that are fitted, instead of the figure's.

    Returns
    -------
    Prediction
        With the fit and all models.

    Examples
    --------
    >>> found = predicted("bbh")
    >>> f"{found.mse(fitted=True):.1e} {found.mse(fitted=False):.1e}"
    '3.4e-04 1.5e-03'
    """
    table = task_models(task, cutoff)
    found = measured(task, cutoff)
    table = pd.concat([table, found.scores(table)], axis=1)
    table["log_flops"] = np.log(table["flops"] / UNIT)
    columns = list(PREDICTORS[one_of_names("predictor", predictor, PREDICTORS)])
    table = table[table[columns].notna().all(axis=1)].reset_index(drop=True)
    done = sigmoid(table[table["fitted"]], predictor, floored=TASKS[task].floored, authors=authors)
    inputs = [table[name] for name in columns]
    table["logit"] = done.law.logit(*inputs)
    table["predicted"] = done.law.score(*inputs)
    slope, intercept = (
        llama_line(table)
        if predictor == "capabilities"
        else (float(done.law.beta_1), float(done.law.alpha))
    )
    return Prediction(task, predictor, done, table, slope, intercept)


@cached
def measured(task: str, cutoff: float | None = None) -> Capabilities:
    """Return the capabilities of a task's figure, from the models that are fitted."""
    table = task_models(task, cutoff)
    return capabilities(table[table["fitted"]], TASKS[task].benchmarks)


def llama_line(table: pd.DataFrame, family: str = "Llama-2") -> tuple[float, float]:
    """Return slope and intercept of the logit in decimal log compute within a family (Eq. 8)."""
    own = table[table["family"] == family]
    slope, intercept = np.polyfit(np.log10(own["flops"] / UNIT), own["logit"], 1)
    return float(slope), float(intercept)


def equivalent(found: Prediction) -> pd.Series:
    """Return the compute, in FLOPs, at which Llama-2 would have each model's capability.

    Parameters
    ----------
    found : Prediction
        From capabilities.

    Returns
    -------
    Series
        One value a row of its table.

    Examples
    --------
    >>> found = predicted("cot")
    >>> worth = equivalent(found)[found.table["model"] == "meta-llama/Llama-2-70b-hf"]
    >>> bool(worth.between(7e23, 1e24).all())
    True
    """
    exponent = (found.table["logit"] - found.intercept) / found.slope
    return UNIT * 10**exponent


@cached
def errors(authors: bool = True) -> pd.DataFrame:
    """Return all predictions of Figures 4, C.5 and C.6 in numbers.

    Parameters
    ----------
    authors : bool
        As for `predicted`.

    Returns
    -------
    DataFrame
        One row a task and predictor: ``task``, ``predictor``, ``n_fitted``, ``n_others``,
        ``slope``, ``intercept``, ``mse_fitted``, ``mse_others``, ``r2``.

    Examples
    --------
    >>> len(errors())
    20
    """
    rows = []
    for task in TASKS:
        for predictor in PREDICTORS:
            found = predicted(task, predictor, authors=authors)
            count = int(found.table["fitted"].sum())
            rows.append(
                {
                    "task": task,
                    "predictor": predictor,
                    "n_fitted": count,
                    "n_others": len(found.table) - count,
                    "slope": found.slope,
                    "intercept": found.intercept,
                    "mse_fitted": found.mse(True),
                    "mse_others": found.mse(False),
                    "r2": found.r2(),
                }
            )
    return pd.DataFrame(rows)


@cached
def cutoffs(task: str) -> pd.DataFrame:
    """Return how the errors of a task's figure depend on the cutoff, model by model.

    Parameters
    ----------
    task : str
        One of `replication.papers.ruan2024.TASKS`.

    Returns
    -------
    DataFrame
        One row a cutoff between 1.8e22 FLOPs and that of the paper's other tasks, 8.4e22, each
        the compute of a model that enters there: ``cutoff``, ``slope`` by capabilities, and the
        mean squared errors on the models above it, by ``capabilities`` and by ``compute``.
    """
    flops = task_models(task).query("preregistered == 0")["flops"]
    rows = []
    for cutoff in np.unique(flops[(flops > LOWEST_CUTOFF) & (flops <= CUTOFF)]):
        by = {name: predicted(task, name, cutoff=float(cutoff)) for name in PREDICTORS}
        row = {"cutoff": cutoff, "slope": by["capabilities"].slope}
        rows.append(row | {name: found.mse(False) for name, found in by.items()})
    return pd.DataFrame(rows)


@cached
def stops(draws: int = 16) -> pd.DataFrame:
    """Return where the paper's optimiser stops on Persian questions if scores move a little.

    Every score is moved by less than half a millionth, by which our tables are rounded.

    Parameters
    ----------
    draws : int
        How often.

    Returns
    -------
    DataFrame
        One row a draw: ``slope``, ``intercept`` and ``mse_others``, as in `errors`.
    """
    benchmarks = list(TASKS["persian_qa"].benchmarks)
    rng, rows = np.random.default_rng(0), []
    for _ in range(draws):
        table = task_models("persian_qa")
        for name in benchmarks:
            moved = table[name] + rng.uniform(-ROUNDED, ROUNDED, len(table))
            table[name] = moved.clip(0, 1)
        # The score, a quarter of which was guessing, was rounded before that was taken off.
        table["score"] += rng.uniform(-ROUNDED, ROUNDED, len(table)) / 0.75
        found = capabilities(table[table["fitted"]], benchmarks)
        table = pd.concat([table, found.scores(table)], axis=1)
        law = sigmoid(table[table["fitted"]], "capabilities", floored=False, authors=True).law
        inputs = [table[name] for name in COMPONENTS]
        table = table.assign(logit=law.logit(*inputs), off=law.score(*inputs) - table["score"])
        slope, intercept = llama_line(table)
        off = float((table.loc[~table["fitted"], "off"] ** 2).mean())
        rows.append({"slope": slope, "intercept": intercept, "mse_others": off})
    return pd.DataFrame(rows)
