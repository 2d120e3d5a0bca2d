"""The media WebSocket of a call as Telnyx plays it: how it departs from the truth, and what a step does on it."""

import base64
import binascii
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.facts import media
from telnyx_simulator.media.treatment import KINDS, WORDS, Token
from telnyx_simulator.scenario import matchers, types, units, words
from telnyx_simulator.scenario.complaints import Page, quoted, spoken
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.reading import read
from telnyx_simulator.scenario.yaml_text import Mapping, Node

_FRAMINGS: Final = ("bandwidth-efficient", "octet-aligned")
TOKENS: Final = tuple(map(str, Token))
FAILURES: Final = (media.CONNECTION_FAILED,)
# RFC 6455, 7.4: 1005 (a close frame without a code) and 1006 (no close frame at all) are what the peer then sees.
_CLOSE_CODES: Final = (*range(1000, 1004), *range(1005, 1015), *range(3000, 5000))


def message(value: object) -> JSON:
    """What goes onto the WebSocket: a message by name, JSON, `{text: ...}` or `{binary: base64}`."""
    if isinstance(value, str):
        return types.one_word_of("message", WORDS)(value)
    if not isinstance(value, dict) or not value:
        raise ValueError(f"a message is expected here ({', '.join(WORDS)}, or a mapping), found {types.shown(value)}")
    if set(value) == {"binary"}:
        _check_base64(value["binary"])
    if set(value) == {"text"} and not isinstance(value["text"], str):
        raise types.Mistakes([(("text",), f"text is expected here, found {types.shown(value['text'])}; quote it")])
    return matchers.pure(value)


def _check_base64(value: object) -> None:
    try:
        base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise types.Mistakes(
            [(("binary",), f"{types.shown(value)} is not base64; write it as in 'aGVsbG8='")]
        ) from error


def announced(value: object) -> str:
    """A codec as `start` can claim it."""
    found = words.codec(value)
    told, _, last = found.rpartition("/")
    if last in ("le", "be"):
        raise ValueError(f"`start` tells no byte order: write {told}")
    if last in _FRAMINGS:
        raise ValueError(f"`start` tells no framing: write {told}")
    return found


def stream_error(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in media.STREAM_ERRORS:
        codes = ", ".join(f"{code} {title}" for code, (title, _) in media.STREAM_ERRORS.items())
        raise ValueError(f"{types.shown(value)} is no error of a stream ({codes})")
    return value


def close_code(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _CLOSE_CODES:
        raise ValueError(f"{types.shown(value)} closes no WebSocket; write 1000, 1006 (without a word), 1011 or 4000")
    return value


_token = types.one_word_of("token", TOKENS)
_again = types.one_word_of("way to open", ("again",))
_MESSAGE: Final[dict[str, Any]] = {"anyOf": [{"enum": list(WORDS)}, {"type": "object", "minProperties": 1}]}

Message = Annotated[JSON, BeforeValidator(message), WithJsonSchema(_MESSAGE)]
Messages = Annotated[list[Any], BeforeValidator(types.list_of(message, "messages")), types.list_schema(_MESSAGE)]
Kinds = Annotated[
    list[str],
    BeforeValidator(types.list_of(types.one_word_of("message", KINDS), "messages")),
    types.list_schema({"enum": list(KINDS)}),
]
Announced = Annotated[str, BeforeValidator(announced), types.schema(media.CODEC_WORD, "L16/16000")]
TokenWord = Annotated[str, BeforeValidator(_token), types.enum_schema(TOKENS)]
Failure = Annotated[str, BeforeValidator(types.one_word_of("failure", FAILURES)), types.enum_schema(FAILURES)]
StreamError = Annotated[int, BeforeValidator(stream_error), types.enum_schema(tuple(media.STREAM_ERRORS))]
CloseCode = Annotated[int, BeforeValidator(close_code), types.integer_schema(1000, 4999)]
Again = Annotated[str, BeforeValidator(_again), types.enum_schema(("again",))]


class StreamForm(Form):
    """How the media stream of a call departs from the truth; each key defaults to the truth."""

    knows = "a stream"
    stream_codec: words.Codec | None = Field(None, description="The codec in which we send.")
    announces: Announced | None = Field(None, description="The codec that `start` claims.")
    return_codec: words.Codec | None = Field(None, description="The codec in which what comes back is read.")
    open_delay_ns: units.Duration | None = Field(None, alias="open_delay", description="The WebSocket opens late.")
    start_delay_ns: units.Duration | None = Field(None, alias="start_delay", description="`start` comes late.")
    before_start: Messages = Field([], description="Messages put in before `start`.")
    skip: Kinds = Field([], description="Kinds of messages that are left out.")
    fail: Failure | None = Field(None, description="We cannot connect, and `streaming.failed` says so.")
    token: TokenWord = Field("own", description="The token of the upgrade.")


class StreamStepForm(Form):
    """Something on the WebSocket, now: one of `send`, `error`, `close` and `open`."""

    knows = "stream"
    send: Message | None = Field(None, description="A message by name, JSON, `{text: ...}` or `{binary: base64}`.")
    error: StreamError | None = Field(None, description="An error message with this code.")
    close: CloseCode | None = Field(None, description="Close with this code; 1006: cut without a word.")
    open: Again | None = Field(None, description="A second WebSocket to the same URL.")
    token: TokenWord = Field("own", description="The token of a second WebSocket.")


_ACTS: Final = tuple(key for key in StreamStepForm.known() if key != "token")


def read_stream(node: Node, page: Page) -> dict[str, JSON]:
    """The treatment under a call's `stream`, as `script.Person` has it."""
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "a stream is a mapping, such as {announces: L16/16000}")
        return {}
    acts = [key for key in node.values if key in _ACTS]
    for key in acts:
        page.complain(node.keys[key], f"{quoted(key)} happens at a moment: make it a step, `- stream: {{{key}: ...}}`")
    form = read(StreamForm, node, page) if not acts else None
    return form.given() if form else {}


def read_stream_step(node: Node, page: Page) -> JSON:
    """The argument of the step `stream`, as `script.Step` has it."""
    if not isinstance(node, Mapping):
        page.complain(node.mark, "stream takes a mapping, such as {send: stop}")
        return None
    treatments = [key for key in node.values if key in StreamForm.known() and key != "token"]
    for key in treatments:
        page.complain(node.keys[key], f"{quoted(key)} holds from the start: write it under the call's `stream:`")
    acts = [key for key in node.values if key in _ACTS]
    if treatments:
        return None
    if len(acts) > 1:
        page.complain(node.mark, f"stream does one thing, found {spoken(acts)}; make each a step")
        return None
    form = read(StreamStepForm, node, page)
    if form is None:
        return None
    if not acts:
        page.complain(node.mark, f"stream does one thing ({', '.join(_ACTS)})")
        return None
    if "token" in node.values and "open" not in node.values:
        page.complain(node.keys["token"], "'token' belongs to {open: again}; no other message carries one")
        return None
    return form.given() | ({"token": form.token} if form.open else {})
