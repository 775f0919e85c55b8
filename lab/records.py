"""What is kept of a run: its JSON, and the tidy table of all JSONs of a folder, a row a run."""

import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from lab.design import Run, declared

LOSSES = ("loss", "loss_se", "loss_trunk", "loss_train")
SECONDS = ("cpu_s", "cpu_s_own", "wall_s")


class Trained(Protocol):
    """What is trained and leaves a JSON: a `Run`, or what goes on from one."""

    @property
    def id(self) -> str:
        """Name of the JSON."""

    @property
    def steps(self) -> int:
        """Optimiser steps."""

    @property
    def tokens(self) -> int:
        """Bytes seen."""

    @property
    def flops(self) -> int:
        """Training FLOPs."""

    def to_dict(self) -> dict[str, object]:
        """Return the fields, as JSON stores them."""


def write(run: Trained, folder: Path, found: dict[str, Any]) -> dict[str, Any]:
    """Write a run's JSON, whole or not at all, and return its content.

    Parameters
    ----------
    run : Trained
        The configuration.
    folder : Path
        Where `<id>.json` goes.
    found : dict
        What was measured, and the hash of the text.
    """
    record = {
        "id": run.id,
        "run": run.to_dict(),
        "steps": run.steps,
        "tokens": run.tokens,
        "flops": run.flops,
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **found,
    }
    part = folder / f"{run.id}.part"
    part.write_text(json.dumps(record, indent=1), encoding="utf-8")
    part.replace(folder / f"{run.id}.json")
    return record


def row(record: dict[str, Any]) -> dict[str, Any]:
    """Return the row of one JSON: the configuration, the counts, what was measured."""
    run = Run(**record["run"])
    stages = declared()
    return {
        "run": run.id,
        "stage": stages[run.id][0] if run.id in stages else "own",
        "width": run.width,
        "layers": run.layers,
        "params": run.params,
        "params_nonembedding": run.params_nonembedding,
        "schedule": run.schedule,
        "rate": run.rate,
        "seed": run.seed,
        "batch": run.batch,
        "steps": record["steps"],
        "tokens": record["tokens"],
        "flops": record["flops"],
        "isoflop_budget": run.budget,
        **{name: round(record[name], 5) if name in record else None for name in LOSSES},
        **{name: round(record[name], 1) for name in SECONDS},
    }


def read(
    folder: Path, command: str = "sweep", pins: tuple[str, ...] = ("corpus_sha256",)
) -> list[dict[str, Any]]:
    """Return the JSONs of all finished runs of a folder, in the order of their names.

    Parameters
    ----------
    folder : Path
        Where they are.
    command : str
        What trains some, for the message where there are none.
    pins : tuple of str
        Hashes of the texts, in which all must agree.

    Raises
    ------
    SystemExit
        If the folder has no finished run, or runs on different texts.
    """
    records = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    if not records:
        raise SystemExit(f"No finished run in {folder}: train some with `python -m lab {command}`.")
    texts = {tuple(record[pin] for pin in pins) for record in records}
    if len(texts) > 1:
        what = "texts" if len(pins) == 1 else "pairs of texts"
        raise SystemExit(f"Runs on {len(texts)} different {what} in {folder}; keep them apart.")
    return records


def table(folder: Path) -> pd.DataFrame:
    """Return all finished runs of a folder, in the order of their ids.

    Raises
    ------
    SystemExit
        If the folder has no finished run, or runs on different texts.
    """
    return pd.DataFrame([row(record) for record in read(folder)]).sort_values("run")


def export(folder: Path, place: Path) -> pd.DataFrame:
    """Write the table of a folder as CSV, whole or not at all, and return it."""
    found = table(folder)
    write_table(found, place)
    return found


def write_table(found: pd.DataFrame, place: Path, digits: int = 10) -> None:
    """Write a table as CSV, whole or not at all, with so many significant digits."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    found.to_csv(part, index=False, float_format=f"%.{digits}g", lineterminator="\n")
    part.replace(place)
