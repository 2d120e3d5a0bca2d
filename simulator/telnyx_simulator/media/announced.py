"""Sounds that Telnyx plays, made from what an application gives: a text, a file's bytes, the name of a tone, keys."""

import html
import io
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio import mp3, tones, wav
from telnyx_simulator.audio.coding import MissingLibrary, NotDecodable
from telnyx_simulator.audio.signals import tone, write_wav
from telnyx_simulator.audio.telephone_band import RATE_HZ
from telnyx_simulator.audio.voicelike import voicelike
from telnyx_simulator.media.mixing import FRAMES_A_SECOND
from telnyx_simulator.media.sounds import BEEP_HZ, BEEP_S, SoundError, sound_of
from telnyx_simulator.media.sources import Sound

# A break of SSML is a pause, as a comma is.
_BREAK: Final = re.compile(r"<break\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>")
_MP3_KBIT_A_CHANNEL: Final = 32


def plain_text(ssml: str) -> str:
    """The words of SSML."""
    return " ".join(html.unescape(_TAG.sub(" ", _BREAK.sub(", ", ssml))).split())


def voice_like(text: str, voice: str) -> tuple[Sound, bytes]:
    """As long as the text would take, and nothing that anybody understands. Equal texts and voices sound alike."""
    key = blake2b(f"{voice}\x1f{text}".encode(errors="replace"), digest_size=32).digest()
    return sound_of("speech", voicelike(text, key), RATE_HZ, transcript=text)


def decoded(name: str, data: bytes, transcript: str | None = None) -> tuple[Sound, bytes]:
    """A WAV or MP3 file, whichever it is. Raises SoundError."""
    try:
        if data[:4] in (b"RIFF", b"RF64"):
            found = wav.parse(data)
            if found is None:
                raise SoundError(f"{name}: the file ends before its sound begins")
            pcm, rate_hz = found.pcm, found.rate_hz
        else:
            pcm, rate_hz = mp3.Mp3Decoder().decode(data), mp3.RATE_HZ
    except (wav.UnreadableWavError, NotDecodable, MissingLibrary) as problem:
        raise SoundError(f"{name}: {problem}") from problem
    if not len(pcm):
        raise SoundError(f"{name}: there is no sound in the file")
    return sound_of(name, pcm, rate_hz, transcript=transcript)


def named_tone(name: str) -> tuple[Sound, bytes]:
    """`beep`, `ringback`, `busy`, `hold_music`. Raises SoundError."""
    made = {
        "beep": lambda: tone(BEEP_HZ, BEEP_S),
        "ringback": tones.ringback,
        "busy": tones.busy,
        "hold_music": tones.hold_music,
    }
    if name not in made:
        raise SoundError(f"unknown tone {name!r}; known are {', '.join(made)}")
    return sound_of(f"tone/{name}", made[name](), RATE_HZ)


def keys(digits: str, *, tone_s: float, gap_s: float, pauses_s: Mapping[str, float]) -> tuple[Sound, dict[int, str]]:
    """Keys pressed one after another, and which of them begins in which frame."""
    pcm, begins = tones.keys(digits, tone_s=tone_s, gap_s=gap_s, pauses_s=pauses_s)
    pressed = [one for one in digits if one.upper() in tones.KEYS_HZ and one not in pauses_s]
    sound, _ = sound_of(f"keys/{digits}", pcm, RATE_HZ)
    # In the order of time: of two in one frame, which no telephone sends, the later.
    return sound, {int(at * FRAMES_A_SECOND + 1e-9): key for at, key in zip(begins, pressed, strict=True)}


def file_of(channels: NDArray[np.int16], rate_hz: int, form: str) -> bytes:
    """A recording's file, `wav` or `mp3`, of [samples, channels]. Raises `MissingLibrary`."""
    if form == "mp3":
        return mp3.file_of(channels, rate_hz, bit_rate_kbit=_MP3_KBIT_A_CHANNEL * channels.shape[1])
    file = io.BytesIO()
    write_wav(file, channels, rate_hz)
    return file.getvalue()
