"""What an execution read: the files that a kernel opened and the folders that it listed.

A page shows numbers that come from modules and tables. Which ones is not guessed from its
source: the kernel writes down what it opens while it runs, and the page is executed again when
the content of one of these has changed.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

# Run in the kernel before the first cell. An import opens the compiled file, which stands for
# its source; the import system itself lists every package, which says nothing of the page.
BEGIN = """
import os, sys
from importlib.util import source_from_cache

log = open({log!r}, "a", encoding="utf-8", buffering=1)
seen = set()


def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        kind = "read"
        written = flags & (os.O_WRONLY | os.O_RDWR) if isinstance(flags, int) else 0
        if written or not isinstance(path, (str, bytes, os.PathLike)):
            return
    elif event in ("os.listdir", "os.scandir"):
        path, kind = arguments[0] or ".", "list"
        if isinstance(path, int) or "importlib" in sys._getframe(1).f_code.co_filename:
            return
    else:
        return
    path = os.path.realpath(os.fsdecode(path))
    if not path.startswith({root!r} + os.sep):
        return
    if os.path.basename(os.path.dirname(path)) == "__pycache__":
        if not path.endswith(".pyc"):
            return
        path = source_from_cache(path)
    if (kind, path) not in seen:
        seen.add((kind, path))
        log.write(f"{{kind}} {{path}}\\n")


sys.addaudithook(hook)
"""
# What is built, installed or recorded is no input; of the project's two files every page has
# the part that counts in the hash of its environment.
OUTSIDE = {
    "_build", ".venv", ".git", "__pycache__", ".ipynb_checkpoints",
    "pyproject.toml", "requirements.lock",
}  # fmt: skip
DESCRIPTOR = "datapackage.json"
# What is a page's own code, besides its cells.
OWN = ("replication/papers/", "replication/syntheses/")
# Code that takes whatever there is. Elsewhere the package looks through its folders and
# descriptors only to find what it was asked for by name, and a new paper changes nothing.
TAKES_ALL = re.compile(
    r"\b(?:corpus|folders|known_papers|r?glob|iterdir|listdir|scandir)\(|\b(?:papers|runs|tables|verify)\(\s*\)"
)


def begin(root: Path, log: Path) -> str:
    """Give the code that makes a kernel write down what it reads below a folder."""
    code = BEGIN.format(root=str(root.resolve()), log=str(log))
    return f"exec({code!r}, {{}})"


def digests(root: Path, log: Path, code: str) -> dict[str, str]:
    """Hash everything that an execution read, by its path below the root.

    Parameters
    ----------
    root : Path
        The checkout.
    log : Path
        What the kernel wrote down.
    code : str
        The code of the page.

    Returns
    -------
    dict of str to str
        Paths with hashes of their content; a folder that was listed ends with a slash.
    """
    root = root.resolve()
    lines = sorted(set(log.read_text(encoding="utf-8").splitlines())) if log.exists() else []
    names = []
    for line in lines:
        kind, _, path = line.partition(" ")
        inside = Path(path).relative_to(root)
        if not OUTSIDE & set(inside.parts):
            names.append(inside.as_posix() + "/" * (kind == "list"))
    texts = [code]
    texts += [
        (root / name).read_text(encoding="utf-8")
        for name in names
        if name.startswith(OWN) and name.endswith(".py")
    ]
    folders = {path.name for path in (root / "data").glob("*") if path.is_dir()}
    every = any(map(TAKES_ALL.search, texts))
    keys = folders if every else folders & named(names, texts)
    found = {}
    for name in names:
        folder = Path(name).parent.name
        if name.endswith("/") and not every:
            continue
        if name.endswith(f"/{DESCRIPTOR}") and folder not in keys:
            continue
        found[name] = digest(root, name)
    return found


def named(names: Iterable[str], texts: Iterable[str]) -> set[str]:
    """List the data folders from which a table was read, and all words of some code."""
    parts = (name.split("/") for name in names if not name.endswith(f"/{DESCRIPTOR}"))
    opened = {part[1] for part in parts if part[0] == "data" and len(part) > 2 and part[2]}
    return opened | set(re.findall(r"\w+", "\n".join(texts)))


def digest(root: Path, name: str) -> str:
    """Hash what `digests` has under a name; what is not there has a hash of its own."""
    place = root / name
    if not place.exists():
        return "missing"
    if name.endswith("/"):
        content = "\n".join(sorted(p.name for p in place.iterdir() if p.name not in OUTSIDE))
        return hashlib.sha256(content.encode()).hexdigest()
    if place.is_dir():
        return "folder"
    return hashlib.sha256(place.read_bytes()).hexdigest()
