"""The script: each step as it is written, to `script.Step`."""

from dataclasses import dataclass
from typing import Final

from telnyx_simulator.checks.expectations import JSON, Expectation
from telnyx_simulator.scenario import arguments, expecting, words
from telnyx_simulator.scenario.cast import Cast
from telnyx_simulator.scenario.complaints import Mark, Page, hint, quoted, spoken
from telnyx_simulator.scenario.reading import elements
from telnyx_simulator.scenario.script import Direction, Person, Step, Verb
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, is_nothing, used_at

_NEED_NO_NAME: Final = frozenset({Verb.WAIT, Verb.EXPECT, Verb.ABSENT})
# What to write, for the verbs that need an argument.
EXAMPLES: Final = {
    Verb.REFUSE: "refuse: user_busy",
    Verb.PLAY: "play: speech/en-1",
    Verb.BARGE_IN: "barge_in: speech/en-1",
    Verb.MIC: "mic: silence",
    Verb.PRESS: 'press: "12#"',
    Verb.WAIT: "wait: 2s",
    Verb.ASK: "ask: place_call",
    Verb.LINE: "line: {websocket: cut}",
    Verb.STREAM: "stream: {send: stop}",
    Verb.WEBHOOK: "webhook: {event: call.hangup}",
    Verb.EXPECT: "expect: answer",
    Verb.ABSENT: "absent: {effect: any, for: 2s}",
}

# Verb -> the direction it belongs to, who does it there, and what the application does in the other direction.
_SIDES: Final = {
    Verb.DIAL: (Direction.INCOMING, "caller", "dials", "dial"),
    Verb.ANSWER: (Direction.OUTGOING, "callee", "answers", "answer"),
    Verb.REFUSE: (Direction.OUTGOING, "callee", "rejects", "reject"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One step taken apart. `mark` is the verb's, `argument` of None the bare verb's."""

    word: str
    mark: Mark
    argument: Node | None = None
    person: str | None = None


def read_script(node: Node | None, cast: Cast, page: Page) -> tuple[Step, ...]:
    if node is None:
        return ()
    items = elements(node, page, "'script'")
    return tuple(step for index, item in enumerate(items) if (step := read_step(index, item, cast, page)))


def read_step(index: int, node: Node, cast: Cast, page: Page) -> Step | None:
    line = _taken_apart(node, None, cast, page)
    if line is None:
        return None
    if line.word not in words.VERBS:
        page.complain(line.mark, _unknown_verb(line.word, cast))
        return None
    verb = Verb(line.word)
    person = _whose(verb, line, cast, page)
    argument, expectations = _argument(verb, line, cast, page)
    return Step(
        index=index,
        verb=verb,
        place=page.place(used_at(node)),
        person=person,
        argument=argument,
        expectations=expectations,
    )


def _taken_apart(node: Node, person: str | None, cast: Cast, page: Page) -> _Line | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        if words.is_name(node.value):
            page.complain(node.mark, f"what does {quoted(node.value)} do? `- {node.value}: hangup`")
            return None
        return _Line(node.value, used_at(node), None, person)
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "a step is one verb, such as `- hangup` or `- wait: 2s`")
        return None
    if len(node.values) > 1:
        _complain_of_several(node, page)
        return None
    ((word, inner),) = node.values.items()
    if not words.is_name(word):
        return _Line(word, node.keys[word], None if is_nothing(inner) else inner, person)
    if person is not None:
        page.complain(node.keys[word], f"a step is one person's, found {spoken((person, word))}")
        return None
    return _taken_apart(inner, word, cast, page) if cast.knows(word, node.keys[word], page) else None


def _complain_of_several(node: Mapping, page: Page) -> None:
    found = list(node.values)
    people = [word for word in found if words.is_name(word)]
    verbs = [word for word in found if word in words.VERBS]
    strangers = [word for word in found if word not in people and word not in verbs]
    if len(people) > 1:
        page.complain(node.mark, f"a step is one person's, found {spoken(people)}; make them {_so_many(people)} steps")
    elif people and verbs:
        page.complain(node.mark, f"a person's verb stands after the name: `- {people[0]}: {verbs[0]}`")
    elif len(verbs) == 1:
        for word in strangers:
            page.complain(node.keys[word], f"{quoted(word)} belongs to '{verbs[0]}': write it inside its braces")
    else:
        page.complain(node.mark, f"a step has one verb, found {spoken(found)}; make them {_so_many(found)} steps")


def _so_many(found: list[str]) -> str:
    return {2: "two", 3: "three"}.get(len(found), "separate")


def _unknown_verb(word: str, cast: Cast) -> str:
    meant = cast.meant(word)
    if meant:
        people = f"({', '.join(cast.names)})"
        return f"unknown verb {quoted(word)}; people are capitalised: did you mean '{meant}'? {people}"
    if word in words.SUBJECTS:
        return f"unknown verb {quoted(word)}; it is what one expects: `- expect: {{{word}: ...}}`"
    return f"unknown verb {quoted(word)}{hint(word, words.VERBS)}"


def _whose(verb: Verb, line: _Line, cast: Cast, page: Page) -> str | None:
    """Who does it; the direction of that person's call must allow it."""
    if verb in _NEED_NO_NAME:
        return line.person
    if line.person is None and cast.alone is None:
        if cast.names:
            page.complain(line.mark, f"who does it? '{verb}' needs a name before it ({', '.join(cast.names)})")
        return None
    person = cast.person(line.person) if line.person else cast.alone
    if person is None:
        return line.person
    _check_side(verb, person, line.mark, page)
    return person.name


def _check_side(verb: Verb, person: Person, mark: Mark, page: Page) -> None:
    side = _SIDES.get(verb)
    if side is None or person.direction == side[0]:
        return
    _, who, does, command = side
    instead = f"in an {person.direction} call the application {does}: write `expect: {command}`"
    page.complain(mark, f"'{verb}' is for a {who}; {instead}")


def _argument(verb: Verb, line: _Line, cast: Cast, page: Page) -> tuple[JSON, tuple[Expectation, ...]]:
    node = line.argument
    if node is None:
        if verb in EXAMPLES:
            page.complain(line.mark, f"{verb} what? `- {EXAMPLES[verb]}`")
        return arguments.BARE.get(verb), ()
    if verb == Verb.EXPECT:
        return None, expecting.read_step(node, line.person, cast, page)
    if verb == Verb.ABSENT:
        return None, expecting.read_absent(node, line.person, cast, page)
    return arguments.READ[verb](node, page), ()
