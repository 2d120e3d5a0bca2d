"""Pages of `docs/` that are made from the tables of `facts` and of `signaling`: events, errors, states, the ledger.

`python -m telnyx_simulator.commands.facts_pages` writes them all; a test keeps them current.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

from telnyx_simulator.facts import webhooks
from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.evidence import Evidence, Field
from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.facts.ledger import coverage, ledger
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling.leg import ENDINGS, TRANSITIONS

WRITE_THEM: Final = "python -m telnyx_simulator.commands.facts_pages"
_MADE: Final = f"<!-- Made by `{WRITE_THEM}`; a test keeps it current. -->\n"
_EVIDENCE: Final = (
    "Evidence: `spec` is the OpenAPI document and the types of the official SDK, `docs` Telnyx's pages, `observed` "
    "real captures, `reported` code and threads of consumers, `assumed` a default that nobody states.\n"
)
_BIRTHS: Final = {"parked": "an incoming call", "ringing": "Dial, or a transfer's new leg"}


def events_page() -> Iterator[str]:
    """Every webhook with the fields of its payload."""
    yield from ("# Webhooks", "", _MADE, _EVIDENCE)
    yield "Every body is `{data, meta}`; `data` holds `event_type`, `id`, `occurred_at`, `payload` and `record_type`.\n"
    for name, fields in webhooks.FIELDS.items():
        yield from (f"## `{name}`", "", "| field | type | evidence |", "|---|---|---|")
        yield from (_field(field, row) for field, row in fields.items())
        yield ""


def _field(name: str, row: Field) -> str:
    kinds = " or ".join(row.types) + (f", {row.form}" if row.form else "")
    return f"| `{name}`{'' if row.always else ' (not always)'} | {kinds} | {row.evidence} |"


def errors_page() -> Iterator[str]:
    """Every error of the REST API."""
    yield from ("# Errors of the REST API", "", _MADE, _EVIDENCE)
    yield 'A scenario brings about any of them: `commands: {answer: {error: "90034"}}`.\n'
    yield from ("| HTTP | code | title | detail | evidence |", "|---|---|---|---|---|")
    for fact in sorted(ERRORS.values(), key=lambda one: (one.status, one.code, one.title)):
        yield f"| {fact.status} | {fact.code} | {fact.title} | {fact.detail} | {fact.evidence} |"


def states_page() -> Iterator[str]:
    """The leg's state machine, and how legs end."""
    yield from ("# States of a leg", "", _MADE, "```mermaid", "stateDiagram-v2")
    for state, born_of in _BIRTHS.items():
        yield f"    [*] --> {state}: {born_of}"
    for (state, trigger), then in TRANSITIONS.items():
        yield f"    {state} --> {then}: {trigger}"
    yield from (
        "    hangup --> [*]",
        "```",
        "",
        "What a leg ends of, unless the far end or a command says otherwise:",
        "",
    )
    yield from ("| state | by | hangup cause | SIP |", "|---|---|---|---|")
    for (state, trigger), (cause, _) in ENDINGS.items():
        yield f"| {state} | {trigger} | `{cause}` | {CAUSES[cause].sip} |"


def fidelity_page() -> Iterator[str]:
    """The ledger: counts by group, then each operation, then all that is neither specified nor documented nor seen."""
    yield from ("# Fidelity ledger", "", _MADE, _EVIDENCE)
    yield "`telnyx-sim fidelity` prints it, `run --deny assumed` refuses scenarios that rest on assumptions.\n"
    yield "| group | rows | " + " | ".join(Evidence) + " | specified, documented or seen |"
    yield "|---" * (len(Evidence) + 3) + "|"
    for one in coverage():
        counts = " | ".join(str(count) for count in one.by_evidence.values())
        yield f"| {one.group} | {one.rows} | {counts} | {100 * one.sourced / one.rows:.0f} % |"
    yield from ("", "## Operations", "", "| name | request | method of the official SDK |", "|---|---|---|")
    for name, operation in OPERATIONS.items():
        yield f"| `{name}` | {operation.method} {operation.path} | `{operation.sdk}` |"
    yield from ("", "## Reported or assumed", "")
    weak = [row for row in ledger() if row.evidence in (Evidence.REPORTED, Evidence.ASSUMED)]
    for group, rows in groupby(weak, key=lambda row: row.group):
        yield from (f"### {group}", "", "| what | evidence | source |", "|---|---|---|")
        yield from (f"| {row.name} | {row.evidence} | {row.source} |" for row in rows)
        yield ""


PAGES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "docs/events.md": events_page,
    "docs/errors.md": errors_page,
    "docs/states.md": states_page,
    "docs/fidelity.md": fidelity_page,
}


def text_of(page: Callable[[], Iterator[str]]) -> str:
    """A page as it is committed."""
    return "\n".join(page()).rstrip() + "\n"


def main() -> None:
    for path, page in PAGES.items():
        Path(path).write_text(text_of(page), encoding="utf-8")


if __name__ == "__main__":
    main()
