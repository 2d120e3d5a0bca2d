"""Scenarios said in Python: values of Python to the same steps, people and rules as a file gives.

The values become the nodes that YAML would give, all of them at one place (a line of Python) and text as if in quotes;
from there on the reading code is the loader's own. `ScenarioError` holds every mistake of what was said. Keywords that
Python owns have a line behind them: `with_`, `for_`, `from_`.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Literal, TypeVar, overload

from telnyx_simulator.checks.expectations import JSON, Expectation, Place
from telnyx_simulator.scenario import cast as casts
from telnyx_simulator.scenario import expecting, steps
from telnyx_simulator.scenario.arguments import PRINCIPAL
from telnyx_simulator.scenario.cast import Cast
from telnyx_simulator.scenario.complaints import Mark, Page, ScenarioError, TooManyMistakesError, quoted
from telnyx_simulator.scenario.loader import RULES
from telnyx_simulator.scenario.script import Direction, Person, Step, Verb
from telnyx_simulator.scenario.words import SUBJECTS
from telnyx_simulator.scenario.yaml_text import DEPTH_MAX, Node, Scalar, Sequence
from telnyx_simulator.scenario.yaml_text import Mapping as Marked

V = TypeVar("V")

_HERE: Final = Mark(1, 1)
_EXPECTING: Final = (Verb.EXPECT, Verb.ABSENT)  # their mapping may be a matcher, which stands for a command
NOBODY: Final = Cast((), ())


def step_of(
    verb: str,
    argument: object = None,
    qualifiers: Mapping[str, object] | None = None,
    *,
    person: str | None,
    index: int,
    place: Place,
    cast: Cast,
    folders: int = 0,
) -> Step:
    """One step: `step_of("expect", "answer", {"within": "2s"}, ...)` is `- expect: {command: answer, within: 2s}`.

    `person` of None is nobody's step, or that of the one person of `cast`. `folders` is how many folders lie between
    the project and the file that speaks: a clip `./x.wav` may climb so many.
    """

    def read(page: Page) -> Step | None:
        node = _argument(verb, argument, qualifiers or {}, page)
        said: Node = _text(verb) if node is None else _mapping({verb: node})
        return steps.read_step(index, _mapping({person: said}) if person is not None else said, cast, page)

    return _said(read, place, cast, folders)


def expectations_of(
    key: Literal["expect", "absent"], expectations: object, *, place: Place, cast: Cast, folders: int = 0
) -> tuple[Expectation, ...]:
    """Expectations of the whole run: a list, as under the top-level key."""

    def read(page: Page) -> tuple[Expectation, ...]:
        return expecting.read_whole_run(_mapping({key: _node(expectations, page)}), key, cast, page)

    return _said(read, place, cast, folders)


def person_of(
    name: str | None,
    direction: Literal["incoming", "outgoing"] | Direction,
    keywords: Mapping[str, object],
    *,
    place: Place,
    folders: int = 0,
) -> Person:
    """One person, as under `calls:`; without a name the Caller, or the Callee."""

    def read(page: Page) -> Person | None:
        if name is not None and not casts.is_good_name(name, _HERE, page):
            return None
        fields: dict[object, object] = {"direction": str(direction)} | {
            _written(key): value for key, value in keywords.items()
        }
        return casts.read_person(name, _node(fields, page), _HERE, page)

    return _said(read, place, NOBODY, folders)


@overload
def rules_of(key: Literal["webhooks", "commands"], value: object, *, place: Place) -> tuple[dict[str, JSON], ...]: ...
@overload
def rules_of(key: Literal["account"], value: object, *, place: Place) -> dict[str, JSON]: ...
@overload
def rules_of(key: Literal["assume"], value: object, *, place: Place) -> dict[str, str]: ...
def rules_of(key: str, value: object, *, place: Place) -> Any:
    """What stands under one of these top-level keys, as `script.Scenario` has it.

    Treatments may have the keywords of Python: `{"call.answered": {"with_": {...}}}`.
    """
    if key in ("webhooks", "commands") and isinstance(value, Mapping):
        value = {name: _treatments(given) for name, given in value.items()}
    return _said(lambda page: RULES[key](_node(value, page), page), place)


def _treatments(given: object) -> object:
    if isinstance(given, Mapping):
        return {_written(key): value for key, value in given.items()}
    return [_treatments(one) for one in given] if isinstance(given, list | tuple) else given


def _said(read: Callable[[Page], V | None], place: Place, cast: Cast = NOBODY, folders: int = 0) -> V:
    """What was read, unless there is a complaint."""
    page = Page(place.file, folders=folders, people=cast.names, only_place=place)
    found = None
    with suppress(TooManyMistakesError):
        found = read(page)
    if page.complaints or found is None:
        raise ScenarioError(list(page.complaints))
    return found


def _argument(verb: str, argument: object, qualifiers: Mapping[str, object], page: Page) -> Node | None:
    """What stands behind the verb: the argument, with its qualifiers where there are any."""
    if not qualifiers:
        return None if argument is None else _node(argument, page)
    given: dict[object, object] = {_written(key): value for key, value in qualifiers.items()}
    if argument is None:
        return _node(given, page)
    if isinstance(argument, Mapping) and (verb not in _EXPECTING or any(key in SUBJECTS for key in argument)):
        given = {**argument, **given}
    elif isinstance(argument, list | tuple) or verb not in PRINCIPAL:
        page.complain(_HERE, f"{verb} takes no {quoted(str(next(iter(given))))} beside its argument")
        return _node(argument, page)
    else:
        given = {PRINCIPAL[Verb(verb)]: argument, **given}
    return _node(given, page)


def _written(keyword: object) -> object:
    return keyword.removesuffix("_") if isinstance(keyword, str) else keyword


def _text(text: str) -> Scalar:
    return Scalar(text, _HERE, text, quoted=True)


def _mapping(values: Mapping[str, Node]) -> Marked:
    return Marked(dict.fromkeys(values, _HERE), dict(values), _HERE)


def _node(value: object, page: Page, depth: int = 1) -> Node:
    """A value of Python as YAML would have given it."""
    if depth > DEPTH_MAX:
        page.complain(_HERE, f"nested too deep: at most {DEPTH_MAX} levels")
        return Scalar(None, _HERE)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                page.complain(_HERE, f"a key must be text, found {quoted(str(key))}")
        return _mapping({str(key): _node(inner, page, depth + 1) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return Sequence(tuple(_node(inner, page, depth + 1) for inner in value), _HERE)
    if isinstance(value, str):
        return _text(str(value))
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return Scalar(value, _HERE, str(value))
    page.complain(_HERE, f"text, numbers, lists and mappings are taken, found {quoted(repr(value))}")
    return Scalar(None, _HERE)
