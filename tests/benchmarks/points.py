"""The points that are timed: the 240 of besiroglu2024, and any number like them."""

from functools import cache

import numpy as np
import pandas as pd

import replication as rp
from replication.papers import besiroglu2024

JITTER = 0.05


@cache
def fitted() -> rp.Fit:
    """The default fit to the 240 points."""
    return rp.fit(rp.laws.Chinchilla, besiroglu2024.points())


def logs(runs: pd.DataFrame):
    """ln N, ln D and ln L."""
    return tuple(np.log(runs[name].to_numpy()) for name in ("params", "tokens", "loss"))


def synthetic(count: int, seed: int = 0) -> pd.DataFrame:
    """Points from the fitted law with its residuals, drawn again; no two in the same place."""
    rng, fit, runs = np.random.default_rng(seed), fitted(), besiroglu2024.points()
    rows = rng.integers(len(runs), size=count)
    params, tokens = (
        runs[name].to_numpy()[rows] * np.exp(JITTER * rng.standard_normal(count))
        for name in ("params", "tokens")
    )
    loss = fit.law.loss(params, tokens) * np.exp(rng.choice(fit.residuals, count))
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})
