"""Units that a name or the size of numbers gives away."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import DataError
from replication.fitting.column_units import unit_in_name, unit_notes
from replication.laws import Chinchilla, PowerLaw

BITS_PER_BYTE = (
    "eval/bpb",
    "eval/paloma/c4_en/bpb",
    "val-bpb",
    "val.bpb",
    "valBPB",
    "BPBval",
    "val bpb",
    "bitsPerByte",
    "BitsPerByte",
    "bitsperbyte",
    "eval/bits-per-byte",
    "bits_per_byte",
    "BITS_PER_BYTE",
    "loss:bits/byte",
    "bpb2",
)


def powers(tokens_per_byte: float | None = None) -> pd.DataFrame:
    """Runs of a known law, their loss in nats per token or in bits per byte."""
    rng = np.random.default_rng(1)
    n, d = 10 ** rng.uniform(7.5, 10, 25), 10 ** rng.uniform(9, 11.5, 25)
    loss = 1.7 + 406 / n**0.34 + 410 / d**0.28
    if tokens_per_byte is not None:
        loss = loss * tokens_per_byte / np.log(2)
    return pd.DataFrame({"params": n, "tokens": d, "loss": loss})


@pytest.mark.parametrize("name", BITS_PER_BYTE)
def test_bits_per_byte_in_every_spelling(name: str) -> None:
    assert unit_in_name(name) == "bits per byte"
    with pytest.raises(DataError, match=r"named in bits per byte.*divide by the tokens per byte"):
        rp.fit(Chinchilla, powers(1 / 4.2).rename(columns={"loss": name}), response=name)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("bpc", "bits per character"),
        ("enwik8/bitsPerChar", "bits per character"),
        ("test-bpw", "bits per word"),
        ("Loss_BPT", "bits per token"),
        ("bits_per_token", "bits per token"),
        ("loss_bits", "bits"),
        ("loss(bit)", "bits"),
        ("bits_per_image", "bits"),
        ("4_bits_per_byte", "bits per byte"),
        ("val_ppl", "perplexity"),
        ("valPPL", "perplexity"),
        ("perplexity", "perplexity"),
        ("wikitext/word-perplexity", "perplexity"),
        ("logs/ppl", "perplexity"),
    ],
)
def test_other_units_in_a_name(name: str, unit: str) -> None:
    assert unit_in_name(name) == unit


@pytest.mark.parametrize(
    "name",
    (
        *("loss", "loss_orbit", "habits", "loss_nats", "nats_per_byte", "loss_8bit", "loss_8_bit"),
        *("int4-bit/loss", "log_ppl", "lnPerplexity", "suppl_loss", "applied", "", "損失"),
    ),
)
def test_names_that_only_look_like_a_unit(name: str) -> None:
    assert unit_in_name(name) == ""


def test_nats_per_token_by_the_advice_of_the_message() -> None:
    bits = powers(1 / 4.2)["loss"]
    repaired = powers().assign(loss=rp.units.nats_from_bits(bits) / (1 / 4.2))
    fit = rp.fit(Chinchilla, repaired)
    assert (fit.law.E, fit.law.alpha) == (pytest.approx(1.7, rel=1e-6), pytest.approx(0.34))


def test_nats_per_byte_by_renaming_the_column_on_purpose() -> None:
    table = powers(1 / 4.2)
    table["nats_per_byte"] = rp.units.nats_from_bits(table.pop("loss"))
    fit = rp.fit(Chinchilla, table, response="nats_per_byte")
    assert pytest.approx(1.7 / 4.2, rel=1e-6) == fit.law.E


def test_the_loss_is_the_logarithm_of_a_perplexity() -> None:
    table = powers().assign(val_ppl=lambda t: np.exp(t.loss)).drop(columns="loss")
    with pytest.raises(DataError, match=r"'val_ppl' is named a perplexity.*numpy\.log"):
        rp.fit(Chinchilla, table, response="val_ppl")
    with pytest.raises(DataError, match=r"'loss' is missing.*'val_ppl' is named a perplexity"):
        rp.fit(Chinchilla, table)
    fit = rp.fit(Chinchilla, table.assign(loss=np.log(table.val_ppl)))
    assert fit.law.beta == pytest.approx(0.28, rel=1e-6)


def test_a_law_that_predicts_a_perplexity_may_read_one() -> None:
    x = np.geomspace(1e18, 1e22, 8)
    fit = rp.fit(PowerLaw.of("flops", "ppl"), {"flops": x, "ppl": 3e3 * x**-0.1})
    assert fit.law.alpha == pytest.approx(0.1)


def columns(**changed: float) -> dict[str, np.ndarray]:
    table = powers()
    return {name: table[name].to_numpy() * changed.get(name, 1.0) for name in table}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"params": 1e-6}, "params run from"),
        ({"params": 1e-9}, "params run from"),
        ({"tokens": 1e-6}, "tokens run from"),
        ({"tokens": 1e-9}, "tokens run from"),
        ({"params": 1e-4}, "tokens a parameter"),
        ({"params": 1e5}, "tokens a parameter"),
        ({"loss": 10.0}, "more than guessing"),
    ],
)
def test_numbers_in_another_unit_are_noted(changed: dict[str, float], said: str) -> None:
    (note,) = unit_notes(columns(**changed))
    assert note.code == "units"
    assert said in note.message


def test_millions_and_billions_together_are_both_noted() -> None:
    notes = unit_notes(columns(params=1e-6, tokens=1e-9))
    assert [note.message.split()[0] for note in notes] == ["params", "tokens"]


def test_perplexities_of_language_models_are_more_than_guessing() -> None:
    table = columns()
    (note,) = unit_notes(table | {"loss": np.exp(table["loss"])})
    assert "logarithm" in note.advice


def test_what_is_in_order_is_not_noted() -> None:
    assert unit_notes(columns()) == ()
    few = {"params": np.array([1.0, 2.0]), "tokens": np.array([1.0, 2.0])}
    assert unit_notes(few) == ()
    assert unit_notes(few | {"score": np.array([20.0, 30.0])}) == ()
    assert unit_notes({"flops": np.array([1.0, 2.0]), "loss": np.array([3.0, 2.0])}) == ()


OURS = {"kumar2024/byte_models.csv", "ivgi2022/ladder.csv"}


def test_no_table_of_the_book_is_noted() -> None:
    seen = 0
    for table in rp.tables():
        names = [n for n in ("params", "tokens", "loss") if n in table.columns]
        if "loss" in names and len(names) > 1:
            rows = rp.load(table.key, table.name)[names].dropna()
            noted = unit_notes({n: rows[n].to_numpy() for n in names})
            # Bytes, of models that a laptop trains in a minute: there the question is in place.
            assert bool(noted) == (table.path in OURS), table.path
            seen += 1
    assert seen >= 5
