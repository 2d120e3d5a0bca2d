"""The library as a whole: large enough, each scenario a page of its own, no two alike, no known mistake left out.

What a scenario does to an application is its events: what people, the line and Telnyx do, in the order of the script.
Two with the same events must at least catch different mistakes: each fails on a mutant that the other passes on.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from test_thirty_scenarios import BROKEN_BY, LIBRARY, REFERENCE, SUFFIX, path_of, run

from telnyx_simulator.checks.expectations import Subject, choices
from telnyx_simulator.conformance.catalogue import EVERY_RUN
from telnyx_simulator.conformance.catalogue import load as load_catalogue
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.script import Scenario, Step, Verb

SCENARIOS_MIN = 80
LINES_MIN, LINES_MAX = 10, 40
# The page's first example, which is to be as small as can be.
SAYS_NOTHING_OF_ITS_OWN = "calls/an_incoming_call_is_answered"

# What went wrong in real applications, by the numbers in the fact sheets of webhooks (W) and of streams (M).
MISTAKES: dict[str, tuple[str, ...]] = {
    "W1": ("security/a_body_may_be_laid_out_in_any_way",),
    "W2": ("security/a_stale_webhook_has_no_effect", "security/a_webhook_of_the_future_has_no_effect"),
    "W3": ("security/headers_may_be_written_in_any_way",),
    "W4": (
        "security/a_webhook_without_a_signature_has_no_effect",
        "security/a_signature_of_another_key_has_no_effect",
    ),
    "W5": ("faults/webhooks_come_twice", "faults/a_repeated_key_counts_once"),
    "W6": ("faults/a_retry_after_two_seconds_is_a_duplicate", "faults/webhooks_do_not_wait_for_commands"),
    "W7": (
        "faults/hangup_overtakes_answered",
        "faults/the_bill_comes_after_the_call",
        "faults/the_end_of_a_call_comes_first",
    ),
    "W8": ("faults/client_state_is_left_out",),
    "W9": (
        "calls/an_outgoing_call_that_fails_is_reported_as_it_failed",
        "status/a_cause_that_nobody_knows_is_no_success",
    ),
    "W10": (
        "faults/a_command_for_an_ended_call_is_taken_calmly",
        "calls/a_caller_gives_up_before_the_answer",
        "faults/a_key_comes_after_the_end",
    ),
    "W11": ("faults/the_leg_gets_another_call_control_id",),
    "W12": (
        "faults/event_names_come_with_underscores",
        "faults/an_unknown_event_is_acknowledged",
        "faults/a_signed_body_of_another_shape_breaks_nothing",
    ),
    "W13": ("faults/a_signed_body_of_another_shape_breaks_nothing",),
    "W14": ("calls/the_same_key_twice_is_two_keys", "calls/hang_up_and_redial_at_once"),
    "W15": ("calls/a_caller_without_a_number_is_not_left_ringing",),
    "W16": ("faults/a_number_that_may_not_be_called_is_not_dialed_again",),
    "M1": ("audio/a_uk_caller_hears_no_static",),
    "M2": ("audio/replies_are_in_the_codec_that_was_asked_for",),
    "M3": ("audio/l16_is_little_endian_in_each_direction",),
    "M4": ("audio/l16_is_played_at_the_rate_it_has",),
    "M5": ("audio/g722_is_decoded_at_16_khz_whatever_rate_is_announced",),
    "M6": ("audio/what_the_application_returns_is_heard",),
    "M7": ("faults/media_come_twice_and_out_of_order", "audio/frames_come_back_once_and_in_order"),
    "M8": ("audio/barge_in_stops_what_is_queued",),
    "M9": ("faults/a_command_for_an_ended_call_is_taken_calmly",),
    "M10": ("faults/a_call_that_nobody_answers_never_starts_its_stream",),
    "M11": ("faults/strange_messages_come_before_start",),
    "M12": ("audio/the_application_does_not_hear_itself",),
    "M13": ("audio/the_caller_hears_it_whichever_leg_is_the_default",),
    "M14": ("audio/the_greeting_is_samples_and_no_mp3_file",),
    "M15": ("audio/no_message_is_shorter_than_a_frame",),
    "M16": ("faults/the_stream_cannot_be_opened",),
    "M17": ("audio/what_the_caller_says_comes_back_complete",),  # whoever looks for `event_type` says nothing back
    "M18": ("audio/what_the_caller_says_comes_back_complete",),  # whoever sends `chunk` for `payload` is not heard
    "M19": ("audio/the_caller_is_greeted_without_delay",),
    "M20": ("faults/telnyx_is_gone_and_nothing_says_so",),
    "M21": ("faults/an_error_message_in_mid_call_ends_nothing",),
    "M22": ("faults/no_media_come", "faults/nothing_is_said_after_stop"),
    "M23": ("security/a_stream_without_its_token_is_refused", "security/a_token_opens_one_stream"),
    "M24": ("faults/the_stream_opens_before_the_answer_is_confirmed",),
}
NUMBERS = {*(f"W{n}" for n in range(1, 17)), *(f"M{n}" for n in range(1, 25))}

# What follows what on real calls, by the fact sheet of webhooks, section 5.
SEQUENCES: dict[str, str] = {
    "incoming, answered, the caller hangs up": "calls/an_incoming_call_is_answered",
    "outgoing, answered, the callee hangs up": "calls/a_callee_hangs_up_first",
    "incoming, the caller gives up": "calls/a_caller_gives_up_at_any_moment",
    "outgoing, nobody answers": "calls/nobody_picks_up",
    "outgoing, busy, rejected, unknown": "calls/an_outgoing_call_that_fails_is_reported_as_it_failed",
    "incoming, rejected": "calls/a_caller_who_is_not_wanted_is_rejected",
    "a human answers": "calls/a_human_is_not_kept_waiting_for_a_beep",
    "a machine gets its message": "calls/a_message_is_left_after_the_beep",
    "a stream with the answer": "faults/event_names_come_with_underscores",
    "a stream that fails": "faults/the_stream_cannot_be_opened",
    "conference": "calls/a_caller_is_transferred_by_way_of_a_conference",
    "a leg with others in a conference": "calls/a_supervisor_whispers_to_the_agent_alone",
    "a queue, a bridge": "calls/who_waits_longest_is_served_first",
}


@cache
def library() -> dict[str, list[Scenario]]:
    """A scenario by its folder and name -> its runs."""
    paths = sorted(LIBRARY.rglob(f"*{SUFFIX}"))
    return {path.relative_to(LIBRARY).as_posix().removesuffix(SUFFIX): load([path]) for path in paths}


# --- events ----------------------------------------------------------------------------------------------------------

# Whatever the sound: that somebody speaks is one event.
SOUNDS = {Verb.PLAY: "speaks", Verb.MIC: "microphone", Verb.BARGE_IN: "interrupts"}
# Telnyx's own doing that a script waits for: how far the call has come by then.
MILESTONES = (Subject.WEBHOOK, Subject.STREAM)


def events_of(scenario: Scenario) -> tuple[str, ...]:
    """What is done to the application: what Telnyx and the line do all the time, then what happens, in its order."""
    always = [said("Telnyx", rule) for rule in (*scenario.webhooks, *scenario.commands)]
    always += [said("account", scenario.account)] if scenario.account else []
    always += [said("assumed", scenario.assume)] if scenario.assume else []
    names = {person.name: f"{n}" for n, person in enumerate(scenario.people)}
    for person in scenario.people:
        number = "anonymous" if person.from_ == "anonymous" else ""
        about: list[Any] = [person.direction, number, person.line, person.stream, person.headers, person.with_]
        always.append(said(names[person.name], [*about, person.leg_codec, person.mic != "silence"]))
    many = [f"{scenario.repeat} times {scenario.at_once}"] if scenario.repeat * scenario.at_once > 1 else []
    of_all = "0" if len(names) == 1 else "any"
    happens = (
        f"{names.get(step.person or '', of_all)} {event}" for step in scenario.script for event in happening(step)
    )
    return (*sorted(always), *many, *happens)


def happening(step: Step) -> Iterator[str]:
    argument: Any = step.argument
    if step.verb in SOUNDS:
        yield SOUNDS[step.verb]
    elif step.verb is Verb.PRESS:
        yield f"presses {len(argument['digits'])}"
    elif step.verb is Verb.EXPECT:
        milestones = [one for one in step.expectations if one.subject in MILESTONES]
        yield from (f"{one.subject} {' or '.join(choices(one.value))}" for one in milestones)
    elif step.verb not in (Verb.ABSENT, Verb.WAIT):
        yield said(step.verb, argument)


def said(who: str, what: Any) -> str:
    return f"{who} {json.dumps(what, sort_keys=True)}"


# --- kills -----------------------------------------------------------------------------------------------------------


@cache
def kills() -> dict[str, set[str]]:
    """Scenario -> the mutants on which it fails, as long tests prove: of each scenario its own, and all of the table of
    requirements and mutants.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for scenario, broken in BROKEN_BY.items():
        found[scenario].add(broken.mutant)
    for requirement in load_catalogue().requirements:
        of_one = {proof.scenario for proof in requirement.proof} - {EVERY_RUN}
        if len(of_one) == 1:  # else it is one of them that fails
            found[of_one.pop()].update(requirement.mutants)
    return found


def alike() -> list[tuple[str, str]]:
    """Scenarios of the same events, two by two."""
    of: dict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
    for name, runs in library().items():
        of[tuple(events_of(one) for one in runs)].append(name)
    return [pair for names in of.values() for pair in combinations(names, 2)]


# --- what needs no run -----------------------------------------------------------------------------------------------


def test_the_library_is_large() -> None:
    assert len(library()) >= SCENARIOS_MIN


@pytest.mark.parametrize("scenario", library())
def test_a_scenario_is_a_page_with_a_reason(scenario: str) -> None:
    lines = path_of(scenario).read_text().splitlines()
    assert LINES_MIN <= len(lines) <= LINES_MAX or scenario == SAYS_NOTHING_OF_ITS_OWN
    assert any(line.startswith("why: ") for line in lines) or scenario == SAYS_NOTHING_OF_ITS_OWN


def test_no_two_scenarios_do_the_same_and_catch_the_same() -> None:
    assert [pair for pair in alike() if kills()[pair[0]] == kills()[pair[1]]] == []


def test_every_known_mistake_has_a_scenario() -> None:
    assert {name for names in MISTAKES.values() for name in names} <= set(library())
    assert set(MISTAKES) == NUMBERS


def test_every_sequence_of_events_has_a_scenario() -> None:
    assert set(SEQUENCES.values()) <= set(library())


def test_the_events_of_a_scenario_are_what_others_do_and_not_what_is_expected(tmp_path: Path) -> None:
    first = "call: incoming\nscript: [dial, expect: answer, wait: 1s, play: speech/en-1, hangup]\n"
    same = "call: incoming\nscript: [dial, play: tone/beep, hangup]\nabsent: [{command: dial}]\n"
    other = "call: incoming\nscript: [dial, expect: {stream: started}, play: speech/en-1, hangup]\n"
    treated = "call: incoming\nwebhooks: {call.answered: {delay: 1s}}\nscript: [dial, play: speech/en-1, hangup]\n"
    found = []
    for n, text in enumerate((first, same, other, treated)):
        path = tmp_path / f"{n}{SUFFIX}"
        path.write_text(text)
        found.append(events_of(load([path])[0]))
    assert found[0] == found[1]
    assert found[0][-3:] == ("0 dial null", "0 speaks", "0 hangup null")
    assert found[2][-3:] == ("0 stream started", "0 speaks", "0 hangup null")
    assert len(set(found)) == 3


# --- by real processes -----------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("pair", alike(), ids=lambda pair: f"{pair[0].split('/')[1]}-{pair[1].split('/')[1]}")
def test_of_two_that_do_the_same_one_catches_what_the_other_does_not(pair: tuple[str, str], tmp_path: Path) -> None:
    mutants = {BROKEN_BY[name].mutant for name in pair}
    caught = {
        mutant: {
            name
            for name, findings in run(
                REFERENCE / "mutants" / mutant / "sut.yaml", list(pair), tmp_path / mutant
            ).items()
            if any(finding["verdict"] == "fail" for finding in findings)
        }
        for mutant in mutants
    }
    assert any(len(of_one) == 1 for of_one in caught.values()), caught
