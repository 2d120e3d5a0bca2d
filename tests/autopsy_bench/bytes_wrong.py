"""Mistakes made with packets: the bytes are right and are read as something else, or the other way round.

Each function takes the packets of one codec and returns samples and their rate, as somebody gets them who is wrong.
"""

import base64
import struct
from itertools import count

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import parse_codec

from .wires import Pcm, amr_wb_decoded

AMR_WB_SPEECH_BITS = (132, 177, 253, 285, 317, 365, 397, 461, 477, 40)  # by frame type: TS 26.201, table 2; 9 is SID


def read_as(packets: list[bytes], codec: str) -> tuple[Pcm, int]:
    """The bytes in a row, read as G.711 or linear PCM."""
    parsed = parse_codec(codec)
    return parsed.decode(b"".join(packets)), parsed.sample_rate_hz


def one_byte_late(packets: list[bytes], codec: str) -> tuple[Pcm, int]:
    """Linear PCM of which the first byte was lost: each sample is half of one and half of the next."""
    parsed = parse_codec(codec)
    return parsed.decode(b"".join(packets)[1:]), parsed.sample_rate_hz


def bits_inverted(packets: list[bytes], mask: int) -> list[bytes]:
    """G.711 as a table writes it that knows nothing of the inversion on the line: all bits, or all but the sign."""
    return [(np.frombuffer(packet, np.uint8) ^ np.uint8(mask)).tobytes() for packet in packets]


def base64_again(packets: list[bytes]) -> list[bytes]:
    """What is left after one decoding of what was encoded twice: text."""
    return [base64.b64encode(packet) for packet in packets]


def with_rtp_header(packets: list[bytes], payload_type: int, samples: int, rng: np.random.Generator) -> list[bytes]:
    """Twelve bytes before each packet (RFC 3550, 5.1)."""
    sequence, timestamp, ssrc = (int(rng.integers(2**bits)) for bits in (16, 32, 32))
    return [
        struct.pack("!BBHII", 0x80, payload_type, (sequence + n) % 2**16, (timestamp + n * samples) % 2**32, ssrc)
        + packet
        for n, packet in zip(count(), packets, strict=False)
    ]


def zero_filled(packets: list[bytes], which: NDArray[np.bool_]) -> list[bytes]:
    """Packets of zero bytes where silence is meant, which PCMU reads as the lowest sample there is."""
    return [bytes(len(packet)) if zero else packet for packet, zero in zip(packets, which, strict=True)]


def amr_wb_misread(stored: list[bytes], sent: str, taken: str) -> Pcm:
    """AMR-WB in one framing of RFC 4867, read as another: `octet_aligned`, `bandwidth_efficient` or `stored`."""
    write = {"stored": bytes, "octet_aligned": _octet_aligned, "bandwidth_efficient": _bandwidth_efficient}
    read = {"stored": bytes, "octet_aligned": lambda packet: packet[1:], "bandwidth_efficient": _from_bits}
    return amr_wb_decoded([read[taken](write[sent](packet)) for packet in stored])


def _octet_aligned(stored: bytes) -> bytes:
    return b"\xf0" + stored


def _bandwidth_efficient(stored: bytes) -> bytes:
    """Four bits of mode request (15: none), six of the table of contents, then the speech bits without a hole."""
    bits = np.unpackbits(np.frombuffer(stored, np.uint8))
    speech = AMR_WB_SPEECH_BITS[stored[0] >> 3 & 15]
    return np.packbits(np.concatenate([[1, 1, 1, 1], bits[:6], bits[8 : 8 + speech]])).tobytes()


def _from_bits(packet: bytes) -> bytes:
    bits = np.unpackbits(np.frombuffer(packet, np.uint8))
    frame_type = int(np.packbits(bits[5:9])[0]) >> 4
    speech = AMR_WB_SPEECH_BITS[frame_type] if frame_type < len(AMR_WB_SPEECH_BITS) else 0
    return np.packbits(np.concatenate([bits[4:10], [0, 0], bits[10 : 10 + speech]])).tobytes()
