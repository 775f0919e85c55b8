"""What the methods of a law return, at a few coefficients and points.

Values are compared with differences of the prediction wherever differences of two step sizes agree,
so that a law is not blamed for the limits of differences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np

from replication.counting.numbers import Array
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.differences import FIELD_STEP, IMMENSE, field_size, field_slopes
from replication.laws.powersum import PowerSum
from replication.laws.trials import Trial, call, described, numbers_of, try_law

WIDE, WIDER = 20 * FIELD_STEP, 40 * FIELD_STEP
"""Steps of differences of a gradient, which may itself be one of differences."""


def check_behaviour(law: type[Law], columns: Sequence[Array], starts: Sequence[Law] = ()) -> bool:
    """Refuse a law whose methods do not do what they promise.

    Parameters
    ----------
    law : type of Law
        A law whose declaration is complete.
    columns : sequence of ndarray, shape (n,)
        Its inputs.
    starts : sequence of Law
        Further coefficients at which to look at it.

    Returns
    -------
    bool
        Whether the law could be judged: at some of the places its prediction is finite.

    Raises
    ------
    ArgumentError
        If something is wrong, by name.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from replication.laws import coefficient, exponent
    >>> @dataclass(frozen=True)
    ... class Slip(Law):
    ...     A: float = coefficient()
    ...     alpha: float = exponent()
    ...     inputs = ("tokens",)
    ...
    ...     def loss(self, tokens):
    ...         return self.A * tokens**-self.alpha
    ...
    ...     def gradient(self, tokens):
    ...         return {"A": tokens**-self.alpha, "alpha": self.loss(tokens) * np.log(tokens)}
    >>> check_behaviour(Slip, (np.array([1e9, 1e10]),))
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: Slip.gradient() gives 29.19 for alpha where differences of the
    prediction give -29.19. Correct it, or leave gradient() out: the engine differentiates by
    itself.
    """
    with np.errstate(all="ignore"):
        trial = try_law(law, columns, starts)
        if trial is None:
            return False
        _check_formula(trial)
        _check_linear(trial)
        if law.has_gradient():
            _check_gradient(trial)
        if law.curvature is not Law.curvature:
            _check_curvature(trial)
    return True


def _check_formula(trial: Trial) -> None:
    """Refuse a subclass whose prediction is not what the engine evaluates."""
    law, formulas = type(trial.law), []
    if law._evaluate is not Law._evaluate:
        formulas.append(trial.at())
    if isinstance(trial.law, PowerSum):
        formulas.append(np.asarray(PowerSum._evaluate(trial.law, *trial.points)))
    for formula in formulas:
        if not np.allclose(formula, trial.value, rtol=1e-8, equal_nan=True):
            raise ArgumentError(
                f"{law.__name__} predicts something else than the law that it extends, by whose "
                "formula it would be fitted. Derive it from Law instead."
            )


def _check_linear(trial: Trial) -> None:
    """Refuse fields that are declared linear, in which the prediction is not."""
    kinds = trial.law.kinds()
    linear = {
        name: getattr(trial.law, name)
        for name, kind in kinds.items()
        if kind.linear and not kind.coupled
    }
    for name, value in linear.items():
        factors = (1.0, 2.0, 3.0) if kinds[name].log else (-1.0, 0.5, 2.0)
        low, middle, high = (trial.at(**{name: factor * value}) for factor in factors)
        if not _same(middle - low, high - middle, np.abs(middle)):
            kind = "coefficient()" if kinds[name].log else "slope()"
            other = "scale()" if kinds[name].log else "exponent()"
            raise ArgumentError(
                f"{trial.name} is not linear in {name}, which is declared {kind}: declare it "
                f"{other}."
            )
    for one, two in combinations(linear, 2):
        first, second = 2 * linear[one], 2 * linear[two]
        alone = trial.at(**{one: first}) - trial.at()
        beside = trial.at(**{one: first, two: second}) - trial.at(**{two: second})
        if not _same(alone, beside, np.abs(trial.value)):
            raise ArgumentError(
                f"{trial.name} is linear in {one} and in {two}, but not in both together: declare "
                f"{two} {'scale()' if kinds[two].log else 'exponent()'}."
            )


def _check_gradient(trial: Trial) -> None:
    """Refuse a gradient with entries that are missing, too many, misshapen or wrong."""
    given = call(type(trial.law), lambda at: at.gradient(*trial.points), trial.law, "gradient")
    names = trial.law.names()
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"{trial.name}.gradient() returns {described(given)}; a dictionary with one array for "
            "each field is expected."
        )
    if missing := [name for name in names if name not in given]:
        raise ArgumentError(
            f"{trial.name}.gradient() has no entry for {', '.join(missing)}. Add it, or leave "
            "gradient() out: the engine differentiates by itself."
        )
    if extra := [str(name) for name in given if name not in names]:
        raise ArgumentError(
            f"{trial.name}.gradient() has an entry for {', '.join(extra)}, which is no field of it."
        )
    numeric = field_slopes(trial.law, trial.points)
    other = field_slopes(trial.law, trial.points, 4 * FIELD_STEP)
    for name, kind in trial.law.kinds().items():
        entry = _entry(trial, given[name], f"gradient()[{name!r}]")
        size = field_size(np.asarray(getattr(trial.law, name)), kind)
        noise = np.abs(trial.value) * np.maximum(1e-9 / size, 10 / IMMENSE)
        wrong = _wrong(entry, numeric[name], other[name], noise, 1e-4)
        if wrong is not None:
            raise ArgumentError(
                f"{trial.name}.gradient() gives {wrong[0]:.4g} for {name} where differences of the "
                f"prediction give {wrong[1]:.4g}. Correct it, or leave gradient() out: the engine "
                "differentiates by itself."
            )


def _check_curvature(trial: Trial) -> None:
    """Refuse a curvature whose entries are no second derivatives; see `Law.curvature`."""
    given = call(type(trial.law), lambda at: at.curvature(*trial.points), trial.law, "curvature")
    if given is None:
        return
    names = trial.law.names()
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"{trial.name}.curvature() returns {described(given)}; a dictionary with one array for "
            "each pair of fields is expected, or None."
        )
    pairs = list(combinations_with_replacement(names, 2))
    for key in given:
        if key not in pairs and (key not in [(b, a) for a, b in pairs] or key[::-1] in given):
            raise ArgumentError(
                f"{trial.name}.curvature() has an entry for {key!r}; pairs of fields are expected, "
                "each in one order."
            )
    here = {name: np.asarray(v) for name, v in trial.law.gradient(*trial.points).items()}
    kinds = trial.law.kinds()
    for two in names:
        numeric, other = _gradient_slopes(trial, two, WIDE), _gradient_slopes(trial, two, WIDER)
        size = field_size(np.asarray(getattr(trial.law, two)), kinds[two])
        for one in names[: names.index(two) + 1]:
            found = given.get((one, two), given.get((two, one)))
            entry = _entry(trial, 0.0 if found is None else found, f"curvature()[{one}, {two}]")
            noise = 1e-9 * np.abs(here[one]) / size
            wrong = _wrong(entry, numeric[one], other[one], noise, 1e-3)
            if wrong is not None:
                what = "has no entry" if found is None else f"gives {wrong[0]:.4g}"
                raise ArgumentError(
                    f"{trial.name}.curvature() {what} for ({one}, {two}) where differences of the "
                    f"gradient give {wrong[1]:.4g}. Correct it, or leave curvature() out."
                )


def _gradient_slopes(trial: Trial, name: str, step: float) -> dict[str, Array]:
    """Return the derivative of each entry of the gradient in a field, by differences."""
    value = np.asarray(getattr(trial.law, name))
    width = step * field_size(value, trial.law.kinds()[name])
    low, high = value - width, value + width
    ends = [replace(trial.law, **{name: end}).gradient(*trial.points) for end in (low, high)]
    return {k: (np.asarray(ends[1][k]) - np.asarray(ends[0][k])) / (high - low) for k in ends[0]}


def _wrong(
    given: Array, numeric: Array, other: Array, noise: Array, tolerance: float
) -> tuple[float, float] | None:
    """Return a value and what it should be, at the worst point at which both can be trusted."""
    numeric, other, noise = (np.broadcast_to(v, given.shape) for v in (numeric, other, noise))
    size = np.where(np.isfinite(numeric), np.abs(numeric), 0.0)
    usual = size.max(axis=-1, keepdims=True)
    known = np.abs(numeric - other) <= 0.1 * tolerance * (size + 0.1 * usual) + noise
    excess = np.abs(given - numeric) - tolerance * (size + 0.1 * usual) - noise
    # What is infinite or not a number fails where the differences are finite.
    excess = np.where(np.isnan(excess), np.inf, excess)
    excess = np.where(known, excess / np.where(usual > 0, usual, 1.0), -np.inf)
    worst = np.unravel_index(int(np.argmax(excess)), excess.shape)
    return (float(given[worst]), float(numeric[worst])) if excess[worst] > 0 else None


def _same(one: Array, two: Array, size: Array) -> bool:
    """Return whether two differences are equal up to rounding, where both are finite."""
    known = np.isfinite(one) & np.isfinite(two)
    limit = 1e-6 * np.maximum(np.abs(one), np.abs(two)) + 1e-11 * size
    return bool(np.all(np.abs(one - two)[known] <= limit[known]))


def _entry(trial: Trial, values: Any, what: str) -> Array:
    """Return an entry with the shape of the prediction, or say that it has another."""
    array = numbers_of(type(trial.law), values, f"{type(trial.law).__name__}.{what}")
    try:
        shape = np.broadcast_shapes(array.shape, trial.value.shape)
    except ValueError:
        shape = ()
    if shape != trial.value.shape:
        raise ArgumentError(
            f"{trial.name}.{what} has the shape {array.shape} where the prediction has "
            f"{trial.value.shape}. Return one number for each point and set of coefficients."
        )
    return np.broadcast_to(array, shape)
