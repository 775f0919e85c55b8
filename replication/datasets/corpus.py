"""The corpus: public scaling runs of many laboratories in one schema.

A *design* is a set of runs that share text, recipe and counting; designs of one laboratory or
experiment are a *family*. The table ``corpus/designs`` says of each where its runs lie, how its
parameters were counted and what a user has to know.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.counting import training_flops
from replication.datasets.corpus_texts import on_text, texts_of
from replication.datasets.descriptor import describe
from replication.datasets.files import load
from replication.datasets.run_tables import runs
from replication.errors import DataError, unknown

COLUMNS = (
    "design", "family", "kind", "run", "group", "params", "params_nonembedding", "tokens",
    "unique_tokens", "flops", "budget", "loss", "loss_unit", "loss_on", "train_on", "held_out",
    "flag", "licence",
)  # fmt: skip
"""The schema, in this order; `corpus` returns these columns."""
_BY_RUNS = ("gadre2024", "sardana2024", "hagele2024", "bian2025")
_DIVERGED = 6.0  # nats per token: a model that knows nothing beyond how frequent tokens are
_ONE_EPOCH = 1.05  # tokens over unique tokens: the source's own rounding of a single pass
_FLOPS_PER_MAC = 2.0
_CURVES = "choshen2024/curves"


def designs() -> pd.DataFrame:
    """Return the designs of the corpus, one row each.

    Returns
    -------
    pandas.DataFrame
        ``design``, ``family``, ``kind`` (isoFLOP, ladder, factorial, over-trained or curve),
        ``counting`` (what the source's parameters include), ``loss_on``, ``loss_unit``,
        ``texts`` (all texts with losses, joined by commas), ``digitised``, ``edition`` (1 for
        what the corpus held when the protocol of the study of extrapolation was fixed, 2 for what
        came later and is not in the study), ``traps`` and ``licence``.

    Examples
    --------
    >>> from replication.datasets.corpus import designs
    >>> designs().set_index("design").loc["llama3", "digitised"]
    np.True_
    """
    table = _listed()
    table["digitised"] = table["digitised"] == 1
    table["texts"] = [", ".join(texts_of(row, _rows(row))) for row in table.to_dict("records")]
    kept = [
        "family", "kind", "counting", "loss_on", "loss_unit", "texts", "digitised", "edition",
        "traps", "licence",
    ]  # fmt: skip
    return table[["design", *kept]]


def corpus(
    designs: str | Iterable[str] | None = None,
    *,
    family: str | Iterable[str] | None = None,
    kind: str | Iterable[str] | None = None,
    licence: str | Iterable[str] | None = None,
    loss_on: str | None = None,
    flagged: bool = False,
) -> pd.DataFrame:
    """Return public scaling runs in one schema.

    Parameters
    ----------
    designs, family, kind, licence : str or iterable of str, optional
        Which designs: by name, family, kind (``"isoFLOP"``, ``"ladder"``, ``"factorial"``,
        ``"over-trained"``, ``"curve"``) or the licence of the source; by default all.
    loss_on : str, optional
        A text, to have the losses on it from all chosen designs that were evaluated on it; by
        default each design has the loss that it is known by.
    flagged : bool
        Whether to return runs as well that are marked in ``flag``: duplicates, runs that
        stopped early or diverged, repeated data, readings too coarse to use, checkpoints within
        a training run.

    Returns
    -------
    pandas.DataFrame
        One row a run or point. ``params`` and ``tokens`` are counts as the source counts
        parameters, or without the embedding where it states only that;
        ``params_nonembedding`` is given wherever it is known. ``flops`` is 6 params tokens where
        the source counts none, ``budget`` the nominal budget of an isoFLOP slice (FLOPs).
        ``loss`` is in ``loss_unit``, nats per token for most designs: look before you pool. Rows
        that share a ``group`` are points of one training run, or seeds. ``held_out`` runs were
        kept by their source for prediction.

    Raises
    ------
    UnknownNameError
        If a design, family, kind or licence is not in the corpus, or no chosen design was
        evaluated on the text.
    DataError
        If the choices together leave no design.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.corpus("kempner-fineweb")
    >>> len(runs), runs["params"].gt(runs["params_nonembedding"]).all()
    (91, np.True_)
    >>> sorted(rp.corpus(family="marin")["design"].unique())
    ['marin-comma', 'marin-dclm', 'marin-nemotron']
    >>> elsewhere = rp.corpus("kempner-fineweb", loss_on="c4")
    >>> len(elsewhere), elsewhere["loss_on"].unique().tolist()
    (91, ['c4'])
    """
    every = listed = _listed()
    wanted = {"design": designs, "family": family, "kind": kind, "licence": licence}
    for column, given in wanted.items():
        if given is None:
            continue
        names = [given] if isinstance(given, str) else list(given)
        known = sorted(every[column].unique())
        for name in names:
            if name not in known:
                raise unknown(f"{column} of the corpus", name, known)
        listed = listed[listed[column].isin(names)]
    if listed.empty:
        raise DataError(
            "No design of the corpus meets all of the choices; `replication.designs()` lists them."
        )
    chosen = listed.to_dict("records")
    if loss_on is not None:
        texts = {row["design"]: texts_of(row, _rows(row)) for row in chosen}
        if not any(loss_on in own for own in texts.values()):
            raise unknown("text of the chosen designs", loss_on, sorted({*chain(*texts.values())}))
        chosen = [row for row in chosen if loss_on in texts[row["design"]]]
    parts = [_design(row, loss_on) for row in chosen]
    table = pd.concat(parts, ignore_index=True)
    if not flagged:
        table = table[(table["flag"] == "") & table["loss"].notna()]
    return table.reset_index(drop=True)


def _listed() -> pd.DataFrame:
    """Return the table of designs, each with the licence of the table that holds its runs."""
    table = load("corpus", "designs")
    table["licence"] = [_licence(source) for source in table["source"]]
    return table


def _rows(listed: dict[Any, Any]) -> pd.DataFrame:
    """Return the rows of the table that hold the runs of a design, on all texts it holds."""
    table = _source(str(listed["source"]))
    for condition in filter(None, str(listed["where"]).split(";")):
        column, _, value = condition.partition("=")
        table = table[table[column].astype(str) == value]
    if table.empty:
        raise DataError(
            f"No row of {listed['source']} has {listed['where']}: correct the design "
            f"{listed['design']} in data/corpus/designs.csv."
        )
    return table.reset_index(drop=True)


def _design(listed: dict[Any, Any], loss_on: str | None = None) -> pd.DataFrame:
    """Return the runs of one design in the schema."""
    table = _rows(listed)
    if text := loss_on or str(listed["loss_on"]):
        table = on_text(listed, table, text)
    table["flag"] = ""
    if rule := _FLAGS.get(str(listed["source"])) or _FLAGS.get(str(listed["family"])):
        table["flag"] = rule(table)
    if np.isfinite(listed["vocabulary"]):
        table["params_nonembedding"] = table["params"] - listed["vocabulary"] * table["d_model"]
    if "params" not in table:
        table["params"] = table["params_nonembedding"]
    if "tokens" not in table:
        table["tokens"] = table["flops"] / training_flops(table["params"], 1.0)
    if "gmacs_per_sample" in table:  # forward, and twice that backward
        table["flops"] = 3e9 * _FLOPS_PER_MAC * table["gmacs_per_sample"] * table["tokens"]
    if "flops" not in table:
        table["flops"] = training_flops(table["params"], table["tokens"])
    if "run" not in table:
        table["run"] = [f"{listed['design']}-{i:04d}" for i in range(len(table))]
    table["group"] = _groups(table, str(listed["kind"]))
    for column in ("family", "kind", "loss_unit", "licence", "design"):
        table[column] = listed[column]
    absent: dict[str, Any] = {"loss_on": "", "train_on": "", "held_out": 0}
    absent |= dict.fromkeys(("params_nonembedding", "unique_tokens", "budget"), np.nan)
    for column, empty in absent.items():
        if column not in table:
            table[column] = empty
    table["held_out"] = table["held_out"] == 1
    if listed["kind"] != "isoFLOP" and listed["family"] != "misfitting":
        table["budget"] = np.nan
    elif listed["source"].endswith("/isoflop"):
        table["budget"] = table["flops"]
    return table[list(COLUMNS)]


@cached
def _source(source: str) -> pd.DataFrame:
    """Return a table of runs with counts as floats, which cannot overflow in products."""
    key, _, name = source.partition("/")
    table = runs(key) if key in _BY_RUNS else load(key, name)
    if source == _CURVES:
        table["run"] = table["model"] + " at " + table["tokens"].map("{:.4g}".format)
    if source == "hoffmann2022/figure4_points":
        table = table[["params", "tokens", "flops", "loss"]].copy()
    table = table.rename(columns=_in_the_schema)
    counts = table.columns.intersection(
        ["params", "params_nonembedding", "tokens", "unique_tokens", "flops", "budget", "d_model"]
    )
    return table.astype(dict.fromkeys(counts, float))


def _in_the_schema(name: str) -> str:
    """Return a column by the name of the schema: pairs of image and text stand as tokens."""
    names = {"loss_as_plotted": "loss", "pairs": "tokens", "unique_pairs": "unique_tokens"}
    return (
        "loss" + name.removeprefix("error") if name.startswith("error") else names.get(name, name)
    )


def _licence(source: str) -> str:
    """Return the licence of a table that holds runs."""
    key, _, name = source.partition("/")
    return describe(key, name).licence


def _groups(table: pd.DataFrame, kind: str) -> Any:
    """Return what of a design is not independent: points of a curve, seeds, a shared trunk."""
    if "model" in table and kind == "curve":
        return table["model"]
    size = table["params"].map("{:.6g}".format)
    if kind == "curve":
        return size
    return size + " x " + table["tokens"].map("{:.3g}".format)


def _openathena(table: pd.DataFrame) -> Any:
    reasons = {"exact_duplicate": "duplicate", "near_duplicate_params": "duplicate"}
    reasons["spline_outlier"] = "outlier"
    return table["flag_reason"].map(reasons).fillna("")


def _xlstm(table: pd.DataFrame) -> Any:
    again = table.dropna(subset=["loss"]).duplicated(["context", "params", "tokens"])
    conditions = {
        "no loss": table["loss"].isna(),
        "stopped early": table["steps"] < table["planned_steps"],
        "diverged": table["loss"] > _DIVERGED,
        "repeat": again.reindex(table.index, fill_value=False),
    }
    return np.select(list(conditions.values()), list(conditions), default="")


def _chinchilla(table: pd.DataFrame) -> Any:
    return np.where(table["tokens"] < table["params"], "coarse reading", "")


def _datablations(table: pd.DataFrame) -> Any:
    repeated = table["tokens"] > _ONE_EPOCH * table["unique_tokens"]
    return np.where(repeated, "repeated data", "")


def _not_best(table: pd.DataFrame) -> Any:
    size = "params" if "params" in table else "params_nonembedding"
    best = table.groupby([size, "tokens"])["loss"].transform("min")
    return np.where(table["loss"] > best, "not the best of its cell", "")


def _checkpoints(table: pd.DataFrame) -> Any:
    last = table.groupby("model")["tokens"].transform("max")
    return np.where(table["tokens"] < last, "checkpoint", "")


_FLAGS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "marin": _openathena,
    "llama3": _openathena,
    "misfitting": _openathena,
    "xlstm": _xlstm,
    "chinchilla": _chinchilla,
    "datablations": _datablations,
    "steplaw": _not_best,
    "hagele": _not_best,
    _CURVES: _checkpoints,
}
"""What of a family or a table is marked, and why; `flagged=True` returns all that is marked."""
