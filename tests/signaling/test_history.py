"""What a run tells of itself: active calls, events of calls, the history of deliveries; and how webhooks go out."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from world import EPOCH_NS, HOOK, MS, OURS, THEIRS, S, World

from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.history import History
from telnyx_simulator.signaling.listing import listed
from wire import assert_fields, assert_refused

EVENT_URL = "http://127.0.0.1:3/own"


@pytest.fixture
def world() -> World:
    return World()


def rows(world: World, operation: str, path_id: str | None = None, **query: str) -> list[Any]:
    """The list as an application gets it; `__` stands for brackets: `filter__type`."""
    asked = {name.replace("__", "[") + "]" * name.count("__"): value for name, value in query.items()}
    command = inputs.RestCommand(operation=operation, path_id=path_id, body=asked)
    found = listed(OPERATIONS[operation], world.switch.items(command, world.now), asked)["data"]
    for row in found:
        assert_fields(OPERATIONS[operation].fields, row)
    return found


def filtered(world: World, operation: str, query: dict[str, str]) -> list[Any]:
    command = inputs.RestCommand(operation=operation, body=query)
    return list(listed(OPERATIONS[operation], world.switch.items(command, world.now), query)["data"])


# --- Calls under way --------------------------------------------------------------------------------------------------


def test_a_call_is_active_from_its_beginning_to_its_end(world):
    leg = world.incoming()
    world.until(2 * S)
    world.rest("answer", leg, client_state="c3RhdGU=")
    world.until(5 * S)
    assert rows(world, "active_call.list", world.connection) == [
        {
            "record_type": "call",
            "call_control_id": leg.call_control_id,
            "call_leg_id": leg.call_leg_id,
            "call_session_id": leg.call_session_id,
            "call_duration": 3,
            "client_state": "c3RhdGU=",
        }
    ]
    assert rows(world, "active_call.list", "1") == [], "of another connection"
    world.rest("hangup", leg)
    assert rows(world, "active_call.list", world.connection) == []


def test_a_list_of_calls_has_cursors_that_survive_the_end_of_a_call(world):
    legs = [world.incoming() for _ in range(5)]
    ids = [leg.call_control_id for leg in legs]
    operation = OPERATIONS["active_call.list"]

    def page(**query: str) -> tuple[list[str], dict[str, Any]]:
        asked = {f"page[{name}]": value for name, value in query.items()}
        command = inputs.RestCommand(operation="active_call.list", path_id=world.connection, body=asked)
        reply = listed(operation, world.switch.items(command, world.now), asked, path="/v2/x/active_calls")
        return [row["call_control_id"] for row in reply["data"]], reply["meta"]

    first, meta = page(limit="2")
    assert first == ids[:2]
    assert (meta["previous"], meta["total_items"], meta["page_number"], meta["total_pages"]) == (None, 5, 1, 3)
    on = parse_qs(urlsplit(meta["next"]).query)
    assert on == {"page[limit]": ["2"], "page[after]": [meta["cursors"]["after"]]}
    world.rest("hangup", legs[0])
    second, meta = page(limit="2", after=meta["cursors"]["after"])
    assert second == ids[2:4], "nothing is skipped though a call of the first page is over"
    assert page(limit="2", before=meta["cursors"]["before"])[0] == ids[1:2]
    last, meta = page(limit="2", after=meta["cursors"]["after"])
    assert (last, meta["next"]) == (ids[4:], None)
    past, meta = page(number="9")
    assert (past, meta["cursors"], meta["next"]) == ([], {"after": None, "before": None}, None)


# --- Events of calls --------------------------------------------------------------------------------------------------


def test_commands_and_webhooks_of_a_call_are_its_events(world):
    leg = world.incoming()
    world.until(S)
    world.rest("answer", leg, client_state="c3RhdGU=")
    world.rest("reject", leg, cause="USER_BUSY")
    world.until(2 * S)
    world.rest("hangup", leg)
    world.until(3 * S)
    world.rest("retrieve", leg)
    found = rows(world, "call_event.list", filter__leg_id=leg.call_leg_id)
    assert [(row["type"], row["name"], row["metadata"]["failed"]) for row in found] == [
        ("webhook", "call.initiated", False),
        ("command", "answer", False),
        ("command", "reject", True),
        ("webhook", "call.answered", False),
        ("command", "hangup", False),
        ("webhook", "call.hangup", False),
    ]
    assert [row["event_timestamp"] for row in found] == sorted(row["event_timestamp"] for row in found)
    assert {row["call_session_id"] for row in found} == {leg.call_session_id}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"filter[type]": "command"}, 2),
        ({"filter[type]": "webhook"}, 3),
        ({"filter[name]": "call.hangup"}, 1),
        ({"filter[failed]": "true"}, 0),
        ({"filter[status]": "completed"}, 5),
        ({"filter[product]": "fax"}, 0),
        ({"filter[from]": THEIRS}, 5),
        ({"filter[to]": THEIRS}, 0),
        ({"filter[application_name][contains]": "AP"}, 5),
        ({"filter[connection_id]": "1"}, 0),
        ({"filter[occurred_at][gt]": "2026-01-01T00:00:05Z"}, 2),
        ({"filter[occurred_at][lte]": "2026-01-01T01:00:05+01:00"}, 3),
        ({"filter[outbound.outbound_voice_profile_id]": "1"}, 0),
    ],
)
def test_events_are_found_by_what_the_sdk_can_ask_for(world, query, count):
    leg = world.incoming()
    world.until(S)
    world.rest("answer", leg)
    world.until(6 * S)
    world.rest("hangup", leg)
    world.until(7 * S)
    assert len(filtered(world, "call_event.list", query)) == count


# --- The history of deliveries ----------------------------------------------------------------------------------------


def test_a_delivery_tells_of_its_attempts_the_newest_first(world):
    world.account.applications[world.connection]["webhook_event_failover_url"] = EVENT_URL
    world.webhook_status = 500
    leg = world.incoming()
    world.until(20 * S)
    (row,) = rows(world, "webhook_delivery.list")
    assert (row["status"], row["webhook"]["event_type"]) == ("failed", "call.initiated")
    assert row["webhook"]["payload"]["call_control_id"] == leg.call_control_id
    assert [one["http"]["request"]["url"] for one in row["attempts"]] == [EVENT_URL, EVENT_URL, HOOK, HOOK]
    assert [one["errors"] for one in row["attempts"]] == [[500]] * 4
    assert row["started_at"] == row["attempts"][-1]["started_at"] < row["attempts"][0]["started_at"]
    assert row["finished_at"] == row["attempts"][0]["finished_at"]
    found = world.feed(inputs.RestCommand(operation="webhook_delivery.retrieve", path_id=row["id"]))[0]
    assert found.body == {"data": row}
    unknown = world.feed(inputs.RestCommand(operation="webhook_delivery.retrieve", path_id="1"))[0]
    assert_refused(unknown.status, unknown.body, "not_found")


def test_no_reply_and_a_lost_reply_are_failed_attempts():
    world = World(webhooks=[{"event": "call.initiated", "treatment": {"lose_ack": 1}}])
    world.incoming()
    world.until(20 * S)
    (row,) = rows(world, "webhook_delivery.list")
    assert row["status"] == "delivered"
    assert [(one["status"], one["errors"], one["http"]["response"] is None) for one in row["attempts"]] == [
        ("delivered", [], False),
        ("failed", [408], True),
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"filter[status][eq]": "delivered"}, 1),
        ({"filter[status][eq]": "failed"}, 1),
        ({"filter[event_type]": "call.hangup"}, 1),
        ({"filter[webhook][contains]": "call.initiated"}, 1),
        ({"filter[attempts][contains]": HOOK}, 2),
        ({"filter[attempts][contains]": "nowhere"}, 0),
        ({"filter[started_at][gte]": "2026-01-01T00:00:01Z"}, 1),
        ({"filter[finished_at][lte]": "2026-01-01T00:00:01Z"}, 1),
    ],
)
def test_deliveries_are_found_by_what_the_sdk_can_ask_for(world, query, count):
    world.status_of = {"call.hangup": 404}
    leg = world.incoming()
    world.until(S)
    world.feed(inputs.HangUp(call_leg_id=leg.call_leg_id))
    world.until(9 * S)
    assert len(filtered(world, "webhook_delivery.list", query)) == count


# --- How webhooks go out ----------------------------------------------------------------------------------------------


def test_a_webhook_by_get_has_its_payload_in_the_query(world):
    leg = world.incoming()
    world.rest("answer", leg, webhook_url=EVENT_URL, webhook_url_method="GET")
    world.until(S)
    ((_, answered),) = world.attempts("call.answered")
    assert (answered.method, answered.body, answered.is_genuine) == ("GET", b"", True)
    assert answered.url.startswith(EVENT_URL + "?event_type=call.answered&")
    assert parse_qs(urlsplit(answered.url).query)["call_control_id"] == [leg.call_control_id]
    ((_, initiated),) = world.attempts("call.initiated")
    assert (initiated.method, initiated.url) == ("POST", HOOK)


def test_urls_of_events_have_a_method_of_their_own(world):
    leg = world.incoming()
    world.rest("answer", leg, webhook_urls={"call.answered": [EVENT_URL, HOOK]}, webhook_urls_method="GET")
    world.rest("hangup", leg)
    world.until(S)
    assert [attempt.method for _, attempt in world.attempts("call.answered")] == ["GET", "GET"]
    assert [attempt.method for _, attempt in world.attempts("call.hangup")] == ["POST"]


def test_a_new_url_is_posted_to_unless_it_comes_with_a_method(world):
    leg = world.incoming()
    world.rest("answer", leg, webhook_url=EVENT_URL, webhook_url_method="GET")
    world.rest("hangup", leg)
    other = world.dial(webhook_url=EVENT_URL)
    world.until(S)
    assert [attempt.method for _, attempt in world.attempts("call.hangup")] == ["GET"]
    assert [attempt.method for _, attempt in world.attempts() if attempt.delivery.call_leg_id == other.call_leg_id] == [
        "POST"
    ]


def test_an_application_of_version_1_gets_the_flat_envelope():
    world = World(application={"webhook_api_version": "1"})
    leg = world.incoming()
    world.until(S)
    ((_, attempt),) = world.attempts()
    body = json.loads(attempt.body)
    assert body.keys() == {"record_type", "id", "event_type", "created_at", "payload"}
    assert (body["event_type"], body["payload"]["call_control_id"]) == ("call_initiated", leg.call_control_id)
    assert body["payload"]["occurred_at"].startswith("2026-01-01T00:00:00.")
    assert attempt.is_genuine


def test_an_application_made_by_rest_has_version_1_unless_it_says_otherwise(world):
    given = {"application_name": "n", "webhook_event_url": HOOK}
    reply = world.account.handle(inputs.RestCommand(operation="application.create", body=given), EPOCH_NS)
    assert reply.body["data"]["webhook_api_version"] == "1"
    assert world.account.applications[world.connection]["webhook_api_version"] == "2"


def test_a_dial_hears_of_webhooks_by_get_from_the_first_on(world):
    world.dial(webhook_url=EVENT_URL, webhook_url_method="GET", to=THEIRS, **{"from": OURS})
    world.until(500 * MS)
    assert [attempt.method for _, attempt in world.attempts()] == ["GET"]


def test_of_a_long_history_one_page_is_made_and_of_events_those_of_one_leg(world, monkeypatch):
    legs = [world.incoming() for _ in range(5)]
    world.until(1 * S)
    for leg in legs:
        world.rest("hangup", leg)
    world.until(2 * S)
    made: list[str] = []
    for name in ("_delivery", "_event"):
        plain = getattr(History, name)
        monkeypatch.setattr(History, name, lambda *given, plain=plain: (made.append(plain.__name__), plain(*given))[1])
    assert len(rows(world, "webhook_delivery.list", page__size="2")) == 2
    assert made == ["_delivery"] * 2
    made.clear()
    found = rows(world, "call_event.list", filter__leg_id=legs[3].call_leg_id)
    assert [row["name"] for row in found] == ["call.initiated", "hangup", "call.hangup"]
    assert made == ["_event"] * 3
    assert rows(world, "call_event.list", filter__leg_id="nobody") == []
