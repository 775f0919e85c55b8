"""Parameters of a transformer: its parts, and which of them each paper counts.

Biases and the gains of layer norms are left out throughout, as in all of these papers: they are
less than a thousandth of a model.
"""

from collections.abc import Callable

import numpy as np

from replication.counting.shape import Array, Shape
from replication.errors import unknown


def params(shape: Shape, convention: str = "total") -> Array:
    """Count parameters as a paper does.

    Parameters
    ----------
    shape : Shape
        One model or many.
    convention : str
        A name in `PARAM_CONVENTIONS`.

    Returns
    -------
    ndarray
        Parameters N (a count), one entry a model.

    Raises
    ------
    UnknownNameError
        If the convention is not known.

    Examples
    --------
    >>> gpt2_xl = Shape(
    ...     n_layers=48,
    ...     d_model=1600,
    ...     n_heads=25,
    ...     ffw_size=6400,
    ...     vocab_size=50257,
    ...     context=1024,
    ...     positions="learned",
    ... )
    >>> for name in ("kaplan", "total"):
    ...     print(name, round(float(params(gpt2_xl, name)) / 1e6), "million")
    kaplan 1475 million
    total 1557 million
    >>> params(gpt2_xl, "chinchilla")
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: Unknown convention of counting parameters 'chinchilla'.
    Known: total, kaplan, hoffmann, porian-no-head, porian-head, porian-attention.
    """
    if convention not in PARAM_CONVENTIONS:
        raise unknown("convention of counting parameters", convention, PARAM_CONVENTIONS)
    return np.asarray(PARAM_CONVENTIONS[convention](shape))


def parts(shape: Shape) -> dict[str, Array]:
    """Count the weights of each part of a model.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    dict of str to ndarray
        Parameters (counts) of ``attention`` (queries, keys, values, output), ``feed_forward``,
        ``embedding``, ``head`` (zero if tied to the embedding) and ``positions``.

    Examples
    --------
    >>> shape = Shape(
    ...     n_layers=2, d_model=8, n_heads=2, ffw_size=32, vocab_size=100, context=16, tied=False
    ... )
    >>> {name: int(count) for name, count in parts(shape).items()}
    {'attention': 512, 'feed_forward': 1024, 'embedding': 800, 'head': 800, 'positions': 0}
    """
    projection = shape.n_layers * shape.d_model * shape.d_attn
    embedding = shape.vocab_size * shape.d_model
    nothing = np.zeros_like(projection)
    positions = {
        "none": nothing,
        "learned": shape.context * shape.d_model,
        "relative": projection,
    }
    return {
        "attention": 4 * projection,
        "feed_forward": shape.ffw_matrices * shape.n_layers * shape.d_model * shape.ffw_size,
        "embedding": embedding,
        "head": nothing if shape.tied else embedding,
        "positions": positions[shape.positions],
    }


def total(shape: Shape) -> Array:
    """Count every matrix that is stored: layers, embedding, untied head and positions.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        Parameters (a count).

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(total(Shape(**tiny, context=16))), float(total(Shape(**tiny, context=16, tied=False)))
    (2336.0, 3136.0)
    """
    return np.asarray(sum(parts(shape).values()))


def kaplan(shape: Shape) -> Array:
    """Count the layers only: N = 2 d_model n_layer (2 d_attn + d_ff) (kaplan2020, section 2.1).

    Embedding, head and positions are left out.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        Parameters (a count).

    Examples
    --------
    >>> shape = Shape(
    ...     n_layers=6, d_model=4288, n_heads=32, ffw_size=4 * 4288, vocab_size=50257, context=1024
    ... )
    >>> float(kaplan(shape)) == 12 * 6 * 4288**2
    True
    """
    part = parts(shape)
    return part["attention"] + part["feed_forward"]


def hoffmann(shape: Shape) -> Array:
    """Count as Table A9 does: V d + L (5 d k h + 2 d f) (hoffmann2022, Table A9).

    The fifth matrix of an attention layer is the projection of relative positions. The paper
    prints no formula; without that matrix its 50 models come out about 7 % smaller than printed.

    Parameters
    ----------
    shape : Shape
        One model or many; counted with five matrices whatever its `Shape.positions`.

    Returns
    -------
    ndarray
        Parameters (a count), the tied embedding included.

    Examples
    --------
    >>> smallest = Shape(
    ...     n_layers=8, d_model=512, n_heads=8, ffw_size=2048, vocab_size=32000, context=2048
    ... )
    >>> float(hoffmann(smallest))  # printed: 44 million
    43646976.0
    """
    part = parts(shape)
    return 1.25 * part["attention"] + part["feed_forward"] + part["embedding"]


def porian_no_head(shape: Shape) -> Array:
    """Count the layers only, as in the imitation of kaplan2020: N_K (porian2024).

    For the gated models of that paper this is ``(4 w + 3 d_ff) w l``.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        Parameters (a count).

    Examples
    --------
    >>> shape = Shape(
    ...     n_layers=3,
    ...     d_model=96,
    ...     n_heads=1,
    ...     ffw_size=256,
    ...     vocab_size=50432,
    ...     context=2048,
    ...     gated=True,
    ... )
    >>> float(porian_no_head(shape))
    331776.0
    """
    return kaplan(shape)


def porian_head(shape: Shape) -> Array:
    """Count layers and output head, the embedding never: N = N_K + V w (porian2024).

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        Parameters (a count).

    Examples
    --------
    >>> shape = Shape(
    ...     n_layers=3,
    ...     d_model=96,
    ...     n_heads=1,
    ...     ffw_size=256,
    ...     vocab_size=50432,
    ...     context=2048,
    ...     gated=True,
    ... )
    >>> float(porian_head(shape))
    5173248.0
    """
    return kaplan(shape) + shape.vocab_size * shape.d_model


def porian_attention(shape: Shape) -> Array:
    """Count an effective size whose 6 N holds the attention scores: N + T w l (porian2024).

    Parameters
    ----------
    shape : Shape
        One model or many; w of the scores is taken as all heads together.

    Returns
    -------
    ndarray
        Effective parameters (a count).

    Examples
    --------
    >>> shape = Shape(
    ...     n_layers=3,
    ...     d_model=96,
    ...     n_heads=1,
    ...     ffw_size=256,
    ...     vocab_size=50432,
    ...     context=2048,
    ...     gated=True,
    ... )
    >>> float(porian_attention(shape))
    5763072.0
    """
    return porian_head(shape) + shape.context * shape.d_attn * shape.n_layers


PARAM_CONVENTIONS: dict[str, Callable[[Shape], Array]] = {
    "total": total,
    "kaplan": kaplan,
    "hoffmann": hoffmann,
    "porian-no-head": porian_no_head,
    "porian-head": porian_head,
    "porian-attention": porian_attention,
}
"""Conventions of counting parameters; each function says where its paper states it."""
