"""The whole path in a minute: train, kill, resume, compare with unbroken runs, export."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from lab.design import SMOKE
from lab.records import export
from lab.sweep import sweep


def smoke(folder: Path) -> None:
    """Train the smoke runs in a folder, killed once on the way, and check what is found.

    Raises
    ------
    AssertionError
        If a run is lost, trained twice, or ends elsewhere than unbroken.
    """
    from lab.train import train

    shutil.rmtree(folder, ignore_errors=True)
    broken, whole = folder / "broken", folder / "whole"
    command = [sys.executable, "-m", "lab", "sweep", "smoke", "--folder", str(broken)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(broken.glob("*.json")):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    survived = {file.name: file.stat().st_mtime_ns for file in broken.glob("*.json")}
    assert survived, "the sweep stopped before its first run was finished"
    sweep([SMOKE], broken, 1, train)
    sweep([SMOKE[:3]], whole, 1, train)
    for name, written in survived.items():
        assert (broken / name).stat().st_mtime_ns == written, f"{name} was trained twice"
    for run in SMOKE[:3]:
        losses = [json.loads((f / f"{run.id}.json").read_text())["loss"] for f in (broken, whole)]
        assert losses[0] == losses[1], f"{run.id} gives {losses[0]} resumed, {losses[1]} unbroken"
    found = export(broken, folder / "runs.csv")
    assert len(found) == len(SMOKE), f"{len(found)} rows of {len(SMOKE)} runs"
    assert found["loss"].between(1, 5.6).all(), "a loss is not that of a model of bytes"
    print(found[["run", "params", "tokens", "loss", "cpu_s"]].to_string(index=False))
    print(f"killed after {len(survived)} of {len(SMOKE)} runs, resumed, nothing lost or run twice")
