"""The recorded tables of droppo2021: our speech runs, and the joint form on the corpus."""

import pandas as pd

from replication import datasets
from replication._memo import cached

__all__ = ["KEY", "baselines", "hindcasts", "outer_exponents", "speech", "speech_models"]

KEY = "droppo2021"


@cached
def speech_models() -> pd.DataFrame:
    """Return every model of the speech sweep.

    Returns
    -------
    DataFrame
        One row a model: ``seed``, ``features``, ``params`` (trained weights), ``frames``,
        ``ridge``, and ``mse``: mean squared error per band of a standardised frame.

    Examples
    --------
    >>> speech_models()["seed"].nunique()
    3
    """
    return datasets.load(KEY, "speech")


@cached
def speech() -> pd.DataFrame:
    """Return the speech sweep in the columns of the package, the mean over the seeds.

    Returns
    -------
    DataFrame
        One row a size and length: ``params``, ``tokens`` (here frames of 10 ms) and ``loss``
        (here mean squared error, not nats).

    Examples
    --------
    >>> runs = speech()
    >>> len(runs), bool(runs["loss"].between(0.2, 0.7).all())
    (63, True)
    """
    named = speech_models().rename(columns={"frames": "tokens", "mse": "loss"})
    return named.groupby(["params", "tokens"])["loss"].mean().reset_index().astype(float)


@cached
def baselines() -> pd.DataFrame:
    """Return the error of two predictors that learn nothing.

    Returns
    -------
    DataFrame
        ``predictor`` and ``mse``, as in `speech_models`.

    Examples
    --------
    >>> baselines()["predictor"].tolist()
    ['last frame', 'mean']
    """
    return datasets.load(KEY, "baselines")


@cached
def hindcasts() -> pd.DataFrame:
    """Return what the joint form said of runs above a cut, fitted to those below.

    Returns
    -------
    DataFrame
        One row a scored run: ``design``, ``cut`` (a decade below the largest run), ``run``, as in
        the study of the corpus, and the ``predicted`` loss (nats per token).

    Examples
    --------
    >>> hindcasts()["design"].nunique()
    25
    """
    return datasets.load(KEY, "hindcasts")


@cached
def outer_exponents() -> pd.DataFrame:
    """Return the outer exponent and the floor of every design, in both forms and in their sum.

    Returns
    -------
    DataFrame
        One row a design and law: ``law``, ``runs``, the coefficients ``E``, ``alpha``, ``beta``
        and ``gamma`` (one for Chinchilla's law), and ``rms``, the residual in log loss.

    Examples
    --------
    >>> outer_exponents()["law"].unique().tolist()
    ['Chinchilla', 'DroppoJoint', 'OuterExponent']
    """
    return datasets.load(KEY, "exponents").rename(columns={"floor": "E"})
