"""Sounds, connections and recordings of a session, on virtual time; and files fetched over HTTP."""

import asyncio
import base64
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from virtual_line import MS, S, World, play

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.noise_code import read
from telnyx_simulator.audio.signals import read_wav, tone, write_wav
from telnyx_simulator.media.announced import file_of
from telnyx_simulator.media.sounds import load_clip, watermark
from telnyx_simulator.signaling import events, inputs
from telnyx_simulator.signaling.announcement import Announcement, Kind
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.recording import Recording
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports import recordings, sound_sources, speech
from telnyx_simulator.transports.clock import VirtualLoop
from telnyx_simulator.transports.ports import Fetched


@pytest.fixture(autouse=True)
def _voice_like(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """As on a machine without espeak-ng."""
    sound_sources._spoken.cache_clear()
    if not request.node.get_closest_marker("needs_tools"):
        monkeypatch.setattr(speech, "program", lambda: None)


async def answered(world: World, **body: Any) -> Leg:
    leg = world.call()
    world.rest(leg, "answer", **body)
    return leg


def fed(world: World) -> list[Any]:
    """What the session is fed by the media from now on."""
    seen: list[Any] = []
    feed = world.session.feed

    def keep(command: Any) -> list[events.Event]:
        if isinstance(command, inputs.OfSound):
            seen.append(command)
        return feed(command)

    world.session.feed = keep  # type: ignore[method-assign] # to look on
    return seen


def announcement(leg: Leg, kind: Kind, what: str, **more: Any) -> Announcement:
    return Announcement(announcement_id="an-1", call_leg_ids=(leg.call_leg_id,), kind=kind, what=what, **more)


def heard(trace: Trace, leg: Leg) -> np.ndarray:
    data = b"".join(frame.data.ljust(320, b"\0") for frame in trace.frames(f"{leg.call_leg_id}.heard"))
    return np.frombuffer(data, "<i2")


def wav_of(pcm: np.ndarray, rate_hz: int = 8000) -> bytes:
    file = io.BytesIO()
    write_wav(file, pcm, rate_hz)
    return file.getvalue()


def prepared(folder: Path, kind: Kind, what: str, fetch: Callable[[str], Fetched] | None = None, **more: Any) -> Any:
    """What becomes of a sound that is wanted, and the entry about it."""
    found: list[Any] = []

    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        if fetch is not None:

            async def fetched(url: str, timeout_ns: int, bytes_max: int) -> Fetched:
                return fetch(url)

            world.application.fetch = fetched  # type: ignore[attr-defined] # it has none of its own
        world.session.sounds.carry(events.SoundWanted(announcement(leg, kind, what, **more)))
        await world.wait(0.1)
        entry = next(one for one in world.session.trace.entries if one.kind in ("sound.ready", "sound.failed"))
        found.extend([seen[0], entry.body])

    play(script, folder)
    return found


# --- Preparing --------------------------------------------------------------------------------------------------------


def test_without_a_speech_synthesizer_a_signal_takes_as_long_as_the_words(tmp_path):
    ready, entry = prepared(tmp_path, Kind.SPEECH, "x" * 30)
    assert entry["made_by"] == "voice-like"
    assert ready.duration_ns == pytest.approx(2.0 * S, rel=0.1)
    assert ready.duration_ns == entry["duration_ns"]
    assert ready.duration_ns % (20 * MS) == 0
    assert Trace.read(tmp_path).stimulus(entry["digest"]).is_file()


def test_ssml_is_said_without_its_tags(tmp_path):
    plain, _ = prepared(tmp_path / "a", Kind.SPEECH, "Fish & chips, please")
    marked = '<speak>Fish &amp; <emphasis level="strong">chips</emphasis><break time="1s"/>please</speak>'
    tagged, _ = prepared(tmp_path / "b", Kind.SPEECH, marked, is_ssml=True)
    assert tagged.duration_ns == pytest.approx(plain.duration_ns, abs=100 * MS)


@pytest.mark.needs_tools
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("language", [None, "en-US", "de-DE", "zz-ZZ", "--version"])
def test_espeak_speaks_where_it_is_installed(language, tmp_path):
    ready, entry = prepared(tmp_path, Kind.SPEECH, "Good morning, what can I do?", language=language, voice="female")
    assert entry["made_by"] == "espeak-ng"
    assert 1 * S < ready.duration_ns < 4 * S
    assert read_wav(Trace.read(tmp_path).stimulus(entry["digest"]))[0].std() > 500


@pytest.mark.parametrize(
    ("kind", "what", "seconds"), [("tone", "beep", 0.5), ("tone", "ringback", 6), ("hold_music", "", 8)]
)
def test_tones_are_signals(kind, what, seconds, tmp_path):
    ready, entry = prepared(tmp_path, Kind(kind), what)
    assert (ready.duration_ns, entry["made_by"]) == (seconds * S, "signal")


@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_content_is_a_file_of_either_format(form, tmp_path):
    if form == "mp3":
        pytest.importorskip("lameenc")
        pytest.importorskip("miniaudio")
    data = file_of(tone(500, 1.0)[:, None], 8000, form)
    ready, _ = prepared(tmp_path, Kind.CONTENT, base64.b64encode(data).decode())
    assert ready.duration_ns == pytest.approx(S, rel=0.25)


@pytest.mark.parametrize(
    ("what", "detail"),
    [
        ("%%%", "not base64"),
        (base64.b64encode(b"hello").decode(), "no MP3 file"),
        (base64.b64encode(wav_of(np.zeros(0, np.int16))).decode(), "there is no sound in the file"),
        (base64.b64encode(b"RIFF    WAVE").decode(), "ends before its sound begins"),
    ],
)
def test_content_that_is_no_sound_fails(what, detail, tmp_path):
    pytest.importorskip("miniaudio")
    failed, entry = prepared(tmp_path, Kind.CONTENT, what)
    assert (failed.status, entry["status"]) == ("failed", "failed")
    assert detail in failed.detail


@pytest.mark.parametrize(
    ("fetched", "status"),
    [
        (Fetched(404), "file_not_found"),
        (Fetched(500), "failed"),
        (Fetched(None, failure="no file within 10 s"), "failed"),
        (Fetched(200, b"<html>"), "failed"),
    ],
)
def test_a_file_that_cannot_be_fetched_fails(fetched, status, tmp_path):
    failed, _ = prepared(tmp_path, Kind.URL, "http://127.0.0.1/x.wav", lambda url: fetched)
    assert (failed.status, "http://127.0.0.1/x.wav" in failed.detail) == (status, True)


def test_a_file_is_fetched(tmp_path):
    ready, entry = prepared(tmp_path, Kind.URL, "http://127.0.0.1/x", lambda url: Fetched(200, wav_of(tone(500, 1.0))))
    assert (ready.duration_ns, entry["made_by"], entry["clip"]) == (S, "url", "http://127.0.0.1/x")


def test_media_that_nobody_uploaded_is_not_found(tmp_path):
    failed, _ = prepared(tmp_path, Kind.MEDIA, "no-such-media")
    assert failed.status == "file_not_found"


def test_media_is_had_from_the_account_and_fetched_once_where_it_has_a_url(tmp_path):
    asked = []

    async def script(world: World) -> None:
        async def fetched(url: str, timeout_ns: int, bytes_max: int) -> Fetched:
            asked.append(url)
            return Fetched(200, wav_of(tone(500, 1.0)))

        world.application.fetch = fetched  # type: ignore[attr-defined] # it has none of its own
        leg, seen = await answered(world), fed(world)
        upload = inputs.RestCommand(
            operation="media.upload", body={"media_name": "hello", "media_url": "http://127.0.0.1/hello.wav"}
        )
        world.session.carrier.account.handle(upload, 0)
        for n in "12":
            wanted = Announcement(announcement_id=n, call_leg_ids=(leg.call_leg_id,), kind=Kind.MEDIA, what="hello")
            world.session.sounds.carry(events.SoundWanted(wanted))
            await world.wait(0.1)
        assert [type(one) for one in seen] == [inputs.SoundReady, inputs.SoundReady]

    play(script, tmp_path)
    assert asked == ["http://127.0.0.1/hello.wav"]


def test_what_is_stopped_before_it_is_there_is_never_ready(tmp_path):
    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        wanted = announcement(leg, Kind.TONE, "beep")
        world.session.sounds.carry(events.SoundWanted(wanted))
        world.session.sounds.carry(events.SoundStops(wanted))
        world.session.sounds.carry(events.SoundStarts(wanted))
        await world.wait(0.1)
        assert seen == []

    play(script, tmp_path)


# --- Playing ----------------------------------------------------------------------------------------------------------


def test_what_is_played_is_heard_and_told(tmp_path):
    legs = []

    async def script(world: World) -> None:
        leg = await answered(world)
        legs.append(leg)
        wanted = announcement(leg, Kind.TONE, "beep", times=2)
        world.session.sounds.carry(events.SoundWanted(wanted))
        await world.wait(0.1)
        world.session.sounds.carry(events.SoundStarts(wanted))
        await world.wait(0.7)
        world.session.sounds.carry(events.SoundStops(wanted))

    trace = play(script, tmp_path)
    started, stopped = [one.body for one in trace.of("switch") if one.kind in ("sound.started", "sound.stopped")]
    assert (started["frames"], started["times"], stopped["frames_heard"]) == (25, 2, 36)
    spoken = np.flatnonzero(heard(trace, legs[0]))
    assert spoken[0] // 160 == started["first_frame"]
    assert (spoken[-1] - spoken[0]) / 8000 == pytest.approx(0.72, abs=0.01)


def test_a_command_to_speak_is_heard(tmp_path):
    legs = []

    async def script(world: World) -> None:
        leg = await answered(world)
        legs.append(leg)
        assert world.rest(leg, "speak", payload="Good morning.", voice="female") == 200
        await world.wait(3)
        told = world.application.events()
        assert told[-2:] == ["call.speak.started", "call.speak.ended"]

    trace = play(script, tmp_path)
    assert np.flatnonzero(heard(trace, legs[0])).size > 4000


def test_keys_that_telnyx_sends_are_heard_and_in_the_record_of_the_person(tmp_path):
    async def script(world: World) -> None:
        leg = await answered(world)
        sent = events.KeysSent(call_leg_id=leg.call_leg_id, digits="1w2", tone_ns=250 * MS, gap_ns=100 * MS)
        world.session.sounds.carry(sent)
        await world.wait(2)
        digits = world.entries("far_end", "digit")
        assert [one.body for one in digits] == [{"digit": "1", "received": True}, {"digit": "2", "received": True}]
        assert digits[1].at_ns - digits[0].at_ns == pytest.approx(850 * MS, abs=20 * MS)

    play(script, tmp_path)


# --- Connecting -------------------------------------------------------------------------------------------------------


def test_connected_people_hear_each_other_and_not_themselves(tmp_path):
    legs: list[Leg] = []
    marks = [watermark(name, 3.0)[0] for name in (b"a", b"b", b"c")]

    async def script(world: World) -> None:
        for mark in marks:
            leg = await answered(world)
            legs.append(leg)
            await world.wait(0.007)  # ticks of their own
            world.session.play(leg.call_leg_id, mark)
        for leg in legs:
            others = tuple(one.call_leg_id for one in legs if one is not leg)
            world.session.sounds.carry(events.Connected(leg.call_leg_id, others))
        await world.wait(3)

    trace = play(script, tmp_path)
    for leg in legs:
        found = [len(read(mark.pcm, heard(trace, leg)).heard) > 100 for mark in marks]
        assert found == [one is not leg for one in legs]
    assert next(one.body["added"] for one in trace.of("switch", "connected")) == [one.call_leg_id for one in legs[1:]]


def test_a_stream_in_a_bridge_has_the_other_person_on_its_outbound_track_alone(tmp_path):
    marks = [watermark(name, 2.0)[0] for name in (b"own", b"other")]

    async def script(world: World) -> None:
        leg, theirs = await world.streamed(asks={"stream_track": "both_tracks"})
        other = await answered(world)
        bridged = {"call_control_id": other.call_control_id}
        assert world.rest(leg, "bridge", **bridged) == 200
        for one, mark in zip((leg, other), marks, strict=True):
            world.session.play(one.call_leg_id, mark)
        await world.wait(2)
        for track, expected in (("inbound", [True, False]), ("outbound", [False, True])):
            said = [one["media"]["payload"] for one in theirs.of("media") if one["media"]["track"] == track]
            pcm = PCMA.decode(b"".join(base64.b64decode(one) for one in said))
            assert [len(read(mark.pcm, pcm).heard) > 60 for mark in marks] == expected

    play(script, tmp_path)


@pytest.mark.parametrize(
    ("target", "expected"), [("self", (True, False)), ("opposite", (False, True)), ("both", (True, True))]
)
def test_what_a_stream_returns_in_a_bridge_is_heard_where_it_is_for(target, expected, tmp_path):
    legs, mark = [], watermark(b"agent", 2.0)[0]

    async def script(world: World) -> None:
        leg, theirs = await world.streamed(asks={"stream_bidirectional_target_legs": target})
        other = await answered(world)
        legs.extend([leg, other])
        assert world.rest(leg, "bridge", call_control_id=other.call_control_id) == 200
        await world.wait(0.1)
        for at in range(0, len(mark.pcm), 1600):
            theirs.say(PCMU.encode(mark.pcm[at : at + 1600]))
        await world.wait(3)

    trace = play(script, tmp_path)
    assert tuple(len(read(mark.pcm, heard(trace, leg)).heard) > 80 for leg in legs) == expected


def test_equal_seeds_give_equal_bytes(tmp_path):
    async def script(world: World) -> None:
        one, other = await answered(world), await answered(world)
        for leg, them in ((one, other), (other, one)):
            world.session.sounds.carry(
                events.Connected(leg.call_leg_id, (them.call_leg_id,), hears=1, peer=them.call_leg_id)
            )
        world.session.play(one.call_leg_id, load_clip("speech/en-1")[0])
        world.rest(other, "speak", payload="Good morning.", voice="female")
        world.rest(one, "record_start", channels="dual", format="wav")
        await world.wait(2)
        world.rest(one, "record_stop")
        await world.wait(0.2)

    made = []
    for name in ("a", "b"):
        play(script, tmp_path / name)
        made.append({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")})
    assert made[0] == made[1]
    assert any(path.suffix == ".wav" and path.parts[0] == "recordings" for path in made[0])


# --- Recordings -------------------------------------------------------------------------------------------------------


def test_a_recording_has_what_was_said_and_heard(tmp_path):
    said, spoken = watermark(b"said", 2.0)[0], []

    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        assert world.rest(leg, "record_start", channels="dual", format="wav") == 200
        world.session.play(leg.call_leg_id, said)
        world.rest(leg, "speak", payload="Good morning everybody.", voice="female")
        await world.wait(2.5)
        assert world.rest(leg, "record_stop") == 200
        await world.wait(0.5)
        spoken.extend(one for one in seen if isinstance(one, inputs.RecordingReady))
        assert "call.recording.saved" in world.application.events()

    trace = play(script, tmp_path)
    [ready] = spoken
    assert ready.path == f"{recordings.PATH}{ready.recording_id}.wav"
    assert ready.duration_ns == pytest.approx(2.5 * S, abs=40 * MS)
    data = (tmp_path / "recordings" / f"{ready.recording_id}.wav").read_bytes()
    channels = np.frombuffer(data[44:], "<i2").reshape(-1, 2)
    assert len(read(said.pcm, channels[:, 0].copy()).heard) > 90
    assert len(read(said.pcm, channels[:, 1].copy()).heard) < 10
    assert channels[:, 1].std() > 500
    [saved] = trace.of("switch", "recording.saved")
    assert saved.body["duration_ns"] == ready.duration_ns


def busy(seconds: float) -> None:
    """The process is busy: time passes, and nothing ticks."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.virtual_ns += round(seconds * S)


@pytest.mark.parametrize("ends_by", ["conference.record_stop", "conference.end", "hangup"])
def test_a_recording_that_ends_while_the_media_lag_behind_has_all_that_was_said(ends_by, tmp_path):
    said, clip = watermark(b"said", 2.0)[0], load_clip("speech/en-1")[0]

    async def script(world: World) -> None:
        legs = [await answered(world), await answered(world)]
        keys = [one.call_control_id for one in legs]

        def rest(operation: str, *ids: str, **body: Any) -> Any:
            command = inputs.RestCommand(operation=operation, path_id=next(iter(ids), None), path_ids=ids, body=body)
            reply = world.session.rest(command, method="POST", path="/")
            assert reply.status == 200, reply.body
            return reply.body["data"]

        room = rest("conference.create", name="desk", call_control_id=keys[0])["id"]
        rest("conference.join", room, call_control_id=keys[1])
        rest("conference.record_start", room, format="wav")
        for leg, sound in zip(legs, (clip, said), strict=True):
            world.session.play(leg.call_leg_id, sound)
        busy(6)
        if ends_by == "hangup":
            for key in keys:
                rest("hangup", key)
        else:
            rest(ends_by, room)
        await world.wait(0.5)
        assert world.application.events().count("conference.recording.saved") == 1

    trace = play(script, tmp_path)
    [saved] = trace.of("switch", "recording.saved")
    assert saved.body["duration_ns"] == pytest.approx(6 * S, abs=40 * MS)
    assert [one["transcript"] for one in saved.body["said"]] == ([clip.transcript] if "record" in ends_by else [])
    data = (tmp_path / "recordings" / saved.body["file"]).read_bytes()
    assert len(read(said.pcm, np.frombuffer(data[44:], "<i2").copy()).heard) > 90


def test_what_is_said_after_the_end_of_a_recording_is_not_in_it_however_late_it_is(tmp_path):
    said = watermark(b"said", 2.0)[0]

    async def script(world: World) -> None:
        leg = await answered(world)
        world.rest(leg, "record_start", channels="single", format="wav")
        busy(3)
        world.rest(leg, "record_stop")
        world.session.play(leg.call_leg_id, said)
        await world.wait(3)

    trace = play(script, tmp_path)
    [saved] = trace.of("switch", "recording.saved")
    assert saved.body["duration_ns"] == pytest.approx(3 * S, abs=40 * MS)
    assert not np.frombuffer((tmp_path / "recordings" / saved.body["file"]).read_bytes()[44:], "<i2").any()


def test_the_words_of_a_recording_stand_in_the_trace(tmp_path):
    clip = load_clip("speech/en-1")[0]

    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        world.rest(leg, "record_start", channels="single", format="wav")
        world.session.play(leg.call_leg_id, clip)
        await world.wait(4)
        world.rest(leg, "record_stop")
        await world.wait(0.2)
        spoken = [one for one in seen if isinstance(one, inputs.SpeechBegan | inputs.SpeechEnded)]
        assert spoken == [inputs.SpeechBegan(leg.call_leg_id), inputs.SpeechEnded(leg.call_leg_id, clip.transcript)]
        [saved] = world.noted("switch", "recording.saved")
        assert saved["said"] == [{"call_leg_id": leg.call_leg_id, "transcript": clip.transcript}]

    play(script, tmp_path)


def test_without_lame_an_mp3_recording_fails_with_the_line_that_installs_it(tmp_path, monkeypatch):
    from telnyx_simulator.audio import mp3
    from telnyx_simulator.audio.coding import INSTALL_CODECS, MissingLibrary

    def missing(name: str, needs: str) -> Any:
        raise MissingLibrary(needs, INSTALL_CODECS)

    monkeypatch.setattr(mp3, "_imported", missing)

    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        recording = Recording(recording_id="r-1", call_leg_ids=[leg.call_leg_id], format="mp3")
        world.session.switch.recordings.by_id["r-1"] = recording
        world.session.switch.recordings._legs["r-1"] = leg
        world.session.sounds.carry(events.RecordingBegan(recording))
        await world.wait(0.2)
        world.session.sounds.carry(events.RecordingEnded(recording))
        await world.wait(0.2)
        assert inputs.RecordingFailed("r-1") in seen
        [failed] = [entry for entry in world.session.trace.entries if entry.kind == "recording.failed"]
        assert 'pip install "telnyx-simulator[codecs]"' in failed.body["reason"]

    play(script, tmp_path)


def test_silence_ends_a_recording_that_waits_for_it(tmp_path):
    async def script(world: World) -> None:
        leg = await answered(world)
        world.rest(leg, "record_start", channels="single", format="wav", timeout_secs=2)
        world.session.play(leg.call_leg_id, watermark(b"x", 1.0)[0])
        await world.wait(4)
        [saved] = world.noted("switch", "recording.saved")
        assert saved["duration_ns"] == pytest.approx(3 * S, abs=60 * MS)

    play(script, tmp_path)


# --- What people say --------------------------------------------------------------------------------------------------


def test_a_beep_and_the_end_of_speech_are_told_when_they_are_over(tmp_path):
    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        world.session.play(leg.call_leg_id, load_clip("tone/beep")[0])
        await world.wait(0.4)
        assert seen == []
        await world.wait(0.2)
        assert seen == [inputs.BeepSaid(leg.call_leg_id)]

    play(script, tmp_path)


def test_who_hung_up_has_not_finished(tmp_path):
    async def script(world: World) -> None:
        leg, seen = await answered(world), fed(world)
        world.session.play(leg.call_leg_id, load_clip("tone/beep")[0])
        world.hang_up(leg)
        await world.wait(1)
        assert seen == []

    play(script, tmp_path)
