"""An application's decoder on its own: frames in, samples out, compared one by one with what the codec says.

G.711 and L16 have no state and no tolerance: every decoder of the field gives the same 256 values for each law (audio
study, section 2.1), so a decoder is right in all of them or it is wrong, and the mistakes that make it wrong can be
tried one after another on the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import g711
from .codecs import Codec
from .faults import Fault

Numbers = NDArray[np.int64]

_L16_FRAMES: Final = 4
_STRIDE: Final = 40503
"""Odd, and near 65536 divided by the golden ratio: multiples of it are spread over all 16-bit values."""
_SILENT: Final = 8
"""What A-law has for silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """What a decoder made of the frames. `fault` is None for a right one, and for a wrong one that no known fault
    explains; `is_right` is None where its samples cannot be compared, and `actual` says why."""

    is_right: bool | None
    fault: Fault | None
    actual: str
    evidence: str = ""


def is_exact(codec: Codec) -> bool:
    """Whether single frames of it have one right decoding."""
    return codec.name in ("PCMU", "PCMA", "L16")


def probe(codec: Codec) -> list[bytes]:
    """20 ms frames to try a decoder with: all 256 codes of G.711; of L16, numbers from all over its range."""
    size = codec.frame_bytes
    if codec.law:
        codes = bytes(range(256)) * 2
        return [codes[at : at + size] for at in range(0, len(codes) // size * size, size)]
    count = _L16_FRAMES * codec.frame_samples
    samples = (np.arange(count) * _STRIDE).astype(np.uint16).view(np.int16)
    data = codec.encode(samples)
    return [data[at : at + size] for at in range(0, len(data), size)]


def judge_decoding(codec: Codec, frames: Sequence[bytes], returned: Sequence[Numbers], *, within: int = 0) -> Decoding:
    """Frames in `codec`, and the samples that the application's decoder returned for each, as 16-bit numbers.

    `within`: how far a sample may be off; 1 for numbers that were floats.
    """
    right = np.concatenate([codec.decode(frame) for frame in frames]).astype(np.int64)
    found = np.concatenate([np.zeros(0, np.int64), *returned])
    if _equal(found, right, within):
        what = "all 256 codes" if codec.law else f"{len(right)} samples"
        return Decoding(is_right=True, fault=None, actual=f"{what} of {codec} decoded exactly")
    for fault, samples in _mistakes(codec, frames, right, found):
        if _equal(found, samples, within):
            return Decoding(is_right=False, fault=fault, actual=fault.sentence, evidence=_evidence(right, found))
    if len(found) and len(found) != len(right) and _is_ratio(len(found), len(right)):
        told = f"{len(found)} samples for {len(right)}: it also resamples; name the function that decodes, and no more"
        return Decoding(is_right=None, fault=None, actual=told)
    evidence = _evidence(right, found)
    return Decoding(is_right=False, fault=None, actual=f"decoded otherwise: {evidence}", evidence=evidence)


def _mistakes(codec: Codec, frames: Sequence[bytes], right: Numbers, found: Numbers) -> Iterator[tuple[Fault, Numbers]]:
    """What each known mistake makes of the frames."""
    if len(found) == len(right) and np.abs(found).max(initial=0) <= _SILENT:
        yield Fault.SILENCE, found
    if codec.law is g711.Law.ULAW:
        yield Fault.PCMU_DECODED_AS_PCMA, _joined(g711.alaw_decode(frame) for frame in frames)
        yield Fault.PCMU_BITS_INVERTED, _joined(g711.ulaw_decode(_xor(frame, 0xFF)) for frame in frames)
        yield from ((Fault.PCMU_DECODED_AS_L16, _joined(np.frombuffer(f, o) for f in frames)) for o in ("<i2", ">i2"))
    elif codec.law is g711.Law.ALAW:
        yield Fault.PCMA_DECODED_AS_PCMU, _joined(g711.ulaw_decode(frame) for frame in frames)
        yield Fault.PCMA_BITS_NOT_TOGGLED, _joined(g711.alaw_decode(_xor(frame, 0x55)) for frame in frames)
        yield from ((Fault.PCMA_DECODED_AS_L16, _joined(np.frombuffer(f, o) for f in frames)) for o in ("<i2", ">i2"))
    else:
        other = ">i2" if codec.byte_order == "little" else "<i2"
        order = "<i2" if codec.byte_order == "little" else ">i2"
        yield Fault.L16_BYTES_SWAPPED, _joined(np.frombuffer(frame, other) for frame in frames)
        yield Fault.L16_ODD_BYTE_OFFSET, _joined(np.frombuffer(frame[1:-1], order) for frame in frames)
        yield Fault.L16_DECODED_AS_PCMU, _joined(g711.ulaw_decode(frame) for frame in frames)
        yield Fault.L16_DECODED_AS_PCMA, _joined(g711.alaw_decode(frame) for frame in frames)
    if len(found) == len(right):
        yield from _of_level(right, found)


def _of_level(right: Numbers, found: Numbers) -> Iterator[tuple[Fault, Numbers]]:
    """Another scale, as 13 or 14 bits that were not shifted up to 16; another zero, as of unsigned samples."""
    scale = float((right * found).sum() / (right * right).sum())
    if scale > 0 and np.abs(found - right * scale).max() <= 1:
        yield (Fault.GAIN_HIGH if scale > 1 else Fault.GAIN_LOW), found
    offset = round(float((found - right).mean()))
    if offset:
        yield Fault.DC_OFFSET, right + offset


def _joined(parts: Iterator[NDArray[np.int16]]) -> Numbers:
    return np.concatenate(list(parts)).astype(np.int64)


def _xor(frame: bytes, mask: int) -> bytes:
    return bytes(byte ^ mask for byte in frame)


def _equal(found: Numbers, samples: Numbers, within: int) -> bool:
    return len(found) == len(samples) and bool((np.abs(found - samples) <= within).all())


def _is_ratio(found: int, right: int) -> bool:
    """Whether one length is another rate's of the other, within a sample a frame."""
    rates = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
    ratios = {a / b for a in rates for b in rates if a != b}
    return any(abs(found - right * ratio) <= 0.02 * found for ratio in ratios)


def _evidence(right: Numbers, found: Numbers) -> str:
    if len(found) != len(right):
        return f"{len(found)} samples came back for {len(right)}"
    wrong = np.flatnonzero(found != right)
    if not len(wrong):
        return "every sample is the right one"
    first = int(wrong[0])
    return f"{len(wrong)} of {len(right)} samples differ; the first, number {first}: {found[first]} for {right[first]}"
