"""Operations on phone numbers and their voice settings."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations.table import OBJECT, SORTED, TAGS, TEXT, Operation, Param, listing, of, text

_SLIM = {
    "id": of("string", formats.DECIMAL_ID),
    "record_type": of("string"),
    "phone_number": of("string", formats.PHONE),
    "country_iso_alpha2": of("string"),
    "status": of("string"),
    "external_pin": of("string null"),
    "phone_number_type": of("string"),
    "connection_id": of("string"),
    "customer_reference": of("string null"),
    "billing_group_id": of("string null"),
    "emergency_enabled": of("boolean"),
    "emergency_address_id": of("string null"),
    "emergency_status": of("string"),
    "call_forwarding_enabled": of("boolean"),
    "call_recording_enabled": of("boolean"),
    "caller_id_name_enabled": of("boolean"),
    "cnam_listing_enabled": of("boolean"),
    "hd_voice_enabled": of("boolean"),
    "inbound_call_screening": of("string"),
    "t38_fax_gateway_enabled": of("boolean"),
    "activated_at": of("string", formats.TIMESTAMP_MS),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "purchased_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
}
_NUMBER = _SLIM | {
    "tags": of("array"),
    "connection_name": of("string"),
    "messaging_profile_id": of("string null"),
    "messaging_profile_name": of("string null"),
    "source_type": of("string null"),
    "deletion_lock_enabled": of("boolean"),
}
_VOICE = {
    "id": of("string", formats.DECIMAL_ID),
    "record_type": of("string"),
    "phone_number": of("string", formats.PHONE),
    "connection_id": of("string"),
    "customer_reference": of("string null"),
    "tech_prefix_enabled": of("boolean"),
    "translated_number": of("string"),
    "call_forwarding": of("object"),
    "cnam_listing": of("object"),
    "usage_payment_method": of("string"),
    "media_features": of("object"),
    "call_recording": of("object"),
    "inbound_call_screening": of("string"),
    "emergency": of("object"),
}
_NUMBER_FILTERS = (
    "filter[billing_group_id]",
    "filter[connection_id]",
    "filter[country_iso_alpha2]",
    "filter[customer_reference]",
    "filter[emergency_address_id]",
    "filter[number_type][eq]",
    "filter[phone_number]",
    "filter[source]",
    "filter[status]",
    "filter[tag]",
    "filter[voice.connection_name][contains]",
    "filter[voice.connection_name][ends_with]",
    "filter[voice.connection_name][eq]",
    "filter[voice.connection_name][starts_with]",
    "filter[voice.usage_payment_method]",
    "filter[without_tags]",
)
_VOICE_FILTERS = (
    "filter[connection_name][contains]",
    "filter[customer_reference]",
    "filter[phone_number]",
    "filter[voice.usage_payment_method]",
)
# How lists of numbers are sorted; unasked in the order in which they were bought, the last first (assumed).
_NUMBER_SORTS = ("-purchased_at", "phone_number", "connection_name", "usage_payment_method")
_NUMBER_ID = "/phone_numbers/{id}"

NUMBERS: Final[dict[str, Operation]] = {
    "number.list": listing(
        "/phone_numbers",
        "phone_numbers.list",
        _NUMBER,
        (*_NUMBER_FILTERS, "handle_messaging_profile_error", *SORTED),
        _NUMBER_SORTS,
    ),
    "number.slim_list": listing(
        "/phone_numbers/slim",
        "phone_numbers.slim_list",
        _SLIM,
        (*_NUMBER_FILTERS, "include_connection", "include_tags", *SORTED),
        _NUMBER_SORTS,
    ),
    "number.list_voice": listing(
        "/phone_numbers/voice", "phone_numbers.voice.list", _VOICE, (*_VOICE_FILTERS, *SORTED), _NUMBER_SORTS
    ),
    "number.retrieve": Operation("GET", _NUMBER_ID, 200, "phone_numbers.retrieve", fields=_NUMBER),
    "number.update": Operation(
        "PATCH",
        _NUMBER_ID,
        200,
        "phone_numbers.update",
        {
            "address_id": TEXT,
            "billing_group_id": TEXT,
            "connection_id": TEXT,
            "customer_reference": TEXT,
            "external_pin": TEXT,
            "hd_voice_enabled": Param("boolean"),
            "tags": TAGS,
        },
        _NUMBER,
    ),
    "number.delete": Operation("DELETE", _NUMBER_ID, 200, "phone_numbers.delete", fields=_NUMBER),
    "number.retrieve_voice": Operation(
        "GET", _NUMBER_ID + "/voice", 200, "phone_numbers.voice.retrieve", fields=_VOICE
    ),
    "number.update_voice": Operation(
        "PATCH",
        _NUMBER_ID + "/voice",
        200,
        "phone_numbers.voice.update",
        {
            "call_forwarding": OBJECT,
            "call_recording": OBJECT,
            "caller_id_name_enabled": Param("boolean"),
            "cnam_listing": OBJECT,
            "inbound_call_screening": text("disabled", "reject_calls", "flag_calls"),
            "media_features": OBJECT,
            "tech_prefix_enabled": Param("boolean"),
            "translated_number": TEXT,
            "usage_payment_method": text("pay-per-minute", "channel"),
        },
        _VOICE,
    ),
}
