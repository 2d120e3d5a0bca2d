"""Bridge, transfer, refer and supervisors through the SDK: what they do elsewhere, and what they are refused."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sdk_line import CALLEE, UNKNOWN_ID, Line, effect_of, line_to
from wire import assert_refused

# One server for the whole module: every test makes the calls that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


async def alive(line: Line, leg: str) -> bool:
    call = (await line.sdk.calls.retrieve_status(leg)).data
    assert call is not None
    return call.is_alive


@effect_of("bridge")
async def test_a_bridge_is_told_to_both_legs_and_ends_both(line: Line) -> None:
    one, two = await line.answered(), await line.answered()
    await line.sdk.calls.actions.bridge(one, call_control_id_to_bridge_with=two)
    for leg in (one, two):
        await line.told("call.bridged", call_control_id=leg)
    await line.sdk.calls.actions.hangup(one)
    assert await line.hung_up(two) == "normal_clearing"


async def test_a_leg_can_be_parked_after_its_bridge(line: Line) -> None:
    one, two = await line.answered(), await line.answered()
    await line.sdk.calls.actions.bridge(one, call_control_id_to_bridge_with=two, park_after_unbridge="self")
    await line.sdk.calls.actions.hangup(two)
    assert await alive(line, one)


async def test_a_bridge_with_nobody_is_refused(line: Line) -> None:
    path = f"/calls/{await line.answered()}/actions/bridge"
    assert_refused(*await line.refused(path, call_control_id=UNKNOWN_ID), "invalid_call_control_id")
    assert_refused(*await line.refused(path, call_control_id=await line.ended()), "call_ended")
    assert_refused(*await line.refused(path, queue="nobody's"), "no_resource")


@effect_of("transfer")
async def test_a_transfer_rings_somebody_in_the_session_and_bridges_them(line: Line) -> None:
    one = await line.answered()
    await line.sdk.calls.actions.transfer(one, to=CALLEE, client_state="YQ==", target_leg_client_state="Yg==")
    bridged = await line.told("call.bridged", call_control_id=one)
    ringing = await line.told("call.initiated", call_session_id=bridged["call_session_id"], to=CALLEE)
    two = ringing["call_control_id"]
    assert (ringing["direction"], ringing["from"], ringing["client_state"]) == (
        "outgoing",
        line.ground.number,
        "Yg==",
    )
    assert bridged["client_state"] == "YQ=="
    await line.told("call.answered", call_control_id=two)
    await line.told("call.bridged", call_control_id=two)
    await line.sdk.calls.actions.hangup(one)
    assert await line.hung_up(two) == "normal_clearing"


async def test_a_transfer_that_fails_leaves_the_call_up(line: Line) -> None:
    one = await line.answered()
    await line.sdk.calls.actions.transfer(one, to="+12025550101")
    session = (await line.told("call.answered", call_control_id=one))["call_session_id"]
    failed = await line.told("call.hangup", call_session_id=session)
    assert (failed["hangup_cause"], failed["to"]) == ("user_busy", "+12025550101")
    assert await alive(line, one)


async def test_a_transfer_of_what_is_over_or_to_nobody_is_refused(line: Line) -> None:
    assert_refused(*await line.refused(f"/calls/{await line.ended()}/actions/transfer", to=CALLEE), "call_ended")
    path = f"/calls/{await line.answered()}/actions/transfer"
    assert_refused(*await line.refused(path, to="nobody"), "not_e164", pointer="/to", name="to")
    path = f"/calls/{UNKNOWN_ID}/actions/transfer"
    assert_refused(*await line.refused(path), "invalid_call_control_id")


@effect_of("refer")
async def test_a_refer_is_told_of_to_its_end(line: Line) -> None:
    one, two = await line.answered(), await line.answered()
    await line.sdk.calls.actions.refer(one, sip_address="sip:desk@pbx.example.com")
    await line.sdk.calls.actions.refer(two, sip_address="sip:+12025550103@pbx.example.com")
    await line.told("call.refer.started", call_control_id=one)
    assert (await line.told("call.refer.completed", call_control_id=one))["sip_notify_response"] == 200
    assert (await line.told("call.refer.failed", call_control_id=two))["sip_notify_response"] == 603
    assert await line.hung_up(one) == "normal_clearing"
    assert await alive(line, two)
    path = f"/calls/{two}/actions/refer"
    status, body = await line.refused(path, sip_address="desk")
    assert (status, body["errors"][0]["source"]) == (422, {"pointer": "/sip_address"})


async def test_a_supervisor_goes_with_the_call(line: Line) -> None:
    one = await line.answered()
    boss = await line.picked_up(supervise_call_control_id=one, supervisor_role="whisper")
    await line.sdk.calls.actions.switch_supervisor_role(boss, role="monitor")
    assert_refused(*await line.refused(f"/calls/{one}/actions/switch_supervisor_role", role="barge"), "not_supervising")
    await line.sdk.calls.actions.hangup(one)
    assert await line.hung_up(boss) == "normal_clearing"


async def leg_id(line: Line, call_control_id: str) -> str | None:
    told = (await line.sdk.calls.retrieve_status(call_control_id)).data
    assert told is not None
    return told.call_leg_id


@effect_of("switch_supervisor_role")
async def test_who_hears_a_supervisor_changes_with_the_role(line: Line) -> None:
    one, two = await line.answered(), await line.answered()
    await line.sdk.calls.actions.bridge(one, call_control_id_to_bridge_with=two)
    boss = await line.picked_up(supervise_call_control_id=one, supervisor_role="monitor")
    legs = {one: "one", two: "two", boss: "boss"}
    names = {await leg_id(line, leg): name for leg, name in legs.items()}

    async def hears(leg: str) -> list[str]:
        trace = (await line.plain.get(f"/_sim/calls/{leg}/trace")).json()["data"]
        heard: set[str] = set()
        for body in [entry["body"] for entry in trace if entry["kind"] == "connected"]:
            heard = heard - set(body["removed"]) | set(body["added"])
        return sorted(names[other] for other in heard)

    heard = {"monitor": (await hears(one), await hears(two))}
    for role in ("whisper", "barge"):
        await line.sdk.calls.actions.switch_supervisor_role(boss, role=role)
        heard[role] = (await hears(one), await hears(two))
    assert heard == {
        "monitor": (["two"], ["one"]),
        "whisper": (["boss", "two"], ["one"]),
        "barge": (["boss", "two"], ["boss", "one"]),
    }


async def test_a_dial_can_be_linked_and_bridged_on_its_answer(line: Line) -> None:
    one = await line.answered()
    two = await line.picked_up(link_to=one, bridge_on_answer=True, bridge_intent=True)
    for leg in (one, two):
        await line.told("call.bridged", call_control_id=leg)
