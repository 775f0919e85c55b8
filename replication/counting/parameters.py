"""Parameters of a transformer: its parts, and which of them each paper counts.

Biases are left out throughout, and the gains of layer norms everywhere but in ``openlm``: they are
less than a thousandth of a model. Each rule takes a `Shape`, one model or many, and returns
parameters (a count).
"""

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.conventions import Conventions
from replication.counting.numbers import common_shape, in_range, positive
from replication.counting.shape import Array, Shape, as_shape

PARAM_CONVENTIONS = Conventions("parameters")
"""Conventions of counting parameters; each rule says where its paper states it."""


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
    >>> for name in PARAM_CONVENTIONS:
    ...     print(name, round(float(params(gpt2_xl, name)) / 1e6), "million")
    total 1557 million
    kaplan 1475 million
    hoffmann 1678 million
    porian-no-head 1475 million
    porian-head 1555 million
    porian-attention 1634 million
    openlm 1636 million
    >>> params(gpt2_xl, "chinchilla")
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: Unknown convention of counting parameters 'chinchilla'.
    Known: total, kaplan, hoffmann, porian-no-head, porian-head, porian-attention, openlm.
    """
    return PARAM_CONVENTIONS.count(shape, convention)


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

    Two heads of queries that share one of keys and values, as in grouped-query attention:

    >>> sizes = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32}
    >>> int(parts(Shape(**sizes, vocab_size=100, context=16, n_kv_heads=1))["attention"])
    384
    """
    shape = as_shape(shape)
    projection = shape.n_layers * shape.d_model * shape.d_attn
    embedding = shape.vocab_size * shape.d_model
    nothing = np.zeros_like(projection)
    positions = {
        "none": nothing,
        "learned": shape.context * shape.d_model,
        "relative": projection,
    }
    return {
        "attention": 2 * projection + 2 * shape.n_layers * shape.d_model * shape.d_kv,
        "feed_forward": shape.ffw_matrices * shape.n_layers * shape.d_model * shape.ffw_size,
        "embedding": embedding,
        "head": nothing if shape.tied else embedding,
        "positions": positions[shape.positions],
    }


@PARAM_CONVENTIONS.rule("total")
def _total(shape: Shape) -> Array:
    """Count every matrix that is stored: layers, embedding, untied head and positions."""
    return np.asarray(sum(parts(shape).values()))


@PARAM_CONVENTIONS.rule("kaplan")
def _kaplan(shape: Shape) -> Array:
    """Count the layers only: N = 2 d_model n_layer (2 d_attn + d_ff) (kaplan2020, section 2.1).

    Embedding, head and positions are left out.
    """
    part = parts(shape)
    return part["attention"] + part["feed_forward"]


@PARAM_CONVENTIONS.rule("hoffmann")
def _hoffmann(shape: Shape) -> Array:
    """Count as Table A9 does: V d + L (5 d k h + 2 d f) (hoffmann2022, Table A9).

    The fifth matrix of an attention layer is the projection of relative positions. The paper
    prints no formula; without that matrix its 50 models come out about 7 % smaller than printed.
    So there are five whatever the `Shape.positions`, and the tied embedding is included.
    """
    part = parts(shape)
    fifth = shape.n_layers * shape.d_model * shape.d_attn
    return part["attention"] + fifth + part["feed_forward"] + part["embedding"]


@PARAM_CONVENTIONS.rule("porian-no-head")
def _porian_no_head(shape: Shape) -> Array:
    """Count the layers only, as in the imitation of kaplan2020: N_K (porian2024).

    For the gated models of that paper this is ``(4 w + 3 d_ff) w l``.
    """
    return _kaplan(shape)


@PARAM_CONVENTIONS.rule("porian-head")
def _porian_head(shape: Shape) -> Array:
    """Count layers and output head, the embedding never: N = N_K + V w (porian2024)."""
    return _kaplan(shape) + shape.vocab_size * shape.d_model


@PARAM_CONVENTIONS.rule("porian-attention")
def _porian_attention(shape: Shape) -> Array:
    """Count an effective size whose 6 N holds the attention scores: N + T w l (porian2024).

    For the scores, w is taken as all heads together.
    """
    return _porian_head(shape) + shape.context * shape.d_attn * shape.n_layers


@PARAM_CONVENTIONS.rule("openlm")
def _openlm(shape: Shape) -> Array:
    """Count all: layers, embedding, a head of its own, all gains of norms (OpenLM; bian2025).

    For the gated models of that library this is ``2 V d + L (4 d**2 + 3 d f) + d (2 L + 1)``.
    """
    gains = shape.d_model * (2 * shape.n_layers + 1)
    return _kaplan(shape) + 2 * shape.vocab_size * shape.d_model + gains


def gated_width(d_model: ArrayLike, multiple: int = 256) -> Array:
    """Return the width of a gated feed-forward layer of the usual cost, as OpenLM rounds it.

    A gated layer has three matrices, so two thirds of the usual 4 d_model cost as much.

    Parameters
    ----------
    d_model : array_like
        Width of the residual stream.
    multiple : int
        The width is rounded up to a multiple of this.

    Returns
    -------
    ndarray
        ``multiple * ceil(floor(8 d_model / 3) / multiple)``, as floats.

    Raises
    ------
    ArgumentError
        If a width or `multiple` is not positive and finite.

    Examples
    --------
    >>> gated_width([512, 2048]).tolist()
    [1536.0, 5632.0]
    """
    width, step = positive("d_model", d_model), positive("multiple", multiple)
    common_shape(d_model=width, multiple=step)
    with np.errstate(over="ignore"):
        found = np.asarray(step * np.ceil(np.floor(8 * width / 3) / step))
    return in_range("The width", found)
