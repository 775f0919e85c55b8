"""Models of one aspect ratio: how much of a size the embedding is.

In a family of transformers whose width is a fixed multiple of the depth, r = d_model / n_layers,
with heads that fill the width and a feed-forward layer four times as wide, the layers hold
N = 12 n_layers d_model**2 = 12 d_model**3 / r parameters. The embedding, V d_model, then grows as
the cube root of N: omega N**(1/3) with omega = V (r / 12)**(1/3) (pearce2024, section 2).
"""

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, common_shape, in_range, nonnegative, positive

_LAYER = 12.0
"""Parameters of a layer over d_model**2: four of attention, eight of feed-forward."""


def width(params_no_embedding: ArrayLike, aspect_ratio: ArrayLike) -> Array:
    """Return the width of a model of a given size and aspect ratio.

    Parameters
    ----------
    params_no_embedding : array_like
        Parameters N of the layers (a count), as in the convention ``"kaplan"``.
    aspect_ratio : array_like
        Width over depth, d_model / n_layers.

    Returns
    -------
    ndarray
        d_model = (N r / 12)**(1/3); not rounded to a whole number.

    Raises
    ------
    ArgumentError
        If a number is not positive and finite.

    Examples
    --------
    >>> float(width(12 * 6 * 240**2, 40).round(9))
    240.0
    """
    size = positive("params_no_embedding", params_no_embedding)
    ratio = positive("aspect_ratio", aspect_ratio)
    common_shape(params_no_embedding=size, aspect_ratio=ratio)
    with np.errstate(over="ignore"):
        found = np.asarray((size * ratio / _LAYER) ** (1 / 3))
    return in_range("The width", found)


def embedding_scale(vocab_size: ArrayLike, aspect_ratio: ArrayLike, context: float = 0.0) -> Array:
    """Return omega, the embedding parameters of a model over the cube root of its layers.

    Parameters
    ----------
    vocab_size : array_like
        Tokens V in the vocabulary.
    aspect_ratio : array_like
        Width over depth, d_model / n_layers.
    context : float
        Positions with a learned vector each, counted with the embedding; none by default.

    Returns
    -------
    ndarray
        omega = (V + context) (r / 12)**(1/3), so that the total is N + omega N**(1/3).

    Raises
    ------
    ArgumentError
        If a number is not positive and finite; `context` may be zero.

    Examples
    --------
    >>> float(embedding_scale(32000, 39.225).round())
    47491.0
    """
    rows, more = positive("vocab_size", vocab_size), nonnegative("context", context)
    ratio = positive("aspect_ratio", aspect_ratio)
    common_shape(vocab_size=rows, context=more, aspect_ratio=ratio)
    return np.asarray((rows + more) * (ratio / _LAYER) ** (1 / 3))


def aspect_ratio(omega: ArrayLike, vocab_size: ArrayLike) -> Array:
    """Return the aspect ratio behind a measured omega: the inverse of `embedding_scale`.

    Parameters
    ----------
    omega : array_like
        Embedding parameters over the cube root of the parameters of the layers.
    vocab_size : array_like
        Rows of the embedding matrix.

    Returns
    -------
    ndarray
        r = 12 (omega / V)**3.

    Raises
    ------
    ArgumentError
        If a number is not positive and finite.

    Examples
    --------
    >>> float(aspect_ratio(47491, 32000).round(3))
    39.225
    """
    scale, rows = positive("omega", omega), positive("vocab_size", vocab_size)
    common_shape(omega=scale, vocab_size=rows)
    with np.errstate(over="ignore"):
        found = np.asarray(_LAYER * (scale / rows) ** 3)
    return in_range("The aspect ratio", found)
