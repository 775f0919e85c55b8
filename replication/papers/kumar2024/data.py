"""The printed laws, the runs of QuEST, its comparison of quantisers, and our own rounded models."""

from dataclasses import replace

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.laws import PostTraining, Precision
from replication.papers.kumar2024.schemes import with_schemes

__all__ = [
    "NO_CACHE",
    "VOCABULARY",
    "byte_models",
    "comparison",
    "printed",
    "quest",
    "quest_joint",
    "rounding",
]

KEY = "kumar2024"
NO_CACHE = {"gamma_kv": 0.01, "n_kv": 0.0}
"""Fields of `Precision` where keys and values are never quantised."""
VOCABULARY = 50_304
"""Rows of the embedding, and of the head, of the models of QuEST; both keep 16 bits."""
PLAIN_OFFSETS = {"n_w": 0.0, "n_a": 0.0, "n_kv": 0.0}


@cached
def printed(offsets: bool = True) -> Precision:
    """Return the law of training in low precision with its printed constants.

    Parameters
    ----------
    offsets : bool
        Whether with the offsets of Appendix K; without, it is the formula of the main text.

    Returns
    -------
    Precision
        The law.

    Examples
    --------
    >>> round(printed().best_bits(), 1), round(printed(offsets=False).best_bits(), 1)
    (7.0, 3.5)
    """
    law = datasets.published(KEY, "integer")
    assert isinstance(law, Precision)
    return law if offsets else replace(law, **PLAIN_OFFSETS)


@cached
def rounding(offset: bool = True) -> PostTraining:
    """Return the law of rounding after training with its printed constants.

    Parameters
    ----------
    offset : bool
        Whether the last constant of Table 2, printed without a subscript, is its offset.

    Returns
    -------
    PostTraining
        The law.

    Examples
    --------
    >>> round(rounding().C_T / rounding(offset=False).C_T, 2)
    3.09
    """
    law = datasets.published(KEY, "rounded" if offset else "rounded, no offset")
    assert isinstance(law, PostTraining)
    return law


@cached
def quest() -> pd.DataFrame:
    """Return the runs of QuEST.

    Returns
    -------
    DataFrame
        One row a run: ``params`` (without embeddings), ``tokens``, ``loss`` (nats per token),
        ``weight_bits``, ``activation_bits``, ``kv_bits`` (16), ``scheme``, ``ratio`` (tokens per
        parameter), ``bits_per_param`` that are stored, and the columns that `Shares` reads.

    Examples
    --------
    >>> len(quest()), quest()["scheme"].nunique()
    (104, 17)
    """
    table = with_schemes(datasets.runs(KEY))
    stored = table["weight_bits"].where(table["scheme"] != "fp4", 4)
    return table.assign(kv_bits=16, ratio=table["tokens"] / table["params"], bits_per_param=stored)


def quest_joint(least: int = 1) -> pd.DataFrame:
    """Return the runs that the paper's form can describe: integers with the Hadamard transform.

    Parameters
    ----------
    least : int
        Fewest bits of a weight.

    Returns
    -------
    DataFrame
        Rows of `quest`, the ones without quantisation among them.

    Examples
    --------
    >>> [len(quest_joint(least)) for least in (1, 2, 3)]
    [70, 60, 44]
    """
    table = quest()
    kept = table["scheme"].str.match("full|weights|bf16") & (table["weight_bits"] >= least)
    return table[kept].reset_index(drop=True)


@cached
def comparison() -> pd.DataFrame:
    """Return the losses of one model with several quantisers (weights and activations alike).

    Returns
    -------
    DataFrame
        ``size``, ``method``, ``bits``, ``loss`` (nats per token).

    Examples
    --------
    >>> sorted(comparison()["method"].unique())
    ['AO', 'LSQ', 'QuEST', 'QuaRot', 'STE']
    """
    table = datasets.load(KEY, "quest_comparison")
    return table.assign(bits=table["bits"].astype(int))


@cached
def byte_models() -> pd.DataFrame:
    """Return our rounded byte models.

    Returns
    -------
    DataFrame
        One row a model and precision: ``seed``, ``params``, ``tokens`` (bytes), ``schedule``
        (``constant`` or ``annealed``), ``bits``, ``loss`` and ``quantised_loss`` (nats per byte),
        ``added_loss`` (their difference) and ``ratio`` (bytes per parameter).

    Examples
    --------
    >>> bool((byte_models()["added_loss"] > 0).mean() > 0.9)
    True
    """
    table = datasets.load(KEY, "byte_models")
    return table.assign(
        added_loss=table["quantised_loss"] - table["loss"],
        ratio=table["tokens"] / np.asarray(table["params"], dtype=np.float64),
    )
