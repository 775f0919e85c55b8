"""What the book declares for courses: the learning goals of each chapter."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
GOALS = ROOT / "book" / "goals.yml"
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
EXERCISE = re.compile(r"^`{3,}\{exercise(?:-start)?\} (.+)\n:label: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Goal:
    """What a reader will be able to do, the section that meets it, the exercise that tests it."""

    goal: str
    section: str
    exercise: str


@functools.cache
def goals(path: Path = GOALS) -> dict[str, tuple[Goal, ...]]:
    """Read the learning goals, by chapter.

    >>> [goal.exercise for goal in goals()["laptop"]][:2]
    ['ex-laptop-count', 'ex-laptop-branch']
    """
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {key: tuple(Goal(**one) for one in some) for key, some in declared.items()}


def headings(source: str) -> list[str]:
    r"""List the headings of a chapter's sections, as they are written.

    >>> headings("# Title\n\n## The idea\n\n### One case\n")
    ['The idea', 'One case']
    """
    return HEADING.findall(source)


def exercises(source: str) -> dict[str, str]:
    r"""Map the labels of a chapter's exercises to their titles, in order.

    >>> exercises("```{exercise-start} ● First\n:label: ex-a\n```\n")
    {'ex-a': '● First'}
    """
    return {label: title for title, label in EXERCISE.findall(source)}


def minutes(told: str) -> tuple[int, int]:
    """Take the minutes of main text and of exercises out of a page's reading time.

    >>> minutes("about 9 minutes; exercises and solutions another 5, and the time to solve them.")
    (9, 5)
    >>> minutes("about 1 minute.")
    (1, 0)
    """
    main, *rest = [int(number) for number in re.findall(r"\d+", told)]
    return main, rest[0] if rest else 0
