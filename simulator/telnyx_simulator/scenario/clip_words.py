"""Sounds by name: what is played, what a microphone carries, what is heard or received."""

import posixpath
import re
from typing import Annotated, Final

from pydantic import BeforeValidator, ValidationInfo

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario import matchers, types
from telnyx_simulator.scenario.complaints import closest, hint, quoted

_CLIP: Final = re.compile(
    r"speech/[a-z0-9-]+|tone/(?:[1-9]\d{0,4}Hz|beep)|noise|watermark|app/[A-Za-z0-9_-]+|\./[^\x00-\x1f\x7f\\]+",
    re.ASCII,
)
_FORMS: Final = "speech/en-1, tone/1004Hz, tone/beep, noise, watermark, app/greeting, ./x.wav"
_EXAMPLES: Final = ("speech/en-1", "speech/en-2", "tone/beep", "app/greeting", "noise", "watermark")
_SILENCE: Final = "silence"
HEARD: Final = ("talkspurt", _SILENCE)
# What a microphone carries beside clips; `nothing` sends no frames at all.
MICS: Final = (_SILENCE, "comfort_noise", "nothing")


def clip(value: object, info: ValidationInfo) -> str:
    """A sound by name, or a file of the project; the file itself is looked for when the run begins."""
    return _clip(value, _folders(info))


def mic(value: object, info: ValidationInfo) -> str:
    """A clip, said over and over, or one of `MICS`."""
    return str(value) if value in MICS else _clip(value, _folders(info), MICS)


def heard(value: object, info: ValidationInfo) -> JSON:
    """What an ear can get: a clip, a person's voice, or any `talkspurt` or `silence`."""
    return _sound(value, info, HEARD)


def received(value: object, info: ValidationInfo) -> JSON:
    """What an application can have decoded: a clip, or a person's voice."""
    return _sound(value, info, ())


def _sound(value: object, info: ValidationInfo, words: tuple[str, ...]) -> JSON:
    people: tuple[str, ...] = info.context["people"] if info.context else ()

    def one(value: object) -> str:
        if isinstance(value, str) and (value in words or value in people):
            return str(value)
        if isinstance(value, str) and value[:1].isupper():
            if people:
                raise ValueError(f"unknown person {quoted(value)}{hint(value, people)}")
            return str(value)  # whose call has a mistake, which is said there
        return _clip(value, _folders(info), (*words, *people))

    return matchers.word_or_matcher(one)(value)


def _folders(info: ValidationInfo) -> int:
    return int(info.context["folders"]) if info.context else 0


def _clip(value: object, folders: int, also: tuple[str, ...] = ()) -> str:
    """`also` are words that stand here beside clips."""
    if not isinstance(value, str):
        raise ValueError(f"{types.shown(value)} is no clip; write speech/en-1")
    if value == _SILENCE:
        raise ValueError("'silence' has no end of its own; to let time pass, write `- wait: 2s`")
    if value.startswith(("/", "../", "~")):
        raise ValueError(f"{quoted(value)} may leave the project; a clip of yours begins with './'")
    if not _CLIP.fullmatch(value):
        meant = closest(value, (*also, *_EXAMPLES))
        guess = f"; did you mean '{meant}'?" if meant else ""
        raise ValueError(f"unknown clip {quoted(value)}{guess} ({', '.join((*also, _FORMS))})")
    if value.startswith("./"):
        _check_file(value, folders)
    return str(value)


def _check_file(value: str, folders: int) -> None:
    climbs = posixpath.normpath(value).split("/").count("..")
    if climbs > folders:
        raise ValueError(f"{quoted(value)} leaves the project")
    if not value.casefold().endswith(".wav"):
        raise ValueError(f"{quoted(value)} is no sound that we can read; a clip of yours ends in .wav")


# Letters of any script, for people have names in all of them.
_A_PERSON: Final = r"[A-Z\u0080-\uFFFF].{0,39}"

Clip = Annotated[str, BeforeValidator(clip), types.schema(_CLIP.pattern, "speech/en-1", "./x.wav")]
Mic = Annotated[str, BeforeValidator(mic), types.schema(f"{_CLIP.pattern}|{'|'.join(MICS)}", "watermark", "silence")]
HeardValue = Annotated[
    JSON, BeforeValidator(heard), matchers.matcher_schema(pattern=f"{_CLIP.pattern}|{'|'.join(HEARD)}|{_A_PERSON}")
]
ReceivedValue = Annotated[
    JSON, BeforeValidator(received), matchers.matcher_schema(pattern=f"{_CLIP.pattern}|{_A_PERSON}")
]
