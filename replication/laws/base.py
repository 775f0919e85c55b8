"""What every law is: a frozen dataclass of coefficients that the engine can fit.

A law says which columns it reads (`Law.inputs`), what it predicts (`Law.response`, also the
name of the method that predicts it) and the gradient of that prediction in its own fields.
Fields may hold arrays: a law whose fields have shape ``(draws, 1)`` predicts ``(draws, points)``,
which is how the engine solves many problems at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import elementwise

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.checks import positive as positive
from replication.errors import ArgumentError, ReplicationError

Array = NDArray[np.float64]
Number = float | Array

WIDEST_SEARCH = 100.0
"""How far an optimum may lie from the square root of C/6, in units of log N."""


def coefficient() -> Any:
    """Declare a positive field in which the prediction is linear, such as A, B or E.

    Examples
    --------
    >>> coefficient().metadata["linear"]
    True
    """
    return field(metadata={"log": True, "linear": True, "seeds": ()})


def scale(*seeds: float, of: str = "") -> Any:
    """Declare a positive field in which the prediction is not linear, such as N_c.

    Parameters
    ----------
    *seeds : float
        Where a search should look; multiples of the median of column `of` if that is given.
    of : str, optional
        The input column whose unit the field shares.

    Examples
    --------
    >>> scale(1.0, 1e3, of="params").metadata["of"]
    'params'
    """
    default = tuple(10.0**k for k in range(-2, 11, 2)) if of else (0.01, 0.1, 1.0, 10.0, 100.0)
    return field(metadata={"log": True, "linear": False, "seeds": seeds or default, "of": of})


def exponent(*seeds: float) -> Any:
    """Declare a field of any sign in which the prediction is not linear, such as alpha.

    Parameters
    ----------
    *seeds : float
        Where a search should look; by default a geometric grid from .03 to 2.

    Examples
    --------
    >>> exponent(0.5, 1.0).metadata["seeds"]
    (0.5, 1.0)
    """
    return field(metadata={"log": False, "linear": False, "seeds": seeds, "of": ""})


@dataclass(frozen=True)
class Optimum:
    """A compute-optimal allocation.

    Parameters
    ----------
    flops : float or ndarray
        Training budget C in FLOPs.
    params : float or ndarray
        Parameters N.
    tokens : float or ndarray
        Training tokens D.
    loss : float or ndarray
        Predicted loss in nats per token.

    Examples
    --------
    >>> Optimum(flops=5.88e23, params=7e10, tokens=1.4e12, loss=1.94).tokens_per_param
    20.0
    """

    flops: Number
    params: Number
    tokens: Number
    loss: Number

    @property
    def tokens_per_param(self) -> Number:
        """Token multiplier D/N."""
        return self.tokens / self.params


@dataclass(frozen=True)
class Law:
    """Base of all laws; subclass it as a frozen dataclass to define one.

    A subclass sets `inputs` (column names, the order of the arguments), `response` (the name of
    the prediction and of the method that computes it) and `link` (``"log"`` if residuals are
    naturally relative, else ``"identity"``), and has a `gradient` method that returns the partial
    derivative of the prediction for every field. Everything is vectorised over inputs and fields.

    Examples
    --------
    A law with one input, complete:

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Saturating(Law):
    ...     E: float = coefficient()
    ...     k: float = scale(0.1, 1.0, 10.0)
    ...     inputs = ("tokens",)
    ...
    ...     def loss(self, tokens):
    ...         return self.E * (1 + 1 / (1 + self.k * tokens))
    ...
    ...     def gradient(self, tokens):
    ...         u = 1 + self.k * tokens
    ...         return {"E": 1 + 1 / u, "k": -self.E * tokens / u**2}
    >>> Saturating(E=2.0, k=1.0).predict(1.0)
    3.0
    """

    inputs: ClassVar[tuple[str, ...]] = ()
    response: ClassVar[str] = "loss"
    link: ClassVar[str] = "log"
    derived: ClassVar[tuple[str, ...]] = ()

    def predict(self, *columns: ArrayLike) -> Any:
        """Predict the response from the inputs, in the order of `inputs`.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts.

        Returns
        -------
        float or ndarray
            The response, in nats per token where it is a loss.
        """
        # A law of one input may predict anything, N_opt for example; its method is `loss` then.
        method = getattr(self, self.response, None) or getattr(self, "loss")  # noqa: B009
        return method(*columns)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the prediction for every field.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts.

        Returns
        -------
        dict of str to ndarray
            One entry a field, each with the shape of the prediction.
        """
        raise ReplicationError(
            f"{type(self).__name__} has no gradient, so it cannot be fitted. "
            "Define gradient(), returning one array for each field."
        )

    @classmethod
    def parts(
        cls, values: Mapping[str, Array], linear: Sequence[str], *columns: ArrayLike
    ) -> tuple[Array, Array]:
        """Return what the linear fields multiply: ``prediction = base + sum field * part``.

        Parameters
        ----------
        values : mapping of str to ndarray, shape (S,)
            The fields that are not in `linear`, one entry a set of coefficients.
        linear : sequence of str
            Fields in which the prediction is linear.
        *columns : array_like, shape (n,)
            The inputs, in the order of `inputs`.

        Returns
        -------
        base : ndarray, shape (S, n)
            The prediction without the linear fields.
        parts : ndarray, shape (S, linear, n)
            What each of them multiplies.
        """
        size = max([len(v) for v in values.values()], default=1)
        given: dict[str, Any] = {name: value[:, None] for name, value in values.items()}

        def predict(**units: float) -> Array:
            law = cls(**(given | units))
            return np.asarray(law.predict(*columns), dtype=np.float64)

        tiny = dict.fromkeys(linear, 1e-300)
        shape = (size, np.size(columns[0]))
        base = np.broadcast_to(predict(**tiny), shape)
        parts = [np.broadcast_to(predict(**(tiny | {k: 1.0})), shape) - base for k in linear]
        return base, np.stack(parts, axis=1)

    @classmethod
    def fields(cls) -> tuple[Field[Any], ...]:
        """Return the dataclass fields: the coefficients, in the paper's order."""
        return fields(cls)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the coefficients, in the paper's order."""
        return tuple(f.name for f in fields(cls))

    def to_dict(self) -> dict[str, Any]:
        """Return the coefficients by name."""
        return {name: getattr(self, name) for name in self.names()}

    @classmethod
    def from_vector(cls, theta: Array) -> Self:
        """Build the law from solver coordinates.

        Parameters
        ----------
        theta : ndarray, shape (..., p)
            Coefficients in the order of `names`; positive ones as natural logarithms.

        Returns
        -------
        Law
            With fields of shape ``theta.shape[:-1]``.
        """
        with np.errstate(over="ignore", under="ignore"):
            values = [
                np.exp(theta[..., i]) if f.metadata["log"] else theta[..., i]
                for i, f in enumerate(fields(cls))
            ]
        return cls(*[float(v) if np.ndim(v) == 0 else v for v in values])

    def to_vector(self) -> Array:
        """Return the solver coordinates: the inverse of `from_vector`.

        Returns
        -------
        ndarray, shape (..., p)
            Coefficients in the order of `names`; positive ones as natural logarithms.

        Raises
        ------
        ArgumentError
            If a coefficient that must be positive is not.
        """
        columns = []
        for f in fields(self):
            value = np.asarray(getattr(self, f.name), dtype=np.float64)
            if f.metadata["log"] and not np.all(value > 0):
                raise ArgumentError(
                    f"{type(self).__name__}.{f.name} is {value}; it must be positive."
                )
            columns.append(np.log(value) if f.metadata["log"] else value)
        return np.stack(np.broadcast_arrays(*columns), axis=-1)

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation of a training budget.

        Minimises the predicted loss over N with D = C / (6 N), numerically; laws with a closed
        form override this.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs; positive.

        Returns
        -------
        Optimum
            Parameters, tokens and loss (nats per token), each with the shape of `flops`
            broadcast with the fields.

        Raises
        ------
        ReplicationError
            If the law does not predict a loss from parameters and tokens, or if no interior
            minimum exists.
        """
        if self.response != "loss" or set(self.inputs) != {"params", "tokens"}:
            raise ReplicationError(
                f"{type(self).__name__} predicts {self.response} from {', '.join(self.inputs)}; "
                "a compute-optimal allocation needs a loss in params and tokens."
            )
        budget = positive("flops", flops)
        theta = self.to_vector()
        shape = np.broadcast_shapes(budget.shape, theta.shape[:-1])
        budgets = np.broadcast_to(budget, shape).ravel()
        laws = np.broadcast_to(theta, (*shape, theta.shape[-1])).reshape(-1, theta.shape[-1])

        def loss_at(log_params: Array, row: NDArray[np.intp]) -> Array:
            params = np.exp(log_params)
            tokens = budgets[row] / FLOPS_PER_PARAM_TOKEN / params
            columns = {"params": params, "tokens": tokens}
            law = self.from_vector(laws[row])
            return np.asarray(law.predict(*[columns[name] for name in self.inputs]))

        middle, rows = 0.5 * np.log(budgets / FLOPS_PER_PARAM_TOKEN), np.arange(budgets.size)
        # The stubs of scipy know scalars only.
        find_minimum: Any = elementwise.find_minimum
        with np.errstate(all="ignore"):
            bracket = elementwise.bracket_minimum(
                loss_at, middle, xl0=middle - 1.0, xr0=middle + 1.0, args=(rows,), maxiter=60
            )
            inside = bracket.success & (np.abs(bracket.bracket[1] - middle) < WIDEST_SEARCH)
            if not np.all(inside):
                raise ReplicationError(_no_minimum(self, budgets[~inside][0]))
            found = find_minimum(
                loss_at, bracket.bracket, args=(rows,), tolerances={"xrtol": 1e-14, "xatol": 1e-12}
            )
        params = np.exp(found.x).reshape(shape)
        return Optimum(
            flops=plain(np.broadcast_to(budget, shape)),
            params=plain(params),
            tokens=plain(budget / FLOPS_PER_PARAM_TOKEN / params),
            loss=plain(np.asarray(found.f_x).reshape(shape)),
        )


def _no_minimum(law: Law, flops: float) -> str:
    """Say that a law has no compute-optimal allocation."""
    return (
        f"{law} has no interior minimum at {flops:g} FLOPs: its loss falls without end towards "
        "all parameters or all tokens. Check the signs of the exponents."
    )


def plain(values: Any) -> Any:
    """Return a float for a single number, the array otherwise.

    Examples
    --------
    >>> plain(np.array(2.0))
    2.0
    """
    return float(values) if np.ndim(values) == 0 else values
