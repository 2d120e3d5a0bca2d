"""The leg's transition table, from outside: what may happen, what may not, and how it ends."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.hangup_causes import CAUSES, SOURCES
from telnyx_simulator.signaling.leg import ENDINGS, TRANSITIONS, Leg, LegState, Trigger, ending, refusal

PARKED, RINGING, ANSWERED, HANGUP = LegState.PARKED, LegState.RINGING, LegState.ANSWERED, LegState.HANGUP
COMMANDS = (Trigger.ANSWER_COMMAND, Trigger.REJECT_COMMAND, Trigger.HANGUP_COMMAND)
PAIRS = list(itertools.product(LegState, Trigger))
BORN = {"incoming": PARKED, "outgoing": RINGING}

# The table once more, as a person would say it.
MAY = {
    PARKED: {
        "answer": ANSWERED,
        "reject": HANGUP,
        "hangup": HANGUP,
        "far_end_hangs_up": HANGUP,
        "first_command_timeout": HANGUP,
        "webhook_timeout": HANGUP,
        "not_let_in": HANGUP,
        "bridged": ANSWERED,
    },
    RINGING: {
        "far_end_answers": ANSWERED,
        "far_end_refuses": HANGUP,
        "hangup": HANGUP,
        "ring_timeout": HANGUP,
        "not_carried": HANGUP,
    },
    ANSWERED: {
        "hangup": HANGUP,
        "far_end_hangs_up": HANGUP,
        "time_limit": HANGUP,
        "unbridged": HANGUP,
        "conference_ends": HANGUP,
    },
    HANGUP: {},
}


def leg_in(state: LegState, direction: str = "incoming") -> Leg:
    return Leg(
        call_control_id="v3:x",
        call_leg_id="leg",
        call_session_id="session",
        connection_id="1",
        direction=direction,
        from_="+12025550100",
        to="+12025550107",
        leg_codec="PCMA",
        began_ns=0,
        state=state,
    )


@pytest.mark.parametrize(("state", "trigger"), PAIRS)
def test_a_leg_goes_where_the_table_says_and_nowhere_else(state, trigger):
    assert TRANSITIONS.get((state, trigger)) == MAY[state].get(trigger.value)
    assert leg_in(state).allows(trigger) == (trigger.value in MAY[state])


@pytest.mark.parametrize(
    ("state", "errors"),
    [
        (PARKED, {}),
        (RINGING, {"answer": "not_parked", "reject": "not_parked"}),
        (ANSWERED, {"answer": "not_parked", "reject": "not_parked"}),
        (HANGUP, {"answer": "call_ended", "reject": "call_ended", "hangup": "call_ended"}),
    ],
)
def test_a_command_that_is_not_in_the_table_gets_the_documented_error(state, errors):
    leg = leg_in(state)
    assert {command.value: refusal(leg, command) for command in COMMANDS if not leg.allows(command)} == errors
    codes = {"not_parked": "10015", "call_ended": "90018"}
    assert all((ERRORS[name].status, ERRORS[name].code) == (422, codes[name]) for name in errors.values())


def test_every_way_into_hangup_has_an_ending_and_nothing_else_has():
    assert ENDINGS.keys() == {key for key, state in TRANSITIONS.items() if state is HANGUP}
    assert {cause for cause, _ in ENDINGS.values()} <= CAUSES.keys()


@pytest.mark.parametrize(("state", "trigger"), ENDINGS)
@pytest.mark.parametrize("direction", BORN)
def test_asking_how_a_leg_ends_changes_nothing(direction, state, trigger):
    leg = leg_in(state, direction)
    before = dataclasses.replace(leg)
    ending(leg, trigger)
    assert leg == before


@pytest.mark.parametrize(
    ("direction", "state", "trigger", "cause", "source", "sip"),
    [
        ("incoming", PARKED, Trigger.REJECT_COMMAND, "call_rejected", "callee", "603"),
        ("incoming", PARKED, Trigger.HANGUP_COMMAND, "normal_clearing", "callee", "200"),
        ("incoming", PARKED, Trigger.FAR_END_HANGS_UP, "originator_cancel", "caller", "487"),
        ("incoming", ANSWERED, Trigger.HANGUP_COMMAND, "normal_clearing", "callee", "200"),
        ("incoming", ANSWERED, Trigger.FAR_END_HANGS_UP, "normal_clearing", "caller", "200"),
        ("outgoing", RINGING, Trigger.FAR_END_REFUSES, "user_busy", "callee", "486"),
        ("outgoing", RINGING, Trigger.HANGUP_COMMAND, "originator_cancel", "caller", "487"),
        ("outgoing", RINGING, Trigger.RING_TIMEOUT, "timeout", "unknown", "487"),
        ("outgoing", ANSWERED, Trigger.HANGUP_COMMAND, "normal_clearing", "caller", "200"),
        ("outgoing", ANSWERED, Trigger.FAR_END_HANGS_UP, "normal_clearing", "callee", "200"),
        ("outgoing", ANSWERED, Trigger.TIME_LIMIT, "time_limit", "unknown", "200"),
        ("incoming", PARKED, Trigger.FIRST_COMMAND_TIMEOUT, "timeout", "unknown", "487"),
        ("incoming", PARKED, Trigger.WEBHOOK_TIMEOUT, "unspecified", "unknown", "unspecified"),
        ("incoming", PARKED, Trigger.NOT_LET_IN, "user_busy", "unknown", "486"),
        ("outgoing", RINGING, Trigger.NOT_CARRIED, "call_rejected", "unknown", "603"),
        ("incoming", ANSWERED, Trigger.UNBRIDGED, "normal_clearing", "callee", "200"),
        ("outgoing", ANSWERED, Trigger.UNBRIDGED, "normal_clearing", "caller", "200"),
        ("outgoing", ANSWERED, Trigger.CONFERENCE_ENDS, "time_limit", "unknown", "200"),
    ],
)
def test_hangup_words_tell_who_ended_the_leg_and_why(direction, state, trigger, cause, source, sip):
    ended = ending(leg_in(state, direction), trigger)
    assert (ended.cause, ended.source, ended.sip) == (cause, source, sip)


@pytest.mark.parametrize(("cause", "source"), list(itertools.product(CAUSES, SOURCES)))
def test_what_the_far_end_says_goes_before_the_table(cause, source):
    leg = leg_in(RINGING, "outgoing")
    said = ending(leg, Trigger.FAR_END_REFUSES, cause=cause, source=source, sip="503")
    usual = ending(leg, Trigger.FAR_END_REFUSES, cause=cause)
    assert (said.cause, said.source, said.sip, said.by) == (cause, source, "503", "far_end")
    assert (usual.cause, usual.source, usual.sip, usual.by) == (cause, "callee", CAUSES[cause].sip, "far_end")


@given(st.sampled_from(list(BORN)), st.lists(st.sampled_from(list(Trigger)), max_size=30))
def test_a_leg_is_born_in_one_state_and_ends_once_whatever_happens(direction, triggers):
    leg, ends = leg_in(BORN[direction], direction), 0
    for trigger in triggers:
        if leg.allows(trigger):
            leg.state = TRANSITIONS[leg.state, trigger]
            ends += leg.state is HANGUP
    assert ends <= 1
    assert leg.is_alive == (ends == 0)
    assert leg.state is not (RINGING if direction == "incoming" else PARKED)


@pytest.mark.parametrize("state", [state for state in LegState if state is not HANGUP])
def test_every_living_leg_can_still_end(state):
    reachable, frontier = set(), {state}
    while frontier:
        reachable |= frontier
        frontier = {to for (at, _), to in TRANSITIONS.items() if at in frontier} - reachable
    assert HANGUP in reachable
