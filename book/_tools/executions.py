"""Execute a page of the book once, and keep what it showed until something it read has changed.

The built pages, the stored notebooks and their test all take an execution from here, so each
chapter runs once, in a fresh kernel. A kept execution is used only if the cells, the
interpreter, the locked packages, the project's description and the content of every file that
the kernel opened are what they were; there is nothing to drop and nothing to forget.
"""

import base64
import copy
import errno
import glob
import hashlib
import json
import os
import struct
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

import sources
import traced

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 600  # seconds a cell
FORGET = 'get_ipython().run_line_magic("reset", "-f")'
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunks of a PNG that make the picture; the rest names programs, versions and times.
PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"}


@dataclass(frozen=True)
class Execution:
    """What an execution showed: the outputs of the code cells in order, and the seconds taken."""

    outputs: list[list[NotebookNode]]
    seconds: float
    kept: bool

    def fill(self, notebook: NotebookNode) -> NotebookNode:
        """Give the code cells of a notebook their outputs, and return it."""
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        pairs = zip(cells, self.outputs, strict=True)
        for number, (cell, outputs) in enumerate(pairs, 1):
            cell.execution_count, cell.outputs = number, nbformat.from_dict(outputs)
        return notebook


def execution(source: Path, root: Path = ROOT) -> Execution:
    """Return the execution of a page: the kept one if it is fresh, else a new one, kept.

    Parameters
    ----------
    source : Path
        The page's source, a MyST notebook below the root.
    root : Path
        The checkout.

    Returns
    -------
    Execution
        With ``kept`` true if nothing was executed.
    """
    return together([source], root)[source]


def together(those: Sequence[Path], root: Path = ROOT) -> dict[Path, Execution]:
    """Return executions of several pages; those that are not fresh share one kernel.

    One page follows another, and starts without the names of the last: what they share is what
    the package has already computed. Each is kept as if it had read what all of them did.

    Parameters
    ----------
    those : sequence of Path
        The pages' sources, in one folder.
    root : Path
        The checkout.

    Returns
    -------
    dict of Path to Execution
        In the order of the pages.
    """
    notebooks = {source: sources.read(source) for source in those}
    code = {source: code_cells(notebook) for source, notebook in notebooks.items()}
    project = environment(root)
    basis = {s: {"environment": project, "code": cells_digest(code[s])} for s in those}
    found = {s: recall(record_of(s, root), basis[s], root) for s in those}
    stale = [source for source in those if found[source] is None]
    if stale:
        place = record_of(stale[0], root).parent
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, prefix=".") as folder:
            log = Path(folder) / "read.txt"
            begun = time.time()
            before = traced.begin(root, log)
            new = run_all([notebooks[source] for source in stale], stale[0].parent, before)
            text = "\n".join(cell.source for source in stale for cell in code[source])
            read = traced.digests(root, log, text)
        for name in read:
            path = root / name.partition("#")[0]
            if path.exists() and path.stat().st_mtime > begun:
                read[name] = "changed meanwhile"  # which of the two was read, nobody knows
        for source, one in zip(stale, new, strict=True):
            found[source] = one
            kept = basis[source] | {"read": read, "seconds": one.seconds, "outputs": one.outputs}
            text = json.dumps(kept, indent=1, ensure_ascii=False)
            write_whole(record_of(source, root), text)
    return {source: one for source, one in found.items() if one is not None}


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """List the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def record_of(source: Path, root: Path = ROOT) -> Path:
    """Give the place where the execution of a page is kept."""
    page = source.resolve().relative_to(root.resolve()).with_suffix(".json")
    return root / "_build" / "executed" / page


def recall(record: Path, basis: dict[str, str], root: Path) -> Execution | None:
    """Return a kept execution if all that it rests on is unchanged."""
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
        fresh = all(kept[name] == value for name, value in basis.items()) and all(
            traced.digest(root, name) == value for name, value in kept["read"].items()
        )
        return Execution(kept["outputs"], kept["seconds"], kept=True) if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or not whole: as good as none


def environment(root: Path) -> str:
    """Hash what every page rests on: interpreter, packages, project, and these tools."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    total = hashlib.sha256(f"{sys.version}\0{json.dumps(project, sort_keys=True)}".encode())
    tools = (module.__file__ for module in (sources, traced, sys.modules[__name__]))
    for path in (root / "requirements.lock", *map(Path, tools)):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def cells_digest(cells: list[NotebookNode]) -> str:
    """Hash code cells with their tags, which may change how they run."""
    text = json.dumps([[cell.source, cell.metadata] for cell in cells], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Client(NotebookClient):
    """A client whose kernel runs some code in silence before the first cell."""

    before = ""

    async def async_start_new_kernel_client(self) -> object:
        """Start the kernel's client, and run the code."""
        client = await super().async_start_new_kernel_client()
        if self.before:
            reply = await client.execute_interactive(self.before, silent=True, timeout=TIMEOUT)
            assert reply["content"]["status"] == "ok", reply["content"]
        return client


def run(notebook: NotebookNode, folder: Path, before: str = "") -> Execution:
    """Execute the code cells of a notebook in a fresh kernel, which `before` may prepare."""
    (found,) = run_all([notebook], folder, before)
    return found


def run_all(notebooks: Sequence[NotebookNode], folder: Path, before: str = "") -> list[Execution]:
    """Execute notebooks in a fresh kernel, one after another, each without the last one's names."""
    parts = [[copy.deepcopy(cell) for cell in code_cells(notebook)] for notebook in notebooks]
    cells = list(parts[0])
    for number, part in enumerate(parts[1:], 1):
        for cell in part:
            cell["id"] = f"{number}-{cell['id']}"  # two pages may have the same cell
        cells += [nbformat.v4.new_code_cell(FORGET), *part]
    ends = {}
    client = Client(
        nbformat.v4.new_notebook(cells=cells),
        timeout=TIMEOUT,
        # On a busy machine kernels start late, and so come outputs; by default nbclient would go
        # on without these.
        startup_timeout=TIMEOUT,
        iopub_timeout=TIMEOUT,
        raise_on_iopub_timeout=True,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=lambda cell_index, **_: ends.update({cell_index: time.perf_counter()}),
    )
    client.before = before
    begun, last = time.perf_counter(), -2
    client.execute()
    found = []
    for part in parts:
        last += len(part) + 1
        end = ends.get(last, begun)
        for number, cell in enumerate(part, 1):
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = number  # the page's own, whatever ran before it
        outputs = [normalised(cell.outputs) for cell in part]
        found.append(Execution(outputs, end - begun, kept=False))
        begun = end
    return found


UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def told() -> Iterator[None]:
    """Say in a line what cannot be written, instead of where in these tools that was noticed."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        what = error.filename or "a file"
        raise SystemExit(
            f"Stopped: {what} cannot be written ({error.strerror}). What was whole is untouched. "
            "Make room, or build in a checkout of your own."
        ) from None


def running(process: str) -> bool:
    """Tell whether a process of this number is alive; it may be anybody's."""
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (ValueError, OSError):
        return False
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and put it there when it is whole.

    What a process that was killed left beside the place is removed.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        if not running(left.suffix[1:]):
            left.unlink(missing_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def bare_png(content: bytes) -> bytes:
    """Drop a PNG's textual chunks."""
    if not content.startswith(PNG_SIGNATURE):
        raise ValueError("an image/png output is not a PNG")
    kept, at = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        end = at + 12 + length
        if content[at + 4 : at + 8] in PNG_KEPT:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def normalised(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Strip from a cell's outputs what differs between two executions of the same source."""
    outputs = merged(outputs)
    for output in outputs:
        data = output.get("data", {})
        if "image/png" in data:
            png = bare_png(base64.b64decode(data["image/png"]))
            data["image/png"] = base64.b64encode(png).decode()
    return outputs


def merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed in pieces: where it is cut depends on the time it took."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined
