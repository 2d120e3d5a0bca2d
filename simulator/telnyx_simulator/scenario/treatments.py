"""Treatments: how deliveries of events, and replies to commands, depart from the truth.

The rules of a run (`webhooks:`, `commands:`) and the step `webhook` share their keys. What comes out has the names of
`signaling.inputs.Treatment` and `CommandTreatment`, in JSON, and only what was written.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.facts import durations
from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.header_styles import HEADER_STYLES
from telnyx_simulator.scenario import matchers, types, units, words
from telnyx_simulator.scenario.complaints import Page, quoted, spoken
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.reading import elements, read
from telnyx_simulator.scenario.yaml_text import Mapping, Node, Scalar, Sequence

ALL: Final = "all"
_EVENT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")


def duplicates_ns(value: object) -> list[int]:
    """How long after the first each further copy is sent: a duration, or a list."""
    if isinstance(value, list):
        if not value:
            raise ValueError("a list of durations is expected here, found none")
        return types.list_of(units.duration_ns, "durations")(value)
    return [units.duration_ns(value)]


def event_name(value: object) -> str:
    """The name of an event, on Telnyx's list or off it."""
    if not isinstance(value, str) or not _EVENT_NAME.fullmatch(value):
        raise ValueError(f"{types.shown(value)} is no name of an event; write call.mystery")
    return str(value)


def field_name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"the name of a field is expected here, found {types.shown(value)}")
    return str(value)


def headers(value: object) -> JSON:
    """How the headers of a delivery are spelled, or headers to add."""
    if isinstance(value, str):
        return types.one_word_of("style of headers", tuple(HEADER_STYLES))(value)
    return dict(matchers.header_texts(value))


def error(value: object) -> dict[str, JSON]:
    """`90018`: a code of Telnyx's and its documented status; `503`: HTTP alone; `{code, status}`: one of several."""
    if isinstance(value, dict):
        return _code_and_status(value)
    code = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if re.fullmatch(r"[45]\d\d", code):
        return {"error_status": int(code)}
    statuses = _known_statuses(code, value)
    if len(statuses) > 1:
        listed = spoken([str(status) for status in statuses])
        raise ValueError(f"{code} comes with {listed}: write {{code: {code}, status: {statuses[-1]}}}")
    return {"error_code": code, "error_status": statuses[0]}


def _code_and_status(value: dict[str, Any]) -> dict[str, JSON]:
    if set(value) != {"code", "status"}:
        raise ValueError("an error is a code, an HTTP status, or both: {code: 10015, status: 422}")
    try:
        statuses = _known_statuses(str(value["code"]), value["code"])
    except ValueError as unknown:
        raise types.Mistakes([(("code",), str(unknown))]) from unknown
    if value["status"] not in statuses or isinstance(value["status"], bool):
        listed = " or ".join(map(str, statuses))
        found = types.shown(value["status"])
        raise types.Mistakes([(("status",), f"{value['code']} comes with {listed}, found {found}")])
    return {"error_code": str(value["code"]), "error_status": value["status"]}


def _known_statuses(code: str, value: object) -> list[int]:
    known = error_codes()
    if code not in known:
        raise ValueError(f"unknown error {types.shown(value)}; write an HTTP status or a code ({', '.join(known)})")
    return known[code]


def error_codes() -> dict[str, list[int]]:
    """Telnyx's codes and the HTTP statuses that each comes with; our own refusals are none of them."""
    codes: dict[str, list[int]] = {}
    for name, fact in sorted(ERRORS.items(), key=lambda item: (item[1].code, item[1].status)):
        if name != "not_built_yet" and fact.status not in codes.setdefault(fact.code, []):
            codes[fact.code].append(fact.status)
    return codes


_DURATION_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{durations.PATTERN}$"}
_ERROR_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "integer", "minimum": 400},
        {"type": "string", "pattern": "^[0-9]{3,5}$"},
        {
            "type": "object",
            "properties": {"code": {"type": "integer"}, "status": {"type": "integer"}},
            "required": ["code", "status"],
            "additionalProperties": False,
        },
    ]
}

Nth = Annotated[int, BeforeValidator(types.integer(1, 10_000)), types.integer_schema(1, 10_000)]
Times = Annotated[int, BeforeValidator(types.integer(1, 100)), types.integer_schema(1, 100)]
Duplicates = Annotated[
    list[int],
    BeforeValidator(duplicates_ns),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, {"type": "array", "items": _DURATION_SCHEMA, "minItems": 1}]}),
]
EventName = Annotated[str, BeforeValidator(event_name), types.schema(_EVENT_NAME.pattern, "call.mystery")]
FieldNames = Annotated[
    list[str], BeforeValidator(types.list_of(field_name, "names of fields")), types.list_schema({"type": "string"})
]
Headers = Annotated[
    JSON, BeforeValidator(headers), WithJsonSchema({"anyOf": [{"enum": list(HEADER_STYLES)}, matchers.MAPPING]})
]
Error = Annotated[dict[str, Any], BeforeValidator(error), WithJsonSchema(_ERROR_SCHEMA)]


class TreatmentForm(Form):
    """How deliveries of an event depart from the truth."""

    knows = "a treatment"
    nth: Nth | None = Field(None, description="Only the nth of its type.")
    share: units.Share | None = Field(None, description="Only this share of them.")
    delay_ns: units.Duration = Field(0, alias="delay", description="Later by so much.")
    jitter_ns: units.Duration = Field(0, alias="jitter", description="Later by up to so much more: hence reordering.")
    after: words.Event | None = Field(None, description="Held until that event was delivered.")
    duplicate_ns: Duplicates = Field(
        [], alias="duplicate", description="Once more after so long (`0ms`: at the same time); a list: several."
    )
    drop: types.Boolean = Field(False, description="Never delivered.")
    lose_ack: Times = Field(0, description="So many replies never reach us: retries, then failover.")
    with_: matchers.Payload = Field({}, alias="with", description="Fields of the payload, replaced.")
    without: FieldNames = Field([], description="Fields of the payload, removed.")
    rename: EventName | None = Field(None, description="Another event type, on Telnyx's list or off it.")
    shape: words.ShapeWord | None = Field(None, description="The shape of the body.")
    headers: Headers | None = Field(None, description="A style of headers, or headers to add.")
    signature: words.Signature = Field("genuine", description="How it is signed, or forged.")
    timestamp_ns: units.Offset = Field(0, alias="timestamp", description="Offset of the timestamp, honestly signed.")


class WebhookForm(TreatmentForm):
    """One extra webhook, as if the event had happened."""

    knows = "webhook"
    event: words.Event = Field(description="The event; nothing happens in the switch.")
    again: types.Boolean = Field(False, description="The last webhook of this event, byte for byte.")
    to: words.Address | None = Field(
        None, description="`each`: to each URL that the application gave for webhooks of this run."
    )


class CommandTreatmentForm(Form):
    """How REST commands are answered."""

    knows = "a treatment"
    nth: Nth | None = Field(None, description="Only the nth of its kind.")
    share: units.Share | None = Field(None, description="Only this share of them.")
    delay_ns: units.Duration = Field(
        0, alias="delay", description="It takes effect at once and the reply is late: its webhooks come first."
    )
    error: Error | None = Field(None, description="A code of Telnyx's, an HTTP status, or both; no effect.")
    lose_reply: types.Boolean = Field(False, description="It takes effect, then the connection is cut.")
    reset: types.Boolean = Field(False, description="The connection is cut before any effect.")


_SELECTS: Final = ("nth", "share")
# Flags, and the keys that say nothing where one of them is up.
_AGAINST: Final[Table[str, tuple[str, tuple[str, ...]]]] = {
    "drop": ("is never delivered", tuple(key for key in TreatmentForm.known() if key not in (*_SELECTS, "drop"))),
    "again": ("is the same, byte for byte", ("with", "without", "rename", "shape")),
}
_NOT_OF_ONE: Final = (*_SELECTS, "drop")
_ENDS: Final = ("error", "lose_reply", "reset")


def read_webhooks(node: Node, page: Page) -> tuple[dict[str, JSON], ...]:
    """`webhooks:` as `script.Scenario` has it: rules in the order in which they are tried."""
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "'webhooks' is a mapping: event or 'all' -> treatment, or a list of treatments")
        return ()
    return _rules("event", node, ALL, words.event, _treatment, page)


def read_commands(node: Node, page: Page) -> tuple[dict[str, JSON], ...]:
    """`commands:` as `script.Scenario` has it."""
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "'commands' is a mapping: command or 'any' -> treatment, or a list of treatments")
        return ()
    return _rules("command", node, words.ANY, words.command, _command_treatment, page)


def _rules(
    what: str,
    node: Mapping,
    everything: str,
    parse: Callable[[object], str],
    read_one: Callable[[str, Mapping, Page], dict[str, JSON] | None],
    page: Page,
) -> tuple[dict[str, JSON], ...]:
    """`everything` is the name that fits all, whose rules come last."""
    rules: list[dict[str, JSON]] = []
    for name, inner in node.values.items():
        if name != everything:
            try:
                parse(name)
            except ValueError as unknown:
                page.complain(node.keys[name], str(unknown))
        items = elements(inner, page, "a list of treatments") if isinstance(inner, Sequence) else (inner,)
        for item in items:
            if not isinstance(item, Mapping) or not item.values:
                page.complain(item.mark, "a treatment is a mapping with at least one key, such as {delay: 2s}")
                continue
            if item is not items[-1] and not set(_SELECTS) & set(item.values):
                page.complain(item.mark, "what comes after a treatment without 'nth' and 'share' is never reached")
            treatment = read_one(name, item, page)
            if treatment is not None:
                rules.append({what: name, "treatment": treatment})
    return tuple(sorted(rules, key=lambda rule: rule[what] == everything))


def _treatment(event: str, node: Mapping, page: Page) -> dict[str, JSON] | None:
    form = read(TreatmentForm, node, page)
    if form is None:
        return None
    _complain_of_clashes(node, page)
    if form.after == event:
        page.complain(node.values["after"].mark, f"{quoted(event)} cannot wait for itself")
    if set(node.values) <= set(_SELECTS):
        page.complain(node.mark, "this chooses deliveries and does nothing to them; add a key such as 'delay'")
    return form.given()


def _command_treatment(command: str, node: Mapping, page: Page) -> dict[str, JSON] | None:
    form = read(CommandTreatmentForm, node, page)
    if form is None:
        return None
    ends = [key for key in _ENDS if key in node.values]
    if len(ends) > 1:
        page.complain(node.mark, f"a command ends in one way, found {spoken(ends)}")
    if "reset" in node.values and "delay" in node.values:
        page.complain(node.keys["delay"], "where the connection is cut there is no reply that could be late")
    if set(node.values) <= set(_SELECTS):
        page.complain(
            node.mark, f"this chooses commands and does nothing to them; add one of {spoken(('delay', *_ENDS))}"
        )
    given = form.given()
    found = given.pop("error", None)
    return given | (found if isinstance(found, dict) else {})


def read_webhook_step(node: Node, page: Page) -> JSON:
    """The argument of the step `webhook`, as `script.Step` has it."""
    if not isinstance(node, Mapping):
        page.complain(node.mark, "webhook takes a mapping, such as {event: call.hangup}")
        return None
    form = read(WebhookForm, node, page)
    if form is None:
        return None
    _complain_of_clashes(node, page)
    for key in _NOT_OF_ONE:
        if key in node.values:
            page.complain(
                node.keys[key], f"{quoted(key)} says nothing of one webhook; it is for rules under `webhooks:`"
            )
    treatment = {name: value for name, value in form.given().items() if name not in ("event", "again", "to")}
    to = {"to": form.to} if form.to else {}
    return {"event": form.event, "again": form.again, **to, "treatment": treatment}


def _complain_of_clashes(node: Mapping, page: Page) -> None:
    for key, (why, others) in _AGAINST.items():
        flag = node.values.get(key)
        if not isinstance(flag, Scalar) or flag.value is not True:
            continue
        for other in others:
            if other in node.values:
                page.complain(node.keys[other], f"{quoted(other)} says nothing where {quoted(key)} stands: it {why}")
