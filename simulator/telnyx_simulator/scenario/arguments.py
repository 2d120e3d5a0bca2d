"""What stands behind a verb, in each form that may be written, to the one form that `script.Step` promises."""

from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Final, TypeVar

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario import lines, streams, treatments, types, units, words
from telnyx_simulator.scenario.complaints import Page
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.model import BargeForm, HangupForm, KeysForm, MicForm, RefusalForm, SoundForm
from telnyx_simulator.scenario.reading import elements, read, read_value
from telnyx_simulator.scenario.script import Verb
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Sequence

F = TypeVar("F", bound=Form)

# Bare verbs that are short for something; the others have no argument then.
BARE: Final[Table[Verb, JSON]] = {Verb.ANSWER: "human"}

# The key of a verb's mapping whose value is the short form.
PRINCIPAL: Final[Table[Verb, str]] = {
    Verb.REFUSE: "cause",
    Verb.HANGUP: "cause",
    Verb.PLAY: "clip",
    Verb.BARGE_IN: "clip",
    Verb.PRESS: "digits",
    Verb.WEBHOOK: "event",
    Verb.EXPECT: "command",
    Verb.ABSENT: "command",
}


def _short(form: type[F], verb: Verb, node: Node, page: Page) -> F | None:
    """A mapping, or the value of its principal key alone."""
    if isinstance(node, Mapping):
        return read(form, node, page)
    key = PRINCIPAL[verb]
    return read(form, Mapping({key: node.mark}, {key: node}, node.mark), page)


def _nothing(says: str) -> Callable[[Node, Page], JSON]:
    def refuse(node: Node, page: Page) -> JSON:
        page.complain(node.mark, says)
        return None

    return refuse


def _refuse(node: Node, page: Page) -> JSON:
    found = _short(RefusalForm, Verb.REFUSE, node, page)
    return {"cause": found.cause, "sip": found.sip, "source": found.source} if found else None


def _hangup(node: Node, page: Page) -> JSON:
    found = _short(HangupForm, Verb.HANGUP, node, page)
    return {"cause": found.cause, "sip": found.sip, "source": found.source} if found else None


def _play(node: Node, page: Page) -> JSON:
    items = elements(node, page, "a list of clips") if isinstance(node, Sequence) else (node,)
    sounds = [_short(SoundForm, Verb.PLAY, item, page) for item in items]
    return [{"clip": one.clip, "level_dbfs": one.level_dbfs, "times": one.times} for one in sounds if one]


def _barge_in(node: Node, page: Page) -> JSON:
    found = _short(BargeForm, Verb.BARGE_IN, node, page)
    return {"clip": found.clip, "level_dbfs": found.level_dbfs, "times": 1} if found else None


def _mic(node: Node, page: Page) -> JSON:
    found = read(MicForm, Mapping({"mic": node.mark}, {"mic": node}, node.mark), page)
    return found.mic if found else None


def _press(node: Node, page: Page) -> JSON:
    keys = _short(KeysForm, Verb.PRESS, node, page)
    return {"digits": keys.digits, "tone_ns": keys.tone_ns, "gap_ns": keys.gap_ns} if keys else None


def _line(node: Node, page: Page) -> JSON:
    return lines.read_line(node, page)


def _scalar(read_scalar: Callable[[object], str | int]) -> Callable[[Node, Page], JSON]:
    return lambda node, page: read_value(read_scalar, node, page)


READ: Final[Table[Verb, Callable[[Node, Page], JSON]]] = {
    Verb.DIAL: _nothing("dial takes nothing: whom and from where stands under the call"),
    Verb.ANSWER: _scalar(words.answer),
    Verb.REFUSE: _refuse,
    Verb.HANGUP: _hangup,
    Verb.PLAY: _play,
    Verb.BARGE_IN: _barge_in,
    Verb.MIC: _mic,
    Verb.PRESS: _press,
    Verb.HOLD: _nothing("hold takes nothing; `- unhold` ends it"),
    Verb.UNHOLD: _nothing("unhold takes nothing"),
    Verb.WAIT: _scalar(units.duration_ns),
    Verb.ASK: _scalar(types.word),
    Verb.LINE: _line,
    Verb.STREAM: streams.read_stream_step,
    Verb.WEBHOOK: treatments.read_webhook_step,
}
