"""What kaplan2020 prints: its settings, its laws, its trends, and the models it names."""

from typing import Any, TypeVar

import numpy as np
import pandas as pd

from replication import datasets
from replication.claims import ClaimSet
from replication.datasets import load, published
from replication.errors import unknown
from replication.laws import (
    CriticalBatch,
    KaplanFlops,
    KaplanJoint,
    KaplanParams,
    KaplanSteps,
    KaplanTokens,
    KaplanTraining,
    Law,
    PowerLaw,
)
from replication.units import PF_DAY, pf_days_from_flops

__all__ = [
    "BATCH",
    "LEARNING_RATE",
    "SEED_SPREAD",
    "claims",
    "models",
    "printed",
    "theory",
    "trend",
]

KEY = "kaplan2020"
claims = ClaimSet(KEY)

BATCH = 2.0**19
"""Batch of most runs in tokens: 512 sequences of 1,024 (section 2.2)."""
WARMUP_STEPS = 3000
"""Updates during which the learning rate rises (section 2.2)."""
TOKENS = 2.2e10
"""Tokens of the training set, as section 4.2 rounds them."""
SEED_SPREAD = 0.02
"""Spread of the loss between seeds in nats, the overfit that Eq. 4.4 allows (section 4.2)."""
LEARNING_RATE = (0.003239, -0.0001395)
"""Intercept and slope in the logarithm of N of the best learning rate (Eq. D.1). The base of the
logarithm is not printed; the natural one gives usual rates."""

Kind = TypeVar("Kind", bound=Law)


def law(kind: type[Kind], name: str) -> Kind:
    """Return a printed law, known to be of a kind.

    Parameters
    ----------
    kind : type of Law
        Its class.
    name : str
        Its name in ``data/kaplan2020/laws.csv``.

    Returns
    -------
    Law
        With the printed coefficients.

    Raises
    ------
    UnknownNameError
        If there is no such set, or it belongs to another class.

    Examples
    --------
    >>> law(KaplanJoint, "joint").alpha_D
    0.103
    """
    found = published(KEY, name)
    if not isinstance(found, kind):
        raise unknown(f"law of the set {name!r}", kind.__name__, [type(found).__name__])
    return found


def trend(name: str) -> PowerLaw:
    """Return a printed trend in compute.

    Parameters
    ----------
    name : str
        A name in ``data/kaplan2020/trends.csv``, such as ``"params"``.

    Returns
    -------
    PowerLaw
        In FLOPs; its ``alpha`` is minus the printed exponent.

    Raises
    ------
    UnknownNameError
        If there is no such trend.

    Examples
    --------
    >>> round(trend("params").predict(PF_DAY) / 1e9, 3)
    1.3
    """
    table = load(KEY, "trends").set_index("name")
    if name not in table.index:
        raise unknown(f"trend of {KEY}", name, table.index)
    row: Any = table.loc[name]
    a, here = float(row["exponent"]), float(row["value_at_pf_day"])
    return PowerLaw.of("flops", str(row["response"]))(A=here / PF_DAY**a, alpha=-a)


def theory(batch: str = "critical_batch_text") -> KaplanTraining:
    """Return the law behind Appendix B: Table 3 with a critical batch.

    Parameters
    ----------
    batch : str
        ``"critical_batch_text"`` (B_star of the text) or ``"critical_batch"`` (Table 5).

    Returns
    -------
    KaplanTraining
        Its `optimal` is the appendix's closed form.

    Examples
    --------
    >>> round(theory().alpha_C, 4)
    0.0525
    """
    return KaplanTraining.join(law(KaplanSteps, "steps"), law(CriticalBatch, batch))


def printed(name: str) -> float:
    """Return the printed number of a claim, where another one is derived from it.

    Parameters
    ----------
    name : str
        Identifier of the claim.

    Returns
    -------
    float
        As printed.

    Examples
    --------
    >>> printed("K12.exponent")
    0.74
    """
    return float(claims[name].printed)


def models() -> pd.DataFrame:
    """Return models of the paper, counted.

    Returns
    -------
    DataFrame
        ``n_layers``, ``d_model``, ``params`` (without embeddings) and ``params_total`` (with
        them).

    Examples
    --------
    >>> models()["params"].astype(int).tolist()
    [768, 1323859968, 1474560000, 1465122816]
    """
    return datasets.models(KEY)


@claims.answers("K34")
def sizes() -> dict[str, float]:
    """Return the parameters of the largest and of the smallest model."""
    counted = models().set_index("n_layers")["params"]
    return {"K34.largest": float(counted[48]), "K34.smallest": float(counted[1])}


@claims.answers("K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8")
def coefficients() -> dict[str, float]:
    """Return the coefficients of the laws, C_c in the printed unit."""
    size, data = law(KaplanParams, "params"), law(KaplanTokens, "tokens")
    naive, least = law(KaplanFlops, "flops_naive"), law(KaplanFlops, "flops_min")
    batch, text = law(CriticalBatch, "critical_batch"), law(CriticalBatch, "critical_batch_text")
    joint, steps = law(KaplanJoint, "joint"), law(KaplanSteps, "steps")
    return {
        "K1.alpha_N": size.alpha_N,
        "K1.N_c": size.N_c,
        "K2.alpha_D": data.alpha_D,
        "K2.D_c": data.D_c,
        "K3.alpha_C": naive.alpha_C,
        "K3.C_c": float(pf_days_from_flops(naive.C_c)),
        "K4.alpha_C_min": least.alpha_C,
        "K4.C_c_min": float(pf_days_from_flops(least.C_c)),
        "K5.alpha_B": batch.alpha_B,
        "K5.B_star": batch.B_star,
        "K5.B_star_text": text.B_star,
        "K6.alpha_S": steps.alpha_S,
        "K6.S_c": steps.S_c,
        **{f"K7.{name}": float(value) for name, value in joint.to_dict().items()},
        **{f"K8.{name}": float(value) for name, value in steps.to_dict().items()},
    }


@claims.answers("K9")
def trends() -> dict[str, float]:
    """Return the trends of Table 6: exponents, and values at one PF-day."""
    found = {name: trend(name) for name in ("params", "batch", "steps", "tokens")}
    return {f"K9.{name}_exponent": -line.alpha for name, line in found.items()} | {
        f"K9.{name}_pf_day": float(np.asarray(line.predict(PF_DAY))) for name, line in found.items()
    }
