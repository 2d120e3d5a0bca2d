"""`send`: one webhook as Telnyx would send it, or as a forger would, and what came back."""

import asyncio
import json
import re
import sys

import pytest
from click.testing import CliRunner, Result
from telnyx import Telnyx

from telnyx_simulator import resources
from telnyx_simulator.cli import cli
from telnyx_simulator.facts.webhooks import EMITTED, ENVELOPE, FIELDS
from telnyx_simulator.transports.signer import Signer
from wire import assert_fields, receiving

KEY = Signer(resources.test_private_key()).public_key
URL = "http://127.0.0.1:9/hook"


def done(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["send", *arguments])


def printed(*arguments: str) -> tuple[dict[str, str], str]:
    """Headers and body of what would be sent."""
    result = done(*arguments, "--print")
    assert result.exit_code == 0, result.output
    head, _, body = result.stdout.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    return headers, body.removesuffix("\n")


def is_taken(headers: dict[str, str], body: str) -> bool:
    """By the official SDK."""
    try:
        Telnyx(api_key="k", public_key=KEY).webhooks.unwrap(body, headers=headers)
    except Exception:
        return False
    return True


@pytest.mark.parametrize("event", EMITTED)
def test_each_event_has_the_fields_that_telnyx_gives_it(event: str) -> None:
    headers, body = printed(event, URL)
    data = json.loads(body)["data"]
    assert data["event_type"] == event
    assert_fields(ENVELOPE, data)
    assert_fields(FIELDS[event], data["payload"])
    assert is_taken(headers, body)


@pytest.mark.parametrize("signature", ["none", "empty", "garbage", "wrong_key", "other_body", "dot_separator"])
def test_a_forgery_is_one(signature: str) -> None:
    headers, body = printed("call.hangup", URL, "--signature", signature)
    assert not is_taken(headers, body)


@pytest.mark.parametrize(("offset", "taken"), [("-290s", True), ("-310s", False), ("+310s", False)])
def test_a_timestamp_is_honestly_signed(offset: str, taken: bool) -> None:
    headers, body = printed("call.hangup", URL, "--timestamp", offset)
    assert is_taken(headers, body) is taken


def test_fields_of_the_payload_are_replaced_and_left_out() -> None:
    given = ["hangup_cause=user_busy", "tags=[1, 2]", "note=a=b", "end_time=null"]
    arguments = [word for one in given for word in ("--with", one)]
    _, body = printed("call.hangup", URL, *arguments, "--without", "start_time")
    payload = json.loads(body)["data"]["payload"]
    assert (payload["hangup_cause"], payload["tags"], payload["note"]) == ("user_busy", [1, 2], "a=b")
    assert payload["end_time"] is None
    assert "start_time" not in payload


def test_the_body_has_the_shape_that_is_asked_for() -> None:
    assert "\n" not in printed("call.hangup", URL, "--shape", "compact")[1]
    assert json.loads(printed("call.hangup", URL, "--shape", "underscores")[1])["data"]["event_type"] == "call_hangup"
    headers, body = printed("call.hangup", URL, "--shape", "form")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "hangup_cause=normal_clearing" in body
    assert done("call.hangup", URL, "--shape", "query", "--print").stdout.startswith(
        f"GET {URL}?event_type=call.hangup&"
    )


def test_equal_seeds_give_equal_ids() -> None:
    def ids(seed: str) -> tuple[str, str]:
        data = json.loads(printed("call.hangup", URL, "--seed", seed)[1])["data"]
        return data["id"], data["payload"]["call_control_id"]

    assert ids("1") == ids("1") != ids("2")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["call.hangip", URL], "unknown event 'call.hangip'; did you mean 'call.hangup'?"),
        (["call.hangup", "http://example.com/hook"], "loopback only"),
        (["call.hangup", URL, "--signature", "wrong"], "--signature: unknown kind 'wrong'; did you mean 'wrong_key'?"),
        (["call.hangup", URL, "--shape", "prety"], "--shape: unknown kind 'prety'; did you mean 'pretty'?"),
        (["call.hangup", URL, "--timestamp", "5s"], "an offset has a sign and a unit: -301s, +5s"),
        (["call.hangup", URL, "--with", "cause"], "it is written KEY=VALUE"),
    ],
)
def test_a_slip_is_said_and_nothing_sent(arguments: list[str], told: str) -> None:
    result = done(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


@pytest.mark.parametrize(("status", "code"), [(200, 0), (204, 0), (403, 1), (500, 1)])
async def test_the_reply_is_shown_and_decides_the_exit_code(status: int, code: int) -> None:
    async with receiving() as receiver:
        receiver.status = status
        command = [sys.executable, "-m", "telnyx_simulator", "send", "call.hangup", receiver.url]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        stdout, _ = await process.communicate()
    [received] = receiver.received
    assert received.event == "call.hangup"
    assert_fields(FIELDS["call.hangup"], received.payload)
    assert process.returncode == code
    assert re.fullmatch(rf"{status}  \d+ ms\n", stdout.decode())


def test_nobody_there_is_said() -> None:
    result = done("call.hangup", URL)
    assert result.exit_code == 1
    assert "ConnectError" in result.stdout
