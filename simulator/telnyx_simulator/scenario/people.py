"""People at far ends: each verb that a person can do is a method, with patience for the state that it needs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.limits import DTMF_PAUSES_MS
from telnyx_simulator.media.impairments.recorded import RecordedLeg
from telnyx_simulator.scenario.clips import Clips
from telnyx_simulator.scenario.script import Direction, Person, Step
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.events import LegBegan
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.transports.session import Session
from telnyx_simulator.transports.stream_steps import NoStream

if TYPE_CHECKING:
    from faker import Faker

FRAME_NS = 20_000_000
T = TypeVar("T")
Ready = Callable[[], None]


class CannotAct(Exception):
    """A person could not do what the script says; the text tells why, for the scenario's author."""


class FarEnd:
    """One person in one run. `within_ns` is the patience of every verb; moments are nanoseconds of the run."""

    def __init__(
        self,
        person: Person,
        session: Session,
        *,
        number: str,
        application_number: str,
        within_ns: int,
        caller_id_name: Callable[[], str],
        clips: Clips,
        on_leg: Callable[[str], None],
        recorded: Sequence[RecordedLeg] = (),
    ) -> None:
        self.person = person
        self.number = number
        self.leg: Leg | None = None
        self._session = session
        self._application_number = application_number
        self._within_ns = within_ns
        self._caller_id_name = caller_id_name
        self._clips = clips
        self._on_leg = on_leg
        self._recorded = recorded
        self._legs = 0
        self._is_machine = False

    @property
    def call(self) -> str | None:
        return self.leg.call_leg_id if self.leg else None

    def take_leg(self, call_leg_id: str) -> None:
        """A leg is theirs from now on: they dialed, or the application dialed them."""
        self.leg = self._session.switch.legs[call_leg_id]
        self._session.note("runner", "leg", {"person": self.person.name, "number": self.number}, call=call_leg_id)
        self._session.treat_stream(call_leg_id, self.person.stream)
        self._carry(self.person.mic)
        number, self._legs = self._legs, self._legs + 1
        recorded = next((one for one in self._recorded if (one.person, one.number) == (self.person.name, number)), None)
        if recorded is not None:
            named = {"": [one for setting in recorded.settings for one in setting["impairments"]]}
            sounds = self._clips.mixed_in(named, self.person.name)
            self._session.replay_line(call_leg_id, recorded.anew(), sounds)
        elif self.person.line:
            self._set_line(call_leg_id, self.person.line)
        self._on_leg(call_leg_id)

    # Verbs, named as in the language. Each waits for the state that it needs; then it calls `ready`, and acts.

    async def dial(self, step: Step, ready: Ready) -> None:
        await self._until(lambda: (self.leg is None or not self.leg.is_alive) or None, "their last call is still up")
        ready()
        self._act("dial")
        command = inputs.PlaceCall(
            from_=self.number,
            to=self._application_number,
            leg_codec=self.person.leg_codec,
            caller_id_name=self._caller_id_name(),
            custom_headers=self.person.headers,
            extra_fields=self.person.with_,
        )
        happened = self._session.feed(command)
        self.take_leg(next(event.leg.call_leg_id for event in happened if isinstance(event, LegBegan)))

    async def answer(self, step: Step, ready: Ready) -> None:
        leg = await self._until(self._leg_that_rings, "nobody rang them, so they cannot answer")
        ready()
        detected = str(step.argument)
        self._act("answer", detected=detected)
        self._is_machine = not detected.startswith("human")
        self._session.feed(inputs.PickUp(leg.call_leg_id, detected))

    async def refuse(self, step: Step, ready: Ready) -> None:
        leg = await self._until(self._leg_that_rings, "nobody rang them, so they cannot refuse")
        ready()
        about: Any = step.argument
        self._act("refuse", cause=about["cause"])
        self._session.feed(inputs.Refuse(call_leg_id=leg.call_leg_id, **about))

    async def hangup(self, step: Step, ready: Ready) -> None:
        ready()
        about: Any = step.argument or {"cause": None, "sip": None, "source": None}
        self.hang_up(**about)

    def hang_up(self, *, cause: str | None = None, sip: str | None = None, source: str | None = None) -> None:
        """Whatever the state of their leg: a callee who is still rung rejects."""
        self._act("hangup", cause=cause)
        leg = self.leg
        if leg is None or not leg.is_alive:
            return
        if leg.state is LegState.RINGING:
            refusal = inputs.Refuse(call_leg_id=leg.call_leg_id, cause=cause or "call_rejected", sip=sip, source=source)
            self._session.feed(refusal)
        else:
            self._session.feed(inputs.HangUp(call_leg_id=leg.call_leg_id, cause=cause, sip=sip, source=source))

    async def play(self, step: Step, ready: Ready) -> None:
        """Say the clips one after another; over when the last one is, or when the leg ends."""
        leg = await self._answered("play")
        await self._line_is_open(leg)
        sounds = self._clips.said(step)
        for sound in sounds:
            await self._session.prepare(leg.call_leg_id, sound)
        ready()
        for sound in sounds:
            ends_ns = self._session.play(leg.call_leg_id, sound)
            await self._lasting(leg, ends_ns)
            if not leg.is_alive:
                return

    async def barge_in(self, step: Step, ready: Ready) -> None:
        """Wait until something is heard, and speak over it; over at the first sound of it."""
        leg = await self._answered("barge_in")
        [sound] = self._clips.said(step)
        await self._session.prepare(leg.call_leg_id, sound)
        await self._until_spoken_to(leg)
        ready()
        self._session.play(leg.call_leg_id, sound, barge_in=True)

    async def mic(self, step: Step, ready: Ready) -> None:
        ready()
        self.person = replace(self.person, mic=str(step.argument))
        if self.leg is not None:
            self._carry(self.person.mic)

    async def hold(self, step: Step, ready: Ready) -> None:
        leg = await self._answered("hold")
        ready()
        self._act("hold")
        self._session.feed(inputs.Hold(leg.call_leg_id))

    async def unhold(self, step: Step, ready: Ready) -> None:
        leg = await self._answered("unhold")
        ready()
        self._act("unhold")
        self._session.feed(inputs.Unhold(leg.call_leg_id))

    async def line(self, step: Step, ready: Ready) -> None:
        """The network, on the planes that are named; for their next call too."""
        ready()
        planes: Any = step.argument
        self.person = replace(self.person, line=self.person.line | planes)
        if self.leg is not None and self.leg.is_alive:
            self._set_line(self.leg.call_leg_id, planes)

    def _set_line(self, call_leg_id: str, planes: dict[str, Any]) -> None:
        keyed = self._clips.keyed(planes, self.person.name)
        self._session.set_line(call_leg_id, keyed, self._clips.mixed_in(keyed, self.person.name))

    async def stream(self, step: Step, ready: Ready) -> None:
        """Telnyx, on their WebSocket."""
        leg = self.leg
        if leg is None:
            raise CannotAct("there is no call yet, so there is no stream")
        await self._line_is_open(leg)
        ready()
        argument: Any = step.argument
        try:
            self._session.stream_step(leg.call_leg_id, argument)
        except NoStream as problem:
            raise CannotAct(str(problem)) from problem

    async def press(self, step: Step, ready: Ready) -> None:
        leg = await self._answered("press")
        ready()
        about: Any = step.argument
        digits, tone_ns, gap_ns = about["digits"], about["tone_ns"], about["gap_ns"]
        press = inputs.Press(call_leg_id=leg.call_leg_id, digits=digits, tone_ns=tone_ns, gap_ns=gap_ns)
        self._session.feed(press)
        began_ns = self._session.clock.now_ns()
        pauses_ns = {digit: ms * 1_000_000 for digit, ms in DTMF_PAUSES_MS.items()}
        lasts_ns = sum(pauses_ns.get(digit, tone_ns + gap_ns) for digit in digits)
        await self._lasting(leg, began_ns + lasts_ns)
        self._session.catch_up()  # their last key comes before whatever they do next

    # Patience

    async def _line_is_open(self, leg: Leg) -> None:
        """A person does not speak into the moment before the application can hear: they wait for its first stream.

        No longer than for anything else, for not every application streams. A machine speaks at once, and so does a
        person while detection listens to who it is.
        """
        clock = self._session.clock
        if self._is_machine or self._session.switch.detection.listens_to(leg):
            return
        until_ns = clock.now_ns() + self._within_ns
        while leg.is_alive and clock.now_ns() < until_ns and not self._session.streams.has_begun(leg.call_leg_id):
            await self._session.wait_for_news(until_ns)

    async def _until_spoken_to(self, leg: Leg) -> None:
        """In the time of their ear, which is behind the clock where we are late."""
        clock, until_ns = self._session.clock, self._session.clock.now_ns() + self._within_ns
        while not self._session.hears_talkspurt(leg.call_leg_id):
            self._demand_not_over("barge_in")
            if self._session.heard_until_ns(leg.call_leg_id) >= until_ns:
                raise CannotAct(f"nothing was heard that one could speak over (waited {self._within_ns / 1e9:g} s)")
            await clock.sleep(FRAME_NS)

    async def _answered(self, verb: str) -> Leg:
        self._demand_not_over(verb)
        return await self._until(
            lambda: self._leg_that_is_answered(verb), f"the call was not answered, so they cannot {verb}"
        )

    def _leg_that_rings(self) -> Leg | None:
        return self.leg if self.leg is not None and self.leg.state is LegState.RINGING else None

    def _leg_that_is_answered(self, verb: str) -> Leg | None:
        self._demand_not_over(verb)
        return self.leg if self.leg is not None and self.leg.state is LegState.ANSWERED else None

    def _demand_not_over(self, verb: str) -> None:
        leg = self.leg
        if leg is None or leg.ending is None or leg.ended_ns is None:
            return
        ago_s = (self._session.clock.now_ns() - leg.ended_ns) / 1e9
        by = {"far_end": self.person.name, "application": "the application"}.get(leg.ending.by, "nobody")
        raise CannotAct(f"the call had ended {ago_s:.1f} s before ({leg.ending.cause}, by {by})")

    async def _until(self, condition: Callable[[], T | None], problem: str) -> T:
        until_ns = self._session.clock.now_ns() + self._within_ns
        while not (found := condition()):
            if self._session.clock.now_ns() >= until_ns:
                raise CannotAct(f"{problem} (waited {self._within_ns / 1e9:g} s)")
            await self._session.wait_for_news(until_ns)
        return found

    async def _lasting(self, leg: Leg, ends_ns: int) -> None:
        while leg.is_alive and self._session.clock.now_ns() < ends_ns:
            await self._session.wait_for_news(ends_ns)

    def _carry(self, mic: str) -> None:
        """What the microphone carries between sounds, from now on."""
        assert self.leg is not None
        self._session.set_mic(self.leg.call_leg_id, self._clips.carried(mic, self.person.name))

    def _act(self, act: str, **about: Any) -> None:
        self._session.note("far_end", "act", {"act": act, "person": self.person.name, **about}, call=self.call)


@cache
def _faker(locale: str) -> "Faker":
    from faker import Faker  # who names nobody does not wait for its tables

    return Faker(locale)


def caller_id_name(draws: Draws, number: str) -> str:
    """A name for the display of a phone: a person's or a company's, as their country has them."""
    faker = _faker("en_GB" if number.startswith("+44") else "en_US")
    faker.seed_instance(int.from_bytes(draws.octets("caller_id_name")))
    name: str = faker.company() if draws.uniform("caller_is_company") < 0.25 else faker.name()
    return name


def is_incoming(person: Person) -> bool:
    return person.direction is Direction.INCOMING


def own_number(person: Person) -> str | None:
    """The number that the scenario gives them; `any` takes what is left, None is drawn."""
    return person.from_ if is_incoming(person) else person.to
