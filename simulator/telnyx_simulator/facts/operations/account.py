"""Operations on the account: applications, connections, numbers, profiles, verified numbers, balance, connectors."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations.calls import CALL
from telnyx_simulator.facts.operations.table import (
    CURSORS,
    FLAG,
    OBJECT,
    ON,
    PAGES,
    SORTED,
    TAGS,
    TEXT,
    Operation,
    Param,
    listing,
    number,
    of,
    text,
)

_SITES = (
    *("Latency", "Chicago, IL", "Ashburn, VA", "San Jose, CA", "London, UK", "Chennai, IN"),
    *("Amsterdam, Netherlands", "Toronto, Canada", "Sydney, Australia"),
)
_APPLICATION_PARAMS = {
    "active": ON,
    "application_name": Param("string", required=True),
    "webhook_event_url": Param("string", required=True, form="http_url"),
    "webhook_event_failover_url": Param("string", default=""),
    "webhook_api_version": text("1", "2", default="1"),
    "webhook_timeout_secs": number(0, 30),
    "first_command_timeout": FLAG,
    "first_command_timeout_secs": number(default=30),
    "anchorsite_override": text(*_SITES, default="Latency"),
    "dtmf_type": text("RFC 2833", "Inband", "SIP INFO", default="RFC 2833"),
    "call_cost_in_webhooks": FLAG,
    "redact_dtmf_debug_logging": FLAG,
    "inbound": OBJECT,
    "outbound": OBJECT,
    "tags": TAGS,
}
_APPLICATION = {
    "id": of("string", formats.DECIMAL_ID),
    "record_type": of("string"),
    "application_name": of("string"),
    "active": of("boolean"),
    "anchorsite_override": of("string"),
    "webhook_event_url": of("string"),
    "webhook_event_failover_url": of("string null"),
    "webhook_api_version": of("string"),
    "webhook_timeout_secs": of("integer null"),
    "first_command_timeout": of("boolean"),
    "first_command_timeout_secs": of("integer"),
    "dtmf_type": of("string"),
    "call_cost_in_webhooks": of("boolean"),
    "redact_dtmf_debug_logging": of("boolean"),
    "inbound": of("object"),
    "outbound": of("object"),
    "tags": of("array"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
}
_CONNECTION = {
    "id": of("string", formats.DECIMAL_ID),
    "record_type": of("string"),
    "connection_name": of("string"),
    "active": of("boolean"),
    "anchorsite_override": of("string"),
    "outbound_voice_profile_id": of("string null"),
    "tags": of("array"),
    "webhook_api_version": of("string"),
    "webhook_event_url": of("string"),
    "webhook_event_failover_url": of("string null"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
}
_COUNT_SOURCE = "telnyx-python 4.189: connection_retrieve_count_response"
_CONNECTION_COUNT = {
    "record_type": of("string", source=_COUNT_SOURCE),
    "counts": of("object", source=_COUNT_SOURCE),
    "limits": of("object", source=_COUNT_SOURCE),
}
_ACTIVE_CALL = {
    name: CALL[name] for name in ("record_type", "call_control_id", "call_leg_id", "call_session_id", "call_duration")
} | {"client_state": of("string")}
_PROFILE_PARAMS = {
    "name": Param("string", required=True, low=3, high=255),
    "billing_group_id": TEXT,
    "call_recording": OBJECT,
    "calling_window": OBJECT,
    "concurrent_call_limit": number(1),
    "daily_spend_limit": TEXT,
    "daily_spend_limit_enabled": FLAG,
    "enabled": ON,
    "max_destination_rate": Param("number"),
    "service_plan": text("global", default="global"),
    "tags": TAGS,
    "traffic_type": text("conversational", default="conversational"),
    "usage_payment_method": text("rate-deck", default="rate-deck"),
    "whitelisted_destinations": Param("array", form="texts", default=("US", "CA")),
}
_PROFILE = {
    "id": of("string", formats.DECIMAL_ID),
    "record_type": of("string"),
    "name": of("string"),
    "connections_count": of("integer"),
    "traffic_type": of("string"),
    "service_plan": of("string"),
    "concurrent_call_limit": of("integer null"),
    "enabled": of("boolean"),
    "tags": of("array"),
    "usage_payment_method": of("string"),
    "whitelisted_destinations": of("array"),
    "max_destination_rate": of("number null"),
    "daily_spend_limit": of("string null"),
    "daily_spend_limit_enabled": of("boolean"),
    "call_recording": of("object"),
    "calling_window": of("object null"),
    "billing_group_id": of("string null"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
}
_LOOKUP = {
    "record_type": of("string"),
    "country_code": of("string"),
    "national_format": of("string"),
    "phone_number": of("string", formats.PHONE),
    "fraud": of("string null"),
    "valid_number": of("boolean"),
    "carrier": of("object null"),
    "caller_name": of("object null"),
    "portability": of("object"),
}
_VERIFIED = {
    "record_type": of("string"),
    "phone_number": of("string", formats.PHONE),
    "verified_at": of("string", formats.TIMESTAMP_US_LOCAL),
}
_BALANCE = {
    "record_type": of("string"),
    "balance": of("string", formats.DECIMAL_TEXT),
    "pending": of("string", formats.DECIMAL_TEXT),
    "credit_limit": of("string", formats.DECIMAL_TEXT),
    "available_credit": of("string", formats.DECIMAL_TEXT),
    "currency": of("string"),
}
_CONNECTOR_PARAMS = {
    "host": Param("string", required=True),
    "name": Param("string", required=True),
    "port": Param("integer", required=True, low=1, high=65535),
    "app_subdomain": TEXT,
}
_CONNECTOR = {
    "record_type": of("string"),
    "name": of("string"),
    "host": of("string"),
    "port": of("integer"),
    "app_subdomain": of("string null"),
    "created_at": of("string", formats.TIMESTAMP_MS),
    "updated_at": of("string", formats.TIMESTAMP_MS),
}

_APPLICATION_ID = "/call_control_applications/{id}"
_PROFILE_ID = "/outbound_voice_profiles/{id}"
_VERIFIED_ID = "/verified_numbers/{phone_number}"
_CONNECTOR_ID = "/siprec_connectors/{connector_name}"


ACCOUNT: Final[dict[str, Operation]] = {
    "application.list": listing(
        "/call_control_applications",
        "call_control_applications.list",
        _APPLICATION,
        ("filter[application_name][contains]", "filter[outbound.outbound_voice_profile_id]", *SORTED),
        ("created_at", "connection_name", "active"),
    ),
    "application.create": Operation(
        "POST",
        "/call_control_applications",
        201,
        "call_control_applications.create",
        _APPLICATION_PARAMS,
        _APPLICATION,
    ),
    "application.retrieve": Operation(
        "GET", _APPLICATION_ID, 200, "call_control_applications.retrieve", fields=_APPLICATION
    ),
    # Name and URL are required even here (spec).
    "application.update": Operation(
        "PATCH", _APPLICATION_ID, 200, "call_control_applications.update", _APPLICATION_PARAMS, _APPLICATION
    ),
    "application.delete": Operation(
        "DELETE", _APPLICATION_ID, 200, "call_control_applications.delete", fields=_APPLICATION
    ),
    "connection.list": listing(
        "/connections",
        "connections.list",
        _CONNECTION,
        ("filter[connection_name][contains]", "filter[fqdn]", "filter[outbound_voice_profile_id]", *SORTED),
        ("created_at", "connection_name", "active"),
        250,
    ),
    "connection.retrieve": Operation("GET", "/connections/{id}", 200, "connections.retrieve", fields=_CONNECTION),
    # Newer than the OpenAPI document of July 2026.
    "connection.count": Operation(
        "GET", "/connections/count", 200, "connections.retrieve_count", fields=_CONNECTION_COUNT
    ),
    "active_call.list": Operation(
        "GET",
        "/connections/{connection_id}/active_calls",
        200,
        "connections.list_active_calls",
        fields=_ACTIVE_CALL,
        many=True,
        query=CURSORS,
        cursors=True,
    ),
    "outbound_voice_profile.list": listing(
        "/outbound_voice_profiles",
        "outbound_voice_profiles.list",
        _PROFILE,
        ("filter[name][contains]", *SORTED),
        ("-created_at", "enabled", "name", "service_plan", "traffic_type", "usage_payment_method"),
    ),
    "outbound_voice_profile.create": Operation(
        "POST", "/outbound_voice_profiles", 200, "outbound_voice_profiles.create", _PROFILE_PARAMS, _PROFILE
    ),
    "outbound_voice_profile.retrieve": Operation(
        "GET", _PROFILE_ID, 200, "outbound_voice_profiles.retrieve", fields=_PROFILE
    ),
    "outbound_voice_profile.update": Operation(
        "PATCH", _PROFILE_ID, 200, "outbound_voice_profiles.update", _PROFILE_PARAMS, _PROFILE
    ),
    "outbound_voice_profile.delete": Operation(
        "DELETE", _PROFILE_ID, 200, "outbound_voice_profiles.delete", fields=_PROFILE
    ),
    "number_lookup.retrieve": Operation(
        "GET", "/number_lookup/{phone_number}", 200, "number_lookup.retrieve", fields=_LOOKUP, query=("type",)
    ),
    "verified_number.list": listing("/verified_numbers", "verified_numbers.list", _VERIFIED, PAGES, page_size=25),
    "verified_number.create": Operation(
        "POST",
        "/verified_numbers",
        200,
        "verified_numbers.create",
        {
            "phone_number": Param("string", required=True, form="phone"),
            "verification_method": text("sms", "call", required=True),
            "extension": Param("string", high=50),
        },
        {"phone_number": of("string", formats.PHONE), "verification_method": of("string")},
        bare=True,
    ),
    "verified_number.retrieve": Operation("GET", _VERIFIED_ID, 200, "verified_numbers.retrieve", fields=_VERIFIED),
    "verified_number.delete": Operation("DELETE", _VERIFIED_ID, 200, "verified_numbers.delete", fields=_VERIFIED),
    "verified_number.verify": Operation(
        "POST",
        _VERIFIED_ID + "/actions/verify",
        200,
        "verified_numbers.actions.submit_verification_code",
        {"verification_code": Param("string", required=True)},
        _VERIFIED,
    ),
    "balance.retrieve": Operation("GET", "/balance", 200, "balance.retrieve", fields=_BALANCE),
    "siprec_connector.create": Operation(
        "POST", "/siprec_connectors", 201, "siprec_connectors.create", _CONNECTOR_PARAMS, _CONNECTOR
    ),
    "siprec_connector.retrieve": Operation("GET", _CONNECTOR_ID, 200, "siprec_connectors.retrieve", fields=_CONNECTOR),
    "siprec_connector.update": Operation(
        "PUT", _CONNECTOR_ID, 200, "siprec_connectors.update", _CONNECTOR_PARAMS, _CONNECTOR
    ),
    "siprec_connector.delete": Operation("DELETE", _CONNECTOR_ID, 204, "siprec_connectors.delete"),
}
