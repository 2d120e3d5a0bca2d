"""JSON Schema of the profile: what an editor needs to complete, check and explain `sut.yaml` while it is written."""

import json
from typing import Any, Final

from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.values import ANSWERED, DIRECTIONS

_HEAD: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Profile of a system under test (sut.yaml)",
}


def profile_schema() -> dict[str, Any]:
    """As pydantic derives it from the models, without what the loader fills in itself and without `null`s."""
    schema: dict[str, Any] = _without_nulls(Profile.model_json_schema(by_alias=True))
    del schema["properties"]["folder"]
    causes, directions, answered = "|".join(CAUSES), f"(?:{'|'.join(DIRECTIONS)})", f"(?:{'|'.join(ANSWERED)})"
    schema["properties"]["status_map"]["propertyNames"] = {
        "pattern": f"^(?:ringing|answered)(?:/{directions})?$|^(?:{causes})(?:/{directions})?(?:/{answered})?$"
    }
    return {**schema, **_HEAD}


def schema_text() -> str:
    """The file `docs/schema/sut.schema.json`."""
    return json.dumps(profile_schema(), indent=2, ensure_ascii=False) + "\n"


def _without_nulls(node: Any) -> Any:
    """A key that may be left out is not written as `null`; and the titles that pydantic makes up say nothing."""
    if isinstance(node, list):
        return [_without_nulls(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not _is_noise(key, value)}
    options = kept.pop("anyOf", None)
    if options is not None:
        options = [option for option in options if option != {"type": "null"}]
        kept = {**options[0], **kept} if len(options) == 1 else {**kept, "anyOf": options}
    return {key: _without_nulls(value) for key, value in kept.items()}


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
