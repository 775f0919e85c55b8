"""Write a stored notebook as plain text, for a diff: cells, printed output, figures by their words.

git config diff.notebook.textconv "python book/_tools/plain.py"   for every `git diff`
make diff REV=HEAD~1                                              without any setting
"""

import json
import re
import sys
from pathlib import Path
from typing import Any


def plain(text: str) -> str:
    """Turn a notebook's JSON into lines that a person can compare."""
    lines: list[str] = []
    for cell in json.loads(text)["cells"]:
        tags = " ".join(cell["metadata"].get("tags", []))
        lines += [
            "",
            f"--- {cell['cell_type']}{f' ({tags})' if tags else ''}",
            *joined(cell["source"]),
        ]
        for output in cell.get("outputs", []):
            lines += [f"> {line}" for line in shown(output)]
    return "\n".join(lines).strip() + "\n"


def shown(output: dict[str, Any]) -> list[str]:
    """Write one output: its text, or the alt text of a figure."""
    if "text" in output:
        return joined(output["text"])
    if "ename" in output:
        return [f"{output['ename']}: {output['evalue']}"]
    about = output.get("metadata", {})
    name = about.get("scrapbook", {}).get("name", "")
    found = [f"[{name}]"] if name else []
    for mime, content in output["data"].items():
        if "image/" in mime:
            kind = mime.rpartition("/")[2]
            alt = next((m["alt"] for m in about.values() if "alt" in m), "")
            found.append(f"figure ({kind}): {alt}")
        elif mime.endswith("text/html"):
            rows = re.sub(r"</tr>|<br>", "\n", "".join(content)).splitlines()
            cells = (re.sub(r"<[^>]*>", " ", row) for row in rows)
            found += [" ".join(row.split()) for row in cells if row.strip()]
        elif mime.endswith(("text/markdown", "text/plain")) and len(output["data"]) == 1:
            found += joined(content)
    if not found[bool(name) :]:
        found += joined(output["data"].get("text/plain", ""))
    return [" ".join(found)] if name and len(found) == 2 else found


def joined(text: str | list[str]) -> list[str]:
    """Split a notebook's text, which may come in pieces, into lines."""
    return "".join(text).splitlines()


if __name__ == "__main__":
    sys.stdout.write(plain(Path(sys.argv[1]).read_text(encoding="utf-8")))
