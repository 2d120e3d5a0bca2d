"""Answering machine detection: who picked up, and when a machine's greeting is over.

Theory of operation. Who it is, whoever picks up has said (`inputs.PickUp.detected`); when it is known depends on the
settings and on what is heard of them. A leg whose dial asked for it is *listened to* from the answer until detection
has ended; if it was a machine and the mode wants more, until its greeting has. A human is known some silence after
their first words, a machine when it speaks for longer than humans do, silence when it has lasted, and what is not sure
at the end of all time (spec: settings; which of them decides of premium results is assumed). A greeting ends with a
beep, with silence (`greeting_end`), or when time is out. The end of the call ends everything, and says nothing.

A beep cuts what is being played and gathered, which ends as `cancelled_amd` (spec has the status; reported: a speak
that was too early for the beep ended so).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from telnyx_simulator.facts import detection as facts
from telnyx_simulator.signaling.announcements import CANCELLED_AMD, Announcements, main
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.gathers import Gathers
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part


class _Stage(StrEnum):
    ASKED = "asked"
    DETECTING = "detecting"
    GREETING = "greeting"


@dataclass(slots=True, kw_only=True)
class _Ear:
    """What listens to one leg. `detected` is what it is going to find, as `facts.detection.RESULTS` has it."""

    leg: Leg
    word: str
    mode: facts.Mode
    settings_ns: dict[str, int]
    stage: _Stage = _Stage.ASKED
    detected: str = "human"
    # When the person or machine last stopped speaking, if they did and have not begun again.
    silent_since_ns: int | None = None
    # Counts what they say: a silence that was waited for is void when they go on.
    speech: int = 0
    # Until when the end of a call screening's prompt is told of, once a machine is found.
    prompt_until_ns: int = -1

    @property
    def result(self) -> str:
        names = facts.TO_PREMIUM if self.mode.is_premium else facts.TO_PLAIN
        return names.get(self.detected, self.detected)

    @property
    def takes_ns(self) -> int:
        """How long it takes to find that out, if they do not say anything that tells."""
        total_ns = self.settings_ns["total_analysis_time_millis"]
        match self.detected:
            case "not_sure":
                return total_ns
            case "silence":
                return min(total_ns, self.settings_ns["initial_silence_millis"])
        return min(total_ns, self.settings_ns["greeting_duration_millis"])


class Detection(Part):
    """Every leg that is listened to."""

    def __init__(self, board: Board, sounds: Announcements, gathers: Gathers) -> None:
        super().__init__(board)
        self._sounds = sounds
        self._gathers = gathers
        self._ears: dict[str, _Ear] = {}

    # What legs and people do

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        word = given.get("answering_machine_detection", "disabled")
        if leg.direction == "outgoing" and word in facts.MODES:
            mode = facts.MODES[word]
            settings = _settings(mode, given.get("answering_machine_detection_config", {}))
            self._ears[leg.call_leg_id] = _Ear(leg=leg, word=word, mode=mode, settings_ns=settings)
        return []

    def picked_up(self, leg: Leg, detected: str) -> None:
        """Whoever answers next is what `facts.detection.RESULTS` calls so."""
        if ear := self._ears.get(leg.call_leg_id):
            ear.detected = detected

    def listens_to(self, leg: Leg) -> bool:
        """Whether it is not over who or what is there."""
        return leg.call_leg_id in self._ears

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        ear = self._ears.get(leg.call_leg_id)
        if ear is not None and ear.stage is _Stage.ASKED:
            ear.stage = _Stage.DETECTING
            self.board.agenda.at(now + ear.takes_ns, lambda at: self._detected(ear, at))
        return []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        self._ears.pop(leg.call_leg_id, None)
        return []

    def speaks(self, leg: Leg, now: int) -> list[Event]:
        """They began to say something."""
        if ear := self._ears.get(leg.call_leg_id):
            ear.speech += 1
            ear.silent_since_ns = None
        return []

    def spoke(self, leg: Leg, now: int) -> list[Event]:
        """What they said is over."""
        ear = self._ears.get(leg.call_leg_id)
        if ear is None:
            return []
        ear.speech += 1
        ear.silent_since_ns = now
        if ear.stage is _Stage.DETECTING and ear.result.startswith("human"):
            speech, quiet_ns = ear.speech, ear.settings_ns["after_greeting_silence_millis"]
            self.board.agenda.at(now + quiet_ns, lambda at: self._detected(ear, at) if ear.speech == speech else [])
        return self._await_silence(ear, now)

    def beeped(self, leg: Leg, now: int) -> list[Event]:
        ear = self._ears.get(leg.call_leg_id)
        if ear is None or not ear.mode.hears_beep or ear.result != "machine" or ear.stage is _Stage.ASKED:
            return []
        happened: list[Event] = []
        # Docs: a beep that comes before premium detection has ended is all that is told. Of the plain one, which says
        # first what it detected, nothing is written; a beep is as good as a proof (assumed).
        if ear.stage is _Stage.DETECTING and not ear.mode.is_premium:
            happened += self._detected(ear, now)
        happened += self._sounds.stop_queue(main(leg), now, status=CANCELLED_AMD, only_first=True)
        happened += self._gathers.cancel(leg, now, status=CANCELLED_AMD)
        return happened + self._greeted(ear, "beep_detected", now)

    # What is found

    def _detected(self, ear: _Ear, now: int) -> list[Event]:
        if not self._is_at(ear, _Stage.DETECTING):
            return []
        event_type = "call.machine.premium.detection.ended" if ear.mode.is_premium else "call.machine.detection.ended"
        happened = self.board.tell(ear.leg, event_type, now, result=ear.result)
        if ear.result != "machine" or not ear.mode.hears_beep:
            del self._ears[ear.leg.call_leg_id]
            return happened
        ear.stage = _Stage.GREETING
        until_ns, result = self._patience(ear, now)
        if until_ns is not None:
            self.board.agenda.at(until_ns, lambda at: self._greeted(ear, result, at))
        if ear.mode.hears_prompt:
            ear.prompt_until_ns = now + ear.settings_ns["prompt_end_timeout_millis"]
        return happened + self._await_silence(ear, now)

    def _patience(self, ear: _Ear, now: int) -> tuple[int | None, str]:
        """Until when the end of a greeting is waited for, and what it comes to then. None: nothing is ever told."""
        assumed = self.board.rules.assumed
        if ear.mode.is_premium:
            gives_up_ns = max(now, (ear.leg.answered_ns or 0) + facts.PREMIUM_BEEP_PATIENCE_MS * MS_NS)
            tells = assumed("premium_without_beep") == "no_beep_detected"
            return gives_up_ns if tells else None, "no_beep_detected"
        if ear.mode.hears_silence:
            return now + ear.settings_ns["greeting_total_analysis_time_millis"], "not_sure"
        tells = ear.word == "detect_words" or assumed("detect_beep_without_beep") == "not_sure"
        return now + facts.BEEP_PATIENCE_MS * MS_NS if tells else None, "not_sure"

    def _await_silence(self, ear: _Ear, now: int) -> list[Event]:
        """Once a machine is found that has stopped speaking: what comes of it if it stays silent."""
        if ear.stage is not _Stage.GREETING or ear.silent_since_ns is None:
            return []
        if now <= ear.prompt_until_ns:
            ear.prompt_until_ns = -1
            return self._tell_greeting(ear, "prompt_ended", now)  # a beep may still come (reported)
        if ear.mode.hears_silence:
            speech = ear.speech
            due_ns = max(now, ear.silent_since_ns + ear.settings_ns["greeting_silence_duration_millis"])
            self.board.agenda.at(due_ns, lambda at: self._greeted(ear, "ended", at) if ear.speech == speech else [])
        return []

    def _greeted(self, ear: _Ear, result: str, now: int) -> list[Event]:
        """The machine's greeting is over."""
        if self._ears.get(ear.leg.call_leg_id) is not ear:
            return []
        del self._ears[ear.leg.call_leg_id]
        return self._tell_greeting(ear, result, now)

    def _tell_greeting(self, ear: _Ear, result: str, now: int) -> list[Event]:
        event_type = "call.machine.premium.greeting.ended" if ear.mode.is_premium else "call.machine.greeting.ended"
        return self.board.tell(ear.leg, event_type, now, result=result)

    def _is_at(self, ear: _Ear, stage: _Stage) -> bool:
        return self._ears.get(ear.leg.call_leg_id) is ear and ear.stage is stage


def _settings(mode: facts.Mode, given: dict[str, Any]) -> dict[str, int]:
    """In nanoseconds. Premium detection takes few of them (spec)."""
    total = {"total_analysis_time_millis": facts.PREMIUM_TOTAL_MS} if mode.is_premium else {}
    defaults = {**facts.SETTINGS, **total}
    taken = facts.OF_PREMIUM if mode.is_premium else facts.SETTINGS
    return {name: (given.get(name, ms) if name in taken else ms) * MS_NS for name, ms in defaults.items()}
