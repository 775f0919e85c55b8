"""Three intervals: of the law, of one new run, and of a run beyond the data.

An interval of the *law* says where the curve would lie with other runs of the same kind. One of a
*run* adds what single runs scatter. A *forecast* is wider still beyond the largest compute that
the law has seen, by what extrapolating has cost on the public corpus (`replication.corpus`): the
drift, a relative error per decade of compute.
"""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication._memo import cached
from replication.counting.numbers import finite, share
from replication.errors import ArgumentError, one_of_names, shown
from replication.fitting.intervals import LEVEL

Array = NDArray[Any]

KINDS = ("law", "run", "forecast")
"""What an interval may be of."""
AVERAGE = "average"
"""The drift on average over the families of the corpus, rather than for a new family."""
COPIES = 4
"""Residuals that are put on each draw: ends of an interval of a run are smoother for it."""


@dataclass(frozen=True, eq=False)
class Noise:
    """What single runs scatter around a fitted law.

    Parameters
    ----------
    residuals : ndarray, shape (n,)
        Observed less fitted, of the log response or of the response (nats per token).
    log : bool
        Whether they are of the log response.
    free : int
        Number of fitted fields.
    law, objective : str
        What was fitted and how, by which the drift is looked up.

    Examples
    --------
    >>> noise = Noise(np.array([0.01, -0.01, 0.02, -0.02]), True, 2, "Chinchilla", "log-huber")
    >>> noise.scaled().round(4).tolist()
    [0.0141, -0.0141, 0.0283, -0.0283]
    """

    residuals: Array
    log: bool
    free: int
    law: str = ""
    objective: str = ""

    def scaled(self) -> Array:
        """Return the residuals as large as they are at new points: times sqrt(n / (n - p))."""
        n = len(self.residuals)
        return np.asarray(self.residuals * np.sqrt(n / max(n - self.free, 1)))

    def added(self, drawn: Array) -> Array:
        """Return draws of predictions with the scatter of one run on each, by a fixed seed.

        Parameters
        ----------
        drawn : ndarray, shape (draws, k)
            Predictions of the drawn laws.

        Returns
        -------
        ndarray, shape (4 draws, k)
            Predictions of runs.
        """
        many = np.repeat(drawn, COPIES, axis=0)
        rng = np.random.default_rng(0)
        scatter = rng.choice(self.scaled(), size=(len(many), 1))
        return np.asarray(many * np.exp(scatter) if self.log else many + scatter)


def known_drift(noise: Noise | None, level: float, drift: float | str | None) -> float | None:
    """Return the drift that a forecast takes, in log response per decade, or None if unknown.

    Parameters
    ----------
    noise : Noise or None
        Of the fit; says which law and objective it is.
    level : float
        Coverage of the interval; the shipped drifts are for one level each.
    drift : float or str, optional
        A number (0.02 is two percent per decade), ``"average"``, or None for that of a new family.

    Returns
    -------
    float or None
        None if nothing is shipped for this law, objective and level, or if the level is more than
        the families of the corpus can promise for a new one.

    Raises
    ------
    ArgumentError
        If it is negative, or no number and not ``"average"``; or if the level is no share.

    Examples
    --------
    >>> known_drift(None, 0.8, 0.02)
    0.02
    """
    level = share("level", level, LEVEL)
    if isinstance(drift, str):
        if drift != AVERAGE:
            raise ArgumentError(
                f"drift is {drift!r}; a number per decade is expected, such as 0.02, or 'average'."
            )
    elif drift is not None:
        value = finite("drift", drift)
        if value.ndim or float(value) < 0:
            raise ArgumentError(
                f"drift is {shown(drift)}; one number from 0 is expected: the relative error that "
                "a decade of extrapolation adds, such as 0.02."
            )
        return float(value)
    if noise is None:
        return None
    for row in shipped()["drifts"]:
        if (row["law"], row["objective"]) == (noise.law, noise.objective) and np.isclose(
            row["level"], level
        ):
            found = row["average" if drift == AVERAGE else "new_family"]
            return None if found is None else float(found)
    return None


@cached
def shipped() -> dict[str, Any]:
    """Return the drifts that were measured on the corpus, and the corpus they were measured on.

    Returns
    -------
    dict
        ``corpus`` (hash of its tables) and ``drifts``: a list of ``law``, ``objective``,
        ``level``, ``average``, its 95 % interval ``low`` and ``high`` over resampled families,
        ``new_family``, None where the families are too few for the level, and the number of
        ``families``.

    Examples
    --------
    >>> sorted(shipped())
    ['corpus', 'drifts']
    """
    text = resources.files("replication.fitting").joinpath("drift.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def checked_kind(
    kind: str | None,
    drift: float | None,
    noise: Noise | None,
    has_draws: bool,
    level: float = LEVEL,
) -> str:
    """Return the kind of interval, by default a forecast wherever one can be given.

    Parameters
    ----------
    kind : str or None
        One of `KINDS`, or None.
    drift : float or None
        As `known_drift` returns it.
    noise : Noise or None
        Of the fit.
    has_draws : bool
        Whether there is an interval at all.
    level : float
        Coverage of the interval.

    Returns
    -------
    str
        One of `KINDS`.

    Raises
    ------
    ArgumentError
        If a kind is asked for that what is known does not give.

    Examples
    --------
    >>> checked_kind(None, None, None, True)
    'law'
    """
    if kind is None:
        return "forecast" if noise is not None and drift is not None and has_draws else "law"
    name = one_of_names("kind", kind, KINDS)
    if name != "law" and noise is None:
        raise ArgumentError(
            f"kind is {name!r}, but the residuals of the runs are not known: this law was not "
            "fitted here. Ask for kind='law', or fit it with rp.fit."
        )
    if name == "forecast" and drift is None:
        raise ArgumentError(_no_forecast(noise, level))
    return name


def _no_forecast(noise: Noise | None, level: float) -> str:
    """Return why there is no forecast, and what can be asked for."""
    law, objective = (noise.law, noise.objective) if noise else ("", "")
    rows = [row for row in shipped()["drifts"] if row["law"] == law]
    by = [row for row in rows if row["objective"] == objective]
    here = [row for row in by if np.isclose(row["level"], level)]
    if here:
        average, families = here[0]["average"], here[0]["families"]
        why = (
            f"{families} families of the corpus are too few to promise {level:g} for a new one, "
            f"so there is no forecast. Ask for drift='average' ({average:g}, which reached "
            f"{level:g} over those families), for a lower level"
        )
    elif by:
        levels = ", ".join(f"{row['level']:g}" for row in by)
        why = (
            f"The drift of {law} by {objective} was measured at the levels {levels}, not at "
            f"{level:g}, and a drift is for its level, so there is no forecast. Ask for one of them"
        )
    elif rows:
        objectives = ", ".join(dict.fromkeys(row["objective"] for row in rows))
        why = (
            f"No drift is known for {law} by {objective}, only by {objectives}, so there is no "
            "forecast. Fit it by one of these"
        )
    else:
        why = f"No drift is known for {law}, so there is no forecast"
    return (
        f"{why}{', give' if rows else '. Give'} a drift, such as drift=0.02 (rp.backtest(fit, "
        f"level={level:g}).drift().average measures it on your own runs), or ask for kind='run'."
    )


def of_the_law(kind: str) -> None:
    """Refuse intervals of an optimum that nobody has measured: all but those of the law.

    Parameters
    ----------
    kind : str
        One of `KINDS`.

    Raises
    ------
    UnknownNameError
        If it is none of them.
    ArgumentError
        If it is not ``"law"``.

    Examples
    --------
    >>> of_the_law("forecast")
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: kind is 'forecast', but an optimum has an interval of the law
    only: what single runs scatter does not move it, and what extrapolating costs was measured on
    the losses of runs, not on best sizes. Ask for kind='law', and for the loss of a run of that
    size predict(kind='forecast', params=..., tokens=...).
    """
    if one_of_names("kind", kind, KINDS) != "law":
        raise ArgumentError(
            f"kind is {kind!r}, but an optimum has an interval of the law only: what single runs "
            "scatter does not move it, and what extrapolating costs was measured on the losses of "
            "runs, not on best sizes. Ask for kind='law', and for the loss of a run of that size "
            f"predict(kind={kind!r}, params=..., tokens=...)."
        )


def widened(
    estimate: Array, low: Array, high: Array, drift: Any, decades: Array
) -> tuple[Array, Array]:
    """Return the ends of a forecast: half of a run's interval, and drift times distance.

    Around the estimate, on the logarithm of the response, it reaches hypot(half, drift x decades)
    to either side. (Around the estimate it covers better on the corpus than around the middle of
    the interval of a run, which is skewed.)

    Parameters
    ----------
    estimate, low, high : ndarray, shape (k,)
        Of the interval of a run; positive.
    drift : float or ndarray
        Per decade.
    decades : ndarray, shape (k,)
        Distance beyond the data.

    Returns
    -------
    low, high : ndarray, shape (k,)
        The ends.

    Examples
    --------
    >>> one = np.array([2.0])
    >>> [float(end[0].round(3)) for end in widened(one, one, one, 0.02, np.array([2.0]))]
    [1.922, 2.082]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = 0.5 * np.log(high / low)
        reach = np.hypot(half, drift * np.maximum(decades, 0.0))
        return estimate * np.exp(-reach), estimate * np.exp(reach)


def decades_beyond(flops: Array, spent: Array) -> Array:
    """Return how many decades of compute points lie beyond the largest of the runs, 0 inside.

    Parameters
    ----------
    flops : ndarray, shape (k,)
        Training compute of the points in FLOPs; NaN if it is not known.
    spent : ndarray
        Of the runs.

    Returns
    -------
    ndarray, shape (k,)
        NaN where either is not known.

    Examples
    --------
    >>> decades_beyond(np.array([1e20, 1e22]), np.array([1e18, 1e21])).tolist()
    [0.0, 1.0]
    """
    if np.isnan(spent).any():
        return np.full(np.shape(flops), np.nan)
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(0.0, np.log10(flops / spent.max())))
