"""`sut.yaml` to a profile, its mistakes said as those of scenarios are."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from telnyx_simulator.scenario import yaml_text
from telnyx_simulator.scenario.complaints import Mark, Page, ScenarioError, TooManyMistakesError, hint, quoted
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence, is_nothing, plain
from telnyx_simulator.sut.profile import NOT_BUILT_YET, Ask, Audio, Poll, Profile, Start, Status

_TOP = Mark(1, 1)


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
    profile = None
    try:
        profile = Profile.model_validate(_data(document)).model_copy(update={"folder": folder})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _complain(page, document, dict(detail))
    audio, start = document.values.get("audio"), document.values.get("start")
    clips = audio.values.get("clips") if isinstance(audio, Mapping) else None
    for clip in clips.values.values() if isinstance(clips, Mapping) else ():
        if isinstance(clip, Scalar) and clip.text and not (folder / clip.text).is_file():
            page.complain(clip.mark, f"no such file: {folder / clip.text}")
    place = start.values.get("folder") if isinstance(start, Mapping) else None
    if isinstance(place, Scalar) and place.text and not (folder / place.text).is_dir():
        page.complain(place.mark, f"no such folder: {folder / place.text}")
    return profile


def _data(document: Mapping) -> dict[str, Any]:
    """Plain data; values of `env` and words of `status_map` are text whatever they look like."""
    data: dict[str, Any] = plain(document)
    for name in ("env", "status_map"):
        texts = document.values.get(name)
        for key, node in texts.values.items() if isinstance(texts, Mapping) else ():
            if isinstance(node, Scalar) and not is_nothing(node):
                data[name][key] = node.text
    return data


def _complain(page: Page, document: Mapping, detail: dict[str, Any]) -> None:
    path = [str(part) for part in detail["loc"] if part != "[key]"]
    node: Node = document
    mark, words = document.mark, []
    for part in path:
        if isinstance(node, Mapping) and part in node.values:
            mark, node = node.keys[part], node.values[part]
        elif isinstance(node, Sequence) and part.isdecimal() and int(part) < len(node.items):
            node = node.items[int(part)]
            mark = node.mark
        else:
            continue  # a branch of a union, or what is missing
        words.append(part)
    key = path[-1] if path else ""
    given = node.text if isinstance(node, Scalar) else ""
    if detail["type"] == "extra_forbidden":
        if key in NOT_BUILT_YET:
            page.complain(mark, f"not built yet: {NOT_BUILT_YET[key]}")
        else:
            page.complain(mark, f"unknown key {quoted(key)}{hint(key, _keys_beside(path))}")
    elif detail["type"] == "missing":
        if path[:1] != ["status"] or key != "poll":
            page.complain(mark, f"{quoted(key)} is missing")
    elif detail["type"] == "literal_error" and given in NOT_BUILT_YET:
        page.complain(mark, f"not built yet: {NOT_BUILT_YET[given]}")
    else:
        message = detail["msg"].removeprefix("Value error, ")
        page.complain(mark, f"{quoted(words[-1])}: {message}" if words else message)


def _keys_beside(path: list[str]) -> list[str]:
    """The keys that may stand where this unknown one does."""
    model: type[BaseModel] = Profile
    parts: dict[str, type[BaseModel]] = {"start": Start, "ask": Ask, "status": Status, "poll": Poll, "audio": Audio}
    for part in path[:-1]:
        model = parts.get(part, model)
    return sorted(
        field.alias or name for name, field in model.model_fields.items() if name != "folder" or model is Start
    )
