"""What laws of one input share: the choice of that input by its name."""

from dataclasses import dataclass
from typing import Any, Self

from numpy.typing import ArrayLike

from replication.counting.numbers import Number, plain
from replication.laws.base import Law
from replication.laws.columns import in_columns


@dataclass(frozen=True)
class OneInput(Law):
    """Base of laws of one input, which any column can be: ``PowerLaw.of("params")``.

    Examples
    --------
    >>> from replication.laws import SaturatingPower
    >>> SaturatingPower.of("params").inputs
    ('params',)
    """

    inputs = ("flops",)
    positive_inputs = True

    @classmethod
    def of(cls, column: str, response: str = "loss") -> type[Self]:
        """Return the same law in another column.

        Parameters
        ----------
        column : str
            The input, in SI counts: ``"params"``, ``"tokens"``, ``"flops"``.
        response : str
            What is predicted; ``"loss"`` is in nats per token.

        Returns
        -------
        type
            A law class that reads `column`.

        Raises
        ------
        ArgumentError
            If `column` is not a name.
        """
        law: type[Self] = in_columns(cls, (column,), response)  # type: ignore[arg-type]
        return law

    def loss(self, x: ArrayLike) -> Number:
        """Predict the response at `x` (positive, SI counts).

        Parameters
        ----------
        x : array_like
            The input that the class names.

        Returns
        -------
        float or ndarray
            The response (nats per token where it is a loss).

        Raises
        ------
        ArgumentError
            If an input is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(x)))
        return value

    @classmethod
    def _declared(cls, **declared: Any) -> dict[str, Any]:
        """Return fields whose unit is that of the input, as members of a class in another one."""
        return {"__annotations__": dict.fromkeys(declared, float)} | declared
