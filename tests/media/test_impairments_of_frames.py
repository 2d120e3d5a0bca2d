"""What impairments do to frames: shares, bursts and distributions as asked for, and nothing else."""

import numpy as np
import pytest

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments import chance
from telnyx_simulator.media.impairments.cut import Cut
from telnyx_simulator.media.impairments.delay import Delay
from telnyx_simulator.media.impairments.duplicate import Duplicate
from telnyx_simulator.media.impairments.fates import FRAME_US, NONE, Fates
from telnyx_simulator.media.impairments.jitter import Jitter
from telnyx_simulator.media.impairments.loss import Loss, why_not
from telnyx_simulator.media.impairments.pattern import Pattern
from telnyx_simulator.media.impairments.reorder import Reorder
from telnyx_simulator.media.impairments.skew import Skew
from telnyx_simulator.media.impairments.spike import Spike

MS = 1_000_000
MANY = 100_000
DRAWS = Draws(7, ("a scenario",))


def planned(*impairments, count=MANY, first=0, block=None):
    """The fates of `count` frames, in one block or in several."""
    blocks = []
    while first < count:
        size = min(block or count, count - first)
        fates = Fates.of(first, size)
        for one in impairments:
            one.apply(fates)
        blocks.append(fates)
        first += size
    return Fates(
        first=blocks[0].first,
        lost=np.concatenate([one.lost for one in blocks]),
        delay_us=np.concatenate([one.delay_us for one in blocks]),
        copy_us=np.concatenate([one.copy_us for one in blocks]),
    )


def runs_of(flags):
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return edges[1::2] - edges[::2]


def order_of(fates):
    """Numbers of the frames that come, in the order in which they come; copies are left out."""
    order = np.argsort(fates.arrival_us, kind="stable")
    return order[~fates.lost[order]] + fates.first


# --- loss -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ratio", "burst"), [(0.01, 1.01), (0.01, 2), (0.05, 2), (0.05, 4), (0.2, 8)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gilbert_elliott_loses_as_much_and_in_such_bursts_as_was_asked(ratio, burst, seed):
    """Within two standard deviations of the estimate over 100,000 frames, for seeds that nobody chose."""
    lost = planned(Loss(Draws(seed), ratio=ratio, burst=burst)).lost
    bursts = runs_of(lost)
    ends, begins = 1 / burst, ratio / (burst * (1 - ratio))
    memory = 1 - ends - begins
    spread = np.sqrt(ratio * (1 - ratio) / MANY * (1 + memory) / (1 - memory))
    assert abs(lost.mean() - ratio) < 2 * spread
    assert abs(bursts.mean() - burst) < 2 * np.sqrt(burst * (burst - 1) / len(bursts)) + 1e-9


def test_independent_loss_is_binomial_and_its_bursts_are_those_of_chance():
    lost = planned(Loss(DRAWS, ratio=0.03)).lost
    assert abs(lost.mean() - 0.03) < 2 * np.sqrt(0.03 * 0.97 / MANY)
    assert runs_of(lost).mean() == pytest.approx(1 / 0.97, abs=0.02)


def test_bursts_of_a_density_let_some_through():
    lost = planned(Loss(DRAWS, ratio=0.01, burst=20, density=0.5), count=4 * MANY).lost
    assert lost.mean() == pytest.approx(0.01, abs=0.002)
    # A burst is over where 40 frames in a row come: within one, that has a probability of 2 ** -40.
    places = np.flatnonzero(lost)
    breaks = np.flatnonzero(np.diff(places) > 40)
    firsts, lasts = np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [len(places) - 1]))
    sizes, losses = places[lasts] - places[firsts] + 1, lasts - firsts + 1
    assert sizes.mean() == pytest.approx(20, rel=0.12)
    assert losses.sum() / sizes.sum() == pytest.approx(0.5, abs=0.05)


def test_isolated_losses_are_alone():
    lost = planned(Loss(DRAWS, ratio=0.05, burst=20, isolated=0.01), count=4 * MANY).lost
    runs = runs_of(lost)
    assert lost.mean() == pytest.approx(0.05, abs=0.003)
    of_bursts = 0.04 / 20 / 20  # bursts of a single frame, beside them
    assert (runs == 1).sum() / len(lost) == pytest.approx(0.01 + of_bursts, abs=0.0006)


def test_without_isolated_losses_and_gaps_four_states_are_those_of_gilbert():
    simple, full = (Loss(DRAWS, ratio=0.05, burst=4, **more) for more in ({}, {"density": 1.0}))
    assert (planned(simple).lost == planned(full).lost).all()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"ratio": 0.05, "burst": 8, "isolated": 0.05}, "a part of the loss"),
        ({"ratio": 0.5, "burst": 8, "density": 0.4}, "cannot come to a loss of 50%"),
        ({"ratio": 0.01, "burst": 2, "density": 0.3}, "loses none"),
        ({"ratio": 0.9, "burst": 2}, "too short"),
        ({"ratio": 1.0, "burst": 2}, "cannot come to"),
        ({"ratio": 0.05, "burst": None, "density": 0.3}, "burst: 8"),
    ],
)
def test_what_no_chain_has_is_refused_with_the_reason(asked, problem):
    assert problem in (why_not(**{"density": None, "isolated": None} | asked) or "")


def test_a_given_trace_is_lost_over_and_over_whatever_the_blocks():
    for block in (None, 3, 250):
        lost = planned(Pattern(lost="00101"), count=12, block=block).lost
        assert np.flatnonzero(lost).tolist() == [2, 4, 7, 9]


def test_a_cut_line_loses_all():
    assert planned(Cut(), count=100).lost.all()


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "correlation"), [("normal", 0.0), ("normal", 0.7), ("uniform", 0.0), ("pareto", 0.0)]
)
def test_jitter_spreads_as_wide_as_was_asked(shape, correlation):
    late = Jitter(DRAWS, jitter_ns=20 * MS, shape=shape, correlation=correlation).delays_us(0, MANY)
    assert late.min() >= 0
    assert late.std() == pytest.approx(20_000, rel=0.03)
    centered = late - late.mean()
    skewness = (centered**3).mean() / late.std() ** 3
    assert {"normal": abs(skewness) < 0.1, "uniform": abs(skewness) < 0.1, "pareto": skewness > 2}[shape]
    follows = (centered[1:] * centered[:-1]).mean() / late.var()
    assert follows == pytest.approx(correlation, abs=0.02)
    if shape == "uniform":
        assert late.max() == pytest.approx(20_000 * 2 * np.sqrt(3), rel=0.01)


@pytest.mark.parametrize("shape", ["normal", "uniform", "pareto"])
def test_jitter_never_lets_a_frame_overtake_another(shape):
    fates = planned(Jitter(DRAWS, jitter_ns=40 * MS, shape=shape), block=250)
    assert (np.diff(fates.arrival_us) >= 0).all()
    assert (fates.delay_us >= 0).all()
    assert not fates.lost.any()


def test_a_spike_wears_off_by_a_frame_a_frame():
    fates = planned(Spike(DRAWS, spike_ns=100 * MS, share=0.01), count=2000, block=100)
    first = int(np.flatnonzero(fates.delay_us)[0])
    assert fates.delay_us[first : first + 6].tolist() == [100_000, 80_000, 60_000, 40_000, 20_000, 0]
    assert len(set(fates.arrival_us[first : first + 5].tolist())) == 1, "all at one time"


def test_a_delay_is_the_same_for_all():
    assert set(planned(Delay(delay_ns=120 * MS), count=10).delay_us.tolist()) == {120_000}


def test_reordered_frames_change_places_with_the_one_behind_them():
    fates = planned(Reorder(DRAWS, ratio=0.02), block=250)
    late = fates.delay_us > 0
    assert late.mean() == pytest.approx(0.02, abs=3 * np.sqrt(0.02 * 0.98 / MANY))
    assert not (late[1:] & late[:-1]).any()
    order = order_of(fates)
    assert (order[:-1] > order[1:]).sum() == late[:-1].sum()
    assert np.abs(order - np.arange(MANY)).max() == 1
    assert not fates.lost.any()


def test_duplicates_come_once_more_and_lost_frames_do_not():
    fates = planned(Loss(DRAWS, ratio=0.1), Duplicate(DRAWS, ratio=0.05))
    twice = fates.copy_us != NONE
    assert twice.sum() / (~fates.lost).sum() == pytest.approx(0.05, abs=0.003)
    assert not (twice & fates.lost).any()


@pytest.mark.parametrize(("ppm", "lost", "copies"), [(200, 20, 0), (-200, 0, 20)])
def test_a_clock_that_is_off_makes_one_frame_in_so_many_too_many_or_missing(ppm, lost, copies):
    fates = planned(Skew(ppm=ppm, repeats=True), block=250)
    assert (fates.lost.sum(), (fates.copy_us != NONE).sum()) == (lost, copies)
    assert fates.delay_us[-1] == (19 * FRAME_US if copies else 0), "a slow clock falls behind"
    there = np.sort(np.concatenate((fates.arrival_us[~fates.lost], np.flatnonzero(fates.copy_us != NONE) * 20_000)))
    assert len(there) == MANY - lost + copies


# --- composition and chance -------------------------------------------------------------------------------------------


def test_the_order_of_a_list_counts():
    """A copy that is made before the loss may save its frame; one made after it cannot."""

    def once(*impairments):
        return planned(*impairments, count=20_000)

    loss, twice = {"ratio": 0.2}, {"ratio": 0.5}
    lost_first = once(Loss(DRAWS, **loss), Duplicate(DRAWS, **twice))
    copied_first = once(Duplicate(DRAWS, **twice), Loss(DRAWS, **loss))
    assert lost_first.lost.mean() == pytest.approx(0.2, abs=0.01)
    assert copied_first.lost.mean() == pytest.approx(0.2 * (0.5 + 0.5 * 0.2), abs=0.01)
    swapped = once(Jitter(DRAWS, jitter_ns=10 * MS), Reorder(DRAWS, ratio=0.1))
    queued = once(Reorder(DRAWS, ratio=0.1), Jitter(DRAWS, jitter_ns=10 * MS))
    assert (np.diff(order_of(swapped)) < 0).any()
    assert (swapped.delay_us != queued.delay_us).any()


KINDS = {
    "loss": lambda draws: Loss(draws, ratio=0.05),
    "bursts": lambda draws: Loss(draws, ratio=0.05, burst=4),
    "four states": lambda draws: Loss(draws, ratio=0.05, burst=20, density=0.5, isolated=0.01),
    "normal": lambda draws: Jitter(draws, jitter_ns=20 * MS),
    "correlated": lambda draws: Jitter(draws, jitter_ns=20 * MS, correlation=0.5),
    "pareto": lambda draws: Jitter(draws, jitter_ns=20 * MS, shape="pareto"),
    "spike": lambda draws: Spike(draws, spike_ns=200 * MS, share=0.01),
    "reorder": lambda draws: Reorder(draws, ratio=0.05),
    "duplicate": lambda draws: Duplicate(draws, ratio=0.05),
}


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_give_equal_schedules_whatever_the_blocks(kind):
    make = KINDS[kind]
    whole = planned(make(DRAWS), count=1000).to_json()
    assert planned(make(DRAWS), count=1000, block=37).to_json() == whole
    assert planned(make(Draws(8, DRAWS.scope)), count=1000).to_json() != whole


@pytest.mark.parametrize("kind", KINDS)
def test_an_impairment_changes_what_it_should_and_nothing_else(kind):
    fates = planned(KINDS[kind](DRAWS), count=2000)
    changed = {
        "lost": bool(fates.lost.any()),
        "late": bool(fates.delay_us.any()),
        "twice": bool((fates.copy_us != NONE).any()),
    }
    what = {"loss": "lost", "bursts": "lost", "four states": "lost", "duplicate": "twice"}.get(kind, "late")
    assert [name for name, is_so in changed.items() if is_so] == [what]


def test_a_schedule_is_read_back_as_it_was_written():
    impairments = Duplicate(DRAWS, ratio=0.1), Loss(DRAWS, ratio=0.1, burst=2), Jitter(DRAWS, jitter_ns=10 * MS)
    written = planned(*impairments, count=300).to_json()
    assert Fates.from_json(written).to_json() == written


@pytest.mark.parametrize(
    "change", [{"lost": [300]}, {"delay_us": -1}, {"delay_us": [1, 2]}, {"copies": [[-1, 0]]}, {"frames": "many"}]
)
def test_a_schedule_that_none_can_have_written_is_refused(change):
    with pytest.raises((ValueError, TypeError)):
        Fates.from_json(Fates.of(0, 300).to_json() | change)


def test_draws_in_bulk_are_uniform_and_each_frames_own():
    numbers = chance.uniforms(DRAWS, "x", 0, 10_000)
    assert np.histogram(numbers, 10, (0, 1))[0].min() > 900
    assert (chance.uniforms(DRAWS, "x", 5, 13) == numbers[5:18]).all()
    assert not set(numbers.tolist()) & set(chance.uniforms(DRAWS, "y", 0, 10_000).tolist())
    normal = chance.normals(DRAWS, "x", 0, 50_000)
    assert (abs(normal.mean()), normal.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.01))
