"""The application's own view of each call, looked at for as long as the run lasts."""

import asyncio

from telnyx_simulator.checks.record import Record
from telnyx_simulator.sut.application import Application, Unreachable
from telnyx_simulator.sut.profile import UnknownWord
from telnyx_simulator.transports.session import Session


class StatusWatch:
    """Writes a `sut status` entry at each change of the application's word for a leg."""

    def __init__(self, session: Session, application: Application | None) -> None:
        self._session = session
        self._application = application
        self._pollers: dict[str, asyncio.Task[None]] = {}

    def begin(self, call_leg_id: str) -> None:
        """Look at this leg from now on, if the profile says how."""
        if self._application is not None and self._application.profile.status is not None:
            self._pollers[call_leg_id] = asyncio.create_task(self._poll(self._application, call_leg_id))

    async def close(self) -> None:
        for task in self._pollers.values():
            task.cancel()
        await asyncio.gather(*self._pollers.values(), return_exceptions=True)

    @property
    def is_right(self) -> bool:
        """Whether each leg that is looked at has the word that the profile's map gives for it now."""
        if not self._pollers:
            return True
        record = Record(self._session.trace.view())
        for call in self._pollers:
            words = record.expected_words(call, record.moves(call))
            seen = [entry.body["word"] for entry in record.trace.of("sut", "status", call=call)]
            if words is not None and (not seen or seen[-1] not in words):
                return False
        return True

    async def _poll(self, application: Application, call_leg_id: str) -> None:
        session = self._session
        assert application.profile.status is not None
        leg = session.switch.legs[call_leg_id]
        words = {"call_control_id": leg.call_control_id, "from": leg.from_, "to": leg.to}
        last: str | None = None
        while True:
            try:
                word = await application.status(words)
            except (Unreachable, UnknownWord) as problem:
                word = None
                if last != "":
                    session.note("sut", "status_unknown", {"problem": str(problem)}, call=call_leg_id)
                    last = ""
            if word is None and last:
                last = None
                session.note("sut", "status_gone", {}, call=call_leg_id)
            if word is not None and word != last:
                last = word
                session.note("sut", "status", {"word": word}, call=call_leg_id)
            await session.clock.sleep(application.profile.status.poll.every)
