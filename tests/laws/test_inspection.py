"""Laws that are wrong, each refused by the name of what is wrong; and laws that are not."""

import gc
import importlib.util
import inspect
import math
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replication.errors import ArgumentError
from replication.laws import (
    NAMED,
    Chinchilla,
    ErrorRate,
    Law,
    PowerLaw,
    PowerSum,
    Term,
    coefficient,
    exponent,
    scale,
    slope,
)
from replication.laws.behaviour import check_behaviour
from replication.laws.inspection import check_declaration, check_response, inspect_law

TESTS = Path(__file__).parents[1]
TOKENS = np.geomspace(1e8, 1e12, 60)
PARAMS = np.geomspace(1e7, 1e10, 60)[::-1].copy()


@dataclass(frozen=True)
class Good(Law):
    """A power law with a floor, all formulas given; the wrong laws differ from it in one thing."""

    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    inputs = ("tokens",)

    def loss(self, tokens):
        return self.E + self.A * tokens**-self.alpha

    def gradient(self, tokens):
        u = tokens**-self.alpha
        return {"E": np.ones_like(u), "A": u, "alpha": -self.A * u * np.log(tokens)}

    def curvature(self, tokens):
        u, log = tokens**-self.alpha, np.log(tokens)
        return {("A", "alpha"): -u * log, ("alpha", "alpha"): self.A * u * log**2}


def changed(**members: Any) -> type[Law]:
    """A law as `Good`, with some members of its own; without formulas if the prediction is new."""
    if "loss" in members:
        members = {"gradient": Law.gradient, "curvature": Law.curvature} | members
    annotations = members.pop("__annotations__", {})
    body = {"__annotations__": annotations, "__module__": __name__}
    return dataclass(frozen=True)(type("Wrong", (Good,), body | members))


def without(name: str) -> Callable[..., dict[str, Any]]:
    return lambda self, t: {k: v for k, v in Good.gradient(self, t).items() if k != name}


def with_entry(name: str, value: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    return lambda self, t: Good.gradient(self, t) | {name: value(self, t)}


class Forgotten(Law):
    E: float = coefficient()
    inputs = ("tokens",)

    def loss(self, tokens):
        return self.E + 0 * tokens


class ForgottenToo(Good):
    B: float = coefficient()


@dataclass(frozen=True)
class Empty(Law):
    inputs = ("tokens",)

    def loss(self, tokens):
        return tokens


@dataclass(frozen=True)
class Undeclared(Good):
    B: float = 1.0


@dataclass(frozen=True)
class Silent(Law):
    E: float = coefficient()
    inputs = ("tokens",)
    response = "score"


@dataclass(frozen=True)
class NoInputs(Law):
    E: float = coefficient()

    def loss(self):
        return self.E


@dataclass(frozen=True)
class Hides(Good):
    parts: float = coefficient()


@dataclass(frozen=True)
class Twice(Good):
    tokens: float = coefficient()


@dataclass(frozen=True)
class Elsewhere(Good):
    B: float = scale(of="param")


@dataclass(frozen=True)
class BadSeed(Good):
    B: float = scale(1.0, -1.0)


DECLARED: dict[str, tuple[type[Law], str]] = {
    "decorator forgotten": (Forgotten, r"Forgotten is not a dataclass .*@dataclass\(frozen=True\)"),
    "decorator forgotten on a subclass": (ForgottenToo, "ForgottenToo is not a dataclass of its"),
    "no fields": (Empty, "Empty has no fields"),
    "field without a declaration": (Undeclared, r"Field B of Undeclared .*coefficient\(\)"),
    "no inputs": (NoInputs, "NoInputs does not say which columns it reads"),
    "inputs a text": (changed(inputs="tokens"), r"text 'tokens'.*\('tokens',\) with a comma"),
    "an input twice": (changed(inputs=("tokens", "tokens")), "each once"),
    "an input that is no name": (changed(inputs=("tokens", 3)), "names of columns are expected"),
    "no method": (Silent, r"Silent predicts score but has no method .*def score\(self, tokens\)"),
    "other arguments": (
        changed(inputs=("tokens", "steps")),
        r"loss\(\) does not take its 2 inputs",
    ),
    "unknown link": (changed(link="logit"), "link of Wrong is 'logit'; 'log' or 'identity'"),
    "predicts what it reads": (
        changed(inputs=("loss",)),
        "Wrong reads loss and predicts it",
    ),
    "hides a method": (Hides, "Field parts of Hides hides Law.parts"),
    "field and input": (Twice, "tokens is both a field and an input of Twice"),
    "scale of no input": (Elsewhere, r"Elsewhere\.B is a scale of 'param'.*\(tokens\)"),
    "seed of the wrong sign": (BadSeed, "BadSeed.B has the seed -1.0; positive"),
    "derived that is not there": (changed(derived=("a",)), "derived of Wrong names 'a'"),
    "empty range": (
        changed(response_range=(1.0, 0.0)),
        r"response_range of Wrong is \(1\.0, 0\.0\)",
    ),
}


@pytest.mark.parametrize("fault", DECLARED)
def test_a_declaration_that_is_wrong_is_named(fault: str) -> None:
    law, told = DECLARED[fault]
    with pytest.raises(ArgumentError, match=told):
        check_declaration(law)
    with pytest.raises(ArgumentError, match=told):
        inspect_law(law, (TOKENS,))


def terms(*given: Term, **fields: Any) -> type[PowerSum]:
    """A sum of powers with fields E, A and alpha, some declared otherwise."""
    declared = {"E": coefficient(), "A": coefficient(), "alpha": exponent()} | fields
    body = {"__annotations__": dict.fromkeys(declared, float), "inputs": ("tokens",)}
    made = type("Sum", (PowerSum,), body | declared | {"terms": given, "__module__": __name__})
    law: type[PowerSum] = dataclass(frozen=True)(made)
    return law


POWER, FLOOR = Term("A", (("tokens", "alpha", -1.0),)), Term("E")
SUMS: dict[str, tuple[type[Law], str]] = {
    "no terms": (terms(), "Sum has no terms"),
    "coefficient that is no field": (terms(Term("B"), POWER, FLOOR), "has the coefficient 'B'"),
    "coefficient of another kind": (
        terms(POWER, FLOOR, A=slope()),
        r"coefficient 'A': a field declared coefficient\(\)",
    ),
    "power of no input": (
        terms(Term("A", (("params", "alpha", -1.0),)), FLOOR),
        "reads 'params', which is not among its inputs",
    ),
    "exponent of another kind": (
        terms(POWER, FLOOR, alpha=scale()),
        r"exponent 'alpha': a field declared exponent\(\)",
    ),
    "idle field": (terms(POWER, FLOOR, B=coefficient()), "Field B of Sum stands in no term"),
}


@pytest.mark.parametrize("fault", SUMS)
def test_a_sum_of_powers_that_is_wrong_is_named(fault: str) -> None:
    law, told = SUMS[fault]
    with pytest.raises(ArgumentError, match=told):
        check_declaration(law)


def test_a_sum_of_powers_that_is_right_passes() -> None:
    inspect_law(terms(POWER, FLOOR), (TOKENS,))


def in_place(self: Any, tokens: Any) -> Any:
    tokens /= 1e9
    return self.E + self.A * tokens**-self.alpha


def dice(self: Any, tokens: Any) -> Any:
    return Good.loss(self, tokens) + np.random.default_rng().normal()


def if_else(self: Any, tokens: Any) -> Any:
    return Good.loss(self, tokens) if self.alpha > 0 else self.E + 0 * tokens


def entangled(self: Any, tokens: Any) -> Any:
    value = Good.loss(self, tokens)
    return value - np.mean(self.E) + self.E


@dataclass(frozen=True)
class TimesPi(Chinchilla):
    """Extends a law of the package by a prediction that its formulas do not know."""

    def loss(self, params, tokens):
        return super().loss(params, tokens) * np.pi


BEHAVIOUR: dict[str, tuple[type[Law], str]] = {
    "return forgotten": (changed(loss=lambda self, t: None), "returns None as its prediction"),
    "one number for all points": (
        changed(loss=lambda self, t: self.E),
        "predicts one number for 7 points",
    ),
    "a sum over points": (
        changed(loss=lambda self, t: np.sum(self.E + self.A * t**-self.alpha)),
        "predicts one number",
    ),
    "a shape of its own": (
        changed(loss=lambda self, t: (self.E + self.A * t**-self.alpha)[:3]),
        r"predicts an array of shape \(3,\) for 7 points",
    ),
    "complex numbers": (
        changed(loss=lambda self, t: Good.loss(self, t) + 0j),
        "returns an array of complex128 as its prediction",
    ),
    "text": (changed(loss=lambda self, t: [f"{v}" for v in t]), "real numbers are expected"),
    "math instead of numpy": (
        changed(loss=lambda self, t: self.E + self.A * math.exp(-self.alpha * t)),
        r"prediction of Wrong fails with TypeError.*np\.exp for math\.exp",
    ),
    "if on a coefficient": (changed(loss=if_else), r"fails with ValueError.*np\.where for if"),
    "a name that does not exist": (
        changed(loss=lambda self, t: self.E + self.B * t),
        "fails with AttributeError: 'Wrong' object has no attribute 'B'",
    ),
    "inputs changed in place": (changed(loss=in_place), "fails with ValueError.*read-only.*inputs"),
    "another value each time": (changed(loss=dice), "for the same input"),
    "coefficients mixed": (changed(loss=entangled), "other values for several sets"),
    "points and coefficients crossed": (
        changed(loss=lambda self, t: self.E + (self.A * t**-self.alpha).T.ravel()[: len(t)]),
        r"shape|other values",
    ),
    "coefficient that is an exponent": (
        changed(loss=lambda self, t: self.E + t**-self.A + self.alpha * 1e-3),
        r"Wrong is not linear in A, which is declared coefficient\(\): declare it scale\(\)",
    ),
    "coefficient squared": (
        changed(loss=lambda self, t: self.E**2 + self.A * t**-self.alpha),
        r"not linear in E, which is declared coefficient\(\)",
    ),
    "slope that is no slope": (
        changed(
            __annotations__={"k": float},
            k=slope(),
            loss=lambda self, t: self.E + self.A * t**-self.alpha + np.sin(self.k * t / 1e12),
        ),
        r"not linear in k, which is declared slope\(\): declare it exponent\(\)",
    ),
    "product of coefficients": (
        changed(loss=lambda self, t: self.E * (1 + self.A * t**-self.alpha)),
        r"linear in E and in A, but not in both together: declare A scale\(\)",
    ),
    "gradient of another law": (
        changed(gradient=with_entry("alpha", lambda self, t: self.A * t**-self.alpha * np.log(t))),
        r"gradient\(\) gives [\d.]+ for alpha where .* give -[\d.]+\. .*leave gradient\(\) out",
    ),
    "gradient in another logarithm": (
        changed(
            gradient=with_entry("alpha", lambda self, t: -self.A * t**-self.alpha * np.log10(t))
        ),
        r"gradient\(\) gives -[\d.]+ for alpha",
    ),
    "gradient in the logarithm of a field": (
        changed(gradient=with_entry("A", lambda self, t: self.A * t**-self.alpha)),
        r"gradient\(\) gives .* for A",
    ),
    "gradient a per mille off": (
        changed(gradient=with_entry("A", lambda self, t: 1.001 * t**-self.alpha)),
        r"gradient\(\) gives .* for A",
    ),
    "gradient that is not a number": (
        changed(gradient=with_entry("E", lambda self, t: 0 * t / 0)),
        r"gradient\(\) gives nan for E",
    ),
    "entry missing": (changed(gradient=without("A")), r"gradient\(\) has no entry for A"),
    "entry too many": (
        changed(gradient=with_entry("B", lambda self, t: t)),
        r"gradient\(\) has an entry for B, which is no field",
    ),
    "gradient no dictionary": (
        changed(gradient=lambda self, t: list(Good.gradient(self, t).values())),
        r"gradient\(\) returns a value of type list; a dictionary",
    ),
    "gradient of another shape": (
        changed(gradient=with_entry("A", lambda self, t: (t**-self.alpha)[..., :2])),
        r"gradient\(\)\['A'\] has the shape \(4, 2\)",
    ),
    "gradient that fails": (
        changed(gradient=with_entry("A", lambda self, t: math.exp(t))),
        "gradient of Wrong fails with TypeError",
    ),
    "gradient without a value": (
        changed(gradient=with_entry("A", lambda self, t: None)),
        r"returns None as its Wrong\.gradient\(\)\['A'\]|returns None",
    ),
    "curvature of another sign": (
        changed(
            curvature=lambda self, t: (
                Good.curvature(self, t) | {("A", "alpha"): t**-self.alpha * np.log(t)}
            )
        ),
        r"curvature\(\) gives [\d.e-]+ for \(A, alpha\) where .*leave curvature\(\) out",
    ),
    "curvature not complete": (
        changed(
            curvature=lambda self, t: {("A", "alpha"): Good.curvature(self, t)["A", "alpha"]},
        ),
        r"curvature\(\) has no entry for \(alpha, alpha\)",
    ),
    "curvature in both orders": (
        changed(
            curvature=lambda self, t: (
                Good.curvature(self, t) | {("alpha", "A"): -np.log(t) * t**-self.alpha}
            )
        ),
        "each in one order",
    ),
    "curvature of no field": (
        changed(curvature=lambda self, t: Good.curvature(self, t) | {("A", "B"): t}),
        r"entry for \('A', 'B'\)",
    ),
    "curvature no dictionary": (
        changed(curvature=lambda self, t: np.ones((3, 3))),
        r"curvature\(\) returns an array of float64; a dictionary",
    ),
}


@pytest.mark.parametrize("fault", BEHAVIOUR)
def test_a_law_that_does_wrong_is_refused_by_name(fault: str) -> None:
    law, told = BEHAVIOUR[fault]
    for _ in range(2):  # what was refused is looked at again
        with pytest.raises(ArgumentError, match=told) as caught:
            inspect_law(law, (TOKENS,))
        assert len(str(caught.value)) < 330


def test_a_subclass_with_a_prediction_of_its_own_is_refused() -> None:
    with pytest.raises(ArgumentError, match="TimesPi predicts something else than the law that it"):
        inspect_law(TimesPi, (PARAMS, TOKENS))


def test_python_itself_refuses_a_law_that_is_not_frozen() -> None:
    with pytest.raises(TypeError, match="frozen"):
        dataclass(type("Thawed", (Law,), {"__annotations__": {"E": float}, "E": coefficient()}))


# What is right --------------------------------------------------------------------------------

INPUTS = {
    "params": (1e7, 1e11),
    "params_no_embedding": (1e6, 1e11),
    "tokens": (1e8, 1e12),
    "flops": (1e18, 1e24),
    "steps": (1e3, 1e6),
    "min_steps": (1e3, 1e6),
    "batch": (1e4, 1e7),
    "loss": (1.5, 6.0),
    "aspect_ratio": (5.0, 300.0),
    "x": (0.1, 4.0),
}
# Fewer bits than one are refused.
ONE_OR_MORE = {"bits", "weight_bits", "activation_bits", "kv_bits"}
RANGES: dict[str, Callable[[str], tuple[float, float]]] = {
    "usual": lambda name: INPUTS.get(name, (1.0, 1e3)),
    "about one": lambda name: (1.01, 3.0),
    "huge": lambda name: (1e25, 1e30),
    "tiny": lambda name: (1.0, 1.5) if name in ONE_OR_MORE else (1e-9, 1e-3),
    "one point": lambda name: (INPUTS.get(name, (3.0, 1.0))[0],) * 2,
}


def columns_of(law: type[Law], kind: str, n: int = 23) -> tuple[Any, ...]:
    """Inputs that do not all rise together."""
    rng = np.random.default_rng(1)
    return tuple(rng.permutation(np.geomspace(*RANGES[kind](name), n)) for name in law.inputs)


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize("name", NAMED)
def test_no_law_of_the_package_is_refused(name: str, kind: str) -> None:
    check_declaration(NAMED[name])
    assert check_behaviour(NAMED[name], columns_of(NAMED[name], kind))


@pytest.mark.parametrize("n", range(1, 9))
def test_any_number_of_points_will_do(n: int) -> None:
    assert check_behaviour(Good, columns_of(Good, "usual", n))


@pytest.mark.parametrize("law", [PowerLaw.of("params", "flops"), Good, changed(loss=Good.loss)])
def test_laws_in_other_columns_and_subclasses_pass(law: type[Law]) -> None:
    check_declaration(law)
    assert check_behaviour(law, columns_of(law, "usual"))


def laws_of_the_tests() -> list[type[Law]]:
    """Every law that a test file defines at its top level."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name == Path(__file__).name or "(Law)" not in path.read_text():
            continue
        name = f"inspected_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [
            value
            for value in vars(module).values()
            if inspect.isclass(value) and issubclass(value, Law) and value.__module__ == name
        ]
    return found


@pytest.mark.parametrize(
    "law", laws_of_the_tests(), ids=lambda law: f"{law.__module__}-{law.__name__}"
)
def test_no_law_of_the_tests_is_refused(law: type[Law]) -> None:
    check_declaration(law)
    assert check_behaviour(law, columns_of(law, "usual"))


@dataclass(frozen=True)
class Line(Law):
    c0: float = slope()
    c1: float = slope()
    inputs = ("tokens",)
    response = "score"
    link = "identity"

    def score(self, t):
        return self.c0 + self.c1 * t

    def gradient(self, t):
        return {"c0": np.ones_like(t), "c1": t}

    def curvature(self, t):
        return {}


@dataclass(frozen=True)
class Decay(Law):
    E: float = coefficient()
    A: float = coefficient()
    r: float = scale(1e-12, 1e-11, 1e-10, 1e-9)
    inputs = ("tokens",)

    def loss(self, t):
        return self.E + self.A * np.exp(-self.r * t)

    def gradient(self, t):
        u = np.exp(-self.r * t)
        return {"E": np.ones_like(u), "A": u, "r": -self.A * t * u}


@dataclass(frozen=True)
class Saturating(Law):
    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    R: float = scale(1.0, 10.0, 100.0)
    inputs = ("tokens", "epochs")

    def loss(self, D, e):
        return self.E + self.A * (D * (1 - self.R * np.expm1(-e / self.R))) ** -self.alpha


@dataclass(frozen=True)
class WithTrend(Law):
    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    k: float = slope()
    inputs = ("tokens",)
    link = "identity"

    def loss(self, t):
        return self.E + self.A * t**-self.alpha + self.k * t

    def gradient(self, t):
        u = t**-self.alpha
        return {"E": np.ones_like(u), "A": u, "alpha": -self.A * u * np.log(t), "k": t + 0 * u}


@pytest.mark.parametrize("top", [1e3, 1e9, 1e13, 1e26])
@pytest.mark.parametrize("law", [Line, Decay, Saturating, WithTrend])
def test_coefficients_of_any_size_pass(law: type[Law], top: float) -> None:
    columns = [np.geomspace(1e-4 * top, top, 30)] + [np.linspace(0.5, 4, 30)] * (
        len(law.inputs) - 1
    )
    check_declaration(law)
    assert check_behaviour(law, columns)


def test_starts_are_looked_at_where_no_seed_will_do() -> None:
    @dataclass(frozen=True)
    class Narrow(Law):
        """Finite near its true coefficients only."""

        E: float = coefficient()
        r: float = scale(1e9)
        inputs = ("tokens",)

        def loss(self, t):
            return self.E + np.where(self.r < 1, np.exp(-self.r * t / 1e12), np.nan)

        def gradient(self, t):
            return {"E": np.ones_like(self.loss(t)), "r": t * self.loss(t)}

    assert not check_behaviour(Narrow, (TOKENS,))
    inspect_law(Narrow, (TOKENS,))
    with pytest.raises(ArgumentError, match=r"gradient\(\) gives .* for r"):
        inspect_law(Narrow, (TOKENS,), starts=[Narrow(E=2.0, r=0.3)])


def test_a_law_that_passed_is_not_looked_at_again_and_not_kept_alive() -> None:
    calls: list[int] = []

    def counted(self: Any, t: Any) -> Any:
        calls.append(1)
        return self.E + self.A * t**-self.alpha

    law = changed(loss=counted)
    inspect_law(law, (TOKENS,))
    first = len(calls)
    inspect_law(law, (TOKENS,))
    assert len(calls) == first > 0
    gone = weakref.ref(law)
    del law
    gc.collect()
    assert gone() is None


def test_data_are_left_as_they_are() -> None:
    column = TOKENS.copy()
    inspect_law(changed(loss=Good.loss), (column,))
    np.testing.assert_array_equal(column, TOKENS)
    assert column.flags.writeable


@pytest.mark.parametrize("bad", [1.5, 46.8, -0.1])
def test_a_share_is_not_a_percentage(bad: float) -> None:
    with pytest.raises(
        ArgumentError, match=rf"error between 0 and 1, got {bad:g}\. Divide per cent"
    ):
        check_response(ErrorRate, np.array([0.4, bad]))
    check_response(ErrorRate, np.array([0.0, 0.4, 1.0]))
    check_response(Chinchilla, np.array([-3.0, 1e300]))
