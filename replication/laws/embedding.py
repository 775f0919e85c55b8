"""Total parameters in those without the embedding, over a family of models."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain, positive
from replication.laws.base import Law
from replication.laws.declarations import coefficient, exponent

CUBE_ROOT = 1.0 / 3.0
"""Exponent p of a family of one aspect ratio; see `replication.counting.embedding_scale`."""


@dataclass(frozen=True)
class TotalParams(Law):
    """N_T = N + omega N**p, with N the parameters without the embedding (pearce2024, section 2).

    The first term is what the layers hold, the second the embedding. Small models are mostly
    embedding, so that N_T grows as N**p there, and as N in the limit of large models.

    Parameters
    ----------
    omega : float
        Parameters of the embedding at N = 1.
    p : float
        Exponent of the embedding in N; a third where depth and width grow alike.

    Examples
    --------
    >>> relation = TotalParams(omega=47491.0, p=1 / 3)
    >>> round(relation.params_total(27.6e6) / 1e6, 1)
    42.0
    >>> round(relation.exponent(27.6e6), 3)
    0.772
    """

    omega: float = coefficient()
    p: float = exponent(0.1, 0.2, CUBE_ROOT, 0.5, 0.7, 0.9)

    inputs = ("params_no_embedding",)
    positive_inputs = True
    response = "params_total"

    def params_total(self, params_no_embedding: ArrayLike) -> Number:
        """Return all parameters of a model.

        Parameters
        ----------
        params_no_embedding : array_like
            Parameters N (a count) without the embedding.

        Returns
        -------
        float or ndarray
            Parameters N_T (a count).

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        total: Number = plain(self._evaluate(*self._checked(params_no_embedding)))
        return total

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(columns[0] + self.omega * columns[0] ** np.asarray(self.p))

    def exponent(self, params_no_embedding: ArrayLike) -> Number:
        """Return the local exponent d log N_T / d log N, from p for small N to one for large N.

        Parameters
        ----------
        params_no_embedding : array_like
            Parameters N (a count) without the embedding.

        Returns
        -------
        float or ndarray
            (N + p omega N**p) / (N + omega N**p).
        """
        share = self.embedding_share(params_no_embedding)
        slope: Number = plain(np.asarray(1.0 - (1.0 - np.asarray(self.p)) * share))
        return slope

    def embedding_share(self, params_no_embedding: ArrayLike) -> Number:
        """Return the share of the embedding in all parameters, from one down to zero.

        Parameters
        ----------
        params_no_embedding : array_like
            Parameters N (a count) without the embedding.

        Returns
        -------
        float or ndarray
            omega N**p / (N + omega N**p).
        """
        size = positive("params_no_embedding", params_no_embedding)
        share: Number = plain(np.asarray(1.0 - size / np.asarray(self.params_total(size))))
        return share

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivatives of N_T with respect to omega and p.

        Parameters
        ----------
        *columns : array_like
            Parameters N (a count) without the embedding.

        Returns
        -------
        dict of str to ndarray
            ``omega`` and ``p``.
        """
        log_n = np.log(columns[0])
        power = np.exp(np.asarray(self.p) * log_n)
        return {"omega": power, "p": self.omega * power * log_n}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of N_T; see `Law.curvature`."""
        log_n = np.log(columns[0])
        steep = log_n * np.exp(np.asarray(self.p) * log_n)
        return {("omega", "p"): steep, ("p", "p"): self.omega * steep * log_n}
