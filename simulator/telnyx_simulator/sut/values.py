"""The scalar types of a profile: what each key may hold, and what its author is told otherwise.

A reader takes what YAML gave and returns the value. It raises `ValueError` with a sentence, or an error with the parts
of one (`expected`, `unknown`, `unknown_words`), which `scenario.profiles` completes with what was found
and what was probably meant.
"""

import re
import shlex
from collections.abc import Callable, Collection
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from telnyx_simulator.facts import durations, formats, media
from telnyx_simulator.facts.addresses import is_loopback
from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.sut import words
from telnyx_simulator.sut.pointers import is_pointer
from telnyx_simulator.sut.redirect import SHIMS

ABILITIES: Final = (
    "barge_in",
    "conference",
    "greeting",
    "machine_detection",
    "marks",
    "queue",
    "recording",
    "transcription",
)
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
STATES: Final = ("ringing", "answered", *CAUSES)
DIRECTIONS: Final = ("incoming", "outgoing")
ANSWERED: Final = ("answered", "unanswered")
RESTARTS: Final = ("never", "each_run")
REDIRECTS: Final = ("env", *SHIMS, "none")
OBSERVES: Final = ("loopback", "play", "tap", "python", "none")
# An application is looked at a hundred times a second at most.
EVERY_NS_MIN: Final = 10_000_000

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_CLIP_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_E164: Final = re.compile(formats.E164)
FUNCTION: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_PUBLIC: Final = re.compile(r"(?:wss?|https?)://[^\s/?#]+(?:/\S*)?")
_OTHER_NAMES: Final = {"alaw": "PCMA", "ulaw": "PCMU", "mulaw": "PCMU"}
_SCHEMES: Final = ("http", "https")
_STREAM_SCHEMES: Final = ("ws", "wss", *_SCHEMES)


# Errors


def expected(what: str) -> PydanticCustomError:
    """`what` should have been here, and something of another kind is."""
    return PydanticCustomError("expected", "{what} is expected here", {"what": what})


def unknown(kind: str, word: str, options: Collection[str]) -> PydanticCustomError:
    """A word off a closed list."""
    told = {"kind": kind, "word": word, "options": tuple(options)}
    return PydanticCustomError("unknown", "unknown {kind} '{word}'", told)


def unknown_words(found: list[tuple[tuple[str | int, ...], str]], known: Collection[str]) -> PydanticCustomError:
    """`{words}` of a text that mean nothing there, each with the path to its text."""
    told = {"found": found, "options": tuple(f"{{{name}}}" for name in known), "word": f"{{{found[0][1]}}}"}
    return PydanticCustomError("unknown_words", "unknown word '{word}'", told)


# Readers


def text(value: object) -> str:
    if not isinstance(value, str):
        raise expected("text")
    if not value.strip():
        raise ValueError("text is expected here, found none")
    return str(value)


def anything_written(value: object) -> str:
    """Text, or a number or `true` as they are spelled: an environment holds nothing but text."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise expected("text")
    return str(value)


def one_of(kind: str, options: Collection[str]) -> Callable[[object], str]:
    """A closed list."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise unknown(kind, str(value), options)
        if value not in options:
            raise unknown(kind, value, options)
        return str(value)

    return read


def _matching(pattern: re.Pattern[str], sentence: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        found = text(value)
        if not pattern.fullmatch(found):
            raise ValueError(sentence)
        return found

    return read


def only(known: Collection[str]) -> AfterValidator:
    """Refuses `{words}` that mean nothing in this place."""

    def checked(value: Any) -> Any:
        strange = [(path, word) for path, word in words.words_in(value) if word not in known]
        if strange:
            raise unknown_words(strange, known)
        return value

    return AfterValidator(checked)


def command(value: object) -> str:
    """A command line, as a shell would part it; no shell runs it."""
    found = text(value)
    try:
        parts = shlex.split(found)
    except ValueError as error:
        raise ValueError(f"not a command line: {str(error).lower()}") from error
    if not parts:
        raise ValueError("a command is missing")
    return found


def url(value: object) -> str:
    """A path on the application, or a URL of this machine. One that begins with a word is looked at when it is used."""
    found = public_url(value)
    example = words.with_examples(found)
    if example.startswith("/") or found.startswith("{"):
        return found
    host = urlsplit(example).hostname or ""
    if not is_loopback(host):
        raise ValueError(f"{host} is not this machine, and the simulator talks to loopback only")
    return found


def public_url(value: object) -> str:
    """A path on the application, or any URL: a public one needs a line under `rewrite`."""
    found = text(value)
    if found.startswith("/") or (found.startswith("{") and not found.startswith("{{")):
        return found
    if not _is_url(words.with_examples(found), _SCHEMES):
        raise ValueError("a URL is expected here: /on/the/application, or http://127.0.0.1:8000/elsewhere")
    return found


def base_url(value: object) -> str:
    found = text(value)
    if not _is_url(found, _SCHEMES) or not is_loopback(urlsplit(found).hostname or ""):
        raise ValueError("the URL of an application on this machine is expected here, such as http://127.0.0.1:8000")
    return found


def public_prefix(value: object) -> str:
    """What begins a URL that the application builds for the world."""
    found = text(value)
    if not _PUBLIC.fullmatch(found) or not _is_url(found, _STREAM_SCHEMES):
        raise ValueError("the beginning of a public URL is expected here, such as wss://agent.example.com")
    return found


def local_prefix(value: object) -> str:
    found = text(value)
    example = words.with_examples(found)
    if not _is_url(example, _STREAM_SCHEMES) or not is_loopback(urlsplit(example).hostname or ""):
        raise ValueError("the beginning of a URL of this machine is expected here, such as ws://127.0.0.1:{port}")
    return found


def _is_url(example: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(example)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def pointer(value: object) -> str:
    if not isinstance(value, str):
        raise expected("a JSON pointer")
    if not is_pointer(value):
        raise ValueError("a JSON pointer begins with '/', as in /data/id; '~0' in it is '~', '~1' is '/'")
    return str(value)


def every_ns(value: object) -> int:
    nanoseconds = durations.duration_ns(value)
    if nanoseconds < EVERY_NS_MIN:
        raise ValueError("too often: every 10ms at most")
    return nanoseconds


def state(value: object) -> str:
    """A key of the status map: `user_busy`, `originator_cancel/outgoing`, `normal_clearing/incoming/unanswered`."""
    found = text(value)
    name, *more = found.split("/")
    if name not in STATES:
        raise unknown("state or hangup cause", name, STATES)
    closer = [*more]
    if closer and closer[0] in DIRECTIONS:
        closer = closer[1:]
    if closer and (closer[0] not in ANSWERED or name not in CAUSES):
        raise unknown("direction", closer[0], DIRECTIONS if name not in CAUSES else (*DIRECTIONS, *ANSWERED))
    if closer[1:]:
        raise ValueError("a key is a cause, then its direction, then 'answered' or 'unanswered', and nothing more")
    return found


def as_list(value: object) -> object:
    """One word is a list of one."""
    if isinstance(value, list) and not value:
        raise ValueError("a word, or a list of words, is expected here, found none")
    return value if isinstance(value, list) else [value]


def codec(value: object) -> str:
    """How the bytes of a tap are to be read, as `audio.codecs.parse_codec` takes it."""
    name, *rest = text(value).split("/")
    _check_codec(name)
    if name in ("OPUS", "AMR-WB"):
        raise ValueError(
            f"a file of {name} does not tell where its packets end; write WAV, or bare samples as L16/8000"
        )
    if name == "G722" and rest in (["8000"], ["16000"]):
        return name
    if name == "L16":
        rates = tuple(map(str, media.SAMPLING_RATES_HZ))
        if len(rest) > 2 or (rest and rest[0] not in rates) or rest[1:] not in ([], ["le"], ["be"]):
            raise ValueError(f"L16 is written L16/rate/le or L16/rate/be, rate one of {', '.join(rates)}")
        return "/".join([name, *rest])
    if rest not in ([], ["8000"]):
        raise ValueError(f"{name} has 8000 Hz and no byte order")
    return name


def _check_codec(name: str) -> None:
    if meant := _OTHER_NAMES.get(name.casefold()):
        raise ValueError(f"unknown codec '{name}'; did you mean '{meant}'? ({', '.join(media.CODECS)})")
    if name not in media.CODECS:
        raise unknown("codec", name, media.CODECS)


def codec_name(value: object) -> str:
    """A codec that the application speaks, whatever its rates."""
    found = text(value)
    name, slash, _ = found.partition("/")
    _check_codec(name)
    if slash:
        raise ValueError(f"a codec stands here without its rate: {name}")
    return found


def number(value: object) -> str:
    if not isinstance(value, str) or not _E164.fullmatch(value):
        raise expected('a phone number in quotes, such as "+12025550100",')
    return str(value)


def printable(value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise ValueError("an HTTP header holds printable ASCII only")
    return value


# Types


def _schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$", "examples": list(examples)})


def _enum(options: Collection[str]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(options)})


_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_WRITTEN: Final[dict[str, Any]] = {"type": ["string", "number", "boolean"]}
_durations: Final = _schema(durations.PATTERN, "250ms", "30s", "1m")
_ways: Final = _schema(r"/.*|\{.*|https?://.*", "/calls", "http://127.0.0.1:8000/calls")
_functions: Final = _schema(r"[\w.]+:\w+", "my_module:my_function")
_name = _matching(_NAME, "a name has letters, digits, '_' and '-', and begins with a letter")
_clip_name = _matching(_CLIP_NAME, "the name of a clip has letters, digits, '_' and '-': scenarios say app/NAME")
_variable = _matching(_VARIABLE, "this cannot be the name of an environment variable")
_header = _matching(_HEADER, "this cannot be the name of an HTTP header")
_function = _matching(FUNCTION, "a function is written module:function, as in my_module:place_call")

Text = Annotated[str, BeforeValidator(text), WithJsonSchema(_TEXT)]
Duration = Annotated[int, BeforeValidator(durations.duration_ns), _durations]
PositiveDuration = Annotated[int, BeforeValidator(durations.positive_duration_ns), _durations]
Every = Annotated[int, BeforeValidator(every_ns), _durations]
StartCommand = Annotated[str, BeforeValidator(command), only(words.START), WithJsonSchema(_TEXT)]
CallCommand = Annotated[str, BeforeValidator(command), only(words.CALL), WithJsonSchema(_TEXT)]
BaseUrl = Annotated[str, BeforeValidator(base_url), only(()), _schema("https?://.*", "http://127.0.0.1:8000")]
StartUrl = Annotated[str, BeforeValidator(url), only(words.START), _ways]
WebhookUrl = Annotated[str, BeforeValidator(public_url), only(words.ACCOUNT), _ways]
CallUrl = Annotated[str, BeforeValidator(url), only(words.CALL), _ways]
CallText = Annotated[str, BeforeValidator(text), only(words.CALL), WithJsonSchema(_TEXT)]
CallJson = Annotated[Any, only(words.CALL), WithJsonSchema({})]
Variable = Annotated[str, BeforeValidator(_variable)]
Setting = Annotated[str, BeforeValidator(anything_written), only(words.START), WithJsonSchema(_WRITTEN)]
Header = Annotated[str, BeforeValidator(_header)]
HeaderValue = Annotated[
    str,
    BeforeValidator(anything_written),
    AfterValidator(printable),
    only(words.CALL),
    WithJsonSchema(_WRITTEN),
]
PublicPrefix = Annotated[str, BeforeValidator(public_prefix)]
LocalPrefix = Annotated[str, BeforeValidator(local_prefix), only(words.LOCAL), _schema("(?:wss?|https?)://.*")]
Pointer = Annotated[str, BeforeValidator(pointer), _schema("(?:/.*)?", "/data/id")]
Function = Annotated[str, BeforeValidator(_function), _functions]
AskName = Annotated[str, BeforeValidator(_name)]
ClipName = Annotated[str, BeforeValidator(_clip_name)]
State = Annotated[str, BeforeValidator(state)]
StatusWord = Annotated[str, BeforeValidator(anything_written)]
StatusWords = Annotated[
    list[StatusWord],
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [_WRITTEN, {"type": "array", "items": _WRITTEN, "minItems": 1}]}),
]
Codec = Annotated[
    str, BeforeValidator(codec), _schema(r"PCM[UA]|L16(?:/\d+(?:/(?:le|be))?)?", "PCMU", "L16/16000", "L16/16000/be")
]
CodecName = Annotated[str, BeforeValidator(codec_name), _enum(media.CODECS)]
Ability = Annotated[str, BeforeValidator(one_of("ability", ABILITIES)), _enum(ABILITIES)]
Method = Annotated[str, BeforeValidator(one_of("method", METHODS)), _enum(METHODS)]
Restart = Annotated[str, BeforeValidator(one_of("restart", RESTARTS)), _enum(RESTARTS)]
Redirect = Annotated[str, BeforeValidator(one_of("redirect", REDIRECTS)), _enum(REDIRECTS)]
Observe = Annotated[str, BeforeValidator(one_of("way to observe", OBSERVES)), _enum(OBSERVES)]
Number = Annotated[str, BeforeValidator(number), _schema(formats.E164, "+12025550100")]
