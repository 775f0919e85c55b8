"""Drop what was built from something that has changed since.

The execution cache is keyed on the cells of a chapter alone, and Sphinx on the pages'
sources: after a change in the package or the data both would show numbers that the code
no longer gives. So the inputs are hashed, and what depends on a changed one is removed.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Changed inputs on the left, what is stale then on the right.
DEPENDS = {
    "numbers": (
        ["replication", "data", "requirements.lock"],
        [".jupyter_cache", ".doctrees", "html"],
    ),
    "pages": (
        ["book/_ext", "book/_static", "book/_templates", "_config.yml", "pyproject.toml"],
        [".doctrees", "html"],
    ),
}


def files(inputs: Iterable[Path]) -> list[Path]:
    """List the files under the inputs, caches left out, in a fixed order."""
    found: list[Path] = []
    for path in inputs:
        found += [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return [p for p in found if "__pycache__" not in p.parts]


def digest(root: Path, inputs: Iterable[str]) -> str:
    """Hash names and contents of the inputs, and the Python they run on."""
    total = hashlib.sha256(sys.version.encode())
    for path in files(root / name for name in inputs):
        total.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def main(root: Path = ROOT) -> list[str]:
    """Remove what is stale below ``_build``; return the names of the changed inputs."""
    build = root / "_build"
    build.mkdir(exist_ok=True)
    changed = []
    for name, (inputs, products) in DEPENDS.items():
        record = build / f".{name}.sha256"
        now = digest(root, inputs)
        if record.exists() and record.read_text() == now:
            continue
        changed.append(name)
        for product in products:
            shutil.rmtree(build / product, ignore_errors=True)
        record.write_text(now)
    return changed


if __name__ == "__main__":
    for name in main():
        print(f"The {name} are built anew: what they come from has changed.")
