"""What a count with repeats is worth: each repeat less than the one before."""

from functools import cached_property

import numpy as np

from replication.counting.numbers import Array


class Effective:
    """What a count with repeats is worth, and how that changes; each computed when it is asked for.

    Parameters
    ----------
    count, unique : ndarray
        Logarithms of the count and of its unique part.
    star : ndarray
        Repeats after which one more is worth 1/e.

    Attributes
    ----------
    log : ndarray
        Logarithm of the effective count.

    Examples
    --------
    >>> four_epochs = Effective(np.log(4e9), np.log(1e9), np.asarray(15.4))
    >>> round(float(np.exp(four_epochs.log)) / 1e9, 2), round(float(four_epochs.slope), 2)
    (3.73, 0.88)
    """

    def __init__(self, count: Array, unique: Array, star: Array) -> None:
        with np.errstate(all="ignore"):
            self.star = star
            self.over = count > unique
            self.repeats = np.expm1(np.maximum(count - unique, 0.0))
            self.x = np.where(self.over, self.repeats / star, 0.0)
            self.lost = -np.expm1(-self.x)
            # Per repeat, so that an infinite R_star leaves every repeat its worth.
            each = np.where(self.x > 0, self.lost / self.x, 1.0)
            self.whole = 1 + np.where(np.isinf(self.x), star, self.repeats * each)
            self.log = np.minimum(count, unique) + np.log(self.whole)

    @cached_property
    def log_slope(self) -> Array:
        """Logarithm of the slope of the effective count in the count, both in logarithms."""
        with np.errstate(all="ignore"):
            return np.asarray(np.log1p(self.repeats) - self.x - np.log(self.whole))

    @cached_property
    def slope(self) -> Array:
        """Slope in the count; with `unique_slope` it adds to one."""
        return np.exp(self.log_slope)

    @cached_property
    def unique_slope(self) -> Array:
        """Slope in the unique part of the count."""
        return np.asarray(-np.expm1(self.log_slope))

    @cached_property
    def _faded(self) -> Array:
        """What the last repeat is worth, times x: zero at infinity, and not undefined."""
        faded = 1 - self.lost
        with np.errstate(all="ignore"):
            return np.where(faded > 0, self.x * np.exp(-self.x), 0.0)

    @cached_property
    def by_star(self) -> Array:
        """Derivative in R_star."""
        return np.asarray((self.lost - self._faded) / self.whole)

    @property
    def star_star(self) -> Array:
        """Second derivative in R_star."""
        with np.errstate(all="ignore"):
            bent = np.where(self._faded > 0, self.x * self._faded / self.star, 0.0)
            return np.asarray(-bent / self.whole - self.by_star**2)

    @property
    def bend(self) -> Array:
        """Second derivative in the unique part."""
        with np.errstate(all="ignore"):
            bent = -self.slope * ((1 + self.repeats) / self.star - 1 + self.slope)
        return np.where(self.over & (self.slope > 0), bent, 0.0)

    @property
    def bend_star(self) -> Array:
        """Derivative in the unique part and in R_star."""
        with np.errstate(all="ignore"):
            bent = -self.slope * (self.x / self.star - self.by_star)
        return np.where(self.over & (self.slope > 0), bent, 0.0)


def balance(
    more: Array, excess: Array, size_star: Array, data_star: Array, alpha: Array, beta: Array
) -> Array:
    """Return by how much one percent of size is worth more than one of repeats, in logarithms.

    At N_opt(U) and U both terms weigh the same, so that only what was added to them counts.

    Parameters
    ----------
    more : ndarray
        Logarithm of the factor by which the size exceeds N_opt(U).
    excess : ndarray
        That of the factor by which the compute exceeds that of N_opt(U) and U.
    size_star, data_star : ndarray
        Repeats of parameters and of tokens after which one more is worth 1/e.
    alpha, beta : ndarray
        Exponents of both.

    Returns
    -------
    ndarray
        Positive where a larger model is better.

    Examples
    --------
    >>> alike = [np.asarray(x) for x in (2.0, 2.0, 0.3, 0.3)]
    >>> abs(float(balance(np.asarray(0.7), np.asarray(1.4), *alike))) < 1e-12
    True
    """
    size = Effective(more, np.zeros_like(more), size_star)
    data = Effective(excess - more, np.zeros_like(more), data_star)
    gains = size.log_slope - alpha * size.log - data.log_slope + beta * data.log
    return np.asarray(np.nan_to_num(gains, nan=0.0, posinf=1e30, neginf=-1e30))
