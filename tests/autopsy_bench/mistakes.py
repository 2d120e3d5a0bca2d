"""The table of mistakes: which name, at which codec, done how."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import bytes_wrong, frames_wrong
from .calls import Call, Label, Speak
from .speech import Samples, resampled, to_pcm
from .wires import Pcm, wires

L16 = tuple(f"L16/{rate}/{order}" for rate in (8000, 16000, 24000) for order in ("le", "be"))
L16_NARROW = ("L16/8000/le", "L16/8000/be")
AMR_WB = ("AMR-WB at 12.65 kbit/s", "AMR-WB at 23.85 kbit/s")
BYTE_STREAMS = ("PCMU", "PCMA", *L16, "G722")
CARRIES_DC = BYTE_STREAMS
"""The others filter the lowest frequencies away, or smear what is cut off."""


def other_order(codec: str) -> str:
    return codec[:-2] + {"le": "be", "be": "le"}[codec[-2:]]


@dataclass(frozen=True, slots=True)
class Misheard:
    """The application decodes wrongly."""

    legs: tuple[str, ...]
    hear: Callable[[Call, list[bytes]], tuple[Pcm, int]]


@dataclass(frozen=True, slots=True)
class Misspoken:
    """The application encodes wrongly."""

    backs: tuple[str, ...]
    codec: Callable[[Call], str] | None = None
    """The codec it encodes in instead of the agreed one."""
    spoil: Callable[[Call, list[bytes]], list[bytes]] | None = None
    """Or what it does to the packets of the agreed one."""
    lose_bytes: int = 0

    def packets(self, call: Call, x: Samples, rate_hz: int) -> list[bytes]:
        """What the application sends."""
        if self.codec is None:
            packets = call.back.encode(to_pcm(resampled(x, rate_hz, call.back.rate_hz)))
        else:
            wrong = wires()[self.codec(call)]
            packets = wrong.encode(to_pcm(resampled(x, rate_hz, wrong.rate_hz)))
        if self.spoil:
            packets = self.spoil(call, packets)
        if not self.lose_bytes:
            return packets
        data, size = b"".join(packets)[self.lose_bytes :], len(packets[0])
        return [data[at : at + size] for at in range(0, len(data), size)]

    def speak(self, call: Call) -> Speak:
        return lambda x, rate_hz: call.back.decode([b"".join(self.packets(call, x, rate_hz))])


def _read_as(*codecs: str) -> Callable[[Call, list[bytes]], tuple[Pcm, int]]:
    return lambda call, packets: bytes_wrong.read_as(packets, str(call.rng.choice(codecs)))


def _inverted(call: Call, packets: list[bytes]) -> list[bytes]:
    return bytes_wrong.bits_inverted(packets, int(call.rng.choice((0xFF, 0x7F))))


def _not_toggled(call: Call, packets: list[bytes]) -> list[bytes]:
    del call
    return bytes_wrong.bits_inverted(packets, 0x55)


def _framing(call: Call, packets: list[bytes]) -> tuple[Pcm, int]:
    sent, taken = call.rng.permutation(("octet_aligned", "bandwidth_efficient"))
    call.notes.append(f"{sent} taken for {taken}")
    return bytes_wrong.amr_wb_misread(packets, str(sent), str(taken)), 16000


def _rtp(call: Call, packets: list[bytes]) -> list[bytes]:
    payload_type, samples = {"PCMU": (0, 160), "PCMA": (8, 160), "G722": (9, 160)}.get(
        call.back.family, (11, call.back.rate_hz // 50)
    )
    return bytes_wrong.with_rtp_header(packets, payload_type, samples, call.rng)


def _zeros(call: Call, packets: list[bytes]) -> list[bytes]:
    """Zero bytes wherever nobody speaks, and sometimes nothing else at all."""
    frames = frames_wrong.frames_of(call.clean, call.rate_hz)
    silent = np.ones(len(packets), bool)
    silent[: len(frames.spoken)] = ~frames.spoken[: len(packets)]
    if call.rng.random() < 0.2:
        silent[:] = True
    return bytes_wrong.zero_filled(packets, silent)


def _random_of(*codecs: str) -> Callable[[Call], str]:
    return lambda call: str(call.rng.choice(codecs))


MISHEARD: dict[str, Misheard] = {
    "pcma_decoded_as_pcmu": Misheard(("PCMA",), _read_as("PCMU")),
    "pcmu_decoded_as_pcma": Misheard(("PCMU",), _read_as("PCMA")),
    "l16_bytes_swapped": Misheard(L16, lambda call, p: bytes_wrong.read_as(p, other_order(call.leg.name))),
    "l16_odd_byte_offset": Misheard(L16, lambda call, p: bytes_wrong.one_byte_late(p, call.leg.name)),
    "l16_decoded_as_pcmu": Misheard((*L16_NARROW, "L16/16000/le"), _read_as("PCMU")),
    "l16_decoded_as_pcma": Misheard((*L16_NARROW, "L16/16000/le"), _read_as("PCMA")),
    "pcmu_decoded_as_l16": Misheard(("PCMU",), _read_as("L16/8000/le", "L16/8000/le", "L16/8000/be")),
    "pcma_decoded_as_l16": Misheard(("PCMA",), _read_as("L16/8000/le", "L16/8000/le", "L16/8000/be")),
    "pcmu_bits_inverted": Misheard(("PCMU",), lambda call, p: bytes_wrong.read_as(_inverted(call, p), "PCMU")),
    "pcma_bits_not_toggled": Misheard(("PCMA",), lambda call, p: bytes_wrong.read_as(_not_toggled(call, p), "PCMA")),
    "amr_wb_framing": Misheard(AMR_WB, _framing),
}

MISSPOKEN: dict[str, Misspoken] = {
    "pcma_decoded_as_pcmu": Misspoken(("PCMU",), lambda call: "PCMA"),
    "pcmu_decoded_as_pcma": Misspoken(("PCMA",), lambda call: "PCMU"),
    "l16_bytes_swapped": Misspoken(L16, lambda call: other_order(call.back.name)),
    "l16_odd_byte_offset": Misspoken(L16, lose_bytes=1),
    "l16_decoded_as_pcmu": Misspoken(("PCMU",), _random_of("L16/8000/le", "L16/8000/be", "L16/16000/le")),
    "l16_decoded_as_pcma": Misspoken(("PCMA",), _random_of("L16/8000/le", "L16/8000/be", "L16/16000/le")),
    "pcmu_decoded_as_l16": Misspoken((*L16_NARROW, "L16/16000/le"), lambda call: "PCMU"),
    "pcma_decoded_as_l16": Misspoken((*L16_NARROW, "L16/16000/le"), lambda call: "PCMA"),
    "pcmu_bits_inverted": Misspoken(("PCMU",), spoil=_inverted),
    "pcma_bits_not_toggled": Misspoken(("PCMA",), spoil=_not_toggled),
    "base64_twice": Misspoken(("PCMU", "PCMA", *L16), spoil=lambda call, p: bytes_wrong.base64_again(p)),
    "rtp_header_left_in": Misspoken(BYTE_STREAMS, spoil=_rtp),
    "zero_bytes_as_pcmu": Misspoken(("PCMU",), spoil=_zeros),
    "replied_in_leg_codec": Misspoken(BYTE_STREAMS, lambda call: call.leg.name),
}
"""Encoded in a codec: where that is the leg's, `replied_in_leg_codec` is as good a name."""

CHAOTIC = ("l16_bytes_swapped", "l16_odd_byte_offset", "base64_twice", "replied_in_leg_codec")
CHAOTIC += ("l16_decoded_as_pcmu", "l16_decoded_as_pcma", "pcmu_decoded_as_l16", "pcma_decoded_as_l16")
"""Made in encoding, the smallest change of a sample changes all of what is heard: only the very bytes can tell."""

ANSWERED_IN = ("PCMU", "PCMA", "L16/8000/le", "L16/16000/le", "G722", "OPUS/16000")
"""Leg codecs in which an application may reply though another was agreed."""


def label_of(name: str, call: Call, *, spoken: bool = False) -> Label:
    """The name, with what sounds the same on this call. `spoken`: the mistake was made in encoding."""
    leg, back = call.leg.name, call.back.name
    opposite_laws = {leg, back} == {"PCMU", "PCMA"}
    if name == "replied_in_leg_codec":
        return Label(name=name, same=_sounds_like_reply(leg, back))
    if name in ("pcma_decoded_as_pcmu", "pcmu_decoded_as_pcma"):
        # On opposite laws the mistake in hearing and the mistake in speaking give the same sound.
        passes = opposite_laws and name.startswith(leg.lower())
        return Label(
            name=name,
            same=("law_mixup_undetermined", *(("replied_in_leg_codec",) if spoken else ())) if passes else (),
            beside=("replied_in_leg_codec",) if passes else (),
        )
    if name in ("l16_bytes_swapped", "l16_odd_byte_offset"):
        beside = {"l16_bytes_swapped", "l16_odd_byte_offset"} - {name}
        passes = leg.startswith("L16") and back.startswith("L16") and leg == other_order(back)
        return Label(name=name, beside=(*beside, *(("replied_in_leg_codec",) if passes else ())))
    if "_decoded_as_" in name:
        was, taken = name.upper().split("_DECODED_AS_")
        passes = call.leg.family == was and call.back.family == taken
        replied = ("replied_in_leg_codec",) if passes else ()
        return Label(name=name, same=replied if spoken else (), beside=replied)
    return Label(name=name, beside=_BESIDE.get(name, ()))


_BESIDE = {
    "stereo_as_mono": ("speed_x0.5",),
    "clipped": ("gain_high",),
    "zero_bytes_as_pcmu": ("dc_offset",),
}


def _sounds_like_reply(leg: str, back: str) -> tuple[str, ...]:
    spoken, taken = leg.split("/")[0].lower(), back.split("/")[0].lower()
    if {spoken, taken} <= {"pcmu", "pcma", "l16"} and spoken != taken:
        law = ("law_mixup_undetermined",) if "l16" not in (spoken, taken) else ()
        return (f"{spoken}_decoded_as_{taken}", *law)
    return ()
