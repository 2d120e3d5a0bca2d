"""`sut.yaml` to a profile, its mistakes said as those of scenarios are."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from telnyx_simulator.scenario import yaml_text
from telnyx_simulator.scenario.complaints import Mark, Page, ScenarioError, hint, quoted
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Sequence, plain
from telnyx_simulator.sut.profile import NOT_BUILT_YET, Profile

_TOP = Mark(1, 1)


def load_profile(path: Path) -> Profile:
    """The profile in `path`; `ScenarioError` with every mistake in it."""
    page = Page(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        page.complain(_TOP, f"the profile cannot be read: {error.strerror}; name it with --sut")
        raise ScenarioError(list(page.complaints)) from error
    text = yaml_text.decode(data, page)
    document = yaml_text.read(text, page) if text is not None else None
    if isinstance(document, Mapping):
        try:
            return Profile.model_validate(plain(document)).model_copy(update={"folder": path.parent})
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                _complain(page, document, dict(detail))
    elif document is not None:
        page.complain(document.mark, "a profile is a mapping: it begins with keys such as `start:` and `webhook_url:`")
    raise ScenarioError(list(page.complaints))


def _complain(page: Page, document: Mapping, detail: dict[str, Any]) -> None:
    path = [str(part) for part in detail["loc"]]
    node: Node = document
    mark = document.mark
    for part in path:
        if isinstance(node, Mapping) and part in node.values:
            mark, node = node.keys[part], node.values[part]
        elif isinstance(node, Sequence) and part.isdecimal():
            node = node.items[int(part)]
            mark = node.mark
    key = path[-1] if path else ""
    if detail["type"] == "extra_forbidden":
        if key in NOT_BUILT_YET:
            page.complain(mark, f"not built yet: {NOT_BUILT_YET[key]}")
        else:
            page.complain(mark, f"unknown key {quoted(key)}{hint(key, sorted(Profile.model_fields))}")
    elif detail["type"] == "missing":
        if path[:1] != ["status"] or key != "poll":
            page.complain(mark, f"{quoted(key)} is missing")
    else:
        message = detail["msg"].removeprefix("Value error, ")
        page.complain(mark, f"{quoted(key)}: {message}" if key else message)
