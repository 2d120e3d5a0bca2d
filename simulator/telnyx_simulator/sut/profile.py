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
_LOCAL_class UnknownWord(Exception):
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
