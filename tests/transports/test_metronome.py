"""The metronome on virtual time: absolute deadlines, whatever happens in between."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from telnyx_simulator.transports.clock import Clock, VirtualLoop, run_virtual
from telnyx_simulator.transports.metronome import SLOTS, TURN_NS, Metronome, running_metronome

MS, S = 1_000_000, 1_000_000_000
Ticks = list[tuple[int, int]]  # (due, now) of each


def on_virtual_time(play: Callable[[Clock, Metronome], Coroutine[Any, Any, Any]]) -> Any:
    async def main(clock: Clock) -> Any:
        async with running_metronome(clock) as metronome:
            return await play(clock, metronome)

    return run_virtual(main)


def member(clock: Clock, metronome: Metronome) -> tuple[int, Ticks]:
    """A new member of the wheel: the first deadline it was promised, and its ticks as they come."""
    ticks: Ticks = []
    return metronome.add(lambda due_ns: ticks.append((due_ns, clock.now_ns()))), ticks


def stall(duration_ns: int) -> None:
    """The process is busy, or stopped: time passes and nothing runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.virtual_ns += duration_ns


def test_ten_minutes_of_ticks_are_twenty_milliseconds_apart_without_drift():
    async def play(clock: Clock, metronome: Metronome) -> tuple[int, Ticks]:
        first, ticks = member(clock, metronome)
        await clock.sleep_until(first + 600 * S - 1)
        return first, ticks

    first, ticks = on_virtual_time(play)
    assert ticks == [(first + k * TURN_NS, first + k * TURN_NS) for k in range(30_000)]


@pytest.mark.parametrize("joins_ns", [0, 1, 7 * MS, 7 * MS + 1, 20 * MS - 1, 123_456_789])
def test_a_newcomers_first_tick_is_when_add_said_and_within_one_turn(joins_ns):
    async def play(clock: Clock, metronome: Metronome) -> list[tuple[int, Ticks]]:
        await clock.sleep(joins_ns)
        members = [member(clock, metronome) for _ in range(50)]
        await clock.sleep(5 * TURN_NS)
        return members

    for first, ticks in on_virtual_time(play):
        assert joins_ns < first <= joins_ns + TURN_NS
        assert ticks[:4] == [(first + k * TURN_NS, first + k * TURN_NS) for k in range(4)]


def test_a_newcomers_first_tick_comes_even_if_the_wheel_wakes_after_it():
    async def play(clock: Clock, metronome: Metronome) -> tuple[int, Ticks]:
        await clock.sleep(S)
        first, ticks = member(clock, metronome)
        stall(90 * MS)
        await clock.sleep(TURN_NS)
        return first, ticks

    first, ticks = on_virtual_time(play)
    assert [due for due, _ in ticks[:5]] == [first + k * TURN_NS for k in range(5)]


def test_a_newcomer_to_a_turning_wheel_that_is_late_does_not_tick_before_its_time():
    async def play(clock: Clock, metronome: Metronome) -> tuple[int, Ticks, int, Ticks]:
        first, ticks = member(clock, metronome)
        await clock.sleep(10 * TURN_NS)
        stall(100 * MS)
        newcomer = member(clock, metronome)
        await clock.sleep(3 * TURN_NS)
        return first, ticks, *newcomer

    first, ticks, other_first, other_ticks = on_virtual_time(play)
    assert [due for due, _ in ticks] == [first + k * TURN_NS for k in range(len(ticks))]
    assert [due for due, _ in other_ticks] == [other_first + k * TURN_NS for k in range(3)]
    assert all(now >= due for due, now in other_ticks)


def test_members_are_spread_over_the_turn():
    async def play(clock: Clock, metronome: Metronome) -> list[int]:
        return [member(clock, metronome)[0] for _ in range(2 * SLOTS)]

    firsts = [first % TURN_NS for first in on_virtual_time(play)]
    assert sorted(firsts) == sorted([slot * MS for slot in range(SLOTS)] * 2)


def test_a_late_wheel_catches_up_tick_by_tick_and_lets_incoming_data_through_between():
    async def play(clock: Clock, metronome: Metronome) -> tuple[int, list[object]]:
        seen: list[object] = []
        first = metronome.add(seen.append)

        async def data() -> None:
            for _ in range(3):
                seen.append("data")
                await asyncio.sleep(0)

        await clock.sleep(first + TURN_NS)
        seen.clear()
        stall(200 * MS)
        incoming = asyncio.create_task(data())
        await clock.sleep(MS)
        await incoming
        return first, seen

    first, seen = on_virtual_time(play)
    ticks = [due for due in seen if due != "data"]
    assert ticks == [first + k * TURN_NS for k in range(1, len(ticks) + 1)]
    assert len(ticks) >= 10
    assert seen.index(ticks[-1]) > max(n for n, item in enumerate(seen) if item == "data")


def test_who_is_removed_ticks_no_more():
    async def play(clock: Clock, metronome: Metronome) -> tuple[int, int, int]:
        ticks: list[int] = []
        staying: list[int] = []
        first = metronome.add(ticks.append)
        metronome.add(staying.append)
        await clock.sleep_until(first + 5 * TURN_NS - 1)
        metronome.remove(ticks.append)
        before = len(ticks)
        await clock.sleep(5 * TURN_NS)
        return before, len(ticks), len(staying)

    before, after, others = on_virtual_time(play)
    assert (before, after) == (5, 5)
    assert others > after


def test_a_tick_may_remove_itself_and_its_neighbour_in_the_same_slot():
    async def play(clock: Clock, metronome: Metronome) -> list[str]:
        seen: list[str] = []

        def other(due_ns: int) -> None:
            seen.append("other")

        def leaves(due_ns: int) -> None:
            seen.append("leaves")
            metronome.remove(leaves)
            metronome.remove(other)

        metronome.add(leaves)
        for _ in range(SLOTS - 1):
            metronome.add(lambda due_ns: None)
        metronome.add(other)
        await clock.sleep(3 * TURN_NS)
        return seen

    assert on_virtual_time(play) == ["leaves"]


def test_an_empty_wheel_waits_and_turns_again_for_the_next():
    async def play(clock: Clock, metronome: Metronome) -> list[tuple[int, Ticks]]:
        lives = []
        for _ in range(3):
            ticks: Ticks = []

            def tick(due_ns: int, ticks: Ticks = ticks) -> None:
                ticks.append((due_ns, clock.now_ns()))

            first = metronome.add(tick)
            await clock.sleep_until(first + 2 * TURN_NS)
            metronome.remove(tick)
            await clock.sleep(777 * MS + 3)
            lives.append((first, ticks))
        return lives

    for first, ticks in on_virtual_time(play):
        assert ticks[:2] == [(first, first), (first + TURN_NS, first + TURN_NS)]
        assert all(due == now for due, now in ticks)


def test_what_a_tick_raises_is_not_lost():
    async def play(clock: Clock, metronome: Metronome) -> None:
        def full(due_ns: int) -> None:
            raise OSError("no space left on device")

        metronome.add(full)
        await clock.sleep(2 * TURN_NS)

    with pytest.raises(OSError, match="no space left"):
        on_virtual_time(play)
