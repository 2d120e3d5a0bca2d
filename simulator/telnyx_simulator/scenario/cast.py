"""The people at the far ends: who there is, which way they call, and whose a step or an expectation is."""

from collections.abc import Callable
from dataclasses import dataclass

from telnyx_simulator.scenario import types, words
from telnyx_simulator.scenario.complaints import Mark, Page, closest, hint, quoted
from telnyx_simulator.scenario.model import CallForm
from telnyx_simulator.scenario.reading import read, read_value
from telnyx_simulator.scenario.script import Direction, Person
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, is_nothing, used_at

_ONLY_PERSON = {Direction.INCOMING: "Caller", Direction.OUTGOING: "Callee"}
_direction: Callable[[object], str] = types.one_word_of("direction", words.DIRECTIONS)


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
        if same or closest(verb, (*words.VERBS, *words.VERBS_NOT_BUILT)):
            return same
        return closest(verb, self.names)

    def knows(self, name: str, mark: Mark, page: Page) -> bool:
        """Whether this is one of them; a complaint if not."""
        if name in self.names or not self.names:
            return True
        page.complain(mark, f"unknown person {quoted(name)}{hint(name, self.names)}")
        return False


def read_cast(document: Mapping, page: Page) -> Cast:
    """The people of `call` or `calls`; one of the two must be there."""
    if "call" in document.values and "calls" in document.values:
        last = max(document.keys["call"], document.keys["calls"], key=lambda mark: (mark.line, mark.column))
        page.complain(last, "a scenario has 'call' or 'calls', not both")
        return Cast((), ())
    if "call" in document.values:
        person = _person(None, document.values["call"], document.keys["call"], page)
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
        if not words.is_name(name):
            page.complain(calls.keys[name], f"people are capitalised: write {quoted(name.capitalize())}")
        elif not words.NAME.fullmatch(name):
            page.complain(calls.keys[name], "a name has up to 40 letters, digits, spaces, '_' and '-'")
        elif person := _person(name, node, calls.keys[name], page):
            people.append(person)
    return Cast(tuple(people), tuple(filter(words.is_name, calls.values)))


def _person(name: str | None, node: Node, place: Mark, page: Page) -> Person | None:
    if not isinstance(node, Mapping):
        if not isinstance(node, Scalar) or is_nothing(node):
            page.complain(node.mark, "a call is 'incoming', 'outgoing' or a mapping with a 'direction'")
            return None
        word = read_value(_direction, node, page)
        if word is None:
            return None
        return Person(name=name or _ONLY_PERSON[Direction(word)], direction=Direction(word), place=page.place(place))
    form = read(CallForm, node, page)
    if form is None:
        return _nameless(name, node, place, page)
    direction = Direction(form.direction)
    _check_direction(form, node, page)
    return Person(
        name=name or _ONLY_PERSON[direction],
        direction=direction,
        place=page.place(place),
        from_=form.from_,
        to=form.to,
        leg_codec=form.leg_codec,
    )


def _nameless(name: str | None, node: Mapping, place: Mark, page: Page) -> Person | None:
    """A call with mistakes still says which way it goes, and so what its person can do."""
    written = node.values.get("direction")
    if not isinstance(written, Scalar) or written.value not in words.DIRECTIONS:
        return None
    direction = Direction(str(written.value))
    return Person(name=name or _ONLY_PERSON[direction], direction=direction, place=page.place(place))


def _check_direction(form: CallForm, node: Mapping, page: Page) -> None:
    if form.direction == Direction.OUTGOING and form.from_ is not None:
        page.complain(node.keys["from"], "'from' is for an incoming call; the application says from where it calls")
    if form.direction == Direction.INCOMING and form.to == words.ANY:
        page.complain(node.values["to"].mark, "'any' is for an outgoing call: who dials knows the number")
