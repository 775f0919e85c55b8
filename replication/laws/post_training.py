"""The law of rounding a trained model: what it adds to the loss grows with the data."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.chinchilla import Chinchilla
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.effective_bits import bits_given


@dataclass(frozen=True)
class PostTraining(Law):
    """Added loss = C_T D**gamma_D / N**gamma_N exp(-P/gamma_post).

    What rounding the weights of a trained model to P bits adds to its loss (kumar2024, Eq. 2). An
    offset n_post in the exponent, as Appendix K has it, is the factor exp(n_post) of C_T.

    Parameters
    ----------
    C_T : float
        Coefficient, in nats times parameters to the gamma_N over tokens to the gamma_D.
    gamma_D, gamma_N : float
        Exponents of tokens and parameters.
    gamma_post : float
        Bits by which the added loss falls to 1/e.

    Examples
    --------
    >>> law = PostTraining(C_T=0.0598, gamma_D=0.5068, gamma_N=0.3439, gamma_post=0.5907)
    >>> round(law.added_loss(params=2.2e8, tokens=2.6e10, bits=4), 3)
    0.018
    >>> round(law.added_loss(2.2e8, 4 * 2.6e10, bits=4) / law.added_loss(2.2e8, 2.6e10, bits=4), 2)
    2.02
    """

    C_T: float = coefficient()
    gamma_D: float = exponent()
    gamma_N: float = exponent()
    gamma_post: float = scale(0.2, 0.4, 0.6, 1.0, 2.0)

    inputs = ("params", "tokens", "bits")
    positive_inputs = True
    response = "added_loss"

    def added_loss(self, params: ArrayLike, tokens: ArrayLike, bits: ArrayLike) -> Number:
        """Predict what rounding adds to the loss.

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
        tokens : array_like
            Training tokens D (a count), same shape or broadcastable.
        bits : array_like
            Bits P of a weight after training.

        Returns
        -------
        float or ndarray
            Nats per token.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite, or bits are fewer than one.
        """
        value: Number = plain(self._evaluate(*self._checked(params, tokens, bits)))
        return value

    def _checked(self, *columns: ArrayLike) -> tuple[Array, ...]:
        params, tokens, bits = columns
        return positive("params", params), positive("tokens", tokens), bits_given("bits", bits)

    @classmethod
    def impossible(cls, *columns: Array) -> tuple[NDArray[np.bool_], str] | None:
        """Return the rows of a table that no run can have; see `Law.impossible`."""
        if (few := columns[2] < 1).any():
            return few, "has bits below one. Give bits per weight, such as 4"
        return None

    def critical_tokens(self, params: ArrayLike, bits: ArrayLike, *, base: Chinchilla) -> Number:
        """Return the tokens beyond which more of them make the rounded model worse.

        One percent more tokens lowers the loss before rounding by beta B D**-beta hundredths, and
        raises what rounding adds by gamma_D times that (kumar2024, Eq. 13).

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
        bits : array_like
            Bits P of a weight after training.
        base : Chinchilla
            The law of the loss before rounding.

        Returns
        -------
        float or ndarray
            Tokens D.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite, bits are fewer than one, or gamma_D is not
            positive, so that more tokens never add to what rounding costs.

        Examples
        --------
        >>> law = PostTraining(C_T=0.0598, gamma_D=0.5068, gamma_N=0.3439, gamma_post=0.5907)
        >>> base = Chinchilla(A=4299, B=18060, E=2.7648, alpha=0.4965, beta=0.4965)
        >>> tokens = law.critical_tokens(3e7, 4, base=base)
        >>> round(tokens / 1e9, 1)
        88.6
        """
        size, count = positive("params", params), bits_given("bits", bits)
        if not np.all(np.asarray(self.gamma_D) > 0):
            low = float(np.min(self.gamma_D))
            raise ArgumentError(
                f"gamma_D is {low:g}; with an exponent that is not positive more tokens never add "
                "to what rounding costs, and there are no critical tokens."
            )
        log = (
            np.log(np.asarray(base.beta) * base.B)
            + np.asarray(self.gamma_N) * np.log(size)
            + count / self.gamma_post
            - np.log(np.asarray(self.gamma_D) * self.C_T)
        )
        tokens: Number = plain(np.exp(log / (np.asarray(self.gamma_D) + base.beta)))
        return tokens

    def _log(self, columns: tuple[Any, ...]) -> Array:
        """Return the logarithm of the prediction."""
        params, tokens, bits = map(np.asarray, columns)
        with np.errstate(all="ignore"):
            spread = self.gamma_D * np.log(tokens) - self.gamma_N * np.log(params)
            return np.asarray(np.log(self.C_T) + spread - bits / np.asarray(self.gamma_post))

    def _evaluate(self, *columns: Array) -> Array:
        return np.exp(self._log(columns))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the prediction for every field; see `Law.gradient`."""
        return self._linked(False, *map(np.asarray, columns))[1]

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        logs = self._log(columns)
        size = np.ones_like(logs) if log else np.exp(logs)
        slopes = {name: size * slope for name, slope in self._log_slopes(columns).items()}
        return (logs if log else size), slopes

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the prediction; see `Law.curvature`."""
        value, first = self._evaluate(*map(np.asarray, columns)), self._log_slopes(columns)
        bends: dict[tuple[str, str], Any] = {
            ("C_T", "C_T"): -1 / np.asarray(self.C_T) ** 2,
            ("gamma_post", "gamma_post"): -2 * first["gamma_post"] / np.asarray(self.gamma_post),
        }
        return {
            (i, j): value * (bends.get((i, j), 0.0) + first[i] * first[j])
            for i, j in combinations_with_replacement(first, 2)
        }

    def _log_slopes(self, columns: tuple[Any, ...]) -> dict[str, Any]:
        """Return the slopes of the logarithm of the prediction."""
        params, tokens, bits = map(np.asarray, columns)
        return {
            "C_T": 1 / np.asarray(self.C_T),
            "gamma_D": np.log(tokens),
            "gamma_N": -np.log(params),
            "gamma_post": bits / np.asarray(self.gamma_post) ** 2,
        }

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative in the logarithm of each input; see `Law.slopes`."""
        params, tokens, bits = self._checked(*columns)
        value = self._evaluate(params, tokens, bits)
        return {
            "params": plain(-np.asarray(self.gamma_N) * value),
            "tokens": plain(np.asarray(self.gamma_D) * value),
            "bits": plain(-value * bits / np.asarray(self.gamma_post)),
        }
