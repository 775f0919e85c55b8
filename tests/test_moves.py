"""What moved in the ledger, against a file and against a commit."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from replication import ledger, moves
from replication.errors import ArgumentError

ROOT = Path(__file__).parents[1]
ROW = {"paper": "toy2024", "id": "T1", "printed": "0.5", "ours": 0.5, "verdict": "reproduced"}


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (ROW | {"ours": 0.55}, "+10 %"),
        (ROW | {"ours": 0.5001}, "+0.02 %"),
        (ROW | {"ours": None, "verdict": "error"}, "answer changed"),
        (ROW | {"verdict": "differs"}, "number unmoved"),
        (ROW | {"printed": "0.50"}, "number unmoved"),
    ],
)
def test_a_move_is_seen_whatever_the_verdict(after, change):
    (move,) = moves.moved([ROW], [after])
    assert move.change == change
    assert (move.before, move.after) == (0.5, after["ours"])


def test_rounding_is_no_move():
    assert moves.moved([ROW], [ROW | {"ours": 0.5 * (1 + 1e-12)}]) == ()


def test_from_nought_the_difference_is_told():
    (move,) = moves.moved([ROW | {"ours": 0.0}], [ROW | {"ours": 0.25}])
    assert move.change == "+0.25"


def test_orderings_are_compared_as_texts():
    rows = [ROW | {"ours": "a > b"}, ROW | {"ours": "b > a"}]
    assert moves.moved(rows[:1], rows[:1]) == ()
    assert moves.moved(rows[:1], rows[1:])[0].change == "answer changed"


def test_new_and_lost_claims_are_told():
    other = ROW | {"id": "T2"}
    found = moves.moved([ROW], [other])
    assert [(m.id, m.change) for m in found] == [("T2", "new claim"), ("T1", "claim is gone")]


def test_a_file_is_cut_to_the_papers_that_were_asked_for(tmp_path):
    path = tmp_path / "before.json"
    path.write_text(json.dumps([ROW, ROW | {"paper": "other2024"}]))
    assert [r["paper"] for r in moves.rows_of(str(path), ["toy2024"], ROOT)] == ["toy2024"]
    assert len(moves.rows_of(str(path), [], ROOT)) == 2


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository of the package and its data, with a second state that is not committed."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = tmp_path_factory.mktemp("repository")
    for name in ("replication", "data"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    return root


def test_a_commit_is_computed_by_its_own_package(repository):
    key = "anagnostidis2023"
    claims = repository / "replication" / "papers" / key / "answers.py"
    claims.write_text("raise RuntimeError('the state now is not to be looked at')\n")
    rows = moves.rows_of("HEAD", [key, "nobody1999"], repository)
    assert moves.moved(rows, ledger.verify(key).rows()) == ()
    assert {row["paper"] for row in rows} == {key}


def test_what_is_no_commit_is_refused(repository, tmp_path):
    for state in ("HEAD~99", "--output=x", ""):
        with pytest.raises(ArgumentError, match="neither a file"):
            moves.rows_of(state, [], repository)
    with pytest.raises(ArgumentError, match="neither a file"):
        moves.rows_of("HEAD", [], tmp_path)
