"""What an application posts about a call's status to the URL `{probe}`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from telnyx_simulator.facts import formats
from telnyx_simulator.sut.pointers import word_at

_NAMES: Final = ("call_control_id", "call_leg_id", "call_session_id")
_IDS: Final = re.compile(
    rf"(?<![\w-])(?:{formats.PATTERNS[formats.CALL_CONTROL_ID]}|{formats.PATTERNS[formats.UUID]})(?![\w-])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeNews:
    """`word` is the status; `ids` are what the body holds as call_control_id, call_leg_id or call_session_id, or what
    looks like one, in order: by one of them the news is a call's. `problem` says what is wrong, for the sender.
    """

    word: str | None
    ids: tuple[str, ...]
    problem: str | None = None


def probed(body: bytes, pointer: str) -> ProbeNews:
    """Read what was posted; never raises, whatever it is."""
    try:
        document = json.loads(body)
        ids = tuple(dict.fromkeys(_ids(document)))
    except (ValueError, RecursionError) as error:
        return ProbeNews(word=None, ids=(), problem=f"the body is not JSON: {error}"[:300])
    word = word_at(document, pointer)
    if word is None:
        return ProbeNews(word=None, ids=ids, problem=f"the body has no status at {pointer or 'its root'!r}")
    if not ids:
        told = "the body holds no call_control_id, call_leg_id or call_session_id"
        return ProbeNews(word=word, ids=(), problem=told)
    return ProbeNews(word=word, ids=ids)


def _ids(value: Any, key: str = "") -> Iterator[str]:
    """Wherever they stand: under the name of an id whatever they look like, or in any text, be it a key or a URL."""
    if isinstance(value, str):
        if key in _NAMES:
            yield value
        yield from (found[0] for found in _IDS.finditer(unquote(value)))
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _ids(name)
            yield from _ids(inner, name)
    if isinstance(value, list):
        for inner in value:
            yield from _ids(inner, key)
