"""Which calls the account lets be: its limits, and what a trial account may not do.

Theory of operation. What a command asks too much of is refused as a command: dials in a second (docs), channels of the
outbound voice profile and of the connection (reported, status assumed). What the network would not carry fails as a
leg, with 403 and the application told of it (docs): more calls at once than the account may have, and, on a trial
account, calls to and from numbers that were not verified. Somebody who calls in and is not let in hears that it is
busy, and the application hears nothing (reported of trial accounts, assumed of the connection's inbound channels).

Calls are counted within a run, for runs are apart.
"""

from typing import Any

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.leg import Leg


class Admission:
    def __init__(self, board: Board) -> None:
        self._board = board
        self._dialed_ns: list[int] = []

    def demand_dial(self, connection_id: str, now: int) -> None:
        """Refuse a dial of this application that is one too many."""
        account = self._board.account
        profile = account.profile_of(connection_id)
        if profile is not None and _full(profile["concurrent_call_limit"], self._of_profile(profile["id"])):
            raise rest.refused("profile_channels")
        limit = account.applications[connection_id]["outbound"].get("channel_limit")
        if _full(limit, self._alive("outgoing", connection_id)):
            raise rest.refused("connection_channels")
        self._count_dial(now)

    def is_carried(self, leg: Leg) -> bool:
        """Whether a leg that just began to ring is not rejected with 403."""
        most = self._board.rules.limits.channels
        if most is not None and self._alive("outgoing") > most:
            return False
        account = self._board.account
        return not self._board.rules.trial or (account.is_ours(leg.to) and account.is_ours(leg.from_))

    def is_let_in(self, from_: str, connection_id: str) -> bool:
        """Whether somebody who calls this application now gets through to it."""
        if self._board.rules.trial and from_ not in self._board.account.verified_numbers:
            return False
        limit = self._board.account.applications[connection_id]["inbound"].get("channel_limit")
        return not _full(limit, self._alive("incoming", connection_id))

    def _count_dial(self, now: int) -> None:
        """Refuse what is more than the account may dial in these seconds."""
        most = self._board.rules.limits.dials
        self._dialed_ns = [at for at in self._dialed_ns if now - at < limits.DIALS_WINDOW_S * 1_000_000_000]
        if most is not None and len(self._dialed_ns) >= most * limits.DIALS_WINDOW_S:
            raise rest.refused("dial_rate")
        self._dialed_ns.append(now)

    def _alive(self, direction: str, connection_id: str | None = None) -> int:
        legs = self._board.legs.values()
        return sum(
            leg.is_alive and leg.direction == direction and connection_id in (None, leg.connection_id) for leg in legs
        )

    def _of_profile(self, profile_id: str) -> int:
        account = self._board.account
        profiles = {key: account.profile_of(key) for key in account.applications}
        users = [key for key, profile in profiles.items() if profile is not None and profile["id"] == profile_id]
        return sum(self._alive("outgoing", key) for key in users)


def _full(limit: Any, alive: int) -> bool:
    """Whether there is no channel left. None and 0 are no limit (0: assumed)."""
    return bool(limit) and alive >= limit
