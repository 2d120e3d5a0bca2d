"""What a scenario rests on: which rows of the fidelity ledger its words touch, and what else it could say.

Theory of operation. A word rests on a row if another truth about Telnyx could change what the run does or how it is
judged: a cause whose SIP response nobody has seen, a webhook that comes after a time that was made up. Only what is
written is looked at. What the application does by itself (a parameter that it gives, a state in which it sends a
command) is not known before it runs, and a word that merely names a thing rests on the thing's own row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from telnyx_simulator.checks.expectations import JSON, Expectation, Place, Subject, choices
from telnyx_simulator.facts import lines
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.errors import ERRORS, documented
from telnyx_simulator.facts.evidence import Evidence
from telnyx_simulator.facts.ledger import Row, ledger
from telnyx_simulator.scenario import yaml_text
from telnyx_simulator.scenario.complaints import Complaint, Page, quoted
from telnyx_simulator.scenario.script import Scenario, Step, Verb

_TIMERS, _ASSUMPTIONS = "timers and limits", "assumptions"

# Webhooks that come when, or say what, another row decides; each with what else could be said.
_OF_EVENTS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "call.recording.transcription.saved": ((_TIMERS, "TRANSCRIPTION_DELAY_MS", "expect `call.recording.saved`"),),
    "call.conversation_insights.generated": ((_TIMERS, "INSIGHTS_DELAY_MS", "expect `call.conversation.ended`"),),
    "call.payment.progress": tuple(
        (_TIMERS, name, "expect the command `pay`") for name in ("PAY_PATIENCE_MS", "PAY_ATTEMPTS")
    ),
    "call.payment.completed": tuple(
        (_TIMERS, name, "expect the command `pay`") for name in ("PAY_PATIENCE_MS", "PAY_ATTEMPTS")
    ),
    "streaming.failed": ((_TIMERS, "STREAM_HANDSHAKE_MS", "say `stream: {fail: connection_failed}` of the call"),),
}
_OF_FIELDS: Final[Mapping[tuple[str, str], tuple[tuple[str, str, str], ...]]] = {
    ("call.speak.ended", "status"): ((_ASSUMPTIONS, "stopped_speak", "leave out `status`"),),
    ("conference.ended", "reason"): ((_ASSUMPTIONS, "reason_of_ended_conference", "leave out `reason`"),),
    ("call.machine.greeting.ended", "result"): (
        (_ASSUMPTIONS, "detect_beep_without_beep", "play `tone/beep` at the end of the greeting"),
    ),
    ("call.machine.premium.greeting.ended", "result"): (
        (_ASSUMPTIONS, "premium_without_beep", "play `tone/beep` at the end of the greeting"),
    ),
    **{
        ("call.cost", name): tuple(
            (_TIMERS, row, f"leave out `{name}`") for row in ("COSTS_A_MINUTE", "BILLED_STEP_S", "BILLED_LEAST_S")
        )
        for name in ("total_cost", "cost_parts", "billed_duration_secs")
    },
}
_RETRIED: Final = (
    (_TIMERS, "WEBHOOK_RETRY_MS", "give `webhook_retries:` under `account:`"),
    (_ASSUMPTIONS, "retry_signature", "let no delivery fail: a retry is signed in one way or the other"),
)
_RETURNED: Final = tuple(
    (_ASSUMPTIONS, name, f"expect the command with `{parameter}`, and say which holds under `assume:`")
    for name, parameter in (
        ("return_without_rtp", "stream_bidirectional_mode"),
        ("target_legs_default", "stream_bidirectional_target_legs"),
    )
)


@dataclass(frozen=True, slots=True)
class Footing:
    """A word at its place, and the row that it rests on; `instead` is what would not rest on it."""

    place: Place
    word: str
    row: Row
    instead: str

    def render(self) -> str:
        stands_there = self.place.text.startswith(self.word, self.place.column - 1)
        return Complaint(self.place, self._says(), len(self.word) if stands_there else 1).render()

    def _says(self) -> str:
        row = self.row
        known = "assumed" if row.evidence is Evidence.ASSUMED else f"only {row.evidence}"
        return f"{quoted(self.word)} rests on what is {known}: {row.group}, {row.name} ({row.source}); {self.instead}"


def footings(scenario: Scenario, *, root: Path | None = None) -> list[Footing]:
    """All that it rests on, whatever is known of it. `root` is what its file is named from: the working folder."""
    return list(_Words(scenario, root or Path()).all())


@cache
def _rows() -> dict[tuple[str, str], Row]:
    return {(row.group, row.name): row for row in ledger()}


class _Words:
    """One walk through a scenario. What stands at the top of a file has no place of its own: it is read again."""

    def __init__(self, scenario: Scenario, root: Path) -> None:
        self._scenario = scenario
        self._page, self._document = _read_again(scenario.file, root)

    def all(self) -> Iterator[Footing]:
        scenario = self._scenario
        yield from self._assumed()
        yield from self._ruled()
        for person in scenario.people:
            yield from self._line(person.place, person.line)
        for step in scenario.script:
            yield from self._step(step)
        for expectation in (*scenario.expect, *scenario.absent):
            yield from self._expectation(expectation)

    # The top of the file

    def _assumed(self) -> Iterator[Footing]:
        """What is chosen against the better evidence is assumed by the author, whatever the default rests on."""
        for name, alternative in self._scenario.assume.items():
            row, default = _rows()[_ASSUMPTIONS, name], ASSUMPTIONS[name].default
            instead = f"choose `{default}`, which is {row.evidence}"
            if row.evidence is Evidence.ASSUMED:
                instead = "no alternative is known better"
            if alternative != default:
                row = replace(row, evidence=Evidence.ASSUMED)
            yield Footing(self._at("assume", name), name, row, instead)

    def _ruled(self) -> Iterator[Footing]:
        for rule in self._scenario.webhooks:
            event, treatment = str(rule["event"]), rule["treatment"]
            assert isinstance(treatment, dict)
            yield from self._treatment(partial(self._at, "webhooks", event), event, treatment)
        for rule in self._scenario.commands:
            name, treatment = str(rule["command"]), rule["treatment"]
            assert isinstance(treatment, dict)
            yield from self._error(self._at("commands", name, "error"), treatment)

    def _treatment(self, at: Callable[..., Place], event: str, treatment: Mapping[str, Any]) -> Iterator[Footing]:
        """`at` finds the place of keys within the treatment."""
        if treatment.get("shape"):
            yield from self._on(at("shape"), treatment["shape"], "webhook shapes", treatment["shape"], "say `pretty`")
        if treatment.get("lose_ack"):
            yield from self._retried(at("lose_ack"), "lose_ack")
        for key, names in (("with", treatment.get("with_", {})), ("without", treatment.get("without", ()))):
            for name in names:
                row = f"{event}: {name}"
                yield from self._on(at(key, name), name, "webhook fields", row, f"leave out `{name}`")

    def _error(self, place: Place, treatment: Mapping[str, Any]) -> Iterator[Footing]:
        """An error by its code; plain HTTP is what it says."""
        code = treatment.get("error_code")
        if code is not None:
            fact = documented(code, treatment.get("error_status"))
            name = next(name for name, one in ERRORS.items() if one is fact)
            yield from self._on(place, code, "errors", name, "name another code, or an HTTP status alone")

    def _retried(self, place: Place, word: str) -> Iterator[Footing]:
        for group, name, instead in _RETRIED:
            if name != "WEBHOOK_RETRY_MS" or not self._scenario.account.get("webhook_retries_ns"):
                yield from self._on(place, word, group, name, instead)

    # People and steps

    def _line(self, place: Place, planes: Mapping[str, Any]) -> Iterator[Footing]:
        """Figures that the author gives are the author's; a preset that does nothing assumes nothing."""
        for plane, impairments in planes.items():
            for one in impairments:
                preset = lines.PRESETS.get(plane, {}).get(one["kind"])
                if preset is not None and preset.impairments:
                    name = f"{plane}: {one['kind']}"
                    yield from self._on(place, one["kind"], "line presets", name, "give the impairments themselves")

    def _step(self, step: Step) -> Iterator[Footing]:
        argument: Any = step.argument
        match step.verb:
            case Verb.REFUSE | Verb.HANGUP if argument and argument["cause"] and not argument["sip"]:
                yield from self._on(
                    step.place, argument["cause"], "hangup causes", argument["cause"], "give its `sip:`"
                )
            case Verb.ANSWER if argument != "human":  # whom everybody finds unasked
                for kind in ("plain", "premium"):
                    instead = "answer as another, or look at no result"
                    yield from self._on(step.place, argument, "machine detection", f"{kind} result {argument}", instead)
            case Verb.LINE:
                yield from self._line(step.place, argument)
            case Verb.WEBHOOK:
                yield from self._treatment(lambda *_: step.place, argument["event"], argument["treatment"])
        for expectation in step.expectations:
            yield from self._expectation(expectation)

    def _expectation(self, expectation: Expectation) -> Iterator[Footing]:
        place, named = expectation.place, choices(expectation.value)
        fields = expectation.with_ if isinstance(expectation.with_, dict) else {}
        match expectation.subject:
            case Subject.COMMAND:
                for name in named:
                    yield from self._on(place, name, "operations", name, "expect another command")
                    for field in fields:
                        yield from self._on(place, field, "parameters", f"{name}: {field}", f"leave out `{field}`")
            case Subject.WEBHOOK:
                yield from self._webhook(expectation, named, fields)
            case Subject.STREAM if expectation.within_ns and not set(named).isdisjoint(("opened", "started")):
                # About a second in captures: the usual patience is as good whatever the delay is, a shorter one is not.
                if not self._says_of_stream(expectation.person, "open_delay_ns"):
                    instead = "leave out `within`, or give `open_delay:` under `stream:` of the call"
                    yield from self._on(place, "within", _TIMERS, "STREAM_OPEN_DELAY_MS", instead)
            case Subject.HEARD:
                for group, row, instead in _RETURNED:
                    yield from self._on(place, "heard", group, row, instead)
            case Subject.MEASURE if expectation.value == "message_duration":
                yield from self._on(place, "message_duration", _ASSUMPTIONS, "short_media", "measure something else")

    def _webhook(self, expectation: Expectation, named: list[str], fields: Mapping[str, JSON]) -> Iterator[Footing]:
        place = expectation.place
        for event in named:
            yield from self._on(place, event, "events", event, "expect another webhook")
            if not (event == "streaming.failed" and self._says_of_stream(expectation.person, "fail")):
                for group, name, instead in _OF_EVENTS.get(event, ()):
                    yield from self._on(place, event, group, name, instead)
            for field in fields:
                yield from self._on(place, field, "webhook fields", f"{event}: {field}", f"leave out `{field}`")
                for group, name, instead in _OF_FIELDS.get((event, field), ()):
                    yield from self._on(place, field, group, name, instead)
        if expectation.reply is not None and not expectation.reply.startswith("2"):
            yield from self._retried(place, "reply")

    def _says_of_stream(self, person: str | None, key: str) -> bool:
        """Whether the call of this person (of everybody) says this of its stream."""
        return all(key in one.stream for one in self._scenario.people if person in (None, one.name))

    # Rows and places

    def _on(self, place: Place, word: str, group: str, name: str, instead: str) -> Iterator[Footing]:
        """On this row, if there is one. What the scenario chooses under `assume:` is told of there."""
        row = _rows().get((group, name))
        if row is not None and not (group == _ASSUMPTIONS and name in self._scenario.assume):
            yield Footing(_narrowed(place, word), word, row, instead)

    def _at(self, *keys: str) -> Place:
        """Where these keys stand, one within the other, as far as they are written so."""
        node, mark = self._document, None
        for key in keys:
            inside = node if isinstance(node, yaml_text.Mapping) else None
            if inside is None or key not in inside.keys:
                break
            node, mark = inside.values[key], inside.keys[key]
        return self._page.place(mark) if mark else Place(self._scenario.file, 1, 1)


def _narrowed(place: Place, word: str) -> Place:
    """Where the word itself stands, if it does so in the line of its step or expectation."""
    at = place.text.find(word, place.column - 1)
    return replace(place, column=at + 1) if at >= 0 else place


def _read_again(file: str, root: Path) -> tuple[Page, yaml_text.Node | None]:
    """A file that was read without a complaint; None where it is there no more."""
    try:
        text = (root / file).read_text(encoding="utf-8-sig")
    except OSError:
        return Page(file), None
    page = Page(file, yaml_text.lines_of(text))
    return page, yaml_text.read(text, page)
