"""Execute a page of the book once, and keep what it showed until something it read has changed.

The built pages, the stored notebooks and their test all take an execution from here, so each
chapter runs once, in a fresh kernel of its own. A kept execution is used only if the cells, the
interpreter, the locked packages, the project's description and the content of every file that
the kernel opened are what they were; there is nothing to drop and nothing to forget.
"""

import base64
import copy
import hashlib
import json
import os
import struct
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

import sources
import traced

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 600  # seconds a cell
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
    notebook = sources.read(source)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    record = record_of(source, root)
    basis = {"environment": environment(root), "code": cells_digest(cells)}
    if (found := recall(record, basis, root)) is not None:
        return found
    record.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=record.parent, prefix=".") as folder:
        log = Path(folder) / "read.txt"
        begun = time.time()
        found = run(notebook, source.parent, traced.begin(root, log))
        read = traced.digests(root, log, "\n".join(cell.source for cell in cells))
    for name in read:
        path = root / name.partition("#")[0]
        if path.exists() and path.stat().st_mtime > begun:
            read[name] = "changed meanwhile"  # which of the two was read, nobody knows
    kept = basis | {"read": read, "seconds": found.seconds, "outputs": found.outputs}
    write_whole(record, json.dumps(kept, indent=1, ensure_ascii=False))
    return found


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
    cells = [copy.deepcopy(cell) for cell in notebook.cells if cell.cell_type == "code"]
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
    )
    client.before = before
    begun = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - begun
    return Execution([normalised(cell.outputs) for cell in cells], seconds, kept=False)


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and put it there when it is whole."""
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
