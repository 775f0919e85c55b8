"""A decoder in numpy that makes one token after another, to time shapes against each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.counting import Shape, parts
from replication.errors import ArgumentError

__all__ = ["Decoder", "shape_of", "work"]

Array = NDArray[np.float32]

HEAD_WIDTH = 32
"""Width of an attention head in the models that are timed."""
EPSILON = np.float32(1e-6)


def shape_of(n_layers: int, d_model: int, context: int) -> Shape:
    """Return a shape of the usual proportions: N = 12 n_layers d_model**2 without embeddings.

    Parameters
    ----------
    n_layers, d_model : int
        Depth and width; the width a multiple of `HEAD_WIDTH`.
    context : int
        Tokens in the cache.

    Returns
    -------
    Shape
        A feed-forward layer four times as wide as the model, heads of `HEAD_WIDTH`.

    Raises
    ------
    ArgumentError
        If a count is not a positive whole number, or the width is no multiple of a head's.

    Examples
    --------
    >>> float(shape_of(4, 64, 128).n_heads)
    2.0
    """
    if d_model % HEAD_WIDTH:
        raise ArgumentError(
            f"d_model is {d_model}; a multiple of {HEAD_WIDTH}, the width of a head, is expected."
        )
    return Shape(
        n_layers=n_layers,
        d_model=d_model,
        n_heads=max(1, d_model // HEAD_WIDTH),
        ffw_size=4 * d_model,
        vocab_size=1,
        context=context,
    )


@dataclass(frozen=True)
class Work:
    """What one token costs a decoder.

    Parameters
    ----------
    weights : int
        Weights read, each for one multiplication and one addition.
    cached : int
        Entries of the cache read, likewise.
    steps : int
        Operations that wait for each other, each with its own start-up cost.
    """

    weights: int
    cached: int
    steps: int


STEPS_A_LAYER = 8
"""Norm, projection in, scores, mixing, projection out, norm, feed-forward up, and down."""


def work(shape: Shape) -> Work:
    """Count what one token costs a decoder of a shape, embedding and head left out.

    Parameters
    ----------
    shape : Shape
        One model; its context is the length of the cache.

    Returns
    -------
    Work
        Weights and cache entries read, and operations in sequence.

    Examples
    --------
    Of equal size, the deep model waits more often and keeps a larger cache:

    >>> work(shape_of(64, 64, 256))
    Work(weights=3145728, cached=2097152, steps=512)
    >>> work(shape_of(1, 512, 256))
    Work(weights=3145728, cached=262144, steps=8)
    """
    part = parts(shape)
    return Work(
        weights=int(part["attention"] + part["feed_forward"]),
        cached=int(2 * shape.context * shape.d_attn * shape.n_layers),
        steps=int(STEPS_A_LAYER * shape.n_layers),
    )


class Decoder:
    """A decoder with random weights and a filled cache; single precision, one sequence.

    Layers in the order of GPT-2, without biases: a root-mean-square norm before attention over the
    cache, another before a feed-forward layer with a rectifier. Embedding and output head are left
    out.

    Parameters
    ----------
    shape : Shape
        One model, its heads together as wide as itself; its context is the length of the cache.
    seed : int
        Of weights and cache.

    Examples
    --------
    >>> model = Decoder(shape_of(n_layers=2, d_model=64, context=16))
    >>> token = np.ones(64, dtype=np.float32)
    >>> model.step(token).shape
    (64,)
    >>> bool(np.allclose(model.step(token), Decoder(model.shape).step(token)))
    True
    """

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        if shape.n_layers.ndim or shape.d_attn != shape.d_model:
            raise ArgumentError(
                "A decoder takes one shape whose heads fill the width; got "
                f"d_model {shape.d_model} and heads of {shape.d_attn} together."
            )
        rng = np.random.default_rng(seed)
        layers, d, f = (int(n) for n in (shape.n_layers, shape.d_model, shape.ffw_size))
        heads, k, context = (int(n) for n in (shape.n_heads, shape.kv_size, shape.context))

        def weights(rows: int, columns: int) -> Array:
            drawn = rng.standard_normal((layers, rows, columns), dtype=np.float32)
            return drawn / np.float32(np.sqrt(columns))

        self.shape = shape
        self.attend_in, self.attend_out = weights(3 * d, d), weights(d, d)
        self.up, self.down = weights(f, d), weights(d, f)
        self.keys, self.values = (
            rng.standard_normal((layers, heads, context, k), dtype=np.float32) for _ in range(2)
        )
        self._scale = np.float32(1 / np.sqrt(k))

    def step(self, token: Array, place: int = -1) -> Array:
        """Pass one token through all layers, writing its keys and values into the cache.

        Parameters
        ----------
        token : ndarray, shape (d_model,)
            What the embedding would give.
        place : int
            Entry of the cache that it takes, the last one by default; all entries are attended to.

        Returns
        -------
        ndarray, shape (d_model,)
            What the output head would read.

        Raises
        ------
        ArgumentError
            If the token has another shape, or the place is not in the cache.
        """
        x = np.asarray(token, dtype=np.float32)
        heads, k = self.keys.shape[1], self.keys.shape[3]
        if x.shape != (heads * k,):
            raise ArgumentError(
                f"token has shape {x.shape}; ({heads * k},), the width of the model, is expected."
            )
        if not -1 <= place < (context := self.keys.shape[2]):
            raise ArgumentError(
                f"place is {place}; the cache holds {context} tokens, so 0 to {context - 1} is "
                "expected, or -1 for the last."
            )
        for layer, (keys, values) in enumerate(zip(self.keys, self.values, strict=True)):
            query, key, value = (self.attend_in[layer] @ _norm(x)).reshape(3, heads, k, 1)
            keys[:, place], values[:, place] = key[..., 0], value[..., 0]
            scores = (keys @ query)[..., 0] * self._scale
            share = np.exp(scores - scores.max(axis=1, keepdims=True))
            share /= share.sum(axis=1, keepdims=True)
            mixed = (share[:, None, :] @ values).ravel()
            x = x + self.attend_out[layer] @ mixed
            x = x + self.down[layer] @ np.maximum(self.up[layer] @ _norm(x), 0)
        return x


def _norm(x: Any) -> Any:
    """Return a vector over its root mean square."""
    return x / np.sqrt(x @ x / np.float32(x.size) + EPSILON)
