"""Make what the chapter reads and does not compute: ``make speech``, half an hour of one core.

python -m replication.papers.droppo2021.record speech
python -m replication.papers.droppo2021.record corpus

The recordings come from Debian's mirror through ``apt-get download``; elsewhere than on Debian or a
system like it, unpack the packages by hand and name the folder: ``--recordings FOLDER``.
"""

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.io import wavfile

from replication.datasets import corpus, descriptor
from replication.errors import ReplicationError
from replication.fitting import fit
from replication.hindcast import Protocol
from replication.hindcast.protocol import admitted
from replication.laws import Chinchilla, Law, OuterExponent
from replication.papers.droppo2021.acoustics import BANDS, CONTEXT, context_pairs, log_mel, sweep
from replication.papers.droppo2021.data import KEY
from replication.papers.droppo2021.laws import DroppoJoint

__all__ = ["PACKAGES", "exponents", "hindcasts", "recordings"]

Array = NDArray[np.float64]
PACKAGES = tuple(
    f"asterisk-core-sounds-{language}-wav" for language in ("en", "es", "fr", "it", "ru")
)
"""Debian's packages of recorded prompts: four speakers, five languages."""
SIZES = tuple(2**k for k in range(4, 11))
LENGTHS = tuple(1000 * 2**k for k in range(9))
SEEDS = (0, 1, 2)
CUT = 1.0
"""Decades below the largest run at which a design is cut."""
HELD = 140
"""Recordings to tune the ridge on, and as many to test on."""
FORMS: tuple[type[Law], ...] = (Chinchilla, DroppoJoint, OuterExponent)


def fetched(folder: Path) -> Path:
    """Download and unpack the packages, unless they are there, and return the folder.

    Raises
    ------
    ReplicationError
        If there is no ``apt-get`` here, or it fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        try:
            if not list(folder.glob(f"{package}_*.deb")):
                subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
            (archive,) = folder.glob(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", archive.name, "unpacked"], cwd=folder, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ReplicationError(
                f"{package} could not be fetched ({error}). Unpack it by hand and give its folder "
                "as --recordings."
            ) from None
    return folder / "unpacked"


def recordings(folder: Path) -> list[Array]:
    """Return the frames of every recording under a folder, in the order of their names.

    Parameters
    ----------
    folder : Path
        With files ``*.wav``, 16 bit and mono.

    Returns
    -------
    list of ndarray, shape (frames, 40)
        One entry a recording.

    Raises
    ------
    ReplicationError
        If there are none.
    """
    paths = sorted(folder.rglob("*.wav"))
    if not paths:
        raise ReplicationError(f"{folder} holds no recording; files *.wav are expected in it.")
    found = []
    for path in paths:
        rate, samples = wavfile.read(path)
        found.append(log_mel(samples / 32768.0, rate))
    return found


def swept(
    sounds: Sequence[Array],
    sizes: Sequence[int] = SIZES,
    lengths: Sequence[int] = LENGTHS,
    seeds: Sequence[int] = SEEDS,
    held: int = HELD,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the sweep, and score two predictors that learn nothing.

    Parameters
    ----------
    sounds : sequence of ndarray
        Frames of each recording.
    sizes, lengths, seeds : sequence of int
        Features, frames, and the seeds of the random layer and of the order of the recordings.
    held : int
        Recordings to tune on, and to test on. Which ones does not depend on the seed.

    Returns
    -------
    models, baselines : DataFrame
        The tables ``speech`` and ``baselines``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = [rng.standard_normal((60, 40)) for _ in range(20)]
    >>> models, baselines = swept(noise, (4,), (100, 200), (0,), held=5)
    >>> len(models), baselines["predictor"].tolist()
    (2, ['last frame', 'mean'])
    """
    order = np.random.default_rng(0).permutation(len(sounds))
    every = np.concatenate([sounds[i] for i in order[2 * held :]])
    scales = every.mean(axis=0), every.std(axis=0)
    tune, test = (
        context_pairs([sounds[i] for i in part], *scales)
        for part in (order[:held], order[held : 2 * held])
    )
    parts = []
    for seed in seeds:
        shuffled = np.random.default_rng(seed).permutation(order[2 * held :])
        train = context_pairs([sounds[i] for i in shuffled], *scales)
        parts.append(sweep(train, tune, test, sizes, lengths, seed).assign(seed=seed))
    last = test.context.reshape(-1, BANDS, CONTEXT)[:, :, -1]
    errors = {"last frame": last - test.target, "mean": test.target}
    baselines = [{"predictor": k, "mse": float(np.mean(e**2.0))} for k, e in errors.items()]
    return pd.concat(parts, ignore_index=True), pd.DataFrame(baselines)


def hindcasts(designs: Sequence[str] | None = None) -> pd.DataFrame:
    """Fit the joint form a decade below the largest run of each design, and predict the rest.

    Parameters
    ----------
    designs : sequence of str, optional
        Designs of the study; by default all that have such a cut in its protocol.

    Returns
    -------
    DataFrame
        The table ``hindcasts``: one row a scored run.

    Examples
    --------
    >>> hindcasts(["sardana"])["cut"].unique().tolist()
    [1.0]
    """
    table, parts = admitted(corpus()), []
    for name in sorted(table["design"].unique()) if designs is None else designs:
        for cut in Protocol().cuts(table[table["design"] == name]):
            if cut.fraction != CUT:
                continue
            law, above = fit(DroppoJoint, cut.below).law, cut.above_runs
            rows = {
                "design": name, "cut": cut.fraction, "run": above["run"],
                "predicted": law.loss(above["params"], above["tokens"]),
            }  # fmt: skip
            parts.append(pd.DataFrame(rows))
    if not parts:
        return pd.DataFrame(columns=["design", "cut", "run", "predicted"])
    return pd.concat(parts, ignore_index=True)


def exponents(designs: Sequence[str] | None = None) -> pd.DataFrame:
    """Fit both forms with an outer exponent, and their sum, to whole designs.

    Parameters
    ----------
    designs : sequence of str, optional
        Designs of the study; by default all.

    Returns
    -------
    DataFrame
        The table ``exponents``: one row a design and law.

    Examples
    --------
    >>> found = exponents(["sardana"])
    >>> found["law"].tolist(), bool((found["gamma"] < 0.5).all())
    (['Chinchilla', 'DroppoJoint', 'OuterExponent'], False)
    """
    table, rows = admitted(corpus()), []
    for name in sorted(table["design"].unique()) if designs is None else designs:
        rows += [_exponent(name, law, table[table["design"] == name]) for law in FORMS]
    return pd.DataFrame(rows)


def _exponent(name: str, law: type[Law], runs: pd.DataFrame) -> dict[str, object]:
    """Return one row of the table of exponents."""
    found = fit(law, runs)
    fields = {"gamma": 1.0} | found.law.to_dict()
    rms = float(np.sqrt(np.mean(np.square(found.residuals))))
    return {
        "design": name, "law": law.__name__, "runs": len(runs),
        "floor": fields["E"], **{k: fields[k] for k in ("alpha", "beta", "gamma")},
        "rms": rms,
    }  # fmt: skip


def main() -> None:
    """Write the tables of one part."""
    parser = argparse.ArgumentParser(prog="make speech")
    parser.add_argument("part", choices=("speech", "corpus"))
    parser.add_argument("--recordings", type=Path, help="folder of *.wav; else they are fetched")
    options = parser.parse_args()
    if options.part == "speech":
        folder = options.recordings or fetched(Path("_build/speech"))
        models, baselines = swept(recordings(folder))
        _write("speech", models.sort_values(["seed", "features", "frames"]))
        _write("baselines", baselines.sort_values("predictor"))
    else:
        _write("hindcasts", hindcasts().sort_values(["design", "cut", "run"]))
        _write("exponents", exponents().sort_values(["design", "law"]))


def _write(name: str, table: pd.DataFrame) -> None:
    """Write a table, with six significant digits."""
    for column in table.select_dtypes("float"):
        table[column] = [f"{value:.6g}" for value in table[column]]
    path = descriptor.root() / KEY / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
