"""Kumar et al. (2024): the claims, the printed laws, the runs of QuEST, and our own experiment."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

import replication as rp
from replication.errors import UnknownNameError
from replication.papers import kumar2024 as paper
from replication.papers.kumar2024.schemes import Shares


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("kumar2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    pinned = {
        "K2.main_text": 3.46875,
        "K2.no_cache": 6.84654,
        "K2.quest": 4.21193,
        "K4.main_text": 1.56007,
        "K4.quest": 1.54569,
        "K12.tokens": -0.5,
        "O1.params": -0.0320706,
        "O1.gamma_D": 0.853213,
    }
    assert differs.pop("Q1.E") < 1e-9
    assert differs == pytest.approx(pinned, rel=1e-4)


# The printed laws -----------------------------------------------------------------------------


def test_the_best_bits_of_the_printed_law_by_another_way():
    law, bits = paper.printed(), np.linspace(4, 12, 80_001)
    share = (
        (1 - np.exp(-bits / 2.6745 + 0.3037))
        * (1 - np.exp(-bits / 2.2102 + 1.4072))
        * (1 - np.exp(-bits / 0.9578 + 2.4185))
    )
    assert law.best_bits() == pytest.approx(bits[np.argmax(share / bits)], abs=1e-3)
    np.testing.assert_allclose(law.kept(bits, bits, bits), share, rtol=1e-12)


def test_the_best_bits_of_a_size_grow_with_the_logarithm_of_compute():
    # In the end by beta gamma bits for each factor e, with the largest gamma (Eq. 23).
    law, budgets = paper.printed(), np.geomspace(1e28, 1e32, 3)
    bits = law.optimal(flops=budgets, params=1e9).bits
    slopes = np.diff(bits) / np.diff(np.log(budgets))
    assert slopes == pytest.approx(law.beta * law.gamma_w, rel=0.05)


def test_the_critical_data_are_those_of_the_formula():
    law, base = paper.rounding(offset=False), paper.printed().base
    found = [law.critical_tokens(3e7, bits, base=base) for bits in (3, 4, 5)]
    assert found == pytest.approx([1.6385e10, 8.856e10, 4.7867e11], rel=1e-4)
    found = paper.rounding().critical_tokens(8e9, 4, base=base)
    assert found == pytest.approx(1.9527e11, rel=1e-4)


# The runs of QuEST ----------------------------------------------------------------------------


def test_the_runs():
    runs = paper.quest()
    assert len(runs) == 104 and runs["scheme"].nunique() == 17
    width = 256 * np.ceil(np.floor(8 * runs["d_model"] / 3) / 256)
    d, layers = runs["d_model"], runs["n_layers"]
    counted = layers * (4 * d**2 + 3 * d * width) + (2 * layers + 1) * d
    np.testing.assert_array_equal(counted, runs["params"])
    assert (runs["tokens"] % 262_144 == 0).all()
    assert len(paper.comparison()) == 52


def test_the_shares_are_those_of_another_solver():
    runs, law = paper.quest(), paper.shares().law
    names = ["bf16", *sorted(set(runs["scheme"]) - {"bf16"})]
    place = runs["scheme"].map(names.index).to_numpy()
    n, d, loss = (runs[k].to_numpy() for k in ("params", "tokens", "loss"))

    def squares(x):
        a, alpha, b, beta = x[:4]
        eff = np.concatenate([[0.0], x[4:]])[place]
        total = np.exp(a - alpha * (np.log(n) + eff)) + np.exp(b - beta * np.log(d))
        return float(((np.log(total) - np.log(loss)) ** 2).sum())

    start = [np.log(law.A), law.alpha, np.log(law.B), law.beta]
    start = np.array(start + [np.log(law.share(k)) for k in names[1:]])
    at = squares(start)
    assert at / 2 == pytest.approx(paper.shares().value, rel=1e-6)
    rough = start * (1 + 0.02 * np.random.default_rng(0).standard_normal(len(start)))
    found = minimize(squares, rough, method="BFGS", options={"gtol": 1e-9, "maxiter": 500})
    assert found.fun >= at * (1 - 1e-6)


def test_with_a_free_floor_the_whole_search_goes_to_zero():
    free = rp.fit(Shares, paper.quest(), objective="log-lsq")
    assert free.law.E < 1e-6
    assert free.law.share("full_4") == pytest.approx(paper.shares().law.share("full_4"), rel=1e-4)
    assert any(note.code == "at_bound" for note in free.notes)
    # What is followed from there is what a search of its own finds.
    own = rp.fit(Shares, paper.quest(), objective="log-lsq", fixed={"E": 1.5})
    assert paper.shares(1.5).value == pytest.approx(own.value, rel=1e-9)


def test_a_bit_is_worth_most_at_four():
    table = paper.capacity()
    pinned = {1: 0.328, 2: 1.215, 3: 2.310, 4: 2.767, 8: 2.032}
    assert table["per_bit"].to_dict() == pytest.approx(pinned, abs=0.002)
    assert table.loc[4, "low"] > table.loc[3, "high"] and table.loc[4, "low"] > table.loc[8, "high"]
    assert table["least"].idxmax() == table["most"].idxmax() == 4
    assert (table["least"] <= table["per_bit"]).all() and (table["per_bit"] <= table["most"]).all()


def test_the_shares_are_not_those_of_a_smaller_model():
    falls = {bits: paper.penalty(f"full_{bits}") for bits in (4, 3, 2, 1)}
    assert [round(falls[bits][0], 2) for bits in (4, 3, 2, 1)] == [0.20, 0.15, 0.08, 0.05]
    assert falls[4][0] - falls[1][0] > 3 * falls[4][1]


def test_the_form_of_the_paper():
    best = {way: paper.precision_fit(way).law.best_bits() for way in paper.WAYS}
    assert best == pytest.approx(
        {
            "no offsets": 4.263,
            "three bits and more, no offsets": 3.596,
            "all": 4.388,
            "two bits and more": 4.212,
            "three bits and more": 4.299,
        },
        abs=0.002,
    )
    with pytest.raises(UnknownNameError, match="two bits and more"):
        paper.precision_fit("four bits")


@pytest.mark.parametrize("floor", paper.FLOORS)
def test_the_quantiser_decides(floor):
    best = paper.inverted("30M", floor).pivot(index="bits", columns="method", values="per_bit")
    assert best["STE"].idxmax() == 7
    assert best["LSQ"].idxmax() == best["QuEST"].idxmax() == 5


def test_budgets_are_read_between_runs():
    table = paper.ladder()
    run = table[(table["bits"] == 4) & (table["params"] > 2e8)].iloc[0]
    for column in paper.BUDGETED:
        assert paper.at_budget(column, run[column])[4] == pytest.approx(run["loss"])
    assert np.isnan(paper.at_budget("body", 1e9)[3])
    assert paper.at_budget("body", 1e8).idxmin() == 4


# Our own experiment ---------------------------------------------------------------------------


def test_the_gradient_of_the_byte_model_is_the_slope_of_its_loss():
    text = np.random.default_rng(0).integers(32, 120, 90).astype(np.uint8)
    model, places = paper.ByteModel.fresh(hidden=6, seed=0), np.arange(80)
    contexts = text[places[:, None] + np.arange(paper.CONTEXT)]
    slopes = model.gradient(contexts, text[places + paper.CONTEXT])
    exact = paper.ByteModel(*(a.astype(np.float64) for a in model.arrays()))
    for k, name in enumerate(("table", "inner", "shift", "outer", "bias")):
        way = np.random.default_rng(k).standard_normal(slopes[k].shape)
        ends = [
            replace(exact, **{name: getattr(exact, name) + sign * 1e-5 * way}).loss(text, places)
            for sign in (1, -1)
        ]
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx((slopes[k] * way).sum(), rel=1e-4)


def test_rounding_goes_to_the_nearest_level():
    model = paper.ByteModel.fresh(hidden=8, seed=1)
    for bits in (2, 4, 8):
        rounded = paper.quantised(model, bits)
        step = np.abs(model.inner).max(axis=0) / (2 ** (bits - 1) - 1)
        assert (np.abs(rounded.inner - model.inner) <= step / 2 * (1 + 1e-5)).all()
        assert all(len(np.unique(column)) <= 2**bits - 1 for column in rounded.outer.T)
        assert rounded.table is model.table and rounded.bias is model.bias


def test_a_training_learns_and_repeats_itself():
    rng = np.random.default_rng(0)
    text = np.tile(rng.integers(97, 105, 11), 5_000).astype(np.uint8)
    lengths = (64_000, 128_000)
    tables = [paper.train(8, seed, lengths=lengths, texts=(text, text)) for seed in (0, 0, 1)]
    first, again, other = tables
    assert first.equals(again) and not first.equals(other)
    assert len(first) == 2 * 2 * len(paper.BITS)
    late = first[first["tokens"] == 128_000]
    assert late["loss"].max() < 0.7 * np.log(8)  # eight letters
    rounded = first.groupby("bits")["quantised_loss"].mean()
    assert rounded[3] > rounded[6] + 0.005


def test_the_recorded_models():
    table = paper.byte_models()
    assert len(table) == 3 * 4 * 6 * 2 * 4
    assert set(table["params"]) == {256 * hidden for hidden in paper.HIDDEN}
    assert set(table["seed"]) == set(paper.SEEDS)
    # Before rounding more data always help, on average over seeds.
    mean = table.groupby(["schedule", "params", "tokens"])["loss"].mean().unstack()
    assert (np.diff(mean, axis=1) < 0).all()
    # In three bits they hurt in the end, at every size and with either schedule.
    coarse = table[table["bits"] == 3].groupby(["schedule", "params", "tokens"])
    ends = coarse["quantised_loss"].mean().unstack()
    assert (ends.iloc[:, -1] > ends.min(axis=1) + 0.05).all()


@pytest.mark.parametrize(
    ("schedule", "pinned"),
    [("constant", [0.853, -0.032, 0.645]), ("annealed", [0.895, -0.057, 0.650])],
)
def test_the_law_of_our_models_is_a_straight_line(schedule, pinned):
    law = paper.added_loss_fit(schedule).law
    assert [law.gamma_D, law.gamma_N, law.gamma_post] == pytest.approx(pinned, abs=0.001)
    table = paper.byte_models()
    table = table[(table["schedule"] == schedule) & (table["added_loss"] > 0)]
    design = [
        np.ones(len(table)),
        np.log(table["tokens"]),
        -np.log(table["params"]),
        -table["bits"],
    ]
    line = np.linalg.lstsq(np.column_stack(design), np.log(table["added_loss"]), rcond=None)[0]
    assert [line[1], line[2], 1 / line[3]] == pytest.approx(
        [law.gamma_D, law.gamma_N, law.gamma_post], rel=1e-6
    )


def test_the_corpus_is_the_library():
    train, judge, label = paper.corpus()
    assert train.dtype == judge.dtype == np.uint8 and max(train.max(), judge.max()) < 128
    assert len(train) > max(paper.LENGTHS) and label.startswith("Python 3.")
