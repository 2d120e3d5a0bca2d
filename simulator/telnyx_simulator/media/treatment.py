"""How the streams of a leg depart from the truth (`docs/scenario-language.md` 3.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Token(StrEnum):
    """What stands in the upgrade's header: what the application asked for, nothing, or something else."""

    OWN = "own"
    NONE = "none"
    WRONG = "wrong"


# The kinds of messages that can be left out.
KINDS: Final = ("connected", "start", "media", "dtmf", "mark", "stop")
# The messages that can be put in by name, well-formed as of the moment.
WORDS: Final = ("media", "stop", "start", "dtmf")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTreatment:
    """Codecs are texts as `parse_codec` reads them; None is the truth.

    `stream_codec` is what is sent, `announces` what `start` claims, `return_codec` how returned audio is read. The
    WebSocket opens `open_delay_ns` late, `start` comes `start_delay_ns` late, with `before_start` put in before it: a
    word of `WORDS`, or a mapping, which is sent as it is. Messages of the kinds in `skip` are never made. `fail` is why
    we cannot connect.
    """

    stream_codec: str | None = None
    announces: str | None = None
    return_codec: str | None = None
    open_delay_ns: int = 0
    start_delay_ns: int = 0
    before_start: tuple[Any, ...] = ()
    skip: frozenset[str] = frozenset()
    fail: str | None = None
    token: Token = Token.OWN

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> "StreamTreatment":
        """What a scenario gives, normalised: see `scenario.script.Person.stream`."""
        fields = dict(given)
        fields["before_start"] = tuple(fields.get("before_start", ()))
        fields["skip"] = frozenset(fields.get("skip", ()))
        fields["token"] = Token(fields.get("token", Token.OWN))
        if unknown := fields["skip"] - set(KINDS):
            raise ValueError(f"unknown kinds of messages: {', '.join(sorted(unknown))}; known are {', '.join(KINDS)}")
        return StreamTreatment(**fields)
