"""Parameters and FLOPs: the papers' tables, the order of the conventions, impossible shapes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication import datasets
from replication.counting import (
    FLOP_CONVENTIONS,
    FLOPS_PER_PARAM_TOKEN,
    PARAM_CONVENTIONS,
    Shape,
    aspect_ratio,
    embedding_scale,
    flops_per_token,
    gated_width,
    inference_flops,
    params,
    parts,
    training_flops,
    width,
)
from replication.counting.shape import POSITIONS
from replication.errors import ArgumentError, DataError, UnknownNameError

TINY = {
    "n_layers": 2,
    "d_model": 8,
    "n_heads": 2,
    "ffw_size": 32,
    "vocab_size": 100,
    "context": 16,
}
# Table A4 of hoffmann2022: sizes as in Table A9, in millions, and the printed ratios.
PRINTED_RATIOS = {74: 1.03, 306: 1.10, 552: 1.08, 1143: 1.04, 1593: 1.03, 6796: 0.99}
# Depth, width, d_ff and the three counts of porian2024, from the published model list.
PORIAN = [
    (3, 96, 256, 331776, 5173248, 5763072),
    (10, 384, 1024, 17694720, 37060608, 44924928),
    (30, 1504, 4096, 825876480, 901726208, 994131968),
]


def table_a9() -> tuple[pd.DataFrame, Shape]:
    models = datasets.load("hoffmann2022", "table_a9_models")
    shape = Shape.from_frame(models, vocab_size=32000, context=2048, positions="relative")
    return models, shape


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Shapes that could be trained: the context below twelve widths, as kaplan2020 assumes."""
    heads = draw(st.integers(1, 32))
    return Shape(
        n_layers=draw(st.integers(1, 100)),
        d_model=64 * heads,
        n_heads=heads,
        ffw_size=64 * draw(st.integers(1, 512)),
        vocab_size=draw(st.integers(256, 300_000)),
        context=draw(st.integers(1, 12 * 64 * heads)),
        positions=draw(st.sampled_from(POSITIONS)),
        tied=draw(st.booleans()),
        gated=draw(st.booleans()),
    )


def varied(shape: Shape, **changes: object) -> Shape:
    names = ("n_layers", "d_model", "n_heads", "ffw_size", "vocab_size", "context", "kv_size")
    kept = {name: getattr(shape, name) for name in (*names, "positions", "tied", "gated")}
    return Shape(**(kept | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("convention", ["hoffmann", "total"])
def test_the_50_models_of_table_a9_have_the_printed_sizes(convention):
    models, shape = table_a9()
    assert len(models) == 50
    np.testing.assert_allclose(params(shape, convention), models["params"], rtol=0.01)


def test_four_attention_matrices_miss_table_a9():
    models, shape = table_a9()
    short = params(varied(shape, positions="none"), "total") / models["params"] - 1
    assert short.max() < -0.04
    assert short.mean() == pytest.approx(-0.071, abs=0.001)


def test_a_head_is_not_always_the_width_over_the_heads():
    models, shape = table_a9()
    other = models["kv_size"] * models["n_heads"] != models["d_model"]
    assert (models.loc[other, "params"] / 1e6).tolist() == [
        *(3530, 4084, 11452, 12569, 13735, 14940)
    ]
    square = varied(shape, kv_size=shape.d_model, n_heads=1)
    off = (params(square) / models["params"] - 1)[other].abs()
    assert off.max() > 0.05


def test_table_a4_needs_embedding_and_logits_left_out():
    models, shape = table_a9()
    at = [int(np.flatnonzero(models["params"] == 1e6 * size)[0]) for size in PRINTED_RATIOS]
    printed = np.array(list(PRINTED_RATIOS.values()))

    def ratio(convention: str, **changes: object) -> np.ndarray:
        counted = flops_per_token(varied(shape, **changes), convention)
        return (counted / (FLOPS_PER_PARAM_TOKEN * models["params"]))[at].to_numpy()

    np.testing.assert_allclose(ratio("hoffmann"), printed, atol=0.011)
    assert np.abs(ratio("hoffmann-text") - printed).max() > 0.5
    assert np.abs(ratio("hoffmann", context=1024) - printed).max() > 0.1


@pytest.mark.parametrize(("depth", "width", "ffw", "no_head", "head", "attention"), PORIAN)
def test_the_three_counts_of_porian(depth, width, ffw, no_head, head, attention):
    shape = Shape(
        n_layers=depth,
        d_model=width,
        n_heads=1,
        ffw_size=ffw,
        vocab_size=50432,
        context=2048,
        gated=True,
    )
    for name, count in {"no-head": no_head, "head": head, "attention": attention}.items():
        assert params(shape, f"porian-{name}") == count
        assert flops_per_token(shape, f"porian-{name}") == 6 * count


def test_openlm_counts_every_weight_of_the_models_of_bian2025():
    runs = datasets.load("bian2025", "runs").drop_duplicates("model")
    models = datasets.load("bian2025", "models")
    table = runs.merge(models, on="model").assign(ffw_size=lambda t: gated_width(t["d_model"]))
    shape = Shape.from_frame(table, vocab_size=table["vocab_size"], context=2048, gated=True)
    assert len(table) == 35
    np.testing.assert_array_equal(params(shape, "openlm"), table["params"])
    without_gains = params(varied(shape, tied=False), "total")
    assert (without_gains != table["params"]).all()


@pytest.mark.parametrize("multiple", [1, 64, 256])
def test_a_gated_layer_costs_what_a_plain_one_of_four_widths_costs(multiple):
    d_model = np.arange(64, 4096, 37)
    wide = gated_width(d_model, multiple)
    assert (wide % multiple == 0).all()
    assert (3 * wide > 8 * d_model - 3).all()
    assert (3 * wide <= 8 * d_model + 3 * multiple).all()


@pytest.mark.parametrize(
    ("d_model", "multiple", "named"), [(0, 256, "d_model"), (8, 0, "multiple")]
)
def test_a_gated_width_needs_a_width_and_a_multiple(d_model, multiple, named):
    with pytest.raises(ArgumentError, match=named):
        gated_width(d_model, multiple)


@pytest.mark.parametrize(
    ("layers", "width", "count"),
    [(48, 1600, 1.475e9), (6, 4288, 1.324e9), (207, 768, 1.465e9), (1, 8, 768)],
)
def test_the_models_of_kaplan(layers, width, count):
    shape = Shape(
        n_layers=layers,
        d_model=width,
        n_heads=1,
        ffw_size=4 * width,
        vocab_size=50257,
        context=1024,
        positions="learned",
    )
    assert params(shape, "kaplan") == 12 * layers * width**2
    assert params(shape, "kaplan") == pytest.approx(count, rel=1e-3)


@given(shapes())
def test_parts_add_up(shape):
    part = parts(shape)
    assert params(shape, "total") == sum(part.values())
    assert params(shape, "kaplan") == part["attention"] + part["feed_forward"]
    assert params(shape, "porian-head") == params(shape, "kaplan") + part["embedding"]


@given(shapes())
def test_untying_stores_the_embedding_twice(shape):
    tied, untied = (params(varied(shape, tied=tied)) for tied in (True, False))
    assert untied - tied == parts(shape)["embedding"]
    for convention in PARAM_CONVENTIONS.keys() - {"total"}:
        counts = [params(varied(shape, tied=tied), convention) for tied in (True, False)]
        assert counts[0] == counts[1]


@given(shapes())
def test_conventions_of_counting_parameters_keep_their_order(shape):
    count = {name: float(params(shape, name)) for name in PARAM_CONVENTIONS}
    assert count["kaplan"] == count["porian-no-head"]
    assert count["kaplan"] < count["porian-head"] < count["porian-attention"]
    assert count["porian-head"] <= count["total"]
    assert count["porian-head"] < count["hoffmann"]


@given(shapes())
def test_conventions_of_counting_flops_keep_their_order(shape):
    count = {name: float(flops_per_token(shape, name)) for name in FLOP_CONVENTIONS}
    assert count["kaplan"] < count["kaplan-context"] < count["porian-attention"] < count["palm"]
    assert count["kaplan"] < count["porian-head"] <= count["6nd"] < count["palm"]
    assert count["kaplan-context"] < count["hoffmann"] < count["hoffmann-text"]


@given(shapes())
def test_exact_flops_are_6n_plus_the_scores(shape):
    scores = shape.n_layers * shape.context * (12 * shape.d_attn + 9 * shape.n_heads)
    np.testing.assert_allclose(
        flops_per_token(shape, "hoffmann"), 6 * params(shape, "kaplan") + scores, rtol=1e-12
    )


@given(shapes())
def test_the_context_term_of_kaplan_is_small_below_twelve_widths(shape):
    kaplan, scores = flops_per_token(shape, "kaplan"), flops_per_token(shape, "kaplan-context")
    usual = varied(shape, ffw_size=4 * shape.d_model, gated=False)
    assert flops_per_token(usual, "kaplan-context") <= 2 * flops_per_token(usual, "kaplan")
    assert scores - kaplan == 6 * shape.n_layers * shape.context * shape.d_attn


@given(shapes(), st.integers(2, 9))
def test_layers_scale_everything_but_the_embedding(shape, factor):
    deeper = varied(shape, n_layers=factor * shape.n_layers)
    np.testing.assert_allclose(params(deeper, "kaplan"), factor * params(shape, "kaplan"))
    for convention in ("kaplan", "kaplan-context", "hoffmann"):
        np.testing.assert_allclose(
            flops_per_token(deeper, convention), factor * flops_per_token(shape, convention)
        )


@given(shapes(), st.integers(2, 9))
def test_width_scales_the_layers_quadratically(shape, factor):
    wider = varied(
        shape,
        d_model=factor * shape.d_model,
        n_heads=factor * shape.n_heads,
        ffw_size=factor * shape.ffw_size,
    )
    np.testing.assert_allclose(params(wider, "kaplan"), factor**2 * params(shape, "kaplan"))


@given(st.lists(shapes(), min_size=1, max_size=5))
def test_many_models_count_like_each_alone(models):
    models = [varied(model, positions="relative", tied=True, gated=False) for model in models]
    columns = ("n_layers", "d_model", "n_heads", "ffw_size", "kv_size", "vocab_size", "context")
    stacked = {name: np.array([getattr(model, name) for model in models]) for name in columns}
    together = Shape(**stacked, positions="relative")
    for count, conventions in ((params, PARAM_CONVENTIONS), (flops_per_token, FLOP_CONVENTIONS)):
        for name in conventions:
            alone = np.array([float(count(model, name)) for model in models])
            found = count(together, name)
            assert found.dtype == np.float64
            np.testing.assert_array_equal(found, alone)


def test_one_number_serves_all_models():
    shape = Shape(**TINY | {"n_layers": np.arange(1, 4)})
    assert params(shape).shape == flops_per_token(shape).shape == (3,)
    assert parts(shape)["embedding"].tolist() == [800.0] * 3


def test_counts_do_not_overflow():
    shape = Shape(**TINY | {"d_model": 2**20, "ffw_size": 2**22, "n_layers": np.int64(10**6)})
    assert params(shape) > 2.0**63
    assert training_flops(np.int64(10**12), np.int64(10**13)) == pytest.approx(6e25)


def test_a_token_served_costs_a_third_of_a_token_trained_on():
    sizes = np.array([10**9, 7 * 10**10])
    assert (3 * inference_flops(sizes, 10**13) == training_flops(sizes, 10**13)).all()
    assert inference_flops(sizes, 0).tolist() == [0.0, 0.0]


def test_training_flops_of_a_rule_and_of_a_shape_agree():
    shape = Shape(**TINY)
    assert training_flops(params(shape), 1000) == 1000 * flops_per_token(shape, "6nd")


@pytest.mark.parametrize("count", [params, flops_per_token])
def test_an_unknown_convention_lists_the_known(count):
    known = PARAM_CONVENTIONS if count is params else FLOP_CONVENTIONS
    with pytest.raises(UnknownNameError, match="convention") as caught:
        count(Shape(**TINY), "hofmann")
    for name in known:
        assert name in str(caught.value)
    assert "Did you mean 'hoffmann'" in str(caught.value)


@pytest.mark.parametrize("name", sorted(TINY))
@pytest.mark.parametrize("value", [0, -1, 2.5, np.nan, np.inf])
def test_a_count_no_model_can_have_is_refused(name, value):
    with pytest.raises(ArgumentError, match=rf"{name} must be a whole number from 1, got"):
        Shape(**TINY | {name: value})


def test_one_impossible_model_among_many_is_named():
    with pytest.raises(ArgumentError, match="n_layers must be a whole number from 1, got 0"):
        Shape(**TINY | {"n_layers": [2, 0, 4]})


def test_words_are_no_counts():
    with pytest.raises(ArgumentError, match="d_model must be numbers, got 'wide'"):
        Shape(**TINY | {"d_model": "wide"})


def test_heads_that_do_not_divide_need_their_width():
    with pytest.raises(ArgumentError, match=r"d_model 10 does not divide into 3 heads\. Give kv"):
        Shape(**TINY | {"d_model": [9, 10], "n_heads": 3})
    assert Shape(**TINY | {"d_model": 10, "n_heads": 3}, kv_size=4).d_attn == 12


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match=r"got n_layers \(2,\), ffw_size \(3,\)"):
        Shape(**TINY | {"n_layers": [1, 2], "ffw_size": [8, 16, 32]})
    with pytest.raises(ArgumentError, match="d_model and n_heads must fit"):
        Shape(**TINY | {"d_model": [8, 16], "n_heads": [1, 2, 4]})


def test_unknown_positions_list_the_known():
    with pytest.raises(UnknownNameError, match="Known: none, learned, relative"):
        Shape(**TINY, positions="rotary")


def test_a_table_without_a_column_is_refused():
    with pytest.raises(DataError, match="lacks n_heads, ffw_size; it has n_layers, d_model"):
        Shape.from_frame(
            pd.DataFrame({"n_layers": [1], "d_model": [8]}), vocab_size=100, context=16
        )


def test_shapes_cannot_be_changed():
    with pytest.raises(AttributeError):
        Shape(**TINY).n_layers = np.array(3.0)  # type: ignore[misc]
    layers = np.array([1.0, 2.0])
    shape = Shape(**TINY | {"n_layers": layers})
    layers[0] = 7
    assert shape.n_layers.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        shape.n_layers[0] = 7


def test_a_family_of_one_aspect_ratio_counts_as_its_shapes():
    layers = np.array([2, 6, 12, 40])
    shape = Shape(
        n_layers=layers, d_model=40 * layers, n_heads=8, ffw_size=160 * layers,
        vocab_size=32_000, context=1024,
    )  # fmt: skip
    without = params(shape, "kaplan")
    np.testing.assert_allclose(width(without, 40), 40 * layers)
    omega = embedding_scale(32_000, 40)
    np.testing.assert_allclose(without + omega * without ** (1 / 3), params(shape, "total"))
    np.testing.assert_allclose(aspect_ratio(omega, 32_000), 40)


def test_learned_positions_are_rows_of_the_embedding():
    assert embedding_scale(50_257, 40, 1024) == pytest.approx(embedding_scale(51_281, 40))


@pytest.mark.parametrize("bad", [-1.0, 0.0, np.inf, "wide"])
def test_a_family_that_no_model_belongs_to_is_refused(bad):
    for call, name in (
        (lambda: width(bad, 40), "params_no_embedding"),
        (lambda: width(1e6, bad), "aspect_ratio"),
        (lambda: embedding_scale(bad, 40), "vocab_size"),
        (lambda: embedding_scale(32_000, bad), "aspect_ratio"),
        (lambda: aspect_ratio(bad, 32_000), "omega"),
        (lambda: aspect_ratio(47_491, bad), "vocab_size"),
    ):
        with pytest.raises(ArgumentError, match=f"{name} must be"):
            call()
    with pytest.raises(ArgumentError, match="context must be zero or more"):
        embedding_scale(32_000, 40, -1024)


@pytest.mark.parametrize("count", [training_flops, inference_flops])
def test_the_rule_of_thumb_refuses_what_no_run_has(count):
    assert np.isnan(count([1e9, np.nan], 1e10)[1])
    for size, words in (
        (-1e9, "params must be zero or more and finite, got -1e"),
        (np.inf, "params must be zero or more and finite, got inf"),
        ("7B", "params must be numbers, got '7B'"),
        (1e300, "flops is more than a float holds"),
        ([1.0, 2.0, 3.0], r"Shapes do not fit together: params \(3,\), tokens \(2,\)"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "1 masked of 2 values, first in row 0"),
    ):
        with pytest.raises(ArgumentError, match=words):
            count(size, [1e10, 2e10] if not np.isscalar(size) else 1e10)


@pytest.mark.parametrize("shape", [7e9, "gpt2", None, {"n_layers": 8}])
def test_what_is_not_a_shape_is_refused(shape):
    for count in (params, parts, flops_per_token):
        with pytest.raises(ArgumentError, match="a Shape is expected"):
            count(shape)


def test_heads_that_share_keys_and_values():
    """Llama 3 8B has 8,030,261,248 parameters with the gains of its 65 norms."""
    llama = {"n_layers": 32, "d_model": 4096, "n_heads": 32, "ffw_size": 14336}
    llama |= {"vocab_size": 128256, "context": 8192, "gated": True, "tied": False}
    shape = Shape(**llama, n_kv_heads=8)
    assert params(shape) + 65 * 4096 == 8_030_261_248
    assert parts(shape)["attention"] == 32 * 4096 * (2 * 4096 + 2 * 1024)
    alone = Shape(**llama)
    assert (alone.d_kv, shape.d_kv) == (4096, 1024)
    spared = 3 * 32 * 2 * 4096 * 2 * (4096 - 1024)  # of keys and values, in three passes
    assert flops_per_token(alone, "hoffmann") - flops_per_token(shape, "hoffmann") == spared
    for name in PARAM_CONVENTIONS:
        assert params(shape, name) < params(alone, name)
    for name in FLOP_CONVENTIONS:
        assert flops_per_token(shape, name) < flops_per_token(alone, name)


def test_heads_that_cannot_share_are_refused():
    with pytest.raises(ArgumentError, match="n_heads 2 does not divide into 3 groups"):
        Shape(**TINY | {"n_heads": 2}, n_kv_heads=3)
    table = pd.DataFrame({"n_layers": [2], "d_model": [8], "n_heads": [4], "ffw_size": [32]})
    made = Shape.from_frame(table.assign(n_kv_heads=2), vocab_size=10, context=4)
    assert made.d_kv.tolist() == [4.0]
