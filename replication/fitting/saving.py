"""A fit as a file: JSON with a version, which any program can read and no code can hide in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from replication.about import about as package
from replication.errors import DataError, ReplicationError, shown
from replication.fitting.fitter import assembled
from replication.fitting.frame import Data
from replication.fitting.objectives import Objective
from replication.fitting.problem import Problem
from replication.fitting.result import Fit
from replication.fitting.space import build_space
from replication.laws import NAMED, Law, by_name

FORMAT = "replication-fit"
VERSION = 1
SAME = 1e-9
"""Relative difference of the objective up to which a file holds the fit that was written."""


def save_fit(fit: Fit[Any], path: str | Path, about: Mapping[str, Any] | None = None) -> None:
    """Write a fit with the runs behind it to a file, which `load_fit` reads.

    Parameters
    ----------
    fit : Fit
        A fit of a law of the package.
    path : str or Path
        A file, ``fit.json``; one that is there is replaced.
    about : mapping, optional
        What else to keep with it, as JSON can hold it: where the runs are from.

    Raises
    ------
    ReplicationError
        If the law is one of your own, which a file cannot hold.

    Examples
    --------
    >>> import tempfile
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> path = Path(tempfile.mkdtemp()) / "fit.json"
    >>> save_fit(fit, path)
    >>> load_fit(path).law == fit.law
    True
    """
    text = json.dumps(document(fit, about), indent=1, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def load_fit(path: str | Path) -> Fit[Any]:
    """Read a fit that `save_fit` wrote.

    Nothing is fitted again: the law is the one that was saved, and its residuals and notes follow
    from the runs in the file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Fit
        As it was when it was saved; the attempts of a published recipe are not kept.

    Raises
    ------
    DataError
        If the file is not there, is no saved fit or one of a later version, or was changed.

    Examples
    --------
    >>> load_fit("nowhere.json")
    Traceback (most recent call last):
        ...
    replication.errors.DataError: nowhere.json cannot be read: No such file or directory. Give a
    file that `replication fit --save` or rp.save_fit wrote.
    """
    return from_document(read_document(path), str(path))


def document(fit: Fit[Any], about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a fit as numbers and texts only.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> document(fit)["law"]
    {'name': 'PowerLaw', 'inputs': ['flops'], 'response': 'loss'}
    """
    problem, data = fit.problem, fit.problem.data
    kind = problem.law
    name = _name(kind)
    return {
        "format": FORMAT,
        "version": VERSION,
        "package": package().version,
        "law": {"name": name, "inputs": list(kind.inputs), "response": kind.response},
        "coefficients": {k: float(v) for k, v in fit.law.to_dict().items()},
        "coordinates": [float(value) for value in fit.phi],
        "objective": {
            "name": fit.objective.name,
            "delta": fit.objective.delta,
            "reduction": fit.objective.reduction,
            "value": float(fit.value),
        },
        "fixed": dict(problem.fixed),
        "tied": dict(problem.tied),
        "bounds": _bounds(problem),
        "status": fit.status,
        "runs": {
            "inputs": [[float(x) for x in column] for column in data.columns],
            "response": [float(x) for x in data.response],
            "weights": None if (data.weights == 1).all() else [float(x) for x in data.weights],
            "groups": None if data.groups is None else [int(x) for x in data.groups],
        },
        "about": dict(about or {}),
    }


def read_document(path: str | Path) -> dict[str, Any]:
    """Return what the file of a saved fit holds, checked for its format and version.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "other.json"
    >>> _ = path.write_text("[1, 2]")
    >>> read_document(path)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    replication.errors.DataError: .../other.json is no saved fit. Give a file that ...
    """
    hint = "Give a file that `replication fit --save` or rp.save_fit wrote."
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. {hint}") from None
    except ValueError:
        raise DataError(f"{path} is no saved fit. {hint}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError(f"{path} is no saved fit. {hint}")
    if found.get("version") != VERSION:
        raise DataError(
            f"{path} is a saved fit of version {shown(found.get('version'))}; this package reads "
            f"version {VERSION}. Install the package that wrote it, or fit again."
        )
    return found


def from_document(found: Mapping[str, Any], path: str = "The document") -> Fit[Any]:
    """Return the fit that `document` wrote.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> from_document(document(fit)).value == fit.value
    True
    """
    try:
        kind = _kind(found["law"])
        fixed, tied, bounds = found["fixed"], found["tied"], found["bounds"]
        limits = {
            name: (-np.inf if low is None else low, np.inf if high is None else high)
            for name, (low, high) in bounds.items()
        }
        space, free = build_space(kind, fixed, tied, limits)
        runs, how = found["runs"], found["objective"]
        response = np.array(runs["response"], dtype=np.float64)
        weights = np.ones(len(response)) if runs["weights"] is None else np.array(runs["weights"])
        groups = None if runs["groups"] is None else np.array(runs["groups"], dtype=np.intp)
        columns = tuple(np.array(column, dtype=np.float64) for column in runs["inputs"])
        data = Data(columns, response, weights, groups)
        objective = Objective(how["name"], how["delta"], how["reduction"])
        problem = Problem(kind, data, objective, space, free, dict(fixed), dict(tied))
        phi = np.array(found["coordinates"], dtype=np.float64)
        fit = assembled(problem, phi, found["status"], None)
        value = float(how["value"])
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DataError(
            f"{path} is a damaged saved fit: {type(error).__name__} at {error}. Fit again."
        ) from None
    if not np.isclose(fit.value, value, rtol=SAME, atol=1e-300):
        raise DataError(
            f"{path} was changed after it was saved: its runs and coefficients give an objective "
            f"of {fit.value:.6g}, not {value:.6g}. Fit again."
        )
    return fit


def _name(kind: type[Law]) -> str:
    """Return the name under which the package knows a law, in whatever columns it reads."""
    base = vars(kind)["_made_by"][0] if "_made_by" in vars(kind) else kind
    for name, known in NAMED.items():
        if base is known:
            return name
    raise ReplicationError(
        f"{kind.__name__} is a law of your own, and a file cannot hold its formula. Keep the runs "
        "and fit them again, or fit a law of the package."
    )


def _kind(law: Mapping[str, Any]) -> type[Law]:
    kind = by_name(law["name"])
    inputs, response = tuple(law["inputs"]), law["response"]
    if (kind.inputs, kind.response) == (inputs, response):
        return kind
    made: type[Law] = kind.of(*inputs, response=response)  # type: ignore[attr-defined]
    return made


def _bounds(problem: Problem[Any]) -> dict[str, list[float | None]]:
    """Return the bounds that were given, as values of the fields; None where there is no end."""
    plain, _ = build_space(problem.law, problem.fixed, problem.tied, {})
    found: dict[str, list[float | None]] = {}
    for k, name in enumerate(problem.free):
        ends: list[float | None] = []
        pairs = ((problem.space.lower, plain.lower), (problem.space.upper, plain.upper))
        for own, default in pairs:
            value = float(np.exp(own[k]) if problem.space.logs[k] else own[k])
            ends.append(None if own[k] == default[k] else value)
        if ends != [None, None]:
            found[name] = ends
    return found
