"""Phone numbers and their voice settings: two views of one thing."""

from typing import Any, Final

from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.account.lookup import country_of
from telnyx_simulator.signaling.account.table import Asked, Mint, Row, Table, merged
from telnyx_simulator.signaling.payloads import iso_ms

_USUAL: Final[Row] = {
    "record_type": "phone_number",
    "status": "active",
    "tags": [],
    "external_pin": None,
    "phone_number_type": "local",
    "connection_id": "",
    "connection_name": "",
    "customer_reference": None,
    "messaging_profile_id": None,
    "messaging_profile_name": None,
    "billing_group_id": None,
    "emergency_enabled": False,
    "emergency_address_id": None,
    "emergency_status": "disabled",
    "call_forwarding_enabled": True,
    "call_recording_enabled": False,
    "caller_id_name_enabled": False,
    "cnam_listing_enabled": False,
    "t38_fax_gateway_enabled": False,
    "hd_voice_enabled": False,
    "inbound_call_screening": "disabled",
    "source_type": "number_order",
    "deletion_lock_enabled": False,
}
# Defaults are spec; that forwarding is on and leads nowhere is theirs.
_VOICE: Final[Row] = {
    "record_type": "voice_settings",
    "tech_prefix_enabled": False,
    "translated_number": "",
    "call_forwarding": {"call_forwarding_enabled": True, "forwards_to": None, "forwarding_type": None},
    "cnam_listing": {"cnam_listing_enabled": False, "cnam_listing_details": None},
    "usage_payment_method": "pay-per-minute",
    "media_features": {
        "rtp_auto_adjust_enabled": True,
        "accept_any_rtp_packets_enabled": False,
        "t38_fax_gateway_enabled": False,
    },
    "call_recording": {
        "inbound_call_recording_enabled": False,
        "inbound_call_recording_format": "wav",
        "inbound_call_recording_channels": "single",
    },
    "inbound_call_screening": "disabled",
}
# Fields of a number that stand elsewhere among its voice settings.
_MIRRORED: Final = {
    "call_forwarding_enabled": ("call_forwarding", "call_forwarding_enabled"),
    "call_recording_enabled": ("call_recording", "inbound_call_recording_enabled"),
    "cnam_listing_enabled": ("cnam_listing", "cnam_listing_enabled"),
    "t38_fax_gateway_enabled": ("media_features", "t38_fax_gateway_enabled"),
}
_SLIM: Final = OPERATIONS["number.slim_list"].fields
_SOURCES: Final = {"number_order": "purchased", "port_request": "ported"}


class Numbers(Table):
    """`voice` are the settings of each number, by its id."""

    def __init__(self, mint: Mint, applications: dict[str, Row]) -> None:
        super().__init__("number", _USUAL)
        self.voice: dict[str, Row] = {}
        self._mint = mint
        self._applications = applications
        self.answers |= {
            "number.update": self._update,
            "number.delete": self._delete,
            "number.slim_list": lambda asked: [
                {name: value for name, value in row.items() if name in _SLIM} for row in self.rows.values()
            ],
            "number.list_voice": lambda asked: [self.voice_of(key) for key in self.rows],
            "number.retrieve_voice": lambda asked: self.voice_of(asked.key),
            "number.update_voice": self._update_voice,
        }

    def add(self, number: str, connection_id: str, unix_ns: int) -> Row:
        key, stamp = self._mint("number_id"), iso_ms(unix_ns)
        about = {"id": key, "phone_number": number, "country_iso_alpha2": country_of(number)}
        stamps = {"purchased_at": stamp, "activated_at": stamp}
        self.voice[key] = merged({}, _VOICE)
        return self.put(key, about | stamps | {"connection_id": connection_id}, unix_ns)

    def voice_of(self, key: str) -> Row:
        row = self.at(key)
        emergency = {name: row[name] for name in ("emergency_enabled", "emergency_address_id", "emergency_status")}
        own = {name: row[name] for name in ("id", "phone_number", "connection_id", "customer_reference")}
        return own | self.voice[key] | {"emergency": emergency}

    def remove(self, key: str) -> Row:
        row = super().remove(key)
        self.voice.pop(key, None)
        return row

    def beside(self, row: Row) -> dict[str, Any]:
        """What lists of numbers can be searched for and sorted by, and do not say."""
        known = self.rows.get(row["id"], {})
        voice = self.voice.get(row["id"], {}) | {"connection_name": known.get("connection_name", "")}
        return {
            "voice": voice,
            "connection_name": voice["connection_name"],
            "usage_payment_method": voice.get("usage_payment_method"),
            "purchased_at": known.get("purchased_at"),
            "number_type": known.get("phone_number_type"),
            "source": _SOURCES.get(known.get("source_type", "")),
            "tag": known.get("tags", []),
            "without_tags": not known.get("tags"),
        }

    def _update(self, asked: Asked) -> Row:
        self.at(asked.key)
        if asked.given.get("connection_id", "") not in ("", *self._applications):
            detail = "The requested connection_id does not exist."
            raise rest.refused("invalid_value", pointer="/connection_id", detail=detail)
        # An address is no field of a number.
        given = {name: value for name, value in asked.given.items() if name != "address_id"}
        return self.change(asked.key, given, asked.unix_ns)

    def _delete(self, asked: Asked) -> Row:
        """The reply says that it is deleted (assumed)."""
        return self.remove(asked.key) | {"status": "deleted"}

    def _update_voice(self, asked: Asked) -> Row:
        self.at(asked.key)
        given = dict(asked.given)
        of_number = {name: given.pop(name) for name in ("caller_id_name_enabled",) if name in given}
        voice = self.voice[asked.key] = merged(self.voice[asked.key], given)
        of_number |= {name: voice[group][inner] for name, (group, inner) in _MIRRORED.items()}
        self.change(asked.key, of_number | {"inbound_call_screening": voice["inbound_call_screening"]}, asked.unix_ns)
        return self.voice_of(asked.key)
