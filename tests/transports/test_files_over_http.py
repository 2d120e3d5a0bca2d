"""Sounds fetched from URLs, and recordings fetched from us: over real sockets."""

import contextlib
import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse
from line import MS, Line, S, line

from telnyx_simulator.audio.signals import tone, write_wav
from telnyx_simulator.audio.wav import parse
from telnyx_simulator.facts.limits import RECORDING_URL_S
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.rules import Rules
from telnyx_simulator.transports.clock import Clock, wall_clock
from telnyx_simulator.transports.server import free_port_socket, serving
from telnyx_simulator.transports.webhooks import HttpWebhooks


@contextlib.asynccontextmanager
async def files(clock: Clock) -> AsyncIterator[str]:
    """A server of files; its address."""
    app = FastAPI()
    file = io.BytesIO()
    write_wav(file, tone(500, 1.0), 8000)

    @app.get("/tone.wav")
    async def sound() -> Response:
        return Response(file.getvalue(), media_type="audio/wav")

    @app.get("/moved")
    async def moved() -> Response:
        return RedirectResponse("/tone.wav")

    @app.get("/away")
    async def away() -> Response:
        return RedirectResponse("http://example.com/tone.wav")

    @app.get("/round")
    async def again() -> Response:
        return RedirectResponse("/round")

    @app.get("/slow")
    async def slow() -> Response:
        await clock.sleep(2 * S)
        return Response(b"")

    listener = free_port_socket(0)
    async with serving(app, listener, clock):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("path", "status", "failure"),
    [
        ("/tone.wav", 200, None),
        ("/moved", 200, None),
        ("/none", 404, None),
        ("/round", 307, None),
        ("/away", None, "loopback only"),
        ("/slow", None, "no file within 0.5 s"),
    ],
)
async def test_a_file_is_fetched_from_this_machine_only(path, status, failure):
    clock = wall_clock()
    async with files(clock) as address:
        port = HttpWebhooks(clock)
        fetched = await port.fetch(address + path, S // 2, 100_000)
        await port.close()
    assert fetched.status == status
    assert (fetched.failure is None) if failure is None else (failure in (fetched.failure or ""))
    assert (len(fetched.body) > 16_000) == (status == 200)


@pytest.mark.parametrize("url", ["https://example.com/x.wav", "file:///etc/passwd", "ftp://127.0.0.1/x", "127.0.0.1"])
async def test_nothing_else_is_fetched(url):
    port = HttpWebhooks(wall_clock())
    fetched = await port.fetch(url, S, 1000)
    await port.close()
    assert fetched.status is None
    assert fetched.failure


async def test_a_file_that_is_too_large_is_not_read_to_its_end():
    clock = wall_clock()
    async with files(clock) as address:
        port = HttpWebhooks(clock)
        fetched = await port.fetch(f"{address}/tone.wav", S, 1000)
        await port.close()
    assert fetched.failure == "the file has more than 1000 bytes"


async def recorded(world: Line) -> tuple[Leg, str]:
    """A call of which a WAV file is there, and its path."""
    leg = world.incoming()
    await world.command(leg, "answer")
    await world.command(leg, "record_start", channels="dual", format="wav")
    await world.until(lambda: world.run.clock.now_ns() > 700 * MS)
    await world.command(leg, "record_stop")
    await world.until(lambda: world.entries("switch", "recording.saved"))
    return leg, f"/_sim/recordings/{world.entries('switch', 'recording.saved')[0]['file']}"


async def test_a_recording_can_be_fetched_for_ten_minutes(tmp_path, monkeypatch):
    async with line(tmp_path) as world:
        _, path = await recorded(world)
        reply = await world.http.get(path, headers={"Authorization": ""})
        assert (reply.status_code, reply.headers["content-type"]) == (200, "audio/wav")
        wav = parse(reply.content)
        assert wav is not None
        assert "2 channels" in wav.said
        assert (await world.http.head(path)).status_code == 200
        now_ns = world.run.clock.now_ns
        monkeypatch.setattr(world.run.clock, "now_ns", lambda: now_ns() + RECORDING_URL_S * S)
        assert (await world.http.get(path)).status_code == 403


@pytest.mark.parametrize("name", ["none.wav", "..%2Ftrace.jsonl", "x"])
async def test_there_is_nothing_else_to_fetch(name, tmp_path):
    async with line(tmp_path) as world:
        assert (await world.http.get(f"/_sim/recordings/{name}")).status_code == 404


async def test_each_fetch_is_a_command_about_the_leg_and_a_look_at_the_head_is_none(tmp_path, monkeypatch):
    async with line(tmp_path) as world:
        leg, path = await recorded(world)
        await world.http.get(path)
        await world.http.head(path)
        now_ns = world.run.clock.now_ns
        monkeypatch.setattr(world.run.clock, "now_ns", lambda: now_ns() + RECORDING_URL_S * S)
        await world.http.get(path)
        fetched = [
            (entry.call, entry.body["method"], entry.body["body"], entry.body["status"])
            for entry in world.run.trace.view().of("rest", "command")
            if entry.body["command"] == "recording.download"
        ]
        assert fetched == [(leg.call_leg_id, "GET", {"format": "wav"}, status) for status in (200, 403)]


async def test_a_fetch_is_treated_as_the_scenario_says(tmp_path):
    async with line(tmp_path) as world:
        _, path = await recorded(world)
        once = {"command": "recording.download", "treatment": {"nth": 1, "error_status": 503}}
        world.run.set_rules(Rules.of(commands=[once]))
        assert [(await world.http.get(path)).status_code for _ in range(2)] == [503, 200]


async def test_a_recording_that_was_deleted_is_gone(tmp_path):
    async with line(tmp_path) as world:
        _, path = await recorded(world)
        key = path.rpartition("/")[2].removesuffix(".wav")
        assert (await world.http.delete(f"/v2/recordings/{key}")).status_code == 200
        assert (await world.http.get(path)).status_code == 404


async def test_a_url_is_played(tmp_path):
    async with line(tmp_path) as world, files(world.run.clock) as address:
        leg = world.incoming()
        await world.command(leg, "answer")
        reply = await world.command(leg, "playback_start", audio_url=f"{address}/moved")
        assert reply.status_code == 200
        await world.until(lambda: world.entries("switch", "sound.started"))
        await world.until(
            lambda: "call.playback.ended" in [one["told"] for one in world.entries("switch", "webhook.planned")]
        )
        frames = world.run.trace.view().frames(f"{leg.call_leg_id}.heard")
        pcm = np.frombuffer(b"".join(frame.data for frame in frames), "<i2")
        assert pcm.tolist() == tone(500, 1.0).tolist()


async def test_a_url_that_is_not_there_is_told(tmp_path):
    async with line(tmp_path) as world, files(world.run.clock) as address:
        leg = world.incoming()
        await world.command(leg, "answer")
        await world.command(leg, "playback_start", audio_url=f"{address}/none")
        await world.until(
            lambda: "call.playback.ended" in [one["told"] for one in world.entries("switch", "webhook.planned")]
        )
        [failed] = world.entries("switch", "sound.failed")
        assert failed["status"] == "file_not_found"
