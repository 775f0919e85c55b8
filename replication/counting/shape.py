"""The shape of a transformer: what its parameters and its FLOPs are counted from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers
from replication.errors import ArgumentError, DataError, listed, one_of_names, shown

Array = NDArray[np.float64]

POSITIONS = ("none", "learned", "relative")
"""What learns positions: nothing (fixed or rotary ones), a table of the context, or one more
projection a layer (relative positions as in Transformer-XL)."""


@dataclass(frozen=True, init=False, eq=False)
class Shape:
    """Shape of a decoder-only transformer, or of many at once.

    Parameters
    ----------
    n_layers, d_model, n_heads : array_like
        Number of layers, width of the residual stream, attention heads a layer. Arrays are
        broadcast against each other, one entry a model.
    ffw_size : array_like
        Width of the feed-forward layer.
    vocab_size : array_like
        Tokens in the vocabulary.
    context : array_like
        Tokens in a training sequence.
    kv_size : array_like, optional
        Width of one head; ``d_model / n_heads`` if left out.
    n_kv_heads : array_like, optional
        Heads of keys and values a layer, each shared by ``n_heads / n_kv_heads`` heads of queries
        (grouped-query attention); ``n_heads`` if left out, so that none is shared.
    positions : str
        One of `POSITIONS`.
    tied : bool
        Whether the output head is the embedding matrix again, which is then stored once.
    gated : bool
        Whether the feed-forward layer is gated (SwiGLU and its like): three matrices, not two.

    Raises
    ------
    ArgumentError
        If a count is not a positive whole number, the widths of the heads do not divide, the heads
        do not fall into groups, or the arrays do not fit together.
    UnknownNameError
        If `positions` is not known.

    Examples
    --------
    >>> smallest = Shape(
    ...     n_layers=8, d_model=512, n_heads=8, ffw_size=2048, vocab_size=32000, context=2048
    ... )
    >>> float(smallest.kv_size), float(smallest.d_attn)
    (64.0, 512.0)
    >>> Shape(n_layers=2, d_model=10, n_heads=3, ffw_size=40, vocab_size=256, context=64)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: d_model 10 does not divide into 3 heads. Give kv_size, the
    width of one head, or correct n_heads.
    """

    n_layers: Array
    d_model: Array
    n_heads: Array
    ffw_size: Array
    vocab_size: Array
    context: Array
    kv_size: Array
    n_kv_heads: Array
    positions: str
    tied: bool
    gated: bool

    def __init__(
        self,
        *,
        n_layers: ArrayLike,
        d_model: ArrayLike,
        n_heads: ArrayLike,
        ffw_size: ArrayLike,
        vocab_size: ArrayLike,
        context: ArrayLike,
        kv_size: ArrayLike | None = None,
        n_kv_heads: ArrayLike | None = None,
        positions: str = "none",
        tied: bool = True,
        gated: bool = False,
    ) -> None:
        one_of_names("kind of positions", positions, POSITIONS)
        given = {
            "n_layers": n_layers,
            "d_model": d_model,
            "n_heads": n_heads,
            "ffw_size": ffw_size,
            "vocab_size": vocab_size,
            "context": context,
        }
        counts = {name: _count(name, values) for name, values in given.items()}
        if kv_size is None:
            counts["kv_size"] = _head_width(counts["d_model"], counts["n_heads"])
        else:
            counts["kv_size"] = _count("kv_size", kv_size)
        counts["n_kv_heads"] = (
            counts["n_heads"] if n_kv_heads is None else _count("n_kv_heads", n_kv_heads)
        )
        try:
            size = np.broadcast_shapes(*[array.shape for array in counts.values()])
        except ValueError:
            sizes = ", ".join(f"{name} {np.shape(x)}" for name, x in counts.items() if np.ndim(x))
            raise ArgumentError(
                f"The arrays of a shape must fit together, one entry a model; got {sizes}."
            ) from None
        # Copies, and read-only: the shape stays what was checked.
        values: dict[str, Any] = {
            name: np.broadcast_to(array.copy(), size) for name, array in counts.items()
        }
        _refuse_groups(values["n_heads"], values["n_kv_heads"])
        values |= {"positions": positions, "tied": tied, "gated": gated}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_frame(
        cls,
        models: pd.DataFrame,
        *,
        vocab_size: ArrayLike,
        context: ArrayLike,
        positions: str = "none",
        tied: bool = True,
        gated: bool = False,
    ) -> "Shape":
        """Build the shapes of a table of models, one row a model.

        Parameters
        ----------
        models : DataFrame
            Columns ``n_layers``, ``d_model``, ``n_heads``, ``ffw_size``; if the heads do not fill
            the width exactly, ``kv_size``; and if they share keys and values, ``n_kv_heads``.
        vocab_size, context, positions, tied, gated
            As in `Shape`, for all rows.

        Returns
        -------
        Shape
            With arrays in the order of the rows.

        Raises
        ------
        DataError
            If a column is missing.

        Examples
        --------
        >>> table = pd.DataFrame(
        ...     {"n_layers": [8, 9], "d_model": [512, 576], "n_heads": [8, 9]}
        ... ).assign(ffw_size=lambda t: 4 * t["d_model"])
        >>> Shape.from_frame(table, vocab_size=32000, context=2048).kv_size
        array([64., 64.])
        """
        needed = ("n_layers", "d_model", "n_heads", "ffw_size")
        if not isinstance(models, pd.DataFrame):
            raise DataError(f"A table of models is expected, a DataFrame; got {shown(models)}.")
        if missing := [name for name in needed if name not in models]:
            raise DataError(
                f"The table of models lacks {', '.join(missing)}; it has "
                f"{listed(models.columns)}. Rename its columns."
            )
        columns: dict[str, Any] = {name: models[name].to_numpy() for name in needed}
        for name in ("kv_size", "n_kv_heads"):
            if name in models:
                columns[name] = models[name].to_numpy()
        return cls(
            **columns,
            vocab_size=vocab_size,
            context=context,
            positions=positions,
            tied=tied,
            gated=gated,
        )

    @property
    def d_attn(self) -> Array:
        """Width of all heads together; not always that of the residual stream."""
        return self.n_heads * self.kv_size

    @property
    def d_kv(self) -> Array:
        """Width of all keys together, and of all values: `d_attn` unless heads share them."""
        return self.n_kv_heads * self.kv_size

    @property
    def ffw_matrices(self) -> int:
        """Matrices in a feed-forward layer: two, or three if it is gated."""
        return 3 if self.gated else 2


def as_shape(shape: object) -> Shape:
    """Return a shape as it is, or say that it is none.

    Raises
    ------
    ArgumentError
        If it is not a `Shape`.

    Examples
    --------
    >>> as_shape(7e9)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: shape is 7000000000.0; a Shape is expected, as in
    Shape(n_layers=8, d_model=512, ...).
    """
    if not isinstance(shape, Shape):
        raise ArgumentError(
            f"shape is {shown(shape)}; a Shape is expected, as in Shape(n_layers=8, d_model=512, "
            "...)."
        )
    return shape


def _count(name: str, values: ArrayLike) -> Array:
    """Return counts as floats, or say which one no model can have."""
    array = numbers(name, values)
    bad = ~(np.isfinite(array) & (array >= 1) & (array == np.floor(array)))
    if bad.any():
        raise ArgumentError(
            f"{name} must be a whole number from 1, got {array[bad].flat[0]:g}: no model has that."
        )
    return array


def _head_width(d_model: Array, n_heads: Array) -> Array:
    """Divide the width among the heads, or say where they do not divide."""
    try:
        widths, heads = np.broadcast_arrays(d_model, n_heads)
    except ValueError:
        raise ArgumentError(
            f"d_model and n_heads must fit together, one entry a model; got {np.shape(d_model)} "
            f"and {np.shape(n_heads)}."
        ) from None
    bad = widths % heads != 0
    if bad.any():
        raise ArgumentError(
            f"d_model {widths[bad].flat[0]:g} does not divide into {heads[bad].flat[0]:g} heads. "
            "Give kv_size, the width of one head, or correct n_heads."
        )
    return np.asarray(widths / heads)


def _refuse_groups(heads: Array, shared: Array) -> None:
    """Refuse heads of queries that cannot share those of keys and values evenly."""
    bad = heads % shared != 0
    if bad.any():
        raise ArgumentError(
            f"n_heads {heads[bad].flat[0]:g} does not divide into {shared[bad].flat[0]:g} groups "
            "that share keys and values. Correct n_kv_heads, or leave it out if none are shared."
        )
