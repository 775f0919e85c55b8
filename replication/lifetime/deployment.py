"""Where a model is trained and served, and what a FLOP costs there."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from replication.counting import inference_flops, training_flops
from replication.counting.numbers import (
    Array,
    Number,
    common_shape,
    in_range,
    nonnegative,
    plain,
    positive,
)
from replication.errors import ArgumentError
from replication.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Deployment:
    """Prices, peak speeds and utilisations of training and of serving (sardana2024).

    Parameters
    ----------
    train_dollars_per_hour, inference_dollars_per_hour : float or ndarray
        Price of an accelerator in dollars per hour.
    train_peak_flops_per_second, inference_peak_flops_per_second : float or ndarray
        Its peak speed in FLOP/s, in the precision used.
    train_utilisation : float or ndarray
        Share of the peak that training reaches, in (0, 1].
    input_utilisation, output_utilisation : float or ndarray
        Share of the peak that is reached on reading the input and on writing the output.

    Raises
    ------
    ArgumentError
        If a price or a speed is not positive, or a utilisation is outside (0, 1].

    Examples
    --------
    >>> rented = Deployment(
    ...     train_dollars_per_hour=2.0,
    ...     train_peak_flops_per_second=1e15,
    ...     inference_dollars_per_hour=2.0,
    ...     inference_peak_flops_per_second=2e15,
    ...     train_utilisation=0.5,
    ...     input_utilisation=0.5,
    ...     output_utilisation=0.01,
    ... )
    >>> round(float(rented.dollars_per_training_flop) * 1e18, 3)
    1.111
    >>> round(rented.equivalent_tokens(input_tokens=70e9, output_tokens=215e9) / 1e12, 4)
    5.41
    """

    train_dollars_per_hour: Number
    train_peak_flops_per_second: Number
    inference_dollars_per_hour: Number
    inference_peak_flops_per_second: Number
    train_utilisation: Number
    input_utilisation: Number
    output_utilisation: Number

    def __post_init__(self) -> None:
        """Refuse what no accelerator has."""
        for field in fields(self):
            values = positive(field.name, getattr(self, field.name))
            if field.name.endswith("utilisation") and (over := values > 1).any():
                raise ArgumentError(
                    f"{field.name} must be in (0, 1], got {values[over].flat[0]:g}: it is a "
                    "share of the peak speed, so 50 % is 0.5."
                )

    @property
    def dollars_per_training_flop(self) -> Number:
        """Price of a FLOP of training, C_tr / U_tr."""
        return self._price("train", self.train_utilisation)

    @property
    def dollars_per_input_flop(self) -> Number:
        """Price of a FLOP of reading the input, C_inf / U_in."""
        return self._price("inference", self.input_utilisation)

    @property
    def dollars_per_output_flop(self) -> Number:
        """Price of a FLOP of writing the output, C_inf / U_out."""
        return self._price("inference", self.output_utilisation)

    def _price(self, stage: str, utilisation: Number) -> Number:
        hour = getattr(self, f"{stage}_dollars_per_hour")
        peak = getattr(self, f"{stage}_peak_flops_per_second")
        with np.errstate(over="ignore", under="ignore"):
            speed = np.asarray(peak) * np.asarray(utilisation)
            found = np.asarray(hour) / (SECONDS_PER_HOUR * speed)
        price: Number = plain(positive(f"The price of a FLOP ({stage})", found))
        return price

    def equivalent_tokens(self, *, input_tokens: ArrayLike, output_tokens: ArrayLike) -> Number:
        """Return the demand that costs as much in FLOPs as this one does in money.

        T = (C_inf T_in / U_in + C_inf T_out / U_out) / (C_tr / U_tr): with it, the optimum in
        money is the optimum in FLOPs.

        Parameters
        ----------
        input_tokens, output_tokens : array_like
            Demand T_in and T_out in tokens over the lifetime; zero or more.

        Returns
        -------
        float or ndarray
            Tokens T.

        Raises
        ------
        ArgumentError
            If a demand is negative.
        """
        read, written = _demand(input_tokens, output_tokens)
        common_shape(input_tokens=read, output_tokens=written, **vars(self))
        with np.errstate(over="ignore"):
            dollars = self.dollars_per_input_flop * read + self.dollars_per_output_flop * written
            found = np.asarray(dollars / self.dollars_per_training_flop)
        tokens: Number = plain(in_range("The demand in tokens", found))
        return tokens

    def dollars(
        self,
        *,
        params: ArrayLike,
        tokens: ArrayLike,
        input_tokens: ArrayLike = 0.0,
        output_tokens: ArrayLike = 0.0,
    ) -> Number:
        """Return what it costs to train a model and to serve it.

        6 N D C_tr / U_tr + 2 N (C_inf T_in / U_in + C_inf T_out / U_out).

        Parameters
        ----------
        params, tokens : array_like
            Parameters N and training tokens D (counts).
        input_tokens, output_tokens : array_like
            Demand T_in and T_out in tokens over the lifetime; without them, the price of training.

        Returns
        -------
        float or ndarray
            Dollars.

        Raises
        ------
        ArgumentError
            If a count is not positive or a demand is negative.
        """
        size, length = positive("params", params), positive("tokens", tokens)
        read, written = _demand(input_tokens, output_tokens)
        common_shape(
            params=size, tokens=length, input_tokens=read, output_tokens=written, **vars(self)
        )
        with np.errstate(over="ignore"):
            total = training_flops(size, length) * self.dollars_per_training_flop
            total = total + inference_flops(size, read) * self.dollars_per_input_flop
            total = total + inference_flops(size, written) * self.dollars_per_output_flop
        price: Number = plain(in_range("The price in dollars", np.asarray(total)))
        return price


def _demand(input_tokens: ArrayLike, output_tokens: ArrayLike) -> tuple[Array, Array]:
    return nonnegative("input_tokens", input_tokens), nonnegative("output_tokens", output_tokens)
