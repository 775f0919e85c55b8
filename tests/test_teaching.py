"""The teaching kit: goals that the chapters keep, a guide whose tables can be written."""

import re
from pathlib import Path

import pytest
import teaching
from builder import drafts

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.md"))
# Chapters that are being written; their goals come with them.
LACKING = {"li2020", "junior2025"}


def test_every_chapter_declares_goals():
    keys = {path.stem for path in CHAPTERS} - set(drafts())
    declared = set(teaching.goals())
    assert keys - declared <= LACKING
    assert declared <= keys


@pytest.mark.parametrize("key", sorted(teaching.goals()))
def test_each_goal_is_met_by_a_section_and_tested_by_an_exercise(key):
    source = (ROOT / "notebooks" / f"{key}.md").read_text(encoding="utf-8")
    declared = teaching.goals()[key]
    assert 3 <= len(declared) <= 5
    assert len({goal.exercise for goal in declared}) == len(declared)
    for goal in declared:
        assert goal.section in teaching.headings(source), goal
        assert goal.exercise in teaching.exercises(source), goal
        assert re.fullmatch(r"[A-Z].{20,110}\.", goal.goal), goal
