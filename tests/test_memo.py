import ast
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import replication
from replication import ledger
from replication._memo import cached
from replication.errors import ArgumentError
from replication.papers import gadre2024, hoffmann2022

PACKAGE = Path(replication.__file__).parent


def counted():
    """Return a cached function of all kinds of arguments, and the list of its computations."""
    made = []

    @cached
    def law(name, chosen="27 runs", *, weighted=True):
        made.append((name, chosen, weighted))
        return {"names": [name], "table": pd.DataFrame({"n": [1.0, 2.0]})}

    return law, made


def test_spellings_of_one_call_share_one_result():
    law, made = counted()
    law("shape")
    law("shape", "27 runs")
    law(chosen="27 runs", name="shape")
    law("shape", weighted=True)
    assert made == [("shape", "27 runs", True)]
    law("shape", "24 runs")
    law("shape", weighted=False)
    assert len(made) == 3


def test_varying_arguments_are_told_apart():
    made = []

    @cached
    def total(*numbers, **named):
        made.append((numbers, named))
        return sum(numbers) + sum(named.values())

    assert total(1, 2) == total(1, 2) == total(1, b=2) == 3
    assert made == [((1, 2), {}), ((1,), {"b": 2})]


@pytest.mark.parametrize(
    "change",
    [
        lambda got: got["names"].append("another"),
        lambda got: got.pop("names"),
        lambda got: got["table"].__setitem__("n", 0.0),
        lambda got: got["table"].pop("n"),
    ],
)
def test_what_a_caller_changes_is_his_own(change):
    law, _ = counted()
    change(law("shape"))
    again = law("shape")
    assert again["names"] == ["shape"]
    assert again["table"]["n"].tolist() == [1.0, 2.0]


def test_even_the_first_caller_gets_a_copy_of_what_the_function_holds():
    held = pd.DataFrame({"n": [1.0]})
    given = cached(lambda: (held, [held]))()
    given[0]["n"] = given[1][0]["n"] = 7.0
    assert held["n"].tolist() == [1.0]


@pytest.mark.parametrize("view", [False, True])
def test_arrays_are_read_only(view):
    base = np.arange(4.0)
    shared = cached(lambda: base[:] if view else base)
    with pytest.raises(ValueError, match="read-only"):
        shared()[0] = 9.0
    if view:
        base[0] = 9.0
    assert shared()[0] == 0.0


def test_other_objects_are_handed_out_as_they_are():
    thing = object()
    assert cached(lambda: thing)() is thing


def test_forgetting_computes_again():
    law, made = counted()
    law("shape")
    law.cache_clear()
    law("shape")
    assert len(made) == 2


def test_a_failure_is_not_kept():
    answers = iter([ValueError("once"), 5])

    @cached
    def flaky():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="once"):
        flaky()
    assert flaky() == 5


def test_a_function_may_ask_itself():
    @cached
    def factorial(n):
        return n * factorial(n - 1) if n else 1

    assert factorial(20) == 2432902008176640000


def test_threads_share_one_computation():
    made, begun = [], threading.Barrier(8)

    @cached
    def slow(n):
        made.append(n)
        threading.Event().wait(0.05)
        return pd.DataFrame({"n": [n]})

    def ask():
        begun.wait()
        found.append(slow(1))

    found: list[pd.DataFrame] = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    assert len({id(table) for table in found}) == 8


@pytest.mark.parametrize("value", [[1], {"a": 1}, pd.DataFrame(), np.zeros(2)])
def test_an_argument_that_cannot_be_found_again_is_refused(value):
    law, _ = counted()
    with pytest.raises(ArgumentError, match=f"name of law is a {type(value).__name__}, .* tuple"):
        law(value)


def test_the_wrapped_function_keeps_its_name_and_words():
    assert hoffmann2022.models.__name__ == "models"
    assert "Table A9" in hoffmann2022.models.__doc__


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_no_module_caches_in_another_way(path):
    # Classes made for a choice of columns are values, and must be one object: see its docstring.
    if path == PACKAGE / "laws" / "columns.py":
        return
    found = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "functools"
        for alias in node.names
    } | {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "functools"
    }
    assert not found & {"cache", "lru_cache"}


def test_a_reader_who_changes_what_he_was_given_changes_no_claim():
    models = hoffmann2022.models()
    models["params_hoffmann"] *= 1.2
    hoffmann2022.answers.chinchilla()["C12.params"] = 1.0
    errors = gadre2024.task_errors()
    errors.iloc[:] = 0.5
    assert ledger.verify("hoffmann2022", "gadre2024").surprises == ()
