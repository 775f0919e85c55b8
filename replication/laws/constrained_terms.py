"""Both terms of the data-constrained law, with the derivatives of their logarithms."""

from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from replication.counting.numbers import Array
from replication.laws.repeats import Effective

Pairs = dict[tuple[str, str], Any]


class Terms(NamedTuple):
    """Both terms of the law, the moves of ln N_opt(U), and slopes of the terms' logarithms.

    Parameters
    ----------
    A, B, alpha, beta : ndarray
        Fields of the law.
    worth_of_size, worth_of_data : Effective
        Effective parameters N' and tokens D'.
    size, data : ndarray
        The terms A / N'**alpha and B / D'**beta in nats per token.
    moves : dict of str to ndarray
        The slope of ln N_opt(U) in each field.
    size_slopes, data_slopes : dict of str to ndarray
        The slopes of the logarithms of both terms.
    """

    A: Array
    B: Array
    alpha: Array
    beta: Array
    worth_of_size: Effective
    worth_of_data: Effective
    size: Array
    data: Array
    moves: dict[str, Array]
    size_slopes: dict[str, Array]
    data_slopes: dict[str, Array]

    @classmethod
    def of(
        cls,
        A: Array,
        B: Array,
        alpha: Array,
        beta: Array,
        size: Effective,
        data: Effective,
        of_size: Array,
        of_data: Array,
        matched: Array,
        called: Array,
    ) -> "Terms":
        """Return them from fields, effective counts, terms, and ln N_opt(U) with ln U."""
        moves = {
            "A": 1 / (alpha * A),
            "B": -1 / (alpha * B),
            "alpha": (1 / alpha - matched) / alpha,
            "beta": (called - 1 / beta) / alpha,
        }
        # Through N_opt(U), which N' depends on where parameters are in excess.
        through = {k: -alpha * size.unique_slope * moves[k] for k in ("B", "alpha", "beta")}
        size_slopes = {
            "A": size.slope / A,
            "B": through["B"],
            "alpha": through["alpha"] - size.log,
            "beta": through["beta"],
            "R_N_star": -alpha * size.by_star,
        }
        data_slopes = {"B": 1 / B, "beta": -data.log, "R_D_star": -beta * data.by_star}
        return cls(
            A, B, alpha, beta, size, data, of_size, of_data, moves, size_slopes, data_slopes
        )  # fmt: skip

    def size_bends(self) -> Pairs:
        """Return the second derivatives of the logarithm of the term in N'."""
        A, B, alpha, beta = self.A, self.B, self.alpha, self.beta
        worth, moves = self.worth_of_size, self.moves
        found: Pairs = {
            (i, j): -alpha * worth.bend * moves[i] * moves[j]
            for i, j in combinations_with_replacement(moves, 2)
        }
        # What ln N_opt(U) bends by itself; most of it cancels against the outer alpha.
        found["A", "A"] = -(worth.bend / alpha + worth.slope) / A**2
        found["B", "B"] = found["B", "B"] - worth.unique_slope / B**2
        found["alpha", "alpha"] = found["alpha", "alpha"] + worth.unique_slope / alpha**2
        found["beta", "beta"] = found["beta", "beta"] - worth.unique_slope / beta**2
        for name, move in moves.items():
            bent = -alpha * worth.bend_star * move
            found[name, "R_N_star"] = bent - (worth.by_star if name == "alpha" else 0.0)
        found["R_N_star", "R_N_star"] = -alpha * worth.star_star
        return found

    def data_bends(self) -> Pairs:
        """Return the second derivatives of the logarithm of the term in D'."""
        worth = self.worth_of_data
        return {
            ("B", "B"): -1 / self.B**2,
            ("beta", "R_D_star"): -worth.by_star,
            ("R_D_star", "R_D_star"): -self.beta * worth.star_star,
        }
