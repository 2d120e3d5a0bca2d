"""A person at the far end, in Python: each verb of the language is a method, each qualifier a keyword."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, Unpack

from telnyx_simulator.api.words import Expected, Treated
from telnyx_simulator.scenario.script import Verb

R = TypeVar("R", covariant=True)
Say = Callable[[Verb, Any, str | None], R]
"""Take one step: the verb, its argument as YAML would have it (None: bare), and whose it is."""


class Anyone(Generic[R]):
    """What needs no person: time, questions to the application, Telnyx's extra webhooks, and expectations."""

    def __init__(self, say: Say[R], name: str | None = None) -> None:
        self._say = say
        self._name = name

    def wait(self, duration: str) -> R:
        """Let time pass: `"300ms"`, `"2s"`."""
        return self._say(Verb.WAIT, duration, self._name)

    def ask(self, name: str) -> R:
        """Ask the application for something that its profile describes under `ask:`."""
        return self._say(Verb.ASK, name, self._name)

    def webhook(self, event: str, *, again: bool = False, to: str | None = None, **treatment: Unpack[Treated]) -> R:
        """Send one extra webhook, as if `event` had happened; `again` repeats the last one byte for byte.

        `to="each"`: to each URL that the application gave for webhooks of this run.
        """
        how = ({"again": True} if again else {}) | ({"to": to} if to else {})
        return self._say(Verb.WEBHOOK, {"event": event} | how | spelled(treatment), self._name)

    def expect(self, what: str | list[str | dict[str, Any]] | None = None, /, **expected: Unpack[Expected]) -> R:
        """Wait for something, and demand it: `expect("answer", within="2s")`, `expect(heard="speech/en-1")`.

        A list is all of them, in any order. Raises `Unmet`, an AssertionError, when it is missed.
        """
        return self._say(Verb.EXPECT, _expectation(what, expected), self._name)

    def absent(self, what: str | None = None, /, **expected: Unpack[Expected]) -> R:
        """Demand that something does not happen for so long: `absent(effect="any", for_="2s")`. Raises `Unmet`."""
        return self._say(Verb.ABSENT, _expectation(what, expected), self._name)


class Person(Anyone[R]):
    """One person, with their telephone `number`. A verb waits for the state that it needs; it raises `Unmet` where
    that does not come."""

    def __init__(self, say: Say[R], name: str, number: str) -> None:
        super().__init__(say, name)
        self.name = name
        self.number = number

    def dial(self) -> R:
        """Call the application; again, once the last call is over."""
        return self._say(Verb.DIAL, None, self._name)

    def answer(self, result: str = "human") -> R:
        """Pick up; `result` is what answering machine detection finds."""
        return self._say(Verb.ANSWER, result, self._name)

    def refuse(self, cause: str, *, sip: str | None = None, source: str | None = None) -> R:
        """End a ringing leg unanswered: `"user_busy"`, `"call_rejected"`, `"no_answer"` ..."""
        return self._say(Verb.REFUSE, _given(cause=cause, sip=sip, source=source), self._name)

    def hangup(self, cause: str | None = None, *, sip: str | None = None, source: str | None = None) -> R:
        """Hang up, or decline while it rings; nothing happens once the call is over."""
        return self._say(Verb.HANGUP, _given(cause=cause, sip=sip, source=source) or None, self._name)

    def play(self, clip: str | list[str | dict[str, Any]], *, level: str | None = None, times: int | None = None) -> R:
        """Speak, until the sound is over: a clip, or several one after another."""
        if isinstance(clip, list):
            return self._say(Verb.PLAY, clip, self._name)
        return self._say(Verb.PLAY, _given(clip=clip, level=level, times=times), self._name)

    def barge_in(self, clip: str, *, level: str | None = None) -> R:
        """Wait for a talkspurt and speak over it; over at the first sound."""
        return self._say(Verb.BARGE_IN, _given(clip=clip, level=level), self._name)

    def mic(self, sound: str) -> R:
        """What the microphone carries from now on: a clip, `"silence"`, `"comfort_noise"` or `"nothing"`."""
        return self._say(Verb.MIC, sound, self._name)

    def press(self, digits: str, *, tone: str | None = None, gap: str | None = None) -> R:
        """Keys, by DTMF: `"12#"`; `w` and `W` are pauses of half a second and of one. Over when the last is."""
        return self._say(Verb.PRESS, _given(digits=digits, tone=tone, gap=gap), self._name)

    def hold(self) -> R:
        """Put the call on hold: nothing is said, and nothing heard."""
        return self._say(Verb.HOLD, None, self._name)

    def unhold(self) -> R:
        """Take the call back."""
        return self._say(Verb.UNHOLD, None, self._name)

    def line(self, planes: str | dict[str, Any]) -> R:
        """The line from now on, on the planes that are named: `{"websocket": "cut"}`."""
        return self._say(Verb.LINE, planes, self._name)

    def stream(
        self,
        *,
        send: str | dict[str, Any] | None = None,
        error: int | None = None,
        close: int | None = None,
        open: str | None = None,
        token: str | None = None,
    ) -> R:
        """Something on the WebSocket, now."""
        return self._say(Verb.STREAM, _given(send=send, error=error, close=close, open=open, token=token), self._name)


def spelled(keywords: Any) -> dict[str, Any]:
    """Keywords as the language spells them: `with_` is `with`."""
    return {key.removesuffix("_"): value for key, value in dict(keywords).items()}


def _expectation(what: Any, expected: Expected) -> Any:
    if what is not None and expected:
        return {"command": what} | spelled(expected)
    return what if what is not None else spelled(expected)


def _given(**arguments: Any) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if value is not None}
