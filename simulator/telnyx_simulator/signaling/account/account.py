"""One Telnyx account: its tables, what runs bring into it, and the requests about it.

One account serves every run of an invocation, as one Telnyx account would; everything else about a run is its own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.errors import DOCUMENTATION_URL
from telnyx_simulator.facts.operations import OPERATIONS, Operation
from telnyx_simulator.signaling import identifiers, rest
from telnyx_simulator.signaling.account.applications import Applications
from telnyx_simulator.signaling.account.connectors import Connectors
from telnyx_simulator.signaling.account.lookup import looked_up
from telnyx_simulator.signaling.account.numbers import Numbers
from telnyx_simulator.signaling.account.profiles import Profiles
from telnyx_simulator.signaling.account.table import Answer, Asked, Row
from telnyx_simulator.signaling.account.uploads import Uploads
from telnyx_simulator.signaling.account.verified import Verified
from telnyx_simulator.signaling.events import Content, Replied
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.listing import listed

# What tells nothing about how the account is set.
_STAMPS: Final = frozenset({"created_at", "updated_at", "purchased_at", "activated_at", "verified_at", "expires_at"})
_COUNTED: Final = frozenset({"connections_count"})
# Nothing that is done here costs anything (ours).
_BALANCE: Final[Row] = {
    "record_type": "balance",
    "balance": "300.00",
    "pending": "0.00",
    "credit_limit": "100.00",
    "available_credit": "400.00",
    "currency": "USD",
}


@dataclass(frozen=True, slots=True, eq=False)
class SetUp:
    """What one run brought into the account: ids of what is new, and where known numbers led before."""

    applications: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    rerouted: dict[str, str] = field(default_factory=dict)


class Account:
    """Everything by id; the values are REST resources, ready to be sent. `unix_ns` is wall time.

    `base_url` is where this Telnyx is: files that webhooks name are below it.
    """

    def __init__(self, draws: Draws, *, base_url: str) -> None:
        self.base_url = base_url
        self._draws = draws.within("account")
        self._minted: Counter[str] = Counter()
        self.user_id = identifiers.random_uuid(self._draws, "user_id", 0)
        self.profiles = Profiles(self._mint)
        self._applications = Applications(self._mint, self.profiles)
        self.applications = self._applications.rows
        self._numbers = Numbers(self._mint, self.applications)
        self.numbers = self._numbers.rows
        self._verified = Verified()
        self.verified_numbers = self._verified.rows
        self._connectors = Connectors()
        self.siprec_connectors = self._connectors.rows
        self._uploads = Uploads(self._mint)
        others: dict[str, Answer] = {
            "balance.retrieve": lambda asked: dict(_BALANCE),
            "number_lookup.retrieve": looked_up,
        }
        tables = (self.profiles, self._applications, self._numbers, self._verified, self._connectors, self._uploads)
        self._answers = {name: answer for one in tables for name, answer in one.answers.items()} | others
        self._set_ups: list[SetUp] = []

    # What a run brings

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
        for number in given.get("verified_numbers", []):
            if number not in self.verified_numbers:
                self._verified.add(number, unix_ns)
                token.verified.append(number)
        self._settle()
        return token

    def take_down(self, token: SetUp) -> None:
        """Take out again what is left of it. What the application made of the account meanwhile is its own affair."""
        self._set_ups.remove(token)
        for key in token.numbers:
            if key in self.numbers:
                self._numbers.remove(key)
        for key in token.applications:
            self.applications.pop(key, None)
        for key in token.verified:
            self.verified_numbers.pop(key, None)
        for key, connection_id in token.rerouted.items():
            if key in self.numbers:
                self.numbers[key] |= {"connection_id": connection_id}
        self._settle()

    def snapshot(self, token: SetUp | None = None) -> dict[str, Any]:
        """How the account is set, as JSON: resources by id, numbers by phone, all without their timestamps.

        With a run's token: as this run sees it, without what other runs brought.
        """
        others = [one for one in self._set_ups if token is not None and one is not token]
        foreign = {key for one in others for key in (*one.applications, *one.numbers, *one.verified)}
        numbers = {
            one["phone_number"]: one | {"voice": self._numbers.voice[key]}
            for key, one in self.numbers.items()
            if key not in foreign
        }
        return {
            "applications": _settings(self.applications, foreign),
            "numbers": _settings(numbers, frozenset()),
            "outbound_voice_profiles": _settings(self.profiles.rows, foreign),
            "verified_numbers": _settings(self.verified_numbers, foreign),
            "siprec_connectors": _settings(self.siprec_connectors, foreign),
            "media": _settings(self._uploads.rows, foreign),
        }

    def add_application(self, name: str, webhook_event_url: str, unix_ns: int, **fields: Any) -> str:
        """As somebody sets one up in the portal, where webhooks are of version 2 unless one chooses otherwise."""
        own = {"application_name": name, "webhook_event_url": webhook_event_url, "webhook_api_version": "2", **fields}
        row = self._applications.add(own, unix_ns)
        self._settle()
        return str(row["id"])

    def add_number(self, number: str, connection_id: str, unix_ns: int) -> str:
        row = self._numbers.add(number, connection_id, unix_ns)
        self._settle()
        return str(row["id"])

    # What others ask

    def connection_of(self, number: str) -> str | None:
        """The application that a number is routed to, if there is one and it is active."""
        for resource in self.numbers.values():
            if resource["phone_number"] == number:
                key: str = resource["connection_id"]
                return key if self.applications.get(key, {}).get("active") else None
        return None

    def profile_of(self, connection_id: str) -> Row | None:
        """The outbound voice profile of an application, if it has one."""
        outbound = self.applications.get(connection_id, {}).get("outbound", {})
        return self.profiles.rows.get(outbound.get("outbound_voice_profile_id") or "")

    def is_ours(self, number: str) -> bool:
        """Whether it is one of the account's numbers, or was shown to be its owner's."""
        return number in self.verified_numbers or any(one["phone_number"] == number for one in self.numbers.values())

    def media_of(self, name: str) -> bytes | None:
        """What was uploaded under this name. None: nothing, or only the URL of it (`media_url_of`)."""
        return self._uploads.of(name)

    def media_url_of(self, name: str) -> str | None:
        """Where what has this name is to be fetched, if it came as a URL."""
        return self._uploads.url_of(name)

    def keep_media(self, name: str, content: bytes) -> None:
        """What was found at the URL under which it was uploaded."""
        self._uploads.keep(name, content)

    # Requests

    def handle(self, command: RestCommand, unix_ns: int) -> Replied:
        """The reply to a request about the account; `rest.Refused` where Telnyx would refuse."""
        try:
            return self._handled(command, OPERATIONS[command.operation], unix_ns)
        except rest.Refused as refusal:
            # Errors about the account say where they are described; those about calls do not (observed).
            errors = [one | {"meta": {"url": DOCUMENTATION_URL + one["code"]}} for one in refusal.body["errors"]]
            raise rest.Refused(refusal.status, errors) from None

    def _handled(self, command: RestCommand, operation: Operation, unix_ns: int) -> Replied:
        self._uploads.expire(unix_ns)
        given = _known(operation, command.body) if operation.params else {}
        answer = self._answers[command.operation](Asked(command, given, unix_ns))
        if operation.many:
            query: dict[str, str] = command.body or {}
            beside = self._numbers.beside if command.operation.startswith("number.") else lambda row: {}
            return Replied(operation.status, listed(operation, answer, query, beside=beside))
        if isinstance(answer, Content):
            return Replied(operation.status, {}, content=answer)
        self._settle()
        body = {} if operation.status == 204 else answer if operation.bare else {"data": answer}
        return Replied(operation.status, body, effect=operation.method != "GET")

    def _settle(self) -> None:
        """Resources say what others are, whatever became of those: names of connections, numbers of them.

        A number whose connection is deleted leads nowhere (assumed).
        """
        for resource in self.numbers.values():
            connection = self.applications.get(resource["connection_id"])
            resource["connection_name"] = connection["application_name"] if connection else ""
            if connection is None:
                resource["connection_id"] = ""
        used = [one["outbound"]["outbound_voice_profile_id"] for one in self.applications.values()]
        for key, profile in self.profiles.rows.items():
            profile["connections_count"] = used.count(key)

    def _mint(self, purpose: str) -> str:
        """Counted by purpose, applications and numbers together: one kind of resource shifts no id of another's."""
        family = "routed" if purpose in ("connection_id", "number_id") else purpose
        self._minted[family] += 1
        make = identifiers.random_uuid if purpose == "media_name" else identifiers.decimal_id
        return make(self._draws, purpose, self._minted[family])


def _settings(table: Mapping[str, Mapping[str, Any]], foreign: frozenset[str] | set[str]) -> dict[str, dict[str, Any]]:
    left_out = _STAMPS | _COUNTED
    return {
        key: {name: value for name, value in one.items() if name not in left_out}
        for key, one in table.items()
        if key not in foreign
    }


def _known(operation: Operation, body: Any) -> dict[str, Any]:
    """What a request may set; null unsets a field that can be null, and is the same as absent elsewhere."""
    given = rest.validated(operation, body)
    unset = {name: None for name in body or {} if name not in given and "null" in _types(operation, name)}
    return {name: value for name, value in given.items() if name in operation.params} | unset


def _types(operation: Operation, name: str) -> tuple[str, ...]:
    return operation.fields[name].types if name in operation.params and name in operation.fields else ()
