"""What may be given where a law is asked for: a law, or a fit, a bootstrap or evidence of one."""

from collections.abc import Mapping

import pandas as pd
from numpy.typing import ArrayLike

from replication.errors import ArgumentError, shown
from replication.fitting.bootstrap import Bootstrap
from replication.fitting.evidence import Evidence
from replication.fitting.result import Fit
from replication.fitting.tables import as_frame
from replication.laws import Law

LawLike = Law | Fit[Law] | Bootstrap[Law] | Evidence[Law]
"""A law, or something that has one."""


def law_of(given: object) -> Law:
    """Return the law that something is or stands for.

    Parameters
    ----------
    given : Law, Fit, Bootstrap or Evidence
        A law, of one set of coefficients or of many; or something that has one.

    Returns
    -------
    Law
        The law itself, the fitted one, or the one that the resamples surround.

    Raises
    ------
    ArgumentError
        If it is something else.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> law_of(fit) is law_of(fit.bootstrap(10)) is fit.law
    True
    """
    if isinstance(given, Law):
        return given
    if isinstance(given, Fit | Evidence | Bootstrap):
        law: Law = given.estimate if isinstance(given, Bootstrap) else given.law
        return law
    own = getattr(given, "fit", None)
    hint = "its .fit" if isinstance(own, Fit) else "a law, a fit, a bootstrap or evidence"
    what = type(given).__name__ if isinstance(own, Fit) else shown(given)
    raise ArgumentError(f"law must be a law, got {what}. Give {hint}.")


def evidence_of(
    given: object,
    draws: Law | None = None,
    runs: pd.DataFrame | Mapping[str, ArrayLike] | None = None,
) -> Evidence[Law]:
    """Return the evidence that something is or gives.

    Parameters
    ----------
    given : Law, Fit, Bootstrap or Evidence
        A fit is drawn 1,000 times.
    draws : Law, optional
        Draws of a bare law.
    runs : DataFrame or mapping, optional
        Runs behind a bare law.

    Returns
    -------
    Evidence
        A law, and its draws and runs as far as there are any.

    Raises
    ------
    ArgumentError
        If it is something else, or draws or runs are given with what has its own.

    Examples
    --------
    >>> import replication as rp
    >>> evidence_of(rp.published("hoffmann2022", "tex"))
    Chinchilla: no draws, no runs
    """
    law = law_of(given)
    if isinstance(given, Law):
        return Evidence(law, draws, None if runs is None else as_frame(runs))
    own = {"draws": draws, "runs": runs}
    if named := [name for name, value in own.items() if value is not None]:
        raise ArgumentError(
            f"{named[0]} was given with a {type(given).__name__}, which has its own. Leave it out, "
            f"or give the law alone with {named[0]}=."
        )
    if isinstance(given, Fit | Bootstrap):
        return given.evidence()
    assert isinstance(given, Evidence)
    return given
