"""Who a REST command is for: runs are apart, and this is where they are told from each other.

A command to a leg goes to the run that owns the leg, a dial to the run that owns the dialed number. A dial that no run
expects, and an id that nobody knows, go to the house: the session that belongs to no scenario.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Final

from telnyx_simulator.facts.commands import DOWNLOAD
from telnyx_simulator.facts.limits import MEDIA_BYTES_MAX, SOUND_FETCH_MS
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import rest
from telnyx_simulator.signaling.events import Replied
from telnyx_simulator.signaling.far_end import Behavior, behavior_of
from telnyx_simulator.signaling.inputs import Called, RestCommand
from telnyx_simulator.signaling.listing import listed
from telnyx_simulator.signaling.rows import one_after_the_other
from telnyx_simulator.signaling.rules import treated
from telnyx_simulator.transports import entries
from telnyx_simulator.transports.ports import FetchPort
from telnyx_simulator.transports.recordings import File
from telnyx_simulator.transports.session import Carrier, Session

# Families of operations that are about the account and not about anything that a run has.
OF_ACCOUNT: Final = frozenset(
    {
        "application",
        "balance",
        "connection",
        "media",
        "number",
        "number_lookup",
        "outbound_voice_profile",
        "siprec_connector",
        "verified_number",
    }
)


# Lists of what belongs to one conference, or to one queue.
LISTS_OF_ONE: Final = ("participant.", "queue_call.")


class Exchange:
    """All sessions of an invocation. `on_stray_dial` says what becomes of a dial that no run expects."""

    def __init__(self, carrier: Carrier, house: Session, *, strangers_answer: bool) -> None:
        self.carrier = carrier
        self.house = house
        self.runs: list[Session] = []
        # The run whose doing it is, while it goes on, what becomes of the account; None: anybody's.
        self.minding: Session | None = None
        # What was amiss and may have been the doing of any of several runs, or of none: sentences.
        self.nobodys: list[str] = []
        # Requests that came under `/v2`, whatever became of them.
        self.rest_calls = 0
        # Behavior of numbers that a person under `serve` chose.
        self.far_ends: dict[str, Behavior] = {}
        self._strangers_answer = strangers_answer
        self._claims: dict[str, tuple[Session, Called, Callable[[str], None]]] = {}

    def claim(self, number: str, session: Session, called: Called, on_leg: Callable[[str], None]) -> None:
        """A dial to `number` reaches `called`, a person of this run; `on_leg` gets the new leg's id."""
        self._claims[number] = (session, called, on_leg)

    def release(self, session: Session) -> None:
        """The run is over: its claims are free, its legs answer for as long as the invocation lasts."""
        self._claims = {number: claim for number, claim in self._claims.items() if claim[0] is not session}
        if self.minding is session:
            self.minding = None

    def take(self, command: RestCommand, *, method: str, path: str) -> Replied:
        """Carry out a command. What could not be recorded, because there is no room left, ends the runs under way."""
        self.rest_calls += 1
        try:
            return self._taken(command, method=method, path=path)
        except OSError as problem:
            for session in [*self._live(), self.house]:
                session.fail(problem)
            refusal = rest.refused("internal_error")
            return Replied(refusal.status, refusal.body)

    def _taken(self, command: RestCommand, *, method: str, path: str) -> Replied:
        if command.operation == "dial":
            return self._dial(command, method=method, path=path)
        if command.operation == "transfer":
            return self._transfer(command, method=method, path=path)
        if command.operation.partition(".")[0] in OF_ACCOUNT:
            return self._about_account(command, method=method, path=path)
        owner = self._owner(command)
        is_list = command.operation in OPERATIONS and OPERATIONS[command.operation].many
        # A list of what nobody has: the house says that it is not there.
        if is_list and (owner is not None or not command.operation.startswith(LISTS_OF_ONE)):
            return self._list(command, method=method, path=path)
        if owner is not None:
            return owner.rest(command, method=method, path=path)
        if command.operation == "queue.create" and self._only_run():
            # The calls that are to stand in it will be this run's.
            return self._only_run()[0].rest(command, method=method, path=path)
        reply = self.house.rest(command, method=method, path=path)
        self._charge(command, reply, method=method, path=path)
        return reply

    def refuse(self, command: RestCommand, refused: Replied, *, method: str, path: str) -> None:
        """A request that never became a command is recorded by the run that it concerns, if that is known."""
        self.rest_calls += 1
        owner = self._owner(command)
        leg = owner.switch.leg_of(command.path_id or "") if owner else None
        if owner is not None and leg is not None:
            about_leg = dataclasses.replace(refused, call_leg_id=leg.call_leg_id)
            owner.note_command(command, about_leg, method=method, path=path)
            return
        self.house.note_command(command, refused, method=method, path=path)
        self._charge(command, refused, method=method, path=path)

    def download(self, name: str, *, method: str, path: str) -> tuple[Replied, Path | None]:
        """Somebody fetches the file of a recording: a command to the run that recorded it; the file if there is one.

        Whoever asks for the head alone (HEAD) fetches nothing, and is not recorded.
        """
        session, call, file = self._file(name)
        if file is None:  # nobody has it, or it has been deleted
            true = _no_file(404, "There is no such recording", None)
        elif session.clock.now_ns() > file.until_ns:
            # As the storage behind such URLs answers (assumed).
            true = _no_file(403, "Request has expired", call)
        else:
            true = Replied(200, {}, call)
        if method != "GET":
            return true, file.path if file and true.status == 200 else None
        treatment = session.switch.treatments.of_command(call, DOWNLOAD) if file else None
        reply, *_ = treated(treatment, call, lambda: [true])
        assert isinstance(reply, Replied)
        recording_id, _, kind = name.rpartition(".")
        command = RestCommand(operation=DOWNLOAD, path_id=recording_id, body={"format": kind})
        session.note_command(command, reply, method=method, path=path)
        if file is None:
            self._charge(command, reply, method=method, path=path)
        return reply, file.path if file and reply.status == 200 else None

    def _file(self, name: str) -> tuple[Session, str | None, File | None]:
        """The session that recorded it, the leg that heard of it, and the file; the house if there is none."""
        for session in (self.house, *self.runs):
            leg = session.switch.recordings.leg_of(name.rpartition(".")[0])
            file = session.sounds.recordings.files.get(name)
            if leg is not None and file is not None:
                return session, leg.call_leg_id, file
        return self.house, None, None

    def _dial(self, command: RestCommand, *, method: str, path: str) -> Replied:
        number = _called(command)
        claim = self._claims.get(number) or self._claims.get("any")
        if claim is not None:
            session, called, on_leg = claim
            dialed = dataclasses.replace(command, called=called)
            reply = session.rest(dialed, method=method, path=path)
            if reply.call_leg_id is not None and reply.effect:
                on_leg(reply.call_leg_id)
            return reply
        behavior = behavior_of(number, self.far_ends) if self._strangers_answer else Behavior.NOT_FOUND
        dialed = dataclasses.replace(command, behavior=behavior)
        reply = self.house.rest(dialed, method=method, path=path)
        self._charge(command, reply, method=method, path=path)
        if reply.effect and not self._strangers_answer:
            for run in self._only_run():
                run.note("rest", "stray_dial", {"to": number, "from": command.body.get("from")})
            if not self._only_run():
                self.nobodys.append(f"a dial to {number}, where nobody is")
        return reply

    def _transfer(self, command: RestCommand, *, method: str, path: str) -> Replied:
        """The new leg is the run's whose leg is transferred, and reaches a person of that run if one is called."""
        owner, number = self._owner(command) or self.house, _called(command)
        claim = self._claims.get(number) or self._claims.get("any")
        if claim is not None and claim[0] is owner:
            _, called, on_leg = claim
            reply = owner.rest(dataclasses.replace(command, called=called), method=method, path=path)
            if reply.new_leg is not None and reply.effect:
                on_leg(reply.new_leg.call_leg_id)
            return reply
        behavior = behavior_of(number, self.far_ends) if self._strangers_answer else Behavior.NOT_FOUND
        reply = owner.rest(dataclasses.replace(command, behavior=behavior), method=method, path=path)
        if owner is self.house:
            self._charge(command, reply, method=method, path=path)
        elif reply.effect and not self._strangers_answer:
            owner.note("rest", "stray_dial", {"to": number, "from": command.body.get("from")})
        return reply

    def _about_account(self, command: RestCommand, *, method: str, path: str) -> Replied:
        account = self.carrier.account
        before = account.snapshot() if method != "GET" else {}
        # It is about no leg: only a run that minds the account, or is alone, can have its way with it.
        only = [self.minding] if self.minding else self._only_run()
        treatment = only[0].switch.treatments.of_command(None, command.operation) if only else None
        reply, *_ = treated(treatment, None, lambda: [self._of_account(command)])
        assert isinstance(reply, Replied)
        self.house.note_command(command, reply, method=method, path=path)
        # What was done to the account is everybody's to see, unless it is the doing of one.
        concerned = [self.minding] if self.minding else self._live()
        if reply.status is not None and reply.status >= 400 and not self.minding:
            self._charge(command, reply, method=method, path=path)
        else:
            for session in concerned:
                session.note_command(command, reply, method=method, path=path)
        change = entries.account_change(command, before, account.snapshot()) if method != "GET" else None
        for session in [*concerned, self.house] if change else []:
            session.note("switch", "account", change or {})
        if reply.effect and command.operation in ("media.upload", "media.update"):
            self._fetch(reply.body["data"]["media_name"])
        return reply

    def _fetch(self, name: str) -> None:
        """Media that came as a URL: what is there is kept, as Telnyx keeps it."""
        account, port = self.carrier.account, self.carrier.webhooks
        url = account.media_url_of(name)
        if url is None or not isinstance(port, FetchPort):
            return
        where, fetch = url, port.fetch

        async def fetched() -> None:
            found = await fetch(where, SOUND_FETCH_MS * 1_000_000, MEDIA_BYTES_MAX)
            if found.status == 200 and account.media_url_of(name) == where:
                account.keep_media(name, found.body)

        self.house.spawn(fetched())

    def _list(self, command: RestCommand, *, method: str, path: str) -> Replied:
        """A list of what belongs to runs: the rows of all of them, for the account is one."""
        try:
            sessions = (self.house, *self.runs)
            rows = one_after_the_other([one.switch.items(command, one.clock.now_ns()) for one in sessions])
            if command.operation == "active_call.list" and command.path_id not in self.carrier.account.applications:
                raise rest.refused("invalid_connection")
            is_of_conferences = command.operation == "conference.list"
            found_by = [one.switch.conferences.beside for one in sessions if is_of_conferences]
            page = listed(
                OPERATIONS[command.operation],
                rows,
                command.body or {},
                beside=lambda row: next((found for beside in found_by if (found := beside(row))), {}),
                path=path,
            )
            reply = Replied(200, page)
        except rest.Refused as refusal:
            reply = Replied(refusal.status, refusal.body)
        self.house.note_command(command, reply, method=method, path=path)
        for session in self._live():
            session.note_command(command, reply, method=method, path=path)
        return reply

    def _of_account(self, command: RestCommand) -> Replied:
        try:
            return self.carrier.account.handle(command, self.carrier.clock.unix_ns())
        except rest.Refused as refusal:
            return Replied(refusal.status, refusal.body)

    def _charge(self, command: RestCommand, reply: Replied, *, method: str, path: str) -> None:
        """Lay a request that is about no run's leg to the charge of the only run under way, or else of nobody."""
        only = self._only_run()
        for run in only:
            run.note_command(command, reply, method=method, path=path)
        if not only and 400 <= (reply.status or 0) < 500 and command.operation != "unknown":
            error = reply.body["errors"][0]
            self.nobodys.append(f"{method} {path} -> {reply.status} {error['code']} {error['title']}")

    def _owner(self, command: RestCommand) -> Session | None:
        """The session whose leg a command names. A name that several runs gave a leg is the latest one's."""
        sessions = [*reversed(self.runs), self.house]
        return next((one for one in sessions if one.switch.knows(command)), None)

    def _only_run(self) -> list[Session]:
        """The run under way, where there is just one: what is nobody's own is its doing."""
        live = self._live()
        return live if len(live) == 1 else []

    def _live(self) -> list[Session]:
        return [run for run in self.runs if not run.trace.closed]


def _no_file(status: int, title: str, call_leg_id: str | None) -> Replied:
    return Replied(status, {"errors": [{"code": str(status), "title": title}]}, call_leg_id)


def _called(command: RestCommand) -> str:
    """The number that a dial or a transfer calls, without the digits that may follow it."""
    to = command.body.get("to") if isinstance(command.body, dict) else None
    return to.split(",")[0] if isinstance(to, str) else ""
