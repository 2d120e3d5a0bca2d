"""The scalar types of the language: text as it is written, to the plain value that a run uses.

Each function takes what YAML gave and returns the value, or raises `ValueError` with a sentence for the author (or
`Mistakes`, when parts of the value are wrong each for itself). Each `Annotated` type beside it is for the models.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import BeforeValidator, WithJsonSchema

from telnyx_simulator.scenario.complaints import COMPLAINTS_PER_FILE_MAX, not_built_yet, quoted, unknown
from telnyx_simulator.scenario.yaml_text import Unquoted

Path: TypeAlias = tuple[str | int, ...]
V = TypeVar("V")

VERSION: Final = 1  # of the language
SEED_MAX: Final = 2**53 - 1  # what every JSON reader keeps whole

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
    return tuple(list_of(word, "words")(value))


def ids(value: object) -> tuple[str, ...]:
    """One id of the conformance catalogue, or a list of them."""
    return tuple(_each(_id, value)) if isinstance(value, list) else (_id(value),)


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"an id of the catalogue is expected here, such as audio.leg-codec, found {shown(value)}")
    return str(value)


def list_of(read: Callable[[object], V], what: str) -> Callable[[object], list[V]]:
    """A list, each of its elements wrong for itself."""

    def read_list(value: object) -> list[V]:
        if not isinstance(value, list):
            raise ValueError(f"a list of {what} is expected here, found {shown(value)}")
        return list(_each(read, value))

    return read_list


def _each(read: Callable[[object], V], values: list[Any]) -> Iterator[V]:
    found: list[tuple[Path, str]] = []
    for index, value in enumerate(values):
        if len(found) >= COMPLAINTS_PER_FILE_MAX:
            break  # nobody will read more
        try:
            yield read(value)
        except Mistakes as mistakes:
            found += [((index, *path), message) for path, message in mistakes.found]
        except ValueError as error:
            found.append(((index,), str(error)))
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


def e164(value: object) -> str:
    """A number of the telephone network."""
    number = phone(value)
    if not _PHONE.fullmatch(number):
        raise ValueError(f'{shown(value)} is no number of an account; write "+442079460123"')
    return number


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


def schema(pattern: str, *examples: str) -> WithJsonSchema:
    some: dict[str, Any] = {"examples": list(examples)} if examples else {}
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"} | some)


def enum_schema(options: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(options)})


def list_schema(items: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": items})


def integer_schema(least: int, most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})


_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_TEXTS: Final[dict[str, Any]] = {"type": "array", "items": _TEXT}

Text = Annotated[str, BeforeValidator(text), WithJsonSchema(_TEXT)]
Word = Annotated[str, BeforeValidator(word), schema(_WORD.pattern)]
Words = Annotated[tuple[str, ...], BeforeValidator(words), WithJsonSchema(_TEXTS)]
Ids = Annotated[tuple[str, ...], BeforeValidator(ids), WithJsonSchema({"anyOf": [_TEXT, _TEXTS]})]
Boolean = Annotated[bool, BeforeValidator(boolean), WithJsonSchema({"type": "boolean"})]
Seed = Annotated[int, BeforeValidator(integer(0, SEED_MAX)), integer_schema(0, SEED_MAX)]
Repetitions = Annotated[int, BeforeValidator(integer(1, 1000)), integer_schema(1, 1000)]
Version = Annotated[int, BeforeValidator(version), integer_schema(1, VERSION)]
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
