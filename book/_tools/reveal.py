"""A notebook of slides as one HTML file that needs no network, by nbconvert and reveal.js.

Runs in the environment of `make slides`, whose package sphinx-revealjs carries reveal.js.

    python book/_tools/reveal.py IN.ipynb OUT.html
"""

import re
import sys
from importlib.resources import files
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent
LOADED = re.compile(
    r"""(?:\b(?:src|href)\s*=\s*["']?|url\(\s*["']?|@import\s+["'])\s*((?:https?:)?//[^\s"')>]+)""",
    re.IGNORECASE,
)
IMPORT = re.compile(r"@import\s+url\([^)]*\);?|@import\s+[\"'][^\"']*[\"'];?")


def external(page: str) -> list[str]:
    """List the addresses that a page would load or lead to.

    >>> external('<script src="https://cdn.example/x.js"></script><a href="#/1">')
    ['https://cdn.example/x.js']
    """
    return LOADED.findall(page)


def render(notebook: Path) -> str:
    """Write a notebook as slides."""
    import nbformat
    from nbconvert import SlidesExporter

    home = files("sphinx_revealjs") / "_static" / "revealjs"
    carried = {
        "reveal_css": home / "dist" / "reveal.css",
        "theme_css": home / "dist" / "theme" / "white.css",
        "reveal_js": home / "dist" / "reveal.js",
        "notes_js": home / "plugin" / "notes" / "notes.js",
    }
    texts = {name: IMPORT.sub("", p.read_text(encoding="utf-8")) for name, p in carried.items()}
    exporter = SlidesExporter(
        template_name="reveal_offline", extra_template_basedirs=[str(TEMPLATES)]
    )
    nb = nbformat.read(notebook, as_version=4)
    page, _ = exporter.from_notebook_node(nb, resources=texts)
    return page


def main() -> int:
    """Run the command line."""
    notebook, out = map(Path, sys.argv[1:])
    page = render(notebook)
    if found := external(page):
        print(f"Not written: the slides would need {', '.join(found)}.", file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    print(f"The slides are written: open {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
