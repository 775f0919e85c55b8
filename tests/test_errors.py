"""Errors and notes: one base class, suggestions for names, codes that can be looked up."""

from dataclasses import FrozenInstanceError

import pytest

import replication as rp
from replication import errors
from replication.errors import NOTE_CODES, Note, UnknownNameError, unknown

KINDS = [
    errors.DataError,
    errors.IntegrityError,
    errors.UnknownNameError,
    errors.ArgumentError,
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_caught_by_the_one_that_is_public(kind: type[Exception]) -> None:
    assert issubclass(kind, rp.ReplicationError)
    assert issubclass(kind, ValueError)


def test_a_typing_error_is_met_with_the_closest_name() -> None:
    error = unknown("objective", "log-hubr", ["log-huber", "lsq"])
    assert isinstance(error, UnknownNameError)
    assert str(error) == (
        "Unknown objective 'log-hubr'. Did you mean 'log-huber'? Known: log-huber, lsq."
    )


def test_a_name_far_from_all_is_not_guessed() -> None:
    assert str(unknown("paper", "xyz", ["hoffmann2022"])) == (
        "Unknown paper 'xyz'. Known: hoffmann2022."
    )


def test_a_hint_comes_last() -> None:
    assert str(unknown("law", "X", ["Chinchilla"], "Subclass Law.")).endswith(
        "Known: Chinchilla. Subclass Law."
    )


@pytest.mark.parametrize("value", [3, None, ("a", "b"), 1.5])
def test_what_is_not_even_a_name_is_shown_as_it_is(value: object) -> None:
    assert str(unknown("law", value, ["Chinchilla"])).startswith(f"Unknown law {value!r}.")


def test_known_names_need_not_be_text() -> None:
    assert "Known: 1, 2." in str(unknown("figure", 3, [1, 2]))


def test_a_case_slip_is_recognised() -> None:
    assert "Did you mean 'Chinchilla'?" in str(unknown("law", "chinchilla", ["Chinchilla"]))


@pytest.mark.parametrize("code", NOTE_CODES)
def test_a_note_reads_as_one_line(code: str) -> None:
    note = Note(code, "Seen 3.", "Do this.")
    assert str(note) == f"{code}: Seen 3. Do this."
    assert NOTE_CODES[code]


def test_a_note_has_a_code_that_can_be_looked_up() -> None:
    with pytest.raises(
        UnknownNameError, match=r"Unknown note code 'at_bounds'\. Did you mean 'at_"
    ):
        Note("at_bounds", "", "")


def test_notes_are_frozen_and_compare_by_value() -> None:
    note = Note("at_bound", "a", "b")
    assert note == Note("at_bound", "a", "b")
    with pytest.raises(FrozenInstanceError):
        note.code = "unidentified"  # type: ignore[misc]


def test_the_design_has_these_codes() -> None:
    assert set(NOTE_CODES) >= {
        "at_bound",
        "not_bracketed",
        "unidentified",
        "too_few_points",
        "extrapolates",
    }


def test_a_renamed_argument_is_gone_and_its_new_name_is_there():
    """The policy in CONTRIBUTING.md: an old name is refused, and never points at nothing."""
    import ast
    from pathlib import Path

    root = Path(errors.__file__).parent
    found = 0
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            arguments = {
                a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            }
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "renamed":
                    for word in call.keywords:
                        found += 1
                        assert word.arg not in arguments, f"{path.name}: {node.name}"
                        assert word.value.value in arguments, f"{path.name}: {node.name}"
    assert found > 0, "no old name is refused: then the policy needs no helper"
