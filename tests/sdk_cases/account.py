"""Operations on the account."""

from typing import Any

from sdk_line import Line, case


@case("application.list")
async def _list_applications(line: Line) -> Any:
    return await line.sdk.call_control_applications.with_raw_response.list(sort="-created_at")


@case("application.create")
async def _create_application(line: Line) -> Any:
    return await line.sdk.call_control_applications.with_raw_response.create(
        application_name="created",
        webhook_event_url=line.receiver.url,
        webhook_event_failover_url=line.receiver.url,
        webhook_api_version="2",
        webhook_timeout_secs=5,
        dtmf_type="Inband",
        inbound={"channel_limit": 10},
    )


@case("application.retrieve")
async def _retrieve_application(line: Line) -> Any:
    return await line.sdk.call_control_applications.with_raw_response.retrieve(line.ground.connection_id)


@case("application.update")
async def _update_application(line: Line) -> Any:
    return await line.sdk.call_control_applications.with_raw_response.update(
        await line.application(),
        application_name="renamed",
        webhook_event_url=line.receiver.url,
        webhook_event_failover_url=None,
        tags=["a", "b"],
    )


@case("application.delete")
async def _delete_application(line: Line) -> Any:
    return await line.sdk.call_control_applications.with_raw_response.delete(await line.application())


@case("number.list")
async def _list_numbers(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.list()


@case("number.retrieve")
async def _retrieve_number(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.retrieve(await line.number_id())


@case("number.update")
async def _update_number(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.update(
        await line.number_id(), tags=["one"], customer_reference="mine"
    )
