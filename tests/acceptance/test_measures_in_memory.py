"""Measures for which the reference application has no place, by real calls on virtual time: right and broken."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from in_memory import GREETING, PCMU, ROOT, Encode, InMemoryApplication, InMemoryStream, run_in_memory
from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import read_wav, resample
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.transports.ports import StreamListener

ANSWERED = """
call: {direction: incoming}
script: [dial, expect: {stream: started}, play: speech/en-1, expect: {heard: talkspurt, within: 6s}, hangup]
expect: [{measure: response, max: 1.5s}]
"""
WIDE = """
call: {direction: incoming, leg_codec: G722}
script: [dial, expect: {stream: started}, play: speech/en-1, wait: 3s, hangup]
expect: [{measure: bandwidth, min: -10 dB}]
"""
L16_WIDE = parse_codec("L16/16000")


def measured(application: InMemoryApplication, text: str, folder: Path) -> tuple[Verdict, str]:
    path = folder / "some.telnyx.yaml"
    path.write_text(text)
    [result] = run_in_memory(application, path, folder / "artifacts")
    finding = next(one for one in result.findings if one.id == "expect[0]")
    return finding.verdict, finding.actual


class Answering(InMemoryStream):
    """Says its sentence once when the caller has spoken and been silent for so many frames."""

    patience = 0
    quiet = 0
    has_heard = False

    def send(self, text: bytes) -> None:
        message = json.loads(text)
        if message["event"] != "media":
            super().send(text)
            return
        pcm = self._heard.decode(base64.b64decode(message["media"]["payload"]))
        if np.abs(pcm.astype(int)).max() > 500:
            self.has_heard, self.quiet = True, 0
        elif self.has_heard:
            self.quiet += 1
            if self.quiet == self.patience:
                clip, rate_hz = read_wav(ROOT / GREETING)
                self.say(PCMU.encode(resample(clip, rate_hz, 8000)))


class Agent(InMemoryApplication):
    """Answers a caller `after_s` seconds after what the caller says."""

    def __init__(self, after_s: float) -> None:
        super().__init__()
        self.after_s = after_s

    async def open(
        self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int
    ) -> InMemoryStream:
        stream = Answering(self, listener)
        stream.patience = round(self.after_s * 50)
        self.streams.append(stream)
        return stream


@pytest.mark.parametrize(("after_s", "verdict"), [(0.6, Verdict.PASS), (2.5, Verdict.FAIL)])
def test_response_is_the_pause_before_an_answer(after_s: float, verdict: Verdict, tmp_path: Path) -> None:
    found, actual = measured(Agent(after_s), ANSWERED, tmp_path)
    assert found is verdict, actual


def as_it_came(payload: bytes, heard: Codec) -> bytes:
    return payload


def through_8_khz(payload: bytes, heard: Codec) -> bytes:
    return L16_WIDE.encode(resample(resample(L16_WIDE.decode(payload), 16_000, 8000), 8000, 16_000))


@pytest.mark.parametrize(("echo", "verdict"), [(as_it_came, Verdict.PASS), (through_8_khz, Verdict.FAIL)])
def test_bandwidth_is_what_is_left_above_4_khz(echo: Encode, verdict: Verdict, tmp_path: Path) -> None:
    application = InMemoryApplication(echo)
    application.asks_for = {
        "stream_codec": "L16",
        "stream_bidirectional_codec": "L16",
        "stream_bidirectional_sampling_rate": 16000,
    }
    application.profile = application.profile.model_copy(update={"codecs": ["G722", "L16"]})
    found, actual = measured(application, WIDE, tmp_path)
    assert found is verdict, actual
