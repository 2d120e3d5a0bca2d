"""The switch, the media plane and the runner on a fake clock, with an application that lives in memory."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from in_memory import (
    GREETING,
    NUMBER,
    PCMA,
    PCMU,
    ROOT,
    Encode,
    InMemoryApplication,
    InMemoryStream,
    in_memory_hall,
    right,
    run_in_memory,
)
from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import read_wav
from telnyx_simulator.checks.findings import Fault, Finding, Verdict
from telnyx_simulator.checks.judge import judge
from telnyx_simulator.media.messages import Media
from telnyx_simulator.media.playout import Playout
from telnyx_simulator.scenario import hall as hall_module
from telnyx_simulator.scenario.begun import Begun
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.runner import RunResult
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports.clock import Clock, VirtualLoop, run_virtual
from telnyx_simulator.transports.ports import StreamNotOpened, WebhookReply

FIFTEEN_SECONDS = """
call: {direction: incoming, leg_codec: PCMA}
script:
  - dial
  - expect: answer
  - play: [speech/en-1, speech/en-2, speech/en-3]
  - wait: 3s
  - hangup
"""


@pytest.fixture
def fifteen_seconds(tmp_path: Path) -> Path:
    path = tmp_path / "fifteen_seconds.telnyx.yaml"
    path.write_text(FIFTEEN_SECONDS)
    return path


def only(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.id == name)


def test_a_call_of_fifteen_seconds_has_no_underrun(fifteen_seconds: Path, tmp_path: Path) -> None:
    [result] = run_in_memory(InMemoryApplication(), fifteen_seconds, tmp_path / "artifacts")
    trace = Trace.read(result.directory / "trace")
    heard = [entry.body["what"] for entry in trace.of("far_end", "heard")]
    assert heard == ["talkspurt"]
    assert result.verdict is Verdict.PASS
    [stream] = [entry.body["stream_id"] for entry in trace.of("stream", "opened")]
    frames = trace.frames(f"{stream}.to_app")
    assert len(frames) > 14 * 50
    assert {frame.at_ns - frame.due_ns for frame in frames} == {0}, "on the fake clock nothing is late"


def test_equal_seeds_give_equal_traces(fifteen_seconds: Path, tmp_path: Path) -> None:
    def bytes_of(artifacts: Path, seed: int) -> list[bytes]:
        [result] = run_in_memory(InMemoryApplication(), fifteen_seconds, artifacts, seed=seed)
        return [path.read_bytes() for path in sorted((result.directory / "trace").rglob("*")) if path.is_file()]

    assert bytes_of(tmp_path / "a", 7) == bytes_of(tmp_path / "b", 7)
    assert bytes_of(tmp_path / "c", 8) != bytes_of(tmp_path / "a2", 7)


def test_twenty_ms_of_inserted_silence_are_one_gap_and_cost_no_fidelity(fifteen_seconds: Path, tmp_path: Path) -> None:
    application = InMemoryApplication()
    application.insert_silence_at = 100
    [result] = run_in_memory(application, fifteen_seconds, tmp_path / "artifacts")
    finding = only(result.findings, "sound_clean")
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, Fault.GAPS_INSERTED)
    assert "1 gap of 20 ms" in finding.actual
    assert float(finding.actual.split("SNR ")[1].split(" dB")[0]) >= 25


def test_without_a_greeting_the_direction_of_a_law_mix_up_is_not_named(fifteen_seconds: Path, tmp_path: Path) -> None:
    """Heard wrongly or spoken wrongly: an echo alone cannot tell, so no direction is claimed."""

    def heard_wrongly(payload: bytes, heard: Codec) -> bytes:
        return PCMU.encode(PCMU.decode(payload))

    def spoken_wrongly(payload: bytes, heard: Codec) -> bytes:
        return heard.encode(heard.decode(payload))

    for name, mistake in {"heard": heard_wrongly, "spoken": spoken_wrongly}.items():
        [result] = run_in_memory(InMemoryApplication(mistake), fifteen_seconds, tmp_path / name)
        assert only(result.findings, "sound_clean").fault is Fault.LAW_MIXUP_UNDETERMINED


def louder(factor: float) -> Encode:
    def encode(payload: bytes, heard: Codec) -> bytes:
        return PCMU.encode((heard.decode(payload) * factor).clip(-32768, 32767).astype("<i2"))

    return encode


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("encode", "fault"),
    [
        (louder(2.0), Fault.GAIN_HIGH),
        (louder(0.4), Fault.GAIN_LOW),
        (lambda payload, heard: b"\xff" * 160, Fault.SILENCE),
    ],
    ids=["twice as loud", "quieter", "silent"],
)
def test_a_sound_that_is_changed_is_named(encode: Encode, fault: Fault, fifteen_seconds: Path, tmp_path: Path) -> None:
    [result] = run_in_memory(InMemoryApplication(encode), fifteen_seconds, tmp_path / "artifacts")
    finding = only(result.findings, "sound_clean")
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, fault)


def test_media_that_comes_too_late_is_a_gap_and_an_underrun(fifteen_seconds: Path, tmp_path: Path) -> None:
    """Eight frames held back and sent at once: 60 ms are bridged by the jitter buffer, the rest was heard as a hole."""
    application = InMemoryApplication()
    application.hold_back_at = 60
    [result] = run_in_memory(application, fifteen_seconds, tmp_path / "artifacts")
    trace = Trace.read(result.directory / "trace")
    assert [entry.body["what"] for entry in trace.of("far_end", "heard")] == ["talkspurt", "underrun"]
    assert only(result.findings, "sound_clean").fault is Fault.GAPS_INSERTED


def greeting_in(codec: Codec | None) -> Callable[[Codec], bytes]:
    """The greeting, encoded in `codec`, or in the codec that was announced."""
    pcm, _ = read_wav(ROOT / GREETING)
    return lambda heard: (codec or heard).encode(pcm)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("leg", "greet", "encode", "fault"),
    [
        ("PCMA", greeting_in(PCMU), lambda payload, heard: payload, Fault.PCMA_DECODED_AS_PCMU),
        ("PCMA", greeting_in(None), lambda payload, heard: payload, Fault.REPLIED_IN_LEG_CODEC),
        (
            "PCMU",
            greeting_in(PCMU),
            lambda payload, heard: PCMU.encode(PCMA.decode(payload)),
            Fault.PCMU_DECODED_AS_PCMA,
        ),
        ("PCMA", greeting_in(PCMU), right, None),
        ("PCMU", greeting_in(PCMU), right, None),
        ("L16/8000/be", greeting_in(PCMU), lambda payload, heard: PCMU.encode(heard.decode(payload).byteswap()), None),
    ],
)
def test_a_known_greeting_settles_the_direction(
    leg: str, greet: Callable[[Codec], bytes], encode: Encode, fault: Fault | None, tmp_path: Path
) -> None:
    path = tmp_path / "greeted.telnyx.yaml"
    path.write_text(FIFTEEN_SECONDS.replace("PCMA", leg).replace("wait: 3s", "wait: 5s"))
    [result] = run_in_memory(InMemoryApplication(encode, greet=greet), path, tmp_path / "artifacts")
    finding = only(result.findings, "sound_clean")
    assert (finding.fault, finding.verdict) == (fault, Verdict.FAIL if fault else Verdict.PASS), finding


def test_codecs_may_differ_by_direction(fifteen_seconds: Path, tmp_path: Path) -> None:
    """PCMA on the leg, L16 to the application at 16 kHz, and L16 back."""
    application = InMemoryApplication(lambda payload, heard: payload)
    application.asks_for = {
        "stream_codec": "L16",
        "stream_bidirectional_codec": "L16",
        "stream_bidirectional_sampling_rate": 16000,
    }
    [result] = run_in_memory(application, fifteen_seconds, tmp_path / "artifacts")
    finding = only(result.findings, "sound_clean")
    assert finding.verdict is Verdict.PASS, finding


def test_what_was_heard_follows_from_the_recorded_messages(fifteen_seconds: Path, tmp_path: Path) -> None:
    """`heard` is the run's record; played out again from `from_app` it is the same, frame by frame."""
    [result] = run_in_memory(InMemoryApplication(), fifteen_seconds, tmp_path / "artifacts")
    trace = Trace.read(result.directory / "trace")
    [opened] = trace.of("stream", "opened")
    arrived = trace.frames(f"{opened.body['stream_id']}.from_app")
    heard = [frame for frame in trace.frames(f"{opened.call}.heard") if frame.due_ns >= opened.at_ns]
    ear = Playout(parse_codec(opened.body["returned_codec"]))
    for frame in arrived:
        ear.receive(Media(frame.data), frame.at_ns)
    assert [ear.tick(frame.due_ns)[0] for frame in heard] == [frame.data for frame in heard]


class Unreachable(InMemoryApplication):
    async def open(self, *arguments: object, **more: object) -> "InMemoryStream":
        raise StreamNotOpened("a redirect to /elsewhere (302)")


def test_a_stream_that_is_refused_is_streaming_failed_and_the_call_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "refused.telnyx.yaml"
    path.write_text(
        "call: incoming\n"
        "script: [dial, expect: {stream: refused}, expect: {webhook: streaming.failed}, wait: 1s, hangup]\n"
        "expect: [{hangup_cause: normal_clearing}]\n"
    )
    [result] = run_in_memory(Unreachable(), path, tmp_path / "artifacts")
    assert result.verdict is Verdict.PASS
    trace = Trace.read(result.directory / "trace")
    [failed] = [entry.body["payload"] for entry in trace.of("sender") if entry.body["event"] == "streaming.failed"]
    assert (failed["failure_reason"], failed["stream_type"]) == ("connection_failed", "websocket")


def outcome(script: str, application: InMemoryApplication, folder: Path) -> RunResult:
    path = folder / "some.telnyx.yaml"
    path.write_text(script)
    [result] = run_in_memory(application, path, folder / "artifacts")
    assert judge(Trace.read(result.directory / "trace")) == result.findings
    return result


def test_each_expectation_is_about_what_was_said_before_it(tmp_path: Path) -> None:
    """The same clip again, at another level, does not change what the first one was."""
    script = (
        "call: incoming\n"
        "script: [dial, play: speech/en-1, expect: {heard: speech/en-1, within: 4s}, wait: 1s,\n"
        "         play: {clip: speech/en-1, level: -35 dBFS}, expect: {heard: speech/en-1, within: 4s}, hangup]\n"
    )
    assert outcome(script, InMemoryApplication(), tmp_path).verdict is Verdict.PASS


@pytest.mark.sampled
@pytest.mark.parametrize(("times", "verdict"), [("1", Verdict.PASS), ("2", Verdict.FAIL), ("2..", Verdict.FAIL)])
def test_how_often_a_clip_was_heard_is_counted(times: str, verdict: Verdict, tmp_path: Path) -> None:
    script = (
        "call: incoming\nscript: [dial, play: speech/en-1, wait: 2s]\n"
        f"expect: [{{heard: speech/en-1, times: {times}}}]\n"
    )
    assert outcome(script, InMemoryApplication(), tmp_path).verdict is verdict


def test_a_clip_that_must_be_absent_may_not_be_heard_damaged_either(tmp_path: Path) -> None:
    script = "call: {direction: incoming, leg_codec: PCMA}\nscript: [dial, play: speech/en-1, wait: 2s]\n"
    script += "absent: [{heard: speech/en-1}, {heard: speech/en-4}]\n"
    result = outcome(script, InMemoryApplication(lambda payload, heard: payload), tmp_path)
    assert [only(result.findings, f"absent[{n}]").verdict for n in (0, 1)] == [Verdict.FAIL, Verdict.PASS]


def test_no_talkspurt_of_any_length_may_be_heard_where_none_must_be(tmp_path: Path) -> None:
    script = "call: incoming\nscript: [dial, expect: {stream: started}, absent: {heard: talkspurt, for: 10s}]\n"
    greeted = outcome(script, InMemoryApplication(greet=greeting_in(PCMU)), tmp_path)
    assert only(greeted.findings, "script[2].absent").verdict is Verdict.FAIL


def test_a_webhook_that_is_not_sent_is_no_proof_of_anything(tmp_path: Path) -> None:
    script = "call: incoming\nscript: [dial, webhook: {event: call.hangup, again: true}, "
    result = outcome(script + "absent: {effect: any, for: 1s}]\n", InMemoryApplication(), tmp_path)
    assert only(result.findings, "script[1].webhook").verdict is Verdict.INCONCLUSIVE
    assert only(result.findings, "script[2].absent").verdict is Verdict.NOT_EXERCISED


def test_a_forgery_that_is_taken_where_nothing_can_be_seen_is_no_pass(tmp_path: Path) -> None:
    script = (
        "call: incoming\nscript: [dial, expect: {stream: started}, webhook: {event: call.hangup, signature: none}, "
    )
    result = outcome(script + "absent: {effect: any, for: 1s}]\n", InMemoryApplication(), tmp_path)
    assert only(result.findings, "script[3].absent").verdict is Verdict.NOT_EXERCISED


def test_an_echo_that_stops_in_the_middle_is_not_clean(tmp_path: Path) -> None:
    said = 0

    def forgetful(payload: bytes, heard: Codec) -> bytes:
        nonlocal said
        said += 1
        return right(payload, heard) if said < 80 else b"\xff" * 160

    script = "call: incoming\nscript: [dial, play: speech/en-3, wait: 4s]\n"
    finding = only(outcome(script, InMemoryApplication(forgetful), tmp_path).findings, "sound_clean")
    assert finding.verdict is Verdict.FAIL
    assert "cut off after" in finding.actual


class DialsAStranger(InMemoryApplication):
    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        data = json.loads(body)["data"]
        if data["event_type"] == "call.initiated" and data["payload"]["direction"] == "incoming":
            assert self.exchange is not None
            given = {"connection_id": data["payload"]["connection_id"], "to": "+442079460999", "from": NUMBER}
            self.exchange.take(RestCommand(operation="dial", body=given), method="POST", path="/v2/calls")
        return await super().post(url, body, headers, timeout_ns)


def test_a_dial_that_nobody_expects_is_a_finding_of_the_run_under_way(tmp_path: Path) -> None:
    result = outcome("call: incoming\nscript: [dial, expect: answer, hangup]\n", DialsAStranger(), tmp_path)
    finding = only(result.findings, "commands_accepted")
    assert finding.verdict is Verdict.FAIL
    assert finding.actual == "a dial to +442079460999, where nobody of this scenario is"


@pytest.mark.parametrize("call", ["{direction: outgoing, to: any}", '{direction: incoming, from: "+442079460123"}'])
@pytest.mark.parametrize("broken", [None, (Begun, "set_up_account"), (hall_module, "Session")])
def test_a_number_is_free_again_when_its_run_is_over_or_could_not_begin(
    call: str, broken: tuple[Any, str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.telnyx.yaml"
    path.write_text(f"call: {call}\nscript: [wait: 1s]\n")

    async def main(clock: Clock) -> None:
        async with (
            in_memory_hall(InMemoryApplication(), clock, tmp_path / "artifacts") as hall,
            clock.limit(60 * 10**9),
        ):
            with monkeypatch.context() as patched, pytest.raises(IndexError) if broken else contextlib.nullcontext():
                if broken:
                    patched.setattr(*broken, lambda *about, **more: [][0])
                await hall.run_all(load([path]))
            assert len(await hall.run_all(load([path]))) == 1

    run_virtual(main)


def test_judging_again_gives_the_same_findings(fifteen_seconds: Path, tmp_path: Path) -> None:
    [result] = run_in_memory(InMemoryApplication(), fifteen_seconds, tmp_path / "artifacts")
    assert judge(Trace.read(result.directory / "trace")) == result.findings


def test_media_messages_are_looked_through_off_the_loop_in_the_script_and_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are thousands in a minute, and the sound of other calls must not wait for them."""
    asked: list[str] = []

    async def listening(clock: Clock, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        asked.append(function.__name__)
        return function(*args, **kwargs)

    path = tmp_path / "media.telnyx.yaml"
    path.write_text(
        "call: incoming\nscript: [dial, expect: {stream: started}, expect: {message: media}, wait: 1s, hangup]\n"
        "expect: [{message: media}]\n"
    )
    monkeypatch.setattr(Clock, "listening", listening)
    [result] = run_in_memory(InMemoryApplication(), path, tmp_path / "artifacts")
    assert result.verdict is Verdict.PASS
    assert {"ask", "meets_all"} <= set(asked)


class StallsTheSimulator(InMemoryApplication):
    """When it is told of `event`, nobody in the simulator's process does anything for a second."""

    def __init__(self, event: str) -> None:
        super().__init__()
        self.event = event

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ns: int) -> WebhookReply:
        reply = await super().post(url, body, headers, timeout_ns)
        if json.loads(body)["data"]["event_type"] == self.event:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            loop.virtual_ns += 1_000_000_000
        return reply


def test_the_last_key_comes_before_what_is_done_next_however_late_we_are(tmp_path: Path) -> None:
    path = tmp_path / "keys.telnyx.yaml"
    path.write_text("call: incoming\nscript: [dial, expect: {stream: started}, press: '1#', hangup]\n")
    [result] = run_in_memory(StallsTheSimulator("call.dtmf.received"), path, tmp_path / "artifacts")
    trace = Trace.read(result.directory / "trace")
    keys = [(entry.seq, entry.body["digit"]) for entry in trace.of("far_end", "digit")]
    assert [digit for _, digit in keys] == ["1", "#"]
    hangup = next(entry.seq for entry in trace.of("far_end", "act") if entry.body["act"] == "hangup")
    assert keys[-1][0] < hangup


def test_a_person_speaks_after_the_moment_at_which_we_wake_and_not_when_a_late_frame_was_due(tmp_path: Path) -> None:
    """Else what they say is decoded before the step begins in which they say it."""
    path = tmp_path / "late.telnyx.yaml"
    path.write_text(
        "call: incoming\nscript: [dial, expect: {stream: started}, press: '1', play: speech/en-1, "
        "expect: {heard: speech/en-1}]\n"
    )
    [result] = run_in_memory(StallsTheSimulator("call.dtmf.received"), path, tmp_path / "artifacts")
    trace = Trace.read(result.directory / "trace")
    assert only(result.findings, "script[4].expect").verdict is Verdict.PASS
    [sound] = trace.of("far_end", "sound")
    assert sound.body["begins_ns"] >= sound.at_ns
