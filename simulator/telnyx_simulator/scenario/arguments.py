"""What stands behind a verb, in each form that may be written, to the one form that `script.Step` promises."""

from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Final, TypeVar

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.scenario import types, words
from telnyx_simulator.scenario.complaints import Page
from telnyx_simulator.scenario.model import Form, HangupForm, KeysForm, RefusalForm, SoundForm, WebhookForm
from telnyx_simulator.scenario.reading import elements, read, read_value
from telnyx_simulator.scenario.script import Verb
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Sequence

F = TypeVar("F", bound=Form)

# Bare verbs that are short for something; the others have no argument then.
BARE: Final[Table[Verb, JSON]] = {Verb.ANSWER: "human"}


def _dial(node: Node, page: Page) -> JSON:
    page.complain(node.mark, "dial takes nothing: whom and from where stands under the call")
    return None


def _short(form: type[F], key: str, node: Node, page: Page) -> F | None:
    """A mapping, or the value of its principal key alone."""
    if isinstance(node, Mapping):
        return read(form, node, page)
    return read(form, Mapping({key: node.mark}, {key: node}, node.mark), page)


def _ending(form: type[RefusalForm] | type[HangupForm]) -> Callable[[Node, Page], JSON]:
    def read_ending(node: Node, page: Page) -> JSON:
        found = _short(form, "cause", node, page)
        return {"cause": found.cause, "sip": found.sip, "source": found.source} if found else None

    return read_ending


def _play(node: Node, page: Page) -> JSON:
    items = elements(node, page, "a list of clips") if isinstance(node, Sequence) else (node,)
    sounds = [_short(SoundForm, "clip", item, page) for item in items]
    return [{"clip": one.clip, "level_dbfs": one.level, "times": one.times} for one in sounds if one]


def _press(node: Node, page: Page) -> JSON:
    keys = _short(KeysForm, "digits", node, page)
    return {"digits": keys.digits, "tone_ns": keys.tone, "gap_ns": keys.gap} if keys else None


def _webhook(node: Node, page: Page) -> JSON:
    if not isinstance(node, Mapping):
        page.complain(node.mark, "webhook takes a mapping, such as {event: call.hangup}")
        return None
    found = read(WebhookForm, node, page)
    if not found:
        return None
    return {
        "event": found.event,
        "again": found.again,
        "treatment": {"signature": found.signature, "timestamp_ns": found.timestamp},
    }


def _scalar(read_scalar: Callable[[object], str | int]) -> Callable[[Node, Page], JSON]:
    return lambda node, page: read_value(read_scalar, node, page)


READ: Final[Table[Verb, Callable[[Node, Page], JSON]]] = {
    Verb.DIAL: _dial,
    Verb.ANSWER: _scalar(words.answer),
    Verb.REFUSE: _ending(RefusalForm),
    Verb.HANGUP: _ending(HangupForm),
    Verb.PLAY: _play,
    Verb.PRESS: _press,
    Verb.WAIT: _scalar(types.duration_ns),
    Verb.ASK: _scalar(types.word),
    Verb.WEBHOOK: _webhook,
}
