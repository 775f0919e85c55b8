"""Build what a release consists of into ``dist/``: packages, pages, manifest, checksums.

    python book/_tools/release.py            needs the built book, see `make release`

The archive of the pages has the same bytes whenever the pages have: names are sorted, and times
and owners left out. ``MANIFEST.json`` says what was built from which commit, with the hash of
every table of data, so that a number can be traced to the data of its version.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHECKSUMS = "SHA256SUMS"
MANIFEST = "MANIFEST.json"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def project(root: Path) -> dict[str, Any]:
    """Return what the project file says of the project."""
    found: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def archive(pages: Path, target: Path, name: str) -> None:
    """Pack the built pages under one folder, the same bytes for the same pages."""
    beside = target.with_name(f".{target.name}")
    with (
        beside.open("wb") as raw,
        gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in sorted(p for p in pages.rglob("*") if p.is_file()):
            content = path.read_bytes()
            entry = tarfile.TarInfo(f"{name}/{path.relative_to(pages).as_posix()}")
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    os.replace(beside, target)


def data_packages(root: Path) -> dict[str, Any]:
    """Return the tables of each folder of data with their hashes, and one hash of them all."""
    packages: dict[str, Any] = {}
    for descriptor in sorted((root / "data").glob("*/datapackage.json")):
        tables = {
            one["path"]: {name: one[name] for name in ("rows", "bytes", "hash")}
            for one in json.loads(descriptor.read_text(encoding="utf-8"))["resources"]
        }
        packages[descriptor.parent.name] = {
            "descriptor": f"sha256:{digest(descriptor)}",
            "tables": tables,
        }
    text = json.dumps(packages, sort_keys=True)
    return {"version": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", "packages": packages}


def commit(root: Path) -> str:
    """Name the commit that is checked out, marked if files differ from it; empty without git."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip()


def describe(root: Path, files: list[Path]) -> dict[str, Any]:
    """Return the manifest of a release."""
    about = project(root)
    return {
        "name": about["name"],
        "version": about["version"],
        "commit": commit(root),
        "python": about["requires-python"],
        "lock": f"sha256:{digest(root / 'requirements.lock')}",
        "files": {
            path.name: {"bytes": path.stat().st_size, "hash": f"sha256:{digest(path)}"}
            for path in files
        },
        "data": data_packages(root),
    }


def packages(root: Path, folder: Path) -> None:
    """Build wheel and source distribution, in an environment that is there already."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(root)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def release(root: Path = ROOT, pages: Path | None = None) -> list[Path]:
    """Build a release into ``dist/``, which is replaced when all of it is there.

    Parameters
    ----------
    root : Path
        The checkout.
    pages : Path, optional
        The built pages; by default those of `make book`.

    Returns
    -------
    list of Path
        The files, with their checksums in the last.
    """
    pages = pages or root / "_build" / "html"
    if not (pages / "index.html").exists():
        raise SystemExit(f"There are no pages in {pages}: run `make book` first.")
    about = project(root)
    name = f"{about['name']}-{about['version']}-html"
    with tempfile.TemporaryDirectory(dir=root, prefix=".dist-") as made:
        folder = Path(made)
        packages(root, folder)
        archive(pages, folder / f"{name}.tar.gz", name)
        shutil.copyfile(root / "CITATION.cff", folder / "CITATION.cff")
        shutil.copyfile(root / ".zenodo.json", folder / ".zenodo.json")
        files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != ".gitignore")
        manifest = json.dumps(describe(root, files), indent=1, ensure_ascii=False)
        (folder / MANIFEST).write_text(manifest + "\n", encoding="utf-8")
        files.append(folder / MANIFEST)
        sums = "".join(f"{digest(path)}  {path.name}\n" for path in files)
        (folder / CHECKSUMS).write_text(sums, encoding="utf-8")
        files.append(folder / CHECKSUMS)
        place = root / "dist"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return [path.replace(place / path.name) for path in files]


if __name__ == "__main__":
    for built in release():
        print(f"{built.stat().st_size:>12,}  {built.relative_to(ROOT)}")
