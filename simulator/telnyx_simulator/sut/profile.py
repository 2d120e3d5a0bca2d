"""The profile `sut.yaml` as values (`docs/scenario-language.md` 6), and the text that may stand in it.

The part that this version plays: `start` or `url`, `env`, `webhook_url`, `failover_url`, `rewrite`, `ask` by HTTP,
`status` by polling, `status_map`, `audio` by loopback and known clips, `does`, `codecs`, `name`, `number`.
"""

import re
import shlex
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from telnyx_simulator.facts.hangup_causes import CAUSES

_UNITS_NS: Final = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}

# Keys and values of the language's section 6 that this version does not play.
NOT_BUILT_YET: Final = {
    "provider": "provider",
    "asgi": "asgi",
    "probe": "status by probe",
    "python": "python",
    "tap": "a tap",
    "command": "an ask by command",
    "take": "take",
    "each_run": "a restart for each run",
    "python-shim": "a shim",
    "node-shim": "a shim",
}

# The `{words}` that text of a profile may hold: before it is started, for its webhooks, while it runs, about a call.
_LOCAL_WORDS: Final = ("port", "api_v2", "api_key")
_ACCOUNT_WORDS: Final = (*_LOCAL_WORDS, "public_key")
_START_WORDS: Final = (*_ACCOUNT_WORDS, "connection_id")
_CALL_WORDS: Final = (*_START_WORDS, "from", "to", "call_control_id")
_WORD: Final = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def _duration_ns(text: object) -> object:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a duration needs its unit: 250ms, 30s, 1m")
    return round(float(found[1]) * _UNITS_NS[found[2]])


def _only(words: Collection[str]) -> AfterValidator:
    """Refuses text with a `{word}` that means nothing in this place."""

    def checked(value: Any) -> Any:
        for text in _texts(value):
            for found in _WORD.finditer(text):
                if found[1] is not None and found[1] not in words:
                    raise ValueError(_unknown_word(found[1], text, words))
        return value

    return AfterValidator(checked)


def _texts(value: Any) -> list[str]:
    """Every text within JSON, keys excepted."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)]


def _unknown_word(word: str, text: str, words: Collection[str]) -> str:
    known = ", ".join("{" + name + "}" for name in sorted(words)) or "none here"
    return f"unknown '{{{word}}}' in {str(text)!r}; there are {known}"


def _command(text: str) -> str:
    try:
        parts = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"not a command line: {str(error).lower()}") from error
    if not parts:
        raise ValueError("a command is missing")
    return text


def _http_url(text: str) -> str:
    """A URL, or a path on the application; what is filled in later stands for a digit here."""
    example = _WORD.sub("1", text)
    try:
        parts = urlsplit(example)
        fine = example.startswith("/") or (parts.scheme in ("http", "https") and bool(parts.hostname))
        fine = fine and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("a URL is expected: /on/the/application, or http://127.0.0.1:8000/elsewhere")
    return text


def _state(text: str) -> str:
    state = text.split("/")[0]
    if state not in {*CAUSES, "ringing", "answered"}:
        raise ValueError("neither a hangup cause nor 'ringing' or 'answered'")
    return text


Duration = Annotated[int, BeforeValidator(_duration_ns)]
Command = Annotated[str, AfterValidator(_command), _only(_START_WORDS)]
StartText = Annotated[str, _only(_START_WORDS)]
StartUrl = Annotated[str, AfterValidator(_http_url), _only(_START_WORDS)]
WebhookUrl = Annotated[str, AfterValidator(_http_url), _only(_ACCOUNT_WORDS)]
CallText = Annotated[str, _only(_CALL_WORDS)]
CallUrl = Annotated[str, AfterValidator(_http_url), _only(_CALL_WORDS)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Part):
    """How we start it. Durations in nanoseconds; `folder` is relative to the profile."""

    command: Command
    ready: StartUrl | None = None
    timeout: Duration = 30_000_000_000
    folder: str = "."
    stop: Duration = 5_000_000_000
    restart: Literal["never"] = "never"


class Ask(_Part):
    """One request that prods the application."""

    method: str = Field(default="POST", pattern=r"^[A-Z]+$")
    url: CallUrl
    json_: Annotated[Any, _only(_CALL_WORDS)] = Field(default=None, alias="json")
    headers: dict[str, CallText] = {}


class Poll(_Part):
    url: CallUrl
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
    url: Annotated[str, AfterValidator(_http_url), _only(())] | None = None
    name: str | None = None
    number: str = Field(default="+12025550100", pattern=r"^\+[1-9][0-9]{6,14}$")
    env: dict[str, StartText] = {}
    redirect: Literal["env", "none"] = "env"
    webhook_url: WebhookUrl
    failover_url: WebhookUrl | None = None
    rewrite: dict[str, Annotated[str, _only(_LOCAL_WORDS)]] = {}
    ask: dict[str, Ask] = {}
    status: Status | None = None
    status_map: dict[Annotated[str, AfterValidator(_state)], str | list[str]] = {}
    audio: Audio = Audio()
    does: list[str] = []
    codecs: list[str] = ["PCMU", "PCMA"]

    @model_validator(mode="after")
    def _one_way_to_run(self) -> "Profile":
        if (self.start is None) == (self.url is None):
            raise ValueError("a profile has exactly one of 'start' and 'url'")
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


class UnknownWord(Exception):
    """A `{word}` that means nothing here; the text is for the profile's author."""


def filled(text: str, words: dict[str, str]) -> str:
    """`text` with each `{word}` replaced; `{{` and `}}` are braces."""

    def replaced(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        word = match[1]
        if word not in words:
            raise UnknownWord(_unknown_word(word, text, words))
        return words[word]

    return _WORD.sub(replaced, text)


def filled_json(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        return filled(value, words)
    if isinstance(value, dict):
        return {key: filled_json(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_json(item, words) for item in value]
    return value
