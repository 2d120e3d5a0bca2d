"""The JSON Schema of the profile: the committed file is current, and it explains every key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from telnyx_simulator.sut.profile import Ask, Audio, Part, Poll, Profile, Start, Status, Tap
from telnyx_simulator.sut.schema import profile_schema, schema_text

COMMITTED = Path(__file__).parents[2] / "docs/schema/sut.schema.json"
WRITE_IT = "python -c 'from telnyx_simulator.sut.schema import schema_text; print(schema_text(), end=str())'"


def test_the_committed_schema_is_current() -> None:
    assert COMMITTED.read_text() == schema_text(), f"{WRITE_IT} > docs/schema/sut.schema.json"


def mappings() -> Iterator[tuple[type[Part], dict[str, Any]]]:
    schema = profile_schema()
    yield Profile, schema
    for part in (Start, Ask, Poll, Status, Tap, Audio):
        yield part, schema["$defs"][part.__name__]


def test_every_key_is_there_and_has_a_hover_text() -> None:
    for part, schema in mappings():
        assert set(schema["properties"]) == set(part.known())
        assert schema["additionalProperties"] is False
        for key, about in schema["properties"].items():
            assert about.get("description", "").endswith("."), (part, key)


def test_an_editor_knows_what_must_be_there() -> None:
    schema = profile_schema()
    # A provider's webhooks come to us, who serve it.
    ways = [["start", "webhook_url"], ["url", "webhook_url"], ["provider"]]
    assert schema["oneOf"] == [{"required": keys} for keys in ways]
    assert schema["$defs"]["Ask"]["oneOf"] == [{"required": [key]} for key in ("url", "command", "python")]


def test_a_default_is_what_would_be_written() -> None:
    schema = profile_schema()
    defaults = {
        f"{part}.{key}": about["default"]
        for part, defined in schema["$defs"].items()
        for key, about in defined["properties"].items()
        if "default" in about and about["default"] not in ({}, [])
    }
    assert defaults == {
        "Ask.method": "POST",
        "Audio.observe": "none",
        "Poll.every": "100ms",
        "Start.timeout": "30s",
        "Start.folder": ".",
        "Start.stop": "5s",
        "Start.restart": "never",
    }


def test_nothing_of_it_is_null_or_made_up() -> None:
    text = schema_text()
    assert '"null"' not in text
    assert "folder of" not in text
