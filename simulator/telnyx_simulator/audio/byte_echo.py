"""Whether what comes back is the very bytes that went out.

Decoding G.711 and encoding it again gives the same byte, in every table there is, but that mu-law's second zero (0x7F)
comes back as the first (0xFF); linear samples are what they are (study, section 2.1). So an application that says back
what it hears, in the codec in which it hears it, and does nothing to the sound, is exact to the byte. One that is not
resamples, changes the level or converts on the way, also where nobody hears a difference.
"""

from dataclasses import dataclass
from typing import Final

from .codecs import Codec

_SECOND_ZERO: Final = bytes.maketrans(b"\x7f", b"\xff")


@dataclass(frozen=True, slots=True)
class ByteEcho:
    """Of so many pieces of 20 ms that hold sound, those that came back as they were, in order."""

    pieces: int
    exact: int

    @property
    def share(self) -> float:
        return self.exact / self.pieces


def is_comparable(sent: Codec, returned: Codec) -> bool:
    """Whether the same sound is the same bytes in both directions."""
    return sent == returned and sent.name in ("PCMU", "PCMA", "L16")


def byte_echo(codec: Codec, said: list[bytes], returned: bytes) -> ByteEcho | None:
    """Which of the frames said are in `returned`, each behind the one before; None if none of them holds sound.

    Where the application cuts its messages does not matter.
    """
    stream = _zeros_alike(codec, returned)
    place = pieces = exact = 0
    for frame in said:
        piece = _zeros_alike(codec, frame)
        if len(set(piece)) < 8:
            continue  # silence, or next to it: found anywhere
        pieces += 1
        found = stream.find(piece, place)
        if found >= 0:
            exact += 1
            place = found + len(piece)
    return ByteEcho(pieces, exact) if pieces else None


def _zeros_alike(codec: Codec, data: bytes) -> bytes:
    return data.translate(_SECOND_ZERO) if codec.name == "PCMU" else data
