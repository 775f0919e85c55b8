"""Training FLOPs of a transformer, a token at a time, under the papers' conventions.

A multiplication and an addition are two FLOPs; a training step is three forward passes, the
backward pass counting twice. Whether embedding, output head and attention scores count is where
the papers part.
"""

from collections.abc import Callable

import numpy as np

from replication.counting import parameters
from replication.counting.rule import FLOPS_PER_PARAM_TOKEN
from replication.counting.shape import Array, Shape
from replication.errors import unknown

_FORWARD_PASSES = 3.0
"""A training step in units of its forward pass."""


def flops_per_token(shape: Shape, convention: str = "6nd") -> Array:
    """Count the training FLOPs of one token as a paper does.

    Parameters
    ----------
    shape : Shape
        One model or many.
    convention : str
        A name in `FLOP_CONVENTIONS`.

    Returns
    -------
    ndarray
        FLOPs per token, one entry a model; times the tokens, the compute of a run.

    Raises
    ------
    UnknownNameError
        If the convention is not known.

    Examples
    --------
    >>> smallest = Shape(
    ...     n_layers=8,
    ...     d_model=512,
    ...     n_heads=8,
    ...     ffw_size=2048,
    ...     vocab_size=32000,
    ...     context=2048,
    ...     positions="relative",
    ... )
    >>> for name in ("6nd", "hoffmann"):
    ...     print(name, int(flops_per_token(smallest, name)))
    6nd 261881856
    hoffmann 252837888
    >>> flops_per_token(smallest, "6n")
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: Unknown convention of counting FLOPs '6n'. Did you mean
    '6nd'? Known: 6nd, kaplan, kaplan-context, hoffmann, hoffmann-text, porian-no-head,
    porian-head, porian-attention, palm.
    """
    if convention not in FLOP_CONVENTIONS:
        raise unknown("convention of counting FLOPs", convention, FLOP_CONVENTIONS)
    return np.asarray(FLOP_CONVENTIONS[convention](shape))


def six_n(shape: Shape) -> Array:
    """Return 6 N with every parameter in N (hoffmann2022, section 3.3, as C = 6 N D).

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(six_n(Shape(**tiny, context=16)))
    14016.0
    """
    return FLOPS_PER_PARAM_TOKEN * parameters.total(shape)


def kaplan(shape: Shape) -> Array:
    """Return 6 N with the layers only in N (kaplan2020, section 2.1).

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token, called non-embedding FLOPs in that paper.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(kaplan(Shape(**tiny, context=16)))
    9216.0
    """
    return FLOPS_PER_PARAM_TOKEN * parameters.kaplan(shape)


def kaplan_context(shape: Shape) -> Array:
    """Return 3 (2 N + 2 n_layer n_ctx d_attn): `kaplan` with scores (kaplan2020, Table 1).

    The paper drops the second term since it is small while ``n_ctx < 12 d_model``.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(kaplan_context(Shape(**tiny, context=16)))
    10752.0
    """
    scores = 2 * shape.n_layers * shape.context * shape.d_attn
    return kaplan(shape) + _FORWARD_PASSES * scores


def hoffmann(shape: Shape) -> Array:
    """Count the layers exactly, without embedding and logits (hoffmann2022, Appendix F, Table A4).

    The appendix lists embedding and logits as well, but the ratios printed in Table A4 come out
    only without both, for sequences of 2,048 tokens. Its terms are for a sequence of S tokens and
    stand here divided by S. Relative positions add parameters, but the appendix gives them no
    FLOPs.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(hoffmann(Shape(**tiny, context=16)))
    12864.0
    """
    d_attn, context = shape.d_attn, shape.context
    attention = (
        2 * 3 * shape.d_model * d_attn  # queries, keys, values
        + 2 * context * d_attn  # scores
        + 3 * shape.n_heads * context  # softmax
        + 2 * context * d_attn  # weighted sum of the values
        + 2 * d_attn * shape.d_model  # output
    )
    dense = 2 * shape.ffw_matrices * shape.d_model * shape.ffw_size
    return _FORWARD_PASSES * shape.n_layers * (attention + dense)


def hoffmann_text(shape: Shape) -> Array:
    """Count as the text reads: `hoffmann` with embedding and logits (hoffmann2022, Appendix F).

    The embedding counts as the multiplication with one-hot vectors that it stands for.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(hoffmann_text(Shape(**tiny, context=16)))
    22464.0
    """
    embedding = 2 * shape.vocab_size * shape.d_model
    logits = 2 * shape.d_model * shape.vocab_size
    return hoffmann(shape) + _FORWARD_PASSES * (embedding + logits)


def porian_no_head(shape: Shape) -> Array:
    """Return 6 N_K, the layers only: the first account of porian2024.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(porian_no_head(Shape(**tiny, context=16, gated=True)))
    12288.0
    """
    return FLOPS_PER_PARAM_TOKEN * parameters.porian_no_head(shape)


def porian_head(shape: Shape) -> Array:
    """Return 6 N with the output head in N: the standard account of porian2024.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(porian_head(Shape(**tiny, context=16, gated=True)))
    17088.0
    """
    return FLOPS_PER_PARAM_TOKEN * parameters.porian_head(shape)


def porian_attention(shape: Shape) -> Array:
    """Return 6 N with head and attention scores in N: the third account of porian2024.

    A token attends on average to half of the context, so its scores count half as much as in
    `palm`.

    Parameters
    ----------
    shape : Shape
        One model or many.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(porian_attention(Shape(**tiny, context=16, gated=True)))
    18624.0
    """
    return FLOPS_PER_PARAM_TOKEN * parameters.porian_attention(shape)


def palm(shape: Shape) -> Array:
    """Return 6 N + 12 L H Q T, scores over the whole context (PaLM, Chowdhery et al. 2022, App. B).

    Parameters
    ----------
    shape : Shape
        One model or many; N is `parameters.total`.

    Returns
    -------
    ndarray
        FLOPs per token.

    Examples
    --------
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(palm(Shape(**tiny, context=16)))
    17088.0
    """
    return six_n(shape) + 12 * shape.n_layers * shape.d_attn * shape.context


FLOP_CONVENTIONS: dict[str, Callable[[Shape], Array]] = {
    "6nd": six_n,
    "kaplan": kaplan,
    "kaplan-context": kaplan_context,
    "hoffmann": hoffmann,
    "hoffmann-text": hoffmann_text,
    "porian-no-head": porian_no_head,
    "porian-head": porian_head,
    "porian-attention": porian_attention,
    "palm": palm,
}
"""Conventions of counting training FLOPs; each function says where its paper states it."""
