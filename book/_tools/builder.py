"""Build the book: execute what has changed, make the pages aside, put them in place when whole.

The pages at ``_build/html`` are replaced at the end of a build that succeeded, and by nothing
else: one that fails, or is stopped, leaves the last good ones. Sphinx works in a folder of its
own and builds upon what it left there, unless its last build did not end well or the look of
the pages has changed since.

    python book/_tools/builder.py             the book
    python book/_tools/builder.py --student   without solutions, in _build/student
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

import executions
import sources
from executions import Execution
from standalone import standalone

ROOT = Path(__file__).resolve().parents[2]
# A change in one of these may change any page.
LOOK = (
    "book/_ext",
    "book/_static",
    "book/_templates",
    "book/_tools/reading.py",
    "_config.yml",
    "requirements.lock",
)
LEAD_IN = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={first}">
<link rel="icon" href="_static/{icon}">
</head>
<body><main><h1>{title}</h1><p><a href="{first}">To the front page</a></p></main></body>
</html>
"""
UNREAD = {"_build", "dist", "lab", "tests"}  # what no page is made from
WRITTEN = "book/api"  # pages that the build writes itself, from the package
SOLUTION = re.compile(r"^```\{solution-start\}.*?^```\{solution-end\}\n```\n", re.M | re.S)
DRAFT = re.compile(r"<!-- write:|\{admonition\} Draft$", re.MULTILINE)
EVERY_CLAIM = re.compile(r"^[^`\n]*\bverify\(\)", re.MULTILINE)
MOST_KERNELS = 4  # each holds a few hundred megabytes


@contextmanager
def alone(build: Path) -> Iterator[None]:
    """Wait until no other build is at work on the same folder."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is at work; this one goes on when it has ended.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def pages(root: Path = ROOT) -> list[Path]:
    """List the sources of the pages that have code, in the order of the contents."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [contents["root"]]
    names += [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    named = [root / f"{name}.md" for name in names]
    return [s for s in named if is_myst_markdown_notebook(s.read_text(encoding="utf-8"))]


def drafts(root: Path = ROOT) -> list[str]:
    """List the chapters that are not finished: with a prompt in the source, or the draft's box."""
    return sorted(
        source.stem
        for source in (root / "notebooks").glob("*.md")
        if DRAFT.search(source.read_text(encoding="utf-8"))
    )


def groups(those: list[Path]) -> list[list[Path]]:
    """Part pages into those that share a kernel: of one folder and with all claims judged.

    They come first, as they take longest: every paper's claims are computed, once.
    """
    judging: dict[Path, list[Path]] = {}
    alone = []
    for source in those:
        if EVERY_CLAIM.search(source.read_text(encoding="utf-8")):
            judging.setdefault(source.parent, []).append(source)
        else:
            alone.append([source])
    return [*judging.values(), *alone]


def execute(those: list[Path], root: Path = ROOT) -> dict[Path, Execution]:
    """Execute the pages whose kept execution is not fresh; say so, and stop if one fails."""
    found, failed = {}, []

    def some(group: list[Path]) -> dict[Path, Execution | Exception]:
        try:
            executed = executions.together(group, root)
        except (CellExecutionError, CellTimeoutError, RuntimeError) as error:
            if len(group) == 1:
                return {group[0]: error}  # the other pages are executed all the same
            return {source: result for one in group for source, result in some([one]).items()}
        for source, execution in executed.items():
            if not execution.kept:
                name = source.relative_to(root).with_suffix("")
                print(f"{name}: executed in {execution.seconds:.0f} s", flush=True)
        return dict(executed)

    with ThreadPoolExecutor(min(MOST_KERNELS, os.cpu_count() or 1)) as pool:
        results = {s: r for done in pool.map(some, groups(those)) for s, r in done.items()}
    for source in those:
        result = results[source]
        if isinstance(result, Exception):
            failed.append(source)
            print(f"\n{source.relative_to(root)} failed:\n{result}", file=sys.stderr)
        else:
            found[source] = result
    if failed:
        raise SystemExit(f"Not built: {len(failed)} of {len(those)} pages failed.")
    return found


def fill_cache(found: dict[Path, Execution], folder: Path, root: Path = ROOT) -> None:
    """Put executions where MyST-NB looks for them, and nothing else."""
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    syntax = MdParserConfig(enable_extensions=set(settings["parse"]["myst_enable_extensions"]))
    if folder.exists():
        shutil.rmtree(folder)
    cache = get_cache(folder)
    for source, execution in found.items():
        text = source.read_text(encoding="utf-8")
        notebook = read_myst_markdown_notebook(text, syntax, add_source_map=True)
        (_, *outputs) = execution.outputs  # the first cell is for a notebook on its own
        Execution(outputs, execution.seconds, execution.kept).fill(notebook)
        entry = CacheBundleIn(notebook, str(source), data={"execution_seconds": execution.seconds})
        cache.cache_notebook_bundle(entry, check_validity=False, overwrite=True)


def look(root: Path = ROOT) -> str:
    """Hash what shapes every page: extensions, style, settings, packages, the project."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    total = hashlib.sha256(f"{sys.version}\0{json.dumps(project, sort_keys=True)}".encode())
    for name in LOOK:
        place = root / name
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
        for path in files:
            if "__pycache__" not in path.parts:
                total.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sources_of(root: Path) -> str:
    """Hash all that a build may read, and where its pages will be read."""
    total = hashlib.sha256(f"{look(root)}\0{os.environ.get('BOOK_URL')}".encode())
    for folder, inside, names in os.walk(root):
        top = Path(folder) == root
        inside[:] = sorted(n for n in inside if n[0] != "." and n != "__pycache__")
        inside[:] = [n for n in inside if not (top and n in UNREAD)]
        inside[:] = [n for n in inside if Path(folder) / n != root / WRITTEN]
        for path in (Path(folder) / name for name in sorted(names) if name[0] != "."):
            total.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def listing(place: Path) -> str:
    """Hash the names and sizes of the pages that are in place."""
    total = hashlib.sha256()
    for path in sorted(p for p in place.rglob("*") if p.is_file()):
        total.update(f"\0{path.relative_to(place).as_posix()}\0{path.stat().st_size}".encode())
    return total.hexdigest()


def prepare(area: Path, now: str) -> Path:
    """Make the folder that Sphinx works in ready, and give the record of its last good build."""
    record = area / "whole.sha256"
    whole = record.exists() and record.read_text(encoding="utf-8") == now
    if area.exists() and not whole:
        shutil.rmtree(area)  # with no `ignore_errors`: what stays would pass for fresh
    area.mkdir(exist_ok=True)
    record.unlink(missing_ok=True)
    return record


def lead_in(made: Path, root: Path) -> None:
    """Write the page that leads to the front page; its icon spares a browser the question."""
    first = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["root"]
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    page = LEAD_IN.format(
        first=f"{first}.html", title=config["title"], icon=Path(config["html"]["favicon"]).name
    )
    (made / "index.html").write_text(page, encoding="utf-8")


def without_solutions(
    source: Path,
    execution: Execution,
    root: Path = ROOT,
    instead: str | Callable[[re.Match[str]], str] = "",
) -> NotebookNode:
    """Give a chapter's executed notebook with something, or nothing, instead of its solutions."""
    whole = execution.fill(sources.read(source))
    with tempfile.TemporaryDirectory() as folder:
        short = Path(folder) / source.name
        short.write_text(
            SOLUTION.sub(instead, source.read_text(encoding="utf-8")), encoding="utf-8"
        )
        notebook = sources.read(short)
    ran = iter([cell for cell in whole.cells if cell.cell_type == "code"])
    for cell in notebook.cells:
        if cell.cell_type == "code":  # what is left out lies between cells that stay
            same = next(other for other in ran if other.source == cell.source)
            cell.execution_count, cell.outputs = same.execution_count, same.outputs
    return standalone(notebook, source, root)


def strip_solutions(found: dict[Path, Execution], made: Path, root: Path) -> None:
    """Take the solutions out of the files that the pages offer: notebooks and sources."""
    for source, execution in found.items():
        page = source.relative_to(root)
        if (stored := made / page.with_suffix(".ipynb")).exists():
            text = json.dumps(without_solutions(source, execution, root), ensure_ascii=False)
            stored.write_text(text, encoding="utf-8")
    for copied in (made / "_sources").rglob("*.*"):
        if copied.suffix == ".ipynb":
            copied.unlink()  # of pages that are no chapters, offered nowhere
        else:
            text = SOLUTION.sub("", copied.read_text(encoding="utf-8"))
            copied.write_text(text, encoding="utf-8")


def publish(made: Path, place: Path) -> None:
    """Put pages in place of the last ones, which stay until the new ones are there in full."""
    coming, going = (place.with_name(f".{place.name}.{word}") for word in ("new", "old"))
    for left in (coming, going):
        if left.exists():
            shutil.rmtree(left)
    shutil.copytree(made, coming)
    if place.exists():
        place.rename(going)
    coming.rename(place)
    if going.exists():
        shutil.rmtree(going)


def restore(place: Path) -> None:
    """Bring back the last good pages if a build was stopped while it exchanged them."""
    going = place.with_name(f".{place.name}.old")
    if going.exists() and not place.exists():
        going.rename(place)


def sphinx(root: Path, area: Path, student: bool) -> int:
    """Run Jupyter Book on the sources; warnings are errors."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(root), "--path-output", str(area)]
    environ = os.environ | {"BOOK_STUDENT": "1" if student else ""}
    command += ["-W", "--keep-going", "--quiet"]
    # Warnings come as errors do; what else is printed names pages that are not yet in place.
    done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
    return done.returncode


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--student", action="store_true", help="leave the solutions out")
    student = parser.parse_args(arguments).student
    if os.environ.get("BOOK_URL") and (unfinished := drafts(root)):
        print(f"Not published: {', '.join(unfinished)} are drafts.", file=sys.stderr)
        return 1
    build = root / "_build"
    place = build / ("student" if student else "html")
    area = build / f"aside-{place.name}"
    with alone(build):
        restore(place)
        last, now = build / f"{place.name}.sha256", sources_of(root)
        if last.exists() and last.read_text(encoding="utf-8") == now + listing(place):
            print(f"Nothing has changed since the book was built: open {place}/index.html")
            return 0
        last.unlink(missing_ok=True)
        found = execute(pages(root), root)
        record = prepare(area, shape := look(root))
        made = area / "_build"
        cache = made / ".jupyter_cache"
        fill_cache(found, cache, root)
        status = sphinx(root, area, student)
        if len(get_cache(cache).list_cache_records()) != len(found):
            print(
                "Sphinx executed a page of its own accord: fill_cache missed it.", file=sys.stderr
            )
            status = status or 1
        if status:
            print("Not built; the last good pages, if any, are as they were.", file=sys.stderr)
            return status
        lead_in(made / "html", root)
        if student:
            strip_solutions(found, made / "html", root)
        publish(made / "html", place)
        record.write_text(shape, encoding="utf-8")
        last.write_text(now + listing(place), encoding="utf-8")
    print(f"The book is built: open {place}/index.html")
    return 0


if __name__ == "__main__":
    with executions.told():
        sys.exit(main())
