"""Call Control applications, and the same ones as connections."""

from typing import Any, Final

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.account.profiles import Profiles
from telnyx_simulator.signaling.account.table import Asked, Mint, Row, Table

_USUAL: Final[Row] = {
    "record_type": "call_control_application",
    "active": True,
    "anchorsite_override": "Latency",
    "webhook_event_failover_url": "",
    "webhook_api_version": "1",
    "webhook_timeout_secs": None,
    "first_command_timeout": False,
    "first_command_timeout_secs": 30,
    "dtmf_type": "RFC 2833",
    "call_cost_in_webhooks": False,
    "redact_dtmf_debug_logging": False,
    "inbound": {
        "channel_limit": None,
        "shaken_stir_enabled": False,
        "sip_subdomain": None,
        "sip_subdomain_receive_settings": "from_anyone",
    },
    "outbound": {"channel_limit": None, "outbound_voice_profile_id": None},
    "tags": [],
}
# Fields of a connection that are the application's of the same name.
_OF_CONNECTION: Final = (
    *("id", "record_type", "active", "anchorsite_override", "tags", "webhook_api_version"),
    *("webhook_event_url", "webhook_event_failover_url", "created_at", "updated_at"),
)
# spec: telnyx-python 4.189, connection_retrieve_count_response.
_KINDS: Final = (
    *("call_control_applications", "credential_connections", "external_connections", "fax_connections"),
    *("fqdn_connections", "ip_connections", "microsoft_teams_sbc_connections", "mobile_voice_connections"),
    *("operator_connect_connections", "texml_applications", "third_party_provider_connections", "uac_connections"),
    "zoom_sbc_connections",
)
_CONNECTIONS_MAX: Final = 500


class Applications(Table):
    def __init__(self, mint: Mint, profiles: Profiles) -> None:
        super().__init__("application", _USUAL)
        self._mint = mint
        self._profiles = profiles
        self.answers |= {
            "application.create": self._create,
            "application.update": self._update,
            "connection.list": lambda asked: [connection_of(row) for row in self.rows.values()],
            "connection.count": lambda asked: self._count(),
            "connection.retrieve": lambda asked: connection_of(self.at(asked.key)),
        }

    def add(self, fields: Row, unix_ns: int) -> Row:
        key = self._mint("connection_id")
        return self.put(key, {"id": key, **fields}, unix_ns)

    def _create(self, asked: Asked) -> Row:
        self._check(asked.given)
        return self.add(asked.given, asked.unix_ns)

    def _update(self, asked: Asked) -> Row:
        self.at(asked.key)
        self._check(asked.given)
        return self.change(asked.key, asked.given, asked.unix_ns)

    def _count(self) -> Row:
        """Applications are all the connections there are; the limit is made up."""
        counts = dict.fromkeys(_KINDS, 0) | {"call_control_applications": len(self.rows)}
        return {"record_type": "connection_count", "counts": counts, "limits": {"global_limit": _CONNECTIONS_MAX}}

    def _check(self, given: Row) -> None:
        """Objects within an application are judged by hand; a profile that nobody knows is refused (assumed)."""
        profile_id = given.get("outbound", {}).get("outbound_voice_profile_id")
        if profile_id and profile_id not in self._profiles.rows:
            at = "/outbound/outbound_voice_profile_id"
            raise rest.refused("invalid_value", pointer=at, detail="The requested outbound voice profile is unknown.")
        for side in ("inbound", "outbound"):
            limit = given.get(side, {}).get("channel_limit")
            if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
                name = f"{side}/channel_limit"
                raise rest.refused("wrong_type", pointer=f"/{name}", name=name, expected="integer")


def connection_of(application: Row) -> Row:
    """An application as a connection; of which kind it is stands in `record_type` (assumed)."""
    own: dict[str, Any] = {name: application[name] for name in _OF_CONNECTION}
    profile_id = application["outbound"]["outbound_voice_profile_id"]
    return own | {"connection_name": application["application_name"], "outbound_voice_profile_id": profile_id}
