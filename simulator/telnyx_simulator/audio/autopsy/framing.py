"""AMR-WB read in the other of its two formats, by an application that does not check lengths.

The bits are all there, ten or sixteen places further on, and a decoder takes them for another rate and for other
parameters: what it plays has nothing of the voice but its beginning and its end. Only the same bits give the same
sound, so the reference is encoded at the rates in use, as it was sent.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np

from telnyx_simulator.audio import amr_wb
from telnyx_simulator.audio.amr_wb import Framing
from telnyx_simulator.audio.autopsy.hypotheses import Hypothesis, Pcm, Setting, Sound
from telnyx_simulator.audio.coding import padded
from telnyx_simulator.audio.faults import Fault

MODES: Final = {amr_wb.MODE_12_65: "12.65", 8: "23.85"}
"""In kbit/s: the rates that gateways use, of the nine that there are."""
_TOC_BITS: Final = 6


def framings(setting: Setting) -> Iterator[Hypothesis]:
    """Of a leg in AMR-WB; nothing where this machine lacks the coder."""
    sent = setting.sent
    if sent is None or sent.name != "AMR-WB" or sent.missing_here(encode=True, decode=True):
        return
    samples = setting.reference.at(amr_wb.RATE_HZ)
    for mode, rate in MODES.items():
        for written in Framing:
            detail = f"({written}, {rate} kbit/s)"
            yield Hypothesis(Fault.AMR_WB_FRAMING, detail, partial(_misread, samples, written, mode))


def _misread(samples: Pcm, written: Framing, mode: int) -> Sound:
    size, coder = amr_wb.FRAME_SAMPLES, amr_wb.AmrWbEncoder(written, mode)
    payloads = [coder.encode(padded(samples[at : at + size], size)) for at in range(0, len(samples), size)]
    frame_of = _after_first_octet if written is Framing.BANDWIDTH_EFFICIENT else _bit_by_bit
    av = amr_wb.decoder_library()
    decoder = amr_wb.new_coder(av)  # one for all frames: it remembers also those that it refused
    heard = [np.zeros(0, np.int16)]
    for payload in payloads:
        try:
            heard += [one.to_ndarray().reshape(-1) for one in decoder.decode(av.Packet(frame_of(payload)))]
        except av.FFmpegError:
            heard.append(np.zeros(size, np.int16))
    return Sound(np.concatenate(heard).astype(np.int16), amr_wb.RATE_HZ)


def _after_first_octet(payload: bytes) -> bytes:
    """What an octet-aligned reader takes for table of contents and speech."""
    return payload[1:]


def _bit_by_bit(payload: bytes) -> bytes:
    """What a bandwidth-efficient reader takes for them."""
    bits = np.unpackbits(np.frombuffer(payload, np.uint8))
    contents = bits[4 : 4 + _TOC_BITS]
    kind = int(contents[1:5] @ np.array([8, 4, 2, 1]))
    speech = bits[4 + _TOC_BITS :][: amr_wb.SPEECH_BITS.get(kind, 0)]
    return np.packbits(np.concatenate([contents, np.zeros(2, np.uint8), speech])).tobytes()
