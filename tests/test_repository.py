"""The repository as a whole: what is in it, and that each paper's pieces are all there."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from replication.scaffold import PROMPT

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
KEY = re.compile(r"[a-z]+(?:19|20)\d\d")
BYTES_A_FILE = 1_000_000


def tracked() -> list[Path]:
    """What git tracks or would track; without git (a source archive) there is nothing to ask."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]


FILES = tracked()
TEXTS = [p for p in FILES if p.suffix not in {".png", ".woff", ".ico"}]


def keys(paths) -> set[str]:
    """The stems that are a paper's key."""
    return {p.stem for p in paths if KEY.fullmatch(p.stem)}


CHAPTERS = keys((ROOT / "notebooks").glob("*.md"))
SLUGS = {p.stem for p in (ROOT / "notebooks").glob("*.md")} - CHAPTERS
PAPERS = keys((ROOT / "replication" / "papers").glob("*"))
BIBLIOGRAPHY = set(
    re.findall(r"^@\w+\{([^,]+),", (ROOT / "book/references.bib").read_text(), re.MULTILINE)
)


def toc_files() -> list[str]:
    """Every page that _toc.yml names."""
    return re.findall(r"^\s*(?:- file|root): (\S+)$", (ROOT / "_toc.yml").read_text(), re.M)


def test_no_file_is_large():
    assert [str(p) for p in FILES if p.stat().st_size > BYTES_A_FILE] == []


def test_no_third_party_bundle_is_committed():
    bundles = re.compile(r"\.min\.(js|css)$|mathjax|require\.js|jquery|datatables|vega", re.I)
    suspects = [p for p in FILES if p.suffix in {".js", ".css", ".woff", ".woff2", ".ttf"}]
    assert [p for p in suspects if bundles.search(p.name) or p.stat().st_size > 50_000] == []


@pytest.mark.skipif(not FILES, reason="not a git checkout")
def test_no_machine_path_is_committed():
    path = re.compile(r"(?:/home/[a-z]|/Users/[A-Z]|/root/|/work/|(?<![\w.])/tmp/|[A-Z]:\\\\Users)")
    found = []
    for file in TEXTS:
        if file == Path(__file__):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if path.search(line) and "base64" not in line:
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []


@pytest.mark.parametrize("page", toc_files())
def test_every_page_of_the_toc_exists(page):
    assert (ROOT / f"{page}.md").exists()


def test_every_chapter_is_in_the_toc():
    chapters = {f"notebooks/{p.stem}" for p in (ROOT / "notebooks").glob("*.md")}
    assert chapters <= set(toc_files())


@pytest.mark.parametrize("key", sorted(CHAPTERS))
def test_a_paper_has_all_its_pieces(key):
    pieces = {
        "executed notebook": (ROOT / f"notebooks/{key}.ipynb").exists(),
        "data folder": (ROOT / f"data/{key}").is_dir(),
        "claims": (ROOT / f"data/{key}/claims.csv").exists(),
        "module": key in PAPERS,
        "bibliography entry": key in BIBLIOGRAPHY,
    }
    assert [name for name, there in pieces.items() if not there] == []


@pytest.mark.parametrize("key", sorted(CHAPTERS | SLUGS))
def test_prompts_stand_in_drafts_only(key):
    """What `replication new` asks for is written, or the chapter's page says that it is not."""
    files = [ROOT / f"notebooks/{key}.md", ROOT / f"tests/papers/test_{key}.py"]
    files += [ROOT / f"replication/papers/{key}.py"]
    files += (ROOT / f"replication/papers/{key}").rglob("*.py")
    prompt = re.compile(rf"(?:<!--|#) {PROMPT}")
    found = [f.name for f in files if f.exists() and prompt.search(f.read_text(encoding="utf-8"))]
    draft = "{admonition} Draft\n" in files[0].read_text(encoding="utf-8")
    assert draft or found == [], "write what is asked for, then take the prompts out"


@pytest.mark.parametrize("slug", sorted(SLUGS))
def test_a_chapter_of_our_own_has_a_notebook_and_no_ledger(slug):
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", slug)
    assert (ROOT / f"notebooks/{slug}.ipynb").exists()
    assert not (ROOT / f"data/{slug}").exists()


def test_every_key_is_spelled_as_in_the_bibliography():
    data = keys(p for p in (ROOT / "data").iterdir() if p.is_dir())
    used = CHAPTERS | PAPERS | data
    assert used - BIBLIOGRAPHY == set()


def test_the_changelog_has_the_version():
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert headings[0] == "Unreleased"
    assert headings[1] == VERSION


def test_the_citation_file_names_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == VERSION
    assert {"message", "title", "authors", "license", "date-released"} <= set(citation)
    dated = re.search(rf"^## \[{VERSION}\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert dated and dated[1] == str(citation["date-released"])
