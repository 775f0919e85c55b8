"""Do to builds what happens to them, and look whether the next command recovers.

    python tests/faults/faults.py                      every case, on a book of two pages
    python tests/faults/faults.py killed-book disc     some
    python tests/faults/faults.py --kills 20           more random points
    python tests/faults/faults.py --list               what there is

Each case works on a copy of this checkout with a short table of contents, in a folder that is
removed at the end. After every fault two things must hold: a notebook that is there is whole, and
the next command, with nothing repaired by hand, gives what an undisturbed one gives. A case that
cannot be played on this machine (no right to make a network namespace, say) is named as such.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
SMALL_FILE = 20_000
"""Bytes beyond which a file cannot grow where the disc is full: less than any page or notebook."""
CHAPTER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A small chapter

A page with one computation, on which builds are disturbed by the script of faults.

```{code-cell} ipython3
print(sum(range(1000)))
```
"""
FRONT = """\
# A small book

The front page of a book that is built only to be disturbed, by the script of faults.
"""
# A namespace without any network; kernels talk over the loopback, which has to be switched on.
ALONE = """\
import fcntl, os, socket, struct, sys
with socket.socket() as handle:
    fcntl.ioctl(handle, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
os.execv(sys.argv[1], sys.argv[1:])
"""
# A namespace of mounts in which a folder is read-only, for root too.
FROZEN = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"'


class NotPlayedError(Exception):
    """This machine does not let the case be played."""


class Book:
    """A copy of the checkout with two pages."""

    name = "small"

    def __init__(self, root: Path) -> None:
        self.root = root
        keep = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout.decode()
        for name in filter(None, keep.split("\0")):
            source = ROOT / name
            page = name.startswith(("notebooks/", "book/")) and source.suffix in (".md", ".ipynb")
            if source.is_file() and not page:
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        (root / "notebooks").mkdir(exist_ok=True)
        (root / "book/index.md").write_text(FRONT)
        self.source.write_text(CHAPTER)
        contents = "format: jb-book\nroot: book/index\nparts:\n- chapters:\n"
        (root / "_toc.yml").write_text(f"{contents}  - file: notebooks/{self.name}\n")

    @property
    def source(self) -> Path:
        """The chapter."""
        return self.root / "notebooks" / f"{self.name}.md"

    @property
    def notebook(self) -> Path:
        """The chapter as a stored notebook."""
        return self.source.with_suffix(".ipynb")

    @property
    def made(self) -> Path:
        """The built pages."""
        return self.root / "_build/html"

    def command(self, what: str) -> list[str]:
        """Give the command behind `make book` or `make notebooks`, with this interpreter."""
        tool = {"book": "builder", "notebooks": "notebooks"}[what]
        return [sys.executable, str(self.root / f"book/_tools/{tool}.py")]

    def environ(self) -> dict[str, str]:
        """Give the environment of a build: the Makefile's, for this copy."""
        build = self.root / "_build"
        return os.environ | {
            "PYTHONPATH": str(self.root),
            "IPYTHONDIR": str(build / "ipython"),
            "JUPYTER_CONFIG_DIR": str(build / "jupyter"),
            "MPLCONFIGDIR": str(build / "matplotlib"),
            "JUPYTER_PLATFORM_DIRS": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def start(self, what: str, **more: object) -> subprocess.Popen[str]:
        """Start a build in a session of its own."""
        given: dict[str, object] = {"cwd": self.root, "env": self.environ(), "text": True}
        given |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "start_new_session": True}
        command = more.pop("prefix", []) + self.command(what)  # type: ignore[operator]
        return subprocess.Popen(command, **(given | more))  # type: ignore[call-overload,no-any-return]

    def run(self, what: str, **more: object) -> tuple[int, str]:
        """Build, and give status and output."""
        process = self.start(what, **more)
        said, _ = process.communicate()
        return process.returncode, said

    def change(self) -> None:
        """Change the chapter, so that there is something to do."""
        text = self.source.read_text(encoding="utf-8")
        mark = f"changed = {random.getrandbits(32)}"
        old = text.rindex("```")
        lines = text[:old].rsplit("\nchanged = ", 1)
        head = lines[0] + "\n" if len(lines) > 1 else text[:old]
        self.source.write_text(f"{head}{mark}\n{text[old:]}", encoding="utf-8")

    def whole(self) -> None:
        """Check that a stored notebook, if there is one, is whole, and pages too."""
        if self.notebook.exists():
            assert json.loads(self.notebook.read_text(encoding="utf-8"))["cells"]
        if self.made.exists():
            assert (self.made / "index.html").exists(), "pages without the one that leads in"
            for page in self.made.rglob("*.html"):
                if "_static" not in page.parts:
                    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>"), page

    def recovers(self, what: str) -> None:
        """Check that the next command succeeds and leaves nothing behind."""
        status, said = self.run(what)
        assert status == 0, f"make {what} did not recover:\n{said[-1500:]}"
        self.whole()
        assert (self.notebook if what == "notebooks" else self.made / "index.html").exists()
        left = [p.name for p in (self.root / "notebooks").iterdir() if p.name.startswith(".")]
        assert left == [], f"left in notebooks/: {left}"
        if what == "book":
            left = [p.name for p in (self.root / "_build").glob(".html.*")]
            assert left == [], f"left in _build/: {left}"
            page = self.made / f"notebooks/{self.name}.html"
            mark = (
                self.source.read_text(encoding="utf-8").rpartition("changed = ")[2].split("\n")[0]
            )
            assert mark in page.read_text(encoding="utf-8") or "changed" not in mark
            status, said = self.run(what)
            assert (status, "Nothing has changed" in said) == (0, True), said[-500:]


def killed(book: Book, what: str, kills: int) -> str:
    """Kill a build at random points, with all that it started."""
    begun = time.monotonic()
    book.recovers(what)
    span = time.monotonic() - begun
    points = []
    for _ in range(kills):
        book.change()
        process = book.start(what)
        at = random.uniform(0.02, 0.7) * span
        try:
            process.wait(at)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            points.append(at)
        process.communicate()
        book.whole()
    book.recovers(what)
    return f"killed after {', '.join(f'{at:.1f}' for at in sorted(points))} s of {span:.1f}"


def killed_book(book: Book, kills: int) -> str:
    """`make book`, killed at random points."""
    return killed(book, "book", kills)


def killed_notebooks(book: Book, kills: int) -> str:
    """`make notebooks`, killed at random points."""
    return killed(book, "notebooks", kills)


def disc(book: Book, _: int) -> str:
    """No room on the disc: no file can grow beyond a few kilobytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE, SMALL_FILE))

    said = []
    for what in ("book", "notebooks"):
        if what == "notebooks":
            # What is executed is kept; only the notebook itself has no room.
            book.source.write_text(book.source.read_text() + "\n" + "Words. " * SMALL_FILE)
        else:
            book.change()
        status, told = book.run(what, preexec_fn=limit)
        assert status != 0, f"make {what} says that it succeeded:\n{told[-800:]}"
        book.whole()
        said.append(told.strip().splitlines()[-1][:90])
    book.recovers("notebooks")
    book.recovers("book")
    return "; ".join(said)


def read_only(book: Book, _: int) -> str:
    """A checkout in which nothing can be written."""
    prefix = ["unshare", "--mount", "sh", "-c", FROZEN, str(book.root)]
    if not plays([*prefix, "true"]):
        raise NotPlayedError("no right to mount the checkout read-only")
    for what in ("book", "notebooks"):
        status, said = book.run(what, prefix=prefix)
        assert status != 0, f"it says that it succeeded:\n{said[-800:]}"
        assert "Traceback" not in said, f"a traceback instead of a message:\n{said[-800:]}"
        assert "cannot be written" in said, said[-800:]
    assert not book.notebook.exists()
    book.recovers("book")
    return "refused in a line, and built as soon as it could write"


def two_at_once(book: Book, _: int) -> str:
    """Two builds of one checkout at the same time."""
    for what in ("book", "notebooks"):
        book.change()
        both = [book.start(what), book.start(what)]
        said = [process.communicate()[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], "\n".join(said)[-1500:]
        book.recovers(what)
    return "one waited for the other"


def no_network(book: Book, _: int) -> str:
    """No network: all was installed before."""
    prefix = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    prefix += [sys.executable, "-c", ALONE]
    if (
        not shutil.which("unshare")
        or subprocess.run([*prefix, "/bin/true"], capture_output=True, check=False).returncode
    ):
        raise NotPlayedError("no right to make a namespace without a network")
    for what in ("notebooks", "book"):
        status, said = book.run(what, prefix=prefix)
        assert status == 0, said[-1500:]
        book.whole()
    return "built in a namespace that has the loopback alone"


def another_user(book: Book, _: int) -> str:
    """A user who owns nothing here, then one who owns all and has no home."""
    book.recovers("book")
    who = as_nobody(book)
    book.change()
    status, said = book.run("book", **who)
    assert status != 0, "somebody else's pages were replaced"
    assert "cannot be written" in said, said[-800:]
    book.whole()
    for path in (book.root, *book.root.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    status, said = book.run("book", **who)
    assert status == 0, said[-1500:]
    book.whole()
    return "refused what is another's, built what is its own"


def plays(command: list[str], **more: object) -> bool:
    """Tell whether a command can be run on this machine."""
    try:
        return not subprocess.run(command, capture_output=True, check=False, **more).returncode  # type: ignore[call-overload]
    except OSError:
        return False


def as_nobody(book: Book) -> dict[str, object]:
    """Give what starts a process as a user without rights; only root can."""
    if os.geteuid() != 0:
        raise NotPlayedError("only root can act as another user")
    home = book.environ() | {"HOME": "/nonexistent"}
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "env": home}
    if not plays([sys.executable, "-c", "import sphinx"], cwd="/", **who):
        raise NotPlayedError("another user cannot read this interpreter")
    return who


CASES: dict[str, Callable[[Book, int], str]] = {
    "killed-book": killed_book,
    "killed-notebooks": killed_notebooks,
    "disc": disc,
    "read-only": read_only,
    "two-at-once": two_at_once,
    "no-network": no_network,
    "another-user": another_user,
}


@contextmanager
def copy() -> Iterator[Book]:
    """Make a book to disturb, and remove it."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)
        yield Book(Path(folder) / "checkout")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="case", help="which cases; all by default")
    parser.add_argument("--kills", type=int, default=5, help="random points of each case")
    parser.add_argument("--seed", type=int, default=None, help="repeats the points of a run")
    parser.add_argument("--list", action="store_true", help="say what there is, and stop")
    options = parser.parse_args(arguments)
    if options.list:
        for name, case in CASES.items():
            print(f"{name:18}{(case.__doc__ or '').splitlines()[0]}")
        return 0
    if unknown := sorted(set(options.cases) - set(CASES)):
        parser.error(f"no case {', '.join(unknown)}; there are: {', '.join(CASES)}")
    seed = random.randrange(10**6) if options.seed is None else options.seed
    random.seed(seed)
    print(f"seed {seed}", flush=True)
    failed = 0
    for name in options.cases or CASES:
        begun = time.monotonic()
        try:
            with copy() as book:
                said = f"holds: {CASES[name](book, options.kills)}"
        except NotPlayedError as error:
            said = f"not played: {error}"
        except AssertionError as error:
            failed += 1
            said = f"FAILS: {error}"
        print(f"{name:18}{said} ({time.monotonic() - begun:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
