"""Laws the package does not have, each written as a reader would and fitted without touching it.

Five shapes that the engine must take: a root of a sum, a sum of powers with shared exponents, an
error rate in the loss, a third input, and a law with the loss on both sides.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.fitting.kernels import GradientKernel
from replication.laws import Chinchilla, Law, PowerSum, Term, coefficient, exponent, scale

MOST_LINES = 40
N = np.geomspace(1e6, 3e9, 12)
GRID = pd.DataFrame(
    [(n, d) for n in N for d in np.geomspace(2e7, 2e10, 10)], columns=["params", "tokens"]
)


@dataclass(frozen=True)
class KaplanJoint(Law):
    """L(N, D) = [(Nc/N)^(aN/aD) + Dc/D]^aD (kaplan2020, Eq. 1.5)."""

    Nc: float = scale(of="params")
    Dc: float = scale(of="tokens")
    aN: float = exponent()
    aD: float = exponent()

    inputs = ("params", "tokens")

    def loss(self, params, tokens):
        return ((self.Nc / params) ** (self.aN / self.aD) + self.Dc / tokens) ** self.aD

    def gradient(self, params, tokens):
        ratio = self.aN / self.aD
        left, right = (self.Nc / params) ** ratio, self.Dc / tokens
        total = left + right
        slope = self.aD * total ** (self.aD - 1)
        log = np.log(self.Nc / params)
        return {
            "Nc": slope * left * ratio / self.Nc,
            "Dc": slope * right / self.Dc,
            "aN": slope * left * log / self.aD,
            "aD": total**self.aD * np.log(total) - slope * left * log * ratio / self.aD,
        }


@dataclass(frozen=True)
class OverTraining(PowerSum):
    """L(C, M) = E + (a M^eta + b M^-eta) C^-eta (gadre2024)."""

    a: float = coefficient()
    b: float = coefficient()
    E: float = coefficient()
    eta: float = exponent()

    inputs = ("flops", "multiplier")
    terms = (
        Term("a", (("multiplier", "eta", 1.0), ("flops", "eta", -1.0))),
        Term("b", (("multiplier", "eta", -1.0), ("flops", "eta", -1.0))),
        Term("E"),
    )


@dataclass(frozen=True)
class ErrorRate(Law):
    """Err(L) = eps - k exp(-gamma L): downstream error in the loss (gadre2024)."""

    eps: float = coefficient()
    k: float = coefficient()
    gamma: float = exponent(0.3, 1.0, 3.0)

    inputs = ("loss",)
    response = "error"
    link = "identity"

    def error(self, loss):
        return self.eps - self.k * np.exp(-self.gamma * loss)

    def gradient(self, loss):
        decay = np.exp(-self.gamma * loss)
        return {"eps": np.ones_like(decay), "k": -decay, "gamma": self.k * loss * decay}


@dataclass(frozen=True)
class ShapeAware(Law):
    """L(N, D, R) = (E + A/N^alpha + B/D^beta) (1 + eps R^gamma), R the aspect ratio."""

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    eps: float = scale(1e-3, 1e-2, 1e-1)
    gamma: float = exponent(0.3, 1.0)

    inputs = ("params", "tokens", "aspect_ratio")

    def loss(self, params, tokens, aspect_ratio):
        size = self.E + self.A * params**-self.alpha + self.B * tokens**-self.beta
        return size * (1 + self.eps * aspect_ratio**self.gamma)

    def gradient(self, params, tokens, aspect_ratio):
        n, d = params**-self.alpha, tokens**-self.beta
        r = aspect_ratio**self.gamma
        shape, size = 1 + self.eps * r, self.E + self.A * n + self.B * d
        return {
            "A": n * shape,
            "B": d * shape,
            "E": shape,
            "alpha": -self.A * n * np.log(params) * shape,
            "beta": -self.B * d * np.log(tokens) * shape,
            "eps": size * r,
            "gamma": size * self.eps * r * np.log(aspect_ratio),
        }


@dataclass(frozen=True)
class CriticalBatch(Law):
    """L = (Nc/N)^aN + (Sc/S (1 + B0 L^-k / B))^aS: the loss on both sides (kaplan2020, Eq. 5.6)."""

    Nc: float = scale(of="params")
    Sc: float = scale(of="steps")
    B0: float = scale(0.1, 1.0, 10.0, of="batch")
    aN: float = exponent(0.05, 0.2, 0.6)
    aS: float = exponent(0.2, 0.6, 1.2)
    k: float = exponent(2.0, 5.0)

    inputs = ("params", "steps", "batch")

    def loss(self, params, steps, batch):
        loss = self._parts(params, steps, batch, 1.0)[0]
        for _ in range(15):
            size, time, extra = self._parts(params, steps, batch, loss)
            slope = 1 + time * self.aS * self.k * extra / loss
            loss = np.maximum(loss - (loss - size - time) / slope, size)
        return loss

    def gradient(self, params, steps, batch):
        loss = self.loss(params, steps, batch)
        size, time, extra = self._parts(params, steps, batch, loss)
        slope = 1 + time * self.aS * self.k * extra / loss
        return {
            "Nc": self.aN * size / self.Nc / slope,
            "Sc": self.aS * time / self.Sc / slope,
            "B0": self.aS * time * extra / self.B0 / slope,
            "aN": size * np.log(self.Nc / params) / slope,
            "aS": time * np.log(time) / self.aS / slope,
            "k": -self.aS * time * extra * np.log(loss) / slope,
        }

    def _parts(self, params, steps, batch, loss):
        need = self.B0 * loss**-self.k / batch
        time = (self.Sc / steps * (1 + need)) ** self.aS
        return (self.Nc / params) ** self.aN, time, need / (1 + need)


def compute_and_ratio() -> pd.DataFrame:
    return pd.DataFrame(
        [(c, m) for c in np.geomspace(1e17, 1e21, 12) for m in np.geomspace(5, 640, 8)],
        columns=["flops", "multiplier"],
    )


def three_inputs(third: str, values: Any, second: str = "tokens") -> pd.DataFrame:
    rows = [(n, d, v) for n in N[::2] for d in np.geomspace(1e3, 3e5, 6) for v in values]
    table = pd.DataFrame(rows, columns=["params", second, third])
    if second == "tokens":
        table[second] *= 1e5
    return table


CASES: dict[str, tuple[Law, Callable[[], pd.DataFrame]]] = {
    "root of a sum": (
        KaplanJoint(Nc=6.4e13, Dc=1.8e13, aN=0.076, aD=0.103),
        lambda: GRID.copy(),
    ),
    "shared exponents": (
        OverTraining(a=60.0, b=2000.0, E=1.6, eta=0.22),
        compute_and_ratio,
    ),
    "error in the loss": (
        ErrorRate(eps=0.86, k=2.1, gamma=0.9),
        lambda: pd.DataFrame({"loss": np.linspace(2.0, 5.0, 60)}),
    ),
    "third input": (
        ShapeAware(A=300.0, B=900.0, E=1.7, alpha=0.33, beta=0.31, eps=0.02, gamma=0.5),
        lambda: three_inputs("aspect_ratio", [2.0, 10.0, 60.0, 300.0]),
    ),
    "loss on both sides": (
        CriticalBatch(Nc=6.5e13, Sc=2.1e3, B0=2.1e8, aN=0.077, aS=0.76, k=4.76),
        lambda: three_inputs("batch", [3e4, 3e5, 3e6], second="steps"),
    ),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[Law, pd.DataFrame]:
    law, table = CASES[request.param]
    data = table()
    return law, data.assign(**{law.response: law.predict(*(data[c] for c in law.inputs))})


def test_a_new_law_takes_fewer_than_forty_lines(case: Any) -> None:
    assert len(inspect.getsource(type(case[0])).splitlines()) < MOST_LINES


def test_gradient_is_the_slope_of_the_prediction(case: Any) -> None:
    law, data = case
    columns = [data[c].to_numpy() for c in law.inputs]
    partial = law.gradient(*columns)
    for name, value in law.to_dict().items():
        h = 1e-6 * value
        up = type(law)(**law.to_dict() | {name: value + h}).predict(*columns)
        down = type(law)(**law.to_dict() | {name: value - h}).predict(*columns)
        np.testing.assert_allclose(partial[name] * value, (up - down) / 2e-6, rtol=1e-5, atol=1e-8)


def test_noiseless_points_give_the_law_back(case: Any) -> None:
    law, data = case
    fit = rp.fit(type(law), data)
    for name, value in law.to_dict().items():
        assert getattr(fit.law, name) == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("noise", [0.002, 0.01])
def test_noisy_points_are_fitted_better_than_by_the_truth(case: Any, noise: float) -> None:
    law, data = case
    rng = np.random.default_rng(1)
    noisy = data.assign(
        **{law.response: data[law.response] * np.exp(noise * rng.standard_normal(len(data)))}
    )
    fit = rp.fit(type(law), noisy)
    truth = fit.compare(law).ratio.iloc[1]
    # So many free fields take up about as many points' worth of the noise, and no more.
    assert 1 <= truth < 1 + 4 * len(law.names()) / len(data)
    assert fit.status == "converged"


def test_noisy_points_agree_with_a_search_from_the_truth(case: Any) -> None:
    law, data = case
    rng = np.random.default_rng(2)
    noisy = data.assign(
        **{law.response: data[law.response] * np.exp(0.005 * rng.standard_normal(len(data)))}
    )
    blind, told = rp.fit(type(law), noisy), rp.fit(type(law), noisy, starts=[law])
    assert blind.value <= told.value * (1 + 1e-9)


def test_bootstrap_of_a_new_law_surrounds_its_estimate(case: Any) -> None:
    law, data = case
    rng = np.random.default_rng(3)
    noisy = data.assign(
        **{law.response: data[law.response] * np.exp(0.003 * rng.standard_normal(len(data)))}
    )
    table = rp.fit(type(law), noisy).bootstrap(80, seed=0).interval(0.99)
    assert (table.low <= table.estimate).all() and (table.estimate <= table.high).all()


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq", "lsq"])
def test_a_law_without_gradient_is_fitted_by_differences(objective: str) -> None:
    @dataclass(frozen=True)
    class NoGradient(Law):
        A: float = coefficient()
        B: float = coefficient()
        E: float = coefficient()
        alpha: float = exponent()
        beta: float = exponent()
        inputs = ("params", "tokens")

        def loss(self, params, tokens):
            return self.E + self.A * params**-self.alpha + self.B * tokens**-self.beta

    rng = np.random.default_rng(4)
    params, tokens = 10 ** rng.uniform(7.5, 10, 60), 10 ** rng.uniform(8.5, 11.5, 60)
    true = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)
    losses = true.loss(params, tokens) * np.exp(0.01 * rng.standard_normal(60))
    table = {"params": params, "tokens": tokens, "loss": losses}
    plain, given = (rp.fit(law, table, objective=objective) for law in (NoGradient, Chinchilla))
    assert plain.value == pytest.approx(given.value, rel=1e-8)
    for name, value in given.law.to_dict().items():
        assert getattr(plain.law, name) == pytest.approx(value, rel=1e-4)


def test_the_implicit_law_solves_its_own_equation() -> None:
    law, table = CASES["loss on both sides"]
    assert isinstance(law, CriticalBatch)
    data = table()
    loss = law.loss(*(data[c].to_numpy() for c in law.inputs))
    enough = 1 + law.B0 * loss**-law.k / data.batch
    right = (law.Nc / data.params) ** law.aN + (law.Sc / data.steps * enough) ** law.aS
    np.testing.assert_allclose(loss, right, rtol=1e-12)
    assert all(a > b for a, b in pairwise(law.loss(1e8, 1e4, np.geomspace(1e3, 1e7, 9))))


def test_curvature_point_by_point_is_that_of_the_sums(case: Any) -> None:
    law, data = case
    problem = rp.fit(type(law), data.sample(36, random_state=0), objective="lsq").problem
    theta = np.stack([law.to_vector(), law.to_vector() * 1.01])
    here = GradientKernel(type(law), problem.data, log=False).evaluate(theta)
    pull = np.random.default_rng(4).normal(size=here.residuals.shape)
    _, hessian = here.normal(pull, np.zeros_like(pull))
    each = np.einsum("sn,snpq->spq", pull, here.curvatures())
    np.testing.assert_allclose(-hessian, each, rtol=1e-6, atol=1e-6 * np.abs(each).max())
