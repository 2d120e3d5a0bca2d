"""The control API `/_sim`: what a person does to a running `serve` by hand, and what the documented numbers do."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.evidence import Evidence, Field
from telnyx_simulator.signaling.far_end import TEST_NUMBERS, Behavior
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports.playground import Playground
from wire import Received, Receiver, assert_fields, assert_refused, error_body, receiving, serving

# One server for the whole module; `POST reset` ends what a test leaves.
pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLER = "+12025550123"
UNKNOWN_ID = "v3:" + "A" * 54


def _field(types: str, form: str | None = None) -> Field:
    return Field(tuple(types.split()), Evidence.ASSUMED, "the control API is ours", form)


CALL = {
    "call_control_id": _field("string", formats.CALL_CONTROL_ID),
    "call_leg_id": _field("string", formats.UUID),
    "call_session_id": _field("string", formats.UUID),
    "direction": _field("string"),
    "from": _field("string", formats.PHONE),
    "to": _field("string", formats.PHONE),
    "leg_codec": _field("string"),
    "state": _field("string"),
    "hangup_cause": _field("string null"),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A server, a client without credentials (the control API asks for none), and where the webhooks arrive."""

    ground: Playground
    http: httpx.AsyncClient
    receiver: Receiver
    directory: Path

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        """`data` of a control request that succeeds."""
        reply = await self.http.request(method, f"/_sim/{path}", json=body)
        assert reply.is_success, reply.text
        assert reply.json().keys() == {"data"}
        return reply.json()["data"]

    async def call(self, **about: Any) -> dict[str, Any]:
        placed = {"from": CALLER, "to": self.ground.number, **about}
        data: dict[str, Any] = await self.sim("POST", "calls", placed)
        return data

    async def command(self, leg: str, verb: str, body: Any = None) -> None:
        headers = {"Authorization": "Bearer somebody"}
        reply = await self.http.post(f"/v2/calls/{leg}/actions/{verb}", json=body, headers=headers)
        assert reply.is_success, reply.text

    async def dial(self, to: str, **about: Any) -> str:
        body = {"connection_id": self.ground.connection_id, "to": to, "from": self.ground.number, **about}
        reply = await self.http.post("/v2/calls", json=body, headers={"Authorization": "Bearer somebody"})
        return str(reply.json()["data"]["call_control_id"])

    async def state(self, leg: str) -> tuple[str, str | None]:
        calls = await self.sim("GET", "calls")
        return next((one["state"], one["hangup_cause"]) for one in calls if one["call_control_id"] == leg)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    directory = tmp_path_factory.mktemp("serve") / "trace"
    async with (
        receiving() as receiver,
        serving(directory, webhook_url=receiver.url) as ground,
        httpx.AsyncClient(base_url=ground.url) as http,
    ):
        yield Desk(ground, http, receiver, directory)


# --- Routes -----------------------------------------------------------------------------------------------------------


async def test_health_says_ok_and_counts_calls(desk: Desk) -> None:
    before = await desk.sim("GET", "health")
    assert before["status"] == "ok"
    await desk.call()
    assert await desk.sim("GET", "health") == {"status": "ok", "calls": before["calls"] + 1}


async def test_a_placed_call_is_parked_and_listed(desk: Desk) -> None:
    reply = await desk.http.post("/_sim/calls", json={"from": CALLER, "to": desk.ground.number, "leg_codec": "PCMU"})
    assert reply.status_code == 201
    call = reply.json()["data"]
    assert_fields(CALL, call)
    assert call | {"direction": "incoming", "from": CALLER, "to": desk.ground.number, "leg_codec": "PCMU"} == call
    assert (call["state"], call["hangup_cause"]) == ("parked", None)
    assert call in await desk.sim("GET", "calls")
    assert (await desk.receiver.event("call.initiated", call["call_control_id"])).payload["state"] == "parked"


async def test_a_placed_call_may_have_a_webhook_url_of_its_own(desk: Desk) -> None:
    async with receiving() as other:
        call = await desk.call(webhook_url=other.url)
        await other.event("call.initiated", call["call_control_id"])
    assert desk.receiver.of(call["call_control_id"]) == []


@pytest.mark.parametrize(("cause", "expected"), [(None, "originator_cancel"), ("unspecified", "unspecified")])
async def test_the_caller_hangs_up_before_the_answer(desk: Desk, cause: str | None, expected: str) -> None:
    leg = (await desk.call())["call_control_id"]
    over = await desk.sim("POST", f"calls/{leg}/hangup", {"cause": cause} if cause else None)
    assert_fields(CALL, over)
    assert (over["state"], over["hangup_cause"]) == ("hangup", expected)
    heard = (await desk.receiver.event("call.hangup", leg)).payload
    assert (heard["hangup_cause"], heard["hangup_source"]) == (expected, "caller")


async def test_the_callee_refuses_while_it_rings(desk: Desk) -> None:
    leg = await desk.dial("+12025550102")
    over = await desk.sim("POST", f"calls/{leg}/hangup")
    assert (over["state"], over["hangup_cause"]) == ("hangup", "call_rejected")
    heard = (await desk.receiver.event("call.hangup", leg)).payload
    assert (heard["hangup_source"], heard["sip_hangup_cause"]) == ("callee", "603")


async def test_digits_arrive_in_order(desk: Desk) -> None:
    leg = (await desk.call())["call_control_id"]
    await desk.command(leg, "answer")
    await desk.sim("POST", f"calls/{leg}/dtmf", {"digits": "1#A"})

    def pressed(_: list[Received]) -> list[str]:
        digits = [one.payload["digit"] for one in desk.receiver.of(leg) if one.event == "call.dtmf.received"]
        return digits if len(digits) == 3 else []

    assert await desk.receiver.until(pressed) == ["1", "#", "A"]


async def test_a_clip_is_played_and_kept(desk: Desk) -> None:
    leg = (await desk.call())["call_control_id"]
    await desk.command(leg, "answer")
    call = await desk.sim("POST", f"calls/{leg}/play", {"clip": "speech/en-1"})
    assert call["state"] == "answered"
    entries = await desk.sim("GET", f"calls/{leg}/trace")
    [sound] = [entry["body"] for entry in entries if (entry["actor"], entry["kind"]) == ("far_end", "sound")]
    assert sound["clip"] == "speech/en-1"
    assert (desk.directory / "stimuli" / f"{sound['digest']}.wav").is_file()


async def test_a_calls_trace_is_its_part_of_the_record_on_disk(desk: Desk) -> None:
    leg, other = (await desk.call())["call_control_id"], (await desk.call())["call_control_id"]
    await desk.command(leg, "hangup")
    await desk.receiver.event("call.hangup", leg)
    entries = await desk.sim("GET", f"calls/{leg}/trace")
    assert {"leg", "command", "webhook.planned"} <= {entry["kind"] for entry in entries}
    assert len({entry["call"] for entry in entries}) == 1
    assert other not in json.dumps(entries)
    on_disk = [entry.seq for entry in Trace.read(desk.directory).entries if entry.call == entries[0]["call"]]
    assert [entry["seq"] for entry in entries] == on_disk[: len(entries)]


async def test_reset_ends_every_call(desk: Desk) -> None:
    parked, ringing = (await desk.call())["call_control_id"], await desk.dial("+12025550102")
    answered = (await desk.call())["call_control_id"]
    await desk.command(answered, "answer")
    assert await desk.sim("POST", "reset") == {"result": "ok"}
    assert {one["state"] for one in await desk.sim("GET", "calls")} == {"hangup"}
    for leg in (parked, ringing, answered):
        await desk.receiver.event("call.hangup", leg)


# --- What numbers do --------------------------------------------------------------------------------------------------


async def story(desk: Desk, leg: str, last: str) -> list[str]:
    """The webhooks of a leg up to the one that ends its story."""
    await desk.receiver.event(last, leg)
    return [one.event for one in desk.receiver.of(leg)]


async def ends(desk: Desk, number: str) -> list[tuple[str, str, str]]:
    """A dial to a number whose call ends by itself unanswered: how it ended, by webhook and by the list of calls."""
    leg = await desk.dial(number)
    assert await story(desk, leg, "call.hangup") == ["call.initiated", "call.hangup"]
    payload = (await desk.receiver.event("call.hangup", leg)).payload
    assert await desk.state(leg) == ("hangup", payload["hangup_cause"])
    return [(payload["hangup_cause"], payload["hangup_source"], payload["sip_hangup_cause"])]


async def is_answered(desk: Desk, number: str) -> list[dict[str, Any]]:
    """A dial to a number that answers; what its leg's far end then plays."""
    leg = await desk.dial(number)
    assert await story(desk, leg, "call.answered") == ["call.initiated", "call.answered"]
    began, answered = (one.data for one in desk.receiver.of(leg))
    assert 0.9 < seconds(answered["occurred_at"]) - seconds(began["occurred_at"]) < 4.0
    # It speaks half a second after the answer: a digit pressed after that much time is on record behind it.
    await desk.sim("POST", f"calls/{leg}/dtmf", {"digits": "wW1"})
    await desk.receiver.event("call.dtmf.received", leg)
    entries = await desk.sim("GET", f"calls/{leg}/trace")
    assert await desk.state(leg) == ("answered", None)
    return [entry["body"] for entry in entries if (entry["actor"], entry["kind"]) == ("far_end", "sound")]


def seconds(stamp: str) -> float:
    """Seconds within the day of a webhook's time."""
    hours, minutes, rest = stamp.removesuffix("Z").split("T")[1].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


async def hangs_up(desk: Desk, number: str) -> list[tuple[str, str, str]]:
    leg = await desk.dial(number)
    assert await story(desk, leg, "call.hangup") == ["call.initiated", "call.answered", "call.hangup"]
    payload = (await desk.receiver.event("call.hangup", leg)).payload
    return [(payload["hangup_cause"], payload["hangup_source"], payload["sip_hangup_cause"])]


async def test_the_documented_numbers_have_their_fates_and_any_other_answers_and_speaks(desk: Desk) -> None:
    await desk.sim("POST", "reset")
    chosen = await desk.sim("POST", "far_ends", {"number": "+12025550150", "behavior": "rejected"})
    assert chosen == {"number": "+12025550150", "behavior": "rejected"}
    await desk.sim("POST", "far_ends", {"number": "+12025550101", "behavior": "silent"})
    await desk.sim("POST", "reset")
    await desk.sim("POST", "far_ends", {"number": "+12025550151", "behavior": "not_found"})
    unanswered = await desk.dial("+12025550102")
    fates = await asyncio.gather(
        ends(desk, "+12025550101"),
        ends(desk, "+12025550103"),
        ends(desk, "+12025550104"),
        hangs_up(desk, "+12025550105"),
        is_answered(desk, "+12025550106"),
        is_answered(desk, "+12025550199"),
        is_answered(desk, "sip:somebody@127.0.0.1"),
        is_answered(desk, "+12025550150"),  # chosen, then forgotten
        ends(desk, "+12025550151"),  # chosen
    )
    busy, rejected, not_found, hung_up, silence, speech, sip, forgotten, of_choice = fates
    assert busy == [("user_busy", "callee", "486")]
    assert rejected == [("call_rejected", "callee", "603")]
    assert not_found == of_choice == [("not_found", "callee", "404")]
    assert hung_up == [("normal_clearing", "callee", "200")]
    assert silence == []
    for said in (speech, sip, forgotten):
        assert [one["clip"] for one in said] == ["speech/en-1"]
    # All the others are through; this one rings until `timeout_secs`, of which five seconds are the least.
    assert await desk.state(unanswered) == ("ringing", None)
    assert await story(desk, unanswered, "call.initiated") == ["call.initiated"]
    await desk.sim("POST", "reset")


async def test_there_is_a_number_for_every_fate_but_the_usual() -> None:
    assert {behavior.value for behavior in TEST_NUMBERS.values()} == {one.value for one in Behavior} - {"speaks"}


async def test_a_caller_behaves_as_asked(desk: Desk) -> None:
    async def sounds(behavior: str | None) -> int:
        leg = (await desk.call(**({} if behavior is None else {"behavior": behavior})))["call_control_id"]
        await desk.command(leg, "answer")
        if behavior == "answers_and_hangs_up":
            assert (await desk.receiver.event("call.hangup", leg)).payload["hangup_source"] == "caller"
        else:
            await desk.sim("POST", f"calls/{leg}/dtmf", {"digits": "wW1"})
            await desk.receiver.event("call.dtmf.received", leg)
        entries = await desk.sim("GET", f"calls/{leg}/trace")
        return len([one for one in entries if (one["actor"], one["kind"]) == ("far_end", "sound")])

    assert await asyncio.gather(sounds(None), sounds("silent"), sounds("answers_and_hangs_up")) == [1, 0, 0]


# --- Errors -----------------------------------------------------------------------------------------------------------

ALL_BEHAVIORS = "answers_and_hangs_up, busy, no_answer, not_found, rejected, silent, speaks"
OF_CALLERS = "answers_and_hangs_up, silent, speaks"


@pytest.mark.parametrize(
    ("body", "fact", "about"),
    [
        ({"from": ...}, "missing_parameter", {"pointer": "/from", "name": "from"}),
        ({"to": ...}, "missing_parameter", {"pointer": "/to", "name": "to"}),
        ({"from": "0123"}, "not_e164", {"pointer": "/from", "name": "from"}),
        ({"from": 5}, "wrong_type", {"pointer": "/from", "name": "from", "expected": "string"}),
        ({"behavior": "sings"}, "not_in_enum", {"pointer": "/behavior", "allowed": ALL_BEHAVIORS}),
        ({"behavior": "busy"}, "not_in_enum", {"pointer": "/behavior", "allowed": OF_CALLERS}),
        (
            {"leg_codec": "G729"},
            "not_in_enum",
            {"pointer": "/leg_codec", "allowed": "AMR-WB, G722, L16, OPUS, PCMA, PCMU"},
        ),
        ({"zz": 1}, "invalid_value", {"pointer": "/zz", "detail": "zz: Extra inputs are not permitted"}),
        (
            {"to": "+12025550199"},
            "invalid_value",
            {
                "pointer": "/to",
                "detail": "No active application is behind +12025550199; the number of this server is +12025550100.",
            },
        ),
    ],
)
async def test_a_call_that_cannot_be_placed_is_refused(
    desk: Desk, body: dict[str, Any], fact: str, about: dict[str, Any]
) -> None:
    sound = {"from": CALLER, "to": desk.ground.number}
    given = {name: value for name, value in (sound | body).items() if value is not ...}
    reply = await desk.http.post("/_sim/calls", json=given)
    assert_refused(reply.status_code, reply.json(), fact, **about)


async def test_webhooks_go_to_this_machine_only(desk: Desk) -> None:
    body = {"from": CALLER, "to": desk.ground.number, "webhook_url": "https://example.com/hook"}
    reply = await desk.http.post("/_sim/calls", json=body)
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["source"]) == (422, {"pointer": "/webhook_url"})
    assert "not on this machine" in error["detail"]


@pytest.mark.parametrize(
    ("path", "body"), [("hangup", None), ("dtmf", {"digits": "1"}), ("play", {"clip": "speech/en-1"}), ("trace", ...)]
)
async def test_an_id_that_nobody_knows_is_90015(desk: Desk, path: str, body: Any) -> None:
    url = f"/_sim/calls/{UNKNOWN_ID}/{path}"
    reply = await (desk.http.get(url) if body is ... else desk.http.post(url, json=body))
    assert_refused(reply.status_code, reply.json(), "invalid_call_control_id")


@pytest.mark.parametrize(("path", "body"), [("dtmf", {"digits": "1"}), ("play", {"clip": "speech/en-1"})])
async def test_who_is_not_connected_cannot_be_heard(desk: Desk, path: str, body: Any) -> None:
    leg = (await desk.call())["call_control_id"]
    reply = await desk.http.post(f"/_sim/calls/{leg}/{path}", json=body)
    assert_refused(reply.status_code, reply.json(), "call_not_answered")
    await desk.sim("POST", f"calls/{leg}/hangup")
    reply = await desk.http.post(f"/_sim/calls/{leg}/{path}", json=body)
    assert_refused(reply.status_code, reply.json(), "call_ended")


async def test_nobody_hangs_up_twice(desk: Desk) -> None:
    leg = (await desk.call())["call_control_id"]
    await desk.sim("POST", f"calls/{leg}/hangup")
    reply = await desk.http.post(f"/_sim/calls/{leg}/hangup")
    assert_refused(reply.status_code, reply.json(), "call_ended")


@pytest.mark.parametrize(
    ("path", "body", "pointer", "detail"),
    [
        ("dtmf", {"digits": "1x"}, "/digits", "digits: String should match pattern '^[0-9A-D*#wW]+$'"),
        ("dtmf", {"digits": ""}, "/digits", "digits: String should match pattern '^[0-9A-D*#wW]+$'"),
    ],
)
async def test_what_is_no_digit_cannot_be_pressed(desk: Desk, path: str, body: Any, pointer: str, detail: str) -> None:
    leg = (await desk.call())["call_control_id"]
    reply = await desk.http.post(f"/_sim/calls/{leg}/{path}", json=body)
    assert_refused(reply.status_code, reply.json(), "invalid_value", pointer=pointer, detail=detail)


@pytest.mark.parametrize("clip", ["speech/none", "../keys/TEST-ONLY-ed25519", "/etc/passwd", "", "\0", "x" * 5000])
async def test_an_unknown_clip_is_refused_and_the_known_are_named(desk: Desk, clip: str) -> None:
    leg = (await desk.call())["call_control_id"]
    await desk.command(leg, "answer")
    reply = await desk.http.post(f"/_sim/calls/{leg}/play", json={"clip": clip})
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["code"], error["source"]) == (422, "10015", {"pointer": "/clip"})
    assert "speech/en-1" in error["detail"]


async def test_a_cause_that_does_not_exist_is_refused(desk: Desk) -> None:
    leg = (await desk.call())["call_control_id"]
    reply = await desk.http.post(f"/_sim/calls/{leg}/hangup", json={"cause": "busy"})
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["code"], error["source"]) == (422, "10032", {"pointer": "/cause"})
    assert "user_busy" in error["detail"]


@pytest.mark.parametrize("path", ["calls", "far_ends"])
@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"nonsense"])
async def test_a_body_that_is_no_json_object_is_400(desk: Desk, path: str, body: bytes) -> None:
    reply = await desk.http.post(f"/_sim/{path}", content=body)
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["code"], error["title"]) == (400, "10015", "Bad Request")
    assert error.keys() == {"code", "title", "detail"}


async def test_a_far_end_needs_a_number_and_a_behavior(desk: Desk) -> None:
    reply = await desk.http.post("/_sim/far_ends", json={"number": "555", "behavior": "loud"})
    assert reply.status_code == 422
    assert reply.json() == {
        "errors": [
            error_body("not_e164", pointer="/number", name="number"),
            error_body("not_in_enum", pointer="/behavior", allowed=ALL_BEHAVIORS),
        ]
    }


async def test_a_control_request_is_no_telnyx_request(desk: Desk) -> None:
    """The trace of the REST API holds what the application did, not what the person at the controls did."""
    leg = (await desk.call())["call_control_id"]
    entries = await desk.sim("GET", f"calls/{leg}/trace")
    assert "command" not in {entry["kind"] for entry in entries}
