"""What a scenario says of Telnyx: how deliveries and replies are treated, how the account is set, what is assumed.

Theory of operation. The rules of a run are tried in their order, and the first that fits holds. A rule fits the event
or command that it names (`all`, `any`: each of them), of these only the `nth` where it says so, and only a `share`,
drawn for each. `nth` counts within the run, over all of its legs, because the rules are of the run; and it counts what
is of one type, so that under `all` the second is the second `call.answered` as well as the second `call.hangup`. What
the `webhook` step sends is no event of the run and is not counted.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.events import Event, Replied
from telnyx_simulator.signaling.inputs import CommandTreatment, Treatment

EVERY_EVENT: Final = "all"
EVERY_COMMAND: Final = "any"
GENUINE: Final = Treatment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many dials a second Telnyx takes (evaluated over 5 s), and how many outgoing calls there may be at once."""

    dials: float | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one run; without any, Telnyx is as it is.

    `webhooks` and `commands` are pairs of a name and a treatment. The rest is the account's: where it is None, the
    application's own fields hold. `failover` is a URL; False: no failover, True: the application's own. A
    `trial` account has calls with verified numbers only.
    """

    webhooks: tuple[tuple[str, Treatment], ...] = ()
    commands: tuple[tuple[str, CommandTreatment], ...] = ()
    webhook_timeout_ns: int | None = None
    webhook_retries_ns: tuple[int, ...] | None = None
    failover: str | bool | None = None
    hang_up_on_timeout: bool = False
    call_cost: bool | None = None
    first_command_timeout_ns: int | None = None
    limits: Limits = field(default_factory=Limits)
    trial: bool = False
    assume: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(
        *,
        webhooks: Sequence[Mapping[str, Any]] = (),
        commands: Sequence[Mapping[str, Any]] = (),
        account: Mapping[str, Any] | None = None,
        assume: Mapping[str, str] | None = None,
    ) -> "Rules":
        """From normalised JSON, as `scenario.script.Scenario` has it."""
        given = account or {}
        retries = given.get("webhook_retries_ns")
        return Rules(
            webhooks=tuple((rule["event"], treatment_of(rule["treatment"])) for rule in webhooks),
            commands=tuple((rule["command"], CommandTreatment(**rule["treatment"])) for rule in commands),
            webhook_timeout_ns=given.get("webhook_timeout_ns"),
            webhook_retries_ns=None if retries is None else tuple(retries),
            failover=given.get("failover"),
            hang_up_on_timeout=given.get("hang_up_on_timeout", False),
            call_cost=given.get("call_cost"),
            first_command_timeout_ns=given.get("first_command_timeout_ns"),
            limits=Limits(**given.get("limits", {})),
            trial="verified_numbers" in given,
            assume=dict(assume or {}),
        )

    def assumed(self, fact: str) -> str:
        """The alternative of `facts.assumptions` that holds in this run."""
        return self.assume.get(fact, ASSUMPTIONS[fact].default)


NO_RULES: Final = Rules()


def treatment_of(given: Mapping[str, Any]) -> Treatment:
    """A treatment from normalised JSON, which has lists where it has tuples."""
    fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in given.items()}
    return Treatment(**fields)


_USUAL: Final = Treatment()
_USUAL_COMMAND: Final = CommandTreatment()


def given_of(treatment: Treatment | CommandTreatment) -> dict[str, Any]:
    """What a treatment departs in, as JSON: the fields that are not as usual."""
    usual = _USUAL if isinstance(treatment, Treatment) else _USUAL_COMMAND
    names = [
        name
        for name in (one.name for one in dataclasses.fields(usual))
        if getattr(treatment, name) != getattr(usual, name)
    ]
    given = dataclasses.asdict(treatment) if names else {}
    given = {name: given[name] for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


class Treatments:
    """Which rule holds for the next event, and for the next command: it counts what came so far.

    The rules may be replaced in mid-run; what was counted stays.
    """

    def __init__(self, rules: Rules, draws: Draws) -> None:
        self.rules = rules
        self._draws = draws
        self._counts: Counter[tuple[str, ...]] = Counter()

    def of_event(self, call_leg_id: str, event_type: str) -> Treatment:
        fits = self._fits(EVERY_EVENT, event_type, call_leg_id)
        return next((one for n, (name, one) in enumerate(self.rules.webhooks) if fits(n, name, one)), GENUINE)

    def of_command(self, call_leg_id: str | None, command: str) -> CommandTreatment | None:
        fits = self._fits(EVERY_COMMAND, command, call_leg_id or "account")
        return next((one for n, (name, one) in enumerate(self.rules.commands) if fits(n, name, one)), None)

    def _fits(self, every: str, what: str, about: str) -> Callable[[int, str, Treatment | CommandTreatment], bool]:
        """Count one of `what`; the answer tells whether the rule number `n` fits it."""
        self._counts[every, what] += 1
        self._counts[every, what, about] += 1
        nth, of_this_leg = self._counts[every, what], self._counts[every, what, about]
        # Drawn by leg, so that a call beside it shifts no draw of this one.
        draws = self._draws.within("rules", about, what)

        def fits(n: int, name: str, treatment: Treatment | CommandTreatment) -> bool:
            if name not in (what, every) or treatment.nth not in (None, nth):
                return False
            return treatment.share is None or draws.uniform(f"share {n}", of_this_leg) < treatment.share

        return fits


def treated(treatment: CommandTreatment | None, call_leg_id: str | None, act: Callable[[], list[Event]]) -> list[Event]:
    """Answer a command as its treatment wants. `act` carries it out; its first event is the true reply."""
    if treatment is None:
        return act()
    if treatment.reset:
        return [Replied(None, {}, call_leg_id, treatment=treatment)]
    if treatment.error_code is not None or treatment.error_status is not None:
        status, body = rest.forced(treatment.error_code, treatment.error_status)
        return [Replied(status, body, call_leg_id, treatment=treatment)]
    reply, *others = act()
    assert isinstance(reply, Replied)
    status_ = None if treatment.lose_reply else reply.status
    return [dataclasses.replace(reply, status=status_, treatment=treatment), *others]
