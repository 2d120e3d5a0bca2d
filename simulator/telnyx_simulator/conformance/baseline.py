"""Known failures: a file of them, and what a run has beside it. Only what is not in it fails a build."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.conformance.catalogue import Level
from telnyx_simulator.conformance.folding import Judged

SCHEMA: Final = 1


class BaselineError(Exception):
    """The file is no baseline, or is not there; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`regressions` fail and are not in the file, `known` fail and are; the ids of `passing` are in it and pass now,
    those of `gone` are in no catalogue any more.
    """

    regressions: tuple[Judged, ...]
    known: tuple[Judged, ...]
    passing: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def load(path: Path) -> dict[str, str]:
    """Id -> the sentence that was found then. Raises `BaselineError`."""
    try:
        found: Any = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise BaselineError(f"{path} is not there; --baseline-update writes it") from error
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{path}: not JSON: {error}") from error
    failing = found.get("failing") if isinstance(found, dict) and found.get("schema") == SCHEMA else None
    if not isinstance(failing, dict):
        raise BaselineError(f"{path}: no baseline of this version; --baseline-update writes it anew")
    return {str(key): str(told) for key, told in failing.items()}


def failing(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """What counts as a failure: MAY never does."""
    return tuple(one for one in judged if one.verdict is Verdict.FAIL and one.requirement.level is not Level.MAY)


def compared(judged: Sequence[Judged], known: Collection[str], catalogue: Collection[str]) -> Compared:
    failed = failing(judged)
    passed = {one.requirement.id for one in judged if one.verdict is Verdict.PASS}
    return Compared(
        regressions=tuple(one for one in failed if one.requirement.id not in known),
        known=tuple(one for one in failed if one.requirement.id in known),
        passing=tuple(sorted(passed.intersection(known))),
        gone=tuple(sorted(set(known) - set(catalogue))),
    )


def updated(judged: Sequence[Judged], known: Mapping[str, str], catalogue: Collection[str]) -> str:
    """The file as it is to be: what fails now, and what failed before and could not be said this time."""
    said = {one.requirement.id for one in judged if one.verdict in (Verdict.PASS, Verdict.FAIL)}
    kept = {key: told for key, told in known.items() if key in catalogue and key not in said}
    now = {one.requirement.id: one.told for one in failing(judged)}
    return (
        json.dumps({"schema": SCHEMA, "failing": dict(sorted((kept | now).items()))}, indent=2, ensure_ascii=False)
        + "\n"
    )
