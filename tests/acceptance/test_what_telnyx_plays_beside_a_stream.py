"""An application that has Telnyx speak while its stream goes on: what it says itself is judged, and nothing else."""

from pathlib import Path

import pytest

from commanded import Command, CommandedApplication
from in_memory import PCMA, PCMU, Encode, right, run_in_memory
from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.checks.findings import Fault, Verdict

STREAM = {"stream_url": "ws://127.0.0.1/media", "stream_bidirectional_mode": "rtp"}
WORDS = "Thank you for calling. All of our agents are busy, please stay on the line."
SPEAK: list[Command] = [("speak", {"payload": WORDS, "voice": "female"})]
SCRIPT = """
call: incoming
script:
  - dial
  - expect: {stream: started}
  - ask: speak
  - expect: {webhook: call.speak.started}
  - play: speech/en-2
  - wait: 2s
  - hangup
"""


def leg_codec_taken_for_pcmu(payload: bytes, heard: Codec) -> bytes:
    return PCMU.encode((PCMU if heard == PCMA else PCMA).decode(payload))


@pytest.mark.parametrize(
    ("encode", "verdict", "fault"),
    [(right, Verdict.PASS, None), (leg_codec_taken_for_pcmu, Verdict.FAIL, Fault.LAW_MIXUP_UNDETERMINED)],
    ids=["right", "wrong law"],
)
def test_an_echo_is_judged_without_the_speech_on_top_of_it(
    encode: Encode, verdict: Verdict, fault: Fault | None, tmp_path: Path
) -> None:
    file = tmp_path / "beside.telnyx.yaml"
    file.write_text(SCRIPT)
    application = CommandedApplication({"speak": SPEAK}, answer=STREAM, encode=encode)
    [result] = run_in_memory(application, file, tmp_path / "artifacts")
    [finding] = [one for one in result.findings if one.id == "sound_clean"]
    assert (finding.verdict, finding.fault) == (verdict, fault), finding.actual
    assert any((result.directory / "trace" / "media").glob("*.returned.frames")), "they were heard at one time"
