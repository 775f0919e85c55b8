"""A release: its files, their checksums, and what its records say in one voice."""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

import release
from replication.datasets import tables

ROOT = Path(__file__).parents[1]
ZENODO = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    (folder / "book").mkdir(parents=True)
    (folder / "index.html").write_text("<p>first</p>")
    (folder / "book/api.html").write_text("<p>second</p>")
    return folder


def test_zenodo_citation_and_project_say_the_same():
    project = release.project(ROOT)
    preferred = CITATION["preferred-citation"]
    assert {ZENODO["version"], str(CITATION["version"]), str(preferred["version"])} == {
        project["version"]
    }
    assert {ZENODO["title"], preferred["title"]} == {CITATION["title"]}
    assert ZENODO["description"] == CITATION["abstract"].strip()
    assert ZENODO["publication_date"] == str(CITATION["date-released"])
    assert preferred["year"] == CITATION["date-released"].year
    assert ZENODO["license"] == CITATION["license"] == project["license"]
    assert ZENODO["keywords"] == CITATION["keywords"]
    names = [author["name"] for author in CITATION["authors"]]
    assert [one["name"] for one in ZENODO["creators"]] == names
    assert [one["name"] for one in preferred["authors"]] == names
    assert [one["name"] for one in project["authors"]] == names


def test_the_same_pages_give_the_same_archive(pages, tmp_path):
    for name in ("a", "b"):
        release.archive(pages, tmp_path / name, "site")
        (pages / "index.html").touch()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with tarfile.open(tmp_path / "a") as tar:
        assert tar.getnames() == ["site/book/api.html", "site/index.html"]
        assert tar.extractfile("site/index.html").read() == b"<p>first</p>"


def test_every_table_of_data_is_in_the_manifest():
    found = release.data_packages(ROOT)
    described = {
        f"{key}/{path}": one["hash"]
        for key, package in found["packages"].items()
        for path, one in package["tables"].items()
    }
    assert described == {table.path: table.hash for table in tables()}
    for name, said in list(described.items())[:5]:
        content = (ROOT / "data" / name).read_bytes()
        assert said == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert found == release.data_packages(ROOT)


def test_a_release_is_whole_and_its_checksums_hold(pages, tmp_path, monkeypatch):
    root = tmp_path / "root"
    root.mkdir()
    for name in ("pyproject.toml", "requirements.lock", "CITATION.cff", ".zenodo.json"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "data").symlink_to(ROOT / "data")

    def built(_, folder):
        (folder / "package.whl").write_bytes(b"wheel")

    monkeypatch.setattr(release, "packages", built)
    files = release.release(root, pages)
    assert [path.name for path in files][-2:] == ["MANIFEST.json", "SHA256SUMS"]
    assert {path.parent for path in files} == {root / "dist"}
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=root / "dist")
    assert checked.returncode == 0
    manifest = json.loads((root / "dist/MANIFEST.json").read_text())
    assert manifest["version"] == release.project(ROOT)["version"]
    assert {"package.whl", ".zenodo.json", "CITATION.cff"} < set(manifest["files"])
    assert [p.name for p in root.iterdir() if p.name.startswith(".dist")] == []


def test_without_pages_there_is_no_release_and_the_last_one_stays(tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/last").touch()
    with pytest.raises(SystemExit, match="run `make book` first"):
        release.release(tmp_path)
    assert (tmp_path / "dist/last").exists()
