"""Training FLOPs of a transformer, a token at a time, under the papers' conventions.

A multiplication and an addition are two FLOPs; a training step is three forward passes, the
backward pass counting twice. Whether embedding, output head and attention scores count is where
the papers part. Each rule takes a `Shape`, one model or many, and returns FLOPs per token.
"""

from replication.counting.conventions import Conventions
from replication.counting.parameters import params
from replication.counting.rule import FLOPS_PER_PARAM_TOKEN
from replication.counting.shape import Array, Shape

FLOP_CONVENTIONS = Conventions("FLOPs")
"""Conventions of counting training FLOPs; each rule says where its paper states it."""
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
    >>> for name in FLOP_CONVENTIONS:
    ...     print(name, int(flops_per_token(smallest, name)))
    6nd 261881856
    kaplan 150994944
    kaplan-context 201326592
    hoffmann 252837888
    hoffmann-text 449445888
    porian-no-head 150994944
    porian-head 249298944
    porian-attention 299630592
    palm 362545152
    >>> flops_per_token(smallest, "6n")
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: Unknown convention of counting FLOPs '6n'. Did you mean
    '6nd'? Known: 6nd, kaplan, kaplan-context, hoffmann, hoffmann-text, porian-no-head,
    porian-head, porian-attention, palm.
    """
    return FLOP_CONVENTIONS.count(shape, convention)


@FLOP_CONVENTIONS.rule("6nd")
def _six_n(shape: Shape) -> Array:
    """Return 6 N with every parameter in N (hoffmann2022, section 3.3, as C = 6 N D)."""
    return FLOPS_PER_PARAM_TOKEN * params(shape, "total")


@FLOP_CONVENTIONS.rule("kaplan")
def _kaplan(shape: Shape) -> Array:
    """Return 6 N with the layers only in N (kaplan2020, section 2.1).

    The paper calls them non-embedding FLOPs.
    """
    return FLOPS_PER_PARAM_TOKEN * params(shape, "kaplan")


@FLOP_CONVENTIONS.rule("kaplan-context")
def _kaplan_context(shape: Shape) -> Array:
    """Return 3 (2 N + 2 n_layer n_ctx d_attn): `kaplan` with scores (kaplan2020, Table 1).

    The paper drops the second term since it is small while ``n_ctx < 12 d_model``.
    """
    scores = 2 * shape.n_layers * shape.context * shape.d_attn
    return _kaplan(shape) + _FORWARD_PASSES * scores


@FLOP_CONVENTIONS.rule("hoffmann")
def _hoffmann(shape: Shape) -> Array:
    """Count the layers exactly, without embedding and logits (hoffmann2022, Appendix F, Table A4).

    The appendix lists embedding and logits as well, but the ratios printed in Table A4 come out
    only without both, for sequences of 2,048 tokens. Its terms are for a sequence of S tokens and
    stand here divided by S. Relative positions add parameters, but the appendix gives them no
    FLOPs.
    """
    d_attn, context = shape.d_attn, shape.context
    attention = (
        2 * shape.d_model * (d_attn + 2 * shape.d_kv)  # queries, keys, values
        + 2 * context * d_attn  # scores
        + 3 * shape.n_heads * context  # softmax
        + 2 * context * d_attn  # weighted sum of the values
        + 2 * d_attn * shape.d_model  # output
    )
    dense = 2 * shape.ffw_matrices * shape.d_model * shape.ffw_size
    return _FORWARD_PASSES * shape.n_layers * (attention + dense)


@FLOP_CONVENTIONS.rule("hoffmann-text")
def _hoffmann_text(shape: Shape) -> Array:
    """Count as the text reads: `hoffmann` with embedding and logits (hoffmann2022, Appendix F).

    The embedding counts as the multiplication with one-hot vectors that it stands for.
    """
    embedding = 2 * shape.vocab_size * shape.d_model
    logits = 2 * shape.d_model * shape.vocab_size
    return _hoffmann(shape) + _FORWARD_PASSES * (embedding + logits)


@FLOP_CONVENTIONS.rule("porian-no-head")
def _porian_no_head(shape: Shape) -> Array:
    """Return 6 N_K, the layers only: the first account of porian2024."""
    return FLOPS_PER_PARAM_TOKEN * params(shape, "porian-no-head")


@FLOP_CONVENTIONS.rule("porian-head")
def _porian_head(shape: Shape) -> Array:
    """Return 6 N with the output head in N: the standard account of porian2024."""
    return FLOPS_PER_PARAM_TOKEN * params(shape, "porian-head")


@FLOP_CONVENTIONS.rule("porian-attention")
def _porian_attention(shape: Shape) -> Array:
    """Return 6 N with head and attention scores in N: the third account of porian2024.

    A token attends on average to half of the context, so its scores count half as much as in
    `palm`.
    """
    return FLOPS_PER_PARAM_TOKEN * params(shape, "porian-attention")


@FLOP_CONVENTIONS.rule("palm")
def _palm(shape: Shape) -> Array:
    """Return 6 N + 12 L H Q T, scores over the whole context (PaLM, Chowdhery et al. 2022, App. B).

    N is every stored matrix, as in `6nd`.
    """
    return _six_n(shape) + 12 * shape.n_layers * shape.d_attn * shape.context
