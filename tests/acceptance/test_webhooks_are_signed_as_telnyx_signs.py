"""Webhooks as they arrive: raw bytes and raw headers, judged by `facts` and by the official SDK's own verifier."""

import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from telnyx import Telnyx
from telnyx.lib.webhook_verification import WebhookVerificationError
from websockets.asyncio.server import serve

from telnyx_simulator import resources
from telnyx_simulator.draws import Draws
from telnyx_simulator.facts import formats, webhooks
from telnyx_simulator.facts.signatures import SIGNATURES
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.events import LegBegan
from telnyx_simulator.transports.clock import SECOND_NS, wall_clock
from telnyx_simulator.transports.dialer import WebSocketStreams
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.playground import Playground
from telnyx_simulator.transports.session import Carrier, Session
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.webhooks import HttpWebhooks
from wire import API_KEY, Received, Receiver, assert_fields, receiving, serving

CALLER = "+12025550123"


@pytest.fixture
def verifier(monkeypatch: pytest.MonkeyPatch) -> Telnyx:
    """The SDK as an application sets it up: its public key comes from the environment."""
    signer = Signer(resources.test_private_key())
    monkeypatch.setenv("TELNYX_PUBLIC_KEY", signer.public_key)
    return Telnyx(api_key=API_KEY)


def unwrap(verifier: Telnyx, received: Received) -> Any:
    return verifier.webhooks.unwrap(received.body.decode(), headers=dict(received.headers))


# --- Genuine ----------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[str]:
    """An application's media WebSocket that hears everything and says nothing."""

    async def hear(connection: Any) -> None:
        async for _ in connection:
            pass

    async with serve(hear, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/media"


async def place(http: httpx.AsyncClient, ground: Playground, **about: Any) -> str:
    reply = await http.post("/_sim/calls", json={"from": CALLER, "to": ground.number, "behavior": "silent", **about})
    return str(reply.json()["data"]["call_control_id"])


async def dial(http: httpx.AsyncClient, ground: Playground, to: str, **about: Any) -> str:
    body = {"connection_id": ground.connection_id, "to": to, "from": ground.number, **about}
    return str((await http.post("/v2/calls", json=body)).json()["data"]["call_control_id"])


def client(ground: Playground) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=ground.url, headers={"Authorization": f"Bearer {API_KEY}"})


async def test_every_event_that_is_emitted_arrives_as_telnyx_sends_it(tmp_path: Path, verifier: Telnyx) -> None:
    async with (
        receiving() as receiver,
        listening() as media,
        serving(tmp_path / "trace", webhook_url=receiver.url) as ground,
        client(ground) as http,
    ):
        named = {"application_name": "serve", "webhook_event_url": receiver.url, "call_cost_in_webhooks": True}
        await http.patch(f"/v2/call_control_applications/{ground.connection_id}", json=named)
        full, mute = await place(http, ground), await place(http, ground)
        dialed = await dial(http, ground, "+12025550102", client_state="c3RhdGU=")
        headers = [{"name": "X-Name", "value": "Zoë"}]
        await http.post(f"/v2/calls/{full}/actions/answer", json={"stream_url": media, "custom_headers": headers})
        await http.post(f"/v2/calls/{mute}/actions/answer", json={"stream_url": "ws://127.0.0.1:9/nobody"})
        await receiver.event("streaming.started", full)
        await http.post(f"/_sim/calls/{full}/dtmf", json={"digits": "5"})
        await receiver.event("call.dtmf.received", full)
        await http.post(f"/_sim/calls/{full}/hold")
        await http.post(f"/_sim/calls/{full}/unhold")
        await receiver.event("call.unhold", full)
        await http.post(f"/v2/calls/{full}/actions/hangup")
        await receiver.event("streaming.failed", mute)
        await http.post(f"/_sim/calls/{mute}/hangup")
        await http.post(f"/_sim/calls/{dialed}/hangup")
        for leg in (full, mute, dialed):
            await receiver.event("call.cost", leg)
        received = receiver.received
    assert [one.event for one in received if one.call == full] == [
        "call.initiated",
        "call.answered",
        "streaming.started",
        "call.dtmf.received",
        "call.hold",
        "call.unhold",
        "streaming.stopped",
        "call.hangup",
        "call.cost",
    ]
    assert [one.event for one in received if one.call == mute] == [
        "call.initiated",
        "call.answered",
        "streaming.failed",
        "call.hangup",
        "call.cost",
    ]
    assert len({one.data["id"] for one in received}) == len(received)
    for one in received:
        assert_is_as_telnyx_sends(one, receiver.url)
        assert_sdk_takes(verifier, one)


def assert_is_as_telnyx_sends(one: Received, url: str) -> None:
    assert one.request_line == "POST /webhooks HTTP/1.1"
    body = json.loads(one.body)
    assert one.body == json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False).encode()
    assert body.keys() == {"data", "meta"}
    assert_fields(webhooks.ENVELOPE, body["data"])
    assert_fields(webhooks.META, body["meta"])
    assert_fields(webhooks.FIELDS[one.event], one.payload)
    assert body["data"]["record_type"] == "event"
    assert body["meta"] == {"attempt": 1, "delivered_to": url}
    # As written on the wire, upper and lower case included; each once.
    headers = dict(one.headers)
    assert len(headers) == len(one.headers)
    assert headers["User-Agent"] == "telnyx-webhooks"
    assert headers["Content-Type"] == "application/json"
    assert headers["Content-Length"] == str(len(one.body))
    signed = {name for name in headers if name.lower().startswith("telnyx")}
    assert signed == {"Telnyx-Signature-Ed25519", "Telnyx-Timestamp"}
    assert len(base64.b64decode(headers["Telnyx-Signature-Ed25519"], validate=True)) == 64
    assert abs(int(headers["Telnyx-Timestamp"]) - time.time()) < 60


def assert_sdk_takes(verifier: Telnyx, one: Received) -> None:
    event = unwrap(verifier, one)
    assert event.data.event_type == one.event
    # `unwrap` constructs without validating; here every field must be of the SDK's type.
    TypeAdapter(type(event)).validate_python(json.loads(one.body))
    assert event.data.payload.call_control_id == one.call


async def test_payloads_say_what_happened(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        serving(tmp_path / "trace", webhook_url=receiver.url) as ground,
        client(ground) as http,
    ):
        incoming = await place(http, ground, leg_codec="PCMU")
        outgoing = await dial(http, ground, "+12025550102", client_state="c3RhdGU=")
        headers = [{"name": "X-Id", "value": "7"}]
        await http.post(
            f"/v2/calls/{incoming}/actions/answer", json={"client_state": "bmV3", "custom_headers": headers}
        )
        await http.post(f"/v2/calls/{incoming}/actions/hangup")
        await http.post(f"/v2/calls/{outgoing}/actions/hangup")
        for leg in (incoming, outgoing):
            await receiver.event("call.hangup", leg)
        began, answered, over = (one.payload for one in receiver.of(incoming))
        dialed, cancelled = (one.payload for one in receiver.of(outgoing))
    assert (began["direction"], began["state"], began["from"], began["to"]) == (
        "incoming",
        "parked",
        CALLER,
        ground.number,
    )
    assert (began["client_state"], began["connection_id"], began["offered_codecs"]) == (
        None,
        ground.connection_id,
        "PCMU",
    )
    assert (answered["client_state"], answered["codec"], answered["sampling_rate"]) == ("bmV3", "PCMU", 8000)
    assert answered["custom_headers"] == headers
    assert began["start_time"] == answered["start_time"] == over["start_time"] <= over["end_time"]
    assert ending(over) == ("normal_clearing", "callee", "200")
    assert over["call_quality_stats"] is not None
    assert (dialed["direction"], dialed["state"], dialed["client_state"]) == ("outgoing", "bridging", "c3RhdGU=")
    assert ending(cancelled) == ("originator_cancel", "caller", "487")
    assert cancelled["call_quality_stats"] is None
    for payload in (began, answered, over):
        assert payload["call_control_id"] == incoming
        assert payload["call_leg_id"] == began["call_leg_id"]
        assert payload["call_session_id"] == began["call_session_id"]


def ending(payload: dict[str, Any]) -> tuple[str, str, str]:
    return payload["hangup_cause"], payload["hangup_source"], payload["sip_hangup_cause"]


async def test_a_failed_delivery_comes_again_signed_afresh_and_then_to_the_failover_url(
    tmp_path: Path, verifier: Telnyx
) -> None:
    async with (
        receiving() as primary,
        receiving() as failover,
        serving(tmp_path / "trace", webhook_url=primary.url) as ground,
        client(ground) as http,
    ):
        primary.status = 503
        application = {
            "application_name": "twice",
            "webhook_event_url": primary.url,
            "webhook_event_failover_url": failover.url,
        }
        await http.patch(f"/v2/call_control_applications/{ground.connection_id}", json=application)
        policies = {"call.initiated": {"retries_ms": [10, 10]}}
        leg = await dial(http, ground, "+12025550102", webhook_retries_policies=policies)
        last = await failover.event("call.initiated", leg)
        attempts = [*primary.of(leg), last]
    assert [json.loads(one.body)["meta"] for one in attempts] == [
        {"attempt": 1, "delivered_to": primary.url},
        {"attempt": 2, "delivered_to": primary.url},
        {"attempt": 3, "delivered_to": failover.url},
    ]
    assert attempts[0].data == attempts[1].data == attempts[2].data
    for one in attempts:
        assert_sdk_takes(verifier, one)


async def test_a_commands_webhook_url_holds_for_the_rest_of_its_leg(tmp_path: Path) -> None:
    async with (
        receiving() as usual,
        receiving() as own,
        receiving() as of_event,
        serving(tmp_path / "trace", webhook_url=usual.url) as ground,
        client(ground) as http,
    ):
        leg = await place(http, ground)
        await usual.event("call.initiated", leg)
        urls = {"call.hangup": [of_event.url]}
        await http.post(f"/v2/calls/{leg}/actions/answer", json={"webhook_url": own.url, "webhook_urls": urls})
        await own.event("call.answered", leg)
        await http.post(f"/v2/calls/{leg}/actions/hangup")
        await of_event.event("call.hangup", leg)
        assert [[one.event for one in receiver.received] for receiver in (usual, own, of_event)] == [
            ["call.initiated"],
            ["call.answered"],
            ["call.hangup"],
        ]


# --- Forged -----------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def session_with_a_leg(directory: Path, receiver: Receiver) -> AsyncIterator[tuple[Session, str]]:
    """What `serve` runs, without its server, so that deliveries of every kind can be asked for; and a parked leg."""
    clock = wall_clock()
    http = HttpWebhooks(clock)
    async with running_metronome(clock) as metronome:
        account = Account(Draws(1), base_url="http://127.0.0.1:3")
        connection_id = account.add_application("tests", receiver.url, clock.unix_ns())
        account.add_number("+12025550100", connection_id, clock.unix_ns())
        signer = Signer(resources.test_private_key())
        carrier = Carrier(clock, account, signer, metronome, http, WebSocketStreams())
        session = Session(carrier, run="tests", draws=Draws(1), directory=directory, header={})
        try:
            call = inputs.PlaceCall(from_=CALLER, to="+12025550100", leg_codec="PCMA")
            legs = [event.leg.call_leg_id for event in session.feed(call) if isinstance(event, LegBegan)]
            await receiver.event("call.initiated")
            yield session, legs[0]
        finally:
            await session.close()
            await http.close()


async def sent(
    session: Session, receiver: Receiver, leg: str, event_type: str, treatment: inputs.Treatment
) -> Received:
    """One more webhook of this type, treated so, as it arrived."""
    came = len(receiver.received)
    session.feed(inputs.ExtraWebhook(call_leg_id=leg, event_type=event_type, treatment=treatment))
    return (await receiver.until(lambda all_: all_[came:]))[0]


# Why the SDK refuses each kind; the genuine one is the control: a verifier that refuses everything proves nothing.
NOT_THE_SIGNATURE = "does not match"
NO_TIME = "too old or too new"
REFUSALS = {
    **dict.fromkeys((kind for kind in SIGNATURES if kind != "genuine"), NOT_THE_SIGNATURE),
    "none": "Missing required header",
    "no_signature": "Missing required header: telnyx-signature-ed25519",
    "empty": "Missing required header: telnyx-signature-ed25519",
    "v1_header": "Missing required header",
    "standard_webhooks": "Missing required header",
    "no_timestamp": "Missing required header: telnyx-timestamp",
    "empty_timestamp": "Missing required header: telnyx-timestamp",
    "text_timestamp": "Invalid timestamp format",
    "iso_timestamp": "Invalid timestamp format",
    "float_timestamp": "Invalid timestamp format",
    "nan_timestamp": "Invalid timestamp format",
    "negative_timestamp": NO_TIME,
    "huge_timestamp": NO_TIME,
    "ms_timestamp": NO_TIME,
    "truncated": "Invalid signature length: expected 64 bytes, got 32 bytes",
    "hmac_public_key": "Invalid signature length: expected 64 bytes, got 32 bytes",
    "not_base64": "Invalid signature length: expected 64 bytes, got 0 bytes",
    "hex": "Invalid signature length: expected 64 bytes, got 96 bytes",
    "url_safe": "Invalid signature",  # without padding, or too short without the two letters that differ
    "not_utf8": "codec can't decode",
}
# The SDK reads one of two headers, and may find the right one.
READ_IN_TWO_WAYS = {"signature_twice", "signature_twice_reversed", "timestamp_twice", "timestamp_twice_reversed"}


async def test_the_sdk_takes_the_genuine_and_refuses_every_forged_kind_of_every_event(
    tmp_path: Path, verifier: Telnyx
) -> None:
    assert {"genuine", *REFUSALS} == SIGNATURES.keys()
    kinds = [kind for kind in REFUSALS if kind not in READ_IN_TWO_WAYS]
    async with receiving() as receiver, session_with_a_leg(tmp_path / "trace", receiver) as (session, leg):
        for n, event_type in enumerate(webhooks.EMITTED):
            # Each event genuine, and forged in two ways: after all events each way had its turn.
            forged = [kinds[(2 * n + k) % len(kinds)] for k in (0, 1)]
            for kind in ("genuine", *forged):
                one = await sent(session, receiver, leg, event_type, inputs.Treatment(signature=kind))
                if kind == "genuine":
                    assert unwrap(verifier, one).data.event_type == event_type
                else:
                    with pytest.raises((WebhookVerificationError, UnicodeDecodeError), match=REFUSALS[kind]):
                        unwrap(verifier, one)


ITS_SIGNATURE_ALONE = ("none", "empty", "garbage", "truncated", "hex", "wrong_key", "other_body", "dot_separator")


async def test_a_forged_delivery_differs_from_the_genuine_in_nothing_but_its_signature(tmp_path: Path) -> None:
    async with receiving() as receiver, session_with_a_leg(tmp_path / "trace", receiver) as (session, leg):
        genuine = await sent(session, receiver, leg, "call.answered", inputs.Treatment())
        signatures = {}
        for kind in ("genuine", *ITS_SIGNATURE_ALONE):
            one = await sent(session, receiver, leg, "call.answered", inputs.Treatment(signature=kind))
            assert one.payload == genuine.payload
            signatures[kind] = dict(one.headers).get("Telnyx-Signature-Ed25519")
            names = [name for name, _ in one.headers]
            expected = [name for name, _ in genuine.headers]
            assert names == (expected if kind != "none" else [name for name in expected if "Telnyx" not in name])
    assert signatures["none"] is None
    assert signatures["empty"] == ""
    assert len(set(signatures.values())) == len(ITS_SIGNATURE_ALONE) + 1


@pytest.mark.parametrize(("offset_s", "taken"), [(-299, True), (-301, False), (299, True), (301, False)])
async def test_five_minutes_of_age_or_of_future_are_the_sdks_limit(
    tmp_path: Path, verifier: Telnyx, monkeypatch: pytest.MonkeyPatch, offset_s: int, taken: bool
) -> None:
    async with receiving() as receiver, session_with_a_leg(tmp_path / "trace", receiver) as (session, leg):
        before_s = int(time.time())
        treatment = inputs.Treatment(timestamp_ns=offset_s * SECOND_NS)
        one = await sent(session, receiver, leg, "call.initiated", treatment)
        stated_s = int(dict(one.headers)["Telnyx-Timestamp"])
    assert before_s <= stated_s - offset_s <= time.time()
    # The moment of signing, to the second: what the network took shall decide nothing here.
    monkeypatch.setattr(time, "time", lambda: float(stated_s - offset_s))
    if taken:
        assert unwrap(verifier, one).data.event_type == "call.initiated"
    else:
        with pytest.raises(WebhookVerificationError, match="too old or too new"):
            unwrap(verifier, one)


async def test_a_replayed_webhook_is_the_last_one_byte_for_byte(tmp_path: Path, verifier: Telnyx) -> None:
    async with receiving() as receiver, session_with_a_leg(tmp_path / "trace", receiver) as (session, leg):
        session.feed(inputs.ExtraWebhook(call_leg_id=leg, event_type="call.initiated", again=True))
        first, again = await receiver.until(lambda received: received[:2] if len(received) == 2 else [])
    assert first == again
    assert unwrap(verifier, again).data.event_type == "call.initiated"


async def test_a_changed_byte_is_noticed(tmp_path: Path, verifier: Telnyx) -> None:
    async with receiving() as receiver, session_with_a_leg(tmp_path / "trace", receiver):
        genuine = receiver.received[0]
    timestamp = dict(genuine.headers)["Telnyx-Timestamp"]
    changed = [
        Received(genuine.request_line, genuine.headers, genuine.body.replace(b"parked", b"Parked")),
        Received(genuine.request_line, genuine.headers, genuine.body + b"\n"),
        Received(
            genuine.request_line,
            [(name, str(int(timestamp) + 1) if value == timestamp else value) for name, value in genuine.headers],
            genuine.body,
        ),
        # A framework that parses and serializes again loses the two spaces, and with them the signature.
        Received(genuine.request_line, genuine.headers, json.dumps(json.loads(genuine.body)).encode()),
    ]
    for one in changed:
        with pytest.raises(WebhookVerificationError, match="does not match"):
            unwrap(verifier, one)
    assert unwrap(verifier, genuine).data.event_type == "call.initiated"


def test_every_form_of_a_field_is_a_known_pattern() -> None:
    named = {field.form for fields in webhooks.FIELDS.values() for field in fields.values() if field.form}
    assert named <= formats.PATTERNS.keys()
    assert webhooks.FIELDS.keys() == set(webhooks.EMITTED)
