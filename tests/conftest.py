"""What several test files share: a copy of the data to damage, and a paper to invent."""

import csv
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from replication import datasets, papers
from replication.datasets import descriptor

# Tests say what is right, not how fast: a loaded machine may take its time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

CLAIM = {
    "where": "Table 1",
    "quantity": "exponent",
    "unit": "1",
    "kind": "measured",
    "family": "",
    "printed": "0.50",
    "tolerance": "",
    "tolerance_kind": "digits",
    "provenance": "paper",
    "expected": "reproduced",
    "variant": "",
    "note": "",
}
TOY = {
    "title": "A toy",
    "venue": "Journal of Toys",
    "url": "https://example.org/toy",
    "replication": "simulation",
    "availability": "Everything.",
}
Toy = Callable[..., str]
# Files that take long, longest first: at the end no worker is left alone with one of them.
LONG = (
    "tests/pages/test_pages.py",
    "tests/test_study.py",
    "tests/test_wheel.py",
    "tests/test_scaffold.py",
    "tests/test_notebook_pairs.py",
    "tests/fitting/test_global.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say what workers share: a file stays with one of them, and of the pages' file each page.

    What a file computes once is then computed once. In one process nothing changes.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        file = item.nodeid.partition("::")[0]
        page = getattr(item, "callspec", None) if file == LONG[0] else None
        name = (page.params.get("visit") or page.params.get("name")) if page else None
        item.add_marker(pytest.mark.xdist_group(f"{file}:{name}" if name else file))
    order = {file: place for place, file in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(LONG)))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data folder, which the package reads instead of its own."""
    copy = tmp_path / "data"
    shutil.copytree(descriptor.root(), copy)
    monkeypatch.setattr(descriptor, "root", lambda: copy)
    return copy


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """Return a function that invents papers: their claims and, if given, the module's code."""
    shared = descriptor.root() / "schemas"
    root, modules = tmp_path / "toy_data", tmp_path / "toy_papers"
    modules.mkdir()
    shutil.copytree(shared, root / "schemas")
    monkeypatch.setattr(descriptor, "root", lambda: root)
    monkeypatch.setattr(papers, "__path__", [str(modules)])
    invented = []

    def invent(rows: list[dict[str, str]], code: str | None = None, key: str = "toy2024") -> str:
        (root / key).mkdir()
        with (root / key / "claims.csv").open("w", newline="") as file:
            columns = ["id", *CLAIM]
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(CLAIM | row for row in rows)
        table = {
            "name": "claims",
            "path": "claims.csv",
            "title": "Claims",
            "description": "Invented.",
            "how": "transcribed",
            "licence": "none",
            "sources": [{"title": "A toy", "path": "https://example.org/toy"}],
        }
        first, year = key[:-4].capitalize(), int(key[-4:])
        paper = TOY | {"authors": [f"A. {first}", "B. Model"], "year": year}
        package = {"name": key, "paper": paper, "resources": [table]}
        (root / key / datasets.DESCRIPTOR).write_text(json.dumps(package))
        datasets.refresh()
        if code is not None:
            head = f"from replication.claims import Answer, ClaimSet\nclaims = ClaimSet({key!r})\n"
            (modules / f"{key}.py").write_text(head + code)
        invented.append(key)
        return key

    yield invent
    for key in invented:
        sys.modules.pop(f"{papers.__name__}.{key}", None)
        if hasattr(papers, key):
            delattr(papers, key)
