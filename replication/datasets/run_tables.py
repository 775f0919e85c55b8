"""Tables of runs and of models, put together as each paper's descriptor declares."""

from collections.abc import Iterable
from math import prod
from typing import Any

import pandas as pd

from replication.counting import (
    FLOPS_PER_PARAM_TOKEN,
    Shape,
    flops_per_token,
    gated_width,
    params,
    training_flops,
)
from replication.datasets import descriptor
from replication.datasets.files import load
from replication.datasets.records import DESCRIPTOR, Shapes
from replication.errors import DataError, unknown

WORKING = ("params", "tokens", "flops", "loss")
_SHAPE = ("n_layers", "d_model", "n_heads", "ffw_size", "kv_size", "vocab_size", "context")


def runs(key: str, **choices: Any) -> pd.DataFrame:
    """Return the runs of a paper, one row a run or a point, ready for `replication.fit`.

    Parameters
    ----------
    key : str
        Key of the paper: ``"gadre2024"``.
    **choices
        Which runs: a column, and the value or the list of values that it shall have.

    Returns
    -------
    pandas.DataFrame
        ``params``, ``tokens``, ``flops``, ``loss`` (counts, and nats per token) and whatever else
        the paper's tables say of a run. Where a table states two of the first three, the other
        follows from flops = 6 params tokens.

    Raises
    ------
    UnknownNameError
        If the paper, a column or a value of it is not known.
    DataError
        If the descriptor of the paper declares no runs.

    Examples
    --------
    >>> runs("gadre2024", train_set="c4", token_multiplier=20).columns[:4].tolist()
    ['params', 'tokens', 'flops', 'loss']
    >>> len(runs("porian2024", dataset="refinedweb", experiment="tuned_no_decay"))
    121
    """
    declared = descriptor.of(key).runs
    if declared is None:
        known = [other for other in descriptor.folders() if descriptor.of(other).runs]
        raise DataError(
            f"data/{key}/{DESCRIPTOR} declares no runs; those of {', '.join(known)} do."
        )
    wanted = dict(declared.choose) | choices
    table, used = _chosen(load(key, declared.table).rename(columns=declared.rename), wanted)
    for name, on in declared.join.items():
        more, chosen = _chosen(_joined(key, name), wanted)
        used |= chosen
        # A column that a run has already is the run's own.
        added = [column for column in more if column == on or column not in table]
        if on not in more or more[on].duplicated().any():
            fault = "has several rows for one" if on in more else "has no column"
            raise DataError(
                f"The table {name}, which data/{key}/{DESCRIPTOR} joins to the runs, {fault} {on}; "
                "choose a value of another column under `choose`, or correct `join`."
            )
        table = table.merge(more[added], on=on, validate="m:1")
    for name, factors in declared.products.items():
        if stray := [x for x in factors if isinstance(x, str) and x not in table]:
            raise unknown(f"factor of {name} in data/{key}/{DESCRIPTOR}", stray[0], table.columns)
        values = [table[factor] if isinstance(factor, str) else factor for factor in factors]
        table[name] = prod(values[1:], start=values[0])
    table = _completed(key, table)
    table, chosen = _chosen(table, {k: v for k, v in wanted.items() if k not in used})
    if stray := sorted(set(wanted) - used - chosen):
        raise unknown(f"column of the runs of {key}", stray[0], table.columns)
    rest = [column for column in table if column not in WORKING]
    return table[[*WORKING, *rest]].reset_index(drop=True)


def models(key: str) -> pd.DataFrame:
    """Return the models of a paper, one row a model, with what its descriptor has counted.

    Parameters
    ----------
    key : str
        Key of the paper.

    Returns
    -------
    pandas.DataFrame
        The paper's own table and, by the names of the descriptor, parameters and FLOPs per token
        as a convention of `replication.counting` counts them.

    Raises
    ------
    UnknownNameError
        If the paper is not known.
    DataError
        If the descriptor of the paper declares no shapes.

    Examples
    --------
    >>> float(models("hagele2024").set_index("size")["params"]["33M"])
    33454464.0
    """
    declared, table = _declared(key), load(key, _declared(key).table)
    shape = shapes(key)
    counted = {
        name: (flops_per_token if name.startswith("flops") else params)(shape, convention)
        for name, convention in declared.counts.items()
    }
    return table.assign(**counted)


def shapes(key: str, **changes: Any) -> Shape:
    """Return the shapes of a paper's models, in the order of its table.

    Parameters
    ----------
    key : str
        Key of the paper.
    **changes
        Settings that shall be others than the paper's: ``context=512``.

    Returns
    -------
    Shape
        With an entry a model. A feed-forward layer whose width no table states has four times the
        width of the model, or the usual width if it is gated.

    Raises
    ------
    UnknownNameError
        If the paper is not known.
    DataError
        If the descriptor of the paper declares no shapes.

    Examples
    --------
    >>> shape = shapes("hoffmann2022")
    >>> shape.n_layers.shape, int(shape.vocab_size[0])
    ((50,), 32000)
    """
    declared = _declared(key)
    table = load(key, declared.table)
    given: dict[str, Any] = {name: table[name].to_numpy() for name in _SHAPE if name in table}
    given |= dict(declared.same) | changes
    if "ffw_size" not in given:
        width = given["d_model"]
        given["ffw_size"] = gated_width(width) if given.get("gated") else 4 * width
    return Shape(**given)


def _declared(key: str) -> Shapes:
    declared = descriptor.of(key).shapes
    if declared is None:
        raise DataError(f"data/{key}/{DESCRIPTOR} declares no shapes of models.")
    return declared


def _joined(key: str, name: str) -> pd.DataFrame:
    """Return a table by its name, or by paper and name; a table of models with its counts."""
    other, slash, table = name.rpartition("/")
    other = other if slash else key
    shaped = descriptor.of(other).shapes
    return models(other) if shaped and shaped.table == table else load(other, table)


def _chosen(table: pd.DataFrame, wanted: dict[str, Any]) -> tuple[pd.DataFrame, set[str]]:
    """Return the rows with the wanted values, and which columns were asked."""
    asked = [column for column in wanted if column in table]
    before: list[str] = []
    for column in asked:
        value = wanted[column]
        many = isinstance(value, Iterable) and not isinstance(value, str)
        values = list(value) if many else [value]
        known = table[column].drop_duplicates()
        for one in values:
            if not known.isin([one]).any():
                where = f"These are known where {' and '.join(before)}." if before else ""
                raise unknown(str(column), one, known, where)
        table = table[table[column].isin(values)]
        before.append(f"{column} is {', '.join(map(str, values))}")
    return table, set(asked)


def _completed(key: str, table: pd.DataFrame) -> pd.DataFrame:
    """Add the one of params, tokens and flops that follows from the two others."""
    missing = [name for name in WORKING[:3] if name not in table]
    if len(missing) == 1:
        (name,) = missing
        value: Any
        if name == "flops":
            value = training_flops(table["params"], table["tokens"])
        else:
            other = table["params" if name == "tokens" else "tokens"]
            value = table["flops"] / (FLOPS_PER_PARAM_TOKEN * other)
        table = table.assign(**{name: value})
    if missing := [name for name in WORKING if name not in table]:
        raise DataError(
            f"The runs of {key} lack {' and '.join(missing)}. Declare a table to join, or a "
            f"product, under `runs` in data/{key}/{DESCRIPTOR}."
        )
    return table
