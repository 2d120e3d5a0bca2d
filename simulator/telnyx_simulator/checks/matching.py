"""Whether a JSON value fits a pattern: the matchers of the scenario language (`docs/scenario-language.md` 2).

A pattern is JSON. A mapping names what must be there (more may be), a list is the whole list, a scalar is equal in JSON
type: `true` is not `1`, `"1"` is not `1`, while `1` and `1.0` are one number. Five words stand for a value, each alone
in its mapping: `present`, `one_of`, `contains`, `matches` and `decoded`. The loader calls `validate`, so `matches` may
take a pattern as well-formed; a malformed one matches nothing rather than raise in the middle of a run.
"""

import base64
import binascii
import json
import re
import warnings
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Final

from telnyx_simulator.checks.expectations import JSON

WORDS: Final = ("present", "one_of", "contains", "matches", "decoded")

REGEX_CHARACTERS_MAX: Final = 500


class _Missing(Enum):
    """What stands where a key is not there: no JSON value, hence met by nothing but `{present: false}`."""

    MISSING = "missing"


_MISSING: Final = _Missing.MISSING


def matches(pattern: JSON, value: JSON) -> bool:
    return _meets(pattern, value)


def validate(pattern: JSON) -> str | None:
    """What is wrong with a pattern, as one sentence for its author; None when nothing is."""
    if isinstance(pattern, list):
        return _first_wrong(pattern)
    if not isinstance(pattern, dict):
        return None
    found = [key for key in pattern if key in WORDS]
    if len(found) > 1:
        return f"a matcher has one word, found '{found[0]}' and '{found[1]}'"
    word = _word(pattern)
    if word is None:
        return _first_wrong(list(pattern.values()))
    argument = pattern[word]
    if word == "present" and not isinstance(argument, bool):
        return "'present' takes true or false"
    if word == "one_of" and not (isinstance(argument, list) and argument):
        return "'one_of' takes a list of at least one value"
    if word == "contains" and argument in ("", None):
        return "'contains' takes the text, or the element, that must be in there"
    if word == "matches":
        return _wrong_regex(argument)
    return validate(argument)


def _first_wrong(patterns: list[JSON]) -> str | None:
    return next((wrong for wrong in map(validate, patterns) if wrong), None)


def _wrong_regex(argument: JSON) -> str | None:
    if not isinstance(argument, str):
        return "'matches' takes a regular expression, as text"
    if len(argument) > REGEX_CHARACTERS_MAX:
        return f"a regular expression has at most {REGEX_CHARACTERS_MAX} characters"
    try:
        _regex(argument)
    except re.error as error:
        return f"not a regular expression: {error.msg}"
    except (RecursionError, OverflowError):
        return "not a regular expression: it is nested too deep or repeats too often"
    return None


def _word(pattern: dict[str, JSON]) -> str | None:
    """The word that a mapping is, if it is one: with a second key it is a mapping like any other."""
    if len(pattern) != 1:
        return None
    (key,) = pattern
    return key if key in WORDS else None


def _meets(pattern: JSON, value: JSON | _Missing) -> bool:
    if isinstance(pattern, dict):
        word = _word(pattern)
        if word is not None:
            return _MEETS_WORD[word](pattern[word], value)
        return isinstance(value, dict) and all(_meets(pattern[key], value.get(key, _MISSING)) for key in pattern)
    if isinstance(pattern, list):
        return (
            isinstance(value, list)
            and len(pattern) == len(value)
            and all(_meets(wanted, got) for wanted, got in zip(pattern, value, strict=True))
        )
    return _same_scalar(pattern, value)


def _same_scalar(pattern: JSON, value: JSON | _Missing) -> bool:
    if isinstance(pattern, bool) or isinstance(value, bool):
        return pattern is value
    if isinstance(pattern, int | float):
        return isinstance(value, int | float) and pattern == value
    if isinstance(pattern, str):
        return isinstance(value, str) and pattern == value
    return pattern is None and value is None


def _present(wanted: JSON, value: JSON | _Missing) -> bool:
    return wanted is (value is not _MISSING)


def _one_of(alternatives: JSON, value: JSON | _Missing) -> bool:
    return isinstance(alternatives, list) and any(_meets(alternative, value) for alternative in alternatives)


def _contains(wanted: JSON, value: JSON | _Missing) -> bool:
    if isinstance(value, str):
        return isinstance(wanted, str) and wanted in value
    return isinstance(value, list) and any(_meets(wanted, element) for element in value)


def _matches_regex(regex: JSON, value: JSON | _Missing) -> bool:
    if not isinstance(regex, str) or not isinstance(value, str) or _wrong_regex(regex):
        return False
    return _regex(regex).search(value) is not None


def _decoded(pattern: JSON, value: JSON | _Missing) -> bool:
    """Base64 of UTF-8, as `client_state` is. A mapping or list is asked of the JSON in it, a word of its text."""
    if not isinstance(value, str):
        return False
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return _meets_text(pattern, text)


def _meets_text(pattern: JSON, text: str) -> bool:
    word = _word(pattern) if isinstance(pattern, dict) else None
    if word == "one_of" and isinstance(pattern, dict):
        alternatives = pattern["one_of"]
        return isinstance(alternatives, list) and any(_meets_text(alternative, text) for alternative in alternatives)
    if word is not None or not isinstance(pattern, dict | list):
        return _meets(pattern, text)
    try:
        return _meets(pattern, json.loads(text))
    except (ValueError, RecursionError):
        return False


@lru_cache(maxsize=256)
def _regex(text: str) -> re.Pattern[str]:
    with warnings.catch_warnings():  # a possible nested set is the author's business, not a warning of ours
        warnings.simplefilter("ignore")
        return re.compile(text)


_MEETS_WORD: Final[dict[str, Callable[[JSON, JSON | _Missing], bool]]] = {
    "present": _present,
    "one_of": _one_of,
    "contains": _contains,
    "matches": _matches_regex,
    "decoded": _decoded,
}
