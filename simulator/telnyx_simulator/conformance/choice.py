"""Which requirements are wanted, and which scenarios exercise them. Pure."""

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from telnyx_simulator.conformance.catalogue import EVERY_RUN, Catalogue, Level, Requirement

# The tag of scenarios that take long.
THOROUGH: Final = "thorough"
_NEAR_MAX: Final = 4


class UnknownIdError(Exception):
    """Nothing in the catalogue is called so; the text names what may have been meant."""


def chosen(
    catalogue: Catalogue,
    *,
    ids: Sequence[str] = (),
    families: Collection[str] = (),
    level: Level | None = None,
) -> tuple[Requirement, ...]:
    """Requirements whose id is one of `ids` or begins with it, of these families, at least as binding as `level`.

    Raises `UnknownIdError` for the first id or family that there is not.
    """
    known = [one.id for one in catalogue.requirements]
    for wanted in ids:
        if not any(one.startswith(wanted) for one in known):
            raise UnknownIdError(f"no requirement is called {wanted!r} or begins so{_near(wanted, known)}")
    names = [family.name for family in catalogue.families]
    for wanted in families:
        if wanted not in names:
            raise UnknownIdError(f"no family is called {wanted!r}; there are {', '.join(names)}")
    levels = list(Level)
    return tuple(
        one
        for one in catalogue.requirements
        if (not ids or any(one.id.startswith(wanted) for wanted in ids))
        and (not families or one.family in families)
        and (level is None or levels.index(one.level) <= levels.index(level))
    )


def _near(wanted: str, known: Sequence[str]) -> str:
    """Ids that begin alike, then those that look alike, or whose own part does, or that hold what was written."""
    own = {one.partition(".")[2]: one for one in known}
    last = wanted.rpartition(".")[2]
    begun = {one[: len(wanted)]: one for one in reversed(known)}
    near = [
        *(begun[one] for one in difflib.get_close_matches(wanted, begun, n=_NEAR_MAX, cutoff=0.8)),
        *difflib.get_close_matches(wanted, known, n=_NEAR_MAX, cutoff=0.6),
        *(own[one] for one in difflib.get_close_matches(last, own, n=_NEAR_MAX, cutoff=0.6)),
        *(one for one in known if len(last) > 2 and last in one),
    ]
    found = list(dict.fromkeys(near))[:_NEAR_MAX]
    return f"; did you mean {' or '.join(found)}?" if found else "; --list names them all"


def scenarios_of(requirements: Iterable[Requirement], catalogue: Catalogue) -> tuple[str, ...]:
    """The scenarios that exercise these, each once, those of the positive controls first.

    Controls are always among them: what must not happen is easily avoided by an application that does nothing, and a
    requirement of every run needs some run.
    """
    controls = [one for one in catalogue.requirements if one.control]
    proofs = [proof.scenario for one in (*controls, *requirements) for proof in one.proof]
    return tuple(dict.fromkeys(scenario for scenario in proofs if scenario != EVERY_RUN))
