"""Laws once more, in lean functions of plain numpy with centred logarithms of the inputs.

Nothing here uses the package, so that the other side of a ratio or of a search pays for none of
its checks and shares none of its mistakes. `test_lean.py` holds every law against the package.

Each law has coordinates ``t`` of its own. `predict` keeps the terms that it computed, and
`slopes` reuses them: it must be called right after `predict` at the same place, as MINPACK does.
"""

from typing import Any

import numpy as np


def centred(column) -> tuple[Any, float]:
    """The logarithm of a column less its mean, and that mean."""
    logs = np.log(column)
    return logs - logs.mean(), float(logs.mean())


class Chinchilla:
    """E + A/N**alpha + B/D**beta; t = (A, B, E, alpha, beta), A and B at the centre."""

    inputs = ("params", "tokens")

    def __init__(self, params, tokens):
        (self.x, self.at_x), (self.y, self.at_y) = centred(params), centred(tokens)

    def coordinates(self, law):
        size, data = np.exp(-law.alpha * self.at_x), np.exp(-law.beta * self.at_y)
        return np.stack([law.A * size, law.B * data, law.E, law.alpha, law.beta])

    def only(self, rows):
        """The same law on some of the points; coordinates mean the same."""
        part = object.__new__(type(self))
        part.__dict__ = {
            name: value[rows] if isinstance(value, np.ndarray) else value
            for name, value in vars(self).items()
        }
        return part

    def predict(self, t):
        self.size, self.data = np.exp(-t[3] * self.x), np.exp(-t[4] * self.y)
        return t[0] * self.size + t[1] * self.data + t[2]

    def slopes(self, t):
        """One row a coordinate."""
        out = np.empty((5, len(self.x)))
        out[0], out[1], out[2] = self.size, self.data, 1.0
        np.multiply(self.x, (-t[0]) * self.size, out=out[3])
        np.multiply(self.y, (-t[1]) * self.data, out=out[4])
        return out


class ShapeAware(Chinchilla):
    """The same times (1 + e R**gamma); t = (A, B, E, alpha, beta, e, gamma), e at the centre."""

    inputs = ("params", "tokens", "aspect_ratio")

    def __init__(self, params, tokens, aspect_ratio):
        super().__init__(params, tokens)
        self.z, self.at_z = centred(aspect_ratio)

    def coordinates(self, law):
        width = np.exp(law.gamma * self.at_z)
        return np.stack([*super().coordinates(law), law.epsilon * width, law.gamma])

    def predict(self, t):
        self.shapeless = super().predict(t)
        self.wide = np.exp(t[6] * self.z)
        self.factor = 1 + t[5] * self.wide
        return self.shapeless * self.factor

    def slopes(self, t):
        out = np.empty((7, len(self.x)))
        np.multiply(super().slopes(t), self.factor, out=out[:5])
        np.multiply(self.shapeless, self.wide, out=out[5])
        np.multiply(out[5], t[5] * self.z, out=out[6])
        return out


class KaplanJoint(Chinchilla):
    """(u + v)**alpha_D, u = exp(p - r ln N), v = exp(q - ln D); t = (alpha_D, r, p, q)."""

    def __init__(self, params, tokens):
        super().__init__(params, tokens)
        self.inverse = np.exp(-self.y)

    def coordinates(self, law):
        r = law.alpha_N / law.alpha_D
        p = r * (np.log(law.N_c) - self.at_x)
        return np.stack([law.alpha_D, r, p, np.log(law.D_c) - self.at_y])

    def predict(self, t):
        self.size, self.data = np.exp(t[2] - t[1] * self.x), np.exp(t[3]) * self.inverse
        self.sum = self.size + self.data
        self.log_sum = np.log(self.sum)
        self.loss = np.exp(t[0] * self.log_sum)
        return self.loss

    def slopes(self, t):
        out = np.empty((4, len(self.x)))
        outer = t[0] * self.loss / self.sum
        np.multiply(self.loss, self.log_sum, out=out[0])
        np.multiply(outer, self.size, out=out[2])
        np.multiply(out[2], -self.x, out=out[1])
        np.multiply(outer, self.data, out=out[3])
        return out


class OverTraining(Chinchilla):
    """E + a (M/C)**eta + b (M C)**-eta; t = (a, b, E, eta), a and b at the centre."""

    inputs = ("flops", "token_multiplier")

    def __init__(self, flops, token_multiplier):
        flops, token_multiplier = np.asarray(flops), np.asarray(token_multiplier)
        super().__init__(flops / token_multiplier, flops * token_multiplier)

    def coordinates(self, law):
        size, data = np.exp(-law.eta * self.at_x), np.exp(-law.eta * self.at_y)
        return np.stack([law.a * size, law.b * data, law.E, law.eta])

    def predict(self, t):
        self.size, self.data = np.exp(-t[3] * self.x), np.exp(-t[3] * self.y)
        return t[0] * self.size + t[1] * self.data + t[2]

    def slopes(self, t):
        out = np.empty((4, len(self.x)))
        out[0], out[1], out[2] = self.size, self.data, 1.0
        np.multiply(self.x, (-t[0]) * self.size, out=out[3])
        out[3] -= self.y * (t[1] * self.data)
        return out


class ShiftedPower(Chinchilla):
    """a (C + d)**-b + c; t = (a, c, k, b), a at the centre and k = ln(d / centre)."""

    inputs = ("flops",)

    def __init__(self, flops):
        self.x, self.at_x = centred(flops)

    def coordinates(self, law):
        k = np.log(law.d) - self.at_x
        return np.stack(
            [law.a * np.exp(-law.b * (self.at_x + np.logaddexp(0, k))), law.c, k, law.b]
        )

    def predict(self, t):
        self.bend = np.logaddexp(self.x, t[2]) - np.logaddexp(0, t[2])
        self.size = np.exp(-t[3] * self.bend)
        return t[0] * self.size + t[1]

    def slopes(self, t):
        out = np.empty((4, len(self.x)))
        out[0], out[1] = self.size, 1.0
        turn = 1 / (1 + np.exp(self.x - t[2])) - 1 / (1 + np.exp(-t[2]))
        np.multiply(self.size, -t[0] * t[3] * turn, out=out[2])
        np.multiply(self.size, -t[0] * self.bend, out=out[3])
        return out


class Annealing(Chinchilla):
    """E + A S_1**-alpha - C S_2; t = (A, E, C, alpha), A at the centre."""

    inputs = ("lr_area", "lr_annealed")

    def __init__(self, lr_area, lr_annealed):
        (self.x, self.at_x), self.y = centred(lr_area), np.asarray(lr_annealed)

    def coordinates(self, law):
        return np.stack([law.A * np.exp(-law.alpha * self.at_x), law.E, law.C, law.alpha])

    def predict(self, t):
        self.size = np.exp(-t[3] * self.x)
        return t[0] * self.size + t[1] - t[2] * self.y

    def slopes(self, t):
        out = np.empty((4, len(self.x)))
        out[0], out[1] = self.size, 1.0
        np.negative(self.y, out=out[2])
        np.multiply(self.x, (-t[0]) * self.size, out=out[3])
        return out


class Saturating(Chinchilla):
    """E + A (1 + D/D_c)**-beta; t = (A, E, k, beta), A at the centre and k = ln(centre / D_c)."""

    inputs = ("tokens",)

    def __init__(self, tokens):
        self.y, self.at_y = centred(tokens)

    def coordinates(self, law):
        k = self.at_y - np.log(law.D_c)
        return np.stack([law.A * np.exp(-law.beta * np.logaddexp(0, k)), law.E, k, law.beta])

    def predict(self, t):
        self.bend = np.logaddexp(0, self.y + t[2]) - np.logaddexp(0, t[2])
        self.data = np.exp(-t[3] * self.bend)
        return t[0] * self.data + t[1]

    def slopes(self, t):
        out = np.empty((4, len(self.y)))
        out[0], out[1] = self.data, 1.0
        turn = 1 / (1 + np.exp(-self.y - t[2])) - 1 / (1 + np.exp(-t[2]))
        np.multiply(self.data, -t[0] * t[3] * turn, out=out[2])
        np.multiply(self.data, -t[0] * self.bend, out=out[3])
        return out
