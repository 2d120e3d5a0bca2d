"""What an application wrote down of what it decoded, as a WAV file that a trace can keep."""

import io
from collections.abc import Mapping

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.signals import write_wav
from telnyx_simulator.audio.wav import UnreadableWavError, parse
from telnyx_simulator.sut.application import Application, Tapped, Unreachable


async def tapped_wav(application: Application, words: Mapping[str, str]) -> bytes | None:
    """A mono WAV file of 16-bit PCM with what the tap holds of a call so far; None where there is nothing yet.

    `words` are the call's. Raises `Unreachable` where the tap cannot be read for what it is, and `UnknownWord`.
    """
    tapped = await application.tap(words)
    return wav_of(tapped) if tapped else None


def wav_of(tapped: Tapped) -> bytes | None:
    """The sound in it; None where there is none yet."""
    if tapped.data[:4] == b"RIFF"[: len(tapped.data)]:
        try:
            wav = parse(tapped.data)
        except UnreadableWavError as error:
            raise Unreachable(f"{tapped.where}: {error}") from error
        found = None if wav is None else (wav.pcm, wav.rate_hz)
    elif tapped.codec is None:
        raise Unreachable(f"{tapped.where} is no WAV file; say how its bytes are to be read: `codec: L16/16000`")
    else:
        codec = parse_codec(tapped.codec)
        found = codec.decode(tapped.data), codec.sample_rate_hz
    if found is None or len(found[0]) == 0:
        return None
    file = io.BytesIO()
    write_wav(file, *found)
    return file.getvalue()
