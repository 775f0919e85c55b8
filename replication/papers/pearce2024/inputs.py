"""What the paper takes as given: two laws, an embedding, the sizes and the models it looks at."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.claims import ClaimSet
from replication.counting import aspect_ratio, parts
from replication.datasets import load, published, shapes
from replication.errors import unknown
from replication.laws import Chinchilla, NonEmbeddingChinchilla, TotalParams

__all__ = [
    "ASPECT_RATIOS",
    "SIZES",
    "claims",
    "kaplan_loss_slope",
    "kaplan_range",
    "law",
    "models",
    "surface",
]

Array = NDArray[np.float64]

claims = ClaimSet("pearce2024")

LAWS = {"epoch": ("besiroglu2024", "printed"), "hoffmann": ("pearce2024", "hoffmann")}
"""The two sets of coefficients: the paper and the name under which each is published."""
VOCAB_SIZE = 32_000
"""Tokens in the vocabulary of hoffmann2022, which the simulation shares."""
ASPECT_RATIOS = {"figure": 39.2, "released": float(aspect_ratio(47_491, VOCAB_SIZE))}
"""Width over depth of the simulated models: in Figure 1, and behind the omega of the script."""
SIZES: Array = np.logspace(2.9, 9.2, 20)
"""Simulated parameters without embedding; Kaplan et al. had 768 to 1.5 billion."""
TOKENS: Array = np.logspace(6, 25, 1000)
"""Simulated training tokens of each size."""
SLIP = (14_940e6, 14_494e6)
"""Size of the second largest model in Table A9 of hoffmann2022 and in the authors' list."""


def surface(name: str = "epoch") -> Chinchilla:
    """Return the loss in all parameters and tokens that the analysis starts from.

    Parameters
    ----------
    name : str
        One of `LAWS`: the refit of besiroglu2024, the main one, or hoffmann2022.

    Returns
    -------
    Chinchilla
        With losses in nats per token.

    Raises
    ------
    UnknownNameError
        If the name is not known.

    Examples
    --------
    >>> surface().alpha, surface("hoffmann").alpha
    (0.3478, 0.3392)
    """
    if name not in LAWS:
        raise unknown("set of coefficients", name, LAWS)
    law = published(*LAWS[name])
    assert isinstance(law, Chinchilla)
    return law


def relation() -> TotalParams:
    """Return N_T = N + 47491 N**(1/3), as the analysis uses it.

    Examples
    --------
    >>> relation().omega
    47491.0
    """
    found = published("pearce2024", "embedding")
    assert isinstance(found, TotalParams)
    return found


def law(name: str = "epoch") -> NonEmbeddingChinchilla:
    """Return the loss as seen by someone who does not count the embedding.

    Parameters
    ----------
    name : str
        One of `LAWS`.

    Returns
    -------
    NonEmbeddingChinchilla
        In parameters without embedding and tokens.

    Examples
    --------
    >>> round(law().a_small, 4), round(law().a_large, 4)
    (0.7593, 0.5126)
    """
    return NonEmbeddingChinchilla.of(surface(name), relation())


def kaplan_range() -> tuple[float, float]:
    """Return the smallest and the largest model of kaplan2020, in parameters without embedding.

    Examples
    --------
    >>> kaplan_range()
    (768.0, 1500000000.0)
    """
    printed = ClaimSet("kaplan2020")
    return float(printed["K34.smallest"].printed), float(printed["K34.largest"].printed)


def models(as_released: bool = True) -> pd.DataFrame:
    """Return the 50 models of hoffmann2022, Table A9, with and without their embedding.

    Parameters
    ----------
    as_released : bool
        Whether the second largest model has the size of the authors' list, which is wrong, or that
        of the table.

    Returns
    -------
    DataFrame
        ``params_total`` (rounded to a million, as printed), ``params_embedding`` and
        ``params_no_embedding``, counts.

    Examples
    --------
    >>> models()[["params_total", "params_embedding"]].iloc[0].tolist()
    [44000000.0, 16384000.0]
    """
    table = load("hoffmann2022", "table_a9_models")
    total = table["params"].replace(*SLIP) if as_released else table["params"]
    embedding = parts(shapes("hoffmann2022"))["embedding"]
    return pd.DataFrame(
        {
            "params_total": total,
            "params_embedding": embedding,
            "params_no_embedding": total - embedding,
        }
    )


@claims.answers("R9.slope")
def kaplan_loss_slope() -> float:
    """Return the slope of log loss in log compute of kaplan2020, at a fixed batch.

    Examples
    --------
    >>> kaplan_loss_slope()
    -0.057
    """
    return -float(published("kaplan2020", "flops_naive").to_dict()["alpha_C"])


@claims.answers("R13")
def exponents_of_the_abstract() -> dict[str, float]:
    """Return the two exponents that are to be reconciled, from hoffmann2022, Table 2."""
    a = load("hoffmann2022", "table2_exponents").set_index("approach")["a"]
    return {"R13.kaplan": float(a["kaplan_2020"]), "R13.chinchilla": float(a["approach_1"])}
