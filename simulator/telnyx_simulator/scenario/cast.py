"""The people at the far ends: who there is, which way they call, and whose a step or an expectation is."""

from dataclasses import dataclass
from typing import Any

from telnyx_simulator.scenario import lines, streams, words
from telnyx_simulator.scenario.complaints import Mark, Page, closest, hint, quoted
from telnyx_simulator.scenario.model import CallForm
from telnyx_simulator.scenario.reading import read, read_value
from telnyx_simulator.scenario.script import Direction, Person
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, is_nothing, used_at

# Fields of events that a call says otherwise than by `with`.
_OWN_KEYS = {"from": "from", "to": "to", "direction": "direction", "codec": "leg_codec", "custom_headers": "headers"}
_ONLY_PERSON = {Direction.INCOMING: "Caller", Direction.OUTGOING: "Callee"}


@dataclass(frozen=True, slots=True)
class Cast:
    """`alone` is the one person of `call:`, whose steps need no name.

    `names` may hold more than `people`: a person whose call has a mistake is still known by name.
    """

    people: tuple[Person, ...]
    names: tuple[str, ...]
    alone: Person | None = None

    def person(self, name: str | None) -> Person | None:
        return next((person for person in self.people if person.name == name), None)

    def meant(self, verb: str) -> str | None:
        """The name that was written in lower case, where a verb is expected."""
        same = next((name for name in self.names if name.casefold() == verb.casefold()), None)
        if same or closest(verb, words.VERBS):
            return same
        return closest(verb, self.names)

    def knows(self, name: str, mark: Mark, page: Page) -> bool:
        """Whether this is one of them; a complaint if not."""
        if name in self.names or not self.names:
            return True
        page.complain(mark, f"unknown person {quoted(name)}{hint(name, self.names)}")
        return False


def read_cast(document: Mapping, page: Page) -> Cast:
    """The people of `call` or `calls`; one of the two must be there. The page knows their names from here on."""
    cast = _read_cast(document, page)
    page.people = cast.names
    return cast


def _read_cast(document: Mapping, page: Page) -> Cast:
    if "call" in document.values and "calls" in document.values:
        last = max(document.keys["call"], document.keys["calls"], key=lambda mark: (mark.line, mark.column))
        page.complain(last, "a scenario has 'call' or 'calls', not both")
        return Cast((), ())
    if "call" in document.values:
        person = read_person(None, document.values["call"], document.keys["call"], page)
        return Cast((person,), (person.name,), person) if person else Cast((), ())
    if "calls" in document.values:
        return _several(document, page)
    if "load" not in document.keys and not any(closest(key, ("call", "calls")) for key in document.keys):
        page.complain(document.mark, "a scenario needs 'call' or 'calls': who is at the other end?")
    return Cast((), ())


def _several(document: Mapping, page: Page) -> Cast:
    calls = document.values["calls"]
    if not isinstance(calls, Mapping) or not calls.values:
        page.complain(used_at(calls), "'calls' is a mapping: name -> call, such as {Agent: outgoing}")
        return Cast((), ())
    people = []
    for name, node in calls.values.items():
        person = read_person(name, node, calls.keys[name], page) if is_good_name(name, calls.keys[name], page) else None
        if person:
            people.append(person)
    return Cast(tuple(people), tuple(filter(words.is_name, calls.values)))


def is_good_name(name: str, mark: Mark, page: Page) -> bool:
    """Whether a person can be called so; a complaint if not."""
    if not words.is_name(name):
        page.complain(mark, f"people are capitalised: write {quoted(name.capitalize())}")
        return False
    if not words.NAME.fullmatch(name):
        page.complain(mark, "a name has up to 40 letters, digits, spaces, '_' and '-'")
        return False
    return True


def read_person(name: str | None, node: Node, place: Mark, page: Page) -> Person | None:
    """A call, as a word or a mapping. Without a name they are the Caller or the Callee; `place` is where it begins."""
    if not isinstance(node, Mapping):
        if not isinstance(node, Scalar) or is_nothing(node):
            page.complain(node.mark, "a call is 'incoming', 'outgoing' or a mapping with a 'direction'")
            return None
        word = read_value(words.direction, node, page)
        if word is None:
            return None
        return Person(name=name or _ONLY_PERSON[Direction(word)], direction=Direction(word), place=page.place(place))
    form = read(CallForm, node, page)
    by_hand: dict[str, Any] = {}
    if "line" in node.values and not is_nothing(node.values["line"]):
        by_hand["line"] = lines.read_line(node.values["line"], page)
    if "stream" in node.values and not is_nothing(node.values["stream"]):
        by_hand["stream"] = streams.read_stream(node.values["stream"], page)
    if form is None:
        return _nameless(name, node, place, page)
    _check_fields(form, node, page)
    direction = Direction(form.direction)
    return Person(
        name=name or _ONLY_PERSON[direction],
        direction=direction,
        place=page.place(place),
        from_=form.from_,
        to=form.to,
        leg_codec=form.leg_codec,
        mic=form.mic,
        headers=form.headers,
        with_=form.with_ or {},
        **by_hand,
    )


def _nameless(name: str | None, node: Mapping, place: Mark, page: Page) -> Person | None:
    """A call with mistakes still says which way it goes, and so what its person can do."""
    written = node.values.get("direction")
    if not isinstance(written, Scalar) or written.value not in words.DIRECTIONS:
        return None
    direction = Direction(str(written.value))
    return Person(name=name or _ONLY_PERSON[direction], direction=direction, place=page.place(place))


def _check_fields(form: CallForm, node: Mapping, page: Page) -> None:
    if form.direction == Direction.OUTGOING and form.from_ is not None:
        page.complain(node.keys["from"], "'from' is for an incoming call; the application says from where it calls")
    if form.direction == Direction.INCOMING and form.to == words.ANY:
        page.complain(node.values["to"].mark, "'any' is for an outgoing call: who dials knows the number")
    other = node.values.get("with")
    for field, key in _OWN_KEYS.items():
        if isinstance(other, Mapping) and field in other.values:
            page.complain(other.keys[field], f"{quoted(field)} has a key of its own: write '{key}' under the call")
