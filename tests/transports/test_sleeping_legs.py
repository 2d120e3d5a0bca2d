"""Legs on which nobody hears or says anything to anybody: they cost nothing, and nobody sees a difference."""

from collections.abc import Callable

import pytest
from test_telnyx_sounds import announcement, answered
from virtual_line import MS, URL, World, play

from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.sounds import watermark
from telnyx_simulator.signaling import events
from telnyx_simulator.signaling.announcement import Kind
from telnyx_simulator.transports.metronome import Metronome


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of each tick, of whatever leg."""
    seen: list[int] = []
    tick = LegMedia.tick

    def counted(leg_media: LegMedia) -> object:
        seen.append(leg_media.next_tick)
        return tick(leg_media)

    monkeypatch.setattr(LegMedia, "tick", counted)
    return seen


def test_a_leg_without_anything_to_hear_does_not_tick_and_its_record_is_whole_all_the_same(tmp_path, ticks):
    seen = []

    async def script(world: World) -> None:
        leg = await answered(world)
        await world.wait(2)
        seen.append(world.session.trace.view().frames(f"{leg.call_leg_id}.heard"))
        await world.wait(60)
        seen.append(world.session.trace.view().frames(f"{leg.call_leg_id}.heard"))

    play(script, tmp_path)
    assert ticks == []
    assert [len(frames) for frames in seen] == [99, 3099]
    assert {frame.data for frame in seen[1]} == {b""}
    assert {b.due_ns - a.due_ns for a, b in zip(seen[1], seen[1][1:], strict=False)} == {20 * MS}
    assert all(frame.at_ns == frame.due_ns for frame in seen[1])


def test_it_ticks_for_as_long_as_there_is_a_stream_and_then_sleeps_again(tmp_path, ticks):
    async def script(world: World) -> None:
        leg = world.call()
        await world.answered(leg, stream_url=None, stream_bidirectional_mode=None, stream_auth_token=None)
        await world.wait(1)
        world.rest(leg, "streaming_start", stream_url=URL)
        await world.wait(1)
        world.rest(leg, "streaming_stop")
        await world.wait(10)

    play(script, tmp_path)
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
    assert 75 <= ticks[0] < 100
    assert 30 <= len(ticks) <= 52


async def eventful(world: World) -> None:
    """All that wakes a leg, one after another, at moments on the grid and beside it."""
    session, leg, other = world.session, await answered(world), await answered(world)
    await world.wait(0.5)
    one, two = leg.call_leg_id, other.call_leg_id
    sound, _ = watermark(b"somebody", 0.4)
    session.play(one, sound)
    await world.wait(0.3)
    session.hold(one, True)
    await world.wait(0.1)
    session.hold(one, False)
    assert not session.hears_talkspurt(one)
    session.set_mic(one, "comfort_noise")
    await world.wait(0.5)
    wanted = announcement(leg, Kind.TONE, "beep", times=2)
    session.sounds.carry(events.SoundWanted(wanted))
    await world.wait(0.1)
    session.sounds.carry(events.SoundStarts(wanted))
    await world.wait(2)
    session.sounds.carry(events.KeysSent(call_leg_id=two, digits="12", tone_ns=100 * MS, gap_ns=100 * MS))
    await world.wait(1.003)
    session.set_line(one, {"pstn": [{"kind": "loss", "ratio": 0.2}]})
    await world.wait(0.2)
    session.set_line(one, {"pstn": [{"kind": "clean"}]})
    await world.wait(1)
    session.sounds.carry(events.Connected(call_leg_id=one, added=(two,), removed=(), hears=1, peer=two))
    session.sounds.carry(events.Connected(call_leg_id=two, added=(one,), removed=(), hears=1, peer=one))
    session.play(two, sound)
    await world.wait(1)
    session.sounds.carry(events.Connected(call_leg_id=one, added=(), removed=(two,), hears=0, peer=None))
    session.sounds.carry(events.Connected(call_leg_id=two, added=(), removed=(one,), hears=0, peer=None))
    await world.wait(1.0001)
    assert world.rest(leg, "record_start", format="wav", channels="dual") == 200
    await world.wait(0.5)
    assert world.rest(leg, "record_stop") == 200
    await world.wait(1)
    for streamed in (leg, other):
        world.rest(streamed, "streaming_start", stream_url=URL, stream_bidirectional_mode="rtp")
    await world.wait(0.3)
    session.play(one, sound)
    await world.wait(1)
    world.rest(leg, "streaming_stop")
    await world.wait(1)
    world.hang_up(leg)
    await world.wait(0.5)


def test_no_byte_of_the_record_is_other_than_if_it_ticked_all_the_time(tmp_path, ticks, monkeypatch):
    def files(name: str) -> dict[str, bytes]:
        folder = tmp_path / name / "trace"
        play(eventful, folder)
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    sleeping, slept = files("sleeping"), len(ticks)
    ticks.clear()
    monkeypatch.setattr(LegMedia, "is_idle", False)
    awake = files("awake")
    assert slept < len(ticks) * 0.7
    assert sleeping.keys() == awake.keys()
    assert [name for name in awake if sleeping[name] != awake[name]] == []


def test_who_comes_back_to_the_wheel_has_its_old_grid(tmp_path):
    async def script(world: World) -> None:
        metronome: Metronome = world.session.carrier.metronome
        seen: list[int] = []
        tick: Callable[[int], None] = seen.append
        first = metronome.add(tick)
        await world.wait(0.1)
        metronome.remove(tick)
        await world.wait(0.1234)
        again = metronome.add(tick, once_due_ns=first)
        await world.wait(0.05)
        assert (again - first) % (20 * MS) == 0
        assert [due for due in seen if due >= again][:2] == [again, again + 20 * MS]
        metronome.remove(tick)

    play(script, tmp_path)
