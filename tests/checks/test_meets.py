"""`meets`: the window rule, order, patience and bounds."""

import dataclasses
from pathlib import Path

import pytest
from traces import LEG, OTHER, SECOND_NS, HandWritten, expects

from telnyx_simulator.checks.answers import Answer, Cursor, Met, Missed, Pending, Unseen, Window
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.meets import NONE_TO_LEAVE_OUT, matching_entries, meets, meets_all

ANSWER = expects(Subject.COMMAND, "answer")
LONG = Window(0, 0, 5 * SECOND_NS)


def ask(expectation: Expectation, trace: HandWritten, window: Window = LONG, *, now_s: float | None = None) -> Answer:
    now_ns = None if now_s is None else round(now_s * SECOND_NS)
    return meets(expectation, window, trace.record(), trace.ears(), now_ns=now_ns)


def test_the_first_matching_entry_meets(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "hangup").command(2, "answer").command(3, "answer")
    met = Met(seq=2, opens_ns=2 * SECOND_NS, moment_ns=2 * SECOND_NS, actual="answer -> 200", call=LEG)
    assert ask(ANSWER, trace) == met


@pytest.mark.parametrize(
    ("verb", "advice"),
    [
        ("play", "'play' began: put the expectation first"),
        ("", "what met the expectation before it: put it first, or both in one list"),
    ],
)
def test_what_came_before_the_window_does_not_count_and_is_said(tmp_path: Path, verb: str, advice: str) -> None:
    trace = HandWritten(tmp_path).command(1, "answer").leg(1.05, "answered")
    missed = ask(ANSWER, trace, Window(2, round(1.05 * SECOND_NS), 6 * SECOND_NS, opened_by=verb))
    assert missed == Missed(f"it came 50 ms before {advice}")


def test_what_comes_too_late_is_said_with_its_lateness(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(5.25, "answer")
    assert ask(ANSWER, trace) == Missed("it came 250 ms too late", late_by_ns=SECOND_NS // 4, call=LEG)


def test_what_came_in_its_place_is_said(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "reject").command(2, "hangup", 422)
    assert ask(ANSWER, trace) == Missed("it did not happen; what came: reject -> 200, hangup -> 422")


@pytest.mark.parametrize(("now_s", "answer"), [(1, Pending()), (5.1, Missed("it did not happen"))])
def test_as_long_as_it_may_still_come_it_is_pending(tmp_path: Path, now_s: float, answer: Answer) -> None:
    assert ask(ANSWER, HandWritten(tmp_path).leg(0, "parked"), now_s=now_s) == answer


def test_an_upper_count_is_known_only_at_the_end(tmp_path: Path) -> None:
    once = expects(Subject.COMMAND, "answer", times=(1, 1))
    trace = HandWritten(tmp_path).command(1, "answer")
    assert ask(once, trace, now_s=2) == Pending()
    assert isinstance(ask(once, trace), Met)
    trace.command(2, "answer")
    assert ask(once, trace, now_s=3) == Missed("2 times, wanted 1", at_ns=2 * SECOND_NS)


def test_thousands_of_one_kind_are_counted(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "answer")
    [first] = trace.trace.entries
    trace.trace.entries[:] = [dataclasses.replace(first, seq=n + 1) for n in range(3000)]
    answers = meets_all(
        [expects(Subject.COMMAND, "any", times=(2999, None)), ANSWER],
        [LONG, LONG],
        trace.record(),
        trace.ears(),
        now_ns=None,
    )
    assert [type(answer) for answer in answers] == [Met, Met]
    assert ask(expects(Subject.COMMAND, "answer", times=(3001, None)), trace) == Missed(
        "3000 times, wanted at least 3001"
    )


def test_never_may_be_demanded(tmp_path: Path) -> None:
    never = expects(Subject.COMMAND, "speak", times=(0, 1))
    assert isinstance(ask(never, HandWritten(tmp_path).leg(0, "parked")), Met)


def test_with_looks_into_the_body_and_reply_at_the_status(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "answer", 422, stream_track="inbound_track")
    assert isinstance(ask(expects(Subject.COMMAND, "answer", with_={"stream_track": "inbound_track"}), trace), Met)
    assert isinstance(ask(expects(Subject.COMMAND, "answer", with_={"stream_track": "both_tracks"}), trace), Missed)
    assert isinstance(ask(expects(Subject.COMMAND, "answer", reply="422"), trace), Met)
    assert isinstance(ask(expects(Subject.COMMAND, "answer", reply="2xx"), trace), Missed)


def test_a_webhook_needs_2xx_unless_reply_says_otherwise(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).webhook(1, "call.hangup", 500).webhook(2, "call.answered", None)
    assert isinstance(ask(expects(Subject.WEBHOOK, "call.hangup"), trace), Missed)
    assert isinstance(ask(expects(Subject.WEBHOOK, "call.hangup", reply="5xx"), trace), Met)
    assert isinstance(ask(expects(Subject.WEBHOOK, "call.answered", reply="none"), trace), Met)
    assert isinstance(ask(expects(Subject.WEBHOOK, "any", reply="500"), trace), Met)


def test_a_person_s_expectation_speaks_of_their_leg_or_of_the_account(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path)
    trace.at(0, "runner", "leg", "leg-1", person="Alice").at(0, "runner", "leg", "leg-2", person="Bob")
    trace.command(1, "answer", call="leg-2").command(2, "number.update", call=None)
    assert isinstance(ask(expects(Subject.COMMAND, "answer", person="Bob"), trace), Met)
    assert isinstance(ask(expects(Subject.COMMAND, "answer", person="Alice"), trace), Missed)
    assert isinstance(ask(expects(Subject.COMMAND, "number.update", person="Alice"), trace), Met)


def test_a_mapped_status_is_the_one_for_the_leg_s_state_or_cause(tmp_path: Path) -> None:
    mapped = expects(Subject.STATUS, "mapped")
    trace = HandWritten(tmp_path).leg(0, "answered").at(1, "sut", "status", word="in-progress")
    assert isinstance(ask(mapped, trace), Met)
    trace.leg(2, "hangup", cause="normal_clearing")
    assert isinstance(ask(mapped, trace), Met), "what was right when it was said stays right"
    after_hangup = Window(2, 2 * SECOND_NS, 6 * SECOND_NS, moment_ns=2 * SECOND_NS)
    assert ask(mapped, trace, after_hangup) == Missed("status 'in-progress'", call=LEG)
    trace.at(3, "sut", "status", word="done")
    assert isinstance(ask(mapped, trace, after_hangup), Met)


def test_a_missed_status_is_told_by_the_word_of_that_leg_as_the_window_closed(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).person("Caller").person("Agent", OTHER).leg(0, "answered").leg(0, "answered", OTHER)
    completed = expects(Subject.STATUS, "completed", person="Agent")
    assert ask(completed, trace) == Missed("no status was seen")
    trace.at(1.1, "sut", "status", OTHER, word="ringing").at(1.2, "sut", "status", word="busy")
    trace.at(99, "sut", "status", OTHER, word="failed")
    assert ask(completed, trace) == Missed("status 'ringing'", call=OTHER)


def test_a_status_that_still_holds_when_the_window_opens_counts(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "answered").at(1, "sut", "status", word="in-progress").leg(2, "answered")
    assert isinstance(ask(expects(Subject.STATUS, "in-progress"), trace, Window(3, 2 * SECOND_NS, None)), Met)


@pytest.mark.parametrize(
    ("actor", "kind", "body", "is_effect"),
    [
        ("rest", "command", {"command": "hangup", "status": 200, "body": None, "method": "POST"}, True),
        ("rest", "command", {"command": "retrieve", "status": 200, "body": None, "method": "GET"}, False),
        ("stream", "message", {"message": "clear"}, True),
        ("stream", "message", {"message": "invalid"}, False),
        ("stream", "closed", {"by": "application", "code": 1000}, True),
        ("stream", "closed", {"by": "telnyx", "code": None}, False),
        ("sut", "status", {"word": "completed"}, True),
        ("sut", "log", {"line": "hello"}, False),
        ("sender", "webhook.attempt", {"event": "call.hangup"}, False),
    ],
)
def test_an_effect_is_what_the_application_does(
    tmp_path: Path, actor: str, kind: str, body: dict[str, object], is_effect: bool
) -> None:
    trace = HandWritten(tmp_path).at(1, actor, kind, LEG, **body)
    found = matching_entries(expects(Subject.EFFECT, "any"), LONG, trace.record())
    assert bool(found) is is_effect


def test_marks_that_come_all_the_time_are_no_effect(tmp_path: Path) -> None:
    """They count once the call has come to rest: none in the two seconds before."""
    trace = HandWritten(tmp_path)
    for second in (1, 2, 3):
        trace.at(second, "stream", "message", message="mark")
    mark = expects(Subject.EFFECT, "any")
    assert matching_entries(mark, Window(2, round(2.5 * SECOND_NS), None), trace.record()) == []
    assert len(matching_entries(mark, Window(2, round(4.5 * SECOND_NS), None), trace.record())) == 1


def test_what_came_with_another_body_is_said_so(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).command(1, "answer")
    rtp = expects(Subject.COMMAND, "answer", with_={"stream_bidirectional_mode": "rtp"})
    assert ask(rtp, trace) == Missed("answer -> 200 came, but not with {'stream_bidirectional_mode': 'rtp'}")
    assert ask(expects(Subject.COMMAND, "answer", reply="422"), trace) == Missed(
        "answer -> 200 came, but not reply 422"
    )


def test_what_a_webhook_brings_about_may_come_before_its_reply(tmp_path: Path) -> None:
    """It opens the next window when it was sent; and counts once."""
    trace = HandWritten(tmp_path).command(1, "answer")
    trace.command(2.1, "hangup").webhook(2.2, "streaming.failed", sent_ns=2 * SECOND_NS)
    failed = expects(Subject.WEBHOOK, "streaming.failed")
    met = ask(failed, trace)
    assert isinstance(met, Met)
    behind = Cursor().after([met])
    assert isinstance(ask(expects(Subject.COMMAND, "hangup"), trace, behind.window(ANSWER, SECOND_NS)), Met)
    assert isinstance(ask(ANSWER, trace, behind.window(ANSWER, SECOND_NS)), Missed), "that was before it"
    assert isinstance(ask(failed, trace, behind.window(ANSWER, SECOND_NS)), Missed), "nothing counts twice"


@pytest.mark.parametrize(
    ("token", "has_token", "answer"),
    [
        ("wrong", True, Missed("it did not happen", never_came=True)),
        ("wrong", False, Unseen(NONE_TO_LEAVE_OUT)),
        ("none", False, Unseen(NONE_TO_LEAVE_OUT)),
        ("own", False, Missed("it did not happen", never_came=True)),
    ],
)
def test_a_stream_without_a_token_is_not_refused_for_want_of_one(
    token: str, has_token: bool, answer: Answer, tmp_path: Path
) -> None:
    """Its URL may be what is secret: opened again with the same URL, it must be refused all the same."""
    trace = HandWritten(tmp_path).stream(1, token=token, has_token=has_token)
    found = ask(expects(Subject.STREAM, "refused"), trace)
    assert found == answer
