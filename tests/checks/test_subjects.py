"""Messages of the application, and the account: what meets them, and what is said when they are missed."""

from pathlib import Path
from typing import Any

import pytest
from traces import LEG, OTHER, SECOND_NS, HandWritten, expects

from telnyx_simulator.checks.account import differences
from telnyx_simulator.checks.answers import ALWAYS, Answer, Cursor, Met, Missed, Pending, Unseen, Window
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.meets import matching_entries, meets, meets_all

FRAME = b"\xff" * 160


def ask(trace: HandWritten, expectation: Expectation, window: Window = ALWAYS, *, now_ns: int | None = None) -> Answer:
    return meets(expectation, window, trace.record(), trace.ears(), now_ns=now_ns)


def message(value: Any, **qualifiers: Any) -> Expectation:
    return expects(Subject.MESSAGE, value, **qualifiers)


@pytest.fixture
def talking(tmp_path: Path) -> HandWritten:
    """Media at 1.0, 1.1 ... 1.9 s, a mark at 2 s, a clear at 3 s, rubbish at 4 s, media again at 5 s."""
    trace = HandWritten(tmp_path).leg(0, "answered").stream(0)
    trace.at(2, "stream", "message", message="mark", name="end of greeting", stream_id="leg-1-stream")
    trace.at(3, "stream", "message", message="clear", stream_id="leg-1-stream")
    trace.at(4, "stream", "message", message="invalid", code=100003, problem="not a JSON object", size=3)
    moments = [*(1 + n / 10 for n in range(10)), 5.0]
    return trace.media([(second, FRAME) for second in moments])


@pytest.mark.parametrize(
    ("value", "count", "at_s"),
    [("media", 11, 1.0), ("mark", 1, 2.0), ("clear", 1, 3.0), ("invalid", 1, 4.0), ("any", 14, 1.0)],
)
def test_a_message_meets_by_its_kind(value: str, count: int, at_s: float, talking: HandWritten) -> None:
    met = ask(talking, message(value))
    assert isinstance(met, Met)
    assert met.moment_ns == round(at_s * SECOND_NS)
    assert isinstance(ask(talking, message(value, times=(count, count))), Met)
    assert isinstance(ask(talking, message(value, times=(count + 1, None))), Missed)


@pytest.mark.parametrize(
    ("value", "at_s"),
    [
        *[("1", 1), ("12", 2), ("12w", 2), ("3", 3), ("123", 3), ("34#", 5), ("1234#", 5), ("4#", 5)],
        *[({"matches": "12+"}, 2), ("2", None), ("9", None)],
    ],
)
def test_keys_meet_as_they_were_sent_at_once_or_one_after_another(value: Any, at_s: int | None, tmp_path: Path) -> None:
    """Commands are not cut up: who sends 12 has not sent 2. What the person pressed is none of it."""
    trace = HandWritten(tmp_path).leg(0, "answered")
    trace.at(0.5, "far_end", "digit", digit="9")
    for second, keys in ((1, "12"), (3, "3"), (4, "4#")):
        trace.at(second - 0.1, "switch", "keys", digits=keys)
        for later, digit in enumerate(keys):
            trace.at(second + later, "far_end", "digit", digit=digit, received=True)
    met = ask(trace, expects(Subject.DIGITS, value))
    if at_s is None:
        assert isinstance(met, Missed | Pending)
    else:
        assert isinstance(met, Met)
        assert met.moment_ns == at_s * SECOND_NS


def test_media_count_by_their_moment(talking: HandWritten) -> None:
    """The next media message is a later one; a mark that was written before the window opened is none of it."""
    behind_clear = Cursor(opens_seq=5, opens_ns=3 * SECOND_NS, moment_ns=3 * SECOND_NS)
    met = ask(talking, message("media"), behind_clear.window(message("media"), 5 * SECOND_NS))
    assert isinstance(met, Met)
    assert (met.seq, met.moment_ns) == (6, 5 * SECOND_NS), "behind the rubbish at 4 s"
    early = ask(talking, message("mark"), behind_clear.window(message("mark"), 5 * SECOND_NS))
    assert early == Missed(
        "it came 1000 ms before what met the expectation before it: put it first, or both in one list"
    )


def test_each_media_message_counts_once(talking: HandWritten) -> None:
    cursor, moments = Cursor(), list[int]()
    while True:
        answer = ask(talking, message("media"), cursor.window(message("media"), 9 * SECOND_NS))
        if not isinstance(answer, Met):
            break
        moments.append(answer.moment_ns)
        cursor = cursor.after([answer])
    assert moments == [*(SECOND_NS + n * SECOND_NS // 10 for n in range(10)), 5 * SECOND_NS]


def test_two_of_a_list_want_two_media_messages(talking: HandWritten) -> None:
    window = Window(0, round(4.5 * SECOND_NS), 9 * SECOND_NS)
    answers = meets_all(
        [message("media"), message("media")], [window] * 2, talking.record(), talking.ears(), now_ns=None
    )
    assert [type(answer) for answer in answers] == [Met, Missed]


def test_with_looks_into_the_message(talking: HandWritten) -> None:
    assert isinstance(ask(talking, message("mark", with_={"mark": {"name": "end of greeting"}})), Met)
    assert isinstance(ask(talking, message("any", with_={"event": "clear"})), Met)
    missed = ask(talking, message("mark", with_={"mark": {"name": "other"}}))
    assert missed == Missed("mark (end of greeting) came, but not with {'mark': {'name': 'other'}}")


def test_messages_of_another_person_do_not_count(talking: HandWritten) -> None:
    talking.person("Alice", LEG).person("Bob", OTHER).leg(0, "answered", OTHER)
    assert isinstance(ask(talking, message("clear", person="Alice")), Met)
    assert isinstance(ask(talking, message("clear", person="Bob")), Missed)
    assert matching_entries(message("media", person="Bob"), ALWAYS, talking.record()) == []


# The account

BEFORE = {"applications": {"1": {"name": "Old", "updated_at": "a"}}, "numbers": {"9": {"connection_id": "1"}}}


def account(folder: Path, *states: Any) -> HandWritten:
    trace = HandWritten(folder).at(0, "switch", "account", None, state=states[0])
    trace.command(1, "number.update", call=None).at(1, "switch", "account", None, change="number.update", changed={})
    for state in states[1:]:
        trace.at(2, "switch", "account", None, state=state)
    return trace


def test_an_account_that_was_put_back_is_unchanged(tmp_path: Path) -> None:
    """When a resource was last written is no part of what it is."""
    after = {"applications": {"1": {"name": "Old", "updated_at": "b"}}, "numbers": {"9": {"connection_id": "1"}}}
    answer = ask(account(tmp_path, BEFORE, after), expects(Subject.ACCOUNT, "unchanged"))
    assert isinstance(answer, Met)
    assert answer.actual == "as at the start, after 1 change"


def test_each_difference_of_the_account_is_said(tmp_path: Path) -> None:
    after = {"applications": {"1": {"name": "Old"}, "2": {}}, "numbers": {"9": {"connection_id": "2"}}}
    answer = ask(account(tmp_path, BEFORE, after), expects(Subject.ACCOUNT, "unchanged"))
    assert isinstance(answer, Missed)
    assert answer.actual == "applications.2 is new; numbers.9.connection_id: '2', was '1'"


def test_an_account_that_was_not_recorded_is_not_exercised(tmp_path: Path) -> None:
    trace = account(tmp_path, BEFORE)
    assert isinstance(ask(trace, expects(Subject.ACCOUNT, "unchanged")), Unseen)
    assert ask(trace, expects(Subject.ACCOUNT, "unchanged"), now_ns=SECOND_NS) == Pending()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": [1]}, {"a": [2]}, ["a: [2], was [1]"]),
        ({"a": {"b": 1}}, {"a": {}}, ["a.b is gone"]),
        ({}, {"a": None}, ["a is new"]),
    ],
)
def test_differences_have_their_place(before: Any, after: Any, found: list[str]) -> None:
    assert differences(before, after) == found
