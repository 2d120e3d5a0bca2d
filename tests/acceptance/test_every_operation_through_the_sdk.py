"""The REST surface as applications meet it: through the official SDK, on a real socket, judged by `facts`.

The SDK's strict validation is weak (it takes `{}` for a call), so raw bodies are compared with `facts.operations` too.
"""

import importlib
import inspect
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
import telnyx
from telnyx import AsyncTelnyx

import sdk_cases  # noqa: F401 - they register themselves
from sdk_line import CALLER, CASES, EFFECTS, STREAM_URL, UNKNOWN_ID, Line, effect_of, line_to
from telnyx_simulator.facts.operations import OPERATIONS, Operation
from wire import API_KEY, assert_fields, assert_refused, error_body, serving

# One server for the whole module: every test makes the calls and resources that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


# --- Every operation --------------------------------------------------------------------------------------------------


async def test_the_openapi_document_and_the_cases_below_name_the_same_operations(line: Line) -> None:
    document = (await line.plain.get("/openapi.json")).json()
    published = [
        (operation["operationId"], method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v2")
    ]
    assert sorted(published) == sorted((name, fact.method, "/v2" + fact.path) for name, fact in OPERATIONS.items())
    assert CASES.keys() <= OPERATIONS.keys()


async def test_every_operation_has_a_case() -> None:
    assert OPERATIONS.keys() - CASES.keys() == set()


# What is read here stands nowhere else, and nothing changes it.
NOWHERE_ELSE = {"balance.retrieve"}


async def test_of_every_operation_a_test_shows_the_effect_on_another_surface() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*_through_the_sdk.py")):
        importlib.import_module(path.stem)
    assert OPERATIONS.keys() - EFFECTS.keys() == NOWHERE_ELSE


@pytest.mark.parametrize("client", ["async", "sync"])
@pytest.mark.parametrize("name", CASES)
async def test_a_reply_keeps_to_the_facts_and_passes_the_sdk(line: Line, name: str, client: str) -> None:
    operation = OPERATIONS[name]
    raw = await CASES[name](line if client == "async" else line.in_threads())
    assert raw.http_request.method == operation.method
    assert raw.status_code == operation.status
    if operation.status == 204:
        assert raw.http_response.content == b""
        return
    if not operation.fields:  # the reply is a file
        assert raw.headers["content-type"] == "audio/wav"
        return
    assert raw.headers["content-type"] == "application/json"
    assert_reply(operation, json.loads(raw.http_response.content))
    parsed = raw.parse()  # strict: raises where the body does not fit the SDK's types
    parsed = await parsed if inspect.isawaitable(parsed) else parsed
    assert operation.bare or parsed.data is not None


def assert_reply(operation: Operation, body: Any) -> None:
    if not operation.many:
        assert operation.bare or body.keys() == {"data"}
        assert_fields(operation.fields, body if operation.bare else body["data"])
        return
    assert body.keys() == {"data", "meta"}
    assert body["data"]
    for item in body["data"]:
        assert_fields(operation.fields, item)
    counts = {"page_number", "page_size", "total_pages", "total_results"}
    where = {"cursors", "next", "previous", "total_items"} if operation.cursors else set()
    assert body["meta"].keys() == counts | where
    assert {type(body["meta"][name]) for name in counts} == {int}


# --- What replies say -------------------------------------------------------------------------------------------------


@effect_of("dial")
async def test_a_dial_is_never_alive_yet_and_echoes_the_client_state(line: Line) -> None:
    dialed = (await line.dialing(client_state="c3RhdGU=")).json()["data"]
    assert (dialed["record_type"], dialed["is_alive"], dialed["client_state"]) == ("call", False, "c3RhdGU=")
    call = (await line.plain.get(f"/v2/calls/{dialed['call_control_id']}")).json()["data"]
    assert (call["is_alive"], call["call_duration"], call["client_state"]) == (True, 0, "c3RhdGU=")
    assert call["call_leg_id"] == dialed["call_leg_id"]
    assert call["call_session_id"] == dialed["call_session_id"]


@effect_of("retrieve")
async def test_a_call_that_is_over_says_when_it_ended(line: Line) -> None:
    call = (await line.plain.get(f"/v2/calls/{await line.ended()}")).json()["data"]
    assert_fields(OPERATIONS["retrieve"].fields, call)
    assert call["is_alive"] is False
    assert call["end_time"] >= call["start_time"]


@effect_of("hangup", "client_state_update")
async def test_client_state_is_replaced_and_heard_of_in_the_next_webhook(line: Line) -> None:
    leg = await line.answered()
    await line.sdk.calls.actions.update_client_state(leg, client_state="bmV3")
    await line.sdk.calls.actions.hangup(leg)
    assert (await line.receiver.event("call.hangup", leg)).payload["client_state"] == "bmV3"


async def test_a_dial_may_link_its_leg_to_the_session_of_another(line: Line) -> None:
    first = (await line.dialing()).json()["data"]
    second = (await line.dialing(link_to=first["call_control_id"])).json()["data"]
    assert second["call_session_id"] == first["call_session_id"]
    assert second["call_leg_id"] != first["call_leg_id"]


# --- Requests as clients really make them -----------------------------------------------------------------------------


async def test_a_hangup_may_come_with_a_json_content_type_and_no_body(line: Line) -> None:
    reply = await line.plain.post(
        f"/v2/calls/{await line.answered()}/actions/hangup", headers={"Content-Type": "application/json"}
    )
    assert (reply.status_code, reply.json()) == (200, {"data": {"result": "ok"}})


@pytest.mark.parametrize("body", [b"", b" \r\n", b"null", b"{}", b'{"client_state": null, "command_id": null}'])
async def test_a_command_needs_no_body_and_null_is_like_absent(line: Line, body: bytes) -> None:
    reply = await line.plain.post(f"/v2/calls/{await line.parked()}/actions/answer", content=body)
    assert (reply.status_code, reply.json()) == (200, {"data": {"result": "ok"}})


async def test_an_id_is_found_raw_and_percent_encoded(line: Line) -> None:
    leg = await line.parked()
    encoded = quote(leg, safe="")
    assert encoded.startswith("v3%3A")
    for path in (leg, encoded):
        reply = await line.plain.get(f"/v2/calls/{path}")
        assert reply.json()["data"]["call_control_id"] == leg


async def test_unknown_parameters_are_ignored(line: Line) -> None:
    dialed = await line.dialing(invented=True, assistant={"id": "x"}, stream_url=None)
    assert dialed.status_code == 200
    answered = await line.plain.post(
        f"/v2/calls/{await line.parked()}/actions/answer", json={"invented": [1], "id": "not this"}
    )
    assert answered.status_code == 200


async def test_a_client_cannot_set_what_is_telnyx_to_set(line: Line) -> None:
    key = await line.application()
    path = f"/v2/call_control_applications/{key}"
    before = (await line.plain.get(path)).json()["data"]
    # Some integrations send back the whole object that they have read, their change within it.
    changed = before | {"application_name": "other", "id": "1", "record_type": "x", "created_at": "then", "x": 1}
    after = (await line.plain.patch(path, json=changed)).json()["data"]
    assert after == before | {"application_name": "other", "updated_at": after["updated_at"]}


async def test_null_unsets_what_can_be_null(line: Line) -> None:
    key = await line.application()
    path = f"/v2/call_control_applications/{key}"
    required = {"application_name": "n", "webhook_event_url": line.receiver.url}
    timed = (await line.plain.patch(path, json=required | {"webhook_timeout_secs": 7, "tags": ["t"]})).json()["data"]
    assert timed["webhook_timeout_secs"] == 7
    bare = (await line.plain.patch(path, json=required | {"webhook_timeout_secs": None, "tags": None})).json()["data"]
    assert (bare["webhook_timeout_secs"], bare["tags"]) == (None, ["t"])


@effect_of("number.update", "application.update")
async def test_a_number_moves_between_applications_and_can_be_taken_from_all(line: Line) -> None:
    path = f"/v2/phone_numbers/{await line.number_id()}"
    key = await line.application("elsewhere")
    try:
        moved = (await line.plain.patch(path, json={"connection_id": key})).json()["data"]
        assert (moved["connection_id"], moved["connection_name"]) == (key, "elsewhere")
        await line.sdk.call_control_applications.update(
            key, application_name="renamed", webhook_event_url=line.receiver.url
        )
        assert (await line.plain.get(path)).json()["data"]["connection_name"] == "renamed"
        free = (await line.plain.patch(path, json={"connection_id": ""})).json()["data"]
        assert (free["connection_id"], free["connection_name"]) == ("", "")
        nowhere = await line.plain.post("/_sim/calls", json={"from": CALLER, "to": line.ground.number})
        assert nowhere.status_code == 422
    finally:
        await line.plain.patch(path, json={"connection_id": line.ground.connection_id})


# --- Lists ------------------------------------------------------------------------------------------------------------


async def test_past_the_end_a_page_is_empty(line: Line) -> None:
    reply = await line.plain.get("/v2/phone_numbers", params={"page[number]": "999", "page[size]": "250"})
    assert reply.json() == {
        "data": [],
        "meta": {"page_number": 999, "page_size": 250, "total_pages": 1, "total_results": 1},
    }


@effect_of("application.list", "application.create")
async def test_the_sdk_pages_through_a_list_to_its_end(line: Line) -> None:
    made = [await line.application(f"paging {n}") for n in range(5)]
    applications = line.sdk.call_control_applications
    found = [
        item.id
        async for item in applications.list(
            filter={"application_name": {"contains": "PAGING"}}, page_size=2, sort="created_at"
        )
    ]
    assert found == made
    nothing = [item async for item in applications.list(filter={"application_name": {"contains": "no such"}})]
    assert nothing == []


async def test_lists_are_sorted_up_and_down(line: Line) -> None:
    made = [await line.application(f"sorting {name}") for name in "cab"]
    wanted = {"filter[application_name][contains]": "sorting"}

    async def ids(order: str) -> list[str]:
        reply = await line.plain.get("/v2/call_control_applications", params=wanted | {"sort": order})
        return [item["id"] for item in reply.json()["data"]]

    c, a, b = made
    assert await ids("created_at") == [c, a, b]
    assert await ids("-created_at") == [b, a, c]
    assert await ids("connection_name") == [a, b, c]
    assert await ids("-connection_name") == [c, b, a]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("%2B12025550100", 1),
        ("+12025550100", 1),  # a plus not encoded, which means a blank
        ("12025550100", 1),
        ("5550100", 1),
        ("%2B12025550199", 0),
        ("nothing", 0),
        ("", 1),
    ],
)
async def test_numbers_are_found_by_number_encoded_or_not_whole_or_in_part(line: Line, query: str, count: int) -> None:
    reply = await line.plain.get(f"/v2/phone_numbers?filter[phone_number]={query}")
    assert [item["phone_number"] for item in reply.json()["data"]] == [line.ground.number] * count


@effect_of("number.list")
async def test_the_sdk_finds_a_number_by_its_filter(line: Line) -> None:
    page = await line.sdk.phone_numbers.list(filter={"phone_number": line.ground.number})
    assert [item.connection_id for item in page.data] == [line.ground.connection_id]


# --- Errors -----------------------------------------------------------------------------------------------------------


async def test_without_credentials_there_is_401_before_anything_else(line: Line) -> None:
    async with httpx.AsyncClient(base_url=line.ground.url) as nobody:
        for header in (None, "", "Bearer", f"Basic {API_KEY}", API_KEY):
            headers = {} if header is None else {"Authorization": header}
            for method, path in (
                ("GET", "/v2/phone_numbers"),
                ("POST", "/v2/calls"),
                ("POST", f"/v2/calls/{UNKNOWN_ID}/actions/hangup"),
                ("POST", f"/v2/calls/{UNKNOWN_ID}/actions/speak"),
                ("GET", "/v2/no_such_thing"),
            ):
                reply = await nobody.request(method, path, headers=headers)
                assert_refused(reply.status_code, reply.json(), "no_credentials")


async def test_with_an_api_key_of_its_own_the_server_takes_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path / "trace", webhook_url=None, api_key="KEYright") as ground:
        async with AsyncTelnyx(base_url=f"{ground.url}/v2", api_key="KEYwrong0123456", max_retries=0) as wrong:
            with pytest.raises(telnyx.AuthenticationError) as caught:
                await wrong.phone_numbers.list()
            body = caught.value.response.json()
            assert_refused(caught.value.status_code, body, "unknown_key", key="KEYwrong012...")
        async with AsyncTelnyx(base_url=f"{ground.url}/v2", api_key="KEYright") as right:
            assert (await right.phone_numbers.list()).data


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/no_such_thing"),
        ("GET", "/v2/calls"),  # Telnyx has no such list
        ("POST", "/v2/calls/x/actions/no_such_verb"),
        ("GET", "/v2/calls/x/actions/speak"),
        ("POST", "/v2/calls/x/actions/client_state_update"),  # it is a PUT
        ("DELETE", "/v2/phone_numbers/1"),
        ("GET", "/v2/call_control_applications/1"),
        ("GET", "/v2/phone_numbers/1"),
        ("PATCH", "/v2/phone_numbers/1"),
        ("GET", "/v2"),
        ("GET", "/"),
        ("GET", "/_sim/no_such_thing"),
    ],
)
async def test_an_unknown_path_method_or_resource_is_404(line: Line, method: str, path: str) -> None:
    reply = await line.plain.request(method, path)
    assert_refused(reply.status_code, reply.json(), "not_found")


@pytest.mark.parametrize(
    "body",
    [b"{", b"{'a': 1}", b"\xff\xfe\xfd", b'{"to": NaN}', b'{"to": 1e999}', b'{"x": "\\ud800"}', b"[" * 10_000],
)
async def test_what_is_not_json_is_400(line: Line, body: bytes) -> None:
    reply = await line.plain.post("/v2/calls", content=body, headers={"Content-Type": "application/json"})
    detail = reply.json()["errors"][0]["detail"]
    assert detail.startswith("The request body is not JSON: ")
    assert_refused(reply.status_code, reply.json(), "malformed_json", detail=detail)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"true"])
async def test_json_that_is_no_object_is_400(line: Line, body: bytes) -> None:
    reply = await line.plain.post("/v2/calls", content=body)
    assert_refused(reply.status_code, reply.json(), "malformed_json", detail="The request body must be a JSON object.")


POLICY = "A retry policy holds at most 5 waits, together at most 60000 ms."
HEADER = "A custom header has a name and a value, both strings."
DIAL_BREACHES: list[tuple[str, Any, str, dict[str, Any]]] = [
    # parameter, value, error, what it says beside the pointer
    ("to", ..., "missing_parameter", {"name": "to"}),
    ("to", None, "missing_parameter", {"name": "to"}),
    ("from", "", "missing_parameter", {"name": "from"}),
    ("to", [], "missing_parameter", {"name": "to"}),
    ("connection_id", ..., "missing_parameter", {"name": "connection_id"}),
    ("connection_id", "1234567890123456789", "invalid_connection", {}),
    ("to", "2025550100", "not_e164", {"name": "to"}),
    ("from", "+0123", "not_e164", {"name": "from"}),
    ("to", "+12025550100\n", "not_e164", {"name": "to"}),
    ("to", "+12025550100 or sip:username@sip.telnyx.com;secure=srtp", "not_e164", {"name": "to"}),
    ("to", 12025550100, "wrong_type", {"name": "to", "expected": "string or array"}),
    ("from", ["+12025550100"], "wrong_type", {"name": "from", "expected": "string"}),
    ("connection_id", 1234567890123456789, "wrong_type", {"name": "connection_id", "expected": "string"}),
    ("timeout_secs", "30", "wrong_type", {"name": "timeout_secs", "expected": "integer"}),
    ("timeout_secs", "", "wrong_type", {"name": "timeout_secs", "expected": "integer"}),
    ("timeout_secs", 30.5, "wrong_type", {"name": "timeout_secs", "expected": "integer"}),
    ("timeout_secs", True, "wrong_type", {"name": "timeout_secs", "expected": "integer"}),
    ("retry_on_timeout", 1, "wrong_type", {"name": "retry_on_timeout", "expected": "boolean"}),
    ("webhook_urls", [], "wrong_type", {"name": "webhook_urls", "expected": "object"}),
    ("custom_headers", {}, "wrong_type", {"name": "custom_headers", "expected": "array"}),
    ("timeout_secs", 4, "out_of_range", {"low": 5, "high": 600}),
    ("timeout_secs", 601, "out_of_range", {"low": 5, "high": 600}),
    ("time_limit_secs", 10**30, "out_of_range", {"low": 30, "high": 14400}),
    ("from_display_name", "x" * 129, "out_of_range", {"low": 0, "high": 128}),
    ("stream_track", "both", "not_in_enum", {"allowed": "both_tracks, inbound_track, outbound_track"}),
    ("stream_track", "", "not_in_enum", {"allowed": "both_tracks, inbound_track, outbound_track"}),
    ("stream_bidirectional_codec", "pcmu", "not_in_enum", {"allowed": "AMR-WB, G722, L16, OPUS, PCMA, PCMU"}),
    (
        "stream_bidirectional_sampling_rate",
        44100,
        "not_in_enum",
        {"allowed": "8000, 16000, 22050, 24000, 48000"},
    ),
    ("client_state", "???", "invalid_value", {"detail": "The 'client_state' parameter must be Base64 encoded."}),
    ("client_state", "é", "invalid_value", {"detail": "The 'client_state' parameter must be Base64 encoded."}),
    (
        "webhook_url",
        "here",
        "invalid_value",
        {"detail": "The 'webhook_url' parameter must be a http:// or https:// URL."},
    ),
    (
        "webhook_url",
        "http://127.0.0.1:99999/",
        "invalid_value",
        {"detail": "The 'webhook_url' parameter must be a http:// or https:// URL."},
    ),
    (
        "stream_url",
        "http://127.0.0.1/",
        "invalid_value",
        {"detail": "The 'stream_url' parameter must be a ws:// or wss:// URL."},
    ),
    ("to", ["+12025550101", "+12025550102"], "not_built_yet", {"name": "a dial to several numbers"}),
]


@pytest.mark.parametrize(
    ("name", "value", "fact", "words"), DIAL_BREACHES, ids=[f"{fact}-{name}" for name, _, fact, _ in DIAL_BREACHES]
)
async def test_a_breach_of_a_parameters_rule_is_refused_with_a_pointer(
    line: Line, name: str, value: Any, fact: str, words: dict[str, Any]
) -> None:
    legs = len((await line.plain.get("/_sim/calls")).json()["data"])
    reply = await line.dialing(**{name: value})
    assert_refused(reply.status_code, reply.json(), fact, pointer=f"/{name}", **words)
    assert len((await line.plain.get("/_sim/calls")).json()["data"]) == legs, "a refused dial left a leg behind"


@pytest.mark.parametrize(
    ("name", "value", "fact", "at", "words"),
    [
        ("webhook_retries_policies", {"call.hangup": {"retries_ms": [1] * 6}}, "invalid_value", "call.hangup", POLICY),
        ("webhook_retries_policies", {"call.hangup": {"retries_ms": [60001]}}, "invalid_value", "call.hangup", POLICY),
        ("webhook_retries_policies", {"call.hangup": {"retries_ms": [-1]}}, "invalid_value", "call.hangup", POLICY),
        ("webhook_retries_policies", {"call.hangup": {"retries_ms": [True]}}, "invalid_value", "call.hangup", POLICY),
        ("webhook_retries_policies", {"call.hangup": {}}, "invalid_value", "call.hangup", POLICY),
        ("webhook_retries_policies", {"call.hangup": [1]}, "invalid_value", "call.hangup", POLICY),
        ("custom_headers", [{"name": "X-A", "value": "1"}, {"name": "X-B"}], "invalid_value", "1", HEADER),
        ("custom_headers", [7], "invalid_value", "0", HEADER),
    ],
)
async def test_a_breach_within_a_parameter_is_pointed_at(
    line: Line, name: str, value: Any, fact: str, at: str, words: str
) -> None:
    legs = len((await line.plain.get("/_sim/calls")).json()["data"])
    reply = await line.dialing(**{name: value})
    assert_refused(reply.status_code, reply.json(), fact, pointer=f"/{name}/{at}", detail=words)
    assert len((await line.plain.get("/_sim/calls")).json()["data"]) == legs, "a refused dial left a leg behind"


@pytest.mark.parametrize("urls", [5, [5], None, {"a": 1}])
async def test_the_url_of_an_event_is_text(line: Line, urls: Any) -> None:
    reply = await line.dialing(webhook_urls={"call.hangup": urls})
    at = "webhook_urls/call.hangup"
    assert_refused(reply.status_code, reply.json(), "wrong_type", pointer=f"/{at}", name=at, expected="string")


async def test_a_refused_command_changes_nothing_of_the_leg(line: Line) -> None:
    leg = await line.parked()
    path = f"/v2/calls/{leg}/actions/answer"
    breaches = {"client_state": "bmV3", "webhook_retries_policies": {"call.hangup": {"retries_ms": "soon"}}}
    assert (await line.plain.post(path, json=breaches)).status_code == 422
    call = (await line.plain.get(f"/v2/calls/{leg}")).json()["data"]
    assert call["client_state"] is None


async def test_each_breach_of_a_body_is_an_error_of_its_own(line: Line) -> None:
    reply = await line.plain.post("/v2/calls", json={"from": "x", "timeout_secs": 1})
    assert reply.status_code == 422
    assert reply.json() == {
        "errors": [
            error_body("missing_parameter", pointer="/connection_id", name="connection_id"),
            error_body("missing_parameter", pointer="/to", name="to"),
            error_body("not_e164", pointer="/from", name="from"),
            error_body("out_of_range", pointer="/timeout_secs", low=5, high=600),
        ]
    }


async def test_a_dial_needs_an_active_application_with_a_webhook_url(line: Line) -> None:
    key = await line.application()
    sound = {"application_name": "off", "webhook_event_url": line.receiver.url}
    assert (await line.dialing(connection_id=key)).status_code == 200
    await line.plain.patch(f"/v2/call_control_applications/{key}", json=sound | {"active": False})
    reply = await line.dialing(connection_id=key)
    assert_refused(reply.status_code, reply.json(), "invalid_connection")
    await line.plain.delete(f"/v2/call_control_applications/{key}")
    reply = await line.dialing(connection_id=key)
    assert_refused(reply.status_code, reply.json(), "invalid_connection")


@pytest.mark.parametrize("key", [UNKNOWN_ID, "call_control_id", "v3:", "%00", "v2:abc==", "é"])
@pytest.mark.parametrize(
    ("method", "tail"), [("POST", "/actions/hangup"), ("GET", ""), ("PUT", "/actions/client_state_update")]
)
async def test_an_id_that_nobody_knows_is_90015(line: Line, key: str, method: str, tail: str) -> None:
    reply = await line.plain.request(method, f"/v2/calls/{key}{tail}")
    assert_refused(reply.status_code, reply.json(), "invalid_call_control_id")


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("POST", "answer", {}),
        ("POST", "reject", {"cause": "USER_BUSY"}),
        ("POST", "hangup", {}),
        ("POST", "streaming_start", {"stream_url": STREAM_URL}),
        ("POST", "streaming_stop", {}),
        ("PUT", "client_state_update", {"client_state": "bmV3"}),
    ],
)
async def test_a_call_that_is_over_takes_no_command(line: Line, method: str, verb: str, body: Any) -> None:
    reply = await line.plain.request(method, f"/v2/calls/{await line.ended()}/actions/{verb}", json=body)
    assert_refused(reply.status_code, reply.json(), "call_ended")


async def test_a_second_hangup_raises_what_integrations_look_for(line: Line) -> None:
    with pytest.raises(telnyx.UnprocessableEntityError) as caught:
        await line.sdk.calls.actions.hangup(await line.ended())
    assert caught.value.status_code == 422
    assert caught.value.response.json()["errors"][0]["code"] == "90018"


async def test_parameters_are_judged_before_the_state_of_the_leg(line: Line) -> None:
    reply = await line.plain.post(f"/v2/calls/{await line.ended()}/actions/reject")
    assert_refused(reply.status_code, reply.json(), "missing_parameter", pointer="/cause", name="cause")
    reply = await line.plain.post(f"/v2/calls/{await line.ended()}/actions/reject", json={"cause": "no"})
    allowed = "CALL_REJECTED, NOT_FOUND, TEMPORARILY_UNAVAILABLE, USER_BUSY"
    assert_refused(reply.status_code, reply.json(), "not_in_enum", pointer="/cause", allowed=allowed)


async def test_a_stream_needs_an_answered_call_and_there_is_one_at_a_time(line: Line) -> None:
    path = "/v2/calls/{}/actions/streaming_start"
    body = {"stream_url": STREAM_URL}
    reply = await line.plain.post(path.format(await line.parked()), json=body)
    assert_refused(reply.status_code, reply.json(), "call_not_answered")
    leg = await line.answered()
    assert (await line.plain.post(path.format(leg), json=body)).status_code == 200
    reply = await line.plain.post(path.format(leg), json=body)
    assert_refused(reply.status_code, reply.json(), "media_streaming_used")


async def test_only_a_parked_call_is_answered_or_rejected(line: Line) -> None:
    answered, dialed = await line.answered(), (await line.dialing()).json()["data"]["call_control_id"]
    for leg in (answered, dialed):
        reply = await line.plain.post(f"/v2/calls/{leg}/actions/answer")
        assert_refused(reply.status_code, reply.json(), "not_parked")
        reply = await line.plain.post(f"/v2/calls/{leg}/actions/reject", json={"cause": "USER_BUSY"})
        assert_refused(reply.status_code, reply.json(), "not_parked")


async def test_what_is_not_built_yet_says_so(line: Line) -> None:
    path = f"/v2/calls/{await line.answered()}/actions/bridge"
    reply = await line.plain.post(path, json={"video_room_id": "0b8a1e5c-0000-4000-8000-000000000000"})
    name = "a bridge to a video room"
    assert_refused(reply.status_code, reply.json(), "not_built_yet", pointer="/video_room_id", name=name)


async def test_what_is_refused_about_a_leg_stands_in_that_legs_trace(line: Line) -> None:
    leg = await line.answered()
    await line.plain.post(f"/v2/calls/{leg}/actions/reject", json={"cause": "USER_BUSY"})
    await line.plain.post(f"/v2/calls/{leg}/actions/hangup", content=b"{")
    entries = (await line.plain.get(f"/_sim/calls/{leg}/trace")).json()["data"]
    commands = [(one["body"]["command"], one["body"]["status"]) for one in entries if one["kind"] == "command"]
    assert commands == [("answer", 200), ("reject", 422), ("hangup", 400)]


@pytest.mark.parametrize(
    ("query", "name", "most"),
    [
        ("page[size]=0", "page[size]", 250),
        ("page[size]=251", "page[size]", 250),
        ("page[number]=0", "page[number]", 10**9),
        ("page[number]=-1", "page[number]", 10**9),
        ("page[number]=x", "page[number]", 10**9),
        (f"page[number]={'9' * 5000}", "page[number]", 10**9),
    ],
)
async def test_bad_paging_is_refused_with_the_parameters_name(line: Line, query: str, name: str, most: int) -> None:
    reply = await line.plain.get(f"/v2/phone_numbers?{query}")
    detail = f"{name} must be from 1 to {most}."
    assert_refused(reply.status_code, reply.json(), "invalid_pagination", parameter=name, detail=detail)


async def test_an_unknown_order_is_refused(line: Line) -> None:
    reply = await line.plain.get("/v2/phone_numbers?sort=colour")
    detail = "Items cannot be sorted by 'colour'."
    assert_refused(reply.status_code, reply.json(), "invalid_value", parameter="sort", detail=detail, linked=True)


async def test_rules_hold_for_applications_and_numbers_as_well(line: Line) -> None:
    reply = await line.plain.post("/v2/call_control_applications", json={"webhook_event_url": "x", "tags": [1]})
    url = "The 'webhook_event_url' parameter must be a http:// or https:// URL."
    assert reply.json() == {
        "errors": [
            error_body("missing_parameter", pointer="/application_name", linked=True, name="application_name"),
            error_body("invalid_value", pointer="/webhook_event_url", linked=True, detail=url),
            error_body("wrong_type", pointer="/tags/0", linked=True, name="tags/0", expected="string"),
        ]
    }
    reply = await line.plain.patch(f"/v2/phone_numbers/{await line.number_id()}", json={"connection_id": "1"})
    about = {"pointer": "/connection_id", "detail": "The requested connection_id does not exist."}
    assert_refused(reply.status_code, reply.json(), "invalid_value", linked=True, **about)


# --- The OpenAPI document ---------------------------------------------------------------------------------------------


async def test_the_openapi_document_is_one(line: Line) -> None:
    from fastapi.openapi.models import OpenAPI

    reply = await line.plain.get("/openapi.json")
    assert reply.status_code == 200
    document = reply.json()
    OpenAPI.model_validate(document)
    assert document["openapi"].startswith("3.1")
    operations = [(path, operation) for path, methods in document["paths"].items() for operation in methods.values()]
    ids = [operation["operationId"] for _, operation in operations]
    assert len(ids) == len(set(ids))
    for path, operation in operations:
        assert path.startswith("/v2/"), "the control API is nobody's Telnyx"
        declared = {one["name"] for one in operation["parameters"] if one["in"] == "path" and one["required"]}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}


async def test_the_openapi_document_says_which_parameters_there_are(line: Line) -> None:
    document = (await line.plain.get("/openapi.json")).json()
    for name, fact in OPERATIONS.items():
        operation = document["paths"]["/v2" + fact.path][fact.method.lower()]
        assert operation["operationId"] == name
        assert str(fact.status) in operation["responses"]
        assert {one["name"] for one in operation["parameters"] if one["in"] == "query"} == set(fact.query)
        if fact.params:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert schema["properties"].keys() == fact.params.keys()
            assert schema.get("required", []) == [key for key, param in fact.params.items() if param.required]
