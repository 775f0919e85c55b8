"""Take the README's figure out of the stored notebook that draws it."""

import base64
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE, NAME = ROOT / "notebooks" / "besiroglu2024.ipynb", "fig_ratio"
TARGET = ROOT / "book" / "_static" / "readme.png"


def picture(notebook: Path, name: str) -> bytes:
    """Return the PNG of a figure that a stored notebook shows under a name."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("scrapbook", {})
            if about.get("name") == name and "image/png" in output["data"]:
                return base64.b64decode(output["data"]["image/png"])
    raise SystemExit(f"{notebook.name} has no figure {name!r}; run make notebooks.")


if __name__ == "__main__":
    TARGET.write_bytes(picture(SOURCE, NAME))
    print(f"{TARGET.relative_to(ROOT)}: from {SOURCE.name}")
