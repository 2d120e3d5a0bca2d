"""How a duration is written, wherever people write one: `250ms`, `1.5s`, `10m`. A bare number is refused, for its unit
would be a guess.
"""

import re
from decimal import Decimal
from typing import Final

NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
PATTERN: Final = rf"({NUMBER})(ms|s|m)"

_DURATION: Final = re.compile(PATTERN, re.ASCII)
_BARE_NUMBER: Final = re.compile(rf"[+-]?{NUMBER}", re.ASCII)
_NS: Final = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}
_SHOWN_MAX: Final = 30


def duration_ns(value: object) -> int:
    """Nanoseconds of what was written; `ValueError` with a sentence for its author where it is no duration."""
    text = value if isinstance(value, str) else ""
    found = _DURATION.fullmatch(text)
    if found:
        nanoseconds = Decimal(found[1]) * _NS[found[2]]
        if nanoseconds != int(nanoseconds):
            raise ValueError(f"'{text}' is finer than a nanosecond")
        return int(nanoseconds)
    if _BARE_NUMBER.fullmatch(text) or (isinstance(value, int | float) and not isinstance(value, bool)):
        raise ValueError(f"a duration needs its unit: {value}s or {value}ms?")
    what = repr(text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "...") if text else "this"
    raise ValueError(f"{what} is no duration; write 250ms, 1.5s or 10m")


def positive_duration_ns(value: object) -> int:
    nanoseconds = duration_ns(value)
    if not nanoseconds:
        raise ValueError("a duration of nothing shows nothing; write 250ms, 1.5s or 10m")
    return nanoseconds
