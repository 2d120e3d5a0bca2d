"""Where a leg's next frame comes from: sounds on the grid, silence between, in the codec of the stream."""

import base64
import gc
import weakref

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import L16_RATES_HZ, PCMA, PCMU, Codec, Pcm, parse_codec
from telnyx_simulator.audio.signals import resample, tone
from telnyx_simulator.media.sounds import load_clip
from telnyx_simulator.media.sources import Mouth, Planned, Quiet, Sound, encoded

CODECS = [PCMU, PCMA] + [Codec("L16", rate, order) for rate in L16_RATES_HZ for order in ("little", "big")]


def sound(duration_s: float = 0.1, rate_hz: int = 8000, frequency_hz: float = 440.0) -> Sound:
    return Sound("tone", "digest", tone(frequency_hz, duration_s, -10, rate_hz), rate_hz)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 1), (160, 1), (161, 2), (800, 5)])
def test_a_sound_takes_whole_frames(samples, frames):
    assert Sound("x", "d", np.ones(samples, np.int16), 8000).frames == frames


def test_sounds_are_said_one_after_another_and_never_at_once():
    mouth, one, other, third = Mouth(PCMA), sound(0.1), sound(0.06), sound(0.02)
    said = [mouth.say(one, 3), mouth.say(other, 4), mouth.say(third, 20)]
    assert [(sounding.first, sounding.end) for sounding in said] == [(3, 8), (8, 11), (20, 21)]
    quiet = Quiet.SILENCE
    expected = [quiet] * 3 + [(one, k) for k in range(5)] + [(other, k) for k in range(3)] + [quiet] * 9 + [(third, 0)]
    assert [mouth.at(k) for k in range(23)] == [*expected, quiet, quiet]


def test_an_empty_sound_is_over_at_once():
    mouth, empty = Mouth(PCMA), Sound("x", "d", np.zeros(0, np.int16), 8000)
    said = mouth.say(empty, 5)
    assert (said.first, said.end, mouth.at(5)) == (5, 5, Quiet.SILENCE)
    assert Planned(mouth, PCMA).take(5).payload == PCMA.silence_frame


@pytest.mark.parametrize("codec", CODECS, ids=str)
@pytest.mark.parametrize("leg", [PCMU, PCMA], ids=str)
def test_every_frame_has_its_codecs_size_and_its_base64_beside_it(codec, leg):
    mouth = Mouth(leg)
    said = mouth.say(sound(0.09), 2)
    source = Planned(mouth, codec)
    frames = [source.take(k) for k in range(said.end + 2)]
    assert {len(frame.payload) for frame in frames} == {codec.frame_bytes}
    assert [frame.text for frame in frames] == [base64.b64encode(frame.payload) for frame in frames]


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_there_is_silence_before_and_after_a_sound(codec):
    mouth = Mouth(PCMA)
    said = mouth.say(sound(), 2)
    source = Planned(mouth, codec)
    assert {source.take(k).payload for k in (0, 1, said.end, said.end + 99)} == {codec.silence_frame}
    assert source.take(3).payload != codec.silence_frame


def test_a_stream_in_the_legs_codec_carries_the_legs_bytes():
    clip = sound()
    mouth = Mouth(PCMA)
    mouth.say(clip, 0)
    source = Planned(mouth, PCMA)
    assert b"".join(source.take(k).payload for k in range(5)) == PCMA.encode(clip.pcm)


@pytest.mark.parametrize("sent", ["L16/8000/le", "L16/16000/be", "L16/22050/le", "L16/48000/le", "PCMU"])
def test_what_the_application_hears_has_been_through_the_telephone_leg(sent):
    """A PCMA leg to an L16 stream: the samples are those that A-law left."""
    clip, codec = sound(0.2), parse_codec(sent)
    mouth = Mouth(PCMA)
    mouth.say(clip, 0)
    source = Planned(mouth, codec)
    heard = codec.decode(b"".join(source.take(k).payload for k in range(10)))
    on_the_leg = PCMA.decode(PCMA.encode(clip.pcm))
    expected = codec.decode(codec.encode(resample(on_the_leg, 8000, codec.sample_rate_hz)))
    assert heard.tolist() == expected.tolist()


def test_a_clip_of_another_rate_is_brought_to_the_leg():
    clip = sound(0.1, rate_hz=44_100)
    mouth = Mouth(PCMU)
    said = mouth.say(clip, 0)
    source = Planned(mouth, PCMU)
    heard = PCMU.decode(b"".join(source.take(k).payload for k in range(said.end)))
    assert said.end == 5
    assert heard.tolist() == PCMU.decode(PCMU.encode(resample(clip.pcm, 44_100, 8000))).tolist()


def test_a_last_frame_is_filled_up_with_silence():
    clip = Sound("x", "d", np.full(200, 8031, np.int16), 8000)
    mouth = Mouth(PCMU)
    mouth.say(clip, 0)
    last = Planned(mouth, PCMU).take(1).payload
    assert (set(last[:40]), set(last[40:])) == ({PCMU.encode(clip.pcm)[0]}, {0xFF})


def test_what_is_said_while_the_source_runs_comes_at_its_tick():
    mouth = Mouth(PCMA)
    source = Planned(mouth, PCMA)
    taken = [source.take(k).payload for k in range(3)]
    mouth.say(sound(0.04), 3)
    taken += [source.take(k).payload for k in range(3, 6)]
    assert [payload == PCMA.silence_frame for payload in taken] == [True, True, True, False, False, True]


# --- The microphone ---------------------------------------------------------------------------------------------------


def test_a_microphone_carries_its_sound_over_and_over_beneath_what_is_said():
    mouth, loop, said = Mouth(PCMA), sound(0.06), sound(0.04)
    mouth.set_mic(loop, 2)
    mouth.say(said, 4)
    expected = [(loop, 0), (loop, 1), (said, 0), (said, 1), (loop, 1), (loop, 2), (loop, 0), (loop, 1)]
    assert [mouth.at(k) for k in range(2, 10)] == expected


def test_a_microphone_changes_from_a_tick_on():
    mouth, one, other = Mouth(PCMA), sound(0.06), sound(0.1)
    mouth.set_mic(one, 0)
    before = [mouth.at(k) for k in range(2)]
    mouth.set_mic(other, 2)
    after = [mouth.at(k) for k in range(2, 4)]
    mouth.set_mic(Quiet.SILENCE, 4)
    assert [*before, *after, mouth.at(4)] == [(one, 0), (one, 1), (other, 0), (other, 1), Quiet.SILENCE]


def test_a_microphone_that_carries_nothing_sends_no_frame_between_sounds():
    mouth, said = Mouth(PCMA), sound(0.04)
    mouth.set_mic(Quiet.NOTHING, 0)
    mouth.say(said, 1)
    source = Planned(mouth, PCMU)
    assert [frame is not None for frame in map(source.take, range(5))] == [False, True, True, False, False]


def test_an_empty_sound_on_the_microphone_is_silence():
    mouth = Mouth(PCMA)
    mouth.set_mic(Sound("x", "d", np.zeros(0, np.int16), 8000), 0)
    assert mouth.at(0) is Quiet.SILENCE


@pytest.mark.parametrize("mic", [Quiet.SILENCE, Quiet.NOTHING, sound()])
def test_who_holds_the_call_says_silence_and_time_goes_on(mic):
    mouth, said = Mouth(PCMA), sound(0.1)
    mouth.set_mic(mic, 0)
    mouth.say(said, 0)
    first = mouth.at(0)
    mouth.is_held = True
    held = [mouth.at(k) for k in range(1, 3)]
    mouth.is_held = False
    assert [first, *held, mouth.at(3)] == [(said, 0), Quiet.SILENCE, Quiet.SILENCE, (said, 3)]


def test_frames_are_encoded_once_for_as_long_as_their_sound_lives():
    clip = sound()
    assert encoded(clip, PCMA, PCMU) is encoded(clip, PCMA, PCMU)
    assert encoded(clip, PCMA, PCMU) is not encoded(clip, PCMA, PCMA)
    gone = weakref.ref(clip)
    del clip
    gc.collect()
    assert gone() is None


LOSSY = ["G722", "OPUS/16000", "OPUS/48000", "AMR-WB", "AMR-WB/octet-aligned"]


@pytest.mark.parametrize("text", LOSSY)
@pytest.mark.parametrize("quiet_frames", [31, 40])
def test_a_decoder_that_heard_silence_hears_the_sound_as_if_one_coder_had_made_it_all(text, quiet_frames):
    """Frames of a sound are made before it is known after how much silence it is said."""
    codec = parse_codec(text)
    if missing := codec.missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    mouth, spoken = Mouth(codec), load_clip("speech/en-2")[0]
    pcm = resample(spoken.pcm[4000:20000], spoken.sample_rate_hz, codec.sample_rate_hz)
    said = mouth.say(Sound("words", "digest", pcm, codec.sample_rate_hz), quiet_frames)
    source = Planned(mouth, codec)
    payloads = [source.take(k).payload for k in range(said.end)]
    heard = codec.decode_frames(payloads)[said.first * codec.frame_samples :]
    whole = np.concatenate([np.zeros(quiet_frames * codec.frame_samples, np.int16), pcm])
    at_once = codec.through(whole)[quiet_frames * codec.frame_samples :]
    assert similarity(heard, pcm, codec) > similarity(at_once, pcm, codec) - 0.01
    if text == "G722":
        assert np.array_equal(heard, at_once)


def similarity(heard: Pcm, pcm: Pcm, codec: Codec) -> float:
    """Correlation of the first 300 ms."""
    late, length = codec.delay_samples, 15 * codec.frame_samples
    return float(np.corrcoef(heard[late : late + length], pcm[:length])[0, 1])


def test_a_stream_in_g722_from_a_g711_leg_is_transcoded_once():
    mouth, codec = Mouth(PCMA), parse_codec("G722")
    one = sound(0.1, frequency_hz=1000)
    said = mouth.say(one, 1)
    source = Planned(mouth, codec)
    pcm = codec.decode_frames([source.take(k).payload for k in range(said.end)])[320 + codec.delay_samples :]
    alaw = resample(PCMA.through(one.pcm), 8000, 16000)[: len(pcm)]
    assert np.abs(pcm - alaw).mean() < 0.05 * np.abs(alaw).mean()
