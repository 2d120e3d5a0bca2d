"""What the application decoded, as a run looks at it: when, how often, and what it says where it cannot."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from in_memory import ObservedApplication, right, run_in_memory
from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.audio.signals import write_wav
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.sut.application import Tapped, Unreachable
from telnyx_simulator.sut.profile import Tap
from telnyx_simulator.transports.ports import WebhookReply


class Tapping(ObservedApplication):
    """Writes down what it decodes. `first_after_the_call`: there is nothing to be seen before the call is over."""

    def __init__(self, *, first_after_the_call: bool = False, has_a_tap: bool = True) -> None:
        super().__init__(self.keep)
        self.pcm = bytearray()
        self.is_shown = not first_after_the_call
        self.has_a_tap = has_a_tap
        audio = self.profile.audio.model_copy(update={"tap": Tap(path="decoded.wav")})
        self.profile = self.profile.model_copy(update={"audio": audio})

    def keep(self, payload: bytes, heard: Codec) -> bytes:
        self.pcm += heard.decode(payload).tobytes()
        return right(payload, heard)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *more: Any) -> WebhookReply:
        self.is_shown = self.is_shown or json.loads(body)["data"]["event_type"] == "call.hangup"
        return await super().post(url, body, headers, *more)

    async def tap(self, words: Mapping[str, str]) -> Tapped | None:
        if not self.has_a_tap:
            raise Unreachable("the tap is gone")
        if not self.is_shown:
            return None
        file = io.BytesIO()
        write_wav(file, np.frombuffer(bytes(self.pcm), np.int16), 8000)
        return Tapped(data=file.getvalue(), codec=None, where="decoded.wav")


def outcome(script: str, application: Tapping, folder: Path) -> tuple[Verdict, str]:
    """Verdict and text of the finding about what was received."""
    path = folder / "some.telnyx.yaml"
    path.write_text(f"call: incoming\n{script}\n")
    [result] = run_in_memory(application, path, folder / "artifacts")
    [finding] = [one for one in result.findings if "received speech" in one.expected]
    return finding.verdict, finding.actual


PLAYED = "script: [dial, play: speech/en-1, %s]"
EXPECTED = "expect: {received: speech/en-1}"
ABSENT = "absent: {received: speech/en-1, for: 1s}"


@pytest.mark.parametrize(
    "where", [PLAYED % ABSENT, "script: [dial, play: speech/en-1]\nabsent: [received: speech/en-1]"]
)
def test_what_was_decoded_all_the_same_is_not_absent(where: str, tmp_path: Path) -> None:
    assert outcome(where, Tapping(), tmp_path) == (Verdict.FAIL, "speech/en-1 was received")


def test_an_application_may_write_its_tap_when_the_call_is_over(tmp_path: Path) -> None:
    script = "script: [dial, play: speech/en-1]\nexpect: [received: speech/en-1]"
    assert outcome(script, Tapping(first_after_the_call=True), tmp_path)[0] is Verdict.PASS


@pytest.mark.parametrize(
    "where",
    [
        PLAYED % EXPECTED,
        PLAYED % ABSENT,
        "script: [dial, play: speech/en-1]\nexpect: [received: speech/en-1]",
        "script: [dial, play: speech/en-1]\nabsent: [received: speech/en-1]",
    ],
)
def test_a_tap_that_cannot_be_looked_at_says_nothing_of_the_application(where: str, tmp_path: Path) -> None:
    assert outcome(where, Tapping(has_a_tap=False), tmp_path) == (Verdict.INCONCLUSIVE, "the tap is gone")
