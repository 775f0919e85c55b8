import dataclasses
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication import claims
from replication.claims import Answer, Claim, ClaimSet, judge
from replication.errors import ArgumentError, DataError, IntegrityError, UnknownNameError

KEY = "besiroglu2024"


def claim(printed: str = "0.50", rule: str = "digits", tolerance: float | None = None, **fields):
    values = {
        "paper": "toy2024", "id": "T1.a", "where": "Table 1", "quantity": "exponent", "unit": "1",
        "kind": "measured", "printed": printed, "tolerance": tolerance, "tolerance_kind": rule,
        "provenance": "paper", "expected": "reproduced",
    }  # fmt: skip
    return Claim(**(values | fields))


def verdict(printed: str, kind: str, ours: float | str, tolerance: float | None = None) -> str:
    return judge(claim(printed, kind, tolerance), Answer(ours)).verdict


@pytest.mark.parametrize(
    ("printed", "kind", "tolerance", "inside", "outside"),
    [
        ("0.3658", "abs", 0.002, [0.3638, 0.3658, 0.3678], [0.36379, 0.36781]),
        ("-0.5", "abs", 0.1, [-0.6, -0.4], [-0.61, 0.5]),
        ("200", "rel", 0.01, [198, 202], [197.9, 202.1]),
        ("-200", "rel", 0.01, [-198, -202], [-197, 200]),
        ("0.50", "digits", None, [0.495, 0.5049, 0.505], [0.494, 0.506, 0.55]),
        ("0.5", "digits", None, [0.45, 0.549], [0.44, 0.56]),
        ("70", "digits", None, [69.5, 70.4], [71, 74]),
        ("7e1", "digits", None, [65, 74.9], [76]),
        ("1.2e-16", "digits", None, [1.15e-16, 1.249e-16], [1.26e-16, 1.1e-16, 0.0]),
        ("2.7e-6", "factor", 2.0, [1.35e-6, 5.4e-6], [1.3e-6, 5.5e-6, -2.7e-6]),
        ("-3", "factor", 2.0, [-1.5, -6], [-7, 3]),
        ("-", "sign", None, [-1e-9, -5], [0.0, 2]),
        ("+", "sign", None, [3], [-3, 0.0]),
        ("-0.3", "sign", None, [-7], [7]),
        ("0", "sign", None, [0.0], [1e-9, -1]),
        ("4..40", "range", None, [4, 17, 40], [3.99, 40.01]),
        ("..1e-51", "range", None, [0.0, 1e-51, 1e-60], [1.1e-51]),
        ("600000..", "range", None, [600000, 1e9], [599999]),
        ("-2..-1", "range", None, [-1.5], [1.5]),
        ("4..4", "range", None, [4], [5]),
        ("0.2849083", "exact", None, [0.2849083], [0.2849084]),
        ("0", "exact", None, [0.0], [1e-12]),
        ("a > b > c", "order", None, ["a > b > c"], ["b > a > c", "a > b"]),
    ],
)
def test_each_tolerance_kind_tells_inside_from_outside(printed, kind, tolerance, inside, outside):
    for ours in inside:
        assert verdict(printed, kind, ours, tolerance) == "reproduced", ours
    for ours in outside:
        assert verdict(printed, kind, ours, tolerance) == "differs", ours


def test_every_tolerance_kind_is_tested_above():
    cases = test_each_tolerance_kind_tells_inside_from_outside.pytestmark[0].args[1]
    assert {case[1] for case in cases} == set(claims.TOLERANCE_KINDS)


finite = st.floats(min_value=-1e12, max_value=1e12)


@given(finite, st.integers(min_value=0, max_value=6))
def test_a_number_agrees_with_its_own_rounding(number, decimals):
    assert verdict(f"{number:.{decimals}f}", "digits", number) == "reproduced"
    assert verdict(f"{number:.{decimals}e}", "digits", number) == "reproduced"


@given(finite, st.integers(min_value=1, max_value=6), st.floats(min_value=0.51, max_value=50))
def test_a_number_further_off_than_half_a_digit_does_not(number, decimals, units):
    printed = f"{round(number % 1000, decimals):.{decimals}f}"
    ours = float(printed) + units * 10.0**-decimals
    assert verdict(printed, "digits", ours) == "differs"


@given(finite, finite, st.floats(min_value=0, max_value=1e6))
def test_abs_is_symmetric(printed, ours, tolerance):
    there = verdict(repr(printed), "abs", ours, tolerance)
    assert there == verdict(repr(ours), "abs", printed, tolerance)


@given(
    st.floats(min_value=1e-60, max_value=1e12),
    st.floats(min_value=0.1, max_value=10),
    st.floats(min_value=1, max_value=10),
)
def test_factor_is_symmetric_and_rel_ignores_the_unit(printed, ratio, factor):
    ours = printed * ratio
    there = verdict(repr(printed), "factor", ours, factor)
    back = verdict(repr(ours), "factor", printed, factor)
    if not math.isclose(max(ratio, 1 / ratio), factor, rel_tol=1e-6):
        assert there == back == ("reproduced" if 1 / factor < ratio < factor else "differs")
    tolerance = factor - 1
    if not math.isclose(abs(ratio - 1), tolerance, rel_tol=1e-6, abs_tol=1e-6):
        expected = "reproduced" if abs(ratio - 1) < tolerance else "differs"
        assert verdict(repr(printed), "rel", ours, tolerance) == expected
        assert verdict(repr(printed * 1e3), "rel", ours * 1e3, tolerance) == expected


def test_surprises_in_every_direction():
    plain = claim()
    differing = claim(expected="differs", note="a misprint")
    missing = claim(expected="untestable", note="no data")
    assert not judge(plain, 0.5).surprise
    assert judge(plain, 0.6).surprise
    assert not judge(differing, 0.6).surprise
    assert judge(differing, 0.5).surprise
    assert not judge(missing, None).surprise
    assert judge(missing, 0.5).surprise
    assert judge(plain, None).verdict == "untestable"
    assert judge(plain, None).surprise


def test_judgement_and_claim_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        judge(claim(), 0.5).verdict = "differs"
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim().printed = "1"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, np.float64("nan")])
@pytest.mark.parametrize("field", ["ours", "low", "high"])
def test_an_answer_is_finite(field, bad):
    with pytest.raises(ArgumentError, match=f"{field} of an answer is"):
        Answer(**({"ours": 1.0} | {field: bad}))


def test_an_answer_becomes_plain_floats():
    answer = Answer(np.float32(0.5), low=np.int64(0), high=np.array(1.0))
    assert [type(value) for value in (answer.ours, answer.low, answer.high)] == [float] * 3


def test_texts_answer_orderings_only():
    with pytest.raises(ArgumentError, match="judged by digits"):
        judge(claim(), Answer("a > b"))
    with pytest.raises(ArgumentError, match="judged by order"):
        judge(claim("a > b", "order"), 0.5)


def test_ranking_prints_as_claims_do():
    values = {"low": -1.0, "high": 3.0, "middle": 2.0}
    assert verdict("high > middle > low", "order", claims.ranking(values)) == "reproduced"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"paper": ""}, "paper is empty"),
        ({"id": ""}, "id is empty"),
        ({"where": ""}, "where is empty"),
        ({"quantity": ""}, "quantity is empty"),
        ({"unit": ""}, "unit is empty"),
        ({"printed": ""}, "printed is empty"),
        ({"kind": "guess"}, "kind is 'guess'; use one of measured, arithmetic, input"),
        ({"tolerance_kind": "near"}, "tolerance_kind is 'near'; use one of abs, rel"),
        ({"provenance": "hearsay"}, "provenance is 'hearsay'; use one of paper"),
        ({"expected": "error"}, "expected is 'error'; use one of reproduced"),
        ({"tolerance": 0.1}, "tolerance is 0.1, but digits takes none"),
        ({"tolerance_kind": "abs"}, "tolerance is None; abs needs a number from 0"),
        ({"tolerance_kind": "rel", "tolerance": -0.1}, "tolerance is -0.1; rel needs"),
        ({"tolerance_kind": "abs", "tolerance": math.nan}, "tolerance is nan; abs needs"),
        ({"tolerance_kind": "abs", "tolerance": math.inf}, "tolerance is inf; abs needs"),
        ({"tolerance_kind": "factor", "tolerance": 0.5}, "factor needs a number from 1"),
        ({"expected": "differs"}, "note is empty"),
        ({"expected": "untestable"}, "note is empty"),
        ({"variant": "another reading"}, "note is empty"),
        ({"printed": "~70"}, "printed is '~70', which digits cannot use"),
        ({"printed": "nan"}, "printed is 'nan'"),
        ({"printed": "0", "tolerance_kind": "rel", "tolerance": 0.1}, "which rel cannot use"),
        ({"printed": "0", "tolerance_kind": "factor", "tolerance": 2}, "which factor cannot use"),
        ({"printed": "4-40", "tolerance_kind": "range"}, "which range cannot use"),
        ({"printed": "..", "tolerance_kind": "range"}, "which range cannot use"),
        ({"printed": "40..4", "tolerance_kind": "range"}, "which range cannot use"),
        ({"printed": "x..4", "tolerance_kind": "range"}, "which range cannot use"),
        ({"printed": "a", "tolerance_kind": "order"}, "which order cannot use"),
        ({"printed": "a > ", "tolerance_kind": "order"}, "which order cannot use"),
        ({"printed": "up", "tolerance_kind": "sign"}, "which sign cannot use"),
    ],
)
def test_a_claim_that_cannot_be_used_is_refused(fields, message):
    with pytest.raises(DataError) as caught:
        claim(**fields)
    assert message in str(caught.value)
    assert "claims.csv" in str(caught.value)


def test_read_takes_every_cell_of_the_table(toy):
    row = {
        "id": "T1.a", "where": "Eq. 1", "quantity": "loss", "unit": "bits", "kind": "arithmetic",
        "family": "T1", "printed": "1.20", "tolerance": "0.1", "tolerance_kind": "abs",
        "provenance": "secondary", "expected": "differs", "variant": "per byte",
        "note": "The unit is not stated.",
    }  # fmt: skip
    (found,) = claims.read(toy([row]))
    assert dataclasses.asdict(found) == row | {"paper": "toy2024", "tolerance": 0.1}


def test_read_names_the_claim_that_is_wrong(toy):
    key = toy([{"id": "T1.a"}, {"id": "T1.b", "kind": "guess"}])
    with pytest.raises(DataError, match=r"Claim 'T1\.b' of toy2024: kind is 'guess'"):
        claims.read(key)


def test_read_refuses_an_identifier_used_twice(toy):
    key = toy([{"id": "T1.a"}, {"id": "T1.b"}, {"id": "T1.a"}])
    with pytest.raises(DataError, match=r"more than one row for T1\.a:"):
        claims.read(key)


def test_read_refuses_unknown_papers_and_altered_files(data):
    with pytest.raises(UnknownNameError, match="Did you mean 'besiroglu2024'"):
        claims.read("besiroglu2023")
    with pytest.raises(UnknownNameError, match="Unknown table of performance 'claims'"):
        claims.read("performance")
    path = data / KEY / "claims.csv"
    path.write_text(path.read_text().replace("482.01", "482.02"))
    with pytest.raises(IntegrityError):
        claims.read(KEY)


def test_claims_of_besiroglu2024_are_complete_and_keep_their_tolerances():
    found = {item.id: item for item in claims.read(KEY)}
    assert {name.split(".")[0] for name in found} == {f"B{number}" for number in range(1, 26)}
    kinds = Counter(item.kind for item in found.values())
    assert kinds == {"measured": 67, "arithmetic": 7, "input": 5, "check": 3}
    differing = {name for name, item in found.items() if item.expected == "differs"}
    assert differing == {
        "B2.B_huber", "B9.p_E_text", "B10.p_digest", "B13.p_rounded_digest", "B15.se018",
        "B17.ratio", "B19.ratio", "B19.ratio_outliers", "B20.low", "B23.ratio", "B24.a", "B25.a",
    }  # fmt: skip
    tolerances = {
        "B1.A": 0.001, "B2.B": 0.001, "B2.B_huber": 0.001, "B3.E": 1e-4, "B4.alpha": 1e-4,
        "B5.beta": 1e-4, "B6.a": 1e-4, "B7.A_se": 0.011, "B8.A_low": 0.011, "B9.p_A": None,
        "B10.chi2": 0.022, "B11.tex": None, "B12.tex": None, "B13.p_240": 0.02, "B14.bias": None,
        "B15.runs_nb": 0.022, "B16.width": None, "B17.ratio": 2, "B18.ratio": 3, "B20.high": 5,
    }  # fmt: skip
    assert {name: found[name].tolerance for name in tolerances} == tolerances


def toy_set(toy, *rows: dict[str, str]) -> ClaimSet:
    return ClaimSet(toy(list(rows)))


def test_one_function_answers_several_claims_and_runs_once(toy):
    found = toy_set(toy, {"id": "T1.a"}, {"id": "T1.b", "printed": "0.2"}, {"id": "T2.c"})
    calls = []

    @found.answers("T1")
    def both():
        """Both numbers of the table."""
        calls.append("both")
        return {"T1.b": 0.9, "T1.a": Answer(0.5, low=0.4, high=0.6)}

    @found.answers("T2.c")
    def single():
        return 0.5

    assert both() == {"T1.b": 0.9, "T1.a": Answer(0.5, low=0.4, high=0.6)}
    assert both.__doc__ == "Both numbers of the table."
    results = found.judge()
    assert [item.claim.id for item in results] == ["T1.a", "T1.b", "T2.c"]
    assert [item.verdict for item in results] == ["reproduced", "differs", "reproduced"]
    assert results[0].answer.low == 0.4
    assert calls == ["both"]


def test_a_prefix_ends_at_a_dot(toy):
    found = toy_set(toy, {"id": "T1.a"}, {"id": "T10.a"})
    found.answers("T1")(lambda: 0.5)
    found.answers("T10.a")(lambda: 0.5)
    assert [item.verdict for item in found.judge()] == ["reproduced"] * 2


def test_untestable_claims_need_no_function(toy):
    found = toy_set(
        toy, {"id": "T1.a"}, {"id": "T1.b", "expected": "untestable", "note": "No data."}
    )
    found.answers("T1")(lambda: 0.5)
    results = found.judge()
    assert [item.verdict for item in results] == ["reproduced", "untestable"]
    assert not any(item.surprise for item in results)


@pytest.mark.parametrize(
    ("bindings", "message"),
    [
        ([], r"'T1\.a' is not answered; 'T1\.b' is not answered"),
        (["T1.a"], r"'T1\.b' is not answered"),
        (["T1", "T1.a"], r"'T1\.a' is answered twice"),
        (["T1.a", "T1.a", "T1.b"], r"'T1\.a' is answered twice"),
        (["T1", "T3.z"], r"'T3\.z' is answered but is no testable claim"),
        (["T1", "T2.u"], r"'T2\.u' is answered but is no testable claim"),
    ],
)
def test_claims_and_functions_must_match(toy, bindings, message):
    found = toy_set(
        toy, {"id": "T1.a"}, {"id": "T1.b"}, {"id": "T2.u", "expected": "untestable", "note": "No."}
    )
    for name in bindings:
        found.answers(name)(lambda: 0.5)
    with pytest.raises(DataError, match=message) as caught:
        found.judge()
    assert "replication.papers.toy2024 and data" in str(caught.value)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (0.5, "returned one value"),
        ({"T1.a": 0.5}, r"returned T1\.a; return exactly"),
        ({"T1.a": 0.5, "T1.b": 0.5, "T1.c": 0.5}, "return exactly"),
        ({}, "returned nothing"),
    ],
)
def test_a_function_returns_exactly_its_claims(toy, returned, message):
    found = toy_set(toy, {"id": "T1.a"}, {"id": "T1.b"})
    found.answers("T1")(lambda: returned)
    for item in found.judge():
        assert item.verdict == "error"
        assert item.surprise
        with pytest.raises(ArgumentError, match=message):
            raise item.error


def test_a_failure_is_kept_with_its_claims_and_spares_the_others(toy):
    found = toy_set(toy, {"id": "T1.a"}, {"id": "T1.b"}, {"id": "T2.c"})
    calls = []

    @found.answers("T1.a", "T1.b")
    def broken():
        calls.append(1)
        raise ZeroDivisionError("no points left")

    found.answers("T2.c")(lambda: 0.5)
    results = found.judge()
    assert [item.verdict for item in results] == ["error", "error", "reproduced"]
    assert [str(item.error) for item in results] == ["no points left"] * 2 + ["None"]
    assert len(calls) == 1


def test_one_useless_answer_spares_the_others_of_its_function(toy):
    found = toy_set(toy, {"id": "T1.a"}, {"id": "T1.b"}, {"id": "T1.c"})
    found.answers("T1")(lambda: {"T1.a": 0.5, "T1.b": math.nan, "T1.c": [0.5]})
    results = found.judge()
    assert [item.verdict for item in results] == ["reproduced", "error", "error"]
    assert isinstance(results[1].error, ArgumentError)


def test_claims_are_found_by_name():
    found = ClaimSet(KEY)
    assert found["B11.tex"].printed == "837.78"
    assert len(list(found)) == len(claims.read(KEY))
    with pytest.raises(UnknownNameError, match=r"Unknown claim of besiroglu2024 'B11\.text'"):
        found["B11.text"]
