"""The E-model, by the figures of the study (section 5.5)."""

import pytest

from telnyx_simulator.audio.emodel import Impaired, burst_ratio, rating, score


def mos(loss: float, *, bursts: float = 1.0, delay_s: float = 0.0) -> float:
    return score(rating(Impaired(loss_ratio=loss, burst_ratio=bursts, delay_s=delay_s)))


@pytest.mark.parametrize(("loss", "expected"), [(0, 4.41), (0.01, 3.83), (0.02, 3.26), (0.05, 2.17), (0.10, 1.48)])
def test_loss_without_concealment(loss: float, expected: float) -> None:
    assert mos(loss) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(("delay_ms", "expected"), [(100, 4.41), (150, 4.41), (200, 4.34), (300, 3.96), (400, 3.56)])
def test_delay_alone(delay_ms: int, expected: float) -> None:
    assert mos(0, delay_s=delay_ms / 1000) == pytest.approx(expected, abs=0.006)


def test_a_burst_costs_more_than_as_many_frames_apart() -> None:
    assert mos(0.05, bursts=4) < mos(0.05)
    assert burst_ratio(0.05, 4.0) == pytest.approx(3.8)
    assert burst_ratio(0.01, 1.0) == 1.0


def test_the_score_never_leaves_its_scale() -> None:
    assert mos(1.0, bursts=500, delay_s=5) == 1.0
    assert all(1 <= score(r) <= 4.5 for r in range(-20, 120))
    assert [round(score(r), 3) for r in range(10, 95, 5)] == sorted(round(score(r), 3) for r in range(10, 95, 5))
