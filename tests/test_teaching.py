"""The teaching kit: goals that chapters keep, checks that solutions pass, slides, courses."""

import io
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from sphinx.application import Sphinx

import builder
import executions
import handout
import reveal
import slides
import teaching
from builder import drafts

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.md"))
# Chapters that are being written; their goals come with them.
LACKING: set[str] = set()


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


PAGE = """\
# A page

- **Prerequisites:** logarithms.
- **Notebook:** x.

## What is "it"

Text.

## Exercises

```{exercise-start} ● First
:label: ex-a
```
How much is it?
```{exercise-end}
```
"""
CONF = """\
import sys

sys.path.insert(0, {ext!r})
extensions = ["myst_parser", "sphinx_exercise", "goals"]
"""


@pytest.mark.filterwarnings("ignore")  # Sphinx's own, of what it calls in other packages
def test_a_page_shows_its_goals_folded_below_its_head(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    goal = teaching.Goal("Say what it is worth.", 'What is "it"', "ex-a")
    monkeypatch.setattr(teaching, "goals", lambda: {"a": (goal,)})
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "index.md").write_text("# Contents\n\n```{toctree}\nnotebooks/a\n```\n")
    (tmp_path / "conf.py").write_text(CONF.format(ext=str(ROOT / "book" / "_ext")))
    made = tmp_path / "made"
    Sphinx(tmp_path, tmp_path, made, made, "html", status=None, warning=io.StringIO()).build()
    page = (made / "notebooks" / "a.html").read_text(encoding="utf-8")
    fold = page[page.index('<details class="goals">') : page.index("</details>")]
    assert page.index("Prerequisites:") < page.index("<details") < page.index("Text.")
    assert "Say what it is worth." in fold and 'href="#ex-a"' in fold
    (anchor,) = re.findall(r'href="#(what-[^"]+)"', fold)
    assert f'id="{anchor}"' in page


COURSE = re.compile(r"^```\{course\} [^\n]+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_courses_set_exercises_that_exist():
    tables = COURSE.findall((ROOT / "book" / "teaching.md").read_text(encoding="utf-8"))
    assert len(tables) == 7  # a week, and six
    for line in "".join(tables).splitlines():
        key, _, wanted = (part.strip() for part in line.partition("|"))
        source = (ROOT / "notebooks" / f"{key}.md").read_text(encoding="utf-8")
        for short in wanted.split():
            found = [label for label in teaching.exercises(source) if label.endswith(f"-{short}")]
            assert len(found) == 1, (key, short)


SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in CHAPTERS}
CHECKED = {key: handout.checks(text) for key, text in SOURCES.items() if "{check}" in text}
WHOLE = ("half-hour", "hoffmann2022")


def test_enough_exercises_are_checked():
    assert len(CHECKED) >= 6
    assert sum(map(len, CHECKED.values())) >= 10
    for key in WHOLE:
        for solution in builder.SOLUTION.findall(SOURCES[key]):
            assert not handout.code_of(solution) or "{check}" in solution, solution[:60]


@pytest.mark.parametrize("key", sorted(CHECKED))
def test_each_check_stands_in_the_solution_that_it_tests(key):
    assert SOURCES[key].count("{check}") == len(CHECKED[key])
    for solution in builder.SOLUTION.findall(SOURCES[key]):
        for label, check in handout.checks(solution).items():
            assert solution.startswith(f"```{{solution-start}} {label}\n")
            assert check.asked and set(check.asked) <= set(check.needs)
            assert check.test.count("assert ") >= 1


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(CHECKED))
def test_every_solution_passes_its_check_and_wrong_numbers_do_not(key):
    found = handout.trial(ROOT / "notebooks" / f"{key}.md")
    assert [one["label"] for one in found] == list(CHECKED[key])
    for one in found:
        assert one["caught"] and all(one["caught"].values()), one


@pytest.mark.slow
def test_what_otter_reads_holds_no_words_of_solutions_and_marks_all_of_their_code():
    source = ROOT / "notebooks" / "half-hour.md"
    made = handout.master(source, executions.execution(source))
    nbformat.validate(made)
    spoken = handout.CODE.sub("", SOURCES["half-hour"])
    assert handout.leaks(made, spoken) == []
    starts = [i for i, cell in enumerate(made.cells) if cell.source == "# BEGIN SOLUTION"]
    assert len(starts) == len(CHECKED["half-hour"])
    for start in starts:
        head, _, answers = made.cells[start + 1].source.partition("\n# END SOLUTION\n")
        assert head.startswith("# BEGIN SOLUTION")
        assert all(s.startswith("# ") or s.endswith("# SOLUTION") for s in answers.splitlines())


def test_a_line_of_a_solution_is_noticed():
    text = SOURCES["half-hour"]
    line = 'own = rp.runs("porian2024", dataset="refinedweb", experiment="tuned_no_decay")'
    assert line in text
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"x = 1\n{line}")])
    assert handout.leaks(notebook, text) == [line]
    assert handout.leaks(nbformat.v4.new_notebook(), text) == []


OTTER = ROOT / "_build" / "teach-venv" / "bin" / "otter"


@pytest.mark.slow
@pytest.mark.skipif(not OTTER.exists(), reason="`make student` has not made Otter's environment")
@pytest.mark.parametrize("key", WHOLE)
def test_otter_leaves_no_solution_and_puts_checks(key, tmp_path):
    path, number = handout.assign(str(OTTER), ROOT / "notebooks" / f"{key}.md", tmp_path)
    made = nbformat.read(path, as_version=4)
    assert handout.leaks(made, SOURCES[key]) == []
    calls = [cell for cell in made.cells if cell.source.startswith("grader.check(")]
    assert len(calls) == number == len(CHECKED[key])


TALK = slides.TALK.read_text(encoding="utf-8")


def test_the_slides_name_figures_that_chapters_have():
    named = slides.FIGURE.findall(TALK)
    assert len(named) >= 8
    for key, name in named:
        assert f"{{glue:figure}} {name}\n" in SOURCES[key]
    assert not re.search(r"\d\.\d|\d ?%", re.sub(r"\[\[.*?\]\]", "", TALK))


@pytest.mark.slow
def test_the_slides_are_filled_from_executed_chapters():
    made = slides.talk()
    text = "\n".join(cell.source for cell in made.cells)
    assert "[[" not in text
    assert text.count('src="data:image/png;base64,') == len(slides.FIGURE.findall(TALK))
    shown = [cell for cell in made.cells if cell.metadata["slideshow"]["slide_type"] == "slide"]
    for cell in shown:
        assert len(re.sub(r"<[^>]*>", "", cell.source).split()) < 90, cell.source[:200]


@pytest.mark.slow
@pytest.mark.skipif(not OTTER.exists(), reason="`make slides` has not made its environment")
def test_the_slides_need_no_network(tmp_path):
    made, out = tmp_path / "slides.ipynb", tmp_path / "slides.html"
    assert slides.main([str(made)]) == 0
    command = [OTTER.with_name("python"), ROOT / "book" / "_tools" / "reveal.py", made, out]
    subprocess.run(command, check=True)
    page = out.read_text(encoding="utf-8")
    assert reveal.external(page) == [] and "Reveal.initialize" in page


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://a.example/x.js">',
        "<link href='//a.example/x.css'>",
        "<style>@import url(https://a.example/x.css);</style>",
        '<img src = "http://a.example/x.png">',
    ],
)
def test_an_address_in_slides_is_noticed(page):
    (found,) = reveal.external(page)
    assert "a.example" in found
