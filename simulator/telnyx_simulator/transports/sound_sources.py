"""Where the sounds come from that Telnyx plays: made off the loop, fetched, uploaded, or sent with the command."""

import base64
import binascii
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from telnyx_simulator.facts.limits import SOUND_BYTES_MAX, SOUND_FETCH_MS
from telnyx_simulator.media import announced
from telnyx_simulator.media.sounds import SoundError
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.signaling.announcement import Announcement, Kind
from telnyx_simulator.transports import speech
from telnyx_simulator.transports.ports import FetchPort

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

NOT_FOUND = "file_not_found"
FAILED = "failed"


class SoundUnavailable(Exception):
    """A sound that cannot be had; `status` as `call.playback.ended` says it."""

    def __init__(self, status: str, detail: str) -> None:
        self.status, self.detail = status, detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Made:
    """`wav` is what the trace keeps, `by` how the sound came about: `espeak-ng`, `voice-like`, `url`, ..."""

    sound: Sound
    wav: bytes
    by: str


async def made(session: "Session", wanted: Announcement) -> Made:
    """Raises SoundUnavailable."""
    in_thread = session.clock.in_thread
    try:
        match wanted.kind:
            case Kind.SPEECH:
                text = announced.plain_text(wanted.what) if wanted.is_ssml else wanted.what
                return await in_thread(_spoken, text, wanted.voice, wanted.language)
            case Kind.TONE:
                return Made(*announced.named_tone(wanted.what), "signal")
            case Kind.HOLD_MUSIC:
                return Made(*announced.named_tone("hold_music"), "signal")
            case Kind.URL:
                data = await _fetched(session, wanted.what)
                return Made(*await in_thread(announced.decoded, wanted.what, data), "url")
            case Kind.MEDIA:
                data = await _uploaded(session, wanted.what)
                return Made(*await in_thread(announced.decoded, wanted.what, data), "media")
            case Kind.CONTENT:
                return Made(*await in_thread(announced.decoded, "playback_content", _content(wanted.what)), "content")
    except SoundError as error:
        raise SoundUnavailable(FAILED, str(error)) from error


@lru_cache(maxsize=64)
def _spoken(text: str, voice: str | None, language: str | None) -> Made:
    """Equal words sound alike, so prompts that are said again and again are made once."""
    try:
        wav = speech.spoken(text, voice, language)
    except (OSError, subprocess.SubprocessError):
        wav = None
    if wav is not None:
        try:
            return Made(*announced.decoded("speech", wav, transcript=text), speech.PROGRAM)
        except SoundError:
            pass  # of no words it makes a file without sound
    return Made(*announced.voice_like(text, voice or ""), "voice-like")


async def _fetched(session: "Session", url: str) -> bytes:
    port = session.carrier.webhooks
    if not isinstance(port, FetchPort):
        raise SoundUnavailable(FAILED, f"{url}: nothing can be fetched here")
    fetched = await port.fetch(url, SOUND_FETCH_MS * 1_000_000, SOUND_BYTES_MAX)
    if fetched.failure is not None:
        raise SoundUnavailable(FAILED, f"{url}: {fetched.failure}")
    if fetched.status in (404, 410):
        raise SoundUnavailable(NOT_FOUND, f"{url}: {fetched.status}")
    if fetched.status != 200:
        raise SoundUnavailable(FAILED, f"{url}: {fetched.status}")
    return fetched.body


async def _uploaded(session: "Session", name: str) -> bytes:
    account = session.carrier.account
    if (data := account.media_of(name)) is not None:
        return data
    if url := account.media_url_of(name):
        data = await _fetched(session, url)
        if account.media_url_of(name) == url:  # and nobody put something else there meanwhile
            account.keep_media(name, data)
        return data
    raise SoundUnavailable(NOT_FOUND, f"no media was uploaded as {name!r}")


def _content(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SoundUnavailable(FAILED, f"playback_content is not base64: {error}") from error
