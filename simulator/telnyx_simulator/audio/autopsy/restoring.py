"""The mistakes of format that can be taken back from the bytes that were sent: each a way from what was heard.

Who writes bytes of one kind where bytes of another are expected makes a sound of which every bit matters: the smallest
change before (a delay, a gain, a codec on the way in) gives an altogether different one, so it cannot be repeated
forwards. But the bytes are still there: G.711 and linear samples lose nothing, and what was heard, encoded again, is
what was sent.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.autopsy.hypotheses import (
    BYTE_ORDERS,
    Hypothesis,
    Pcm,
    Setting,
    Sound,
    law_reread,
    one_byte_on,
    swapped,
    toggled,
)
from telnyx_simulator.audio.codecs import G722, PCMA, PCMU, Codec
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.g711 import Law

LINEAR_RATES_HZ: Final = (8000, 16000, 24000)
ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
PADDING: Final = ord("=")
TEXT_MIN: Final = 0.9
"""Share of the bytes that are text; by chance a quarter would be."""
RTP_HEADER_BYTES: Final = 12
RTP_COHERENCE_MIN: Final = 0.1
"""Share of the energy of twelve bytes that is the same in each frame: .15 and more, of a voice .03 at most."""
RTP_FRAMES_MIN: Final = 20

_PLAUSIBLE: Final = (PCMU, PCMA, *(Codec("L16", rate_hz, "little") for rate_hz in LINEAR_RATES_HZ), G722)


def backwards(setting: Setting) -> Iterator[Hypothesis]:
    """Mistakes taken back from what was heard, by the codec in which it came; by all plausible ones, if unknown."""
    heard = setting.heard
    narrow = heard.at(8000)
    for law, fault in _DECODED_AS_OTHER.items():
        yield Hypothesis(fault, "", backward=partial(law_reread, narrow, law.other, law))
    for rate_hz in sorted({8000, heard.rate_hz}):
        sound = Sound(heard.at(rate_hz), rate_hz)
        yield Hypothesis(Fault.L16_BYTES_SWAPPED, f"at {rate_hz} Hz", backward=partial(swapped, sound))
        for order in BYTE_ORDERS:
            yield Hypothesis(Fault.L16_ODD_BYTE_OFFSET, f"at {rate_hz} Hz", backward=partial(one_byte_on, sound, order))
    yield from headers(setting)
    for codec in _codecs(setting):
        if codec.name in ("PCMU", "PCMA", "L16"):
            data = codec.encode(heard.at(codec.sample_rate_hz))
            yield from _text(data, codec)
            yield from _replied(data, setting.sent, codec)
            yield from _misread(data, codec)


def headers(setting: Setting) -> Iterator[Hypothesis]:
    """RTP headers, if something comes again in each frame."""
    for codec in _codecs(setting):
        yield from _headers(setting.heard, codec)


def frames_are_longer(setting: Setting) -> bool:
    """Whether something comes again in each frame: the path may follow it, and take it for many small events."""
    return any(True for _ in headers(setting))


def _codecs(setting: Setting) -> tuple[Codec, ...]:
    return (setting.returned,) if setting.returned else _PLAUSIBLE


def _misread(data: bytes, codec: Codec) -> Iterator[Hypothesis]:
    """Codes with their bits turned over, linear samples written as G.711, and the reverse."""
    if codec.law:
        narrow = codec.decode(data)
        fault, bits = _TOGGLED[codec.law]
        yield Hypothesis(fault, "", backward=partial(toggled, narrow, codec.law, bits))
        fault = Fault.L16_DECODED_AS_PCMU if codec.law is Law.ULAW else Fault.L16_DECODED_AS_PCMA
        for order in BYTE_ORDERS:
            for rate_hz in LINEAR_RATES_HZ:
                yield Hypothesis(fault, f"of {rate_hz} Hz", backward=partial(_linear, data, order, rate_hz))
        return
    for law, fault in ((Law.ULAW, Fault.PCMU_DECODED_AS_L16), (Law.ALAW, Fault.PCMA_DECODED_AS_L16)):
        yield Hypothesis(fault, f"played at {codec.sample_rate_hz} Hz", backward=partial(_companded, data, law))


def _replied(data: bytes, sent: Codec | None, codec: Codec) -> Iterator[Hypothesis]:
    """G722 in the place of another codec. Opus and AMR-WB have packets, whose ends are lost in a row of bytes."""
    if sent == G722 and not G722.missing_here(encode=False, decode=True):
        detail = f"({sent} decoded as {codec})"
        yield Hypothesis(Fault.REPLIED_IN_LEG_CODEC, detail, backward=partial(_by_g722, data))


def _text(data: bytes, codec: Codec) -> Iterator[Hypothesis]:
    """Base64 that nobody decoded. The silence around it is the playout's."""
    letters = np.frombuffer(data.strip(codec.silence_frame), np.uint8)
    known = _VALUES[letters] >= 0
    if len(letters) and known.mean() >= TEXT_MIN:
        yield Hypothesis(Fault.BASE64_TWICE, f"of {codec}", backward=partial(_from_text, letters, codec))


def _headers(heard: Sound, codec: Codec) -> Iterator[Hypothesis]:
    """Twelve bytes that come again in each frame."""
    if codec.name not in ("PCMU", "PCMA", "L16", "G722"):
        return
    samples = heard.at(codec.sample_rate_hz)
    header = RTP_HEADER_BYTES * codec.frame_samples // codec.frame_bytes
    period = header + codec.frame_samples
    rows = samples[: len(samples) // period * period].reshape(-1, period).astype(np.float64)
    if len(rows) < RTP_FRAMES_MIN:
        return
    steady = rows.mean(axis=0) ** 2
    share = _over(steady, header) / np.maximum(_over((rows**2).mean(axis=0), header), 1.0)
    first = int(np.argmax(_over(steady, header)))
    if share[first] >= RTP_COHERENCE_MIN:
        again = partial(_without, samples, codec.sample_rate_hz, first, header, period)
        yield Hypothesis(Fault.RTP_HEADER_LEFT_IN, f"of {codec}", backward=again)


def _over(columns: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The sum of each column and those after it, around the end."""
    again = np.concatenate([columns, columns[: count - 1]])
    return np.convolve(again, np.ones(count), "valid")


def _without(samples: Pcm, rate_hz: int, first: int, count: int, period: int) -> Sound:
    place = (np.arange(len(samples)) - first) % period
    return Sound(samples[place >= count], rate_hz)


def _linear(data: bytes, order: str, rate_hz: int) -> Sound:
    return Sound(np.frombuffer(data, order, count=len(data) // 2).astype(np.int16), rate_hz)


def _companded(data: bytes, law: Law) -> Sound:
    return Sound(g711.decode(law, data), 8000)


def _by_g722(data: bytes) -> Sound:
    return Sound(G722.decode(data), G722.sample_rate_hz)


def _from_text(letters: NDArray[np.uint8], codec: Codec) -> Sound:
    """Four letters are three bytes; what pads the end of a frame tells where fours begin."""
    padded = np.flatnonzero(letters == PADDING)
    begins = int(np.bincount((padded + 1) % 4, minlength=4).argmax()) if len(padded) else 0
    fours = letters[begins:][: (len(letters) - begins) // 4 * 4].reshape(-1, 4)
    bits = np.where(_VALUES[fours] < 0, 0, _VALUES[fours]).astype(np.uint32)
    words = bits[:, 0] << 18 | bits[:, 1] << 12 | bits[:, 2] << 6 | bits[:, 3]
    threes = np.stack([words >> 16, words >> 8 & 255, words & 255], axis=1).astype(np.uint8)
    kept = np.stack([np.ones(len(fours), bool), fours[:, 2] != PADDING, fours[:, 3] != PADDING], axis=1)
    return Sound(codec.decode(threes[kept].tobytes()), codec.sample_rate_hz)


def _values() -> NDArray[np.int16]:
    """[256] six bits for each letter; padding counts as none, any other byte is -1."""
    values = np.full(256, -1, np.int16)
    values[list(ALPHABET)] = np.arange(64)
    values[PADDING] = 0
    return values


_VALUES: Final = _values()
_TOGGLED: Final = {
    Law.ULAW: (Fault.PCMU_BITS_INVERTED, 0xFF),
    Law.ALAW: (Fault.PCMA_BITS_NOT_TOGGLED, 0x55),
}
_DECODED_AS_OTHER: Final = {Law.ALAW: Fault.PCMA_DECODED_AS_PCMU, Law.ULAW: Fault.PCMU_DECODED_AS_PCMA}
