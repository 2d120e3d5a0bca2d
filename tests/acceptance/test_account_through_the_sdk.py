"""The account through the official SDK: what its operations do elsewhere, and how they are refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import telnyx

from sdk_line import CALLER, Line, effect_of, line_to
from wire import assert_refused, receiving, served_file

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with line_to(tmp_path_factory.mktemp("serve") / "trace") as line:
        yield line


async def data(line: Line, path: str, **query: str) -> Any:
    reply = await line.plain.get(f"/v2/{path}", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


# --- Applications and connections -------------------------------------------------------------------------------------


@effect_of("application.delete", "connection.retrieve", "connection.list", "outbound_voice_profile.retrieve")
async def test_an_application_is_a_connection_as_well(line: Line) -> None:
    profile = await line.profile("of an application")
    made = await line.sdk.call_control_applications.create(
        application_name="twice",
        webhook_event_url=line.receiver.url,
        outbound={"outbound_voice_profile_id": profile, "channel_limit": 3},
    )
    assert made.data is not None
    key = str(made.data.id)
    connection = (await line.sdk.connections.retrieve(key)).data
    assert connection is not None
    assert (connection.connection_name, connection.outbound_voice_profile_id) == ("twice", profile)
    assert connection.record_type == "call_control_application"
    found = await data(line, "connections", **{"filter[outbound_voice_profile_id]": profile})
    assert [one["id"] for one in found] == [key]
    found = await data(line, "call_control_applications", **{"filter[outbound.outbound_voice_profile_id]": profile})
    assert [one["id"] for one in found] == [key]
    assert (await data(line, f"outbound_voice_profiles/{profile}"))["connections_count"] == 1
    await line.sdk.call_control_applications.delete(key)
    assert (await data(line, f"outbound_voice_profiles/{profile}"))["connections_count"] == 0
    with pytest.raises(telnyx.NotFoundError):
        await line.sdk.connections.retrieve(key)
    assert await data(line, "connections", **{"filter[fqdn]": "sip.example.com"}) == []


@pytest.mark.parametrize(
    ("outbound", "fact", "about"),
    [
        (
            {"outbound_voice_profile_id": "1"},
            "invalid_value",
            {
                "pointer": "/outbound/outbound_voice_profile_id",
                "detail": "The requested outbound voice profile is unknown.",
            },
        ),
        (
            {"channel_limit": "3"},
            "wrong_type",
            {"pointer": "/outbound/channel_limit", "name": "outbound/channel_limit", "expected": "integer"},
        ),
    ],
)
async def test_objects_within_an_application_are_judged(line: Line, outbound: Any, fact: str, about: Any) -> None:
    body = {"application_name": "n", "webhook_event_url": line.receiver.url, "outbound": outbound}
    reply = await line.plain.post("/v2/call_control_applications", json=body)
    assert_refused(reply.status_code, reply.json(), fact, linked=True, **about)


async def test_an_object_within_a_resource_is_merged_with_what_is_given(line: Line) -> None:
    key = await line.application("merged")
    sound = {"application_name": "merged", "webhook_event_url": line.receiver.url}
    for inbound in ({"channel_limit": 7}, {"sip_subdomain": "ours"}):
        reply = await line.plain.patch(f"/v2/call_control_applications/{key}", json=sound | {"inbound": inbound})
    assert reply.json()["data"]["inbound"] == {
        "channel_limit": 7,
        "shaken_stir_enabled": False,
        "sip_subdomain": "ours",
        "sip_subdomain_receive_settings": "from_anyone",
    }


async def test_channels_of_a_connection_are_limited(line: Line) -> None:
    made = await line.sdk.call_control_applications.create(
        application_name="narrow",
        webhook_event_url=line.receiver.url,
        webhook_api_version="2",
        outbound={"channel_limit": 1},
    )
    assert made.data is not None
    assert (await line.dialing(connection_id=made.data.id)).status_code == 200
    reply = await line.dialing(connection_id=made.data.id)
    assert_refused(reply.status_code, reply.json(), "connection_channels")


async def test_an_application_of_version_1_hears_in_version_1(line: Line) -> None:
    async with receiving() as receiver:
        made = await line.sdk.call_control_applications.create(application_name="old", webhook_event_url=receiver.url)
        assert made.data is not None
        dialed = (await line.dialing(connection_id=made.data.id)).json()["data"]
        (first,) = await receiver.until(lambda received: received)
    body = json.loads(first.body)
    assert (made.data.webhook_api_version, body["event_type"]) == ("1", "call_initiated")
    assert body["payload"]["call_control_id"] == dialed["call_control_id"]


@effect_of("connection.count", "application.retrieve")
async def test_what_is_made_is_counted_and_read(line: Line) -> None:
    key = await line.application("counted")
    counted = json.loads((await line.sdk.connections.with_raw_response.retrieve_count()).http_response.content)["data"]
    assert sum(counted["counts"].values()) == len([one async for one in line.sdk.connections.list()])
    made = (await line.sdk.call_control_applications.retrieve(key)).data
    assert made is not None
    assert (made.application_name, made.webhook_event_url) == ("counted", line.receiver.url)


# --- Numbers ----------------------------------------------------------------------------------------------------------


@effect_of(
    "number.update_voice",
    "number.retrieve",
    "number.retrieve_voice",
    "number.list_voice",
    "number.slim_list",
    "number.delete",
)
async def test_voice_settings_show_in_the_number_and_in_its_filters(line: Line) -> None:
    key = line.ground.exchange.carrier.account.add_number("+12025550188", line.ground.connection_id, 0)
    before = await data(line, f"phone_numbers/{key}/voice")
    await line.sdk.phone_numbers.voice.update(
        key,
        call_forwarding={"call_forwarding_enabled": False},
        call_recording={"inbound_call_recording_enabled": True},
        caller_id_name_enabled=True,
        inbound_call_screening="reject_calls",
        usage_payment_method="channel",
    )
    number, after = await data(line, f"phone_numbers/{key}"), await data(line, f"phone_numbers/{key}/voice")
    shown = ("call_forwarding_enabled", "call_recording_enabled", "caller_id_name_enabled", "inbound_call_screening")
    assert [number[name] for name in shown] == [False, True, True, "reject_calls"]
    assert after["media_features"] == before["media_features"]
    for path in ("phone_numbers", "phone_numbers/voice", "phone_numbers/slim"):
        found = await data(line, path, **{"filter[voice.usage_payment_method]": "channel"})
        assert key in [one["id"] for one in found]
    assert key not in [
        one["id"] for one in await data(line, "phone_numbers", **{"filter[voice.usage_payment_method]": "x"})
    ]
    gone = await line.sdk.phone_numbers.delete(key)
    assert gone.data is not None
    assert gone.data.status == "deleted"
    with pytest.raises(telnyx.NotFoundError):
        await line.sdk.phone_numbers.voice.retrieve(key)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filter[tag]": "vip"}, True),
        ({"filter[tag]": "other"}, False),
        ({"filter[without_tags]": "true"}, False),
        ({"filter[number_type][eq]": "local"}, True),
        ({"filter[number_type][eq]": "mobile"}, False),
        ({"filter[source]": "purchased"}, True),
        ({"filter[country_iso_alpha2]": "GB,US"}, True),
        ({"filter[country_iso_alpha2]": "GB"}, False),
        ({"filter[voice.connection_name][starts_with]": "ser"}, True),
        ({"filter[voice.connection_name][ends_with]": "ser"}, False),
        ({"filter[customer_reference]": "mine, too"}, True),
        ({"filter[status]": "active"}, True),
    ],
)
async def test_numbers_are_found_by_what_the_sdk_can_ask_for(line: Line, query: dict[str, str], found: bool) -> None:
    key = await line.number_id()
    await line.sdk.phone_numbers.update(key, tags=["vip"], customer_reference="mine, too")
    for path in ("phone_numbers", "phone_numbers/slim"):
        assert (key in [one["id"] for one in await data(line, path, **query)]) is found


# --- Profiles, connectors, verified numbers, lookup -------------------------------------------------------------------


@effect_of("outbound_voice_profile.create", "outbound_voice_profile.list")
async def test_there_is_a_profile_from_the_beginning_and_lists_show_the_newest_first(line: Line) -> None:
    made = await line.profile("newest")
    found = await data(line, "outbound_voice_profiles")
    assert (found[0]["id"], found[-1]["name"]) == (made, "Default")
    assert [
        one["id"] for one in await data(line, "outbound_voice_profiles", **{"filter[name][contains]": "NEWEST"})
    ] == [made]
    short = await line.plain.post("/v2/outbound_voice_profiles", json={"name": "ab"})
    assert_refused(short.status_code, short.json(), "out_of_range", pointer="/name", linked=True, low=3, high=255)


@effect_of("verified_number.create", "verified_number.verify", "verified_number.retrieve", "verified_number.delete")
async def test_a_number_is_verified_once_its_code_came_back(line: Line) -> None:
    number = "+12025550160"
    await line.sdk.verified_numbers.create(phone_number=number, verification_method="sms")
    path = f"/v2/verified_numbers/{number.replace('+', '%2B')}"
    assert (await line.plain.get(path)).status_code == 404, "not yet"
    wrong = await line.plain.post(f"{path}/actions/verify", json={"verification_code": "000000"})
    about = {"pointer": "/verification_code", "detail": "The verification code is invalid."}
    assert_refused(wrong.status_code, wrong.json(), "invalid_value", linked=True, **about)
    await line.sdk.verified_numbers.actions.submit_verification_code(number, verification_code=number[-6:])
    assert (await line.plain.get(path)).json()["data"]["phone_number"] == number
    await line.sdk.verified_numbers.delete(number)
    with pytest.raises(telnyx.NotFoundError):
        await line.sdk.verified_numbers.retrieve(number)
    with pytest.raises(telnyx.NotFoundError):
        await line.sdk.verified_numbers.actions.submit_verification_code("+12025550161", verification_code="550161")


async def test_a_lookup_says_what_is_asked_for(line: Line) -> None:
    found = await data(line, "number_lookup/%2B442079460123", type="caller-name")
    assert (found["country_code"], found["carrier"]) == ("GB", None)
    assert found["caller_name"]["caller_name"]
    reply = await line.plain.get("/v2/number_lookup/none")
    about = {"parameter": "phone_number", "name": "phone_number"}
    assert_refused(reply.status_code, reply.json(), "not_e164", linked=True, **about)


@effect_of("outbound_voice_profile.update", "outbound_voice_profile.delete")
async def test_a_profile_that_changes_or_goes_is_seen_in_the_list(line: Line) -> None:
    profiles = line.sdk.outbound_voice_profiles
    key = await line.profile("to be changed")
    await profiles.update(key, name="changed since", tags=["a"])
    named = {"filter[name][contains]": "changed since"}
    assert [(one["id"], one["tags"]) for one in await data(line, "outbound_voice_profiles", **named)] == [(key, ["a"])]
    await profiles.delete(key)
    assert await data(line, "outbound_voice_profiles", **named) == []


@effect_of("verified_number.list")
async def test_numbers_are_listed_once_they_are_verified(line: Line) -> None:
    number = "+12025550162"
    await line.sdk.verified_numbers.create(phone_number=number, verification_method="sms")
    assert number not in [one.phone_number async for one in line.sdk.verified_numbers.list()]
    await line.verified(number)
    assert number in [one.phone_number async for one in line.sdk.verified_numbers.list()]


@effect_of("number_lookup.retrieve")
async def test_a_lookup_of_ones_own_number_and_its_list_name_one_country(line: Line) -> None:
    found = (await line.sdk.number_lookup.retrieve(line.ground.number)).data
    assert found is not None
    (number,) = await data(line, "phone_numbers", **{"filter[phone_number]": line.ground.number})
    assert found.country_code == number["country_iso_alpha2"]


@effect_of("siprec_connector.update", "siprec_connector.retrieve")
async def test_a_connector_that_is_renamed_is_found_by_its_new_name(line: Line) -> None:
    await line.connector("before")
    await line.sdk.siprec_connectors.update("before", name="after", host="other.example.com", port=5061)
    assert (await line.sdk.siprec_connectors.retrieve("after")).data.port == 5061
    for name in ("before", "nobody's"):
        with pytest.raises(telnyx.NotFoundError):
            await line.sdk.siprec_connectors.retrieve(name)
    reply = await line.plain.post("/v2/siprec_connectors", json={"name": "n", "host": "h", "port": 70000})
    assert_refused(reply.status_code, reply.json(), "out_of_range", pointer="/port", linked=True, low=1, high=65535)


# --- Media ------------------------------------------------------------------------------------------------------------

AWKWARD = bytes(range(256)) + b"\r\n--boundary\r\n\r\n--\r"


@effect_of("media.upload", "media.download", "media.delete")
async def test_what_is_uploaded_in_a_form_is_downloaded_byte_for_byte(line: Line) -> None:
    await line.uploaded("bytes", AWKWARD, "audio/mpeg")
    reply = await line.sdk.media.download("bytes")
    assert await reply.read() == AWKWARD
    assert reply.headers["content-type"] == "audio/mpeg"
    assert line.ground.exchange.carrier.account.media_of("bytes") == AWKWARD
    await line.sdk.media.delete("bytes")
    assert line.ground.exchange.carrier.account.media_of("bytes") is None
    with pytest.raises(telnyx.NotFoundError):
        await line.sdk.media.retrieve("bytes")


@effect_of("media.update")
async def test_what_is_uploaded_as_a_url_is_fetched(line: Line) -> None:
    await line.uploaded("source", AWKWARD)
    account = line.ground.exchange.carrier.account
    url = f"{line.ground.url}/files/none.mp3"
    made = await line.sdk.media.upload(media_url=url, media_name="copied", ttl_secs=60)
    assert made.data is not None
    assert (made.data.content_type, account.media_url_of("copied")) == ("audio/mpeg", url)
    reply = await line.plain.get("/v2/media/copied/download")
    assert_refused(reply.status_code, reply.json(), "audio_not_downloaded", linked=True)
    async with served_file(AWKWARD) as there:
        await line.sdk.media.update("copied", media_url=there)
        async with asyncio.timeout(5):
            while account.media_of("copied") != AWKWARD:
                await asyncio.sleep(0.02)


async def test_media_without_a_source_is_refused(line: Line) -> None:
    reply = await line.plain.post("/v2/media", json={"media_name": "none"})
    about = {"pointer": "/media_url", "name": "media_url"}
    assert_refused(reply.status_code, reply.json(), "missing_parameter", linked=True, **about)
    broken = await line.plain.post(
        "/v2/media", content=b"--x\r\nnothing", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert_refused(broken.status_code, broken.json(), "malformed_json", detail="The form is broken off.")


@effect_of("media.list", "media.retrieve")
async def test_media_are_listed_by_what_they_are_until_they_are_deleted(line: Line) -> None:
    await line.uploaded("an mp3", AWKWARD, "audio/mpeg")
    await line.uploaded("a wav", AWKWARD, "audio/wav")

    async def listed() -> list[str]:
        page = await line.sdk.media.list(filter={"content_type": ["audio/mpeg"]})
        return [str(one.media_name) for one in page.data or []]

    assert "an mp3" in await listed()
    assert "a wav" not in await listed()
    one = (await line.sdk.media.retrieve("an mp3")).data
    assert one is not None
    assert one.content_type == (await line.sdk.media.download("an mp3")).headers["content-type"]
    await line.sdk.media.delete("an mp3")
    assert "an mp3" not in await listed()


# --- What has happened ------------------------------------------------------------------------------------------------


@effect_of("active_call.list")
async def test_active_calls_are_paged_both_ways(line: Line) -> None:
    key = await line.application("busy")
    made = [(await line.dialing(connection_id=key)).json()["data"]["call_control_id"] for _ in range(3)]
    calls = line.sdk.connections.list_active_calls(key, page_size=2)
    assert [one.call_control_id async for one in calls] == made
    path: str | None = f"/v2/connections/{key}/active_calls?page[limit]=2"
    found: list[str] = []
    while path:
        body = (await line.plain.get(path)).json()
        found += [one["call_control_id"] for one in body["data"]]
        path = body["meta"]["next"]
    assert found == made
    reply = await line.plain.get("/v2/connections/1/active_calls")
    assert_refused(reply.status_code, reply.json(), "invalid_connection")
    reply = await line.plain.get(f"/v2/connections/{key}/active_calls?page[after]=%3F")
    about = {"parameter": "page[after]", "detail": "page[after] is no cursor of this list."}
    assert_refused(reply.status_code, reply.json(), "invalid_pagination", **about)


@effect_of("answer", "call_event.list")
async def test_commands_and_webhooks_of_a_call_are_events(line: Line) -> None:
    leg = await line.answered()
    await line.receiver.event("call.answered", leg)
    call = await data(line, f"calls/{leg}")
    found = [
        one
        async for one in line.sdk.call_events.list(
            filter={"application_session_id": call["call_session_id"]}, page_size=1
        )
    ]
    assert [(one.type, one.name) for one in found] == [
        ("webhook", "call.initiated"),
        ("command", "answer"),
        ("webhook", "call.answered"),
    ]


@effect_of("webhook_delivery.list", "webhook_delivery.retrieve")
async def test_a_delivery_tells_of_the_request_and_of_the_reply(line: Line) -> None:
    row = await data(line, f"webhook_deliveries/{await line.delivery_id()}")
    (attempt,) = row["attempts"]
    asked = dict(attempt["http"]["request"]["headers"])
    assert asked.keys() >= {"Telnyx-Signature-Ed25519", "Telnyx-Timestamp"}
    assert (attempt["http"]["request"]["url"], attempt["http"]["response"]["status"]) == (line.receiver.url, 200)
    assert ["content-length", "0"] in [[name.lower(), value] for name, value in attempt["http"]["response"]["headers"]]
    with pytest.raises(telnyx.NotFoundError):
        await line.sdk.webhook_deliveries.retrieve("00000000-0000-4000-8000-000000000000")


async def test_webhooks_go_out_by_get(line: Line) -> None:
    call = {"from": CALLER, "to": line.ground.number}
    leg = (await line.plain.post("/_sim/calls", json=call)).json()["data"]["call_control_id"]
    async with receiving() as receiver:
        await line.sdk.calls.actions.answer(leg, webhook_url=receiver.url, webhook_url_method="GET")
        (first,) = await receiver.until(lambda received: received)
    assert first.request_line.startswith("GET /webhooks?event_type=call.answered&")
    assert first.body == b""
