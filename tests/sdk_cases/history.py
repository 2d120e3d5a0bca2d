"""Operations on what has happened: calls under way, events of calls, deliveries of webhooks."""

from typing import Any

from sdk_line import Line, case


@case("active_call.list")
async def _active_calls(line: Line) -> Any:
    await line.parked()
    return await line.sdk.connections.with_raw_response.list_active_calls(line.ground.connection_id)


@case("call_event.list")
async def _call_events(line: Line) -> Any:
    await line.answered()
    return await line.sdk.call_events.with_raw_response.list(filter={"type": "command", "failed": False})


@case("webhook_delivery.list")
async def _deliveries(line: Line) -> Any:
    await line.delivery_id()
    return await line.sdk.webhook_deliveries.with_raw_response.list(filter={"status": {"eq": "delivered"}})


@case("webhook_delivery.retrieve")
async def _delivery(line: Line) -> Any:
    return await line.sdk.webhook_deliveries.with_raw_response.retrieve(await line.delivery_id())
