"""The table of endings agrees with what the switch does by itself, and the library of scenarios has all of it."""

from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from telnyx_simulator.facts.call_endings import CALL_ENDINGS, Case, cases, status_keys, status_words
from telnyx_simulator.facts.detection import PLAIN
from telnyx_simulator.facts.hangup_causes import CAUSES, REJECT_CAUSES, SOURCES
from telnyx_simulator.signaling.leg import APPLICATION, ENDINGS, FAR_END, LegState, Trigger

LIBRARY = Path(__file__).parents[2] / "scenarios"
# The far end's and the application's word on each kind of call.
WORDS = {"incoming": {FAR_END: "caller", APPLICATION: "callee"}, "outgoing": {FAR_END: "callee", APPLICATION: "caller"}}
# The application is told of nothing; a leg of a bridge ends with its peer.
OF_NOBODY = {Trigger.NOT_LET_IN, Trigger.UNBRIDGED}


def known() -> set[tuple[str, bool, str, str]]:
    return {(one.direction, one.answered, one.cause, source) for one in CALL_ENDINGS for source in one.sources}


def test_an_ending_stands_there_once_and_in_telnyx_words() -> None:
    keys = [(one.direction, one.answered, one.cause) for one in CALL_ENDINGS]
    assert len(set(keys)) == len(keys)
    assert {one.cause for one in CALL_ENDINGS} == set(CAUSES)
    assert {source for one in CALL_ENDINGS for source in one.sources} == set(SOURCES)


def test_what_the_switch_does_by_itself_is_in_the_table() -> None:
    for (state, trigger), (cause, by) in ENDINGS.items():
        directions = {LegState.PARKED: ["incoming"], LegState.RINGING: ["outgoing"]}.get(
            state, ["incoming", "outgoing"]
        )
        if trigger is Trigger.CONFERENCE_ENDS:
            directions = ["incoming"]
        for direction in directions if trigger not in OF_NOBODY else []:
            source = WORDS[direction].get(by, "unknown")
            assert (direction, state is LegState.ANSWERED, cause, source) in known(), (state, trigger)
    assert {("incoming", False, cause, "callee") for cause in REJECT_CAUSES.values()} <= known()


def test_detection_has_a_word_on_answered_outgoing_calls_only() -> None:
    found = list(cases())
    assert len(set(found)) == len(found)
    assert {(one.direction, one.answered) for one in found if one.amd} == {("outgoing", True)}
    assert {(one.direction, one.answered, one.cause, one.source) for one in found} == known()


def test_the_more_precise_key_wins() -> None:
    keys = status_keys("user_busy", "incoming", answered=False)
    assert keys == ("user_busy/incoming/unanswered", "user_busy/unanswered", "user_busy/incoming", "user_busy")
    status_map = {key: [str(n)] for n, key in enumerate(keys)}
    for n, key in enumerate(keys):
        assert status_words(status_map, "user_busy", "incoming", answered=False) == (str(n),)
        del status_map[key]
    assert status_words(status_map, "user_busy", "incoming", answered=False) is None


# --- the library -----------------------------------------------------------------------------------------------------


def rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    matrix = document.get("matrix") or [{}]
    if isinstance(matrix, dict):
        [(axis, values)] = matrix.items()
        return [{axis: value} for value in values]
    return list(matrix)


def cases_of(path: Path) -> list[Case]:
    """What a scenario of the family makes of a call, by its own words."""
    document = yaml.safe_load(path.read_text())
    script = [step if isinstance(step, dict) else {step: None} for step in document["script"]]
    direction = document["call"]
    rings_off = next((step["hangup"] for step in script if "hangup" in step), None)
    if not isinstance(rings_off, dict) or ("webhooks" in document and "hangup_cause" in str(document["webhooks"])):
        return []
    answered = any("answer" in step or step.get("expect") == "answer" for step in script)
    found = []
    for row in rows(document):
        cause, source = (row.get(str(rings_off[key]).removeprefix("$"), rings_off[key]) for key in ("cause", "source"))
        found.append(Case(direction, answered, cause, source, row.get("found")))
    return found


def seen() -> set[Case]:
    family = [case for path in sorted((LIBRARY / "status").glob("*.yaml")) for case in cases_of(path)]
    assert len(set(family)) == len(family), "no call ends twice the same way"
    # Said without a cause: the application's own hangup, and a caller who gives up.
    return {
        *family,
        Case("outgoing", False, "originator_cancel", "caller"),
        Case("incoming", False, "originator_cancel", "caller"),
    }


def test_every_ending_that_can_be_is_in_a_scenario() -> None:
    assert {(one.direction, one.answered, one.cause, one.source) for one in seen()} == known()


def test_every_pair_of_what_can_be_together_is_in_a_scenario() -> None:
    """Cause, source, direction, answered or not, and what plain detection finds: all pairs of two of them."""

    def pairs(case: Case) -> set[tuple[tuple[str, Any], ...]]:
        named = {"direction": case.direction, "answered": case.answered, "cause": case.cause, "source": case.source}
        return set(combinations(sorted((named | {"amd": case.amd}).items()), 2))

    possible = {pair for case in cases() if case.amd in (None, *PLAIN) for pair in pairs(case)}
    assert possible - {pair for case in seen() for pair in pairs(case)} == set()
