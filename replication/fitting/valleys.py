"""Fits with several minima: finding the others, and a bootstrap that looks into all of them.

A bootstrap refits each resample from the fit to all points. Where the objective has a second
valley nearly as deep, that walks past it, and the interval comes out too narrow.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from replication.errors import ArgumentError, ReplicationError
from replication.fitting.bootstrap import Bootstrap
from replication.fitting.profile import Profile
from replication.fitting.result import Fit
from replication.laws import Law


def valleys(profile: Profile) -> tuple[Law, ...]:
    """Return the laws at the local minima of a profile, other than that of the fit.

    Parameters
    ----------
    profile : Profile
        Of a field on which the minima differ; see `Fit.profile`.

    Returns
    -------
    tuple of Law
        Starts for `bootstrap_valleys`, in the order of the values; empty if there is one valley.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> valleys(fit.profile("alpha"))
    ()
    """
    height = profile.objective
    inner = (height[1:-1] < height[:-2]) & (height[1:-1] < height[2:])
    places = np.flatnonzero(inner) + 1
    ahead = np.searchsorted(profile.values, profile.estimate)
    theta = np.broadcast_to(profile.laws.to_vector(), (len(height), len(profile.laws.names())))
    kind = type(profile.laws)
    # The fit's own minimum lies between two values of the grid.
    return tuple(kind.from_vector(theta[k]) for k in places if k not in (ahead - 1, ahead))


def bootstrap_valleys(
    fit: Fit,
    starts: Sequence[Law],
    resamples: int = 1000,
    seed: int = 0,
    *,
    unit: str = "auto",
) -> Bootstrap:
    """Refit every resample from several starts, and keep the lowest minimum of each.

    Parameters
    ----------
    fit : Fit
        The fit to all points.
    starts : sequence of Law
        Further places to start from, such as `valleys` finds.
    resamples, seed, unit
        As in `Fit.bootstrap`.

    Returns
    -------
    Bootstrap
        Of the lowest minima. Its estimate is that of `fit`.

    Raises
    ------
    ArgumentError
        If a start is another law than the fit's.
    ReplicationError
        If some resamples cannot be refitted from one of the starts.
    UnknownNameError
        If `unit` is not known.

    Examples
    --------
    Without another valley it is the plain bootstrap:

    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> both = bootstrap_valleys(fit, [fit.law], 50)
    >>> bool((both.values <= fit.bootstrap(50).values).all())
    True
    """
    kind = type(fit.law)
    if stray := [start for start in starts if not isinstance(start, kind)]:
        raise ArgumentError(f"starts must be of {kind.__name__}, as the fit; got {stray[0]!r}.")
    first = fit.bootstrap(resamples, seed, unit=unit)
    leads = [fit.law.names().index(name) for name in fit.free]
    runs = [first]
    for start in starts:
        phi, _ = fit.problem.search(fit.problem.space.clip(start.to_vector()[None, leads]))
        runs.append(replace(fit, phi=phi).bootstrap(resamples, seed, unit=unit))
    if lost := max(run.failed for run in runs):
        raise ReplicationError(
            f"{lost} resamples have no finite residuals from one of the starts, so the minima "
            "cannot be compared resample by resample. Leave that start out, or give the fit bounds."
        )
    lowest = np.argmin([run.values for run in runs], axis=0)
    rows = np.arange(first.count)
    size = (len(rows), len(kind.names()))
    theta = np.stack([np.broadcast_to(run.law.to_vector(), size) for run in runs])
    return replace(
        first,
        law=kind.from_vector(theta[lowest, rows]),
        values=np.min([run.values for run in runs], axis=0),
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
    )
