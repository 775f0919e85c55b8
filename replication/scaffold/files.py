"""The files of a new chapter: made in memory, written together, taken back if one fails."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from replication.claims import Claim, judge
from replication.datasets import DESCRIPTOR, refresh
from replication.errors import ArgumentError, ReplicationError, unknown
from replication.scaffold.plan import IN_WORDS, KNOWN, Plan

PROMPT = "write:"
"""What a prompt begins with, in a comment; a chapter that has one is a draft."""
NEEDED = ("_toc.yml", "book/references.bib", "book/_tools/notebooks.py", "data")
_CLAIM_COLUMNS = (
    "id", "where", "quantity", "unit", "kind", "family", "printed", "tolerance",
    "tolerance_kind", "provenance", "expected", "variant", "note",
)  # fmt: skip


class _Text(Template):
    """A template whose names follow an @, since a chapter is full of dollars."""

    delimiter = "@"


def new(plan: Plan, checkout: Path, *, execute: bool = True) -> list[str]:
    """Write every file of a new chapter into a checkout.

    Parameters
    ----------
    plan : Plan
        What the chapter is about.
    checkout : Path
        The repository.
    execute : bool
        Whether to run the chapter and store its notebook, which needs the extra ``book``.

    Returns
    -------
    list of str
        What was written, a line a file, and what to do next.

    Raises
    ------
    ArgumentError
        If the folder is no checkout, or something of that key exists.
    ReplicationError
        If what was written could not be used; it has been taken back then.
    """
    for name in NEEDED:
        if not (checkout / name).exists():
            raise ArgumentError(
                f"{checkout} has no {name}: a chapter is made in a clone of the book, with the "
                "package installed from it (`pip install --editable .`)."
            )
    texts = _texts(plan, checkout)
    before = {path: path.read_bytes() if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        refresh()
        if execute:
            _execute(plan.key, checkout)
    except (ReplicationError, OSError):
        _take_back(before)
        raise
    lines = [path.relative_to(checkout).as_posix() for path in texts]
    return [*(f"wrote {line}" for line in lines), *_next(plan)]


def _texts(plan: Plan, checkout: Path) -> dict[Path, str]:
    """Make every file's text, existing ones with what is added to them."""
    key = plan.key
    fresh = {
        f"data/{key}/{plan.name}.csv": _table(plan),
        f"data/{key}/claims.csv": _claims(plan),
        f"data/{key}/{DESCRIPTOR}": _descriptor(plan),
        f"replication/papers/{key}.py": _filled("module.py.tmpl", plan),
        f"notebooks/{key}.md": _filled("chapter.md.tmpl", plan),
        f"tests/papers/test_{key}.py": _filled("test.py.tmpl", plan),
    }
    for name in (*fresh, f"replication/papers/{key}", f"data/{key}"):
        if (checkout / name).exists():
            raise ArgumentError(
                f"{name} exists: {key} has been begun. Choose another key, or edit it."
            )
    bibliography = _read(checkout / "book/references.bib")
    if re.search(rf"^@\w+\{{{key},", bibliography, re.MULTILINE):
        raise ArgumentError(
            f"book/references.bib has an entry {key}. Choose another key, or take it out."
        )
    grown = {
        "book/references.bib": f"{bibliography.rstrip()}\n\n{_entry(plan)}",
        "_toc.yml": _contents(key, _read(checkout / "_toc.yml"), plan.after),
    }
    return {checkout / name: text for name, text in (fresh | grown).items()}


def _table(plan: Plan) -> str:
    rows = [list(plan.frame.columns), *plan.frame.to_numpy().tolist()]
    return _csv(rows)


def _claims(plan: Plan) -> str:
    law = plan.fitted.law.to_dict()
    units = {"A": plan.meanings[plan.response].unit, "alpha": "1"}
    rows: list[list[str]] = [list(_CLAIM_COLUMNS)]
    for name, printed in plan.printed.items():
        quantity = f"{name} of the power law in {IN_WORDS.get(plan.read, plan.read)}"
        values = {
            "id": f"P1.{name}",
            "where": plan.where,
            "quantity": quantity,
            "unit": units[name],
            "kind": "measured",
            "printed": printed,
            "tolerance_kind": "digits",
            "provenance": "paper",
            "expected": "reproduced",
        }
        claim = Claim(paper=plan.key, tolerance=None, **values)
        if judge(claim, law[name]).verdict == "differs":
            values["expected"] = "differs"
            values["note"] = (
                "Ours is by least squares on the logarithms of all rows. Whether the paper selects "
                "runs or fits otherwise has not been looked into yet."
            )
        rows.append([values.get(column, "") for column in _CLAIM_COLUMNS])
    return _csv(rows)


def _filled(template: str, plan: Plan) -> str:
    law = {name: float(value) for name, value in plan.fitted.law.to_dict().items()}
    pair = (plan.read, plan.response)
    words = {name: IN_WORDS.get(name, name.replace("_", " ")) for name in pair}
    ids = [f"P1.{name}" for name in plan.printed]
    quoted = [f"{{glue:text}}`P1.{name}.printed` for ${_symbol(name)}$" for name in plan.printed]
    axes = [
        f'"{name}"'
        if name in KNOWN
        else f'plot.Quantity("{words[name]} ({plan.meanings[name].unit})")'
        for name in pair
    ]
    values = {
        "key": plan.key,
        "citation": plan.citation,
        "authors_text": plan.citation.rpartition(" (")[0],
        "where": plan.where,
        "table": plan.name,
        "table_words": plan.name.replace("_", " "),
        "input": plan.read,
        "response": plan.response,
        "input_word": words[plan.read],
        "response_word": words[plan.response],
        "rows": str(len(plan.frame)),
        "alpha": f"{round(law['alpha'], 4)}",
        "exponent": f"{law['alpha']:.6g}",
        "A": f"{law['A']:.6g}",
        "ids": ", ".join(f'"{name}"' for name in ids),
        "answers": ", ".join(f'"P1.{name}": law["{name}"]' for name in plan.printed),
        "printed_text": " and ".join(quoted),
        "input_axis": axes[0],
        "response_axis": axes[1],
    }
    place = files("replication.scaffold") / "templates" / template
    return _Text(place.read_text(encoding="utf-8")).substitute(values)


def _symbol(name: str) -> str:
    return rf"\{name}" if name.islower() else name


def _descriptor(plan: Plan) -> str:
    tables = [_claims_resource(plan), _table_resource(plan)]
    tables.sort(key=lambda table: str(table["name"]))
    package = {"name": plan.key, "paper": _paper(plan), "resources": tables}
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def _paper(plan: Plan) -> dict[str, Any]:
    told = f"The chapter works on one table, {plan.how} from the source it names."
    return {
        "authors": list(plan.authors),
        "year": plan.year,
        "title": plan.title,
        "venue": plan.venue,
        "arxiv": plan.arxiv,
        "url": plan.url,
        "replication": plan.replication,
        "availability": plan.availability or told,
    }


def _resource(plan: Plan, name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    plain = plan.citation.replace(" (", " ").rstrip(")")
    source = {"title": plain, "path": plan.url}
    if name != "claims" and plan.source:
        source = {"title": f"Source of the table {name}", "path": plan.source}
        if place := re.search(r"/(?:blob|tree)/([^/]+)(?:/|$)", plan.source):
            source["commit"] = place[1]
    return {"name": name, "path": f"{name}.csv", **about, "sources": [source]}


def _claims_resource(plan: Plan) -> dict[str, Any]:
    about = {
        "title": f"Printed claims of {plan.citation.replace(' (', ' ').rstrip(')')}",
        "description": "One row, one number. Judged by replication.claims.",
        "how": "transcribed",
        "licence": "none checked at the source; the printed numbers are facts",
    }
    return _resource(plan, "claims", about)  # refresh adds the columns, the same for every paper


def _table_resource(plan: Plan) -> dict[str, Any]:
    columns = []
    for name, numeric in plan.numeric.items():
        column = plan.meanings[name]
        whole = bool((plan.frame[name] != "").all())
        rules: dict[str, Any] = {"required": True} if whole else {}
        columns.append(
            {
                "name": name,
                "type": "number" if numeric else "string",
                "unit": column.unit if numeric else "",
                "description": column.meaning,
                **({"constraints": rules} if rules else {}),
            }
        )
    about = {
        "title": f"Table {plan.name} of {plan.citation.replace(' (', ' ').rstrip(')')}",
        "description": f"{len(plan.frame)} rows, one a run.",
        "how": plan.how,
        "licence": plan.licence,
    }
    shape = {"sort": list(plan.order), "schema": {"fields": columns}}
    return _resource(plan, plan.name, about) | shape


def _entry(plan: Plan) -> str:
    lines = {
        "author": " and ".join(plan.authors),
        "title": plan.title,
        "year": str(plan.year),
        "howpublished": plan.venue,
        "url": plan.url,
    }
    if plan.arxiv:
        lines |= {"eprint": plan.arxiv, "archiveprefix": "arXiv"}
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in lines.items())
    return f"@misc{{{plan.key},\n{body}\n}}\n"


def _contents(key: str, text: str, after: str) -> str:
    """Add the chapter after the one that is named, or after the last one that is there."""
    found = list(re.finditer(r"^( *)- file: notebooks/(\S+)\n", text, re.MULTILINE))
    if not found:
        raise ArgumentError(
            "_toc.yml names no chapter yet; add one line `- file: notebooks/KEY` by hand."
        )
    named = {match[2]: match for match in found}
    if after and after not in named:
        raise unknown("chapter of _toc.yml", after, named)
    place = named[after] if after else found[-1]
    return f"{text[: place.end()]}{place[1]}- file: notebooks/{key}\n{text[place.end() :]}"


def _csv(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _execute(key: str, checkout: Path) -> None:
    tool = checkout / "book" / "_tools" / "notebooks.py"
    done = subprocess.run(
        [sys.executable, str(tool), key], cwd=checkout, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or "no word").splitlines()[-1]
        raise ReplicationError(
            f"The new chapter could not be executed ({last}), so nothing was kept. Run this in the "
            "environment that `make book` makes: .venv/bin/replication new ..."
        )


def _take_back(before: Mapping[Path, bytes | None]) -> None:
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()
        else:
            path.write_bytes(content)


def _next(plan: Plan) -> list[str]:
    return [
        "",
        f"The chapter builds and verifies as it is: make book; replication verify {plan.key}.",
        f"It is a draft until no `{PROMPT}` is left in its files and its box is taken out.",
        "By hand: a line in book/index.md and in CHANGELOG.md; symbols in book/notation.md if it",
        "brings any; data/performance gets its run time from `make bench`. See CONTRIBUTING.md.",
    ]
