"""What people hear of each other and of Telnyx: frames of 20 ms, tick by tick."""

import base64
import json

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import PCMU, Codec, MissingLibrary, parse_codec
from telnyx_simulator.audio.noise_code import read
from telnyx_simulator.audio.signals import resample, tone
from telnyx_simulator.draws import Draws
from telnyx_simulator.media import announced
from telnyx_simulator.media.analysis import BeepOver, SpeechBegins, SpeechOver, found_in
from telnyx_simulator.media.ear import DigitHeard, Played
from telnyx_simulator.media.impairments.line import APPLICATION, Way
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.mixing import Converter, mixed, rows
from telnyx_simulator.media.sounds import load_clip, sound_of, watermark
from telnyx_simulator.media.sources import Quiet, Sound
from telnyx_simulator.media.tick import Tick

MS = 1_000_000
ID = "32de0dea-53cb-4b21-89a4-9e1819c043bc"


def mark_of(name: str) -> Sound:
    return watermark(name.encode(), 2.0)[0]


def legs(*codecs: str) -> list[LegMedia]:
    """Legs whose people each say a watermark of their own."""
    made = [LegMedia(codec, 0) for codec in codecs]
    for n, leg in enumerate(made):
        leg.say(mark_of(str(n)))
    return made


def all_hear_all(*made: LegMedia) -> None:
    for leg in made:
        leg.hear([other for other in made if other is not leg])


def run(made: list[LegMedia], ticks: int) -> list[list[Tick]]:
    rounds = [[leg.tick() for leg in made] for _ in range(ticks)]
    return [list(of_leg) for of_leg in zip(*rounds, strict=True)]


def heard(ticks: list[Tick], size: int = 160) -> np.ndarray:
    """At 8000 Hz."""
    pcm = b"".join(tick.heard.ljust(2 * size, b"\0") for tick in ticks)
    return resample(np.frombuffer(pcm, "<i2").astype(np.int16), size * 50, 8000)


def hears(pcm: np.ndarray, name: str) -> bool:
    return len(read(mark_of(name).pcm, pcm).heard) > 50


def quiet(*codecs: str) -> list[LegMedia]:
    return [LegMedia(codec, 0) for codec in codecs]


# --- Others -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codecs", [("PCMA", "PCMU"), ("PCMA", "G722"), ("G722", "PCMU"), ("G722", "G722")])
def test_two_people_hear_each_other_and_not_themselves(codecs):
    made = legs(*codecs)
    all_hear_all(*made)
    for n, ticks in enumerate(run(made, 100)):
        pcm = heard(ticks, parse_codec(codecs[n]).frame_samples)
        assert [hears(pcm, "0"), hears(pcm, "1")] == [n == 1, n == 0]


def test_three_people_hear_the_two_others():
    made = legs("PCMA", "PCMU", "G722")
    all_hear_all(*made)
    for n, ticks in enumerate(run(made, 100)):
        pcm = heard(ticks, 320 if n == 2 else 160)
        assert [hears(pcm, name) for name in "012"] == [n != other for other in range(3)]


def test_a_frame_waits_one_tick_at_most():
    speaker, listener = quiet("PCMA", "PCMA")
    listener.hear([speaker])
    speaker.say(Sound("x", "", np.full(160, 8000, np.int16), 8000))
    assert [bool(tick.heard) for tick in run([speaker, listener], 3)[1]] == [True, False, False]
    late, early = quiet("PCMA", "PCMA")
    early.hear([late])
    late.say(Sound("x", "", np.full(160, 8000, np.int16), 8000))
    assert [bool(tick.heard) for tick in run([early, late], 3)[0]] == [False, True, False]


def test_who_is_connected_no_more_is_not_heard():
    made = legs("PCMA", "PCMA")
    all_hear_all(*made)
    run(made, 10)
    made[0].hear([], [made[1]])
    ticks = run(made, 10)
    assert [any(tick.heard for tick in of_leg[1:]) for of_leg in ticks] == [False, True]


def test_silence_costs_nothing_and_holding_is_silence():
    made = quiet("PCMA", "PCMA")
    all_hear_all(*made)
    assert not any(tick.heard for tick in run(made, 5)[1])
    made[0].say(mark_of("0"))
    made[0].hold(True)
    assert not any(tick.heard for tick in run(made, 5)[1])


def test_voices_at_one_time_are_clipped_and_not_wrapped():
    made = quiet("PCMA", "PCMA", "PCMA")
    made[2].hear(made[:2])
    for leg in made[:2]:
        leg.say(Sound("loud", "", np.full(160, 30_000, np.int16), 8000))
    frame = np.frombuffer(run(made, 1)[2][0].heard, "<i2")
    assert set(frame.tolist()) == {32_767}
    assert mixed([]) is None


def test_a_voice_comes_with_what_its_line_does_to_it():
    speaker, listener = quiet("PCMA", "PCMA")
    listener.hear([speaker])
    speaker.say(Sound("x", "", tone(1000, 1.0, -10.0), 8000))
    way = Way([{"kind": "gain", "gain_db": -20.0}], APPLICATION, from_tick=0, draws=Draws(1), sounds={})
    speaker.set_line(APPLICATION, way)
    softer = np.frombuffer(run([speaker, listener], 10)[1][5].heard, "<i2")
    assert 20 * np.log10(softer.std() / 32768) == pytest.approx(-30, abs=0.5)
    speaker.set_line(APPLICATION, Way([{"kind": "cut"}], APPLICATION, from_tick=10, draws=Draws(1), sounds={}))
    assert not any(tick.heard for tick in run([speaker, listener], 5)[1])


def test_a_line_does_its_work_once_where_there_is_a_stream_as_well():
    speaker, listener = quiet("PCMA", "PCMA")
    listener.hear([speaker])
    opened(speaker, "inbound_track")
    speaker.say(Sound("x", "", tone(1000, 1.0, -10.0), 8000))
    way = Way([{"kind": "gain", "gain_db": -20.0}], APPLICATION, from_tick=0, draws=Draws(1), sounds={})
    speaker.set_line(APPLICATION, way)
    softer = np.frombuffer(run([speaker, listener], 10)[1][5].heard, "<i2")
    assert 20 * np.log10(softer.std() / 32768) == pytest.approx(-30, abs=0.5)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 16_000), (16_000, 8000), (24_000, 8000), (8000, 48_000)])
def test_frames_of_another_rate_have_no_edges(from_hz, to_hz):
    pcm, converter = tone(700, 1.0, -10.0, from_hz), Converter(from_hz, to_hz)
    frames = pcm.reshape(50, -1)
    out = np.concatenate([converter.convert(frame, k) for k, frame in enumerate(frames)]).astype(np.float64)
    right = np.concatenate([np.zeros(to_hz // 500), tone(700, 1.0, -10.0, to_hz)])[: len(out)]
    middle = slice(to_hz // 10, -to_hz // 10)
    assert 20 * np.log10(right[middle].std() / (out - right)[middle].std()) > 30


# --- What Telnyx plays ------------------------------------------------------------------------------------------------


def test_what_is_played_is_heard_as_often_as_asked_for():
    [leg] = quiet("PCMA")
    sound = Sound("x", "", np.full(2 * 160, 5000, np.int16), 8000)
    leg.play(Played("a", sound, 3, times=2))
    assert [bool(tick.heard) for tick in run([leg], 9)[0]] == [False] * 3 + [True] * 4 + [False] * 2
    assert leg.frames_heard == 4
    assert leg.stop("a") is None, "it is over"


def test_what_is_stopped_is_heard_no_more():
    [leg] = quiet("PCMA")
    leg.play(Played("a", Sound("x", "", np.full(160, 5000, np.int16), 8000), 0, times=None))
    assert all(tick.heard for tick in run([leg], 30)[0])
    assert leg.stop("a") == 30
    assert not any(tick.heard for tick in run([leg], 3)[0])


def test_what_is_played_stands_on_the_outbound_track_alone():
    [leg] = quiet("PCMA")
    opened(leg, "both_tracks")
    leg.play(Played("a", Sound("x", "", tone(1000, 0.2), 8000), 0))
    messages = [json.loads(one)["media"] for tick in run([leg], 10)[0] for one in tick.messages]
    tracks = {track: [one for one in messages if one["track"] == track] for track in ("inbound", "outbound")}
    assert [len(one) for one in tracks.values()] == [10, 10]
    pcm = {
        track: PCMU.decode(b"".join(base64.b64decode(one["payload"]) for one in some)) for track, some in tracks.items()
    }
    assert pcm["inbound"].std() < 10
    assert pcm["outbound"].std() > 5000


def test_what_a_stream_returns_is_mixed_with_what_is_played():
    [leg] = quiet("PCMA")
    opened(leg, "inbound_track")
    leg.play(Played("a", Sound("x", "", np.full(16 * 160, 4000, np.int16), 8000), 0))
    payload = base64.b64encode(PCMU.encode(np.full(160, 8000, np.int16))).decode()
    leg.receive(json.dumps({"event": "media", "media": {"payload": payload}}).encode(), 0)
    levels = [int(np.frombuffer(tick.heard, "<i2").mean()) for tick in run([leg], 5)[0]]
    assert levels == [4000, 4000, 4000, pytest.approx(12_000, abs=300), 4000]


def test_who_holds_the_call_hears_nothing_of_it():
    [leg] = quiet("PCMA")
    leg.play(Played("a", Sound("x", "", np.full(1600, 4000, np.int16), 8000), 0, digits={1: "1"}))
    leg.hold(True)
    ticks = run([leg], 3)[0]
    assert not any(tick.heard or tick.news for tick in ticks)


def test_keys_are_heard_and_told():
    [leg] = quiet("PCMA")
    sound, digits = announced.keys("12w#", tone_s=0.25, gap_s=0.1, pauses_s={"w": 0.5})
    leg.play(Played("keys", sound, 0, digits=digits))
    ticks = run([leg], 70)[0]
    told = [(k, one) for k, tick in enumerate(ticks) for one in tick.news]
    assert told == [(0, DigitHeard("1")), (17, DigitHeard("2")), (60, DigitHeard("#"))]
    assert heard(ticks)[: len(sound.pcm)].tolist() == sound.pcm[: 70 * 160].tolist()


def opened(leg: LegMedia, track: str) -> None:
    leg.open_stream(ID, sent_codec="PCMU", returned_codec="PCMU", track=track, is_heard=True)
    leg.start_stream({"call_control_id": "v3:x"})


# --- What is found in what people say ---------------------------------------------------------------------------------


def test_where_speech_ends_is_found_with_its_words():
    sound, _ = load_clip("speech/en-1")
    [(begins, _), (frames, found)] = found_in(sound)
    assert begins < 20
    assert found == SpeechOver("he might even have been made amiable himself")
    assert sound.frames - 30 < frames <= sound.frames
    assert load_clip("speech/en-1", times=2)[0].transcript == f"{found.transcript} {found.transcript}"


def test_a_tone_is_a_beep_and_no_speech():
    assert found_in(load_clip("tone/beep")[0]) == ((25, BeepOver()),)


def test_a_greeting_and_its_beep_are_found_apart():
    speech, beep = load_clip("speech/en-1")[0], load_clip("tone/beep")[0]
    both = np.concatenate([speech.pcm, resample(beep.pcm, 8000, speech.sample_rate_hz)])
    sound, _ = sound_of("greeting", both, speech.sample_rate_hz, transcript="hello")
    assert [found for _, found in found_in(sound)] == [SpeechBegins(), SpeechOver("hello"), BeepOver()]


def test_a_tick_tells_what_is_over():
    [leg] = quiet("PCMA")
    leg.set_mic(Quiet.NOTHING)
    leg.say(load_clip("tone/beep")[0])
    assert [k for k, tick in enumerate(run([leg], 40)[0]) if tick.news] == [25]


def test_silence_is_nothing_that_ends():
    assert found_in(Sound("x", "", np.zeros(8000, np.int16), 8000)) == ()
    assert rows(Sound("x", "", np.zeros(100, np.int16), 8000), 16_000).shape == (1, 320)


def test_a_call_that_uses_none_of_it_pays_for_none_of_it():
    """Fifty times a second, for thousands of legs: no mixing, no ear and no voice beside the stream's own."""
    [leg] = legs("PCMA")
    opened(leg, "both_tracks")
    ticks = run([leg], 5)[0]
    assert (leg._ear, leg._voice) == (None, None)
    assert not any(tick.news for tick in ticks[1:]), "after that of its beginning"


def test_a_voice_in_a_codec_that_is_not_here_is_heard_as_it_was_said(monkeypatch):
    monkeypatch.setattr(Codec, "missing_here", lambda self, *, encode, decode: MissingLibrary("x", "y"))
    speaker, listener = quiet("AMR-WB", "PCMA")
    listener.hear([speaker])
    speaker.say(Sound("x", "", tone(1000, 1.0, -10.0), 8000))
    assert np.frombuffer(run([speaker, listener], 10)[1][5].heard, "<i2").std() > 5000
