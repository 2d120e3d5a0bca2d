"""Time: one clock for real, one that jumps."""

import asyncio
import threading

import pytest

from telnyx_simulator.transports.clock import VIRTUAL_EPOCH_NS, Clock, run_virtual, wall_clock

MS, S = 1_000_000, 1_000_000_000
HOUR = 3600 * S


def test_a_virtual_hour_takes_no_time_and_is_exact():
    async def main(clock: Clock) -> list[int]:
        moments = []
        for _ in range(3600):
            await clock.sleep(S)
            moments.append(clock.now_ns())
        return moments

    assert run_virtual(main) == [n * S for n in range(1, 3601)]


def test_virtual_time_begins_at_zero_on_new_years_day_of_2026():
    async def main(clock: Clock) -> tuple[int, int, bool]:
        return clock.now_ns(), clock.unix_ns(), clock.is_virtual

    assert run_virtual(main) == (0, VIRTUAL_EPOCH_NS, True)


def test_sleepers_wake_in_the_order_of_their_deadlines_to_the_nanosecond():
    async def main(clock: Clock) -> list[tuple[str, int]]:
        woken = []

        async def sleeper(name: str, at_ns: int) -> None:
            await clock.sleep_until(at_ns)
            woken.append((name, clock.now_ns()))

        await asyncio.gather(sleeper("c", HOUR), sleeper("a", 1), sleeper("b", 20 * MS + 7), sleeper("past", -5))
        return woken

    assert run_virtual(main) == [("past", 0), ("a", 1), ("b", 20 * MS + 7), ("c", HOUR)]


def test_a_virtual_loop_says_so_when_nothing_will_ever_happen():
    async def main(clock: Clock) -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing will ever happen: no timer"):
        run_virtual(main)


def test_a_virtual_loop_gives_back_what_was_returned_and_raised():
    async def fails(clock: Clock) -> None:
        raise LookupError("mine")

    async def returns(clock: Clock) -> str:
        return "mine"

    assert run_virtual(returns) == "mine"
    with pytest.raises(LookupError, match="mine"):
        run_virtual(fails)


def test_sockets_between_two_ends_of_a_virtual_loop_work():
    async def main(clock: Clock) -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        answer = await reader.read()
        writer.close()
        server.close()
        return answer

    assert run_virtual(main) == b"HELLO\n"


def test_waiting_for_an_event_ends_with_it_or_at_the_moment():
    async def main(clock: Clock) -> list[tuple[bool, int]]:
        event = asyncio.Event()
        late = await clock.wait_for(event, 5 * MS), clock.now_ns()
        past = await clock.wait_for(event, 0), clock.now_ns()
        asyncio.get_running_loop().call_later(0.001, event.set)
        came = await clock.wait_for(event, HOUR), clock.now_ns()
        there = await clock.wait_for(event, None), clock.now_ns()
        return [late, past, came, there]

    assert run_virtual(main) == [(False, 5 * MS), (False, 5 * MS), (True, 6 * MS), (True, 6 * MS)]


def test_a_limit_interrupts_what_takes_longer():
    async def main(clock: Clock) -> tuple[int, int]:
        async with clock.limit(10 * MS):
            await clock.sleep(9 * MS)
        in_time = clock.now_ns()
        with pytest.raises(TimeoutError):
            async with clock.limit(10 * MS):
                await clock.sleep(HOUR)
        return in_time, clock.now_ns()

    assert run_virtual(main) == (9 * MS, 19 * MS)


def test_a_runs_own_clock_is_the_same_time_counted_from_its_beginning():
    async def main(clock: Clock) -> tuple[int, ...]:
        await clock.sleep(3 * S)
        own = clock.from_now()
        await clock.sleep(S)
        assert own.unix_ns() == clock.unix_ns()
        assert own.now_ns() + clock.ahead_of(own) == clock.now_ns()
        assert clock.now_ns() + own.ahead_of(clock) == own.now_ns()
        return own.now_ns(), clock.now_ns(), own.epoch_ns - clock.epoch_ns, int(own.is_virtual)

    assert run_virtual(main) == (S, 4 * S, 3 * S, 1)


def test_heavy_work_takes_no_virtual_time_and_real_work_another_thread():
    async def main(clock: Clock) -> tuple[str, int]:
        return await clock.in_thread(lambda: threading.current_thread().name), clock.now_ns()

    assert run_virtual(main) == (threading.current_thread().name, 0)
    assert asyncio.run(wall_clock().in_thread(threading.current_thread)) is not threading.current_thread()


def test_no_call_waits_for_those_who_listen_and_judge():
    """Threads that media need are there however much is being listened to."""

    async def main() -> list[str]:
        clock, free = wall_clock(), threading.Event()
        heavy = [asyncio.ensure_future(some(free.wait)) for some in (clock.listening, clock.judging) for _ in range(9)]
        await asyncio.sleep(0)
        told = [await clock.in_thread(lambda: "prepared")]
        free.set()
        await asyncio.gather(*heavy)
        return told

    assert asyncio.run(asyncio.wait_for(main(), 30)) == ["prepared"]


def test_the_wall_clock_never_goes_back():
    clock = wall_clock()
    moments = [clock.now_ns() for _ in range(1000)]
    assert moments == sorted(moments)
    assert not clock.is_virtual
