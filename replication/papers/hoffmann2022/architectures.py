"""The models of Tables 1, A4 and A9, and what the conventions count in them."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import (
    FLOP_CONVENTIONS,
    FLOPS_PER_PARAM_TOKEN,
    PARAM_CONVENTIONS,
    Shape,
    flops_per_token,
    params,
)
from replication.datasets import load

__all__ = [
    "CHINCHILLA",
    "GOPHER",
    "GOPHER_FLOPS",
    "GOPHER_SHAPE",
    "VOCAB_SIZE",
    "conventions",
    "flop_ratios",
    "models",
]

VOCAB_SIZE = 32_000
"""Tokens in the vocabulary: the one with which the sizes of Table A9 come out."""
CONTEXT = 2048
"""Tokens in a sequence: the length with which the ratios of Table A4 come out."""
GOPHER_FLOPS = 5.76e23
"""Training compute of Gopher, as the caption of Figure 2 and Appendix F give it."""
CHINCHILLA = (70e9, 1.4e12)
"""Parameters and training tokens of Chinchilla (Table 1)."""
GOPHER = (280e9, 300e9)
"""Parameters and training tokens of Gopher (Table 1)."""
GOPHER_SHAPE = Shape(
    n_layers=80, d_model=16_384, n_heads=128, kv_size=128, ffw_size=4 * 16_384,
    vocab_size=VOCAB_SIZE, context=CONTEXT, positions="relative",
)  # fmt: skip
"""Shape of Gopher (Table 4); with the relative positions of Table A9 it has 279.7B parameters."""


@cached
def models() -> pd.DataFrame:
    """Return the 50 models of Table A9, counted under every convention.

    Returns
    -------
    DataFrame
        The printed columns; ``params_<convention>`` (parameters) for the conventions of
        `replication.counting.PARAM_CONVENTIONS`, ``flops_<convention>`` (training FLOPs per
        token) for those of `replication.counting.FLOP_CONVENTIONS`.

    Examples
    --------
    >>> models()[["params", "params_hoffmann"]].iloc[0].tolist()
    [44000000.0, 43646976.0]
    """
    table = load("hoffmann2022", "table_a9_models")
    shape = datasets.shapes("hoffmann2022")
    counted = {f"params_{name}": params(shape, name) for name in PARAM_CONVENTIONS}
    counted |= {f"flops_{name}": flops_per_token(shape, name) for name in FLOP_CONVENTIONS}
    return table.assign(**counted)


def conventions() -> pd.DataFrame:
    """Compare the conventions on the 50 models of Table A9.

    Returns
    -------
    DataFrame
        One row a convention: ``counts`` (``params`` or ``flops``), ``convention``, and the
        smallest, median and largest ratio to the printed parameters N, or to 6 N: ``low``,
        ``median``, ``high``.

    Examples
    --------
    >>> table = conventions().set_index(["counts", "convention"])
    >>> table.loc[("params", "hoffmann")].round(3).tolist()
    [0.992, 1.0, 1.004]
    """
    table = models()
    rows = []
    for counts, names, unit in (
        ("params", PARAM_CONVENTIONS, 1.0),
        ("flops", FLOP_CONVENTIONS, FLOPS_PER_PARAM_TOKEN),
    ):
        for name in names:
            ratio = table[f"{counts}_{name}"] / (unit * table["params"])
            rows.append((counts, name, ratio.min(), ratio.median(), ratio.max()))
    return pd.DataFrame(rows, columns=["counts", "convention", "low", "median", "high"])


def flop_ratios(convention: str = "hoffmann", context: int = CONTEXT) -> pd.DataFrame:
    """Return the exact training FLOPs over 6 N D for the six models of Table A4.

    N is the size in Table A9, where the same architectures are rounded more finely.

    Parameters
    ----------
    convention : str
        A name in `replication.counting.FLOP_CONVENTIONS`.
    context : int
        Tokens in a sequence.

    Returns
    -------
    DataFrame
        One row a model: ``params`` as in Table A9, ``printed`` and ``ours``.

    Examples
    --------
    >>> flop_ratios()["ours"].round(3).tolist()
    [1.023, 1.1, 1.084, 1.045, 1.033, 0.994]
    """
    shape = ["d_model", "ffw_size", "kv_size", "n_heads", "n_layers"]
    printed = load("hoffmann2022", "table_a4_flop_ratio").drop(columns="params")
    counted = flops_per_token(datasets.shapes("hoffmann2022", context=context), convention)
    table = load("hoffmann2022", "table_a9_models").assign(counted=counted)
    table = printed.merge(table, on=shape)
    ours = table["counted"] / (FLOPS_PER_PARAM_TOKEN * table["params"])
    return pd.DataFrame({"params": table["params"], "printed": table["flop_ratio"], "ours": ours})
