"""The `{words}` that text of a profile may hold, where each has a meaning, and what stands in their place."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

# Known before the account is made; before the application is started; while it runs; about one call.
LOCAL: Final = ("port", "api_v2", "api_key")
ACCOUNT: Final = (*LOCAL, "public_key", "probe")
START: Final = (*ACCOUNT, "connection_id")
CALL: Final = (*START, "from", "to", "call_control_id", "taken")

# Words that a text may hold and a moment may lack.
_LACKING: Final = {
    "call_control_id": "there is no call yet",
    "taken": "no ask with `take:` was answered before",
}
_WORD: Final = re.compile(r"\{\{|\}\}|\{(\w+)\}")


class UnknownWord(Exception):
    """A `{word}` that has no value here; the text is for the profile's author."""


def words_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each `{word}` in each text of a JSON value, keys excepted, with the path to the text."""
    if isinstance(value, str):
        yield from ((path, found[1]) for found in _WORD.finditer(value) if found[1] is not None)
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from words_in(item, (*path, key))


def with_examples(text: str) -> str:
    """`text` with a digit for each word: enough to see what form the whole will have."""
    return _WORD.sub("1", text)


def filled(text: str, words: Mapping[str, str]) -> str:
    """`text` with each `{word}` replaced; `{{` and `}}` are braces."""

    def replaced(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        word = match[1]
        if word in words:
            return words[word]
        if word in _LACKING:
            raise UnknownWord(f"'{{{word}}}' in {text!r} has no value yet: {_LACKING[word]}")
        known = ", ".join("{" + name + "}" for name in sorted(words)) or "none here"
        raise UnknownWord(f"unknown '{{{word}}}' in {text!r}; there are {known}")

    return _WORD.sub(replaced, text)


def filled_json(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return filled(value, words)
    if isinstance(value, dict):
        return {key: filled_json(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_json(item, words) for item in value]
    return value


def argv(command: str, words: Mapping[str, str]) -> list[str]:
    """A command line in its parts. Words are filled in afterwards: whatever they hold, they stay within their part."""
    return [filled(part, words) for part in shlex.split(command)]
