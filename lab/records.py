"""What is kept of a run: its JSON, and the tidy table of all JSONs of a folder, a row a run."""

import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from lab.design import Run, declared

LOSSES = ("loss", "loss_se", "loss_trunk", "loss_train")
SECONDS = ("cpu_s", "cpu_s_own", "wall_s")


def write(run: Run, folder: Path, found: dict[str, Any]) -> dict[str, Any]:
    """Write a run's JSON, whole or not at all, and return its content.

    Parameters
    ----------
    run : Run
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


def table(folder: Path) -> pd.DataFrame:
    """Return all finished runs of a folder, in the order of their ids.

    Raises
    ------
    SystemExit
        If the folder has no finished run, or runs on different texts.
    """
    records = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    if not records:
        raise SystemExit(f"No finished run in {folder}: train some with `python -m lab sweep`.")
    texts = {record["corpus_sha256"] for record in records}
    if len(texts) > 1:
        raise SystemExit(f"Runs on {len(texts)} different texts in {folder}; keep them apart.")
    return pd.DataFrame([row(record) for record in records]).sort_values("run")


def export(folder: Path, place: Path) -> pd.DataFrame:
    """Write the table of a folder as CSV, whole or not at all, and return it."""
    found = table(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    found.to_csv(part, index=False, float_format="%.10g", lineterminator="\n")
    part.replace(place)
    return found
