"""The application's own view of each call, looked at for as long as the run lasts."""

import asyncio
from collections.abc import Callable

from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.statuses import words_for
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.sut.application import Application, Unreachable
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.transports.session import Session


class StatusWatch:
    """Writes a `sut status` entry at each change of the application's word for a leg.

    `taken_of` gives what `take:` kept of the application's replies to asks about a leg.
    """

    def __init__(self, session: Session, application: Application | None) -> None:
        self._session = session
        self._application = application
        # The last word for each leg that is looked at: None before there is one, empty where it cannot be had.
        self._words: dict[str, str | None] = {}
        self._pollers: dict[str, asyncio.Task[None]] = {}
        self.taken_of: Callable[[str], str | None] = lambda call_leg_id: None

    def begin(self, call_leg_id: str) -> None:
        """Look at this leg from now on, if the profile says how."""
        if self._application is None or self._application.profile.status is None:
            return
        self._words[call_leg_id] = None
        every_ns = self._application.profile.status_every_ns
        if every_ns is not None:
            polling = asyncio.create_task(self._poll(self._application, call_leg_id, every_ns))
            polling.add_done_callback(self._session.finished)
            self._pollers[call_leg_id] = polling

    def saw(self, call_leg_id: str, word: str | None) -> None:
        """The application has this word for a leg now, or none: asked for, or posted by itself."""
        last = self._words.get(call_leg_id)
        if word is None and last:
            self._session.note("sut", "status_gone", {}, call=call_leg_id)
        if word is not None and word != last:
            self._session.note("sut", "status", {"word": word}, call=call_leg_id)
        if word is not None or last:
            self._words[call_leg_id] = word

    async def close(self) -> None:
        for task in self._pollers.values():
            task.cancel()
        await asyncio.gather(*self._pollers.values(), return_exceptions=True)

    @property
    def is_right(self) -> bool:
        """Whether each leg that is looked at has the word that the profile's map gives for it now."""
        if not self._words:
            return True
        record = Record(self._session.trace.view())
        for call in self._words:
            words = words_for(record, call, record.moves(call))
            seen = [entry.body["word"] for entry in record.trace.of("sut", "status", call=call)]
            if words is not None and (not seen or seen[-1] not in words):
                return False
        return True

    async def _poll(self, application: Application, call_leg_id: str, every_ns: int) -> None:
        session = self._session
        leg = session.switch.legs[call_leg_id]
        taken: str | None = None
        while True:
            taken = self.taken_of(call_leg_id) or taken
            try:
                self.saw(call_leg_id, await application.status(_about(leg) | ({"taken": taken} if taken else {})))
            except (Unreachable, UnknownWord) as problem:
                if self._words[call_leg_id] != "":
                    session.note("sut", "status_unknown", {"problem": str(problem)}, call=call_leg_id)
                    self._words[call_leg_id] = ""
            await session.clock.sleep(every_ns)


def _about(leg: Leg) -> dict[str, str]:
    """What is known of a leg, in the words of `sut.application.STATUS_WORDS`."""
    state = LegState.RINGING if leg.state is LegState.PARKED else leg.state
    words = {"call_control_id": leg.call_control_id, "from": leg.from_, "to": leg.to, "direction": leg.direction}
    if leg.ending is not None:
        words |= {"hangup_cause": leg.ending.cause, "hangup_source": leg.ending.source}
    return words | {"state": state.value}
