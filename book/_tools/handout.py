"""The students' notebooks: exercises without solutions, with cells that check a student's values.

A check is declared in a chapter, inside of the solution that must pass it: names of answers with
the solution's values, a line of three hyphens, and assertions. On the page it shows nothing.

    ```{check} ex-half-hour-flat
    factor = np.exp(3 * x)  # by which the size may be off
    ---
    assert abs(0.70 * np.cosh(np.log(factor) / 3) - 0.71) < 3e-4, "0.70 cosh(ln(s)/3) is 0.71"
    ```

This module writes a chapter in the format of Otter Assign, which makes the student's notebook of
it and holds the solutions' values against the checks. No word of a solution goes into that
format, but for the code that a check needs.

    python book/_tools/handout.py OTTER         write all chapters to _build/student-notebooks
    python book/_tools/handout.py OTTER KEY     write one
"""

import argparse
import ast
import builtins
import json
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

import executions
import myst
import sources
from builder import SOLUTION, without_solutions
from executions import Execution

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "_build" / "student-notebooks"
CHECK = re.compile(r"^```\{check\} (\S+)\n(.*?)^---\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
START = re.compile(r"^```\{solution-start\} (\S+)$", re.MULTILINE)
CODE = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^ANSWER-TO (\S+)$", re.MULTILINE)
OPTION = re.compile(r"\A(?::[\w-]+:.*\n)+")
TELL = "The cell below holds your answer; the one after it says whether its numbers are right."
FREE = "*Your answer:*"
WRONG = """\
import json

import numpy as np


def wrong(value):
    if isinstance(value, (bool, str)):
        return None
    if isinstance(value, (list, tuple)):
        return [wrong(one) for one in value]
    return value * 1.7 + 1.3


{test}


values = dict({values})
test({call})
caught = {{}}
for name in {names!r}:
    try:
        test({altered})
        caught[name] = False
    except AssertionError:
        caught[name] = True
print(json.dumps({{"label": {label!r}, "caught": caught}}))\
"""


@dataclass(frozen=True)
class Check:
    """What a student's answer to an exercise is tested by."""

    label: str
    answers: str
    test: str

    @property
    def name(self) -> str:
        """The name by which Otter calls it."""
        return self.label.removeprefix("ex-").replace("-", "_")

    @property
    def needs(self) -> list[str]:
        """The names that the test takes from the notebook."""
        return needs(self.test)

    @property
    def asked(self) -> dict[str, str]:
        """The names that a student gives a value, with what is said of them."""
        found = {}
        for line in self.answers.splitlines():
            given = re.match(r"(\w+) = .*?(?:  # (.*))?$", line)
            if given and given[1] in self.needs:
                found[given[1]] = given[2] or ""
        return found

    def function(self, name: str) -> str:
        """Write the test as a function of what it needs."""
        body = textwrap.indent(self.test.strip(), "    ")
        return f"def {name}({', '.join(self.needs)}):\n{body}"


def needs(code: str) -> list[str]:
    r"""List the names that code uses and does not make.

    >>> needs("for k in a:\n    assert abs(k - np.pi) < 1, k")
    ['a', 'np']
    """
    tree = ast.walk(ast.parse(code))
    made, used = set(dir(builtins)), []
    for node in sorted(tree, key=lambda node: getattr(node, "lineno", 0)):
        if isinstance(node, ast.Name):
            used += [node.id] if isinstance(node.ctx, ast.Load) else []
            made |= {node.id} if isinstance(node.ctx, ast.Store) else set()
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            made |= {alias.asname or alias.name for alias in node.names}
    return [name for name in dict.fromkeys(used) if name not in made]


def checks(source: str) -> dict[str, Check]:
    """Read the checks of a chapter, by the label of their exercise."""
    return {label: Check(label, *parts) for label, *parts in CHECK.findall(source)}


def code_of(solution: str) -> str:
    """Join the code of a solution."""
    cells = (OPTION.sub("", cell).strip() for cell in CODE.findall(solution))
    return "\n\n".join(cells)


def master(source: Path, execution: Execution, root: Path = ROOT) -> NotebookNode:
    """Write a chapter's executed notebook in the format of Otter Assign.

    Parameters
    ----------
    source : Path
        The chapter.
    execution : Execution
        What its code showed.
    root : Path
        The checkout.

    Returns
    -------
    NotebookNode
        Solutions are replaced by questions; where a chapter declares no check, by an empty cell.
    """
    text = source.read_text(encoding="utf-8")
    solutions = {START.search(s)[1]: s for s in SOLUTION.findall(text)}
    declared = checks(text)
    short = without_solutions(
        source, execution, root, instead=lambda s: f"ANSWER-TO {START.search(s[0])[1]}\n"
    )
    shown = figures(source, execution)
    config = {"name": source.stem, "init_cell": True, "export_cell": False, "check_all_cell": True}
    config |= {"tests": {"ok_format": False}, "generate": False}
    cells = [raw("ASSIGNMENT CONFIG", yaml.safe_dump(config))]
    for cell in short.cells:
        if cell.cell_type == "code":
            cells.append(cell)
            continue
        prose, *rest = MARK.split(cell.source)
        cells += words(prose)
        for label, after in zip(rest[::2], rest[1::2], strict=True):
            cells += expected(shown.get(label, []))
            cells += question(declared.get(label), code_of(solutions[label]))
            cells += words(after)
    made = nbformat.v4.new_notebook(cells=cells, metadata=short.metadata)
    for number, cell in enumerate(made.cells):
        cell.id = f"c{number}"
    return made


def figures(source: Path, execution: Execution) -> dict[str, list[str]]:
    """Collect the pictures that solutions draw, as base64, by exercise."""
    notebook = execution.fill(sources.read(source))
    found: dict[str, list[str]] = {}
    label = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            pictures = [
                o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})
            ]
            found.setdefault(label, []).extend(pictures if label else [])
            continue
        for token in myst.parser().parse(cell.source):
            if (directive := myst.directive(token)) and directive.name.startswith("solution-"):
                label = directive.argument if directive.name == "solution-start" else ""
    return found


def expected(pictures: list[str]) -> list[NotebookNode]:
    """Show what a solution should draw."""
    cells = []
    for number, picture in enumerate(pictures):
        name = f"expected-{number}.png"
        cell = nbformat.v4.new_markdown_cell(f"**To be reproduced:**\n\n![](attachment:{name})")
        cell.attachments = {name: {"image/png": picture}}
        cells.append(cell)
    return cells


def question(check: Check | None, code: str) -> list[NotebookNode]:
    """Write the place of an answer, with its check if there is one."""
    if check is None:
        return [*words(FREE), nbformat.v4.new_code_cell("")]
    helpers = [s for s in check.answers.splitlines() if s.split(" = ")[0] not in check.asked]
    lines = ["# BEGIN SOLUTION", *filter(None, [code]), *helpers, "# END SOLUTION"]
    for name, said in check.asked.items():
        (given,) = [s for s in check.answers.splitlines() if s.startswith(f"{name} = ")]
        lines += [f"# {name}: {said}"] if said else []
        lines.append(f"{given.split('  # ')[0]}  # SOLUTION")
    test = f"test_{check.name}"
    call = f"{test}({', '.join(check.needs)})  # IGNORE"
    return [
        raw("BEGIN QUESTION", f"name: {check.name}\n"),
        *words(TELL),
        raw("BEGIN SOLUTION"),
        nbformat.v4.new_code_cell("\n".join(lines)),
        raw("END SOLUTION"),
        raw("BEGIN TESTS"),
        nbformat.v4.new_code_cell(f"{check.function(test)}\n\n\n{call}"),
        raw("END TESTS"),
        raw("END QUESTION"),
    ]


def raw(what: str, content: str = "") -> NotebookNode:
    """Make a cell that Otter reads."""
    return nbformat.v4.new_raw_cell(f"# {what}\n{content}".rstrip())


def words(text: str) -> list[NotebookNode]:
    """Make a cell of text, if there is any."""
    return [nbformat.v4.new_markdown_cell(text.strip())] if text.strip() else []


def trial(source: Path) -> list[dict[str, object]]:
    """Run a chapter with its solutions, each check on the solution's values and on wrong ones.

    Returns
    -------
    list of dict
        The ``label`` of each check, and for each of its answers whether the check ``caught`` a
        wrong value. A solution that fails its own check raises.
    """
    notebook = sources.read(source)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cells += [nbformat.v4.new_code_cell(tried(c)) for c in checks(cell.source).values()]
    notebook.cells = cells
    execution = executions.run(notebook, source.parent)
    found = []
    for cell, outputs in zip(executions.code_cells(notebook), execution.outputs, strict=True):
        if "def wrong(value):" in cell.source:
            found.append(json.loads(outputs[-1]["text"]))
    return found


def tried(check: Check) -> str:
    """Write the code that puts a check on trial, and keeps its names to itself."""
    given = check.needs
    code = WRONG.format(
        test=check.function("test"),
        values=", ".join(f"{name}={name}" for name in given),
        call=", ".join(given),
        names=list(check.asked),
        altered="**{k: wrong(v) if k == name else v for k, v in values.items()}",
        label=check.label,
    )
    body = textwrap.indent(code, "    ")
    return f"{check.answers.strip()}\n\n\ndef put_on_trial():\n{body}\n\n\nput_on_trial()"


def leaks(notebook: NotebookNode, source: str) -> list[str]:
    """List lines of solutions that a student's notebook holds.

    Short lines, and those that the chapter has outside of its solutions, tell nothing.
    """
    public = SOLUTION.sub("", source)
    told = json.dumps([notebook.cells, notebook.metadata], ensure_ascii=False)
    found = []
    for solution in SOLUTION.findall(source):
        solution = CHECK.sub("", solution)
        for line in solution.splitlines():
            said = line.strip()
            if (
                len(said) > 25
                and said not in public
                and json.dumps(said, ensure_ascii=False)[1:-1] in told
            ):
                found.append(said)
    return found


def assign(otter: str, source: Path, place: Path = PLACE) -> tuple[Path, int]:
    """Let Otter make the student's notebook of a chapter; return it and its number of checks."""
    work = place / ".work" / source.stem
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    written = work / source.with_suffix(".ipynb").name
    nbformat.write(master(source, executions.execution(source)), written)
    text = source.read_text(encoding="utf-8")
    declared = checks(text)
    command = [otter, "assign", "--no-pdfs", str(written), str(work / "made")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Otter failed on {source.stem}:\n{done.stdout}{done.stderr}")
    student = nbformat.read(work / "made" / "student" / written.name, as_version=4)
    if told := leaks(student, text):
        raise SystemExit(f"{source.stem}: the student's notebook holds lines of solutions: {told}")
    for part in ("student", "autograder"):
        target = place / part / written.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(work / "made" / part / written.name, target)
    return place / "student" / written.name, len(declared)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "otter", help="the program otter, of an environment with the book's package"
    )
    parser.add_argument("keys", nargs="*", help="chapters; all by default")
    options = parser.parse_args(arguments)
    folder = ROOT / "notebooks"
    known = sorted(path.stem for path in folder.glob("*.md"))
    if unknown := [key for key in options.keys if key not in known]:
        parser.error(f"no chapter {', '.join(unknown)}; there are: {', '.join(known)}")
    for key in options.keys or known:
        made, number = assign(options.otter, folder / f"{key}.md")
        print(f"{made.relative_to(ROOT)}: {number} checks", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
