"""The words for how something is known, and a literal that carries them."""

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    SPEC = "spec"
    DOCS = "docs"
    OBSERVED = "observed"
    REPORTED = "reported"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body on the wire.

    `types` are JSON types (`string`, `integer`, `boolean`, `object`, `array`, `null`). `form` names a format of
    `facts.formats`. `always` tells whether the simulator sends the field each time.
    """

    types: tuple[str, ...]
    evidence: Evidence
    source: str
    form: str | None = None
    always: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What a fact that is a bare number rests on."""

    evidence: Evidence
    source: str
