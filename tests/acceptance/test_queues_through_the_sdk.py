"""Queues through the SDK: what commands do elsewhere, and what they are refused."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sdk_line import UNKNOWN_ID, Line, effect_of, line_to
from wire import assert_refused

# One server for the whole module: every test makes the calls that it needs.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


@effect_of("enqueue", "queue.retrieve", "queue.list", "queue_call.list")
async def test_a_call_that_is_enqueued_is_told_of_and_listed(line: Line) -> None:
    queue, leg = await line.waiting()
    told = await line.told("call.enqueued", call_control_id=leg)
    assert (told["queue"], told["current_position"]) == (queue, 1)
    about = (await line.sdk.queues.retrieve(queue)).data
    assert about is not None
    assert (about.current_size, about.max_size) == (1, 100)
    assert [one.call_control_id async for one in line.sdk.queues.calls.list(queue)] == [leg]
    assert queue in [one.name async for one in line.sdk.queues.list()]
    path = f"/calls/{leg}/actions/enqueue"
    assert_refused(*await line.refused(path, queue_name=queue), "already_queued")
    reply = await line.refused(f"/calls/{await line.parked()}/actions/enqueue", queue_name=queue)
    assert_refused(*reply, "call_not_answered")


@effect_of("leave_queue")
async def test_a_call_that_leaves_is_told_of(line: Line) -> None:
    queue, leg = await line.waiting()
    await line.sdk.calls.actions.leave_queue(leg)
    told = await line.told("call.dequeued", call_control_id=leg)
    assert (told["queue"], told["queue_position"], told["reason"]) == (queue, 1, "leave")
    assert_refused(*await line.refused(f"/calls/{leg}/actions/leave_queue"), "not_queued")


async def test_a_bridge_takes_the_first_call_of_a_queue(line: Line) -> None:
    queue, leg = await line.waiting()
    agent = await line.answered()
    reply = await line.plain.post(f"/v2/calls/{agent}/actions/bridge", json={"queue": queue})
    assert reply.json() == {"data": {"result": "ok"}}
    assert (await line.told("call.dequeued", call_control_id=leg))["reason"] == "bridged"
    await line.told("call.bridged", call_control_id=leg)
    path = f"/calls/{await line.answered()}/actions/bridge"
    assert_refused(*await line.refused(path, queue=queue), "queue_empty", name=queue)


@effect_of("queue.create", "queue.update", "queue.delete")
async def test_a_queue_is_made_changed_and_deleted(line: Line) -> None:
    queue = line.name("queue")
    await line.sdk.queues.create(queue_name=queue, max_size=1)
    assert_refused(*await line.refused("/queues", queue_name=queue), "queue_exists")
    leg = await line.answered()
    await line.sdk.calls.actions.enqueue(leg, queue_name=queue)
    path = f"/calls/{await line.answered()}/actions/enqueue"
    assert_refused(*await line.refused(path, queue_name=queue), "queue_full", name=queue)
    await line.sdk.queues.update(queue, max_size=2)
    assert (await line.refused(path, queue_name=queue))[0] == 200
    reply = await line.plain.delete(f"/v2/queues/{queue}")
    assert_refused(reply.status_code, reply.json(), "queue_in_use")
    for one in [one.call_control_id async for one in line.sdk.queues.calls.list(queue)]:
        await line.sdk.calls.actions.leave_queue(one)
    await line.sdk.queues.delete(queue)
    assert queue not in [one.name async for one in line.sdk.queues.list()]


@effect_of("queue_call.update", "queue_call.retrieve", "queue_call.delete")
async def test_a_call_can_stay_after_its_hangup_and_be_removed(line: Line) -> None:
    queue, leg = await line.waiting()
    await line.sdk.queues.calls.update(leg, queue_name=queue, keep_after_hangup=True)
    reply = await line.plain.delete(f"/v2/queues/{queue}/calls/{leg}")
    assert_refused(reply.status_code, reply.json(), "still_queued")
    await line.sdk.calls.actions.hangup(leg)
    kept = (await line.sdk.queues.calls.retrieve(leg, queue_name=queue)).data
    assert kept is not None
    assert kept.is_alive is False
    await line.sdk.queues.calls.remove(leg, queue_name=queue)
    assert [one async for one in line.sdk.queues.calls.list(queue)] == []


async def test_what_is_not_there_is_not_found(line: Line) -> None:
    queue, _ = await line.waiting()
    for method, path in (
        ("GET", "/queues/nobody"),
        ("DELETE", "/queues/nobody"),
        ("GET", "/queues/nobody/calls"),
        ("GET", f"/queues/{queue}/calls/{UNKNOWN_ID}"),
        ("PATCH", f"/queues/{queue}/calls/{UNKNOWN_ID}"),
        ("DELETE", f"/queues/{queue}/calls/{UNKNOWN_ID}"),
    ):
        reply = await line.plain.request(method, f"/v2{path}", **({"json": {}} if method == "PATCH" else {}))
        assert_refused(reply.status_code, reply.json(), "no_resource")
    assert_refused(*await line.refused("/queues/nobody", max_size=5), "no_resource")
