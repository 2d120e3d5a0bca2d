"""One invocation of `run` on the wall lane: files read, a server, an application started and stopped."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from telnyx_simulator import resources
from telnyx_simulator.checks.sound import warm_up
from telnyx_simulator.draws import Draws
from telnyx_simulator.scenario.clips import missing_clips
from telnyx_simulator.scenario.complaints import Complaint, ScenarioError
from telnyx_simulator.scenario.hall import Hall, Options, free_folder
from telnyx_simulator.scenario.loader import load
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.scenario.script import Scenario
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.sut.application import PROBE_PATH, Application, NeverReady
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.rewriting import rewriting
from telnyx_simulator.transports.clock import Clock
from telnyx_simulator.transports.dialer import WebSocketStreams
from telnyx_simulator.transports.exchange import Exchange
from telnyx_simulator.transports.metronome import running_metronome
from telnyx_simulator.transports.server import API_KEY, INBOX_PATH, build_app, free_port, free_port_socket, serving
from telnyx_simulator.transports.session import Carrier, Session
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.webhooks import HttpWebhooks

# `serve` listens here, and `run` for an application that it does not start.
KNOWN_PORT = 8642


def read_all(paths: list[Path], sut: Path) -> tuple[Profile, list[Scenario]]:
    """Profile and scenarios, all clips looked for. `ScenarioError` with all mistakes of all files."""
    complaints: list[Complaint] = []
    profile, scenarios = None, []
    try:
        profile = load_profile(sut)
    except ScenarioError as error:
        complaints += error.complaints
    try:
        scenarios = load(paths)
    except ScenarioError as error:
        complaints += error.complaints
    for scenario in scenarios if profile else []:
        if profile:
            complaints += [one for one in missing_clips(scenario, profile, Path.cwd()) if one not in complaints]
    if complaints or profile is None:
        raise ScenarioError(complaints)
    return profile, [one for scenario in scenarios for one in scenario.expanded()]


@contextlib.asynccontextmanager
async def wall_hall(profile: Profile | None, options: Options, clock: Clock) -> AsyncIterator[Hall]:
    """Server and application on real sockets in real time; both are gone when the block ends.

    Without a profile there is no application: webhooks go to an inbox of the server itself, which acknowledges them.
    Raises `sut.application.NeverReady`.
    """
    listener = _listener(profile)
    here = f"http://127.0.0.1:{listener.getsockname()[1]}"
    if profile is None:
        profile = Profile(name="no application", url=here, webhook_url=INBOX_PATH)
    words = {
        "port": str(profile.port or free_port()),
        "api_v2": f"{here}/v2",
        "api_key": API_KEY,
        "probe": here + PROBE_PATH,
    }
    rewritten = rewriting(profile.rewrite, words)
    http, streams = HttpWebhooks(clock, rewritten), WebSocketStreams(rewritten)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(http.close)
        carrier = Carrier(
            clock,
            # The same connection whatever the seed: an application that runs already was told of it.
            Account(Draws(0, (profile.number,)), base_url=here),
            Signer(resources.test_private_key()),
            await stack.enter_async_context(running_metronome(clock)),
            http,
            streams,
        )
        house = Session(
            carrier,
            run="house",
            draws=Draws(options.seed, ("house",)),
            directory=free_folder(options.artifacts, "between_runs") / "trace",
            header={"seed": options.seed, "scenario": None, "profile": profile.described()},
        )
        stack.push_async_callback(house.close)
        exchange = Exchange(carrier, house, strangers_answer=False)
        hall = Hall(options, exchange, profile)
        words["public_key"] = carrier.signer.public_key
        application = Application(profile, words, clock, hall.note_log, hall.note_end, hall.note_refusal)
        hall.application = application
        words["connection_id"] = register(carrier, application, profile)
        app = build_app(exchange, api_key=None, control_number=None, posts={PROBE_PATH: hall.probed})
        await stack.enter_async_context(serving(app, listener, clock))
        if options.tls:
            tls_port, authority = options.tls
            await stack.enter_async_context(serving(app, free_port_socket(tls_port), clock, authority))
        stack.push_async_callback(application.stop)
        await asyncio.gather(_started(application, hall), clock.in_thread(warm_up))
        hall.profile = application.profile  # a provider tells only now what it can be asked for
        # A full collection of everything imported so far would hold up the media for a twentieth of a second.
        gc.collect()
        gc.freeze()
        yield hall


async def _started(application: Application, hall: Hall) -> None:
    try:
        await application.start()
    except NeverReady as error:
        if application.profile.start is not None:
            raise
        # Whoever starts it by hand has to know this before.
        told = "\n".join(f"    export {line}" for line in hall.exports())
        raise NeverReady(f"{error}\n  the environment that it needs:\n{told}") from None


def register(carrier: Carrier, application: Application, profile: Profile) -> str:
    """What the portal would hold: the application with its webhook URL, and the number routed to it."""
    account, unix_ns = carrier.account, carrier.clock.unix_ns()
    failover = application.url(profile.failover_url) if profile.failover_url else ""
    connection_id = account.add_application(
        profile.title,
        application.url(profile.webhook_url),
        unix_ns,
        webhook_api_version="2",
        webhook_event_failover_url=failover,
    )
    account.add_number(profile.number, connection_id, unix_ns)
    return connection_id


def _listener(profile: Profile | None) -> socket.socket:
    """Any free port for an application that we start; a known one for one that runs already and was told of it."""
    runs_already = profile is not None and profile.url is not None
    try:
        return free_port_socket(KNOWN_PORT if runs_already else 0)
    except OSError as error:
        told = f"an application under `url:` finds the simulator on port {KNOWN_PORT}"
        raise NeverReady(f"{told}, which is not free: {error.strerror}") from error
