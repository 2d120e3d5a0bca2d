"""Matchers of `checks.matching`, and plain JSON, as values of the language."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from telnyx_simulator.checks import matching
from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario.complaints import COMPLAINTS_PER_FILE_MAX, quoted
from telnyx_simulator.scenario.types import Mistakes, Path, shown

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]{0,4000}")


def pure(value: Any) -> JSON:
    """Plain JSON, without what text remembers of its quotes."""
    if isinstance(value, dict):
        return {key: pure(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [pure(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


def matcher(value: object) -> JSON:
    """A pattern of `checks.matching`, as plain JSON."""
    pattern = pure(value)
    wrong = matching.validate(pattern)
    if wrong:
        raise ValueError(wrong)
    return pattern


def fields(value: object) -> JSON:
    """A matcher on a body, which is always a mapping."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"fields are expected here, such as {{stream_url: {{present: true}}}}, found {shown(value)}")
    return matcher(value)


def payload(value: object) -> dict[str, JSON]:
    """Fields with the values that they get: JSON as it stands, in which no word has a meaning."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"fields with their values are expected here, such as {{tags: [vip]}}, found {shown(value)}")
    return {key: pure(inner) for key, inner in value.items()}


def header_texts(value: object) -> dict[str, str]:
    """HTTP or SIP headers: name -> text."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"headers are expected here, such as {{X-Tenant: acme}}, found {shown(value)}")
    found: list[tuple[Path, str]] = []
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name):
            found.append(((name,), f"{quoted(name)} is no name of a header"))
        elif isinstance(text, bool) or not isinstance(text, str | int | float):
            found.append(((name,), f"text is expected here, found {shown(text)}; if it is text, quote it"))
        elif not _HEADER_VALUE.fullmatch(str(text)):
            found.append(((name,), "a header holds printable ASCII, in one line"))
    if found:
        raise Mistakes(found)
    return {name: str(text) for name, text in value.items()}


def word_or_matcher(read: Callable[[object], str]) -> Callable[[object], JSON]:
    """A word, or a matcher for one; the words of a `one_of` are of the same kind."""

    def either(value: object) -> JSON:
        if not isinstance(value, dict):
            return read(value)
        found: list[tuple[Path, str]] = []
        alternatives = value.get("one_of")
        for index, alternative in enumerate(alternatives if isinstance(alternatives, list) else []):
            if len(found) >= COMPLAINTS_PER_FILE_MAX:
                break  # nobody will read more
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


def matcher_schema(options: Sequence[str] = (), *, pattern: str = ".+") -> WithJsonSchema:
    """A word, from `options` where the list is closed, or a mapping with one of the five words."""
    first: dict[str, Any] = {"enum": list(options)} if options else {"type": "string", "pattern": f"^(?:{pattern})$"}
    words = {
        "present": {"type": "boolean"},
        "one_of": {"type": "array", "items": first, "minItems": 1},
        "contains": {},
        "matches": {"type": "string"},
        "decoded": {},
    }
    matchers = {
        "type": "object",
        "properties": words,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return WithJsonSchema({"anyOf": [first, matchers]})


MAPPING: Final[dict[str, Any]] = {"type": "object", "minProperties": 1}

Fields = Annotated[JSON, BeforeValidator(fields), WithJsonSchema(MAPPING)]
Payload = Annotated[dict[str, Any], BeforeValidator(payload), WithJsonSchema(MAPPING)]
Headers = Annotated[dict[str, str], BeforeValidator(header_texts), WithJsonSchema(MAPPING)]
