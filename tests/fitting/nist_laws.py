"""The models of NIST's certified nonlinear regressions, as a user would write them for the package.

The fields have NIST's names and its parametrisation, so that certified values can be compared as
they stand: rates of 1e-4 beside coefficients of 200, and fields of either sign. No seed depends on
the solution; those that are given say what every user of such a model knows, that a peak lies
among the data and a period is a part of their range. `SETS` names the law of each set.

Derivatives are by complex steps, exact to rounding, from the formula alone.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from replication.laws import Law, coefficient, exponent, scale, slope

STEP = 1e-30
RATE = {"of": "x", "power": -1}


@dataclass(frozen=True)
class Model(Law):
    """A law given by `formula`, which must take complex fields."""

    inputs: ClassVar[tuple[str, ...]] = ("x",)
    response: ClassVar[str] = "y"
    link: ClassVar[str] = "identity"

    def formula(self, *columns):
        raise NotImplementedError

    def y(self, *columns):
        return self.formula(*(np.asarray(column, dtype=float) for column in columns))

    def gradient(self, *columns):
        return {
            name: np.imag(replace(self, **{name: value + 1j * STEP}).y(*columns)) / STEP
            for name, value in self.to_dict().items()
        }


@dataclass(frozen=True)
class Approach(Model):
    """Misra1a and BoxBOD."""

    b1: float = coefficient()
    b2: float = scale(**RATE)

    def formula(self, x):
        return self.b1 * (1 - np.exp(-self.b2 * x))


@dataclass(frozen=True)
class Misra1b(Model):
    b1: float = coefficient()
    b2: float = scale(**RATE)

    def formula(self, x):
        return self.b1 * (1 - (1 + self.b2 * x / 2) ** -2)


@dataclass(frozen=True)
class Misra1c(Model):
    b1: float = coefficient()
    b2: float = scale(**RATE)

    def formula(self, x):
        return self.b1 * (1 - (1 + 2 * self.b2 * x) ** -0.5)


@dataclass(frozen=True)
class Misra1d(Model):
    b1: float = coefficient()
    b2: float = scale(**RATE)

    def formula(self, x):
        return self.b1 * self.b2 * x / (1 + self.b2 * x)


@dataclass(frozen=True)
class Chwirut(Model):
    b1: float = scale(**RATE)
    b2: float = scale()
    b3: float = scale()

    def formula(self, x):
        return np.exp(-self.b1 * x) / (self.b2 + self.b3 * x)


@dataclass(frozen=True)
class Lanczos(Model):
    b1: float = coefficient()
    b2: float = scale(**RATE)
    b3: float = coefficient()
    b4: float = scale(**RATE)
    b5: float = coefficient()
    b6: float = scale(**RATE)

    def formula(self, x):
        return (
            self.b1 * np.exp(-self.b2 * x)
            + self.b3 * np.exp(-self.b4 * x)
            + self.b5 * np.exp(-self.b6 * x)
        )


PLACES, WIDTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75), (0.1, 0.2, 0.4)
PERIODS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True)
class Gauss(Model):
    b1: float = coefficient()
    b2: float = scale(**RATE)
    b3: float = coefficient()
    b4: float = scale(*PLACES, of="x")
    b5: float = scale(*WIDTHS, of="x")
    b6: float = coefficient()
    b7: float = scale(*PLACES, of="x")
    b8: float = scale(*WIDTHS, of="x")

    def formula(self, x):
        return (
            self.b1 * np.exp(-self.b2 * x)
            + self.b3 * np.exp(-((x - self.b4) ** 2) / self.b5**2)
            + self.b6 * np.exp(-((x - self.b7) ** 2) / self.b8**2)
        )


@dataclass(frozen=True)
class DanWood(Model):
    b1: float = coefficient()
    b2: float = exponent()

    def formula(self, x):
        return self.b1 * x**self.b2


@dataclass(frozen=True)
class Kirby2(Model):
    b1: float = slope()
    b2: float = slope()
    b3: float = slope()
    b4: float = exponent(of="x", power=-1)
    b5: float = exponent(of="x", power=-2)

    def formula(self, x):
        return (self.b1 + self.b2 * x + self.b3 * x**2) / (1 + self.b4 * x + self.b5 * x**2)


@dataclass(frozen=True)
class Cubic(Model):
    """Hahn1 and Thurber."""

    b1: float = slope()
    b2: float = slope()
    b3: float = slope()
    b4: float = slope()
    b5: float = exponent(of="x", power=-1)
    b6: float = exponent(of="x", power=-2)
    b7: float = exponent(of="x", power=-3)

    def formula(self, x):
        above = self.b1 + self.b2 * x + self.b3 * x**2 + self.b4 * x**3
        return above / (1 + self.b5 * x + self.b6 * x**2 + self.b7 * x**3)


@dataclass(frozen=True)
class Nelson(Model):
    b1: float = slope()
    b2: float = coefficient()
    b3: float = exponent(of="x2", power=-1)

    inputs = ("x", "x2")
    response = "log_y"

    def formula(self, x, x2):
        return self.b1 - self.b2 * x * np.exp(-self.b3 * x2)

    log_y = Model.y


@dataclass(frozen=True)
class MGH17(Model):
    b1: float = slope()
    b2: float = slope()
    b3: float = slope()
    b4: float = scale(**RATE)
    b5: float = scale(**RATE)

    def formula(self, x):
        return self.b1 + self.b2 * np.exp(-x * self.b4) + self.b3 * np.exp(-x * self.b5)


@dataclass(frozen=True)
class Roszman1(Model):
    b1: float = slope()
    b2: float = slope()
    b3: float = scale(of="x")
    b4: float = exponent(of="x", power=1)

    def formula(self, x):
        return self.b1 - self.b2 * x - np.arctan(self.b3 / (x - self.b4)) / np.pi


@dataclass(frozen=True)
class ENSO(Model):
    b1: float = slope()
    b2: float = slope()
    b3: float = slope()
    b4: float = scale(*PERIODS, of="x")
    b5: float = slope()
    b6: float = slope()
    b7: float = scale(*PERIODS, of="x")
    b8: float = slope()
    b9: float = slope()

    def formula(self, x):
        year, first, second = (2 * np.pi * x / period for period in (12, self.b4, self.b7))
        return (
            self.b1
            + self.b2 * np.cos(year)
            + self.b3 * np.sin(year)
            + self.b5 * np.cos(first)
            + self.b6 * np.sin(first)
            + self.b8 * np.cos(second)
            + self.b9 * np.sin(second)
        )


@dataclass(frozen=True)
class MGH09(Model):
    b1: float = coefficient()
    b2: float = scale(0.1, 1.0, 10.0, of="x")
    b3: float = scale(0.1, 1.0, 10.0, of="x")
    b4: float = scale(0.1, 1.0, 10.0, of="x", power=2)

    def formula(self, x):
        return self.b1 * (x**2 + x * self.b2) / (x**2 + x * self.b3 + self.b4)


@dataclass(frozen=True)
class MGH10(Model):
    b1: float = coefficient()
    b2: float = scale(of="x")
    b3: float = scale(of="x")

    def formula(self, x):
        return self.b1 * np.exp(self.b2 / (x + self.b3))


@dataclass(frozen=True)
class Bennett5(Model):
    b1: float = slope()
    b2: float = scale(0.1, 0.3, 1.0, 3.0, 10.0, 30.0, of="x")
    b3: float = exponent()

    def formula(self, x):
        return self.b1 * (self.b2 + x) ** (-1 / self.b3)


@dataclass(frozen=True)
class Rat42(Model):
    b1: float = coefficient()
    b2: float = exponent(-1.0, 0.0, 1.0, 2.0, 4.0)
    b3: float = scale(**RATE)

    def formula(self, x):
        return self.b1 / (1 + np.exp(self.b2 - self.b3 * x))


@dataclass(frozen=True)
class Rat43(Model):
    b1: float = coefficient()
    b2: float = exponent(-1.0, 0.0, 1.0, 2.0, 4.0)
    b3: float = scale(**RATE)
    b4: float = scale(0.3, 1.0, 3.0)

    def formula(self, x):
        return self.b1 / (1 + np.exp(self.b2 - self.b3 * x)) ** (1 / self.b4)


@dataclass(frozen=True)
class Eckerle4(Model):
    b1: float = coefficient()
    b2: float = scale(0.003, 0.01, 0.03, 0.1, of="x")
    b3: float = scale(0.9, 0.95, 1.0, 1.05, 1.1, of="x")

    def formula(self, x):
        return self.b1 / self.b2 * np.exp(-0.5 * ((x - self.b3) / self.b2) ** 2)


SETS: dict[str, type[Model]] = {
    "Misra1a": Approach,
    "Chwirut2": Chwirut,
    "Chwirut1": Chwirut,
    "Lanczos3": Lanczos,
    "Gauss1": Gauss,
    "Gauss2": Gauss,
    "DanWood": DanWood,
    "Misra1b": Misra1b,
    "Kirby2": Kirby2,
    "Hahn1": Cubic,
    "Nelson": Nelson,
    "MGH17": MGH17,
    "Lanczos1": Lanczos,
    "Lanczos2": Lanczos,
    "Gauss3": Gauss,
    "Misra1c": Misra1c,
    "Misra1d": Misra1d,
    "Roszman1": Roszman1,
    "ENSO": ENSO,
    "MGH09": MGH09,
    "Thurber": Cubic,
    "BoxBOD": Approach,
    "Rat42": Rat42,
    "MGH10": MGH10,
    "Eckerle4": Eckerle4,
    "Rat43": Rat43,
    "Bennett5": Bennett5,
}
"""In NIST's order, from lower to higher difficulty."""
