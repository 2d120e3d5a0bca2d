"""The mistakes of format and rate that can be repeated: each a function from a sound to what becomes of it.

*Forwards*, the reference is sent through the mistake and compared with what was heard. That survives any codec after
the mistake, and needs the samples that the application had: the reference itself, or the reference after the codec by
which it was sent. *Backwards*, the mistake is taken back from what was heard, and that is compared with the reference.
That survives whatever happened before the mistake, and needs bytes that no lossy codec has touched since.

Which rates and codecs were in use is often unknown, so all plausible ones are tried.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.codecs import Codec, MissingLibrary, NotDecodable
from telnyx_simulator.audio.faults import SPEEDS, Fault
from telnyx_simulator.audio.g711 import Law
from telnyx_simulator.audio.signals import resample, to_int16
from telnyx_simulator.audio.telephone_band import RATE_HZ, Signal, prepare

Pcm = NDArray[np.int16]

FRAME_BYTES: Final = 160
BYTE_ORDERS: Final = ("<i2", ">i2")
SILENCE_OF_LAWS: Final = 1008.0
"""The first segment of mu-law, silence and what is nearly silent, becomes 528 to 1008 in A-law (396 to 876 the other
way), up or down as the least noise has it."""
LINEAR_RATES_HZ: Final = (8000, 16000, 24000)
"""Beside the rates of both sounds and of the codec: at which rates applications handle linear samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Samples and their rate. A signal is a one-dimensional int16 array."""

    samples: Pcm
    rate_hz: int

    def at(self, rate_hz: int) -> Pcm:
        """The samples at another rate."""
        return resample(self.samples, self.rate_hz, rate_hz)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def signal(self) -> Signal:
        """Ready for comparison. Loud noise overshoots when it is resampled, and must not be clipped for that."""
        if self.rate_hz == RATE_HZ or len(self.samples) == 0:
            return prepare(self.samples)
        wide = soxr.resample(self.samples.astype(np.float64), self.rate_hz, RATE_HZ, quality="HQ")
        if np.abs(wide).max(initial=0.0) <= 32767:
            return prepare(to_int16(wide))
        halved = prepare(to_int16(wide / 2))
        return Signal(to_int16(wide), 2 * halved.band, 2 * halved.half)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One mistake. At most one of the two ways is given; with none, nothing is wrong with format and rate."""

    fault: Fault | None
    detail: str = ""
    """For example `at 16000 Hz`; words that follow the fault's sentence."""
    forward: Callable[[], Sound] | None = None
    """What the reference becomes."""
    backward: Callable[[], Sound] | None = None
    """What was heard, the mistake taken back."""
    floor_rms: float = 0.0
    """Of what the reference becomes: no louder than what silence may become."""
    gain_db: float = 0.0
    constant: float = 0.0
    """What was done to the sound before the mistake; the constant in full scales."""


class Setting:
    """Both sounds and the codec between them, as far as it is known; rates are converted once."""

    __slots__ = ("_at", "heard", "reference", "returned", "sent", "source")

    def __init__(self, reference: Sound, heard: Sound, sent: Codec | None, returned: Codec | None) -> None:
        self.reference = reference
        self.heard = heard
        self.sent = sent
        self.returned = returned
        self.source = _decoded(reference, sent)
        """What a right application has after decoding."""
        self._at: dict[int, Pcm] = {}

    def at(self, rate_hz: int) -> Pcm:
        """The source at another rate."""
        if rate_hz not in self._at:
            self._at[rate_hz] = self.source.at(rate_hz)
        return self._at[rate_hz]

    @property
    def rates(self) -> list[int]:
        """At which rates linear samples may have been handled, the likeliest first."""
        return list(dict.fromkeys((self.source.rate_hz, 8000, self.heard.rate_hz, *LINEAR_RATES_HZ)))


def laws(setting: Setting) -> Iterator[Hypothesis]:
    """The mistakes of companding."""
    narrow = setting.at(8000)
    for law, fault in _DECODED_AS_OTHER.items():
        yield Hypothesis(fault, "", partial(law_reread, narrow, law, law.other), floor_rms=SILENCE_OF_LAWS)
    yield Hypothesis(Fault.PCMU_BITS_INVERTED, "", partial(toggled, narrow, Law.ULAW, 0xFF))
    yield Hypothesis(Fault.PCMA_BITS_NOT_TOGGLED, "", partial(toggled, narrow, Law.ALAW, 0x55))


def replies(setting: Setting) -> Iterator[Hypothesis]:
    """The leg's codec in the place of the one that was agreed for replies.

    Between G.711 and linear samples the mistakes of reading have names of their own; and whatever rate an Opus encoder
    was given, every decoder reads it.
    """
    sent, returned = setting.sent, setting.returned
    if sent is None or returned is None or {sent.name, returned.name} <= _PLAIN:
        return
    if sent == returned or sent.name == returned.name == "OPUS":
        return
    if sent.missing_here(encode=True, decode=False) or returned.missing_here(encode=False, decode=True):
        return
    detail = f"({sent} decoded as {returned})"
    yield Hypothesis(Fault.REPLIED_IN_LEG_CODEC, detail, partial(_transcoded, setting.reference, sent, returned))


def byte_orders(setting: Setting) -> Iterator[Hypothesis]:
    """Linear samples with their bytes swapped or torn apart. The lower bytes hang on every step before."""
    for rate_hz in setting.rates:
        yield from _disordered(Sound(setting.at(rate_hz), rate_hz), f"at {rate_hz} Hz")
    if setting.sent is None:
        for law in Law:
            narrow = law_reread(setting.at(8000), law, law)
            yield from _disordered(narrow, f"at 8000 Hz, sent as {law}")


def speeds(setting: Setting) -> Iterator[Hypothesis]:
    """The sound clocked out at another rate than its own.

    What is played too slowly brings down what lay above the telephone band, if the application had it: so it matters
    whether the sound came to it at 8000 Hz.
    """
    narrow = Sound(setting.at(8000), 8000)
    for fault, factor in SPEEDS.items():
        yield Hypothesis(fault, "", partial(_faster, setting.source, factor))
        if factor < 1 and setting.source.rate_hz > 8000:
            yield Hypothesis(fault, "(narrow-banded)", partial(_faster, narrow, factor))


def misread(setting: Setting) -> Iterator[Hypothesis]:
    """Bytes of one format taken for bytes of another, and bytes that do not belong there."""
    narrow = setting.at(8000)
    for law in Law:
        as_law = Fault.L16_DECODED_AS_PCMU if law is Law.ULAW else Fault.L16_DECODED_AS_PCMA
        for rate_hz in setting.rates:
            for played_hz in sorted({8000, rate_hz, setting.heard.rate_hz}):
                detail = f"of {rate_hz} Hz, played at {played_hz} Hz"
                for order in BYTE_ORDERS:
                    again = partial(_linear_as_law, setting.at(rate_hz), order, law, played_hz)
                    yield Hypothesis(as_law, detail, again)
        as_linear = Fault.PCMU_DECODED_AS_L16 if law is Law.ULAW else Fault.PCMA_DECODED_AS_L16
        for played_hz in sorted({4000, 8000, 16000, setting.heard.rate_hz, setting.reference.rate_hz}):
            for order in BYTE_ORDERS:
                detail = f"played at {played_hz} Hz"
                yield Hypothesis(as_linear, detail, partial(_law_as_linear, narrow, law, order, played_hz))
        yield Hypothesis(Fault.BASE64_TWICE, f"of {law}", partial(_in_base64, narrow, law))
    yield Hypothesis(Fault.STEREO_AS_MONO, "at 8000 Hz", partial(_doubled, narrow, 8000))


_PLAIN: Final = frozenset({"PCMU", "PCMA", "L16"})
_DECODED_AS_OTHER: Final = {Law.ALAW: Fault.PCMA_DECODED_AS_PCMU, Law.ULAW: Fault.PCMU_DECODED_AS_PCMA}


def _decoded(reference: Sound, sent: Codec | None) -> Sound:
    """What a right decoder gets of the reference; the reference itself where that is not known here."""
    if sent is None or sent.missing_here(encode=True, decode=True):
        return reference
    return Sound(sent.through(reference.at(sent.sample_rate_hz)), sent.sample_rate_hz)


def _transcoded(reference: Sound, written: Codec, read: Codec) -> Sound:
    """Payloads of one codec taken for payloads of another; silence where they are none, or one is not known here."""
    try:
        payloads = written.encode_frames(reference.at(written.sample_rate_hz))
        return Sound(read.decode_frames(payloads), read.sample_rate_hz)
    except (NotDecodable, MissingLibrary):
        return Sound(np.zeros_like(reference.samples), reference.rate_hz)


def law_reread(samples: Pcm, written: Law, read: Law) -> Sound:
    """Encoded by one law and decoded by the other."""
    return Sound(g711.decode(read, g711.encode(written, samples)), 8000)


def toggled(samples: Pcm, law: Law, bits: int) -> Sound:
    """Some bits of each code turned over."""
    codes = np.frombuffer(g711.encode(law, samples), np.uint8) ^ np.uint8(bits)
    return Sound(g711.decode(law, codes.tobytes()), 8000)


def _disordered(sound: Sound, detail: str) -> Iterator[Hypothesis]:
    yield Hypothesis(Fault.L16_BYTES_SWAPPED, detail, partial(swapped, sound))
    for order in BYTE_ORDERS:
        yield Hypothesis(Fault.L16_ODD_BYTE_OFFSET, detail, partial(one_byte_on, sound, order))


def swapped(sound: Sound) -> Sound:
    """The bytes of each sample in the other order."""
    return Sound(sound.samples.byteswap(), sound.rate_hz)


def one_byte_on(sound: Sound, order: str) -> Sound:
    """Samples of the second byte of one and the first of the next: which is the upper one, depends on the order."""
    data = sound.samples.astype(order).tobytes()[1:-1]
    return Sound(np.frombuffer(data, order).astype(np.int16), sound.rate_hz)


def _linear_as_law(samples: Pcm, order: str, law: Law, played_hz: int) -> Sound:
    return Sound(g711.decode(law, samples.astype(order).tobytes()), played_hz)


def _law_as_linear(samples: Pcm, law: Law, order: str, played_hz: int) -> Sound:
    data = g711.encode(law, samples)[: len(samples) // 2 * 2]
    return Sound(np.frombuffer(data, order).astype(np.int16), played_hz)


def _doubled(samples: Pcm, rate_hz: int) -> Sound:
    """Left and right channel, which are alike, one after the other."""
    return Sound(np.repeat(samples, 2), rate_hz)


def _faster(reference: Sound, factor: float) -> Sound:
    """The same samples at another rate. Ratios of rates, 22050 among them, are no whole numbers."""
    samples = soxr.resample(reference.samples.astype(np.float64), reference.rate_hz * factor, 8000.0, quality="HQ")
    return Sound(to_int16(samples), 8000)


def _in_base64(samples: Pcm, law: Law) -> Sound:
    """Each frame of 20 ms becomes text, and the text is taken for codec bytes."""
    data = g711.encode(law, samples)
    frames = [data[at : at + FRAME_BYTES] for at in range(0, len(data), FRAME_BYTES)]
    return Sound(g711.decode(law, b"".join(base64.b64encode(frame) for frame in frames)), 8000)
