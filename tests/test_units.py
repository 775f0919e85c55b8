"""Units: petaflop/s-days and nats."""

import numpy as np
import pytest

import replication as rp
from replication.units import PF_DAY, nats_from_bits


def test_a_petaflop_day_is_its_definition() -> None:
    assert PF_DAY == 1e15 * 86_400 == 8.64e19


def test_a_bit_is_ln_two_nats() -> None:
    assert float(nats_from_bits(1)) == np.log(2)
    # A uniform choice among 2**k symbols: k bits, log 2**k nats.
    for k in (1, 8, 15.6):
        assert float(nats_from_bits(k)) == pytest.approx(np.log(2.0**k), rel=1e-15)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_shapes_are_kept(shape: tuple[int, ...]) -> None:
    assert nats_from_bits(np.ones(shape)).shape == shape


def test_whole_numbers_and_lists_are_taken() -> None:
    np.testing.assert_allclose(nats_from_bits([1, 2]), [np.log(2), np.log(4)])
    assert nats_from_bits(np.array([3], dtype=np.int64)).dtype == np.float64


def test_units_are_public() -> None:
    assert rp.units.nats_from_bits is nats_from_bits
