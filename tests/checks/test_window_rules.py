"""Section 1 of the language, rules 4 to 8, as properties of any trace: what counts, when, and how often."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from traces import MS_NS, SECOND_NS, HandWritten, expects

from telnyx_simulator.checks.answers import Answer, Cursor, Met, Missed, Pending, Window
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.checks.meets import matching_entries, meets_all
from telnyx_simulator.checks.script import absent

COMMANDS = ["answer", "speak", "hangup"]
Event = tuple[int, str]
"""Milliseconds, and a command."""

events = st.lists(st.tuples(st.integers(0, 9_999), st.sampled_from(COMMANDS)), max_size=9).map(sorted)
wanted = st.sampled_from([*COMMANDS, "any"])
wishes = st.lists(wanted, min_size=1, max_size=4)
patience_ms = st.integers(0, 10_000)
settled = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a trace without any media."""
    return tmp_path_factory.mktemp("trace")


def trace_of(folder: Path, happened: Sequence[Event]) -> HandWritten:
    trace = HandWritten(folder)
    for at_ms, command in happened:
        trace.command(at_ms / 1000, command)
    return trace


def one(name: str, within_ms: int = 5_000, times: tuple[int, int | None] | None = None) -> Expectation:
    return expects(Subject.COMMAND, name, within_ns=within_ms * MS_NS, times=times)


def ask(
    trace: HandWritten, expectations: Sequence[Expectation], cursor: Cursor, *, now_ms: int | None = None
) -> list[Answer]:
    windows = [cursor.window(expectation, 0) for expectation in expectations]
    now_ns = None if now_ms is None else now_ms * MS_NS
    return meets_all(expectations, windows, trace.record(), trace.ears(), now_ns=now_ns)


def walk(trace: HandWritten, steps: Sequence[Sequence[Expectation]]) -> list[Met]:
    """A script of nothing but expectations: what met each, up to the first step that is missed."""
    cursor, met = Cursor(), list[Met]()
    for step in steps:
        answers = [answer for answer in ask(trace, step, cursor) if isinstance(answer, Met)]
        if len(answers) < len(step):
            break
        met += answers
        cursor = cursor.after(answers)
    return met


# Rule 4: what meets an expectation


@settled
@given(happened=events, opens=st.integers(0, 9), within=patience_ms)
def test_the_first_one_in_the_window_meets_and_nothing_outside_of_it_does(
    folder: Path, happened: list[Event], opens: int, within: int
) -> None:
    trace = trace_of(folder, happened)
    inside = [n for n, (at_ms, name) in enumerate(happened, 1) if n > opens and at_ms <= within and name == "answer"]
    [answer] = ask(trace, [one("answer", within)], Cursor(opens_seq=opens))
    assert (answer.seq if isinstance(answer, Met) else None) == (inside[0] if inside else None)


@settled
@given(happened=events, wished=st.lists(wishes, min_size=1, max_size=4))
def test_nothing_counts_twice(folder: Path, happened: list[Event], wished: list[list[str]]) -> None:
    met = walk(trace_of(folder, happened), [[one(name, 10_000) for name in step] for step in wished])
    seqs = [one.seq for one in met]
    assert len(set(seqs)) == len(seqs)


@settled
@given(
    happened=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["answer", "webhook"])), max_size=9).map(sorted),
    reply_ms=st.integers(1, 9),
    wished=st.lists(st.sampled_from(["answer", "webhook"]), min_size=1, max_size=5),
)
def test_a_webhook_that_opens_the_window_when_it_was_sent_counts_once_all_the_same(
    folder: Path, happened: list[Event], reply_ms: int, wished: list[str]
) -> None:
    trace = HandWritten(folder)
    for at_ms, what in happened:
        if what == "webhook":
            trace.webhook(at_ms / 1000, "call.hangup", sent_ns=max(0, at_ms - reply_ms) * MS_NS)
        else:
            trace.command(at_ms / 1000, what)
    hook = expects(Subject.WEBHOOK, "call.hangup", within_ns=10 * SECOND_NS)
    met = walk(trace, [[hook if what == "webhook" else one(what, 10_000)] for what in wished])
    seqs = [one.webhook_seq or one.seq for one in met]
    assert len(set(seqs)) == len(seqs)


@settled
@given(happened=events, wished=wishes, times=st.tuples(st.integers(0, 2), st.integers(2, 4)))
def test_what_was_counted_does_not_count_again(
    folder: Path, happened: list[Event], wished: list[str], times: tuple[int, int]
) -> None:
    """`times: 0..3` uses up all three."""
    trace = trace_of(folder, happened)
    counted = one(wished[0], 5_000, times)
    [first] = ask(trace, [counted], Cursor())
    assume(isinstance(first, Met))
    assert isinstance(first, Met)
    inside = matching_entries(counted, Cursor().window(counted, 0), trace.record())
    assert first.seq == (inside[-1].seq if inside else 0)


@settled
@given(happened=events, act_ms=st.integers(0, 9_999), name=wanted)
def test_what_comes_early_is_not_missed_after_the_action(
    folder: Path, happened: list[Event], act_ms: int, name: str
) -> None:
    """While the action lasted as well as after it, but not before it began."""
    before = [event for event in happened if event[0] <= act_ms]
    trace = trace_of(folder, before).at(act_ms / 1000, "runner", "step.began", step=0)
    after = [event for event in happened if event[0] > act_ms]
    for at_ms, command in after:
        trace.command(at_ms / 1000, command)
    trace.at(10, "runner", "step.ended", step=0)
    entries = trace.record().trace.entries
    cursor = Cursor.acted("play", entries[len(before)], entries[-1])
    [answer] = ask(trace, [one(name)], cursor)
    assert isinstance(answer, Met) is any(name in (command, "any") for _, command in after)


# Rule 5: within


@settled
@given(happened=events, name=wanted, short=patience_ms, longer=patience_ms)
def test_more_patience_never_loses_what_less_patience_had(
    folder: Path, happened: list[Event], name: str, short: int, longer: int
) -> None:
    trace = trace_of(folder, happened)
    [answer] = ask(trace, [one(name, short)], Cursor())
    if isinstance(answer, Met):
        assert ask(trace, [one(name, short + longer)], Cursor()) == [answer]


@settled
@given(happened=events, name=wanted, moment_ms=st.integers(0, 5_000), within=patience_ms)
def test_patience_counts_from_the_moment_of_the_step_before(
    folder: Path, happened: list[Event], name: str, moment_ms: int, within: int
) -> None:
    [answer] = ask(trace_of(folder, happened), [one(name, within)], Cursor(moment_ns=moment_ms * MS_NS))
    in_time = [at_ms for at_ms, command in happened if at_ms <= moment_ms + within and name in (command, "any")]
    assert isinstance(answer, Met) is bool(in_time)


@settled
@given(happened=events, wished=wishes, within=patience_ms, now_ms=st.integers(0, 12_000))
def test_pending_is_said_before_the_end_of_the_window_only(
    folder: Path, happened: list[Event], wished: list[str], within: int, now_ms: int
) -> None:
    live = trace_of(folder, [event for event in happened if event[0] <= now_ms])
    for answer in ask(live, [one(name, within) for name in wished], Cursor(), now_ms=now_ms):
        assert now_ms <= within or not isinstance(answer, Pending)


@settled
@given(
    happened=events,
    wished=st.lists(st.tuples(wanted, st.none() | st.tuples(st.integers(0, 2), st.none() | st.integers(2, 3)))),
    within=patience_ms,
    now_ms=st.integers(0, 12_000),
)
def test_what_the_runner_was_told_is_what_the_verdict_says(
    folder: Path,
    happened: list[Event],
    wished: list[tuple[str, tuple[int, int | None] | None]],
    within: int,
    now_ms: int,
) -> None:
    """A list that is met live is met by the same later; and what is missed live is never met."""
    expectations = [one(name, within, times) for name, times in wished]
    early = ask(
        trace_of(folder, [event for event in happened if event[0] <= now_ms]), expectations, Cursor(), now_ms=now_ms
    )
    late = ask(trace_of(folder, happened), expectations, Cursor())
    if all(isinstance(answer, Met) for answer in early):
        assert early == late
    for before, after in zip(early, late, strict=True):
        if isinstance(before, Missed):
            assert isinstance(after, Missed)


# Rule 6: order


@settled
@given(happened=events, wished=wishes, data=st.data())
def test_a_list_may_be_written_in_any_order(
    folder: Path, happened: list[Event], wished: list[str], data: st.DataObject
) -> None:
    trace = trace_of(folder, happened)
    mixed = data.draw(st.permutations(wished))
    here, there = (ask(trace, [one(name, 10_000) for name in names], Cursor()) for names in (wished, mixed))
    met_here, met_there = ([answer for answer in answers if isinstance(answer, Met)] for answers in (here, there))
    assert len(met_here) == len(met_there)
    if len(met_here) == len(wished):
        assert Cursor().after(met_here) == Cursor().after(met_there)


@settled
@given(happened=events, wished=wishes)
def test_a_list_is_met_if_and_only_if_each_can_have_an_entry_of_its_own(
    folder: Path, happened: list[Event], wished: list[str]
) -> None:
    """Hall's condition: every command often enough, and enough of anything for each `any`."""
    names = [command for _, command in happened]
    enough = all(names.count(name) >= wished.count(name) for name in COMMANDS) and len(names) >= len(wished)
    answers = ask(trace_of(folder, happened), [one(name, 10_000) for name in wished], Cursor())
    assert all(isinstance(answer, Met) for answer in answers) is enough


@settled
@given(happened=events, first=wanted, second=wanted)
def test_two_steps_are_in_order(folder: Path, happened: list[Event], first: str, second: str) -> None:
    met = walk(trace_of(folder, happened), [[one(first, 10_000)], [one(second, 10_000)]])
    assert met == sorted(met, key=lambda one: one.seq)
    names = [command for _, command in happened]
    places = [n for n, name in enumerate(names) if first in (name, "any")]
    rest = names[places[0] + 1 :] if places else []
    assert (len(met) == 2) is any(second in (name, "any") for name in rest)


@settled
@given(happened=events, name=wanted, least=st.integers(0, 4), extra=st.none() | st.integers(0, 3))
def test_times_bounds_how_often(folder: Path, happened: list[Event], name: str, least: int, extra: int | None) -> None:
    count = sum(name in (command, "any") for _, command in happened)
    most = None if extra is None else least + extra
    [answer] = ask(trace_of(folder, happened), [one(name, 10_000, (least, most))], Cursor())
    assert isinstance(answer, Met) is (least <= count and (most is None or count <= most))


# Rule 7: absent


@settled
@given(happened=events, name=wanted, opens=st.integers(0, 9), lasts=patience_ms)
def test_absent_holds_exactly_where_the_expectation_would_not_be_met(
    folder: Path, happened: list[Event], name: str, opens: int, lasts: int
) -> None:
    trace = trace_of(folder, happened)
    cursor = Cursor(opens_seq=opens)
    expectation = expects(Subject.COMMAND, name, for_ns=lasts * MS_NS)
    window = cursor.absence(expectation)
    finding = absent("absent[0]", expectation, window, trace.record(), trace.ears(), over=True)
    [answer] = ask(trace, [one(name, lasts)], cursor)
    assert finding.verdict is (Verdict.FAIL if isinstance(answer, Met) else Verdict.PASS)


def test_a_state_that_was_asked_about_does_not_open_an_older_window(folder: Path) -> None:
    trace = HandWritten(folder).leg(0, "answered").at(1, "sut", "status", word="in-progress").command(2, "speak")
    window = Window(3, 2 * SECOND_NS, 7 * SECOND_NS)
    [met] = meets_all([expects(Subject.STATUS, "in-progress")], [window], trace.record(), trace.ears(), now_ns=None)
    assert isinstance(met, Met)
    assert (met.seq, met.opens_ns) == (3, 2 * SECOND_NS)
