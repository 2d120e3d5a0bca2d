"""The application's decode function, called in a run with frames of the codec that the leg speaks."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from in_memory import ObservedApplication, run_in_memory
from telnyx_simulator.audio.codecs import Codec
from telnyx_simulator.checks.findings import Fault, Finding, Verdict
from telnyx_simulator.sut.application import Application
from telnyx_simulator.sut.profile import Audio

# Decoders written by the book (G.711, tables 1a and 2a), not by ours.
BY_THE_BOOK = """
import struct

def ulaw(code):
    code = ~code & 0xFF
    magnitude = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return -magnitude if code & 0x80 else magnitude

def alaw(code):
    code ^= 0x55
    segment, magnitude = code >> 4 & 7, (code & 15) << 4
    magnitude = magnitude + 8 if segment == 0 else magnitude + 264 << segment - 1
    return magnitude if code & 0x80 else -magnitude

def l16(payload, order="<"):
    return list(struct.unpack(f"{order}{len(payload) // 2}h", payload))

def decoded(frame):
    match frame["media_format"]["encoding"]:
        case "PCMU":
            return [ulaw(code) for code in frame["payload"]]
        case "PCMA":
            return [alaw(code) for code in frame["payload"]]
        case "L16":
            return l16(frame["payload"])

def as_bytes(frame):
    samples = decoded(frame)
    return struct.pack(f"<{len(samples)}h", *samples)

def as_floats(frame):
    return [sample / 32768 for sample in decoded(frame)]

async def later(frame):
    return decoded(frame)

def always_ulaw(frame):
    return [ulaw(code) for code in frame["payload"]]

def big_endian(frame):
    return l16(frame["payload"], ">")

def thirteen_bits(frame):
    return [sample >> 3 for sample in decoded(frame)]

def raises(frame):
    raise KeyError("codec")

def says_nothing(frame):
    return "nothing"
"""


class NoTime:
    """A clock of virtual time as far as a function that is called needs one."""

    is_virtual = True

    def limit(self, limit_ns: int) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()


class Decoding(ObservedApplication):
    """Hangs on the line, and has a function that decodes. `says_back`: it is an echo as well."""

    def __init__(self, folder: Path, function: str, *, says_back: bool = False) -> None:
        super().__init__(self.reply if says_back else self.silence)
        (folder / "decoders.py").write_text(BY_THE_BOOK)
        audio = Audio(observe="loopback" if says_back else "python", python=f"decoders:{function}")
        self.profile = self.profile.model_copy(update={"audio": audio, "folder": folder})
        self._application = Application(self.profile, {}, cast(Any, NoTime()))

    def reply(self, payload: bytes, heard: Codec) -> bytes:
        """Decoded as PCMU, whatever it is, and given back as asked for: PCMU."""
        return payload

    def silence(self, payload: bytes, heard: Codec) -> bytes:
        return b"\xff" * 160

    async def decoded(self, payload: bytes, media_format: Mapping[str, Any]) -> Any:
        return await self._application.decoded(payload, media_format)


def clean(application: Decoding, folder: Path, call: str) -> Finding:
    path = folder / "some.telnyx.yaml"
    path.write_text(f"call: {call}\nscript: [dial, play: speech/en-2, wait: 3s, hangup]\n")
    [result] = run_in_memory(application, path, folder / "artifacts")
    [finding] = [one for one in result.findings if one.id == "sound_clean"]
    return finding


PCMU = "{direction: incoming, leg_codec: PCMU}"
PCMA = "{direction: incoming, leg_codec: PCMA}"
L16 = "{direction: incoming, stream: {stream_codec: L16/16000}}"


@pytest.mark.parametrize(
    ("call", "function", "what"),
    [
        (PCMU, "decoded", "all 256 codes of PCMU"),
        (PCMA, "decoded", "all 256 codes of PCMA"),
        (PCMA, "as_bytes", "all 256 codes of PCMA"),
        (PCMU, "as_floats", "all 256 codes of PCMU"),
        (PCMA, "later", "all 256 codes of PCMA"),
        (L16, "decoded", "1280 samples of L16/16000"),
    ],
)
def test_a_decoder_by_the_book_passes(call: str, function: str, what: str, tmp_path: Path) -> None:
    finding = clean(Decoding(tmp_path, function), tmp_path, call)
    assert finding.verdict is Verdict.PASS
    assert finding.actual.startswith(f"its decoder: {what}")


@pytest.mark.parametrize(
    ("call", "function", "fault"),
    [
        (PCMA, "always_ulaw", Fault.PCMA_DECODED_AS_PCMU),
        (L16, "always_ulaw", Fault.L16_DECODED_AS_PCMU),
        (L16, "big_endian", Fault.L16_BYTES_SWAPPED),
        (PCMU, "thirteen_bits", Fault.GAIN_LOW),
    ],
)
def test_a_wrong_one_fails_by_the_name_of_its_fault(call: str, function: str, fault: Fault, tmp_path: Path) -> None:
    finding = clean(Decoding(tmp_path, function), tmp_path, call)
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, fault)
    assert finding.evidence


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("raises", "decoders:raises raised KeyError: 'codec'"),
        ("says_nothing", "the decoder returned str; bytes, or a sequence of numbers, is a frame's samples"),
        ("missing", "decoders has no function 'missing'"),
    ],
)
def test_one_that_cannot_be_asked_says_nothing_of_the_application(function: str, reason: str, tmp_path: Path) -> None:
    finding = clean(Decoding(tmp_path, function), tmp_path, PCMA)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert reason in finding.actual


@pytest.mark.parametrize(
    ("function", "fault"),
    [("always_ulaw", Fault.PCMA_DECODED_AS_PCMU), ("decoded", Fault.REPLIED_IN_LEG_CODEC)],
)
def test_a_decoder_tells_on_which_side_an_echo_mixes_up_its_laws(function: str, fault: Fault, tmp_path: Path) -> None:
    """The bytes of the leg come back as they are: either nothing was decoded rightly, or nothing encoded."""
    finding = clean(Decoding(tmp_path, function, says_back=True), tmp_path, PCMA)
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, fault)
