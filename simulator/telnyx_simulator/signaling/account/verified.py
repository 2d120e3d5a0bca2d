"""Numbers that were shown to be the account's owner's: a trial account may call these, and no others.

Nobody gets a text or a call with the code: it is the number's last six digits (ours).
"""

import re
from typing import Final

from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.account.table import Asked, Row, Table
from telnyx_simulator.signaling.payloads import iso_us

CODE_DIGITS: Final = 6


class Verified(Table):
    """By phone number."""

    def __init__(self) -> None:
        super().__init__("verified_number", {})
        self._pending: set[str] = set()
        self.answers |= {
            "verified_number.retrieve": lambda asked: self.at(_number(asked)),
            "verified_number.delete": lambda asked: self.remove(_number(asked)),
            "verified_number.create": self._create,
            "verified_number.verify": self._verify,
        }

    def add(self, number: str, unix_ns: int) -> None:
        self.rows[number] = {
            "record_type": "verified_number",
            "phone_number": number,
            "verified_at": iso_us(unix_ns).removesuffix("Z"),
        }
        self._pending.discard(number)

    def _create(self, asked: Asked) -> Row:
        self._pending.add(asked.given["phone_number"])
        return {name: asked.given[name] for name in ("phone_number", "verification_method")}

    def _verify(self, asked: Asked) -> Row:
        number = _number(asked)
        if number not in self._pending:
            return self.at(number)
        if asked.given["verification_code"] != code_of(number):
            detail = "The verification code is invalid."
            raise rest.refused("invalid_value", pointer="/verification_code", detail=detail)
        self.add(number, asked.unix_ns)
        return self.at(number)


def code_of(number: str) -> str:
    return re.sub("[^0-9]", "", number)[-CODE_DIGITS:]


def _number(asked: Asked) -> str:
    """A plus that was not encoded may arrive as a blank."""
    return "+" + asked.key.strip().removeprefix("+")
