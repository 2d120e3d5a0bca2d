"""Expectations as they are written, to `checks.expectations.Expectation`: a bare command, a mapping, a person's."""

from collections.abc import Mapping as Table
from typing import Final

from telnyx_simulator.checks.claims import MEASURES
from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.facts import commands
from telnyx_simulator.scenario import units, words
from telnyx_simulator.scenario.cast import Cast
from telnyx_simulator.scenario.clip_words import HEARD
from telnyx_simulator.scenario.complaints import Mark, Page, closest, quoted, spoken
from telnyx_simulator.scenario.matchers import word_or_matcher
from telnyx_simulator.scenario.model import ExpectationForm
from telnyx_simulator.scenario.reading import elements, read, read_value
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence, is_nothing, used_at

QUALIFIERS: Final = tuple(key for key in ExpectationForm.known() if key not in words.SUBJECTS)

# What speaks of the whole run has no moment, and is not counted.
_AT_A_MOMENT: Final = tuple(subject for subject in Subject if subject not in (Subject.MEASURE, Subject.ACCOUNT))

# A qualifier that its subject cannot meet would be skipped in silence; so it is refused.
_BELONGS_TO: Final[Table[str, tuple[Subject, ...]]] = {
    "with": (Subject.COMMAND, Subject.WEBHOOK, Subject.STREAM, Subject.MESSAGE),
    "reply": (Subject.COMMAND, Subject.WEBHOOK),
    "within": _AT_A_MOMENT,
    "for": _AT_A_MOMENT,
    "times": _AT_A_MOMENT,
    "min_snr": (Subject.HEARD, Subject.RECEIVED),
    "min": (Subject.MEASURE,),
    "max": (Subject.MEASURE,),
    "percentile": (Subject.MEASURE,),
}
_SOUNDS: Final = (Subject.HEARD, Subject.RECEIVED)


def read_step(node: Node, person: str | None, cast: Cast, page: Page) -> tuple[Expectation, ...]:
    """The argument of `expect`: one expectation, or a list that is met in any order."""
    items = elements(node, page, "a list of expectations") if isinstance(node, Sequence) else (node,)
    found = _each(items, person, cast, page)
    for expectation, item in found:
        _check_moment(expectation, item, page)
        if expectation.for_ns is not None and expectation.subject not in _SOUNDS:
            _complain_of(item, "for", "'for' says how long something is heard, or absent", page)
    return tuple(expectation for expectation, _ in found)


def _check_moment(expectation: Expectation, item: Node, page: Page) -> None:
    """What only the whole run can show cannot be waited for."""
    subject = expectation.subject
    if subject not in _AT_A_MOMENT:
        _complain_of(
            item, subject, f"'{subject}' speaks of the whole run; put it under 'expect' at the top level", page
        )


def read_absent(node: Node, person: str | None, cast: Cast, page: Page) -> tuple[Expectation, ...]:
    """The argument of the step `absent`: one expectation, for so long."""
    if isinstance(node, Sequence):
        page.complain(node.mark, "'absent' takes one expectation; make each a step")
        return ()
    found = _each((node,), person, cast, page)
    for expectation, item in found:
        _check_moment(expectation, item, page)
        if expectation.for_ns is None and expectation.subject in _AT_A_MOMENT:
            page.complain(used_at(item), "'absent' needs to know for how long: {effect: any, for: 2s}")
        if expectation.times is not None:
            _complain_of(item, "times", "'absent' means not once; it has no 'times'", page)
        if expectation.within_ns is not None:
            _complain_of(item, "within", "'absent' lasts 'for' so long; it has no 'within'", page)
    return tuple(expectation for expectation, _ in found)


def read_whole_run(document: Mapping, key: str, cast: Cast, page: Page) -> tuple[Expectation, ...]:
    """Top-level `expect` or `absent`: what holds at any time of the run."""
    node = document.values.get(key)
    if node is None:
        return ()
    found = _each(elements(node, page, quoted(key)), None, cast, page)
    for expectation, item in found:
        subject = expectation.subject
        if expectation.within_ns is not None and subject in _AT_A_MOMENT:
            _complain_of(item, "within", "'within' counts from a step; this speaks of the whole run", page)
        if expectation.for_ns is not None and subject in _AT_A_MOMENT and subject not in _SOUNDS:
            _complain_of(item, "for", "'for' says how long something is heard; this speaks of the whole run", page)
        if key == "absent" and subject not in _AT_A_MOMENT:
            _complain_of(item, subject, f"'{subject}' is demanded, not forbidden; put it under 'expect'", page)
    return tuple(expectation for expectation, _ in found)


def _complain_of(node: Node, key: str, message: str, page: Page) -> None:
    page.complain(node.keys[key] if isinstance(node, Mapping) else node.mark, message)


def _each(nodes: tuple[Node, ...], person: str | None, cast: Cast, page: Page) -> list[tuple[Expectation, Node]]:
    """Expectations, each with the mapping or word that says it (a person's name before it taken off)."""
    found = []
    for node in nodes:
        whose, inner = _whose(node, person, cast, page)
        expectation = _one(inner, whose, page)
        if expectation:
            found.append((expectation, inner))
    return found


def _whose(node: Node, person: str | None, cast: Cast, page: Page) -> tuple[str | None, Node]:
    if not isinstance(node, Mapping) or len(node.values) != 1:
        return person, node
    ((name, inner),) = node.values.items()
    mark = node.keys[name]
    if not words.is_name(name):
        return person, node
    if person is not None:
        page.complain(mark, f"one person at a time, found {spoken((person, name))}")
    cast.knows(name, mark, page)
    return name, inner


def _one(node: Node, person: str | None, page: Page) -> Expectation | None:
    if isinstance(node, Mapping):
        return _full(node, person, page)
    if not isinstance(node, Scalar) or is_nothing(node):
        page.complain(node.mark, "an expectation is a command, such as `answer`, or a mapping with one subject")
        return None
    value = read_value(word_or_matcher(words.command), node, page)
    place = page.place(used_at(node))
    return Expectation(subject=Subject.COMMAND, value=value, place=place, person=person) if value else None


def _full(node: Mapping, person: str | None, page: Page) -> Expectation | None:
    if not _has_one_subject(node, page):
        return None
    form = read(ExpectationForm, node, page)
    subject = next(subject for subject in Subject if subject in node.values)
    _check_qualifiers(subject, node, page)
    if subject is Subject.ACCOUNT and person is not None:
        page.complain(node.keys[subject], f"the account is nobody's; leave {quoted(person)} out")
    if form is None:
        return None
    if subject is Subject.HEARD and form.heard in HEARD:
        for qualifier in ("min_snr", "times"):
            if qualifier in node.keys:
                page.complain(node.keys[qualifier], f"'{qualifier}' says nothing of a {form.heard}; it has a length")
    names = choices(getattr(form, subject.value)) if subject in (Subject.HEARD, Subject.RECEIVED) else []
    if "times" in node.keys and any(map(words.is_name, names)):
        page.complain(node.keys["times"], "'times' says nothing of a person, who is heard as long as they speak")
    least, most = _bounds(node, form, page) if subject is Subject.MEASURE else (None, None)
    return Expectation(
        subject=subject,
        value=getattr(form, subject.value),
        place=page.place(node.mark),
        person=person,
        with_=form.with_,
        reply=form.reply,
        within_ns=form.within_ns,
        for_ns=form.for_ns,
        times=form.times,
        min_snr_db=form.min_snr_db,
        least=least,
        most=most,
        percentile=form.percentile,
        why=form.why,
        requirement=form.requirement,
    )


def _check_qualifiers(subject: Subject, node: Mapping, page: Page) -> None:
    for qualifier, subjects in _BELONGS_TO.items():
        if qualifier in node.keys and subject not in subjects:
            those = f" ({', '.join(subjects)})" if subjects is not _AT_A_MOMENT else ""
            page.complain(node.keys[qualifier], f"'{qualifier}' says nothing of '{subject}'{those}")


def _bounds(node: Mapping, form: ExpectationForm, page: Page) -> tuple[float | None, float | None]:
    """`min` and `max` of a measure, in its unit."""
    parse = units.BOUNDS[MEASURES[str(form.measure)].unit]
    least, most = (read_value(parse, node.values[key], page) if key in node.values else None for key in ("min", "max"))
    if "min" not in node.values and "max" not in node.values:
        page.complain(node.mark, "a measure needs a bound: 'min', 'max' or both")
    if least is not None and most is not None and least > most:
        page.complain(node.keys["min"], "'min' is more than 'max': nothing can lie between them")
    return least, most


def _has_one_subject(node: Mapping, page: Page) -> bool:
    found = [key for key in node.values if key in words.SUBJECTS]
    if len(found) > 1:
        page.complain(node.mark, f"an expectation has one subject, found {spoken(found)}; make them two of a list")
        return False
    if found:
        return True
    strange = [key for key in node.values if key not in QUALIFIERS]
    if not strange:
        page.complain(node.mark, f"an expectation needs a subject ({', '.join(words.SUBJECTS)})")
    for key in strange:
        _complain_of_subject(key, node.keys[key], page)
    return False


def _complain_of_subject(key: str, mark: Mark, page: Page) -> None:
    if words.is_name(key):
        page.complain(mark, f"a person says one thing at a time: `{key}: {{heard: talkspurt}}`")
        return
    if key in commands.COMMANDS:
        page.complain(mark, f"unknown subject {quoted(key)}; a command stands without braces: `expect: {key}`")
        return
    meant = closest(key, (*words.SUBJECTS, *QUALIFIERS))
    guess = f"; did you mean '{meant}'?" if meant else ""
    page.complain(mark, f"unknown subject {quoted(key)}{guess} ({', '.join(words.SUBJECTS)})")
