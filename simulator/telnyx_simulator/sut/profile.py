"""The profile `sut.yaml` as values (`docs/scenario-language.md` 6), and the text that may stand in it.

The part that this version plays: `start` or `url`, `env`, `webhook_url`, `failover_url`, `rewrite`, `ask` by HTTP,
`status` by polling, `status_map`, `audio` by loopback and known clips, `does`, `codecs`, `name`, `number`.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from telnyx_simulator.facts.hangup_causes import CAUSES

_UNITS_NS: Final = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}

# What section 6 of the language has and this version does not play.
NOT_BUILT_YET: Final = {
    "provider": "provider",
    "asgi": "asgi",
    "probe": "status by probe",
    "python": "python",
    "tap": "a tap",
    "command": "an ask by command",
}


def _duration_ns(text: object) -> object:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a duration needs its unit: 250ms, 30s, 1m")
    return round(float(found[1]) * _UNITS_NS[found[2]])


Duration = Annotated[int, BeforeValidator(_duration_ns)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Part):
    """How we start it. Durations in nanoseconds; `folder` is relative to the profile."""

    command: str
    ready: str | None = None
    timeout: Duration = 30_000_000_000
    folder: str = "."
    stop: Duration = 5_000_000_000
    restart: Literal["never"] = "never"


class Ask(_Part):
    """One request that prods the application."""

    method: str = "POST"
    url: str
    json_: Any = Field(default=None, alias="json")
    headers: dict[str, str] = {}


class Poll(_Part):
    url: str
    pointer: str
    every: Duration = 100_000_000


class Status(_Part):
    poll: Poll


class Audio(_Part):
    observe: Literal["loopback", "play", "none"] = "none"
    clips: dict[str, str] = {}


class Profile(_Part):
    """One system under test. `folder` is where the profile stands; the loader fills it in."""

    folder: Path = Path()
    start: Start | None = None
    url: str | None = None
    name: str | None = None
    number: str = Field(default="+12025550100", pattern=r"^\+[1-9][0-9]{6,14}$")
    env: dict[str, str] = {}
    redirect: Literal["env", "none"] = "env"
    webhook_url: str
    failover_url: str | None = None
    rewrite: dict[str, str] = {}
    ask: dict[str, Ask] = {}
    status: Status | None = None
    status_map: dict[str, str | list[str]] = {}
    audio: Audio = Audio()
    does: list[str] = []
    codecs: list[str] = ["PCMU", "PCMA"]

    @model_validator(mode="after")
    def _one_way_to_run(self) -> "Profile":
        if (self.start is None) == (self.url is None):
            raise ValueError("a profile has exactly one of 'start' and 'url'")
        for key in self.status_map:
            state = key.split("/")[0]
            if state not in {*CAUSES, "ringing", "answered"}:
                raise ValueError(f"status_map: {state!r} is neither a hangup cause nor 'ringing' or 'answered'")
        return self

    @property
    def title(self) -> str:
        return self.name or self.folder.resolve().name

    def clip_files(self) -> dict[str, Path]:
        """`app/...` clips and their files."""
        return {f"app/{name}": self.folder / path for name, path in self.audio.clips.items()}

    def described(self) -> dict[str, Any]:
        """What the head of a trace keeps of the profile."""
        return {
            "name": self.title,
            "number": self.number,
            "status_map": self.status_map,
            "observes_status": self.status is not None,
            "observe": self.audio.observe,
        }


WORDS: Final = (
    "port",
    "api_v2",
    "api_key",
    "public_key",
    "connection_id",
    "from",
    "to",
    "call_control_id",
)


class UnknownWord(Exception):
    """A `{word}` that means nothing here; the text is for the profile's author."""


def filled(text: str, words: dict[str, str]) -> str:
    """`text` with each `{word}` replaced; `{{` and `}}` are braces."""

    def replaced(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        word = match[1]
        if word not in words:
            known = ", ".join("{" + name + "}" for name in sorted(words))
            raise UnknownWord(f"unknown '{{{word}}}' in {text!r}; there are {known}")
        return words[word]

    return re.sub(r"\{\{|\}\}|\{(\w+)\}", replaced, text)


def filled_json(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        return filled(value, words)
    if isinstance(value, dict):
        return {key: filled_json(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_json(item, words) for item in value]
    return value
