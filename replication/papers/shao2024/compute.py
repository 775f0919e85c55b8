"""The compute of a datastore beside that of a model (shao2024, Appendix B.4)."""

import pandas as pd

from replication import counting, datasets
from replication._memo import cached

__all__ = ["MODELS", "RETRIEVER", "accounts", "datastore_tokens"]

RETRIEVER = 177e6
"""Parameters of the retriever."""
MODELS = {
    "Pythia 1B": (1e9, 300e9),
    "Pythia 2.8B": (2.8e9, 300e9),
    "Pythia 6.9B": (6.9e9, 300e9),
    "Pythia 12B": (12e9, 300e9),
    "OLMo 1B": (1e9, 3e12),
    "OLMo 7B": (7e9, 2e12),
    "Llama-2 7B": (7e9, 2e12),
}
"""Parameters and pretraining tokens, nominal."""


def datastore_tokens() -> float:
    """Return the tokens of the whole datastore: the sum of Table 2.

    Examples
    --------
    >>> f"{datastore_tokens():.4e}"
    '1.4412e+12'
    """
    return float(datasets.load("shao2024", "domains")["tokens"].sum())


@cached
def accounts(tokens: float) -> pd.DataFrame:
    """Return what each model costs to train, and a datastore to embed.

    Parameters
    ----------
    tokens : float
        Tokens of the datastore.

    Returns
    -------
    DataFrame
        One row a model: ``params``, ``tokens``, ``pretraining`` = 6 N D and ``embedding`` =
        2 N_retriever D_datastore (FLOPs), and ``share``, the second over the first.

    Examples
    --------
    >>> f"{accounts(datastore_tokens()).loc['Llama-2 7B', 'share']:.4f}"
    '0.0061'
    """
    table = pd.DataFrame.from_dict(MODELS, orient="index", columns=["params", "tokens"])
    table["pretraining"] = counting.training_flops(table["params"], table["tokens"])
    table["embedding"] = float(counting.inference_flops(RETRIEVER, tokens))
    return table.assign(share=table["embedding"] / table["pretraining"])
