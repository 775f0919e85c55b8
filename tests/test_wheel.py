"""The built wheel is all that a reader needs: the ledger and a chapter run with it alone."""

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import executions
import notebooks as executor

ROOT = Path(__file__).parents[1]
CHAPTER = "besiroglu2024"
HIDDEN = ("PYTHONPATH", "VIRTUAL_ENV", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
"""What might lead to the checkout, or to a reader's own settings."""

pytestmark = [pytest.mark.wheel, pytest.mark.slow]


def run(*command: object, **options) -> str:
    """Run a command and return what it prints; show all of it if it fails."""
    text = [str(part) for part in command]
    env = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    settled = {"env": env, "capture_output": True, "text": True, "check": False}
    done = subprocess.run(text, **settled | options)
    assert done.returncode == 0, f"{' '.join(text)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """An empty folder outside any checkout."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def environ(tmp_path_factory) -> dict[str, str]:
    """A reader's environment: this one's versions, and nothing that leads to the checkout."""
    pins = tmp_path_factory.mktemp("pins") / "constraints.txt"
    names = {d.name: d.version for d in distributions() if d.name != "scaling-laws-replicated"}
    pins.write_text("".join(f"{name}=={version}\n" for name, version in sorted(names.items())))
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    return kept | {"PIP_CONSTRAINT": str(pins), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory, environ, folder) -> Path:
    """The interpreter of a new environment that has the wheel and what it depends on."""
    built = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", built, ROOT)
    (wheel,) = built.glob("*.whl")
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", home)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, env=environ, cwd=folder)
    return python


def test_the_ledger_runs_without_a_checkout(fresh, environ, folder):
    place = run(fresh, "-c", "import replication; print(replication.__file__)", cwd=folder)
    assert str(ROOT) not in place
    found = json.loads(run(fresh, "-m", "replication.cli", "verify", "--json", cwd=folder))
    assert len(found) > 200
    assert [row["id"] for row in found if row["verdict"] != row["expected"]] == []


def execute(notebook, environ, folder):
    """Run a notebook in the fresh environment; return the outputs of its code cells."""
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook, timeout=600, iopub_timeout=600, raise_on_iopub_timeout=True,
        kernel_name="fresh", record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    client.execute(env=environ)
    return [executions.normalised(cell.outputs) for cell in cells]


def test_a_chapter_on_its_own_says_what_it_lacks_and_then_runs(fresh, environ, folder, monkeypatch):
    # The one thing a notebook cannot ask for is what runs notebooks.
    run(fresh, "-m", "pip", "install", "--quiet", "ipykernel", env=environ, cwd=folder)
    prefix = fresh.parents[1]
    run(fresh, "-m", "ipykernel", "install", "--prefix", prefix, "--name", "fresh", env=environ)
    monkeypatch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
    stored = (ROOT / "notebooks" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8")
    with pytest.raises(CellExecutionError, match=r"pip install .*\[plot\]"):
        execute(nbformat.reads(stored, as_version=4), environ, folder)
    plot = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = plot["optional-dependencies"]["plot"]
    run(fresh, "-m", "pip", "install", "--quiet", *needed, env=environ, cwd=folder)
    outputs = execute(nbformat.reads(stored, as_version=4), environ, folder)
    execution = executions.Execution(outputs, 0.0, kept=False)
    made = executor.written(ROOT / "notebooks" / f"{CHAPTER}.md", execution)
    assert executor.difference(stored, made) is None


def test_a_users_type_checker_sees_the_types(fresh, folder):
    code = "import pkgutil; print(pkgutil.get_data('replication', 'py.typed') is not None)"
    assert run(fresh, "-c", code, cwd=folder).strip() == "True"


def test_the_wheel_has_a_name_of_its_own(fresh, folder):
    name = "from importlib.metadata import version; print(version('scaling-laws-replicated'))"
    assert run(fresh, "-c", name, cwd=folder) == run(
        fresh, "-m", "replication", "--version", cwd=folder
    )


def test_the_wheel_holds_every_table(fresh, folder):
    code = "import replication as rp; print(len(rp.tables()))"
    here = run(sys.executable, "-c", code)
    assert run(fresh, "-c", code, cwd=folder) == here
