"""Payment by DTMF: what the caller presses becomes a card, step by step, and the charge succeeds.

Theory of operation. Each step waits for its digits, of a fixed count or ended by `#`; too few or none in time is an
error, and after `max_attempts` of them the payment fails. Only the last four digits of a card are told (spec). No
connector is asked: what was pressed completely is charged, or kept as a token.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import identifiers, options, rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part

# Step -> digits that it takes at least and at most, the field that tells of it, and its error.
_CARD: Final = {
    "payment-card-number": (12, 19, "payment_card_number", "invalid-card-number"),
    "expiration-date": (4, 4, "expiration_date", "invalid-date"),
    "security-code": (3, 4, "security_code", "invalid-security-code"),
    "postal-code": (3, 10, "payment_card_postal_code", "invalid-postal-code"),
}
_BANK: Final = {
    "bank-routing-number": (9, 9, "bank_routing_number", "invalid-bank-routing-number"),
    "bank-account-number": (4, 17, "bank_account_number", "invalid-bank-account-number"),
}
_END: Final = "#"


@dataclass(slots=True, kw_only=True)
class _Payment:
    payment_id: str
    given: dict[str, Any]
    steps: list[str]
    digits: str = ""
    attempt: int = 1
    turn: int = 0
    found: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return str(self.given.get("payment_method", "credit-card"))


class Payments(Part):
    """At most one at a time on a leg."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._payments: dict[str, _Payment] = {}
        self.acts = {"pay": self._pay}

    def pressed(self, leg: Leg, digit: str, now: int) -> list[Event]:
        payment = self._payments.get(leg.call_leg_id)
        if payment is None:
            return []
        _, most, _, _ = _step(payment)
        if digit != _END:
            payment.digits += digit
        if digit == _END or len(payment.digits) == most:
            return self._entered(leg, payment, now)
        return self._wait(leg, payment, now)

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        payment = self._payments.pop(leg.call_leg_id, None)
        return self._completed(leg, payment, "cancelled", now) if payment else []

    def _pay(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        if (
            given.get("transaction_type", "charge") == "charge"
            and "amount" not in given
            and "transaction_type" in given
        ):
            raise rest.refused("missing_parameter", pointer="/amount", name="amount")
        options.apply(leg, given)
        steps = _BANK if given.get("payment_method") == "ach-debit" else _CARD
        wanted = [step for step in steps if step != "postal-code" or given.get("postal_code", True) is True]
        draws = self.board.draws.within(leg.call_leg_id)
        payment = _Payment(payment_id=identifiers.random_uuid(draws, f"payment_id {now}", 0), given=given, steps=wanted)
        # A new one ends the one before, as a new gather does (assumed).
        happened = self.leg_ends(leg, now)
        self._payments[leg.call_leg_id] = payment
        return happened + self._wait(leg, payment, now)

    def _wait(self, leg: Leg, payment: _Payment, now: int) -> list[Event]:
        """For the next digit, or for the first."""
        name = "inter_digit_timeout_millis" if payment.digits else "timeout_millis"
        payment.turn += 1
        due_ns = now + payment.given.get(name, limits.PAY_PATIENCE_MS) * MS_NS
        self.board.agenda.at(due_ns, partial(self._late, leg, payment, payment.turn))
        return []

    def _late(self, leg: Leg, payment: _Payment, turn: int, now: int) -> list[Event]:
        if self._payments.get(leg.call_leg_id) is not payment or payment.turn != turn:
            return []
        if payment.digits:
            return self._entered(leg, payment, now)
        return self._refused(leg, payment, "timeout", now)

    def _entered(self, leg: Leg, payment: _Payment, now: int) -> list[Event]:
        least, _, name, error = _step(payment)
        if len(payment.digits) < least or not payment.digits.isdigit():
            return self._refused(leg, payment, error, now)
        shown = payment.digits if name == "expiration_date" else "*" * (len(payment.digits) - 4) + payment.digits[-4:]
        payment.found[name] = "***" if name == "security_code" else shown
        happened = self._progress(leg, payment, "completed", now)
        payment.digits, payment.attempt = "", 1
        payment.steps.pop(0)
        if payment.steps:
            return happened + self._wait(leg, payment, now)
        payment.steps.append("payment-processing")
        happened += self._progress(leg, payment, "processing", now)
        del self._payments[leg.call_leg_id]
        return happened + self._completed(leg, payment, "success", now)

    def _refused(self, leg: Leg, payment: _Payment, error: str, now: int) -> list[Event]:
        happened = self._progress(leg, payment, "failed", now, error_type=error)
        payment.digits, payment.attempt = "", payment.attempt + 1
        if payment.attempt > payment.given.get("max_attempts", limits.PAY_ATTEMPTS):
            del self._payments[leg.call_leg_id]
            return happened + self._completed(leg, payment, "too-many-failed-attempts", now)
        return happened + self._wait(leg, payment, now)

    def _progress(self, leg: Leg, payment: _Payment, status: str, now: int, **more: str) -> list[Event]:
        return self.board.tell(
            leg,
            "call.payment.progress",
            now,
            attempt=payment.attempt,
            payment_step=payment.steps[0],
            payment_status=status,
            payment_connector=payment.given.get("connector_name"),
            payment_method=payment.method,
            **payment.found,
            **more,
        )

    def _completed(self, leg: Leg, payment: _Payment, result: str, now: int) -> list[Event]:
        kept = {_purpose(payment): payment.payment_id} if result == "success" else {}
        shown = ("payment_card_number", "expiration_date")
        card = {name: payment.found[name] for name in shown if name in payment.found}
        return self.board.tell(
            leg,
            "call.payment.completed",
            now,
            result=result,
            payment_connector=payment.given.get("connector_name"),
            payment_method=payment.method,
            **card,
            **kept,
        )


def _step(payment: _Payment) -> tuple[int, int, str, str]:
    return (_CARD | _BANK)[payment.steps[0]]


def _purpose(payment: _Payment) -> str:
    """The field that names what came of it: without a type, an amount is charged and a card alone is kept (assumed)."""
    kind = payment.given.get("transaction_type") or ("charge" if "amount" in payment.given else "tokenize")
    return "charge_id" if kind == "charge" else "token_id"
