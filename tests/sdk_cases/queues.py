"""Operations on queues and the calls in them."""

from typing import Any

from sdk_line import Line, case


@case("enqueue")
async def _enqueue(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.enqueue(
        await line.answered(),
        queue_name=line.name("queue"),
        max_size=20,
        max_wait_time_secs=60,
        keep_after_hangup=False,
    )


@case("leave_queue")
async def _leave_queue(line: Line) -> Any:
    _, leg = await line.waiting()
    return await line.sdk.calls.actions.with_raw_response.leave_queue(leg)


@case("queue.list")
async def _list(line: Line) -> Any:
    await line.waiting()
    return await line.sdk.queues.with_raw_response.list()


@case("queue.create")
async def _create(line: Line) -> Any:
    return await line.sdk.queues.with_raw_response.create(queue_name=line.name("queue"), max_size=10)


@case("queue.retrieve")
async def _retrieve(line: Line) -> Any:
    queue, _ = await line.waiting()
    return await line.sdk.queues.with_raw_response.retrieve(queue)


@case("queue.update")
async def _update(line: Line) -> Any:
    queue, _ = await line.waiting()
    return await line.sdk.queues.with_raw_response.update(queue, max_size=5)


@case("queue.delete")
async def _delete(line: Line) -> Any:
    queue = line.name("queue")
    await line.sdk.queues.create(queue_name=queue)
    return await line.sdk.queues.with_raw_response.delete(queue)


@case("queue_call.list")
async def _list_calls(line: Line) -> Any:
    queue, _ = await line.waiting()
    return await line.sdk.queues.calls.with_raw_response.list(queue)


@case("queue_call.retrieve")
async def _retrieve_call(line: Line) -> Any:
    queue, leg = await line.waiting()
    return await line.sdk.queues.calls.with_raw_response.retrieve(leg, queue_name=queue)


@case("queue_call.update")
async def _update_call(line: Line) -> Any:
    queue, leg = await line.waiting()
    return await line.sdk.queues.calls.with_raw_response.update(leg, queue_name=queue, keep_after_hangup=True)


@case("queue_call.delete")
async def _delete_call(line: Line) -> Any:
    queue, leg = await line.waiting(keep_after_hangup=True)
    await line.sdk.calls.actions.hangup(leg)
    return await line.sdk.queues.calls.with_raw_response.remove(leg, queue_name=queue)
