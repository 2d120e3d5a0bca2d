"""`sut.yaml` to a profile, its mistakes said as those of scenarios are.

pydantic finds what is wrong with a value, `sut.rules` what is wrong between keys; here both get their places, and words
that were probably meant.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from telnyx_simulator.audio.signals import read_wav
from telnyx_simulator.scenario import types, yaml_text
from telnyx_simulator.scenario.complaints import (
    Mark,
    Page,
    ScenarioError,
    TooManyMistakesError,
    closest,
    hint,
    not_built_yet,
    quoted,
    unknown,
)
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence, Unquoted, is_nothing, plain
from telnyx_simulator.sut import rules, words
from telnyx_simulator.sut.callables import find_module
from telnyx_simulator.sut.profile import Ask, Audio, Part, Poll, Profile, Start, Status, Tap
from telnyx_simulator.sut.values import FUNCTION

Steps: TypeAlias = tuple[str | int, ...]

_TOP: Final = Mark(1, 1)
_ANY: Final = "*"
# Which mapping stands where; `*` is a name of the author's.
_PARTS: Final[dict[Steps, type[Part]]] = {
    (): Profile,
    ("start",): Start,
    ("ask", _ANY): Ask,
    ("status",): Status,
    ("status", "poll"): Poll,
    ("audio",): Audio,
    ("audio", "tap"): Tap,
}
# What is text whatever it looks like: a port, a status of 1.50.
_AS_WRITTEN: Final[tuple[Steps, ...]] = (("env",), ("status_map",), ("ask", _ANY, "headers"))
_JSON: Final[Steps] = ("ask", _ANY, "json")
# Where a function of the author's stands.
_FUNCTIONS: Final[tuple[Steps, ...]] = (
    ("provider",),
    ("ask", _ANY, "python"),
    ("status", "python"),
    ("audio", "python"),
)
_KINDS: Final = {"dict_type": "a mapping", "model_type": "a mapping", "list_type": "a list", "string_type": "text"}


def load_profile(path: Path) -> Profile:
    """The profile in `path`; `ScenarioError` with every mistake in it."""
    page = Page(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        page.complain(_TOP, f"the profile cannot be read: {error.strerror}; name it with --sut")
        raise ScenarioError(list(page.complaints)) from error
    profile = None
    with suppress(TooManyMistakesError):
        text = yaml_text.decode(data, page)
        document = yaml_text.read(text, page) if text is not None else None
        if isinstance(document, Mapping):
            profile = _read(document, path.parent, page)
        elif document is not None:
            page.complain(
                document.mark, "a profile is a mapping: it begins with keys such as `start:` and `webhook_url:`"
            )
    if profile is None or page.complaints:
        raise ScenarioError(sorted(page.complaints, key=lambda one: (one.place.line, one.place.column)))
    return profile


def _read(document: Mapping, folder: Path, page: Page) -> Profile | None:
    given = _given(document, (), page)
    profile = None
    try:
        profile = Profile.model_validate(given).model_copy(update={"folder": folder})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["loc"]:  # without a place it is one of the rules below
                _complain(detail, document, page)
    for rule in rules.broken(given):
        _complain_of_rule(rule, document, page)
    _check_number(document.values.get("number"), page)
    _check_files(document, folder, page)
    return profile


def _given(node: Node, path: Steps, page: Page) -> Any:
    """Plain data. Keys without a value, and those that no profile has, are complained about and left out."""
    if _is(path, _JSON):
        return plain(node)
    if isinstance(node, Sequence):
        return [_given(item, (*path, n), page) for n, item in enumerate(node.items)]
    if isinstance(node, Scalar):
        return node.text if any(_is(path[: len(texts)], texts) for texts in _AS_WRITTEN) else node.value
    part = _part_at(path)
    given = {}
    for key, value in node.values.items():
        if part is not None and key not in part.known():
            _complain_of_key(key, node, part, page)
        elif is_nothing(value) and not _is((*path, key), _JSON):
            page.complain(node.keys[key], f"{quoted(key)} has no value")
        else:
            given[key] = _given(value, (*path, key), page)
    return given


def _complain_of_key(key: str, node: Mapping, part: type[Part], page: Page) -> None:
    if key in part.unbuilt:
        page.complain(node.keys[key], not_built_yet(key, f"key of {part.knows}"))
    else:
        page.complain(node.keys[key], f"{part.knows} knows no {quoted(key)}{hint(key, part.known(), part.unbuilt)}")


def _complain(detail: ErrorDetails, document: Mapping, page: Page) -> None:
    steps = tuple(step for step in detail["loc"] if step != "[key]")
    told = detail.get("ctx", {})
    mark = _mark(document, steps, of_key=detail["loc"][-1] == "[key]")
    match detail["type"]:
        case "missing":
            _complain_of_missing(steps[:-1], str(steps[-1]), document, page)
        case "expected":
            advice = "; if it is text, quote it" if told["what"] == "text" else ""
            page.complain(mark, f"{told['what']} is expected here, found {types.shown(detail['input'])}{advice}")
        case "dict_type" | "model_type" | "list_type" | "string_type" as kind:
            page.complain(mark, f"{_KINDS[kind]} is expected here, found {types.shown(detail['input'])}")
        case "unknown":
            page.complain(mark, unknown(told["kind"], told["word"], told["options"]))
        case "unknown_words":
            for path, word in told["found"]:
                page.complain(_mark(document, (*steps, *path)), _unknown_word(word, told["options"]))
        case "too_short":
            page.complain(mark, f"{quoted(str(steps[-1]))} is empty")
        case _:
            page.complain(mark, detail["msg"].removeprefix("Value error, "))


def _unknown_word(word: str, options: tuple[str, ...]) -> str:
    if word in words.CALL:  # in its place it is known
        return f"'{{{word}}}' has no value here ({', '.join(options)})"
    return unknown("word", f"{{{word}}}", options)


def _complain_of_rule(rule: rules.Broken, document: Mapping, page: Page) -> None:
    if not rule.missing or _is_missed(rule.path, rule.missing, document):
        page.complain(_mark(document, rule.path, of_key=rule.of_key), rule.message)


def _complain_of_missing(path: Steps, key: str, document: Mapping, page: Page) -> None:
    part = _part_at(path)
    if part is not None and _is_missed(path, (key,), document):
        page.complain(_mark(document, path), f"{part.knows} needs {quoted(key)}")


def _is_missed(path: Steps, keys: tuple[str, ...], document: Mapping) -> bool:
    """Whether it is worth saying that one of these keys is missing: not where one is misspelt, or has no value; nor at
    the top of a profile that runs its application in a way of its own.
    """
    node, part = document, _part_at(())
    for n in range(len(path)):
        inner = _node(document, path[: n + 1])
        if isinstance(inner, Mapping):
            node, part = inner, _part_at(path[: n + 1])
    assert part is not None, "a rule speaks of known mappings"
    if any(key in node.keys for key in (*keys, *part.unbuilt)):
        return False
    return not any(closest(key, part.known()) in keys for key in node.keys if key not in part.known())


def _check_number(node: Node | None, page: Page) -> None:
    """Without quotes an editor reads a number as what it is: an integer."""
    if isinstance(node, Scalar) and isinstance(value := plain(node), Unquoted):
        with suppress(ValueError):
            types.phone(str(value))
            page.complain(node.mark, f'a phone number must be quoted text: "{value}"')


def _check_files(document: Mapping, folder: Path, page: Page) -> None:
    """Files, folders and modules that a profile names are there."""
    for path, node in _scalars(document):
        if not isinstance(node.value, str):
            continue
        file = folder / node.text
        if _is(path, ("audio", "clips", _ANY)):
            _check_clip(file, node, page)
        if _is(path, ("start", "folder")) and not file.is_dir():
            page.complain(node.mark, f"no such folder: {file}")
        if any(_is(path, functions) for functions in _FUNCTIONS) and FUNCTION.fullmatch(node.text):
            _check_module(node, folder, page)


def _check_module(node: Scalar, folder: Path, page: Page) -> None:
    if find_module(node.text, folder) is None:
        module = quoted(node.text.partition(":")[0])
        page.complain(node.mark, f"no module {module} beside the profile, in this folder, or installed")


def _check_clip(file: Path, node: Scalar, page: Page) -> None:
    if not file.is_file():
        page.complain(node.mark, f"no such file: {file}")
        return
    try:
        read_wav(file)
    except (OSError, ValueError) as error:
        page.complain(node.mark, str(error))


# Places


def _is(path: Steps, pattern: Steps) -> bool:
    return len(path) == len(pattern) and all(wanted in (_ANY, step) for step, wanted in zip(path, pattern, strict=True))


def _part_at(path: Steps) -> type[Part] | None:
    return next((part for pattern, part in _PARTS.items() if _is(path, pattern)), None)


def _node(document: Mapping, path: Steps) -> Node | None:
    node: Node | None = document
    for step in path:
        if isinstance(node, Mapping):
            node = node.values.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step] if step < len(node.items) else None
        else:
            node = None
    return node


def _mark(document: Mapping, path: Steps, *, of_key: bool = False) -> Mark:
    """Where a value stands, or its key; of what is not there, the mapping in which it should be."""
    above = _node(document, path[:-1])
    if path and isinstance(above, Mapping) and str(path[-1]) in above.keys:
        key = str(path[-1])
        return above.keys[key] if of_key else above.values[key].mark
    node = _node(document, path)
    return node.mark if node is not None else _mark(document, path[:-1])


def _scalars(node: Node, path: Steps = ()) -> Iterator[tuple[Steps, Scalar]]:
    if isinstance(node, Mapping):
        for key, value in node.values.items():
            yield from _scalars(value, (*path, key))
    elif isinstance(node, Sequence):
        for n, item in enumerate(node.items):
            yield from _scalars(item, (*path, n))
    else:
        yield path, node
