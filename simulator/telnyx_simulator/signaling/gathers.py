"""Digits gathered by command: with a prompt that is played or spoken, or without.

Theory of operation. A leg has one gather at a time; a new one cancels the old one (assumed). Without a prompt there is
one try. With one, a *try* is a prompt, cut off by the first key, and a wait for keys after it; a try that brought
nothing valid is followed by another, up to `maximum_tries`, with the invalid prompt (if there is one) after keys that
were wrong. A try is over when the most keys were pressed, when the terminating key was, or when a wait is: for the
first key, for the next one, or in a gather without a prompt for all of it. Whether keys are valid is judged then: keys
outside `valid_digits` are taken and make it invalid (spec: so the invalid prompts are described). The terminating key
is not among the `digits` that are told (assumed). Assumed too: a wait for the first key ends in `timeout`, a wait for
the next one ends the input, which is `valid` if there is enough of it; the time for all of it ends in `timeout`,
whatever was pressed.

`begin` is for every part that gathers (conferences do): it tells `call.gather.ended`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from telnyx_simulator.signaling import identifiers, options, rest
from telnyx_simulator.signaling.announcements import Announcements, main
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.playback import check_voice, told_of_playback

VALID: Final = "valid"
INVALID: Final = "invalid"
TIMEOUT: Final = "timeout"


@dataclass(slots=True, kw_only=True)
class _Gather:
    """What was asked for, times in nanoseconds. `invalid` is the prompt after wrong keys; `whole_ns` is for a try."""

    leg: Leg
    gather_id: str
    least: int
    most: int
    valid: str
    terminating: str
    first_ns: int
    next_ns: int
    whole_ns: int | None
    tries: int
    prompt: Mapping[str, Any] | None
    invalid: Mapping[str, Any] | None
    stops_on_key: bool
    digits: str = ""
    # The prompt that is played now, if one is.
    playing: str | None = None
    # What is planned for an earlier wait is void.
    wait: int = 0


class Gathers(Part):
    """The gathers of all legs."""

    def __init__(self, board: Board, sounds: Announcements) -> None:
        super().__init__(board)
        self._sounds = sounds
        self._now: dict[str, _Gather] = {}
        self._begun = 0
        self.acts = {
            "gather": self._gather,
            "gather_using_audio": self._using_audio,
            "gather_using_speak": self._using_speak,
            "gather_stop": self._stop,
        }

    def begin(
        self,
        leg: Leg,
        given: Mapping[str, Any],
        now: int,
        *,
        prompt: Mapping[str, Any] | None = None,
        invalid: Mapping[str, Any] | None = None,
    ) -> list[Event]:
        """Gather on this leg as these parameters say; prompts are parameters, as `Announcements.of` takes them.

        `stop_playback_on_dtmf: false` lets a prompt go on while keys are pressed.
        """
        happened = self.cancel(leg, now)
        self._begun += 1
        draws = self.board.draws.within(leg.call_leg_id)
        after_prompt_ms = given.get("timeout_millis", 60_000)
        first_ms = given.get("initial_timeout_millis", after_prompt_ms if prompt else 5_000)
        gather = _Gather(
            leg=leg,
            gather_id=given.get("gather_id") or identifiers.random_uuid(draws, "gather_id", self._begun),
            least=given.get("minimum_digits", 1),
            most=given.get("maximum_digits", 128),
            valid=given.get("valid_digits", "0123456789#*"),
            terminating=given.get("terminating_digit", "#"),
            first_ns=first_ms * MS_NS,
            next_ns=given.get("inter_digit_timeout_millis", 5_000) * MS_NS,
            whole_ns=None if prompt else given.get("timeout_millis", 60_000) * MS_NS,
            tries=given.get("maximum_tries", 3) if prompt else 1,
            prompt=prompt,
            invalid=invalid,
            stops_on_key=given.get("stop_playback_on_dtmf", True),
        )
        self._now[leg.call_leg_id] = gather
        return happened + self._try(gather, prompt, now)

    def cancel(self, leg: Leg, now: int, *, status: str = "cancelled") -> list[Event]:
        """End what is gathered on this leg, if anything is."""
        gather = self._now.get(leg.call_leg_id)
        return self._end(gather, status, now) if gather else []

    # What people and legs do

    def pressed(self, leg: Leg, digit: str, now: int) -> list[Event]:
        gather = self._now.get(leg.call_leg_id)
        if gather is None:
            return []
        happened = self._hush(gather, now) if gather.stops_on_key else []
        if digit == gather.terminating:
            return happened + self._judge(gather, now, INVALID)
        gather.digits += digit
        if len(gather.digits) >= gather.most:
            return happened + self._judge(gather, now)
        self._wait(gather, gather.next_ns, now)
        return happened

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        return self.cancel(leg, now, status="call_hangup")

    # A try

    def _try(self, gather: _Gather, prompt: Mapping[str, Any] | None, now: int) -> list[Event]:
        gather.tries -= 1
        gather.digits = ""
        gather.wait += 1
        if gather.whole_ns is not None:
            self.board.agenda.at(now + gather.whole_ns, lambda at: self._out_of_time(gather, at))
        sound = self._sounds.of(prompt, [gather.leg.call_leg_id]) if prompt else None
        if sound is None or prompt is None:
            self._wait(gather, gather.first_ns, now)
            return []
        gather.playing = sound.announcement_id
        # Docs: gather_using_audio tells of the playback, gather_using_speak of nothing but digits.
        is_told = "payload" not in prompt
        started, ended = told_of_playback(self.board, gather.leg, prompt)
        return self._sounds.play(
            sound,
            now,
            leg=gather.leg,
            queue=main(gather.leg),
            on_started=lambda at: started(at) if is_told else [],
            on_ended=lambda end, at: [*(ended(end, at) if is_told else []), *self._prompted(gather, at)],
        )

    def _prompted(self, gather: _Gather, now: int) -> list[Event]:
        """The prompt is over; unless a key came before, the wait for one begins."""
        gather.playing = None
        if not gather.digits:
            self._wait(gather, gather.first_ns, now)
        return []

    def _hush(self, gather: _Gather, now: int) -> list[Event]:
        return self._sounds.stop(gather.playing, now) if gather.playing else []

    def _wait(self, gather: _Gather, wait_ns: int, now: int) -> None:
        gather.wait += 1
        wait = gather.wait
        self.board.agenda.at(now + wait_ns, lambda at: self._judge(gather, at) if gather.wait == wait else [])

    def _out_of_time(self, gather: _Gather, now: int) -> list[Event]:
        return self._end(gather, TIMEOUT, now)

    def _judge(self, gather: _Gather, now: int, without_keys: str = TIMEOUT) -> list[Event]:
        """A try is over: was it any good? `without_keys` is what it came to if nothing was pressed."""
        if not self._is_on(gather):
            return []
        fine = len(gather.digits) >= gather.least and set(gather.digits) <= set(gather.valid)
        if fine:
            return self._end(gather, VALID, now)
        status = INVALID if gather.digits else without_keys
        if gather.tries == 0:
            return self._end(gather, status, now)
        hushed = self._hush(gather, now)
        prompt = gather.invalid if status == INVALID and gather.invalid else gather.prompt
        return hushed + self._try(gather, prompt, now)

    def _end(self, gather: _Gather, status: str, now: int) -> list[Event]:
        if not self._is_on(gather):
            return []
        del self._now[gather.leg.call_leg_id]
        happened = self._hush(gather, now)
        gather.wait += 1
        about = {"digits": gather.digits, "status": status, "gather_id": gather.gather_id}
        return happened + self.board.tell(gather.leg, "call.gather.ended", now, **about)

    def _is_on(self, gather: _Gather) -> bool:
        return self._now.get(gather.leg.call_leg_id) is gather

    # Commands

    def _gather(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        options.apply(leg, given)
        return self.begin(leg, given, now)

    def _using_audio(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        options.apply(leg, given)
        return self.begin(leg, given, now, **audio_prompts(given))

    def _using_speak(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        check_voice(given)
        options.apply(leg, given)
        voice = {name: given[name] for name in ("voice", "language", "payload_type") if name in given}
        text = given.get("invalid_payload")
        invalid = voice | {"payload": text} if text else None
        return self.begin(leg, given, now, prompt=voice | {"payload": given["payload"]}, invalid=invalid)

    def _stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """With nothing to stop it is done as well (assumed)."""
        rest.demand_alive(leg)
        options.apply(leg, given)
        return self.cancel(leg, now)


def audio_prompts(given: Mapping[str, Any]) -> dict[str, Mapping[str, Any] | None]:
    """The prompts of a gather that plays files, as `Gathers.begin` takes them.

    Without any file there is nothing to play, and the tries follow each other in silence (assumed).
    """
    names = ("audio_url", "media_name")
    invalid = {name: given[f"invalid_{name}"] for name in names if given.get(f"invalid_{name}")}
    return {"prompt": {name: given.get(name, "") for name in names}, "invalid": invalid or None}
