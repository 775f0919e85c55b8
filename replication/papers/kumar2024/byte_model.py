"""A small language model of bytes in plain numpy: what our experiment trains and quantises.

Eight bytes of context, an embedding, one hidden layer, the next byte. Everything is written out
here, forward and backward, so that the experiment needs no other library and runs on one core.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["CONTEXT", "MATRICES", "SYMBOLS", "ByteModel", "Training", "quantised"]

Floats = NDArray[np.float32]
CONTEXT = 8
"""Bytes that the model sees before the one that it predicts."""
SYMBOLS = 128
"""Different bytes: those of ASCII."""
WIDTH = 16
"""Length of the vector that stands for a byte."""
MATRICES = ("inner", "outer")
"""The weights that are counted and quantised; embedding and biases keep full precision."""


@dataclass(frozen=True)
class ByteModel:
    r"""Probabilities of the next byte: softmax(outer' tanh(inner' [vectors of 8 bytes] + a) + b).

    Parameters
    ----------
    table : ndarray, shape (128, 16)
        Vector of each byte.
    inner : ndarray, shape (128, hidden)
        Weights of the hidden layer.
    shift : ndarray, shape (hidden,)
        Its biases.
    outer : ndarray, shape (hidden, 128)
        Weights of the output.
    bias : ndarray, shape (128,)
        Its biases.

    Examples
    --------
    >>> model = ByteModel.fresh(hidden=32, seed=0)
    >>> model.params
    8192
    >>> text = np.frombuffer(b"def f(x):\n    return x + 1\n", dtype=np.uint8)
    >>> round(model.loss(text, np.arange(len(text) - 8)), 1)  # near ln 128 before training
    4.9
    """

    table: Floats
    inner: Floats
    shift: Floats
    outer: Floats
    bias: Floats

    @classmethod
    def fresh(cls, hidden: int, seed: int) -> "ByteModel":
        """Return a model before training.

        Parameters
        ----------
        hidden : int
            Units of the hidden layer.
        seed : int
            Of its random weights.
        """
        rng = np.random.default_rng(seed)

        def drawn(rows: int, columns: int, size: float) -> Floats:
            return (size * rng.standard_normal((rows, columns))).astype(np.float32)

        return cls(
            table=drawn(SYMBOLS, WIDTH, 0.3),
            inner=drawn(CONTEXT * WIDTH, hidden, (CONTEXT * WIDTH) ** -0.5),
            shift=np.zeros(hidden, dtype=np.float32),
            outer=drawn(hidden, SYMBOLS, 0.5 * hidden**-0.5),
            bias=np.zeros(SYMBOLS, dtype=np.float32),
        )

    @property
    def params(self) -> int:
        """Weights of the two matrices, 256 for each hidden unit."""
        return self.inner.size + self.outer.size

    def loss(self, text: NDArray[np.uint8], places: NDArray[np.intp], batch: int = 4096) -> float:
        """Return the mean loss of predicting the byte after each context.

        Parameters
        ----------
        text : ndarray of uint8
            Bytes below 128.
        places : ndarray of int
            Where contexts begin.
        batch : int
            Predictions at a time.

        Returns
        -------
        float
            Nats per byte.
        """
        total = 0.0
        for start in range(0, len(places), batch):
            some = places[start : start + batch]
            logits = self._forward(text[some[:, None] + np.arange(CONTEXT)])[2]
            top = logits.max(axis=1, keepdims=True)
            norm = np.log(np.exp(logits - top).sum(axis=1, dtype=np.float64)) + top[:, 0]
            total += float((norm - logits[np.arange(len(some)), text[some + CONTEXT]]).sum())
        return total / len(places)

    def gradient(self, context: NDArray[np.uint8], target: NDArray[np.uint8]) -> list[Floats]:
        """Return the derivative of the mean loss in each array, in their order.

        Parameters
        ----------
        context : ndarray of uint8, shape (n, 8)
            Bytes that are seen.
        target : ndarray of uint8, shape (n,)
            The bytes after them.

        Returns
        -------
        list of ndarray
            As many as the model has fields.
        """
        n = len(target)
        seen, hidden, logits = self._forward(context)
        wrong = np.exp(logits - logits.max(axis=1, keepdims=True))
        wrong /= wrong.sum(axis=1, keepdims=True)
        wrong[np.arange(n), target] -= 1
        wrong /= n
        back = (wrong @ self.outer.T) * (1 - hidden * hidden)
        vectors = (back @ self.inner.T).reshape(-1, WIDTH)
        # The sum over the places of each byte is a product with their indicators.
        ones = np.ones(context.size, dtype=np.float32), context.reshape(-1)
        which = csr_array((*ones, np.arange(context.size + 1)), shape=(context.size, SYMBOLS))
        return [which.T @ vectors, seen.T @ back, back.sum(0), hidden.T @ wrong, wrong.sum(0)]

    def arrays(self) -> list[Floats]:
        """Return all weights, in the order of the fields."""
        return [self.table, self.inner, self.shift, self.outer, self.bias]

    def _forward(self, context: NDArray[np.uint8]) -> tuple[Floats, Floats, Floats]:
        """Return the vectors of a context in a row, the hidden units and the logits."""
        seen = self.table[context].reshape(len(context), -1)
        hidden = np.tanh(seen @ self.inner + self.shift)
        return seen, hidden, hidden @ self.outer + self.bias


def quantised(model: ByteModel, bits: int) -> ByteModel:
    """Round the two matrices of a model to a few bits, each column with its own step.

    The plainest quantiser: of the 2**bits levels an odd number is used, symmetric about zero, the
    largest weight of a column is the outermost level, and every weight goes to the nearest one.

    Parameters
    ----------
    model : ByteModel
        A trained model.
    bits : int
        Bits of a weight, two or more.

    Returns
    -------
    ByteModel
        With the same embedding and biases.

    Examples
    --------
    >>> coarse = quantised(ByteModel.fresh(hidden=4, seed=0), 2)
    >>> len(np.unique(coarse.inner[:, 0]))  # plus, minus and zero
    3
    """
    levels = 2 ** (bits - 1) - 1

    def rounded(weights: Floats) -> Floats:
        step = np.abs(weights).max(axis=0, keepdims=True) / levels
        return np.asarray(np.rint(weights / step) * step, dtype=np.float32)

    return replace(model, **{name: rounded(getattr(model, name)) for name in MATRICES})


class Training:
    """One model in training by Adam, on places of a text in a given order.

    Parameters
    ----------
    model : ByteModel
        Where it begins.
    text : ndarray of uint8
        The text.
    order : ndarray of int
        Where the contexts begin, each used once.
    batch : int
        Predictions in a step.
    rate : float
        Learning rate, constant after a short warm-up.
    """

    WARMUP = 100

    def __init__(
        self,
        model: ByteModel,
        text: NDArray[np.uint8],
        order: NDArray[np.intp],
        batch: int = 256,
        rate: float = 2e-3,
    ) -> None:
        self.text, self.order, self.batch, self.rate = text, order, batch, rate
        self.weights = [a.copy() for a in model.arrays()]
        self.mean = [np.zeros_like(a) for a in self.weights]
        self.square = [np.zeros_like(a) for a in self.weights]
        self.step = 0

    @property
    def model(self) -> ByteModel:
        """The model as it is now."""
        return ByteModel(*(a.copy() for a in self.weights))

    def copy(self) -> "Training":
        """Return a training that goes on from here by itself."""
        other = Training(self.model, self.text, self.order, self.batch, self.rate)
        other.mean = [a.copy() for a in self.mean]
        other.square = [a.copy() for a in self.square]
        other.step = self.step
        return other

    def advance(self, until: int, anneal: bool = False) -> "Training":
        """Train up to a step.

        Parameters
        ----------
        until : int
            Number of steps at the end, counted from the beginning of the training.
        anneal : bool
            Whether the learning rate falls linearly to zero from here to there.

        Returns
        -------
        Training
            Itself.
        """
        factors = np.linspace(1, 0, until - self.step, endpoint=False) if anneal else None
        for k, some in enumerate(self._batches(until)):
            factor = min(1.0, (self.step + 1) / self.WARMUP)
            self._update(some, self.rate * (factor if factors is None else factors[k]))
        return self

    def _batches(self, until: int) -> Iterator[NDArray[np.intp]]:
        """Yield the places of each step up to one."""
        for step in range(self.step, until):
            yield self.order[step * self.batch : (step + 1) * self.batch]

    def _update(self, places: NDArray[np.intp], rate: float) -> None:
        """Make one step of Adam."""
        context = self.text[places[:, None] + np.arange(CONTEXT)]
        slopes = ByteModel(*self.weights).gradient(context, self.text[places + CONTEXT])
        self.step += 1
        # Both averages begin at zero, which these factors make up for.
        size = rate * (1 - 0.999**self.step) ** 0.5 / (1 - 0.9**self.step)
        for weight, mean, square, slope in zip(
            self.weights, self.mean, self.square, slopes, strict=True
        ):
            mean += np.float32(0.1) * (slope - mean)
            square += np.float32(0.001) * (slope * slope - square)
            weight -= np.float32(size) * mean / (np.sqrt(square) + np.float32(1e-8))
