"""The three places that name dependencies agree: pyproject, environment.yml, the lock."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import jupytext
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import floors

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# What conda installs and pip does not: the interpreter, pip and a notebook's editor.
CONDA_ONLY = {"python", "pip", "jupyterlab"}
# Modules that come with a distribution of another name.
DISTRIBUTIONS = {"IPython": "ipykernel", "PIL": "pillow", "cycler": "matplotlib"}


def declared() -> dict[str, Requirement]:
    """All requirements of the package and its extras by name; the lab has its own environments."""
    extras = PROJECT["optional-dependencies"]
    ours = [lines for name, lines in extras.items() if name not in ("lab", "retrieve")]
    lists = [PROJECT["dependencies"], *ours]
    requirements = [Requirement(line) for lines in lists for line in lines]
    return {canonicalize_name(r.name): r for r in requirements}


def conda() -> dict[str, Requirement]:
    """The requirements of environment.yml by name."""
    lines = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    requirements = [Requirement(line) for line in lines if isinstance(line, str)]
    return {canonicalize_name(r.name): r for r in requirements}


def locked() -> dict[str, list[str]]:
    """The pinned versions of the lock by name; a name may have one a Python version."""
    pins: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", LOCK, re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return pins


LOCK = (ROOT / "requirements.lock").read_text()


@pytest.mark.parametrize("name", sorted(set(conda()) - CONDA_ONLY))
def test_environment_has_the_bounds_of_pyproject(name):
    assert name in declared(), f"environment.yml names {name}, pyproject.toml does not"
    assert conda()[name].specifier == declared()[name].specifier


def imported(sources: Iterable[str]) -> set[str]:
    """The distributions that code imports, the standard library and this package left out."""
    modules: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                modules.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or "").split(".")[0])
    modules -= set(sys.stdlib_module_names) | {"replication"}
    return {canonicalize_name(DISTRIBUTIONS.get(module, module)) for module in modules}


def test_what_the_package_imports_is_declared():
    sources = [p.read_text(encoding="utf-8") for p in (ROOT / "replication").rglob("*.py")]
    assert imported(sources) - set(declared()) == set()


def test_environment_has_what_the_chapters_import():
    chapters = [jupytext.read(p) for p in (ROOT / "notebooks").glob("*.md")]
    cells = [c.source for nb in chapters for c in nb.cells if c.cell_type == "code"]
    package = [p.read_text(encoding="utf-8") for p in (ROOT / "replication").rglob("*.py")]
    assert imported(cells + package) - set(conda()) == set()


def test_every_bound_of_the_package_has_a_floor_that_is_tested():
    asked = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["plot"]]
    assert [f.partition("==")[0] for f in floors.floors()] == [Requirement(a).name for a in asked]
    assert all(Requirement(f).specifier for f in floors.floors())


def test_environment_asks_for_the_python_of_pyproject():
    assert str(conda()["python"].specifier) == PROJECT["requires-python"]


@pytest.mark.parametrize("name", sorted(declared()))
def test_lock_covers_pyproject(name):
    versions = locked().get(name, [])
    assert versions, f"requirements.lock has no {name}: run make lock"
    assert all(declared()[name].specifier.contains(v) for v in versions), "run make lock"


def test_every_locked_version_has_a_hash():
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 50
    assert [e.splitlines()[0] for e in entries if "--hash=sha256:" not in e] == []


def test_lock_names_no_host_and_no_path():
    assert re.findall(r"^.*(?:://|file:|--find-links|--index-url|^\s*/).*$", LOCK, re.M) == []
