"""Operations on phone numbers and their voice settings."""

from typing import Any

from sdk_line import Line, case


@case("number.list")
async def _list(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.list()


@case("number.slim_list")
async def _slim_list(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.slim_list(sort="phone_number")


@case("number.retrieve")
async def _retrieve(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.retrieve(await line.number_id())


@case("number.update")
async def _update(line: Line) -> Any:
    return await line.sdk.phone_numbers.with_raw_response.update(
        await line.number_id(), tags=["one"], customer_reference="mine", external_pin="1234", hd_voice_enabled=True
    )


@case("number.delete")
async def _delete(line: Line) -> Any:
    account = line.ground.exchange.carrier.account
    key = account.add_number("+12025550199", line.ground.connection_id, 0)
    return await line.sdk.phone_numbers.with_raw_response.delete(key)


@case("number.list_voice")
async def _list_voice(line: Line) -> Any:
    return await line.sdk.phone_numbers.voice.with_raw_response.list()


@case("number.retrieve_voice")
async def _retrieve_voice(line: Line) -> Any:
    return await line.sdk.phone_numbers.voice.with_raw_response.retrieve(await line.number_id())


@case("number.update_voice")
async def _update_voice(line: Line) -> Any:
    return await line.sdk.phone_numbers.voice.with_raw_response.update(
        await line.number_id(),
        call_forwarding={"call_forwarding_enabled": False},
        call_recording={"inbound_call_recording_channels": "dual"},
        caller_id_name_enabled=True,
        cnam_listing={"cnam_listing_enabled": True, "cnam_listing_details": "US"},
        inbound_call_screening="flag_calls",
        media_features={"accept_any_rtp_packets_enabled": True},
        tech_prefix_enabled=True,
        translated_number="+12025550101",
        usage_payment_method="channel",
    )
