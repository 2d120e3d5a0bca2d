"""From a marked mapping to its model: pydantic finds the mistakes, this says them at their places, in our words."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from telnyx_simulator.scenario import types, units
from telnyx_simulator.scenario.complaints import Page, closest, hint, not_built_yet, quoted
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Sequence, is_nothing, plain

F = TypeVar("F", bound=Form)
V = TypeVar("V")


def read(form: type[F], node: Mapping, page: Page) -> F | None:
    """A mapping in its form; None, and a complaint for each mistake, if it is not."""
    given = {}
    for key, value in node.values.items():
        if key in form.not_built:
            page.complain(node.keys[key], not_built_yet(key, f"key of {form.knows}"))
        elif is_nothing(value):
            page.complain(node.keys[key], f"{quoted(key)} has no value")
        else:
            given[key] = plain(value)
    try:
        found = form.model_validate(given, context={"folders": page.folders, "people": page.people})
    except ValidationError as error:
        _complain(form, node, page, error.errors(include_url=False))
        return None
    return found if len(given) == len(node.values) else None


def read_value(parse: Callable[[object], V], node: Node, page: Page) -> V | None:
    """A value of a scalar type; None, and a complaint, if it is none."""
    try:
        return parse(plain(node))
    except ValueError as error:
        complain_of(error, node, page)
        return None


def complain_of(error: ValueError, node: Node, page: Page) -> None:
    """A complaint for each wrong part of a value, at that part."""
    for path, message in error.found if isinstance(error, types.Mistakes) else [((), str(error))]:
        part = node
        for step in path:
            part = _inside(part, step)
        page.complain(part.mark, message)


def _inside(node: Node, step: str | int) -> Node:
    if isinstance(node, Mapping):
        return node.values[str(step)]
    return node.items[int(step)] if isinstance(node, Sequence) else node


def _complain(form: type[Form], node: Mapping, page: Page, details: list[ErrorDetails]) -> None:
    strange = [str(detail["loc"][0]) for detail in details if detail["type"] == "extra_forbidden"]
    misspelt = {closest(key, form.known()) for key in strange}
    for detail in details:
        key = str(detail["loc"][0])
        if key in strange:
            page.complain(node.keys[key], f"{form.knows} knows no {quoted(key)}{_advice(form, key, node.values[key])}")
        elif detail["type"] == "missing":
            if key not in misspelt and key not in node.keys and form.replaced_by not in node.keys:
                page.complain(node.mark, f"{form.knows} needs {quoted(key)}")
        else:
            reason = detail.get("ctx", {}).get("error")
            message = ValueError(f"{quoted(key)}: {detail['msg']}")
            complain_of(reason if isinstance(reason, ValueError) else message, node.values[key], page)


def _advice(form: type[Form], key: str, value: Node) -> str:
    if key not in form.wait_instead:
        return hint(key, form.known(), form.not_built)
    try:
        units.duration_ns(plain(value))
        pause = str(plain(value))
    except ValueError:
        pause = "500ms"
    return f"; put the step `- wait: {pause}` before it"


def elements(node: Node, page: Page, what: str) -> tuple[Node, ...]:
    """The elements of a list that must not be empty; none, and a complaint, of anything else."""
    if not isinstance(node, Sequence):
        page.complain(node.mark, f"{what} must be a list")
        return ()
    if not node.items:
        page.complain(node.mark, f"{what} is empty")
    return node.items
