"""Sounds that Telnyx plays: asked for here by whichever part wants one, wanted from the world, heard, and over.

Theory of operation. A sound is wanted (`SoundWanted`) as soon as it is asked for, so that it is there when its turn
comes. Sounds of one queue are heard one after another; one without a queue waits for nothing. When it is there and its
turn has come it starts (`SoundStarts`), and the end is planned by its duration. It ends once: heard to the end, stopped
(`SoundStops`), because it cannot be had, or with its leg. Whoever asked for it is told of start and end by functions,
and tells the application what there is to tell: nothing here sends a webhook.

What a command plays on a leg stands in the queue `main(leg)`, its overlays in `overlays(leg)`; other parts name queues
of their own (the id of a conference), or use none: a beep, hold music.

    given = {"audio_url": "https://..."}             # or media_name, playback_content, payload with voice
    sound = announcements.of(given, [leg.call_leg_id])
    happened += announcements.play(
        sound,
        now,
        leg=leg,                                      # it ends with this leg; None: when nobody is left who hears it
        queue=main(leg),
        on_started=lambda at: board.tell(leg, "call.playback.started", at, ...),
        on_ended=lambda end, at: board.tell(leg, "call.playback.ended", at, status=end.status, ...),
    )
    announcements.stop(sound.announcement_id, now)    # that one; `stop_queue` for what plays in a queue, and what waits
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from telnyx_simulator.signaling import events, identifiers, inputs
from telnyx_simulator.signaling.announcement import Announcement, Kind
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part

COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
CANCELLED_AMD: Final = "cancelled_amd"
CALL_HANGUP: Final = "call_hangup"


@dataclass(frozen=True, slots=True)
class End:
    """How a sound ended, in the words of `call.playback.ended`. `was_heard`: it had started."""

    status: str
    detail: str | None
    was_heard: bool


Started = Callable[[int], list[Event]]
# A leg to which these words were said, to their end.
Said = Callable[[Leg, str, int], list[Event]]
Ended = Callable[[End, int], list[Event]]


class _Stage(StrEnum):
    WANTED = "wanted"
    READY = "ready"
    FAILED = "failed"
    HEARD = "heard"
    OVER = "over"


@dataclass(slots=True, kw_only=True)
class _Sound:
    announcement: Announcement
    leg: Leg | None
    queue: str | None
    on_started: Started
    on_ended: Ended
    stage: _Stage = _Stage.WANTED
    duration_ns: int = 0
    transcript: str | None = None
    failure: End | None = None


def main(leg: Leg) -> str:
    """The queue of what commands play on a leg."""
    return leg.call_leg_id


def overlays(leg: Leg) -> str:
    """The queue of what is heard on top of that."""
    return f"{leg.call_leg_id} overlay"


class Announcements(Part):
    """Every sound that is wanted, waits or is heard. `on_said` is told of words when they have been heard."""

    def __init__(self, board: Board, *, on_said: Said = lambda leg, text, at: []) -> None:
        super().__init__(board)
        self._on_said = on_said
        self._sounds: dict[str, _Sound] = {}
        self._queues: dict[str, list[_Sound]] = {}
        # call_leg_id -> the sounds that may end with it.
        self._of_leg: dict[str, list[_Sound]] = {}
        self._minted = 0

    # What the other parts call

    def of(
        self, given: Mapping[str, Any], call_leg_ids: Sequence[str], *, prefix: str = "", overlay: bool = False
    ) -> Announcement | None:
        """The sound that these parameters of a command name, for these legs; None if they name none.

        `prefix`: `invalid_` and `hold_` for parameters such as `hold_audio_url`. `loop` is how often it is heard.
        """
        what = _what(given, prefix)
        if what is None:
            return None
        kind, text = what
        spoken = kind is Kind.SPEECH
        loop = given.get("loop", 1)
        return Announcement(
            announcement_id=self.new_id(),
            call_leg_ids=tuple(call_leg_ids),
            kind=kind,
            what=text,
            audio_type=given.get("audio_type", "mp3"),
            voice=given.get("voice") if spoken else None,
            language=given.get("language") if spoken else None,
            is_ssml=spoken and given.get("payload_type") == "ssml",
            times=None if loop == "infinity" else int(loop),
            overlay=overlay,
        )

    def new_id(self) -> str:
        """For an `Announcement` that no parameters name: a beep, a ringback tone, hold music."""
        self._minted += 1
        return identifiers.random_uuid(self.board.draws, "announcement_id", self._minted)

    def play(
        self,
        announcement: Announcement,
        now: int,
        *,
        leg: Leg | None = None,
        queue: str | None = None,
        on_started: Started = lambda at: [],
        on_ended: Ended = lambda end, at: [],
    ) -> list[Event]:
        """Have it heard as soon as it is there and nothing stands before it in `queue` (None: it waits for nothing).

        `on_ended` is called once in any case, `on_started` before it if it was heard. It ends with `leg`
        (`call_hangup`); without one, when the last of its legs has ended.
        """
        sound = _Sound(announcement=announcement, leg=leg, queue=queue, on_started=on_started, on_ended=on_ended)
        self._sounds[announcement.announcement_id] = sound
        self._link(sound)
        if queue is not None:
            self._queues.setdefault(queue, []).append(sound)
        return [events.SoundWanted(announcement)]

    def stop(self, announcement_id: str, now: int, *, status: str = CANCELLED) -> list[Event]:
        """End this one; what waits behind it comes next. Nothing, if it is over."""
        sound = self._sounds.get(announcement_id)
        return self._end(sound, End(status, None, sound.stage is _Stage.HEARD), now) if sound else []

    def stop_queue(self, queue: str, now: int, *, status: str = CANCELLED, only_first: bool = False) -> list[Event]:
        """End what is heard from this queue, or would be next, and unless `only_first` all that waits behind it."""
        waiting = self._queues.get(queue, [])
        # Backwards: or else each that is stopped would let the next one begin.
        chosen = waiting[:1] if only_first else waiting[::-1]
        return [event for sound in chosen for event in self.stop(_id(sound), now, status=status)]

    def let_hear(self, queue: str, call_leg_ids: Sequence[str]) -> list[Event]:
        """Whatever plays in this queue, and waits in it, is for these legs from now on: who comes hears it as it is."""
        happened: list[Event] = []
        now = frozenset(call_leg_ids)
        for sound in self._queues.get(queue, []):
            before = sound.announcement
            self._unlink(sound)
            sound.announcement = replace(before, call_leg_ids=tuple(call_leg_ids))
            self._link(sound)
            if sound.stage is _Stage.HEARD:
                then = frozenset(before.call_leg_ids)
                come = tuple(key for key in call_leg_ids if key not in then)
                gone = tuple(key for key in before.call_leg_ids if key not in now)
                happened += [events.SoundGoesOn(replace(before, call_leg_ids=come))] if come else []
                happened += [events.SoundStops(replace(before, call_leg_ids=gone))] if gone else []
        return happened

    def is_heard(self, queue: str) -> bool:
        """Whether a sound of this queue is heard now."""
        return any(sound.stage is _Stage.HEARD for sound in self._queues.get(queue, ())[:1])

    # What the world and the legs do

    def ready(self, news: inputs.SoundReady, now: int) -> list[Event]:
        sound = self._sounds.get(news.announcement_id)
        if sound is None or sound.stage is not _Stage.WANTED:
            return []
        sound.stage, sound.duration_ns, sound.transcript = _Stage.READY, news.duration_ns, news.transcript
        return self._begin(sound, now)

    def failed(self, news: inputs.SoundFailed, now: int) -> list[Event]:
        """It cannot be had, which is told when its turn has come (assumed)."""
        sound = self._sounds.get(news.announcement_id)
        if sound is None or sound.stage is not _Stage.WANTED:
            return []
        sound.stage, sound.failure = _Stage.FAILED, End(news.status, news.detail, was_heard=False)
        return self._begin(sound, now)

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        chosen = [sound for sound in self._of_leg.get(leg.call_leg_id, []) if self._ends_with(sound)]
        # All at once: or else each that ends would let one begin that ends as well.
        for sound in chosen:
            self._forget(sound)
        happened: list[Event] = []
        for sound in chosen:
            happened += self._over(sound, End(CALL_HANGUP, None, sound.stage is _Stage.HEARD), now)
        for queue in dict.fromkeys(sound.queue or "" for sound in chosen):
            happened += self._begin_next(queue, now)
        return happened

    def _ends_with(self, sound: _Sound) -> bool:
        """Whether none of its legs is left."""
        return not any(self.board.legs[key].is_alive for key in _legs(sound))

    # A sound's life

    def _begin(self, sound: _Sound, now: int) -> list[Event]:
        """If it is there, or cannot be had, and its turn has come."""
        if sound.queue is not None and self._queues[sound.queue][0] is not sound:
            return []
        if sound.failure is not None:
            return self._end(sound, sound.failure, now)
        if sound.stage is not _Stage.READY:
            return []  # it is not there yet, or is heard already
        sound.stage = _Stage.HEARD
        times = sound.announcement.times
        if times is not None:
            heard = End(COMPLETED, None, was_heard=True)
            self.board.agenda.at(now + times * sound.duration_ns, lambda at: self._end(sound, heard, at))
        return [events.SoundStarts(sound.announcement), *sound.on_started(now)]

    def _end(self, sound: _Sound, end: End, now: int) -> list[Event]:
        if sound.stage is _Stage.OVER:
            return []
        self._forget(sound)
        return self._over(sound, end, now) + self._begin_next(sound.queue or "", now)

    def _begin_next(self, queue: str, now: int) -> list[Event]:
        return [event for sound in self._queues.get(queue, [])[:1] for event in self._begin(sound, now)]

    def _over(self, sound: _Sound, end: End, now: int) -> list[Event]:
        cut = end.status != COMPLETED and sound.stage is not _Stage.FAILED
        sound.stage = _Stage.OVER
        happened: list[Event] = [events.SoundStops(sound.announcement)] if cut else []
        # Of what was cut off nobody knows how much was said (assumed: it is no text).
        if sound.transcript and end.status == COMPLETED:
            legs = [self.board.legs[key] for key in sound.announcement.call_leg_ids]
            happened += [one for leg in legs if leg.is_alive for one in self._on_said(leg, sound.transcript, now)]
        return happened + sound.on_ended(end, now)

    def _forget(self, sound: _Sound) -> None:
        self._sounds.pop(_id(sound), None)
        self._unlink(sound)
        if sound.queue is not None:
            waiting = self._queues[sound.queue]
            waiting.remove(sound)
            if not waiting:
                del self._queues[sound.queue]

    def _link(self, sound: _Sound) -> None:
        for key in _legs(sound):
            self._of_leg.setdefault(key, []).append(sound)

    def _unlink(self, sound: _Sound) -> None:
        for key in _legs(sound):
            left = [one for one in self._of_leg.get(key, []) if one is not sound]
            if left:
                self._of_leg[key] = left
            else:
                self._of_leg.pop(key, None)


def _legs(sound: _Sound) -> tuple[str, ...]:
    """Those with whose end it ends: its own, else all that hear it."""
    return (sound.leg.call_leg_id,) if sound.leg else sound.announcement.call_leg_ids


def _id(sound: _Sound) -> str:
    return sound.announcement.announcement_id


def _what(given: Mapping[str, Any], prefix: str) -> tuple[Kind, str] | None:
    kinds = {
        "audio_url": Kind.URL,
        "media_name": Kind.MEDIA,
        "playback_content": Kind.CONTENT,
        "payload": Kind.SPEECH,
    }
    return next(((kind, given[prefix + name]) for name, kind in kinds.items() if given.get(prefix + name)), None)
