"""Outbound voice profiles: an account has one from the beginning."""

from typing import Final

from telnyx_simulator.signaling.account.table import Asked, Mint, Row, Table

_USUAL: Final[Row] = {
    "record_type": "outbound_voice_profile",
    "connections_count": 0,
    "traffic_type": "conversational",
    "service_plan": "global",
    "concurrent_call_limit": None,
    "enabled": True,
    "tags": [],
    "usage_payment_method": "rate-deck",
    "whitelisted_destinations": ["US", "CA"],
    "max_destination_rate": None,
    "daily_spend_limit": None,
    "daily_spend_limit_enabled": False,
    "call_recording": {
        "call_recording_type": "none",
        "call_recording_caller_phone_numbers": [],
        "call_recording_channels": "single",
        "call_recording_format": "wav",
    },
    "calling_window": None,
    "billing_group_id": None,
}
# When the account was opened: applications look for the first profile there is (reported), so there is one.
_OPENED_NS: Final = 1_767_225_600 * 10**9


class Profiles(Table):
    def __init__(self, mint: Mint) -> None:
        super().__init__("outbound_voice_profile", _USUAL)
        self._mint = mint
        self.add({"name": "Default"}, _OPENED_NS)
        self.answers |= {
            "outbound_voice_profile.create": lambda asked: self.add(asked.given, asked.unix_ns),
            "outbound_voice_profile.update": self._update,
        }

    def add(self, fields: Row, unix_ns: int) -> Row:
        key = self._mint("outbound_voice_profile_id")
        return self.put(key, {"id": key, **fields}, unix_ns)

    def _update(self, asked: Asked) -> Row:
        return self.change(asked.key, asked.given, asked.unix_ns)
