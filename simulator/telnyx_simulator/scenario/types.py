"""The scalar types of the language: text as it is written, to the plain value that a run uses.

Each function takes what YAML gave and returns the value, or raises `ValueError` with a sentence for the author (or
`Mistakes`, when parts of the value are wrong each for itself). Each `Annotated` type beside it is for the models.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from telnyx_simulator.checks import matching
from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario.complaints import not_built_yet, quoted, unknown
from telnyx_simulator.scenario.yaml_text import Unquoted

Path: TypeAlias = tuple[str | int, ...]

VERSION: Final = 1  # of the language
SEED_MAX: Final = 2**53 - 1  # what every JSON reader keeps whole

_NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
_DURATION: Final = re.compile(rf"({_NUMBER})(ms|s|m)", re.ASCII)
_OFFSET: Final = re.compile(rf"([+-])({_NUMBER}(?:ms|s|m))", re.ASCII)
_BARE_NUMBER: Final = re.compile(rf"[+-]?{_NUMBER}", re.ASCII)
_NS: Final = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}
_PHONE: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SIP_ADDRESS: Final = re.compile(r"sips?:[^\s@:]+@[^\s@]+")
_LIKE_A_PHONE: Final = re.compile(r"\+?[\d ().-]+", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9*#A-DwW]{1,100}")
_COUNT: Final = re.compile(r"(\d{1,6})(\.\.(\d{1,6})?)?", re.ASCII)
_REPLY: Final = re.compile(r"[1-5](?:\d\d|xx)", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Mistakes(ValueError):
    """Several mistakes in one value, or one deeper down: each with its path from the value."""

    def __init__(self, found: Sequence[tuple[Path, str]]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(message for _, message in found))


def shown(value: object) -> str:
    """A value of the author's within a sentence of ours, spelled as in YAML."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def text(value: object) -> str:
    """Any text but an empty one."""
    if not isinstance(value, str):
        raise ValueError(f"text is expected here, found {shown(value)}; if it is text, quote it")
    if not value.strip():
        raise ValueError("text is expected here, found none")
    return str(value)


def word(value: object) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError(f"a word is expected here (letters, digits, '_', '-'), found {shown(value)}")
    return str(value)


def words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"a list of words is expected here, found {shown(value)}")
    return tuple(_each(word, value))


def ids(value: object) -> tuple[str, ...]:
    """One id of the conformance catalogue, or a list of them."""
    return tuple(_each(_id, value if isinstance(value, list) else [value], listed=isinstance(value, list)))


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"an id of the catalogue is expected here, such as audio.leg-codec, found {shown(value)}")
    return str(value)


def _each(read: Callable[[object], str], values: list[Any], *, listed: bool = True) -> Iterator[str]:
    found: list[tuple[Path, str]] = []
    for index, value in enumerate(values):
        try:
            yield read(value)
        except ValueError as error:
            found.append(((index,) if listed else (), str(error)))
    if found:
        raise Mistakes(found)


def integer(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most} is expected here, found {shown(value)}")
        return value

    return read


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is expected here, found {shown(value)}")
    return value


def duration_ns(value: object) -> int:
    """`250ms`, `1.5s`, `10m`."""
    _needs_unit(value, "a duration needs its unit: {0}s or {0}ms?")
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{shown(value)} is no duration; write 250ms, 1.5s or 10m")
    nanoseconds = Decimal(found[1]) * _NS[found[2]]
    if nanoseconds != int(nanoseconds):
        raise ValueError(f"{shown(value)} is finer than a nanosecond")
    return int(nanoseconds)


def positive_duration_ns(value: object) -> int:
    nanoseconds = duration_ns(value)
    if not nanoseconds:
        raise ValueError("a duration of nothing shows nothing; write 250ms, 1.5s or 10m")
    return nanoseconds


def offset_ns(value: object) -> int:
    """`-301s`, `+5s`: an offset has its sign."""
    _needs_unit(value, "an offset needs its unit: {0}s or {0}ms?")
    found = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if found:
        return duration_ns(found[2]) * (-1 if found[1] == "-" else 1)
    if isinstance(value, str) and _DURATION.fullmatch(value):
        raise ValueError(f"an offset needs its sign: +{value} or -{value}?")
    raise ValueError(f"{shown(value)} is no offset; write -301s or +5s")


def _needs_unit(value: object, message: str) -> None:
    bare = isinstance(value, int | float) and not isinstance(value, bool)
    if bare or (isinstance(value, str) and _BARE_NUMBER.fullmatch(value)):
        raise ValueError(message.format(value))


def decibel(unit: str, what: str) -> Callable[[object], float]:
    pattern = re.compile(rf"(-?{_NUMBER}) {unit}", re.ASCII)

    def read(value: object) -> float:
        _needs_unit(value, f"{what} needs its unit: {{0}} {unit}")
        found = pattern.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise ValueError(f"{shown(value)} is not {what}; write it as in '-23 {unit}'")
        return float(found[1])

    return read


def phone(value: object) -> str:
    """`"+442079460123"`, `"sip:desk@example.com"` or `anonymous`; numbers in quotes, or editors read an integer."""
    if isinstance(value, Unquoted) and _LIKE_A_PHONE.fullmatch(value):
        raise ValueError(f'a phone number must be quoted text: "{value}"')
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f'a phone number must be quoted text: "+{abs(value)}"')
    if not isinstance(value, str):
        raise ValueError(f'a phone number must be quoted text, such as "+12025550142", found {shown(value)}')
    if value == "anonymous" or _PHONE.fullmatch(value) or _SIP_ADDRESS.fullmatch(value):
        return str(value)
    raise ValueError(f'{shown(value)} is no phone number; write "+442079460123", "sip:desk@example.com" or anonymous')


def dialled(value: object) -> str:
    """A phone number, or `any`: whatever number is dialled."""
    return "any" if value == "any" else phone(value)


def version(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > VERSION:
        raise ValueError(f"this file is in version {value} of the language; this telnyx-sim reads version {VERSION}")
    return integer(1, VERSION)(value)


def digits(value: object) -> str:
    """`"12#"`: quoted, for a leading zero would be lost on the way."""
    if isinstance(value, Unquoted) or (isinstance(value, int | float) and not isinstance(value, bool)):
        raise ValueError(f'digits must be quoted text: "{value}"')
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise ValueError(f"{shown(value)} is not digits: 1 to 100 of 0-9 * # A-D, w (0.5 s), W (1 s)")
    return str(value)


def count(value: object) -> tuple[int, int | None]:
    """`1`, `0..1`, `2..`: a least and a greatest number."""
    found = _COUNT.fullmatch(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if not found:
        raise ValueError(f"{shown(value)} is no count; write 1, 0..1 or 2..")
    least = int(found[1])
    most = least if not found[2] else int(found[3]) if found[3] else None
    if most is not None and most < least:
        raise ValueError(f"{shown(value)} ends before it begins; write {most}..{least}")
    if most == 0:
        raise ValueError("what must never happen is not expected; put it under 'absent'")
    if least == 0 and most is None:
        raise ValueError("0.. is always true; write 1, 0..1 or 2..")
    return least, most


def reply(value: object) -> str:
    """`200`, `2xx`, or `none`: no reply came."""
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if written != "none" and not _REPLY.fullmatch(written):
        raise ValueError(f"{shown(value)} is no reply; write 200, 2xx or none")
    return written


def sip_response(value: object) -> str:
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if written != "unspecified" and not re.fullmatch(r"[2-6]\d\d", written, re.ASCII):
        raise ValueError(f"{shown(value)} is no SIP response; write 486, or unspecified")
    return written


def one_word_of(kind: str, options: Sequence[str], not_built: Sequence[str] = ()) -> Callable[[object], str]:
    """A closed list; `not_built` are those that the language has and this version has not."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{shown(value)} is no {kind}; write {options[0]}")
        if value in not_built:
            raise ValueError(not_built_yet(value, kind))
        if value not in options:
            raise ValueError(unknown(kind, value, options, not_built))
        return str(value)

    return read


def matcher(value: object) -> JSON:
    """A pattern of `checks.matching`, as plain JSON."""
    pattern = _pure(value)
    wrong = matching.validate(pattern)
    if wrong:
        raise ValueError(wrong)
    return pattern


def fields(value: object) -> JSON:
    """A matcher on a body, which is always a mapping."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"fields are expected here, such as {{stream_url: {{present: true}}}}, found {shown(value)}")
    return matcher(value)


def _pure(value: Any) -> JSON:
    if isinstance(value, dict):
        return {key: _pure(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_pure(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


def word_or_matcher(read: Callable[[object], str]) -> Callable[[object], JSON]:
    """A word, or a matcher for one; the words of a `one_of` are of the same kind."""

    def either(value: object) -> JSON:
        if not isinstance(value, dict):
            return read(value)
        found: list[tuple[Path, str]] = []
        alternatives = value.get("one_of")
        for index, alternative in enumerate(alternatives if isinstance(alternatives, list) else []):
            try:
                either(alternative)
            except Mistakes as mistakes:
                found += [(("one_of", index, *path), message) for path, message in mistakes.found]
            except ValueError as error:
                found.append((("one_of", index), str(error)))
        if found:
            raise Mistakes(found)
        if not any(key in matching.WORDS for key in value):
            raise ValueError(f"a word or a matcher ({', '.join(matching.WORDS)}) is expected here, found a mapping")
        return matcher(value)

    return either


def schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$", "examples": list(examples)})


def enum_schema(options: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(options)})


def matcher_schema(options: Sequence[str]) -> WithJsonSchema:
    """A word, from `options` where the list is closed, or a mapping with one of the five words."""
    first = {"enum": list(options)} if options else {"type": "string"}
    return WithJsonSchema({"anyOf": [first, {"type": "object"}]})


def _integer_schema(least: int, most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})


_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TEXTS: Final[dict[str, Any]] = {"type": "array", "items": _TEXT}
_durations: Final = schema(_DURATION.pattern, "250ms", "1.5s", "10m")

Text = Annotated[str, BeforeValidator(text), WithJsonSchema(_TEXT)]
Word = Annotated[str, BeforeValidator(word), schema(_WORD.pattern)]
Words = Annotated[tuple[str, ...], BeforeValidator(words), WithJsonSchema(_TEXTS)]
Ids = Annotated[tuple[str, ...], BeforeValidator(ids), WithJsonSchema({"anyOf": [_TEXT, _TEXTS]})]
Boolean = Annotated[bool, BeforeValidator(boolean), WithJsonSchema({"type": "boolean"})]
Seed = Annotated[int, BeforeValidator(integer(0, SEED_MAX)), _integer_schema(0, SEED_MAX)]
Repetitions = Annotated[int, BeforeValidator(integer(1, 1000)), _integer_schema(1, 1000)]
Version = Annotated[int, BeforeValidator(version), _integer_schema(1, VERSION)]
Duration = Annotated[int, BeforeValidator(duration_ns), _durations]
PositiveDuration = Annotated[int, BeforeValidator(positive_duration_ns), _durations]
Offset = Annotated[int, BeforeValidator(offset_ns), schema(_OFFSET.pattern, "-301s", "+5s")]
Difference = Annotated[float, BeforeValidator(decibel("dB", "a level difference")), schema(rf"-?{_NUMBER} dB", "25 dB")]
Level = Annotated[float, BeforeValidator(decibel("dBFS", "a level")), schema(rf"-?{_NUMBER} dBFS", "-23 dBFS")]
_phones: Final = rf"{_PHONE.pattern}|{_SIP_ADDRESS.pattern}|anonymous"
Phone = Annotated[str, BeforeValidator(phone), schema(_phones, "+442079460123")]
Dialled = Annotated[str, BeforeValidator(dialled), schema(rf"{_phones}|any", "+442079460123")]
Digits = Annotated[str, BeforeValidator(digits), schema(_DIGITS.pattern, "12#")]
_whole: Final[dict[str, Any]] = {"type": "integer"}
Count = Annotated[
    tuple[int, int | None],
    BeforeValidator(count),
    WithJsonSchema({"anyOf": [_whole | {"minimum": 1}, _TEXT | {"pattern": f"^{_COUNT.pattern}$"}]}),
]
Reply = Annotated[
    str,
    BeforeValidator(reply),
    WithJsonSchema({"anyOf": [_whole, _TEXT | {"pattern": f"^(?:{_REPLY.pattern}|none)$"}]}),
]
SipResponse = Annotated[
    str, BeforeValidator(sip_response), WithJsonSchema({"anyOf": [_whole | {"minimum": 200, "maximum": 699}, _TEXT]})
]
Fields = Annotated[JSON, BeforeValidator(fields), WithJsonSchema({"type": "object"})]
