"""JSON pointers (RFC 6901): `/data/id` names a part of a document, the empty pointer the whole of it."""

import json
import re
from typing import Any, Final

_POINTER: Final = re.compile(r"(?:/(?:[^~]|~[01])*)?")


def is_pointer(text: str) -> bool:
    return _POINTER.fullmatch(text) is not None


def part_at(document: Any, pointer: str) -> Any:
    """The part that a pointer names; None where there is none, which is what `null` means too."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", key) and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def word_at(document: Any, pointer: str) -> str | None:
    """The scalar there as text, spelled as JSON spells it; None where there is none."""
    part = part_at(document, pointer)
    if part is None or isinstance(part, dict | list):
        return None
    return part if isinstance(part, str) else json.dumps(part)
