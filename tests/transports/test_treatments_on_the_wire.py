"""What an application sees of each treatment, on real sockets: bytes, headers, connections."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from line import MS, OURS, THEIRS, S, line

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.inputs import Called, Treatment
from telnyx_simulator.signaling.rules import Rules
from telnyx_simulator.transports import rest
from telnyx_simulator.transports.session import Session
from telnyx_simulator.transports.signer import Signer
from wire import Received


def for_event(event: str, **given: Any) -> list[dict[str, Any]]:
    return [{"event": event, "treatment": given}]


def for_command(command: str, **given: Any) -> list[dict[str, Any]]:
    return [{"command": command, "treatment": given}]


def is_signed(one: Received, signer: Signer) -> bool:
    """Whether it verifies as Telnyx's own SDK verifies: over `timestamp|raw body`, header names in any case."""
    headers = {name.lower(): value for name, value in one.headers}
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer.public_key))
    message = headers["telnyx-timestamp"].encode() + b"|" + one.body
    try:
        key.verify(base64.b64decode(headers["telnyx-signature-ed25519"]), message)
    except InvalidSignature:
        return False
    return True


# --- Webhooks ---------------------------------------------------------------------------------------------------------


async def test_a_duplicate_at_the_same_time_is_there_before_the_first_was_answered(tmp_path: Path) -> None:
    async with line(tmp_path, webhooks=for_event("call.initiated", duplicate_ns=[0])) as on:
        both = asyncio.Barrier(2)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await both.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        async with server:
            on.incoming(webhook_url=url)
            await on.until(lambda: len(on.entries("sender", "webhook.attempt")) == 2)
        first, second = on.entries("sender", "webhook.attempt")
        assert (first["status"], second["status"]) == (200, 200)
        assert {first["copy"], second["copy"]} == {0, 1}
        assert first["event_id"] == second["event_id"]
        assert first["genuine"]
        assert second["genuine"]


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        (None, "Telnyx-Timestamp"),
        ("lower", "telnyx-timestamp"),
        ("mixed", "tElNyX-TiMeStAmP"),
        ({"X-Forwarded-For": "203.0.113.9"}, "X-Forwarded-For"),
    ],
)
async def test_headers_arrive_in_the_case_that_was_asked_for_and_the_signature_holds(
    tmp_path: Path, headers: Any, seen: str
) -> None:
    async with line(tmp_path, webhooks=for_event("all", **({"headers": headers} if headers else {}))) as on:
        on.incoming()
        one = await on.receiver.event("call.initiated")
        assert seen in [name for name, _ in one.headers]
        assert is_signed(one, on.run.carrier.signer)
        values = {name.lower(): value for name, value in one.headers}
        assert values["content-type"] == "application/json"
        assert values["user-agent"] == "telnyx-webhooks"


@pytest.mark.parametrize("shape", SHAPES)
async def test_whatever_the_shape_the_bytes_on_the_wire_are_those_that_are_signed(tmp_path: Path, shape: str) -> None:
    async with line(tmp_path, webhooks=for_event("all", shape=shape)) as on:
        leg = on.incoming()
        await on.receiver.until(lambda received: received)
        (one,) = on.receiver.received
        assert is_signed(one, on.run.carrier.signer)
        method, target, _ = one.request_line.split()
        names = {name.lower(): value for name, value in one.headers}
        if shape == "query":
            assert (method, one.body, "content-type" in names) == ("GET", b"", False)
            assert parse_qs(urlsplit(target).query)["call_control_id"] == [leg.call_control_id]
        elif shape == "form":
            assert names["content-type"] == "application/x-www-form-urlencoded"
            assert parse_qs(one.body.decode())["call_control_id"] == [leg.call_control_id]
        else:
            body = json.loads(one.body)
            assert body.get("data", body)["payload"]["call_control_id"] == leg.call_control_id
        await on.until(lambda: on.entries("sender", "webhook.attempt"))
        (attempt,) = on.entries("sender", "webhook.attempt")
        assert attempt["bytes"].encode() == one.body
        assert attempt["method"] == method
        assert attempt["treatment"] == {"shape": shape}


async def test_a_lost_reply_stands_in_the_trace_as_it_was_and_the_webhook_comes_again(tmp_path: Path) -> None:
    account = {"webhook_timeout_ns": 300 * MS, "webhook_retries_ns": [50 * MS]}
    async with line(tmp_path, webhooks=for_event("call.initiated", lose_ack=1), account=account) as on:
        on.incoming()
        await on.receiver.until(lambda received: len(received) == 2)
        await on.until(lambda: len(on.entries("sender", "webhook.attempt")) == 2)
        first, second = on.entries("sender", "webhook.attempt")
        assert [(one["status"], one["acknowledged"], one["ack_lost"]) for one in (first, second)] == [
            (200, True, True),
            (200, True, False),
        ]
        assert second["due_ns"] - first["due_ns"] >= 350 * MS
        assert on.receiver.received[0].data["id"] == on.receiver.received[1].data["id"]


async def test_what_is_dropped_stands_in_the_trace_alone(tmp_path: Path) -> None:
    async with line(tmp_path, webhooks=for_event("call.initiated", drop=True)) as on:
        leg = on.incoming()
        await on.command(leg, "answer")
        await on.receiver.event("call.answered")
        dropped, sent = on.entries("switch", "webhook.planned")
        assert (dropped["event"], dropped["treatment"], dropped["due_ns"]) == ("call.initiated", {"drop": True}, None)
        assert (sent["event"], sent["treatment"]) == ("call.answered", {})
        assert sent["due_ns"] is not None
        assert [one.event for one in on.receiver.received] == ["call.answered"]


async def test_an_unsigned_webhook_is_not_one_that_must_be_taken(tmp_path: Path) -> None:
    async with line(tmp_path, webhooks=for_event("call.initiated", signature="none", delay_ns=100 * MS)) as on:
        on.incoming()
        one = await on.receiver.event("call.initiated")
        assert not [name for name, _ in one.headers if name.lower().startswith("telnyx-")]
        await on.until(lambda: on.entries("sender", "webhook.attempt"))
        (planned,) = on.entries("switch", "webhook.planned")
        (attempt,) = on.entries("sender", "webhook.attempt")
        assert (planned["genuine"], attempt["genuine"]) == (False, False)
        assert attempt["treatment"] == {"delay_ns": 100 * MS, "signature": "none"}


async def test_a_header_that_cannot_be_sent_is_told_and_stops_nothing(tmp_path: Path) -> None:
    async with line(tmp_path, webhooks=for_event("call.initiated", headers={"X-Name": "Zoë\u2028"})) as on:
        on.incoming()
        await on.until(lambda: on.entries("sender", "webhook.attempt"))
        (attempt,) = on.entries("sender", "webhook.attempt")[:1]
        assert attempt["status"] is None
        assert "UnicodeEncodeError" in attempt["failure"]


@pytest.mark.parametrize("followed", [True, False])
async def test_a_redirect_is_followed_with_the_same_bytes_where_that_is_assumed(tmp_path: Path, followed: bool) -> None:
    async with line(tmp_path, assume={"redirects": "followed" if followed else "failure"}) as on:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            target = f"Location: {on.receiver.url}/new\r\n"
            reply = f"HTTP/1.1 308 Moved\r\n{target}Content-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(reply.encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        async with server:
            on.incoming(webhook_url=url)
            await on.until(lambda: on.entries("sender", "webhook.attempt"))
        (attempt,) = on.entries("sender", "webhook.attempt")
        assert attempt["status"] == (200 if followed else 308)
        assert attempt["redirected"] == ([f"{on.receiver.url}/new"] if followed else [])
        assert [one.request_line.split()[1] for one in on.receiver.received] == (["/webhooks/new"] if followed else [])
        if followed:
            assert on.receiver.received[0].body == attempt["bytes"].encode()
            assert is_signed(on.receiver.received[0], on.run.carrier.signer)


async def test_a_circle_of_redirects_comes_to_an_end(tmp_path: Path) -> None:
    visits = 0
    async with line(tmp_path, assume={"redirects": "followed"}) as on:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal visits
            visits += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 307 Again\r\nLocation: /hook\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        async with server:
            on.incoming(webhook_url=url)
            await on.until(lambda: on.entries("sender", "webhook.attempt"))
        (attempt,) = on.entries("sender", "webhook.attempt")
        assert (attempt["status"], attempt["redirected"], visits) == (307, [url] * 3, 4)


async def test_a_public_url_is_reached_where_it_really_is(tmp_path: Path) -> None:
    async with line(tmp_path, public="https://agent.example.com/telnyx") as on:
        on.incoming()
        one = await on.receiver.event("call.initiated")
        assert json.loads(one.body)["meta"]["delivered_to"] == "https://agent.example.com/telnyx"


async def test_the_webhook_step_forges_and_shapes_as_the_rules_do(tmp_path: Path) -> None:
    async with line(tmp_path) as on:
        leg = on.incoming()
        await on.receiver.event("call.initiated")
        treatment = Treatment(signature="wrong_key", shape="compact", headers="lower", duplicate_ns=(0,))
        extra = inputs.ExtraWebhook(call_leg_id=leg.call_leg_id, event_type="call.hangup", treatment=treatment)
        on.run.feed(extra)
        await on.receiver.until(lambda received: len(received) == 3)
        for one in on.receiver.received[1:]:
            assert not is_signed(one, on.run.carrier.signer)
            assert b"\n" not in one.body
        assert leg.is_alive


# --- Commands ---------------------------------------------------------------------------------------------------------


async def test_a_late_reply_comes_after_the_webhooks_of_its_command(tmp_path: Path) -> None:
    async with line(tmp_path, commands=for_command("answer", delay_ns=S)) as on:
        leg = on.incoming()
        asked = asyncio.create_task(on.command(leg, "answer"))
        await on.receiver.event("call.answered")
        assert not asked.done()
        reply = await asked
        assert (reply.status_code, reply.json()) == (200, {"data": {"result": "ok"}})
        (entry,) = on.entries("rest", "command")
        assert (entry["status"], entry["effect"], entry["treatment"]) == (200, True, {"delay_ns": S})


async def test_an_error_arrives_in_telnyx_s_envelope(tmp_path: Path) -> None:
    async with line(tmp_path, commands=for_command("hangup", error_code="90018", error_status=422)) as on:
        leg = on.incoming()
        reply = await on.command(leg, "hangup")
        (error,) = reply.json()["errors"]
        assert (reply.status_code, error["code"], error["title"]) == (422, "90018", "Call has already ended")
        assert leg.is_alive
        (entry,) = on.entries("rest", "command")
        assert (entry["status"], entry["effect"]) == (422, False)
        assert entry["treatment"] == {"error_code": "90018", "error_status": 422}


async def test_plain_http_is_plain(tmp_path: Path) -> None:
    async with line(tmp_path, commands=for_command("hangup", error_status=503)) as on:
        reply = await on.command(on.incoming(), "hangup")
        assert (reply.status_code, reply.text) == (503, "Service Unavailable")
        assert reply.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("given", "effect"), [({"lose_reply": True}, True), ({"reset": True}, False)])
async def test_a_connection_is_cut_before_or_after_the_effect(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, given: dict[str, Any], effect: bool
) -> None:
    async with line(tmp_path, commands=for_command("answer", nth=1, **given)) as on:
        leg = on.incoming()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await on.command(leg, "answer")
        assert (leg.answered_ns is not None) is effect
        (entry,) = on.entries("rest", "command")
        assert (entry["status"], entry["effect"], entry["treatment"]) == (None, effect, {"nth": 1, **given})
        # The server lives on, and so does the call: a client that tries again is served.
        assert (await on.command(leg, "answer")).status_code == (422 if effect else 200)
    ours = [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert not ours, "nothing is amiss with the server"


async def test_a_cut_connection_ends_only_itself(tmp_path: Path) -> None:
    async with line(tmp_path, commands=for_command("answer", reset=True, delay_ns=300 * MS)) as on:
        leg = on.incoming()
        cut = asyncio.create_task(on.command(leg, "answer"))
        replies = [await on.http.get(f"/v2/calls/{leg.call_control_id}") for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200] * 3
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await cut


def test_a_server_that_cannot_cut_raises_what_a_cut_is() -> None:
    with pytest.raises(ConnectionAbortedError):
        rest.cut({"type": "http"})


async def test_a_command_by_another_name_of_the_leg_reaches_it(tmp_path: Path) -> None:
    webhooks = for_event("call.initiated", with_={"call_control_id": "v3:other"})
    async with line(tmp_path, webhooks=webhooks) as on:
        leg = on.incoming()
        one = await on.receiver.event("call.initiated")
        assert (await on.command(one.call, "answer")).status_code == 200
        assert leg.answered_ns is not None


async def test_a_name_that_two_runs_gave_is_the_later_runs(tmp_path: Path) -> None:
    webhooks = for_event("call.initiated", with_={"call_control_id": "v3:other"})
    async with line(tmp_path, webhooks=webhooks) as on:
        on.incoming()
        later = Session(
            on.run.carrier,
            run="later",
            draws=Draws(1, ("later",)),
            directory=tmp_path / "later",
            header={"seed": 1},
            rules=Rules.of(webhooks=webhooks),
        )
        on.exchange.runs.append(later)
        later.feed(inputs.PlaceCall(from_="+442079460108", to=OURS, leg_codec="PCMA"))
        assert (await on.command("v3:other", "answer")).status_code == 200
        assert [leg.answered_ns is not None for leg in later.switch.legs.values()] == [True]
        await later.close()


async def test_a_dial_is_claimed_by_a_person_with_headers_and_fields(tmp_path: Path) -> None:
    async with line(tmp_path) as on:
        legs: list[str] = []
        called = Called(leg_codec="PCMU", custom_headers={"X-Id": "7"}, extra_fields={"tags": ["vip"]})
        on.exchange.claim(THEIRS, on.run, called, legs.append)
        body = {"connection_id": on.connection, "from": OURS, "to": THEIRS}
        assert (await on.http.post("/v2/calls", json=body)).status_code == 200
        payload = (await on.receiver.event("call.initiated")).payload
        assert payload["custom_headers"] == [{"name": "X-Id", "value": "7"}]
        assert payload["tags"] == ["vip"]
        assert on.run.switch.legs[legs[0]].leg_codec == "PCMU"


# --- The account ------------------------------------------------------------------------------------------------------


async def test_what_the_application_does_to_the_account_stands_in_the_trace(tmp_path: Path) -> None:
    async with line(tmp_path) as on:
        named = {"application_name": "new", "webhook_event_url": on.receiver.url}
        made = (await on.http.post("/v2/call_control_applications", json=named)).json()["data"]
        (number,) = (await on.http.get("/v2/phone_numbers")).json()["data"]
        await on.http.patch(f"/v2/phone_numbers/{number['id']}", json={"connection_id": made["id"]})
        await on.http.patch(f"/v2/phone_numbers/{number['id']}", json={"connection_id": made["id"]})
        await on.http.patch(f"/v2/phone_numbers/{number['id']}", json={"connection_id": "1"})
        await on.http.delete(f"/v2/call_control_applications/{made['id']}")
        changes = on.entries("switch", "account")
        assert [one["change"] for one in changes] == ["application.create", "number.update", "application.delete"]
        created, moved, deleted = (one["changed"] for one in changes)
        of_application, of_number = f"applications/{made['id']}", f"numbers/{OURS}"
        assert created[of_application]["before"] is None
        assert created[of_application]["after"]["webhook_event_url"] == on.receiver.url
        was, now = moved[of_number]["before"], moved[of_number]["after"]
        assert (was["connection_id"], now["connection_id"]) == (on.connection, made["id"])
        assert deleted[of_application]["after"] is None
        assert deleted[of_number]["after"]["connection_name"] == ""


async def test_commands_about_the_account_are_treated_where_one_run_is_under_way(tmp_path: Path) -> None:
    async with line(tmp_path, commands=for_command("application.create", nth=1, error_status=503)) as on:
        named = {"application_name": "new", "webhook_event_url": on.receiver.url}
        replies = [await on.http.post("/v2/call_control_applications", json=named) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [503, 201]
        assert [one["change"] for one in on.entries("switch", "account")] == ["application.create"]
        treated, plain = on.entries("rest", "command")
        assert (treated["status"], treated["treatment"]) == (503, {"nth": 1, "error_status": 503})
        assert plain["treatment"] is None


async def test_hold_stands_in_the_trace_and_arrives(tmp_path: Path) -> None:
    async with line(tmp_path) as on:
        leg = on.incoming()
        await on.command(leg, "answer")
        on.run.feed(inputs.Hold(leg.call_leg_id))
        on.run.feed(inputs.Unhold(leg.call_leg_id))
        for event in ("call.hold", "call.unhold"):
            payload = (await on.receiver.event(event)).payload
            assert (payload["from"], payload["to"]) == (THEIRS, OURS)
        assert [one["held"] for one in on.entries("far_end", "hold")] == [True, False]
