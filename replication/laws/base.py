"""What every law is: a frozen dataclass of coefficients that the engine can fit.

A law says which columns it reads (`Law.inputs`) and what it predicts (`Law.response`, also the
name of the method that predicts it). It may say more: derivatives of that prediction in its own
fields, which spare the engine differences. Fields may hold arrays: a law whose fields have shape
``(draws, 1)`` predicts ``(draws, points)``, which is how the engine solves many problems at once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import Array, plain, positive
from replication.errors import ArgumentError, ReplicationError
from replication.laws.declarations import FieldKind
from replication.laws.differences import field_slopes, log_slopes
from replication.laws.optimum import Optimum, interior_optimum


@dataclass(frozen=True)
class Law:
    """Base of all laws; subclass it as a frozen dataclass to define one.

    A subclass sets `inputs` (column names, the order of the arguments), `response` (the name of
    the prediction and of the method that computes it) and `link` (``"log"`` if residuals are
    naturally relative, else ``"identity"``). The method must work for arrays of inputs and of
    coefficients, so it is written with numpy. Two more are optional and save time: `gradient`, the
    partial derivative of the prediction for every field, and `curvature`, the second ones. All that
    is given is compared with differences before a fit.

    `positive_inputs` says which inputs must be positive, because the law takes their logarithm or
    a power of them: their names, or True for all. The others may be any finite number.

    Examples
    --------
    A law with one input, complete:

    >>> from dataclasses import dataclass
    >>> from replication.laws import coefficient, scale
    >>> @dataclass(frozen=True)
    ... class Saturating(Law):
    ...     E: float = coefficient()
    ...     k: float = scale(0.1, 1.0, 10.0)
    ...     inputs = ("tokens",)
    ...
    ...     def loss(self, tokens):
    ...         return self.E * (1 + 1 / (1 + self.k * tokens))
    >>> law = Saturating(E=2.0, k=1.0)
    >>> law.predict(1.0)
    3.0
    >>> {name: round(float(slope), 9) for name, slope in law.gradient(1.0).items()}
    {'E': 1.5, 'k': -0.5}
    """

    inputs: ClassVar[tuple[str, ...]] = ()
    positive_inputs: ClassVar[bool | tuple[str, ...]] = False
    response: ClassVar[str] = "loss"
    link: ClassVar[str] = "log"
    derived: ClassVar[tuple[str, ...]] = ()
    response_range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    """Lowest and highest response that has a meaning: (0, 1) for a share."""

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

    def _evaluate(self, *columns: Any) -> Any:
        """Predict from columns that are known to be good, without checking them again.

        What the engine calls, at any coefficients: where they are absurd the prediction is
        infinite or NaN, and the step is taken back. The laws of the package override this with
        their formula, which their public methods call once the inputs are checked; a law of a
        user's own needs nothing.

        Parameters
        ----------
        *columns : ndarray
            Checked floats, in the order of `inputs`.

        Returns
        -------
        float or ndarray
            The prediction.
        """
        return self.predict(*columns)

    def _checked(self, *columns: ArrayLike) -> tuple[Array, ...]:
        """Return the inputs as floats, or say which one is not positive and finite."""
        return tuple(positive(n, c) for n, c in zip(self.inputs, columns, strict=True))

    def _value(self, log: bool, *columns: Array) -> Any:
        """Return the prediction, or its logarithm, alone; see `_linked`.

        Parameters
        ----------
        log : bool
            Whether the logarithm is asked for.
        *columns : ndarray
            Checked floats, in the order of `inputs`.

        Returns
        -------
        float or ndarray
            What `_linked` returns first.
        """
        value = self._evaluate(*columns)
        return np.log(value) if log else value

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        """Return the prediction, or its logarithm, with its gradient.

        What the engine calls. Laws whose prediction and gradient share most of their work, or
        whose logarithm is simpler than they are, override this.

        Parameters
        ----------
        log : bool
            Whether the logarithm is asked for.
        *columns : ndarray
            Checked floats, in the order of `inputs`.

        Returns
        -------
        value : float or ndarray
            The prediction or its logarithm.
        gradient : dict of str to float or ndarray
            Its partial derivative in every field.
        """
        value, gradient = self._evaluate(*columns), self.gradient(*columns)
        if not log:
            return value, gradient
        return np.log(value), {name: slope / value for name, slope in gradient.items()}

    def _bent(self, log: bool, *columns: Array) -> dict[tuple[str, str], Any] | None:
        """Return the second derivatives of the prediction, or of its logarithm; see `curvature`."""
        second = self.curvature(*columns)
        if second is None or not log:
            return second
        value, slopes = self._linked(True, *columns)
        scale = np.exp(-np.asarray(value))
        names = self.names()
        known = second | {(b, a): bent for (a, b), bent in second.items()}
        return {
            (a, b): known.get((a, b), 0.0) * scale - slopes[a] * np.asarray(slopes[b])
            for k, a in enumerate(names)
            for b in names[k:]
        }

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the prediction for every field.

        By differences, to eight digits or more; laws with formulas override this.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts; not checked again.

        Returns
        -------
        dict of str to ndarray
            One entry a field, each with the shape of the prediction.
        """
        return field_slopes(self, columns)

    @classmethod
    def has_gradient(cls) -> bool:
        """Return whether the law has formulas for its gradient, and needs no differences.

        Examples
        --------
        >>> from replication.laws import Chinchilla
        >>> Chinchilla.has_gradient(), Law.has_gradient()
        (True, False)
        """
        return cls.gradient is not Law.gradient

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the prediction in the logarithm of each input.

        By differences of eighth order, to ten digits or more; laws with a formula override this.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts; positive.

        Returns
        -------
        dict of str to float or ndarray
            One entry an input: what the response changes by when the input grows e-fold, at
            the rate it has there.
        """
        return dict(zip(self.inputs, log_slopes(self.predict, columns), strict=True))

    @classmethod
    def impossible(cls, *columns: Array) -> tuple[NDArray[np.bool_], str] | None:
        """Return rows of a table that no run can have, and why, if a law knows of any.

        Asked before a fit, of columns that are finite, and positive where they must be.

        Parameters
        ----------
        *columns : ndarray, shape (n,)
            The inputs, in the order of `inputs`.

        Returns
        -------
        tuple of ndarray and str, or None
            Which rows, and what is wrong with them, as in "has more unique tokens than tokens".
        """
        return None

    @property
    def irreducible(self) -> Any:
        """What the loss tends to as all inputs grow: the coefficient E, zero without one."""
        return getattr(self, "E", 0.0)

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any] | None:
        """Return second partial derivatives of the prediction, from laws that have them at hand.

        An optional extra: without it the engine takes differences of the gradient, which is
        slower by about twice the number of fields.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts; not checked again.

        Returns
        -------
        dict of (str, str) to ndarray, or None
            One entry for each pair of fields, in either order, whose derivative is not zero;
            None if the law has no such method.
        """
        return None

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
            return np.asarray(law._evaluate(*columns), dtype=np.float64)

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

    @classmethod
    def kinds(cls) -> dict[str, FieldKind]:
        """Return how each field enters the prediction and is searched, by name.

        Returns
        -------
        dict of str to FieldKind
            In the order of `names`.

        Raises
        ------
        ArgumentError
            If a field is not declared by `coefficient`, `scale`, `exponent` or `slope`.
        """
        for f in fields(cls):
            if not isinstance(f.metadata.get("kind"), FieldKind):
                raise ArgumentError(
                    f"Field {f.name} of {cls.__name__} does not say how it is searched. Declare it "
                    f"with replication.laws: {f.name}: float = coefficient(), slope(), scale() or "
                    "exponent()."
                )
        return {f.name: f.metadata["kind"] for f in fields(cls)}

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
            values = {
                name: np.exp(theta[..., i]) if kind.log else theta[..., i]
                for i, (name, kind) in enumerate(cls.kinds().items())
            }
        return cls(**{name: plain(value) for name, value in values.items()})

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
        for name, kind in self.kinds().items():
            value = np.asarray(getattr(self, name), dtype=np.float64)
            if kind.log and not np.all(value > 0):
                bad = value[~(value > 0)].flat[0]
                raise ArgumentError(
                    f"{type(self).__name__}.{name} is {float(bad)}; it must be positive."
                )
            columns.append(np.log(value) if kind.log else value)
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
        return interior_optimum(self, positive("flops", flops))
