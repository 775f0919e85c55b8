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


def test_what_is_missing_stays_missing() -> None:
    assert np.isnan(rp.units.flops_from_pf_days([1.0, np.nan])[1])
    assert np.isnan(nats_from_bits([np.nan]))[0]


@pytest.mark.parametrize("convert", [rp.units.flops_from_pf_days, rp.units.pf_days_from_flops])
@pytest.mark.parametrize("bad", [-1.0, np.inf, "many", 1j, None, [[1.0], [1.0, 2.0]]])
def test_what_is_no_compute_is_refused(convert, bad) -> None:
    with pytest.raises(rp.ReplicationError):
        convert(bad)


def test_compute_beyond_floats_is_refused() -> None:
    with pytest.raises(rp.ReplicationError, match="flops is more than a float holds"):
        rp.units.flops_from_pf_days(1e300)


@pytest.mark.parametrize("bad", ["many", 1j, None, [[1.0], [1.0, 2.0]]])
def test_what_is_no_loss_is_refused(bad) -> None:
    with pytest.raises(rp.ReplicationError, match="bits must be numbers, got"):
        nats_from_bits(bad)
