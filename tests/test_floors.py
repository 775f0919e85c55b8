"""An import runs downwards only: the floors of the package, as pyproject.toml lists them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in a folder."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    return subprocess.run(
        [*command, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
    )


def test_imports_run_downwards_only():
    run = lint(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_an_import_that_runs_upwards_is_found(tmp_path):
    package = tmp_path / "replication"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "laws.py").write_text("import replication.ledger\n")
    (package / "ledger.py").touch()
    (package / "papers").mkdir()
    (package / "papers" / "__init__.py").touch()
    run = lint(tmp_path)
    assert run.returncode == 1
    assert "replication.laws is not allowed to import replication.ledger" in run.stdout


def test_a_paper_that_imports_another_is_found(tmp_path):
    papers = tmp_path / "replication" / "papers"
    papers.mkdir(parents=True)
    for folder in (papers.parent, papers):
        (folder / "__init__.py").touch()
    (papers / "hoffmann2022.py").touch()
    (papers / "kaplan2020.py").write_text("import replication.papers.hoffmann2022\n")
    run = lint(tmp_path)
    assert run.returncode == 1
    assert "Papers: none imports another" in run.stdout
    assert "BROKEN" in run.stdout
