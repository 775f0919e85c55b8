"""Laws at known values, their names, and the inputs they refuse."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import FrozenInstanceError, dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.laws import (
    NAMED,
    Chinchilla,
    FieldKind,
    Law,
    NonEmbeddingChinchilla,
    Optimum,
    PowerLaw,
    PowerLawOffset,
    PowerSum,
    Term,
    by_name,
    coefficient,
    exponent,
    scale,
    slope,
)

LAW = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
NOT_COUNTS: dict[str, Any] = {
    "-1": -1.0,
    "0": 0.0,
    "nan": float("nan"),
    "inf": float("inf"),
    "'many'": "many",
}


def test_the_printed_law_of_hoffmann2022_gives_its_worked_value() -> None:
    expected = 1.69 + 406.4 / 70e9**0.34 + 410.7 / 1.4e12**0.28
    assert LAW.loss(params=70e9, tokens=1.4e12) == pytest.approx(expected, rel=1e-14)


def test_optimum_of_a_symmetric_law_is_an_equal_split() -> None:
    best = Chinchilla(A=1e3, B=1e3, E=1.0, alpha=0.5, beta=0.5).optimal(flops=6e20)
    assert best.params == pytest.approx(1e10, rel=1e-13)
    assert best.tokens_per_param == pytest.approx(1.0, rel=1e-13)


def test_prefactor_is_the_formula_of_the_paper() -> None:
    expected = (0.34 * 406.4 / (0.28 * 410.7)) ** (1 / 0.62)
    assert pytest.approx(expected, rel=1e-13) == LAW.G
    assert LAW.optimal(flops=6.0).params == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("kind", [np.int64, np.int32, int])
def test_whole_counts_do_not_overflow(kind: Any) -> None:
    n, d = kind(2_000_000_000), kind(2_000_000_000)
    assert LAW.loss(n, d) == LAW.loss(2e9, 2e9)
    counts = np.array([10**12, 7 * 10**10])
    best = LAW.optimal(flops=counts * 10**6)
    assert (6 * best.params * best.tokens == pytest.approx(counts * 1e6)) and best.params.min() > 0
    table = pd.DataFrame({"params": counts, "tokens": counts * 100})
    np.testing.assert_array_equal(
        LAW.loss(table.params, table.tokens), LAW.loss(counts * 1.0, counts * 100.0)
    )


def test_training_flops_of_whole_counts_do_not_overflow() -> None:
    n = np.array([10**9, 10**10, 10**11, 5 * 10**11], dtype=np.int64)
    d = np.array([10**12, 4 * 10**12, 10**13, 2 * 10**13], dtype=np.int64)
    rng = np.random.default_rng(0)
    pairs = [(a, b) for a in n for b in d]
    table = pd.DataFrame(pairs, columns=["params", "tokens"])
    noise = np.exp(0.01 * rng.standard_normal(len(table)))
    fit = rp.fit(Chinchilla, table.assign(loss=LAW.loss(table.params, table.tokens) * noise))
    top = 6.0 * 5e11 * 2e13
    beyond = fit.bootstrap(20, seed=0).optimal(flops=[10 * top]).beyond_data
    np.testing.assert_allclose(beyond, 10.0)


@pytest.mark.parametrize("named", NOT_COUNTS)
@pytest.mark.parametrize("argument", ["params", "tokens"])
def test_what_is_not_a_count_is_refused_by_name(named: str, argument: str) -> None:
    counts = {"params": 1e9, "tokens": 1e10} | {argument: NOT_COUNTS[named]}
    with pytest.raises(ArgumentError, match=rf"{argument} must be .*{named}"):
        LAW.loss(**counts)


@pytest.mark.parametrize("named", NOT_COUNTS)
def test_what_is_not_a_budget_is_refused_by_name(named: str) -> None:
    for law in (LAW, PlainChinchilla(LAW.A, LAW.B, LAW.E, LAW.alpha, LAW.beta)):
        with pytest.raises(ArgumentError, match=rf"flops must be .*{named}"):
            law.optimal(flops=NOT_COUNTS[named])


def test_one_bad_count_among_many_is_the_one_that_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"got -3\. Counts are plain SI numbers"):
        LAW.loss([1e9, -3.0, 1e9], 1e10)


@pytest.mark.parametrize("text", ["70e9", "7"])
def test_a_number_in_quotes_is_text(text: str) -> None:
    with pytest.raises(ArgumentError, match="params must be numbers"):
        LAW.loss(text, 1e12)


@dataclass(frozen=True)
class PlainChinchilla(Law):
    """The same law without the closed form."""

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()

    inputs = ("tokens", "params")

    def loss(self, tokens: Any, params: Any) -> Any:
        return self.E + self.A * params**-self.alpha + self.B * tokens**-self.beta


def test_numeric_optimum_minds_the_order_of_inputs() -> None:
    swapped = PlainChinchilla(LAW.A, LAW.B, LAW.E, LAW.alpha, LAW.beta)
    closed, numeric = LAW.optimal(flops=1e23), swapped.optimal(flops=1e23)
    assert numeric.params == pytest.approx(closed.params, rel=1e-5)


@pytest.mark.parametrize("budgets", [[1e20], [1e18, 1e22], np.geomspace(1e16, 1e28, 7)])
def test_numeric_optimum_takes_many_budgets(budgets: Any) -> None:
    closed, numeric = LAW.optimal(flops=budgets), Law.optimal(LAW, flops=budgets)
    np.testing.assert_allclose(numeric.params, closed.params, rtol=1e-5)
    np.testing.assert_allclose(numeric.loss, closed.loss, rtol=1e-12)
    np.testing.assert_array_equal(numeric.flops, budgets)


def test_numeric_optimum_takes_many_laws() -> None:
    theta = LAW.to_vector() + np.array([[0.0] * 5, [0.3, 0.0, 0.0, 0.05, -0.02]])
    both = Chinchilla.from_vector(theta[:, None, :])
    closed, numeric = both.optimal(flops=[1e19, 1e24]), Law.optimal(both, flops=[1e19, 1e24])
    assert np.shape(numeric.params) == (2, 2)
    np.testing.assert_allclose(numeric.params, closed.params, rtol=1e-5)


@pytest.mark.parametrize("signs", [(1, -1), (-1, 1)])
def test_a_law_without_interior_minimum_says_so(signs: tuple[int, int]) -> None:
    law = Chinchilla(A=400.0, B=400.0, E=1.7, alpha=signs[0] * 0.34, beta=signs[1] * 0.28)
    with pytest.raises(rp.ReplicationError, match="no interior minimum"):
        Law.optimal(law, flops=1e21)
    with pytest.raises(rp.ReplicationError, match="no interior minimum"):
        law.optimal(flops=1e21)


def test_an_optimum_needs_a_loss_in_params_and_tokens() -> None:
    with pytest.raises(rp.ReplicationError, match=r"PowerLaw predicts loss from flops; .*params"):
        PowerLaw(A=1.0, alpha=0.1).optimal(flops=1e20)


def test_power_laws_read_the_column_they_are_told() -> None:
    law = PowerLaw.of("flops", "params")
    assert (law.inputs, law.response) == (("flops",), "params")
    assert law(A=0.1, alpha=-0.5).predict(1e20) == pytest.approx(1e9)
    assert law is PowerLaw.of("flops", "params")
    assert law is not PowerLaw.of("flops")
    assert issubclass(law, PowerLaw)
    assert PowerLaw.inputs == ("flops",)


def test_power_law_with_offset_ends_at_its_offset() -> None:
    law = PowerLawOffset.of("tokens")(A=100.0, E=1.5, alpha=0.5)
    assert law.loss(1e30) == pytest.approx(1.5, rel=1e-12)
    assert law.loss([1e4, 1e8]).tolist() == [2.5, 1.51]


@pytest.mark.parametrize("column", ["", "two words", "6N"])
def test_a_column_must_be_a_name(column: str) -> None:
    with pytest.raises(ArgumentError, match="is not a column name; use one such as 'params'"):
        PowerLaw.of(column)


def test_laws_are_found_by_name() -> None:
    assert by_name("PowerLawOffset") is PowerLawOffset
    with pytest.raises(UnknownNameError, match=r"Unknown law 'Chincilla'\. Did you mean 'Chinch"):
        by_name("Chincilla")


def test_laws_are_frozen_and_compare_by_value() -> None:
    with pytest.raises(FrozenInstanceError):
        LAW.A = 1.0  # type: ignore[misc]
    assert Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28) == LAW
    assert repr(LAW) == "Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)"


def test_single_numbers_come_back_as_floats() -> None:
    assert type(LAW.loss(1e9, 1e10)) is float
    best = LAW.optimal(flops=1e20)
    assert [type(v) for v in (best.flops, best.params, best.tokens, best.loss)] == [float] * 4
    assert type(Law.optimal(LAW, flops=1e20).params) is float
    assert isinstance(best, Optimum)


@pytest.mark.parametrize("name", ["A", "B", "E"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_scale_that_is_not_positive_has_no_coordinate(name: str, value: float) -> None:
    law = Chinchilla(**{**LAW.to_dict(), name: value})
    with pytest.raises(ArgumentError, match=rf"Chinchilla\.{name} is {value}; it must be positive"):
        law.to_vector()


def test_a_sum_of_powers_multiplies_inputs_and_shares_exponents() -> None:
    @dataclass(frozen=True)
    class Shared(PowerSum):
        c: float = coefficient()
        k: float = coefficient()
        eta: float = exponent()
        inputs = ("x", "y")
        terms = (Term("c", (("x", "eta", 2.0), ("y", "eta", -1.0))), Term("k"))

    law = Shared(c=3.0, k=0.5, eta=0.7)
    assert law.loss(2.0, 5.0) == pytest.approx(3 * 2**1.4 * 5**-0.7 + 0.5, rel=1e-14)
    slope = 3 * 2**1.4 * 5**-0.7 * (2 * np.log(2) - np.log(5))
    assert float(law.gradient(2.0, 5.0)["eta"]) == pytest.approx(slope, rel=1e-13)


def test_what_a_law_predicts_is_what_its_own_method_says() -> None:
    @dataclass(frozen=True)
    class Squared(Chinchilla):
        def loss(self, params: Any, tokens: Any) -> Any:
            return super().loss(params, tokens) ** 2

    law = Squared(**LAW.to_dict())
    assert law.predict(1e9, 1e10) == law.loss(1e9, 1e10)


IN_COLUMN = {
    "power law": PowerLaw.of("params")(A=100.0, alpha=0.5),
    "with offset": PowerLawOffset.of("tokens", "error")(A=100.0, E=1.5, alpha=0.5),
    "twice": PowerLaw.of("params").of("tokens")(A=100.0, alpha=0.5),
}


class Named(PowerLaw.of("params")):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("law", IN_COLUMN.values(), ids=IN_COLUMN)
def test_a_law_in_another_column_survives_pickling(law: Law) -> None:
    again = pickle.loads(pickle.dumps(law))
    assert again == law
    assert type(again) is type(law)
    assert pickle.loads(pickle.dumps(type(law))) is type(law)


def test_a_subclass_of_a_law_in_another_column_is_pickled_by_its_name() -> None:
    assert b"Named" in pickle.dumps(Named, 0)


def test_a_law_in_another_column_survives_another_process() -> None:
    law = IN_COLUMN["with offset"]
    # The new process has not made the class yet.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(law.predict, 1e4).result() == 2.5
        assert pool.submit(PowerLaw.of("flops", "params"), 1.0, 0.5).result() == PowerLaw.of(
            "flops", "params"
        )(A=1.0, alpha=0.5)


def test_a_fit_of_a_law_in_another_column_survives_pickling() -> None:
    x = np.geomspace(1e6, 1e9, 20)
    fit = rp.fit(PowerLaw.of("params"), {"params": x, "loss": 3 * x**-0.1})
    again = pickle.loads(pickle.dumps(fit))
    assert again.law == fit.law
    assert again.bootstrap(20).to_frame().equals(fit.bootstrap(20).to_frame())


def test_fields_say_how_they_are_searched() -> None:
    @dataclass(frozen=True)
    class Declared(Law):
        a: float = coefficient()
        b: float = scale(0.5, 2.0, of="params")
        c: float = scale()
        d: float = exponent()
        e: float = slope()

    kinds = Declared.kinds()
    assert {name: (kind.log, kind.linear, kind.signed) for name, kind in kinds.items()} == {
        "a": (True, True, False),
        "b": (True, False, False),
        "c": (True, False, False),
        "d": (False, False, True),
        "e": (False, True, True),
    }
    assert kinds["b"] == FieldKind(log=True, linear=False, seeds=(0.5, 2.0), of="params")
    assert kinds["c"].seeds == (0.01, 0.1, 1.0, 10.0, 100.0)
    assert Declared.names() == tuple(kinds) == ("a", "b", "c", "d", "e")


def test_a_field_that_is_not_declared_is_named() -> None:
    @dataclass(frozen=True)
    class Bare(Law):
        a: float = coefficient()
        b: float = 1.0

    with pytest.raises(ArgumentError, match=r"Field b of Bare .*b: float = coefficient\(\)"):
        Bare.kinds()


def test_of_two_valleys_the_lower_is_the_optimum() -> None:
    @dataclass(frozen=True)
    class Two(Law):
        """Two bowls over log N, e-folds apart, the second the deeper by `depth`."""

        gap: float = coefficient()
        depth: float = slope()
        inputs = ("params", "tokens")

        def loss(self, params, tokens):
            x = 0.5 * np.log(np.asarray(params) / tokens)
            return 3.0 + np.minimum((x - 1.0) ** 2, (x - 1.0 - self.gap) ** 2 - self.depth)

    budgets = [1e18, 1e22]
    for gap in (4.0, 20.0):
        for depth, share in ((0.1, 1.0 + gap), (-0.1, 1.0)):
            best = Two(gap=gap, depth=depth).optimal(flops=budgets)
            expected = np.exp(share) * np.sqrt(np.array(budgets) / 6)
            np.testing.assert_allclose(best.params, expected, rtol=1e-5)


def test_a_folding_frontier_is_searched_for_its_lower_optimum() -> None:
    law = NonEmbeddingChinchilla(A=1.0, B=1.0, E=1.0, alpha=0.04, beta=0.05, omega=5e4, p=1 / 3)
    with pytest.raises(rp.ReplicationError, match="folds"):
        law.optimal(flops=1e12)
    log_n = np.linspace(-40, 70, 200_001)
    for c in np.geomspace(1e6, 1e24, 13):
        losses = law._evaluate(np.exp(log_n), c / 6 / np.exp(log_n))
        assert Law.optimal(law, flops=c).loss <= losses.min() * (1 + 1e-15)


@pytest.mark.parametrize("name", NAMED)
def test_every_law_stands_under_its_name(name: str) -> None:
    assert by_name(name) is getattr(rp.laws, name) and by_name(name).__name__ == name
