"""The Telnyx account at the start of a run, and what is assumed of Telnyx where evidence disagrees."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from telnyx_simulator.checks.expectations import JSON
from telnyx_simulator.facts import durations, limits
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.scenario import matchers, types, units, words
from telnyx_simulator.scenario.complaints import Page, hint, quoted
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.reading import read, read_value
from telnyx_simulator.scenario.yaml_text import Mapping, Node, plain
from telnyx_simulator.signaling import rest

_CREATE: Final = OPERATIONS["application.create"]
# The key above the fields is the application's name.
_NAME: Final = "application_name"
FIELDS: Final = tuple(name for name in _CREATE.params if name != _NAME)

_URL: Final = re.compile(r"https?://[^\s/]+(?:/\S*)?")
_S_NS: Final = 1_000_000_000
_TIMEOUT_NS_MAX: Final = 30 * _S_NS  # spec: `webhook_timeout_secs`


def webhook_timeout_ns(value: object) -> int:
    found = units.positive_duration_ns(value)
    if found > _TIMEOUT_NS_MAX:
        raise ValueError(f"Telnyx waits for a reply for 30s at most, found {types.shown(value)}")
    return found


def webhook_retries_ns(value: object) -> list[int]:
    """The waits before attempts 2, 3 and so on; an empty list: no retries."""
    found = types.list_of(units.duration_ns, "durations")(value)
    if len(found) > limits.RETRIES_MAX:
        raise ValueError(f"Telnyx tries at most {limits.RETRIES_MAX} times more, found {len(found)} waits")
    if sum(found) > limits.RETRIES_SUM_MS_MAX * 1_000_000:
        raise ValueError("the waits before retries come to 60s at most")
    return found


def failover(value: object) -> bool | str:
    """Whether there is a failover URL, or which."""
    if isinstance(value, str) and _URL.fullmatch(value):
        return str(value)
    if not isinstance(value, bool):
        raise ValueError(f"{types.shown(value)} is no failover; write true (the profile's), false or a URL")
    return value


_DURATIONS: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{durations.PATTERN}$"}

Timeout = Annotated[int, BeforeValidator(webhook_timeout_ns), WithJsonSchema(_DURATIONS)]
Retries = Annotated[list[int], BeforeValidator(webhook_retries_ns), types.list_schema(_DURATIONS)]
Failover = Annotated[
    bool | str,
    BeforeValidator(failover),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": f"^{_URL.pattern}$"}]}),
]


class LimitsForm(Form):
    """Limits of the account."""

    knows = "limits"
    dials: units.PerSecond | None = Field(None, description="So many dials in a second.")
    channels: types.Repetitions | None = Field(None, description="So many legs at one time.")


class AccountForm(Form):
    """The Telnyx account as it is when the run begins; what is not said is as in any other run."""

    knows = "an account"
    applications: Any = Field(None, description="Call Control applications beside the profile's: name -> its fields.")
    numbers: Any = Field(None, description="Numbers beside the profile's: phone -> name of the application.")
    verified_numbers: list[types.Phone] = Field(
        [], description="It is a trial account: it has calls with these numbers only."
    )
    webhook_timeout_ns: Timeout = Field(
        limits.WEBHOOK_TIMEOUT_MS * 1_000_000, alias="webhook_timeout", description="How long a reply may take."
    )
    webhook_retries_ns: Retries = Field(
        [], alias="webhook_retries", description="The waits before attempts 2, 3 ...; an empty list: no retries."
    )
    failover: Failover = Field(
        True, description="The failover URL in the portal; `true`: the profile's, `false`: none."
    )
    hang_up_on_timeout: types.Boolean = Field(
        False, description="A call ends when the webhook that begins it is not answered in time."
    )
    call_cost: types.Boolean = Field(False, description="`call.cost` comes after the end of a call.")
    first_command_timeout_ns: units.PositiveDuration | None = Field(
        None, alias="first_command_timeout", description="An incoming call ends when no command comes in this time."
    )
    limits: LimitsForm | None = Field(None, description="What the account may do at most.")


def read_account(node: Node, page: Page) -> dict[str, JSON]:
    """`account:` as `script.Scenario` has it."""
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "'account' is a mapping, such as {webhook_timeout: 2s}")
        return {}
    form = read(AccountForm, node, page)
    applications = node.values.get("applications")
    names: list[str] = []
    if applications is not None:
        names = _read_applications(applications, page)
    if "numbers" in node.values:
        _read_numbers(node.values["numbers"], names, page)
    if form is None:
        return {}
    return {name: matchers.pure(value) for name, value in form.given().items()}


def _read_applications(node: Node, page: Page) -> list[str]:
    """The names of the applications; their fields are those of Telnyx's, kept to its rules."""
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "'applications' is a mapping: name -> the fields of a Call Control application")
        return []
    for name, fields in node.values.items():
        if not isinstance(fields, Mapping) or not fields.values:
            page.complain(node.keys[name], "an application has fields: {webhook_event_url: https://...}")
            continue
        for field in fields.values:
            if field not in FIELDS:
                page.complain(fields.keys[field], f"an application knows no {quoted(field)}{hint(field, FIELDS)}")
        try:
            rest.validated(_CREATE, {_NAME: name, **plain(fields)})
        except rest.Refused as refused:
            for error in refused.body["errors"]:
                field = error["source"]["pointer"].strip("/")
                mark = fields.values[field].mark if field in fields.values else fields.mark
                page.complain(mark, f"Telnyx takes no such application: {error['detail']}")
    return list(node.values)


def _read_numbers(node: Node, applications: list[str], page: Page) -> None:
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, "'numbers' is a mapping: phone number -> name of its application")
        return
    for number, name in node.values.items():
        try:
            types.e164(number)
        except ValueError as wrong:
            page.complain(node.keys[number], str(wrong))
        found = read_value(types.text, name, page)
        if found is not None and found not in applications:
            known = tuple(applications)
            where = hint(found, known) if known else "; name it under 'applications'"
            page.complain(name.mark, f"unknown application {quoted(found)}{where}")


def read_assume(node: Node, page: Page) -> dict[str, str]:
    """`assume:` as `script.Scenario` has it: fact -> alternative."""
    if not isinstance(node, Mapping) or not node.values:
        page.complain(node.mark, f"'assume' is a mapping: fact -> alternative ({', '.join(ASSUMPTIONS)})")
        return {}
    found = {}
    for fact, inner in node.values.items():
        try:
            words.fact(fact)
        except ValueError as unknown:
            page.complain(node.keys[fact], str(unknown))
            continue
        parse = types.one_word_of("alternative", tuple(ASSUMPTIONS[fact].alternatives))
        alternative = read_value(parse, inner, page)
        if alternative is not None:
            found[fact] = alternative
    return found
