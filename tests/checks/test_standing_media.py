"""Standing checks about streams, other calls and other machines: each both ways, and never green on nothing."""

from pathlib import Path

import numpy as np
import pytest
from traces import LEG, OTHER, HandWritten, Pcm, placed, silence, speech, watermark

from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.checks.calls_separate import calls_separate
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.formats import foreign_format
from telnyx_simulator.checks.messages_valid import messages_valid
from telnyx_simulator.checks.stays_local import stays_local
from telnyx_simulator.transports.targets import Rewrite, why_refused

FRAME = b"\xff" * 160
TOTAL_S = 10.0


def only(findings: list[Finding]) -> Finding:
    [finding] = findings
    return finding


# messages_valid


def mp3(frames: int) -> bytes:
    """MPEG 1, layer III, 32 kbit/s at 32 kHz: 144 bytes a frame."""
    return (b"\xff\xfb\x18\xc0" + b"\x55" * 140) * frames


def valid(folder: Path, *payloads: bytes, returned: str = "PCMU", **stream: str) -> Finding:
    trace = HandWritten(folder).stream(0, returned=returned, **stream)
    return only(list(messages_valid(trace.media([(1 + n, data) for n, data in enumerate(payloads)]).record())))


def test_nothing_sent_is_not_exercised(tmp_path: Path) -> None:
    assert valid(tmp_path).verdict is Verdict.NOT_EXERCISED


@pytest.mark.parametrize(
    ("payload", "returned", "problem"),
    [
        (FRAME, "PCMU", None),
        (b"\xff" * 240_000, "PCMU", None),
        (b"\0" * 640, "L16/16000/le", None),
        (FRAME[1:], "PCMU", "too short: 19.875 ms of audio; a message holds at least 20 ms"),
        (b"\xff" * 240_001, "PCMU", "too long: 30.0 s of audio; a message holds at most 30 s"),
        (FRAME, "L16/16000/le", "too short: 5 ms of audio; a message holds at least 20 ms"),
        (b"\0" * 641, "L16/16000/le", "half a sample: 641 bytes are no whole number of L16/16000/le samples"),
        (mp3(5), "PCMU", "another format: MP3, where PCMU was asked for"),
        (b"RIFF" + FRAME, "PCMU", "another format: WAV, where PCMU was asked for"),
        (FRAME, "G722", None),
        (FRAME[1:], "G722", "too short: 19.875 ms of audio; a message holds at least 20 ms"),
        (b"\x08\x0b\xe4", "OPUS/16000", None),
        (b"\x00\x0b\xe4", "OPUS/16000", "too short: 10 ms of audio; a message holds at least 20 ms"),
        (
            b"\x0b",
            "OPUS/16000",
            "no OPUS/16000 payload: a count of no frames (R5)",
        ),
        (b"OggS" + FRAME, "OPUS/16000", "another format: Ogg, where OPUS/16000 was asked for"),
        (b"\xf1\x40" + bytes(31), "AMR-WB", None),
        (
            b"\xf0\x14" + bytes(32),
            "AMR-WB",
            "no AMR-WB payload: AMR-WB (bandwidth-efficient): 34 bytes, where frame type 0 has 18; another framing?",
        ),
        (b"\xf0\x14" + bytes(32), "AMR-WB/octet-aligned", None),
        (mp3(5), "MP3", None),
        (
            FRAME,
            "MP3",
            "no MP3 file: the stream is in mp3 mode, for no command asked for `stream_bidirectional_mode: rtp` "
            "(no MP3 file: it does not begin with frames of MPEG audio, layer III)",
        ),
    ],
)
def test_media_have_a_length_and_a_format(payload: bytes, returned: str, problem: str | None, tmp_path: Path) -> None:
    finding = valid(tmp_path, payload, returned=returned)
    assert finding.verdict is (Verdict.FAIL if problem else Verdict.PASS)
    assert finding.actual == (f"1 of 1 are not; the first: {problem}" if problem else "1 message")


def test_the_codec_asked_for_counts_and_not_the_one_that_a_treatment_reads(tmp_path: Path) -> None:
    assert valid(tmp_path, FRAME, returned="L16/16000/le", asked_codec="PCMU").verdict is Verdict.PASS


def test_messages_of_every_kind_are_looked_at(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).stream(0).media([(1.0, FRAME), (1.5, FRAME[1:])])
    trace.at(2, "stream", "message", message="mark", name="x")
    assert only(list(messages_valid(trace.record()))).actual.startswith("1 of 3 are not")
    trace.at(3, "stream", "message", message="invalid", code=100003, problem="the key `event` is missing", size=9)
    trace.at(4, "stream", "message", message="unknown", event="audio", flaw="unknown_event")
    trace.at(5, "stream", "message", message="media", flaw="short", bytes=159)
    finding = only(list(messages_valid(trace.record())))
    assert finding.verdict is Verdict.FAIL
    assert finding.at_s == 1.5
    assert "3 of 5 are not (too short: 1, malformed: 1, unknown event: 1)" in finding.actual


@pytest.mark.parametrize("name", ["en-1", "en-3"])
@pytest.mark.parametrize("seed", range(3))
def test_speech_and_noise_are_never_taken_for_a_file(name: str, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, 8000, dtype=np.uint8).tobytes()
    payloads = [speech(name).tobytes(), noise, b"\xff" * 8000, b"\xff\xfb\x18\xc0" + noise]
    assert [foreign_format(payload) for payload in payloads] == [None] * 4


# calls_separate


def two_calls(folder: Path, alice_hears: Pcm, *, said: tuple[str, str] = ("en-1", "en-3")) -> HandWritten:
    trace = HandWritten(folder).call(TOTAL_S, LEG, person="Alice").call(TOTAL_S, OTHER, person="Bob")
    for leg, name in zip((LEG, OTHER), said, strict=True):
        trace.says(1.0, f"speech/{name}", speech(name), leg).sent(placed(TOTAL_S, (1.0, speech(name))), leg)
    trace.hears(alice_hears, LEG).hears(placed(TOTAL_S, (1.3, speech(said[1]))), OTHER)
    return trace.hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)


def separate(trace: HandWritten) -> Finding:
    return only(list(calls_separate(trace.record())))


def test_two_calls_that_each_hear_their_own_are_separate(tmp_path: Path) -> None:
    finding = separate(two_calls(tmp_path, placed(TOTAL_S, (1.3, speech("en-1")))))
    assert finding.verdict is Verdict.PASS
    assert finding.actual.startswith("2 voices of another call, none heard (down to -")


@pytest.mark.parametrize("factor", [1.0, 0.1])
def test_a_call_that_hears_another_fails_however_faintly(factor: float, tmp_path: Path) -> None:
    crossed = to_int16(speech("en-3").astype(np.float64) * factor)
    finding = separate(two_calls(tmp_path, placed(TOTAL_S, (1.3, speech("en-1")), (1.5, crossed))))
    assert finding.verdict is Verdict.FAIL
    assert finding.actual.startswith("Alice hears Bob, at ")
    assert finding.call == LEG


def test_what_both_said_proves_nothing(tmp_path: Path) -> None:
    trace = two_calls(tmp_path, placed(TOTAL_S, (1.3, speech("en-1"))), said=("en-1", "en-1"))
    assert separate(trace).verdict is Verdict.NOT_EXERCISED


def test_one_call_or_two_after_each_other_prove_nothing(tmp_path: Path) -> None:
    alone = HandWritten(tmp_path / "alone").call(TOTAL_S).hears(silence(TOTAL_S))
    assert separate(alone).actual == "there was one call only"
    later = HandWritten(tmp_path / "later").call(5, LEG, person="Alice").call(10, OTHER, person="Bob")
    later.sent(placed(4.0, (1.0, speech("en-1"))), LEG).hears(silence(4.0), LEG)
    later.sent(placed(4.0, (1.0, speech("en-3"))), OTHER, from_s=5.0).hears(silence(4.0), OTHER, from_s=5.0)
    assert separate(later).verdict is Verdict.NOT_EXERCISED


def test_the_legs_of_one_call_may_hear_each_other(tmp_path: Path) -> None:
    """One session; two that Telnyx connected; or two people of whom the scenario expects that one hears the other."""
    crossed = placed(TOTAL_S, (1.3, speech("en-3")))
    together = two_calls(tmp_path / "session", crossed)
    for entry in together.trace.of("switch", "leg"):
        entry.body["call_session_id"] = "one"
    assert separate(together).verdict is Verdict.NOT_EXERCISED
    bridged = two_calls(tmp_path / "bridged", crossed)
    bridged.at(1.2, "switch", "connected", added=[OTHER], removed=[], hears=1, peer=OTHER)
    assert separate(bridged).verdict is Verdict.NOT_EXERCISED
    meant = two_calls(tmp_path / "meant", crossed)
    alice = {"subject": "heard", "value": "Bob", "person": "Alice", "place": {"file": "", "line": 1, "column": 1}}
    rest = ("with_", "reply", "within_ns", "for_ns", "times", "min_snr_db", "least", "most", "percentile", "why")
    meant.trace.header["scenario"]["expect"] = [alice | dict.fromkeys(rest) | {"requirement": []}]
    assert separate(meant).verdict is Verdict.NOT_EXERCISED


def test_watermarks_of_two_people_are_two_voices(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S, LEG, person="Alice").call(TOTAL_S, OTHER, person="Bob")
    for leg, key in ((LEG, 1), (OTHER, 2)):
        mark = watermark(key, TOTAL_S)
        trace.mic(0, "watermark", mark, leg).sent(mark, leg).hears(placed(TOTAL_S, (0.2, mark)), leg)
    assert separate(trace.hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)).verdict is Verdict.PASS


# stays_local


def local(trace: HandWritten) -> Finding:
    return only(list(stays_local(trace.record())))


def test_a_command_that_came_here_is_all_that_can_be_seen(tmp_path: Path) -> None:
    assert local(HandWritten(tmp_path)).verdict is Verdict.NOT_EXERCISED
    finding = local(HandWritten(tmp_path).command(1, "answer").stream(1))
    assert finding.verdict is Verdict.PASS
    assert finding.actual.startswith("1 REST command came here")


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("wss://agent.example.com/media?x=1", 'rewrite: {"wss://agent.example.com": "ws://127.0.0.1:{port}"}'),
        ("https://agent.example.com/hook", 'rewrite: {"https://agent.example.com": "http://127.0.0.1:{port}"}'),
    ],
)
@pytest.mark.parametrize("rewrite", [None, lambda url: url])
def test_an_address_elsewhere_fails_with_the_line_to_add(
    url: str, line: str, rewrite: Rewrite | None, tmp_path: Path
) -> None:
    """By the words in which the transports refuse it, with a profile's rewrite lines and without."""
    trace = HandWritten(tmp_path).command(1, "answer")
    if url.startswith("wss"):
        trace.at(1.5, "stream", "refused", stream_id="s", url=url, failure=why_refused(url, rewrite))
    else:
        trace.webhook(1.5, "call.answered", None, url=url, failure=why_refused(url, rewrite))
    finding = local(trace)
    assert finding.verdict is Verdict.FAIL
    assert finding.actual == f"you returned {url}, which is not on this machine; add a rewrite line to sut.yaml: {line}"
    assert finding.at_s == 1.5


def test_who_goes_past_the_shim_was_not_local(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "answer")
    for at_s in (2, 3):
        trace.at(
            at_s, "sut", "refused", None, host="api.telnyx.com", port=443, at="app.py:12", what="socket.getaddrinfo"
        )
    finding = local(trace)
    assert (finding.verdict, finding.at_s) == (Verdict.FAIL, 2)
    assert finding.actual == (
        "it wanted to connect to api.telnyx.com:443 (app.py:12) by a way that the shim does not redirect, 2 times in "
        "all, and was refused; docs/unmodified-applications.md says what is redirected"
    )


def test_an_application_that_is_not_there_is_local_all_the_same(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "answer")
    trace.at(2, "stream", "refused", url="wss://agent.example.com/media", failure="nobody listens at ws://127.0.0.1:9")
    assert local(trace).verdict is Verdict.PASS
