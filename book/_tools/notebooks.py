"""Execute the chapters: ``notebooks/<key>.md`` in, ``notebooks/<key>.ipynb`` out.

The stored notebook holds what a reader sees, in plain Markdown, and nothing that changes from
run to run, so two executions give the same bytes and a difference in review is one in content.

A chapter of which nothing has changed since it was executed for the book is not executed again.

    python book/_tools/notebooks.py              execute all chapters
    python book/_tools/notebooks.py hoffmann2022 execute one
    python book/_tools/notebooks.py --check      compare with what is stored, write nothing
"""

import argparse
import base64
import json
import struct
import sys
from pathlib import Path
from typing import Any

import nbformat

import executions
import sources
from executions import Execution
from standalone import standalone

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


def execute(source: Path) -> str:
    """Execute a chapter in a fresh kernel and return the text of its notebook."""
    return written(source, executions.run(sources.read(source), source.parent))


def executed(source: Path) -> str:
    """Return the text of a chapter's notebook, executed unless a fresh execution is kept."""
    return written(source, executions.execution(source))


def written(source: Path, execution: Execution) -> str:
    """Write what a reader gets of a chapter and its execution, the same bytes each time."""
    notebook = standalone(execution.fill(sources.read(source)), source)
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def comparable(text: str) -> Any:
    """Reduce images to their size: pixels differ with the fonts of a machine."""
    try:
        notebook = json.loads(text)
    except ValueError as error:
        raise SystemExit(f"A stored notebook is not whole ({error}); run make notebooks.") from None
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for mime, content in output.get("data", {}).items():
                if mime == "image/png":
                    png = base64.b64decode(content)
                    output["data"][mime] = list(struct.unpack(">II", png[16:24]))
    return notebook


def difference(stored: str, fresh: str) -> str | None:
    """Say which cell of a stored notebook differs from a fresh execution, if one does."""
    old, new = comparable(stored), comparable(fresh)
    if old == new:
        return None
    for index, (before, after) in enumerate(zip(old["cells"], new["cells"], strict=False)):
        if before != after:
            part = next(k for k in after if before.get(k) != after[k])
            return f"cell {index} differs in its {part}:\n{''.join(after['source'])}"
    return "the number of cells or the metadata differ"


def main(arguments: list[str] | None = None, folder: Path = NOTEBOOKS) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keys", nargs="*", help="chapters to execute; all by default")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    found = [folder / f"{key}.md" for key in options.keys] or sorted(folder.glob("*.md"))
    status = 0
    for source in found:
        if not source.exists():
            known = ", ".join(sorted(p.stem for p in folder.glob("*.md"))) or "none"
            parser.error(f"no chapter {source.stem!r}; there are: {known}")
        target = source.with_suffix(".ipynb")
        text = executed(source) if source.is_relative_to(ROOT) else execute(source)
        if not options.check:
            executions.write_whole(target, text)
            print(f"{target.name}: {len(text.encode()) // 1024} KB")
            continue
        stored = target.read_text(encoding="utf-8") if target.exists() else None
        problem = "it is not stored" if stored is None else difference(stored, text)
        if problem:
            status = 1
            print(f"{target.name}: {problem}\nRefresh it with: make notebooks")
        else:
            print(f"{target.name}: as stored")
    return status


if __name__ == "__main__":
    with executions.told():
        sys.exit(main())
