"""Learning-rate schedules: a warm-up, a constant stretch and a cooldown of some shape.

The cosine is the cooldown of cosine shape that begins where the warm-up ends, so one class holds
them all. Steps are counted from 0; a rate is in the unit of the peak.
"""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers, single
from replication.errors import ArgumentError, shown, unknown

Array = NDArray[np.float64]

SHAPES: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: 1 - x,
    "sqrt": lambda x: 1 - np.sqrt(x),
    "square": lambda x: 1 - x**2,
    "cosine": lambda x: (1 + np.cos(np.pi * x)) / 2,
    "mirror-cosine": lambda x: 2 * (1 - x) - (1 + np.cos(np.pi * x)) / 2,
}
"""Shapes of a cooldown by name: from 1 at x = 0 to 0 at x = 1 (hagele2024, equation 1 and code)."""


@dataclass(frozen=True)
class Schedule:
    """A learning rate that rises, stays and falls.

    eta(s) = peak s / warmup in the warm-up, peak in between, and peak f(x) with
    x = (s - (steps - cooldown)) / cooldown at the end (hagele2024, equation 1).

    Parameters
    ----------
    steps : float
        Length of the run.
    cooldown : float
        Steps over which the rate falls, the last ones of the run; 0 for none.
    shape : str or float
        A name in `SHAPES`, or the exponent a of 1 - x**a.
    warmup : float
        Steps over which the rate rises in a straight line.
    peak : float
        The highest rate.
    start, final : float
        Rate at the first step and at the last, as fractions of the peak. The last counts only if
        there is a cooldown.

    Raises
    ------
    ArgumentError
        If a length or a rate has no meaning, or warm-up and cooldown are longer than the run.
    UnknownNameError
        If there is no such shape.

    Examples
    --------
    >>> wsd = Schedule(steps=1000, cooldown=200, shape="sqrt", warmup=100)
    >>> wsd([0, 50, 100, 800, 850, 1000])
    array([0. , 0.5, 1. , 1. , 0.5, 0. ])
    >>> Schedule(steps=1000, cooldown=1200)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: A cooldown of 1200 steps after a warm-up of 0.0 is longer than
    the run of 1000. Shorten one, or lengthen the run.
    """

    steps: float
    cooldown: float = 0.0
    shape: str | float = "linear"
    warmup: float = 0.0
    peak: float = 1.0
    start: float = 0.0
    final: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a schedule that no run can have."""
        named = ("shape",) if isinstance(self.shape, str) else ()
        for name, value in vars(self).items():
            if name not in named and not isinstance(value, Real):
                raise ArgumentError(f"{name} must be a number, got {shown(value)}.")
        for name, said, fits in (
            ("steps", "; a positive number is expected", 0 < self.steps < np.inf),
            ("peak", "; a positive number is expected", 0 < self.peak < np.inf),
            ("cooldown", " steps; zero or more are expected", self.cooldown >= 0),
            ("warmup", " steps; zero or more are expected", self.warmup >= 0),
            ("start", "; a fraction of the peak is expected, 0 to 1", 0 <= self.start <= 1),
            ("final", "; a fraction of the peak is expected, 0 to 1", 0 <= self.final <= 1),
        ):
            if not fits:
                raise ArgumentError(f"{name} is {shown(getattr(self, name))}{said}.")
        if self.cooldown + self.warmup > self.steps:
            raise ArgumentError(
                f"A cooldown of {shown(self.cooldown)} steps after a warm-up of "
                f"{shown(self.warmup)} is longer than the run of {shown(self.steps)}. Shorten one, "
                "or lengthen the run."
            )
        if isinstance(self.shape, str):
            if self.shape not in SHAPES:
                raise unknown(
                    "shape of a cooldown", self.shape, SHAPES, "A number a stands for 1 - x**a."
                )
        elif not 0 < self.shape < np.inf:
            raise ArgumentError(
                f"shape is {shown(self.shape)}; 1 - x**a needs a positive exponent, or give a "
                f"name: {', '.join(SHAPES)}."
            )

    @classmethod
    def cosine(
        cls, steps: float, *, warmup: float = 0.0, peak: float = 1.0, final: float = 0.1
    ) -> "Schedule":
        """Return the cosine schedule: no constant stretch, down to a fraction of the peak.

        Parameters
        ----------
        steps, warmup, peak, final
            As in `Schedule`; hoffmann2022 and hagele2024 end at a tenth of the peak.

        Examples
        --------
        >>> Schedule.cosine(1000)([0, 500, 1000])
        array([1.  , 0.55, 0.1 ])
        """
        length = single("steps", steps) - single("warmup", warmup)
        return cls(steps, max(length, 0.0), "cosine", warmup, peak, final=final)

    @property
    def branch(self) -> float:
        """Step at which the cooldown begins."""
        return self.steps - self.cooldown

    def __call__(self, step: ArrayLike) -> Array:
        """Return the learning rate.

        Parameters
        ----------
        step : array_like
            Steps from 0 to the end of the run.

        Returns
        -------
        ndarray
            The rate at each step, in the unit of the peak.

        Raises
        ------
        ArgumentError
            If a step is not a number, or lies outside the run.
        """
        n = numbers("step", step)
        outside = ~((n >= 0) & (n <= self.steps))
        if outside.any():
            raise ArgumentError(
                f"Step {n[outside].flat[0]:g} lies outside the run of {self.steps:g} steps."
            )
        up = np.minimum(n / self.warmup, 1.0) if self.warmup else np.ones_like(n)
        rising = self.start + (1 - self.start) * up
        x = np.maximum(n - self.branch, 0.0) / self.cooldown if self.cooldown else np.zeros_like(n)
        fall = SHAPES[self.shape](x) if isinstance(self.shape, str) else 1 - x**self.shape
        return np.asarray(self.peak * rising * (self.final + (1 - self.final) * fall))
