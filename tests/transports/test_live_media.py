"""Calls among themselves, live: each person says a watermark, which is read in what others hear and in recordings."""

import io
from typing import Any

import numpy as np
import pytest
from line import MS, Line, S, line

from telnyx_simulator.audio.noise_code import read
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.media.sounds import watermark
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.signaling.leg import Leg

SECONDS = 3.0
# Of 150 frames. Some are said before the others are connected, and some are cut at the end.
MOST, FEW = 100, 10


def mark_of(n: int) -> Sound:
    return watermark(f"person {n}".encode(), SECONDS)[0]


async def answered(world: Line, *codecs: str) -> list[Leg]:
    """Calls that the application answered, on legs of these codecs."""
    legs = []
    for n, codec in enumerate(codecs):
        leg = world.incoming(leg_codec=codec, from_=f"+44207946010{n}")
        assert (await world.command(leg, "answer")).status_code == 200
        await world.run.prepare(leg.call_leg_id, mark_of(n))
        legs.append(leg)
    return legs


async def everybody_speaks(world: Line, legs: list[Leg]) -> None:
    for n, leg in enumerate(legs):
        world.run.play(leg.call_leg_id, mark_of(n))
    until_ns = world.run.clock.now_ns() + round(SECONDS * S) + 200 * MS
    await world.until(lambda: world.run.clock.now_ns() > until_ns)


def heard(world: Line, leg: Leg) -> np.ndarray:
    """At 8000 Hz."""
    frames = world.run.trace.view().frames(f"{leg.call_leg_id}.heard")
    size = max(320, *(len(frame.data) for frame in frames))
    pcm = np.frombuffer(b"".join(frame.data.ljust(size, b"\0") for frame in frames), "<i2")
    return pcm[:: size // 320]


def in_it(pcm: np.ndarray, people: int) -> list[bool]:
    """Of each person, whether most of what they said is in it; never only a part."""
    found = [len(read(mark_of(n).pcm, pcm).heard) for n in range(people)]
    assert all(frames > MOST or frames < FEW for frames in found), found
    return [frames > MOST for frames in found]


async def file_of(world: Line, event: str) -> tuple[np.ndarray, int]:
    """[samples, channels] and rate of the recording whose URL came in a webhook."""
    await world.until(lambda: [one for one in world.entries("sender", "webhook.attempt") if one["told"] == event])
    [saved] = [one for one in world.entries("sender", "webhook.attempt") if one["told"] == event]
    url = saved["payload"]["recording_urls"]["wav"]
    reply = await world.http.get(url)
    assert url == str(reply.url)
    assert reply.status_code == 200
    data = io.BytesIO(reply.content).getvalue()
    channels, rate_hz = data[22], int.from_bytes(data[24:28], "little")
    return np.frombuffer(data[44:], "<i2").reshape(-1, channels), rate_hz


async def bridge(world: Line, one: Leg, other: Leg, **body: Any) -> None:
    reply = await world.command(one, "bridge", call_control_id=other.call_control_id, **body)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("codecs", [pytest.param(("PCMA", "PCMU"), marks=pytest.mark.long), ("PCMA", "G722")])
async def test_in_a_bridge_each_hears_the_other_and_not_themselves(codecs, tmp_path):
    async with line(tmp_path) as world:
        legs = await answered(world, *codecs)
        await bridge(world, *legs)
        await everybody_speaks(world, legs)
        assert [in_it(heard(world, leg), 2) for leg in legs] == [[False, True], [True, False]]


@pytest.mark.long
async def test_people_who_were_never_bridged_hear_nobody(tmp_path):
    async with line(tmp_path) as world:
        legs = await answered(world, "PCMA", "PCMU")
        await everybody_speaks(world, legs)
        assert not any(heard(world, leg).any() for leg in legs)


async def test_a_recording_of_a_bridged_leg_has_both_sides(tmp_path):
    async with line(tmp_path) as world:
        legs = await answered(world, "PCMA", "PCMU")
        await bridge(world, *legs)
        await world.command(legs[0], "record_start", channels="dual", format="wav")
        await everybody_speaks(world, legs)
        await world.command(legs[0], "record_stop")
        channels, rate_hz = await file_of(world, "call.recording.saved")
        assert rate_hz == 8000
        assert [in_it(channels[:, n].copy(), 2) for n in (0, 1)] == [[True, False], [False, True]]


@pytest.mark.long
async def test_a_recording_in_one_channel_has_everybody(tmp_path):
    async with line(tmp_path) as world:
        legs = await answered(world, "PCMA", "PCMU")
        await bridge(world, *legs)
        await world.command(legs[1], "record_start", channels="single", format="wav")
        await everybody_speaks(world, legs)
        await world.command(legs[1], "hangup")
        channels, _ = await file_of(world, "call.recording.saved")
        assert channels.shape[1] == 1
        assert in_it(channels[:, 0].copy(), 2) == [True, True]


# --- Conferences ------------------------------------------------------------------------------------------------------


async def conference_of(world: Line, legs: list[Leg]) -> str:
    """The id of a conference of these legs."""
    body = {"call_control_id": legs[0].call_control_id, "name": "all of us"}
    reply = await world.http.post("/v2/conferences", json=body)
    assert reply.status_code == 200, reply.text
    key = str(reply.json()["data"]["id"])
    for leg in legs[1:]:
        await in_conference(world, key, "join", call_control_id=leg.call_control_id)
    return key


async def in_conference(world: Line, key: str, verb: str, **body: Any) -> None:
    reply = await world.http.post(f"/v2/conferences/{key}/actions/{verb}", json=body)
    assert reply.status_code == 200, reply.text


async def test_in_a_conference_of_three_each_hears_the_others_and_not_themselves(tmp_path):
    async with line(tmp_path) as world:
        legs = await answered(world, "PCMA", "PCMU", "G722")
        key = await conference_of(world, legs)
        await in_conference(world, key, "record_start", format="wav", channels="single")
        await everybody_speaks(world, legs)
        await in_conference(world, key, "record_stop")
        heard_by = [in_it(heard(world, leg), 3) for leg in legs]
        assert heard_by == [[False, True, True], [True, False, True], [True, True, False]]
        channels, _ = await file_of(world, "conference.recording.saved")
        assert in_it(resample(channels[:, 0].copy(), 16_000, 8000), 3) == [True, True, True]


@pytest.mark.long
async def test_who_is_muted_is_heard_by_nobody_and_not_recorded(tmp_path):
    async with line(tmp_path) as world:
        legs = await answered(world, "PCMA", "PCMU", "PCMA")
        key = await conference_of(world, legs)
        await in_conference(world, key, "mute", call_control_ids=[legs[2].call_control_id])
        await in_conference(world, key, "record_start", format="wav", channels="single")
        await everybody_speaks(world, legs)
        await in_conference(world, key, "record_stop")
        heard_by = [in_it(heard(world, leg), 3) for leg in legs]
        assert heard_by == [[False, True, False], [True, False, False], [True, True, False]]
        channels, _ = await file_of(world, "conference.recording.saved")
        assert in_it(channels[:, 0].copy(), 3) == [True, True, False]
