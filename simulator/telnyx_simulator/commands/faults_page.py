"""`docs/faults.md`: the vocabulary of faults as a page, made from the one list that there is."""

from collections.abc import Iterator
from typing import Final

from telnyx_simulator.audio.faults import Fault, Kind

WRITE_IT: Final = "python -m telnyx_simulator.commands.faults_page > docs/faults.md"

_HEAD: Final = f"""# Faults of a sound

<!-- Made by `{WRITE_IT}`; a test keeps it current. -->

What findings, reports and `telnyx-sim verify audio` call a mistake. The list is closed: a name that is not here is
never given. A name says what was done to the sound; on which side is said only where that is settled.
`telnyx-sim explain FAULT` says the same of one of them.

Faults of different kinds can meet in one sound, say a mix-up of laws and frames that were dropped; each is then named.
"""

KINDS: Final = {
    Kind.FORMAT: ("Format", "Bytes were taken for what they are not: nearly always a codec, a byte order or a header."),
    Kind.RATE: ("Rate", "Samples of one rate were clocked out at another: the voice is too high and fast, or too low."),
    Kind.TIMING: ("Timing", "The samples are right, and some are missing, doubled, moved, late or silent."),
    Kind.LEVEL: ("Level", "The right sound, too loud, too quiet, cut off at full scale, or beside its zero."),
    Kind.CONTENT: ("Content", "Not the sound that was expected, or none."),
}


def faults_page() -> str:
    """The whole page, as it is committed."""
    return "\n".join([_HEAD, *(line for kind in Kind for line in _section(kind))])


def _section(kind: Kind) -> Iterator[str]:
    title, says = KINDS[kind]
    yield from (f"## {title}", "", says, "", "| fault | what happened | what to look at |", "|---|---|---|")
    for fault in Fault:
        if fault.kind is kind:
            yield f"| `{fault}` | {fault.sentence} | {fault.advice} |"
    yield ""


if __name__ == "__main__":
    print(faults_page(), end="")
