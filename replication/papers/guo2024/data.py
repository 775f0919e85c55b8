"""The table of public models: rebuilt from the paper's likely sources, not transcribed."""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import training_flops
from replication.datasets import load
from replication.errors import unknown

__all__ = [
    "CONTROLLED",
    "DOMAINS",
    "FAMILIES",
    "LISTS",
    "LONG",
    "UNIT",
    "controlled",
    "every_model",
    "models",
]

FAMILIES = ("Falcon", "Llama 1", "Llama 2", "Llama 3", "Qwen", "Qwen1.5", "DeepSeek LLM", "Yi")
"""The families of models that the paper names."""
LISTS = {"april25": ("2024-04-22", "2024-04-25"), "april22": ("2024-04-22",)}
"""Versions of the table of compression that the paper may have used, a few days before it."""
DOMAINS = {
    "bpc_common_crawl": "Common Crawl",
    "bpc_python": "Python",
    "bpc_arxiv_math": "arXiv, mathematics",
}
"""The texts of which the BPC is the mean."""
UNIT = 1e9 * 1e12
"""The paper's unit of N D: a billion parameters times a trillion tokens."""


@cached
def _every_model() -> pd.DataFrame:
    """Return all models, with compute where tokens are known; read and checked once a process."""
    table = load("guo2024", "models")
    known = table["tokens"].notna()
    flops = training_flops(table.loc[known, "params"], table.loc[known, "tokens"])
    table.loc[known, "flops"] = flops
    table["compute"] = table["params"] * table["tokens"] / UNIT
    return table.assign(tokens_per_param=table["tokens"] / table["params"])


def every_model() -> pd.DataFrame:
    """Return all models of the source, those without known tokens as well.

    Returns
    -------
    DataFrame
        The table ``models`` with the columns that `models` adds; NaN where tokens are unknown.

    Examples
    --------
    >>> table = every_model()
    >>> len(table), int(table["tokens"].isna().sum())
    (28, 5)
    """
    return _every_model().copy()


def models(listed: str = "april25") -> pd.DataFrame:
    """Return the models of the paper's families with known tokens, least compute first.

    Parameters
    ----------
    listed : str
        A name in `LISTS`.

    Returns
    -------
    DataFrame
        One row a model: ``model``, ``family``, ``params``, ``tokens`` and ``flops`` = 6 N D
        (counts), ``compute`` = N D in the paper's `UNIT`, ``tokens_per_param``, and the
        compression, in bits per character, of each of `DOMAINS` and on average,
        ``bpc_average``.

    Raises
    ------
    UnknownNameError
        If there is no such version.

    Examples
    --------
    >>> len(models()), len(models("april22"))
    (22, 18)
    >>> models()["model"].iloc[-1], round(float(models()["bpc_average"].iloc[-1]), 3)
    ('Llama-3-70b', 0.359)
    """
    if listed not in LISTS:
        raise unknown("version of the table of models", listed, LISTS)
    table = _every_model()
    chosen = table["listed"].isin(LISTS[listed]) & table["family"].isin(FAMILIES)
    found = table[chosen & table["tokens"].notna()]
    columns = ["model", "family", "params", "tokens", "flops", "compute", "tokens_per_param"]
    found = found.sort_values(["compute", "model"])[[*columns, *DOMAINS, "bpc_average"]]
    return found.reset_index(drop=True)


CONTROLLED = {
    "sardana": "Sardana et al.",
    "c4": "Gadre et al., C4",
    "redpajama": "Gadre et al., RedPajama",
    "refinedweb": "Gadre et al., RefinedWeb",
}
"""Groups of runs of one text by one code, in which little but size and tokens varies."""
LONG = 20.0
"""Tokens per parameter from which a run counts as long. All public models here lie beyond."""


def controlled(name: str, least_ratio: float = 0.0, most_ratio: float = np.inf) -> pd.DataFrame:
    """Return a group of controlled runs.

    Parameters
    ----------
    name : str
        A name in `CONTROLLED`.
    least_ratio, most_ratio : float
        Leave out runs of fewer, or of more, tokens per parameter.

    Returns
    -------
    DataFrame
        One row a run: ``model_size`` (nominal), ``params``, ``tokens`` and ``flops`` = 6 N D
        (counts), ``tokens_per_param`` and ``loss`` (nats per token).

    Raises
    ------
    UnknownNameError
        If there is no such group.

    Examples
    --------
    >>> {name: (len(controlled(name)), len(controlled(name, LONG))) for name in CONTROLLED}
    {'sardana': (47, 37), 'c4': (34, 26), 'redpajama': (35, 27), 'refinedweb': (35, 27)}
    """
    if name not in CONTROLLED:
        raise unknown("group of controlled runs", name, CONTROLLED)
    study = ("sardana2024", {}) if name == "sardana" else ("gadre2024", {"train_set": name})
    table = datasets.runs(study[0], **study[1])
    table = table.assign(tokens_per_param=table["tokens"] / table["params"])
    columns = ["model_size", "params", "tokens", "flops", "tokens_per_param", "loss"]
    # Tokens are whole numbers: twenty a parameter may be a hair less.
    enough = table["tokens_per_param"] >= least_ratio * (1 - 1e-6)
    chosen = enough & (table["tokens_per_param"] <= most_ratio * (1 + 1e-6))
    return table.loc[chosen, columns].reset_index(drop=True)
