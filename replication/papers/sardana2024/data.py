"""The tables of Sardana et al.: 47 runs, and what training and serving a model costs."""

from typing import Any

import pandas as pd

from replication import datasets
from replication.counting.numbers import nonnegative, plain, positive
from replication.datasets import load
from replication.errors import unknown
from replication.lifetime import Deployment

__all__ = ["demand", "deployment", "list_price", "runs"]

SCORES = (
    "world_knowledge",
    "reading_comprehension",
    "language_understanding",
    "commonsense_reasoning",
    "symbolic_problem_solving",
)
"""The five categories of the Gauntlet."""


def runs(max_tokens_per_param: float | None = None) -> pd.DataFrame:
    """Return the training runs, by size and length.

    Parameters
    ----------
    max_tokens_per_param : float, optional
        Leave out the runs on more tokens per parameter than this; the paper's cutoff.

    Returns
    -------
    DataFrame
        One row a run: ``model_size`` (nominal), ``params``, ``tokens`` and ``flops`` = 6 params
        tokens (counts), ``tokens_per_param``, ``loss`` (nats per token), the five scores of
        `SCORES`, their mean ``gauntlet``, ``mmlu`` and ``batch_size_sequences``.

    Raises
    ------
    ArgumentError
        If the cutoff is not positive and finite.

    Examples
    --------
    >>> len(runs()), len(runs(100))
    (47, 34)
    >>> runs(10)[["model_size", "tokens_per_param", "loss"]].head(2)
      model_size  tokens_per_param      loss
    0       150M              10.0  3.683204
    1       370M              10.0  3.358017
    """
    table = datasets.runs("sardana2024")
    table = table.assign(
        tokens_per_param=table["tokens"] / table["params"],
        gauntlet=table[list(SCORES)].mean(axis=1),
    )
    if max_tokens_per_param is not None:
        limit = float(positive("max_tokens_per_param", max_tokens_per_param))
        table = table[table["tokens_per_param"] <= limit]
    return table.reset_index(drop=True)


def deployment(name: str = "default", **changes: Any) -> Deployment:
    """Return prices, peak speeds and utilisations of a deployment.

    Parameters
    ----------
    name : str
        ``"default"``, that of the authors' scripts, or one of the examples of their README:
        ``"optimal"`` (of cost_optimal.py) and ``"calculator"`` (of cost_calculator.py).
    **changes
        Columns of the table ``deployments`` to replace: ``inference_precision="bf16"``.

    Returns
    -------
    Deployment
        Peak speeds are looked up in the table ``hardware``.

    Raises
    ------
    UnknownNameError
        If there is no such deployment, column, accelerator or precision.

    Examples
    --------
    >>> deployment().inference_peak_flops_per_second
    1978000000000000.0
    >>> deployment(inference_precision="bf16").inference_peak_flops_per_second
    989000000000000.0
    """
    row = _deployment(name)
    for column in changes:
        if column not in row:
            raise unknown("column of a deployment", column, row)
    row |= changes
    stages = ("train", "inference")
    kept = [f"{stage}_dollars_per_hour" for stage in stages]
    kept += [f"{what}_utilisation" for what in ("train", "input", "output")]
    peaks = {
        f"{stage}_peak_flops_per_second": _accelerator(
            row[f"{stage}_accelerator"], row[f"{stage}_precision"], "peak_flops_per_second"
        )
        for stage in stages
    }
    return Deployment(**{column: row[column] for column in kept}, **peaks)


def demand(requests: Any, name: str = "default") -> dict[str, Any]:
    """Return the tokens that a number of requests reads and writes.

    Parameters
    ----------
    requests : array_like
        Requests over the lifetime of the model.
    name : str
        The deployment whose mean request is meant.

    Returns
    -------
    dict
        ``input_tokens`` and ``output_tokens``, as `replication.lifetime_cost_optimal` takes them.

    Raises
    ------
    ArgumentError
        If a number of requests is negative or not finite.
    UnknownNameError
        If there is no such deployment.

    Examples
    --------
    >>> demand(1e9)
    {'input_tokens': 70000000000.0, 'output_tokens': 215000000000.0}
    """
    row, asked = _deployment(name), nonnegative("requests", requests)
    return {f"{what}_tokens": plain(asked * row[f"request_{what}_tokens"]) for what in _REQUEST}


def list_price(accelerator: str, precision: str) -> float:
    """Return the default price of an accelerator in dollars per hour.

    Examples
    --------
    >>> list_price("H100", "bf16")
    2.0
    """
    return _accelerator(accelerator, precision, "dollars_per_hour")


_REQUEST = ("input", "output")


def _deployment(name: str) -> dict[str, Any]:
    table = load("sardana2024", "deployments").set_index("name")
    if name not in table.index:
        raise unknown("deployment", name, table.index)
    row = table.loc[[name]].to_numpy(dtype=object)[0]
    return dict(zip(map(str, table), row, strict=True))


def _accelerator(accelerator: str, precision: str, column: str) -> float:
    table = load("sardana2024", "hardware").set_index(["accelerator", "precision"])
    if (accelerator, precision) not in table.index:
        known = [" ".join(pair) for pair in table.index]
        raise unknown("accelerator and precision", f"{accelerator} {precision}", known)
    return float(table[column][accelerator, precision])
