"""A small real experiment on speech: random features that predict the frame three ahead.

The task is that of droppo2021, the model is not: a fixed random layer and a ridge regression,
whose best weights are known in closed form, so that a run has no learning rate and no end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import eigh

from replication.errors import ArgumentError

__all__ = ["AHEAD", "BANDS", "CONTEXT", "Frames", "context_pairs", "log_mel", "sweep"]

Array = NDArray[np.float64]
BANDS, CONTEXT, AHEAD = 40, 8, 3
"""Log-mel bands of a frame, frames that a model sees, and how far ahead it predicts."""
WINDOW, STEP = 0.025, 0.01
"""Seconds of a frame, and from one frame to the next."""
LOWEST, FAINTEST = 60.0, 1e-6
"""Lowest frequency (Hz), and the power at which the logarithm is cut off."""
WEIGHTS, OFFSETS = 1.5, 0.5
"""Standard deviations of the random layer, for inputs of variance one."""
RIDGES = 10.0 ** np.arange(-9, 1.5, 0.5)
"""Ridges that are tried, over the largest eigenvalue of the features."""
CHUNK = 16_000


def log_mel(samples: Array, rate: int) -> Array:
    """Return the logarithm of the power in mel bands, a row a frame.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        Sound pressure, full scale one.
    rate : int
        Samples per second.

    Returns
    -------
    ndarray, shape (frames, 40)
        Natural logarithms; frames of 25 ms, 100 a second. No rows if the sound is shorter.

    Raises
    ------
    ArgumentError
        If the rate is too low for the bands.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> frames = log_mel(tone, 8000)
    >>> frames.shape, int(frames.mean(axis=0).argmax())
    ((98, 40), 17)
    """
    if rate < 4000:
        raise ArgumentError(f"rate is {rate}; 4000 samples a second or more are expected.")
    width, step = round(WINDOW * rate), round(STEP * rate)
    starts = np.arange(0, max(len(samples) - width + 1, 0), step)
    pieces = np.asarray(samples, dtype=np.float64)[starts[:, None] + np.arange(width)]
    length = 2 ** int(np.ceil(np.log2(width)))
    power = np.abs(np.fft.rfft(pieces * np.hanning(width), length)) ** 2
    return np.asarray(np.log(power @ _bands(rate, length).T + FAINTEST))


def _bands(rate: int, length: int) -> Array:
    """Return triangular filters, equally wide on the mel scale."""
    first, last = (2595 * np.log10(1 + end / 700) for end in (LOWEST, rate / 2))
    edges = 700 * (10 ** (np.linspace(first, last, BANDS + 2) / 2595) - 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    at = np.fft.rfftfreq(length, 1 / rate)
    rising, falling = (at - low) / (middle - low), (high - at) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))


@dataclass(frozen=True, eq=False)
class Frames:
    """Contexts and the frames that follow them.

    Parameters
    ----------
    context : ndarray, shape (n, 320)
        The last eight frames, 40 bands each.
    target : ndarray, shape (n, 40)
        The frame three after the last of them.
    """

    context: NDArray[np.float32]
    target: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.target)


def context_pairs(recordings: Sequence[Array], mean: Array, spread: Array) -> Frames:
    """Cut recordings into contexts and targets.

    Parameters
    ----------
    recordings : sequence of ndarray, shape (frames, 40)
        Log-mel frames of one recording each; those that are too short are left out.
    mean, spread : ndarray, shape (40,)
        Of each band, over all that is trained on: frames are standardised by them.

    Returns
    -------
    Frames
        In the order of the recordings.

    Examples
    --------
    >>> pairs = context_pairs([np.zeros((20, 40)), np.zeros((5, 40))], np.zeros(40), np.ones(40))
    >>> pairs.context.shape, pairs.target.shape
    ((10, 320), (10, 40))
    """
    contexts, targets = [np.zeros((0, BANDS * CONTEXT))], [np.zeros((0, BANDS))]
    for frames in recordings:
        count = len(frames) - CONTEXT - AHEAD + 1
        if count < 1:
            continue
        scaled = (frames - mean) / spread
        views = np.lib.stride_tricks.sliding_window_view(scaled, CONTEXT, axis=0)
        contexts.append(views[:count].reshape(count, -1))
        targets.append(scaled[CONTEXT - 1 + AHEAD :])
    return Frames(
        np.concatenate(contexts).astype(np.float32), np.concatenate(targets).astype(np.float32)
    )


def sweep(
    train: Frames,
    tune: Frames,
    test: Frames,
    sizes: Sequence[int],
    lengths: Sequence[int],
    seed: int,
) -> pd.DataFrame:
    """Train every size on every length of the data.

    The features of a smaller model are the first of the larger one, and the data of a shorter run
    the first of the longer one, so that one pass over the data serves all.

    Parameters
    ----------
    train, tune, test : Frames
        To train on, to choose the ridge by, and to report.
    sizes : sequence of int
        Features, ascending.
    lengths : sequence of int
        Frames to train on, ascending.
    seed : int
        Of the random layer.

    Returns
    -------
    DataFrame
        One row a model: ``features``, ``params`` (40 weights a feature), ``frames``, ``ridge``
        (over the largest eigenvalue) and ``mse``, per band of a standardised frame.

    Raises
    ------
    ArgumentError
        If a length exceeds the frames there are.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> speech = context_pairs([rng.standard_normal((300, 40))], np.zeros(40), np.ones(40))
    >>> found = sweep(speech, speech, speech, (4, 8), (100, 200), seed=0)
    >>> len(found), bool((found["mse"] > 0.5).all())
    (4, True)
    """
    if max(lengths) > len(train):
        raise ArgumentError(
            f"lengths go to {max(lengths)}; there are {len(train)} frames to train on."
        )
    rng = np.random.default_rng(seed)
    inputs, most = train.context.shape[1], max(sizes)
    layer = (WEIGHTS * rng.standard_normal((inputs, most)) / np.sqrt(inputs)).astype(np.float32)
    offset = (OFFSETS * rng.standard_normal(most)).astype(np.float32)
    own, tuned, tested = (_Moments.none(most) for _ in range(3))
    tuned.add(tune, layer, offset, 0, len(tune))
    tested.add(test, layer, offset, 0, len(test))
    rows, done = [], 0
    for length in lengths:
        own.add(train, layer, offset, done, length)
        done = length
        for size in sizes:
            ridge, mse = _best(own, tuned, tested, size)
            rows.append(
                {
                    "features": size, "params": BANDS * size, "frames": length, "ridge": ridge,
                    "mse": mse,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


@dataclass
class _Moments:
    """Sums over frames: of the products of features, with targets, and of targets alone."""

    features: Array
    targets: Array
    square: float
    count: int

    @classmethod
    def none(cls, size: int) -> "_Moments":
        """Return the sums over no frames."""
        return cls(np.zeros((size, size)), np.zeros((size, BANDS)), 0.0, 0)

    def add(
        self, frames: Frames, layer: NDArray[np.float32], offset: NDArray[np.float32],
        begin: int, end: int,
    ) -> None:  # fmt: skip
        """Add frames to the sums, some at a time."""
        for start in range(begin, end, CHUNK):
            part = slice(start, min(start + CHUNK, end))
            known = np.maximum(frames.context[part] @ layer + offset, 0)
            self.features += known.T @ known
            self.targets += known.T @ frames.target[part]
            self.square += float(np.sum(frames.target[part].astype(np.float64) ** 2))
            self.count += part.stop - part.start

    def error(self, basis: Array, weights: Array) -> Array:
        """Return the mean squared error per band of weights in a basis, a value a set."""
        size = len(basis)
        gram = basis.T @ self.features[:size, :size] @ basis
        cross = basis.T @ self.targets[:size]
        fitted = np.einsum("kij,kij->k", weights, gram @ weights)
        shared = np.einsum("kij,ij->k", weights, cross)
        return np.asarray((self.square - 2 * shared + fitted) / (self.count * BANDS))


def _best(own: _Moments, tuned: _Moments, tested: _Moments, size: int) -> tuple[float, float]:
    """Return the ridge that is best on the frames for tuning, and its error on the others."""
    values, basis = eigh(own.features[:size, :size])
    cross = basis.T @ own.targets[:size]
    weights = np.stack(
        [cross / (np.maximum(values, 0) + ridge * values[-1])[:, None] for ridge in RIDGES]
    )
    chosen = int(tuned.error(basis, weights).argmin())
    return float(RIDGES[chosen]), float(tested.error(basis, weights[chosen : chosen + 1])[0])
