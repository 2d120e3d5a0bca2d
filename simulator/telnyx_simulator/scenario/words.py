"""The closed lists of the language: what this version has, what the language has beside it, and types made of both."""

import posixpath
import re
from typing import Annotated, Final

from pydantic import BeforeValidator, ValidationInfo

from telnyx_simulator.checks.expectations import JSON, Subject
from telnyx_simulator.facts import commands, hangup_causes, media, signatures, webhooks
from telnyx_simulator.scenario import types
from telnyx_simulator.scenario.complaints import closest, hint, not_built_yet, quoted, unknown
from telnyx_simulator.scenario.script import Direction, Verb

VERBS_NOT_BUILT: Final = ("barge_in", "mic", "hold", "unhold", "line", "stream")
VERBS: Final = tuple(verb for verb in Verb if verb not in VERBS_NOT_BUILT)
SUBJECTS_NOT_BUILT: Final = ("message", "received", "digits", "measure", "account")
SUBJECTS: Final = tuple(subject for subject in Subject if subject not in SUBJECTS_NOT_BUILT)
DIRECTIONS: Final = tuple(Direction)
STREAM_STATES: Final = ("opened", "started", "refused", "closed")
TREATMENTS_NOT_BUILT: Final = (
    *("nth", "share", "delay", "jitter", "after", "duplicate", "drop", "lose_ack"),
    *("with", "without", "shape", "headers", "rename"),
)
# Telnyx's results of answering machine detection, the plain and the premium one (spec).
AMD_NOT_BUILT: Final = ("machine", "not_sure", "fax_detected", "silence", "human_residence", "human_business")
ANY: Final = "any"

_CLIP: Final = re.compile(
    r"speech/[a-z0-9-]+|tone/(?:[1-9]\d{0,4}Hz|beep)|app/[A-Za-z0-9_-]+|\./[^\x00-\x1f\x7f\\]+", re.ASCII
)
_SOUNDS_NOT_BUILT: Final = ("noise", "watermark")
_SILENCE: Final = "silence"
_HEARD: Final = ("talkspurt", _SILENCE)
_CODEC: Final = re.compile(
    rf"L16(?:/(?:{'|'.join(map(str, media.SAMPLING_RATES_HZ))})(?:/(?:le|be))?)?|(PCM[UA])(?:/8000)?"
)
_OTHER_NAMES: Final = {"alaw": "PCMA", "ulaw": "PCMU", "mulaw": "PCMU"}


# Letters of any script, for people have names in all of them.
NAME: Final = re.compile(r"[^\W\d_][\w -]{0,39}")


def is_name(word: str) -> bool:
    """People are capitalised, so that a misspelt verb cannot pass for one."""
    return word[:1].isupper()


def codec(value: object) -> str:
    """What `audio.codecs.parse_codec` reads: `PCMU`, `PCMA`, `L16`, `L16/16000`, `L16/16000/be`."""
    if not isinstance(value, str):
        raise ValueError(f"{types.shown(value)} is no codec; write PCMA")
    found = _CODEC.fullmatch(value)
    if found:
        return found[1] or str(value)
    name = value.partition("/")[0]
    if name in media.CODECS and name not in media.CODECS_BUILT:
        raise ValueError(not_built_yet(value, "codec"))
    if name in media.CODECS:
        rates = ", ".join(map(str, media.SAMPLING_RATES_HZ))
        raise ValueError(f"unknown codec {quoted(value)}; PCMU and PCMA have 8000 Hz, L16/rate/le or /be has {rates}")
    meant = _OTHER_NAMES.get(value.casefold())
    if meant:
        raise ValueError(f"unknown codec {quoted(value)}; did you mean '{meant}'? ({', '.join(media.CODECS)})")
    raise ValueError(unknown("codec", value, media.CODECS))


def clip(value: object, info: ValidationInfo) -> str:
    """A sound by name, or a file of the project; the file itself is looked for when the run begins."""
    return _clip(value, _folders(info))


def sound(value: object, info: ValidationInfo) -> JSON:
    """What an ear can get: a clip, or any `talkspurt` or `silence`."""

    def one(value: object) -> str:
        if isinstance(value, str) and value in _HEARD:
            return str(value)
        if isinstance(value, str) and is_name(value):
            raise ValueError(not_built_yet(value, "a person as what is heard"))
        return _clip(value, _folders(info), _HEARD)

    return types.word_or_matcher(one)(value)


def _folders(info: ValidationInfo) -> int:
    return int(info.context["folders"]) if info.context else 0


def _clip(value: object, folders: int, also: tuple[str, ...] = ()) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{types.shown(value)} is no clip; write speech/en-1")
    if value in _SOUNDS_NOT_BUILT:
        raise ValueError(not_built_yet(value, "clip"))
    if value == _SILENCE:
        raise ValueError("'silence' has no end of its own; to let time pass, write `- wait: 2s`")
    if value.startswith(("/", "../", "~")):
        raise ValueError(f"{quoted(value)} may leave the project; a clip of yours begins with './'")
    if not _CLIP.fullmatch(value):
        forms = "speech/en-1, tone/1004Hz, tone/beep, app/greeting, ./x.wav"
        options = (*also, "speech/en-1", "speech/en-2", "tone/beep", "app/greeting", *_SOUNDS_NOT_BUILT)
        meant = closest(value, options)
        guess = f"; did you mean '{meant}'?" if meant else ""
        raise ValueError(f"unknown clip {quoted(value)}{guess} ({', '.join((*also, forms))})")
    if value.startswith("./"):
        _check_file(value, folders)
    return str(value)


def _check_file(value: str, folders: int) -> None:
    climbs = posixpath.normpath(value).split("/").count("..")
    if climbs > folders:
        raise ValueError(f"{quoted(value)} leaves the project")
    if not value.casefold().endswith(".wav"):
        raise ValueError(f"{quoted(value)} is no sound that we can read; a clip of yours ends in .wav")


def command(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{types.shown(value)} is no command; write answer")
    if value == ANY or value in commands.BUILT:
        return str(value)
    if value in commands.NOT_BUILT_YET:
        raise ValueError(not_built_yet(value, "command"))
    if value in webhooks.EMITTED or value in webhooks.NOT_EMITTED_YET:
        raise ValueError(f"unknown command {quoted(value)}; it is an event, write {{webhook: {value}}}")
    if value in _HEARD:
        raise ValueError(f"unknown command {quoted(value)}; it is a sound, write {{heard: {value}}}")
    raise ValueError(unknown("command", value, (ANY, *commands.BUILT), commands.NOT_BUILT_YET))


def refusal(value: object) -> str:
    if isinstance(value, str) and value in hangup_causes.CAUSES and value not in hangup_causes.REFUSALS:
        raise ValueError(f"{quoted(value)} does not refuse a call{hint('', hangup_causes.REFUSALS)}")
    return types.one_word_of("hangup cause", hangup_causes.REFUSALS)(value)


answer = types.one_word_of("answer", ("human",), AMD_NOT_BUILT)
_causes = tuple(hangup_causes.CAUSES)
_event = types.one_word_of("event", webhooks.EMITTED, webhooks.NOT_EMITTED_YET)
_events = types.one_word_of("event", (*webhooks.EMITTED, ANY), webhooks.NOT_EMITTED_YET)
_source = types.one_word_of("source", hangup_causes.SOURCES)
_signature = types.one_word_of("signature", tuple(signatures.SIGNATURES))

Codec = Annotated[str, BeforeValidator(codec), types.schema(_CODEC.pattern, "PCMA", "L16/16000")]
Clip = Annotated[str, BeforeValidator(clip), types.schema(_CLIP.pattern, "speech/en-1", "./x.wav")]
DirectionWord = Annotated[
    str, BeforeValidator(types.one_word_of("direction", DIRECTIONS)), types.enum_schema(DIRECTIONS)
]
AmdResult = Annotated[str, BeforeValidator(answer), types.enum_schema(("human",))]
Refusal = Annotated[str, BeforeValidator(refusal), types.enum_schema(hangup_causes.REFUSALS)]
Cause = Annotated[str, BeforeValidator(types.one_word_of("hangup cause", _causes)), types.enum_schema(_causes)]
Source = Annotated[str, BeforeValidator(_source), types.enum_schema(hangup_causes.SOURCES)]
Event = Annotated[str, BeforeValidator(_event), types.enum_schema(webhooks.EMITTED)]
Signature = Annotated[str, BeforeValidator(_signature), types.enum_schema(tuple(signatures.SIGNATURES))]

# Values of the subjects: a word, or a matcher for one.
CommandValue = Annotated[
    JSON, BeforeValidator(types.word_or_matcher(command)), types.matcher_schema((ANY, *commands.BUILT))
]
WebhookValue = Annotated[
    JSON, BeforeValidator(types.word_or_matcher(_events)), types.matcher_schema((ANY, *webhooks.EMITTED))
]
StreamValue = Annotated[
    JSON,
    BeforeValidator(types.word_or_matcher(types.one_word_of("state of the stream", STREAM_STATES))),
    types.matcher_schema(STREAM_STATES),
]
HeardValue = Annotated[JSON, BeforeValidator(sound), types.matcher_schema(())]
StatusValue = Annotated[JSON, BeforeValidator(types.word_or_matcher(types.text)), types.matcher_schema(())]
CauseValue = Annotated[
    JSON,
    BeforeValidator(types.word_or_matcher(types.one_word_of("hangup cause", (*_causes, ANY)))),
    types.matcher_schema((*_causes, ANY)),
]
EffectValue = Annotated[str, BeforeValidator(types.one_word_of("effect", (ANY,))), types.enum_schema((ANY,))]
