"""Codec mistakes are recognized by repeating them; what is healthy is never called a mistake."""

import warnings

import numpy as np
import pytest
from telephone_call import (
    L16,
    L16_WIDE,
    PCMA,
    PCMU,
    amplified,
    delayed_by_fraction,
    heard,
    loudest_sample,
    speech,
    through,
    with_silence,
)

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.diagnosis import Mistake, diagnose_echo, diagnose_reply
from telnyx_simulator.audio.signals import at_level, resample, to_int16

DECODED, REPLIED, ENCODED = (
    Mistake.DECODED_AS_OTHER_LAW,
    Mistake.REPLIED_IN_SENT_CODEC,
    Mistake.ENCODED_IN_OTHER_LAW,
)
OTHER = {PCMU: PCMA, PCMA: PCMU}
PATHS = [(PCMA, PCMU), (PCMU, PCMA), (PCMU, PCMU), (PCMA, PCMA), (L16, PCMU), (L16_WIDE, PCMA), (PCMA, L16_WIDE)]


def decoded_as_other_law(clip, sent, returned):
    return through(OTHER[sent].decode(sent.encode(clip)), returned)


def replied_in_sent_codec(clip, sent, returned):
    data = sent.encode(resample(through(clip, sent), 8000, sent.sample_rate_hz))
    return resample(returned.decode(data), returned.sample_rate_hz, 8000)


def encoded_in_other_law(clip, sent, returned):
    return returned.decode(OTHER[returned].encode(through(clip, sent)))


def assert_mistaken(diagnosis, *mistakes):
    assert diagnosis.found
    assert set(diagnosis.mistakes) == set(mistakes)
    assert diagnosis.repaired.snr_db > 20
    assert diagnosis.as_declared is None or diagnosis.as_declared.snr_db < 5
    assert "as declared ->" in diagnosis.evidence


@pytest.mark.parametrize("name", ["en-1", "en-3", "en-5"])
@pytest.mark.parametrize(("sent", "returned"), PATHS, ids=str)
def test_a_healthy_echo_has_no_mistake(name, sent, returned):
    diagnosis = diagnose_echo(speech(name), heard(through(speech(name), sent, returned)), sent=sent, returned=returned)
    assert (diagnosis.found, diagnosis.complete, diagnosis.mistakes) == (True, True, ())
    assert diagnosis.as_declared.snr_db >= 30
    assert diagnosis.repaired is None


@pytest.mark.parametrize("level_dbfs", [-40, -25, -10])
def test_a_healthy_echo_has_no_mistake_at_any_level(level_dbfs):
    clip = at_level(speech("en-3"), level_dbfs)
    assert diagnose_echo(clip, heard(through(clip, PCMA, PCMU)), sent=PCMA, returned=PCMU).mistakes == ()


@pytest.mark.parametrize("law", [PCMU, PCMA], ids=str)
def test_an_encoder_that_differs_by_a_code_step_is_healthy(law):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop")
    encode = audioop.lin2ulaw if law is PCMU else audioop.lin2alaw
    clip = speech("en-2")
    sound = law.decode(encode(through(clip, OTHER[law]).astype("<i2").tobytes(), 2))
    diagnosis = diagnose_echo(clip, heard(sound), sent=OTHER[law], returned=law)
    assert diagnosis.mistakes == ()
    assert diagnosis.as_declared.snr_db >= 30


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["en-2", "en-3", "en-5"])
@pytest.mark.parametrize("mistake", [decoded_as_other_law, replied_in_sent_codec])
@pytest.mark.parametrize(("sent", "returned"), [(PCMA, PCMU), (PCMU, PCMA)], ids=str)
def test_between_two_laws_an_echo_names_both_mistakes_that_explain_it(name, mistake, sent, returned):
    sound = heard(mistake(speech(name), sent, returned))
    assert_mistaken(diagnose_echo(speech(name), sound, sent=sent, returned=returned), DECODED, REPLIED)


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["en-1", "en-2"])
@pytest.mark.parametrize("law", [PCMU, PCMA], ids=str)
def test_within_one_law_the_direction_is_settled(name, law):
    wrong_ear = heard(decoded_as_other_law(speech(name), law, law))
    wrong_mouth = heard(encoded_in_other_law(speech(name), law, law))
    assert_mistaken(diagnose_echo(speech(name), wrong_ear, sent=law, returned=law), DECODED)
    assert_mistaken(diagnose_echo(speech(name), wrong_mouth, sent=law, returned=law), ENCODED)


@pytest.mark.parametrize(
    ("sent", "returned", "mistake", "name"),
    [
        (PCMA, L16_WIDE, decoded_as_other_law, DECODED),
        (PCMU, L16, decoded_as_other_law, DECODED),
        (L16, PCMU, encoded_in_other_law, ENCODED),
        (L16_WIDE, PCMA, encoded_in_other_law, ENCODED),
        (L16, PCMU, replied_in_sent_codec, REPLIED),
        (PCMU, L16, replied_in_sent_codec, REPLIED),
        (PCMA, L16_WIDE, replied_in_sent_codec, REPLIED),
        (L16_WIDE, parse_codec("L16/8000"), replied_in_sent_codec, REPLIED),
    ],
)
def test_with_linear_audio_on_one_side_the_mistake_is_settled(sent, returned, mistake, name):
    sound = heard(mistake(speech("en-2"), sent, returned))
    assert_mistaken(diagnose_echo(speech("en-2"), sound, sent=sent, returned=returned), name)


def test_a_mistake_is_found_with_a_gap_in_it():
    clip = speech("en-1")
    sound = with_silence(replied_in_sent_codec(clip, PCMA, PCMU), at=loudest_sample(clip))
    diagnosis = diagnose_echo(clip, heard(sound), sent=PCMA, returned=PCMU)
    assert_mistaken(diagnosis, DECODED, REPLIED)
    assert [gap.duration_s for gap in diagnosis.repaired.gaps] == [pytest.approx(0.02, abs=0.001)]


@pytest.mark.parametrize("gain_db", [-6, 6])
def test_a_mistake_is_found_at_another_level(gain_db):
    clip = at_level(speech("en-1"), -28)
    after = through(amplified(decoded_as_other_law(clip, PCMA, L16), gain_db), PCMU)
    before = PCMU.decode(PCMA.encode(amplified(through(clip, PCMA), gain_db)))
    for sound in (after, before):
        assert DECODED in diagnose_echo(clip, heard(sound), sent=PCMA, returned=PCMU).mistakes


def test_a_mistake_is_found_though_the_application_resampled_before_it():
    clip = speech("en-2")
    inside = resample(resample(through(clip, PCMA), 8000, 16000), 16000, 8000)
    sound = PCMU.decode(PCMA.encode(delayed_by_fraction(inside, 0.4)))
    diagnosis = diagnose_echo(clip, heard(sound), sent=PCMA, returned=PCMU)
    assert REPLIED in diagnosis.mistakes


@pytest.mark.parametrize(
    ("sent", "returned", "name"), [(PCMA, PCMU, REPLIED), (PCMU, PCMU, ENCODED), (L16, PCMA, ENCODED)], ids=str
)
def test_a_reply_in_the_wrong_law_is_the_encoders_mistake(sent, returned, name):
    clip = speech("en-2")
    from_another_rate = delayed_by_fraction(resample(resample(clip, 8000, 24000), 24000, 8000), 0.3)
    sound = heard(returned.decode(OTHER[returned].encode(from_another_rate)))
    assert_mistaken(diagnose_reply(clip, sound, sent=sent, returned=returned), name)


def test_a_healthy_reply_has_no_mistake():
    clip = speech("en-2")
    assert diagnose_reply(clip, heard(through(clip, PCMU)), sent=PCMA, returned=PCMU).mistakes == ()


@pytest.mark.parametrize("gain_db", [-20, -6, 6, 12])
def test_another_level_is_no_mistake(gain_db):
    clip = at_level(speech("en-2"), -35 if gain_db > 0 else -20)
    sound = through(amplified(through(clip, PCMA), gain_db), PCMU)
    diagnosis = diagnose_echo(clip, heard(sound), sent=PCMA, returned=PCMU)
    assert diagnosis.mistakes == ()
    assert diagnosis.as_declared.gain_db == pytest.approx(gain_db, abs=0.3)


def test_clipping_is_said_and_is_no_mistake_of_codecs():
    sound = through(amplified(speech("en-2"), 20), PCMU)
    diagnosis = diagnose_echo(speech("en-2"), heard(sound), sent=PCMA, returned=PCMU)
    assert diagnosis.mistakes == ()
    assert "clipped" in diagnosis.evidence


def test_damage_that_no_mistake_explains_is_unknown():
    clip = speech("en-2")
    noise = np.random.default_rng(3).normal(0, 700, len(clip))
    diagnosis = diagnose_echo(clip, heard(to_int16(clip + noise)), sent=PCMA, returned=PCMU)
    assert diagnosis.found
    assert diagnosis.mistakes == (Mistake.UNKNOWN,)
    assert 3 < diagnosis.as_declared.snr_db < 20


def test_a_cut_clip_is_found_and_not_complete():
    sound = heard(through(speech("en-3"), PCMA, PCMU)[:20000])
    diagnosis = diagnose_echo(speech("en-3"), sound, sent=PCMA, returned=PCMU)
    assert (diagnosis.found, diagnosis.complete, diagnosis.mistakes) == (True, False, ())


@pytest.mark.parametrize("diagnose", [diagnose_echo, diagnose_reply])
def test_silence_noise_and_other_speech_are_not_found(diagnose):
    noise = np.random.default_rng(5).normal(0, 5000, 60000).astype(np.int16)
    swapped = parse_codec("L16/8000/be").decode(L16.encode(speech("en-2")))
    other = through(speech("en-4"), PCMA, PCMU)
    for sound in (np.zeros(0, np.int16), np.zeros(60000, np.int16), noise, swapped, other):
        diagnosis = diagnose(speech("en-2"), sound, sent=PCMA, returned=PCMU)
        assert (diagnosis.found, diagnosis.complete, diagnosis.mistakes) == (False, False, ())
        assert diagnosis.evidence


def test_the_right_occurrence_is_diagnosed():
    """First a healthy one, then one in the wrong law."""
    clip = speech("en-1")
    sound = heard(through(clip, PCMA, PCMU), at_s=1.0, total_s=12)
    sound[48000 : 48000 + len(clip)] = replied_in_sent_codec(clip, PCMA, PCMU)
    assert diagnose_echo(clip, sound, sent=PCMA, returned=PCMU).mistakes == ()
    assert_mistaken(diagnose_echo(clip, sound, sent=PCMA, returned=PCMU, from_s=5.0), DECODED, REPLIED)
