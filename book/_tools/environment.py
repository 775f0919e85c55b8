"""Make the environment that the book is built in, exactly as the lock says.

Run by the interpreter that the environment is to have; needs nothing but the standard library.
Two runs in one checkout wait for each other, and one that finds all done does nothing.

    python3 book/_tools/environment.py [FOLDER]     by default .venv
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEAST = (3, 11)


def complaint() -> str:
    """Say what this interpreter lacks, if anything."""
    if sys.version_info < LEAST:
        return "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 book"
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        return "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"
    return ""


def digest(*parts: bytes) -> str:
    """Hash what a step rests on, the interpreter among it."""
    total = hashlib.sha256(f"{sys.version}\0{sys.executable}".encode())
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def make(folder: Path, root: Path = ROOT) -> list[str]:
    """Bring the environment in line with the lock and the project; return the steps it took."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return _make(folder, root)


def _make(folder: Path, root: Path) -> list[str]:
    lock, project = root / "requirements.lock", root / "pyproject.toml"
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Made anew, not patched, when the lock changed: what is installed is then what it says.
    # Modules are compiled when they are first imported, which for most of them is never.
    locked = [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, "--no-compile", "--require-hashes", "-r", str(lock)],
    ]
    own = [[*pip, "--no-deps", "--no-build-isolation", "--editable", str(root)]]
    taken = []
    for name, basis, commands in (
        (".locked", digest(lock.read_bytes()), locked),
        (".installed", digest(lock.read_bytes(), project.read_bytes()), own),
    ):
        record = folder / name
        if record.exists() and record.read_text(encoding="utf-8") == basis:
            os.utime(record)  # newer than what make compares it with
            continue
        for command in commands:
            subprocess.run(command, check=True)
        record.write_text(basis, encoding="utf-8")  # after the step, so a broken one is repeated
        taken.append(name)
    return taken


def main(arguments: list[str]) -> int:
    """Run the command line."""
    if problem := complaint():
        print(problem, file=sys.stderr)
        return 1
    try:
        make(Path(arguments[0] if arguments else ROOT / ".venv").absolute())
    except subprocess.CalledProcessError as error:
        print(f"The environment could not be made: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
