"""What can be known of any phone number: its country, and whose it may be."""

import re
from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.account.table import Asked, Row

# Prefix, country, and how many digits of a number make its area.
_COUNTRIES: Final = (("+1", "US", 3), ("+44", "GB", 2), ("+61", "AU", 3), ("+49", "DE", 2), ("+33", "FR", 1))
_ELSEWHERE: Final = ("+1", "US", 3)
_CARRIER: Final[Row] = {
    "mobile_country_code": None,
    "mobile_network_code": None,
    "name": "Simulated Carrier",
    "type": "fixed line",
    "error_code": None,
    "normalized_carrier": None,
}
_PORTABILITY: Final[Row] = {
    "lrn": None,
    "ported_status": "N",
    "ported_date": None,
    "ocn": None,
    "line_type": "fixed line",
    "spid": None,
    "spid_carrier_name": None,
    "spid_carrier_type": None,
    "altspid": None,
    "altspid_carrier_name": None,
    "altspid_carrier_type": None,
    "city": None,
    "state": None,
}


def country_of(number: str) -> str:
    return _country(number)[1]


def looked_up(asked: Asked) -> Row:
    """Every well-formed number is somebody's: with `type` the carrier's or the caller's name, which are made up."""
    number = asked.key if asked.key.startswith("+") else f"+{asked.key.strip()}"
    if not re.fullmatch(formats.E164, number):
        raise rest.refused("not_e164", parameter="phone_number", name="phone_number")
    wanted = (asked.command.body or {}).get("type")
    if wanted not in (None, "carrier", "caller-name"):
        raise rest.refused("not_in_enum", parameter="type", allowed="caller-name, carrier")
    return {
        "record_type": "number_lookup",
        "country_code": country_of(number),
        "national_format": _national(number),
        "phone_number": number,
        "fraud": None,
        "valid_number": True,
        "carrier": dict(_CARRIER) if wanted == "carrier" else None,
        "caller_name": {"caller_name": "SIMULATED CALLER", "error_code": None} if wanted == "caller-name" else None,
        "portability": dict(_PORTABILITY),
    }


def _country(number: str) -> tuple[str, str, int]:
    return next((one for one in _COUNTRIES if number.startswith(one[0])), _ELSEWHERE)


def _national(number: str) -> str:
    """`(202) 555-0123`, `020 79460123`."""
    prefix, country, area = _country(number)
    digits = number.removeprefix(prefix)
    if country == "US":
        return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return f"0{digits[:area]} {digits[area:]}"
