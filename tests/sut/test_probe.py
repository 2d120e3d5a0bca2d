"""What an application posts about a call's status, whatever it is."""

import json
from typing import Any

import pytest

from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import identifiers
from telnyx_simulator.sut.probe import probed

DRAWS = Draws(1)
CONTROL = identifiers.call_control_id(DRAWS, 1)
LEG = identifiers.time_uuid(DRAWS, "call_leg_id", 1)


def posted(body: Any) -> tuple[str | None, tuple[str, ...], str | None]:
    news = probed(body if isinstance(body, bytes) else json.dumps(body).encode(), "/call/status")
    return news.word, news.ids, news.problem


@pytest.mark.parametrize(
    "about",
    [
        {"call_control_id": CONTROL},
        {"id": CONTROL},
        {"leg": {"deep": [[CONTROL]]}},
        {CONTROL: "x"},
        {"self": f"http://127.0.0.1:8000/calls/{CONTROL}?x=1"},
        {"self": f"http://127.0.0.1:8000/calls/{CONTROL.replace(':', '%3A')}"},
    ],
)
def test_the_call_is_named_anywhere_in_the_body(about: dict[str, Any]) -> None:
    assert posted({"call": {"status": "completed"}, **about}) == ("completed", (CONTROL,), None)


def test_every_id_is_kept_once_in_order() -> None:
    body = {"call": {"status": "done", "leg": LEG}, "control": CONTROL, "again": LEG}
    assert posted(body) == ("done", (LEG, CONTROL), None)


def test_another_name_of_a_leg_counts_where_it_is_called_an_id() -> None:
    """A scenario may give a leg a name of any form."""
    assert posted({"call": {"status": "done", "call_control_id": "v3:other"}})[1] == ("v3:other",)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the body is not JSON"),
        (b"\xff\xfe\x00", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"status=done", "the body is not JSON"),
        ({"call_control_id": CONTROL}, "the body has no status at '/call/status'"),
        ({"call": {"status": {}}, "call_control_id": CONTROL}, "the body has no status at '/call/status'"),
        ({"call": {"status": "done"}}, "the body holds no call_control_id, call_leg_id or call_session_id"),
        ([CONTROL], "the body has no status at '/call/status'"),
        ("x", "the body has no status at '/call/status'"),
    ],
)
def test_what_says_nothing_of_a_call_is_told_what_it_lacks(body: Any, problem: str) -> None:
    word, ids, told = posted(body)
    assert (told or "").startswith(problem)
    assert word is None or not ids
