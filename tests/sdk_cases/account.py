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


@case("connection.list")
async def _list_connections(line: Line) -> Any:
    return await line.sdk.connections.with_raw_response.list(sort="connection_name")


@case("connection.retrieve")
async def _retrieve_connection(line: Line) -> Any:
    return await line.sdk.connections.with_raw_response.retrieve(line.ground.connection_id)


@case("connection.count")
async def _count_connections(line: Line) -> Any:
    return await line.sdk.connections.with_raw_response.retrieve_count()


@case("outbound_voice_profile.list")
async def _list_profiles(line: Line) -> Any:
    return await line.sdk.outbound_voice_profiles.with_raw_response.list(sort="name")


@case("outbound_voice_profile.create")
async def _create_profile(line: Line) -> Any:
    return await line.sdk.outbound_voice_profiles.with_raw_response.create(
        name="created",
        concurrent_call_limit=5,
        daily_spend_limit="100.00",
        daily_spend_limit_enabled=True,
        max_destination_rate=1.5,
        whitelisted_destinations=["US"],
        call_recording={"call_recording_type": "all"},
        calling_window={"start_time": "08:00:00", "end_time": "20:00:00"},
    )


@case("outbound_voice_profile.retrieve")
async def _retrieve_profile(line: Line) -> Any:
    return await line.sdk.outbound_voice_profiles.with_raw_response.retrieve(await line.profile())


@case("outbound_voice_profile.update")
async def _update_profile(line: Line) -> Any:
    return await line.sdk.outbound_voice_profiles.with_raw_response.update(
        await line.profile(), name="renamed", tags=["a"]
    )


@case("outbound_voice_profile.delete")
async def _delete_profile(line: Line) -> Any:
    return await line.sdk.outbound_voice_profiles.with_raw_response.delete(await line.profile())


@case("number_lookup.retrieve")
async def _look_up(line: Line) -> Any:
    return await line.sdk.number_lookup.with_raw_response.retrieve("+12025550107", type="carrier")


@case("verified_number.list")
async def _list_verified(line: Line) -> Any:
    await line.verified("+12025550150")
    return await line.sdk.verified_numbers.with_raw_response.list()


@case("verified_number.create")
async def _create_verified(line: Line) -> Any:
    return await line.sdk.verified_numbers.with_raw_response.create(
        phone_number="+12025550151", verification_method="call", extension="ww1"
    )


@case("verified_number.verify")
async def _verify(line: Line) -> Any:
    number = "+12025550152"
    await line.sdk.verified_numbers.create(phone_number=number, verification_method="sms")
    actions = line.sdk.verified_numbers.actions.with_raw_response
    return await actions.submit_verification_code(number, verification_code="550152")


@case("verified_number.retrieve")
async def _retrieve_verified(line: Line) -> Any:
    return await line.sdk.verified_numbers.with_raw_response.retrieve(await line.verified("+12025550153"))


@case("verified_number.delete")
async def _delete_verified(line: Line) -> Any:
    return await line.sdk.verified_numbers.with_raw_response.delete(await line.verified("+12025550154"))


@case("balance.retrieve")
async def _balance(line: Line) -> Any:
    return await line.sdk.balance.with_raw_response.retrieve()


@case("siprec_connector.create")
async def _create_connector(line: Line) -> Any:
    return await line.sdk.siprec_connectors.with_raw_response.create(
        name="created", host="siprec.example.com", port=5060, app_subdomain="ours"
    )


@case("siprec_connector.retrieve")
async def _retrieve_connector(line: Line) -> Any:
    return await line.sdk.siprec_connectors.with_raw_response.retrieve(await line.connector())


@case("siprec_connector.update")
async def _update_connector(line: Line) -> Any:
    return await line.sdk.siprec_connectors.with_raw_response.update(
        await line.connector(), name="renamed", host="other.example.com", port=5061
    )


@case("siprec_connector.delete")
async def _delete_connector(line: Line) -> Any:
    return await line.sdk.siprec_connectors.with_raw_response.delete(await line.connector())
