"""The account: Call Control applications, and the numbers routed to them.

One account serves every run of an invocation, as one Telnyx account would; everything else about a run is its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.operations import OPERATIONS, Operation
from telnyx_simulator.signaling import identifiers, rest
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.listing import listed
from telnyx_simulator.signaling.payloads import iso_ms

_DEFAULTS: dict[str, Any] = {
    "record_type": "call_control_application",
    "active": True,
    "anchorsite_override": "Latency",
    "webhook_event_failover_url": "",
    "webhook_api_version": "1",
    "webhook_timeout_secs": None,
    "first_command_timeout": False,
    "first_command_timeout_secs": 30,
    "dtmf_type": "RFC 2833",
    "call_cost_in_webhooks": False,
    "redact_dtmf_debug_logging": False,
    "inbound": {},
    "outbound": {},
    "tags": [],
}
_COUNTRIES = (("+1", "US"), ("+44", "GB"), ("+61", "AU"))
# What tells nothing about how the account is set.
_STAMPS = frozenset({"created_at", "updated_at", "purchased_at"})


@dataclass(frozen=True, slots=True, eq=False)
class SetUp:
    """What one run brought into the account: ids of applications and numbers, and where known numbers led before."""

    applications: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    rerouted: dict[str, str] = field(default_factory=dict)


class Account:
    """Applications and numbers by id; the values are REST resources, ready to be sent. `unix_ns` is wall time."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws.within("account")
        self._minted = 0
        self.applications: dict[str, dict[str, Any]] = {}
        self.numbers: dict[str, dict[str, Any]] = {}
        self.user_id = identifiers.random_uuid(self._draws, "user_id", 0)
        self._set_ups: list[SetUp] = []
        # Where this Telnyx is: files that webhooks name are below it.
        self.base_url = ""
        self.siprec_connectors: dict[str, dict[str, Any]] = {}

    def set_up(self, given: Mapping[str, Any], unix_ns: int) -> SetUp:
        """Bring a run's applications (name -> fields) and numbers (phone -> application's name) into the account.

        LookupError where a number is to lead to an application that nobody knows.
        """
        token = SetUp()
        self._set_ups.append(token)
        names = {one["application_name"]: key for key, one in self.applications.items()}
        for name, fields in given.get("applications", {}).items():
            known = {"webhook_event_url": "", "webhook_api_version": "2"} | fields
            names[name] = self.add_application(name, unix_ns=unix_ns, **known)
            token.applications.append(names[name])
        for number, name in given.get("numbers", {}).items():
            if name not in names:
                self.take_down(token)
                raise LookupError(f"no application is called {name!r}, to which {number} is to lead")
            key = next((key for key, one in self.numbers.items() if one["phone_number"] == number), None)
            if key is None:
                token.numbers.append(self.add_number(number, names[name], unix_ns))
            else:
                token.rerouted[key] = self.numbers[key]["connection_id"]
                self.numbers[key] |= {"connection_id": names[name]}
        self._name_connections()
        return token

    def take_down(self, token: SetUp) -> None:
        """Take out again what is left of it. What the application made of the account meanwhile is its own affair."""
        self._set_ups.remove(token)
        for key in token.numbers:
            self.numbers.pop(key, None)
        for key in token.applications:
            self.applications.pop(key, None)
        for key, connection_id in token.rerouted.items():
            if key in self.numbers:
                self.numbers[key] |= {"connection_id": connection_id}
        self._name_connections()

    def snapshot(self, token: SetUp | None = None) -> dict[str, Any]:
        """How the account is set, as JSON: applications by id, numbers by phone, both without their timestamps.

        With a run's token: as this run sees it, without what other runs brought.
        """
        others = [one for one in self._set_ups if token is not None and one is not token]
        foreign = {key for one in others for key in (*one.applications, *one.numbers)}
        numbers = {one["phone_number"]: one for key, one in self.numbers.items() if key not in foreign}
        applications = {key: one for key, one in self.applications.items() if key not in foreign}
        return {"applications": _settings(applications), "numbers": _settings(numbers)}

    def add_application(self, name: str, webhook_event_url: str, unix_ns: int, **fields: Any) -> str:
        key = self._mint("connection_id")
        stamp = iso_ms(unix_ns)
        self.applications[key] = {
            **_DEFAULTS,
            "id": key,
            "application_name": name,
            "webhook_event_url": webhook_event_url,
            "created_at": stamp,
            "updated_at": stamp,
            **fields,
        }
        return key

    def add_number(self, number: str, connection_id: str, unix_ns: int) -> str:
        key = self._mint("number_id")
        stamp = iso_ms(unix_ns)
        self.numbers[key] = {
            "id": key,
            "record_type": "phone_number",
            "phone_number": number,
            "country_iso_alpha2": next((code for prefix, code in _COUNTRIES if number.startswith(prefix)), "US"),
            "status": "active",
            "tags": [],
            "external_pin": None,
            "phone_number_type": "local",
            "connection_id": connection_id,
            "connection_name": self._name_of(connection_id),
            "customer_reference": None,
            "deletion_lock_enabled": False,
            "created_at": stamp,
            "purchased_at": stamp,
            "updated_at": stamp,
        }
        return key

    def connection_of(self, number: str) -> str | None:
        """The application that a number is routed to, if there is one and it is active."""
        for resource in self.numbers.values():
            if resource["phone_number"] == number:
                key: str = resource["connection_id"]
                return key if self.applications.get(key, {}).get("active") else None
        return None

    def handle(self, command: RestCommand, unix_ns: int) -> tuple[int, dict[str, Any]]:
        """Status and body of a request about applications or numbers; `rest.Refused` where Telnyx would refuse."""
        operation = OPERATIONS[command.operation]
        family, verb = command.operation.split(".")
        tables = {"application": self.applications, "number": self.numbers}
        if family not in tables or verb not in ("list", "create", "retrieve", "update", "delete"):
            raise rest.refused("not_built_yet", name=command.operation)
        table = tables[family]
        if operation.many:
            query: dict[str, str] = command.body or {}
            return 200, listed(operation, list(table.values()), query)
        if verb == "create":
            given = _known(operation, command.body)
            name, url = given.pop("application_name"), given.pop("webhook_event_url")
            key = self.add_application(name, url, unix_ns, **given)
            return 201, {"data": table[key]}
        key = command.path_id or ""
        if key not in table:
            raise rest.refused("not_found")
        if verb == "update":
            given = _known(operation, command.body)
            if given.get("connection_id", "") not in ("", *self.applications):
                detail = "The requested connection_id does not exist."
                raise rest.refused("invalid_value", pointer="/connection_id", detail=detail)
            table[key] = table[key] | given | {"updated_at": iso_ms(unix_ns)}
        resource = table.pop(key) if verb == "delete" else table[key]
        self._name_connections()
        return 200, {"data": resource}

    def _name_connections(self) -> None:
        """Numbers say the name of their application, whatever became of either."""
        for resource in self.numbers.values():
            resource["connection_name"] = self._name_of(resource["connection_id"])

    def _name_of(self, connection_id: str) -> str:
        name: str = self.applications.get(connection_id, {}).get("application_name", "")
        return name

    def _mint(self, purpose: str) -> str:
        self._minted += 1
        return identifiers.decimal_id(self._draws, purpose, self._minted)


def _settings(table: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: {name: value for name, value in one.items() if name not in _STAMPS} for key, one in table.items()}


def _known(operation: Operation, body: Any) -> dict[str, Any]:
    """What a request may set; null unsets a field that can be null, and is the same as absent elsewhere."""
    given = rest.validated(operation, body)
    unset = {name: None for name in body or {} if name not in given and "null" in _types(operation, name)}
    return {name: value for name, value in given.items() if name in operation.params} | unset


def _types(operation: Operation, name: str) -> tuple[str, ...]:
    return operation.fields[name].types if name in operation.params else ()
