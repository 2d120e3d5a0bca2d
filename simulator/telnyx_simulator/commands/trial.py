"""An application tried for the doctor: started, called once, sent one forged webhook, stopped."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx

from telnyx_simulator.commands.doctor import Finding
from telnyx_simulator.commands.loop import in_loop
from telnyx_simulator.commands.silence import redirecting
from telnyx_simulator.facts.signatures import TOLERANCE_S
from telnyx_simulator.scenario.hall import Hall, Options
from telnyx_simulator.scenario.invocation import KNOWN_PORT, wall_hall
from telnyx_simulator.scenario.loader import SUFFIX, load
from telnyx_simulator.sut.application import NeverReady
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.trace import Entry, Trace
from telnyx_simulator.transports.clock import Clock, wall_clock

# The forgery comes once the genuine ones were taken, after whatever the application does at the beginning of a call.
_SCRIPT: Final = """\
call: {{direction: incoming, leg_codec: {codec}}}
script:
  - dial
  - expect: {{command: any, within: 8s}}
  - wait: 1s
  - webhook: {{event: call.answered, signature: wrong_key}}
  - wait: 300ms
  - hangup
"""
_SEED: Final = 1
# Beside what the profile allows for its start and its end.
_PATIENCE_NS: Final = 60_000_000_000
_LOOK_NS: Final = 3_000_000_000
_OFF_S_MAX: Final = 5.0
_CHARACTERS_MAX: Final = 300


@dataclass(slots=True)
class Seen:
    """What the trial saw. `off_s` is how far the application's clock is ahead of ours, if its replies tell."""

    ready_s: float | None = None
    entries: tuple[Entry, ...] = ()
    rest_calls: int = 0
    off_s: float | None = None


def tried(profile: Profile) -> Iterator[Finding]:
    """Start it, call it, stop it. Never longer than its profile allows and a minute; nothing is left running."""
    seen, problem = Seen(), None
    clock = wall_clock()
    start = profile.start
    limit_ns = _PATIENCE_NS + (start.timeout + start.stop if start else 0)

    async def trial() -> None:
        with tempfile.TemporaryDirectory(prefix="telnyx-sim-", ignore_cleanup_errors=True) as folder:
            async with clock.limit(limit_ns):
                await _called(profile, Path(folder), clock, seen)

    try:
        in_loop(trial)
    except (NeverReady, UnknownWord) as error:
        problem = error
    except TimeoutError:
        told = f"it was not over after {limit_ns / 1e9:g} s, and was ended"
        yield Finding("trial", told, "look at its log: something in it waits for ever")
    if problem is not None:
        yield Finding("start", str(problem), _mend_start(profile, str(problem)))
    elif seen.ready_s is not None:
        yield from findings(seen, profile)


def findings(seen: Seen, profile: Profile) -> Iterator[Finding]:
    """What the trial of an application that did start shows. Pure."""
    runs = f"it listens at {profile.url}" if profile.url else "it runs in our process"
    yield Finding("start", f"ready after {seen.ready_s:.1f} s" if profile.start else runs)
    yield from _webhooks(seen, profile)
    yield from _rest(seen, profile)
    yield from _stream(seen)
    yield from _status(seen, profile)
    yield from _time(seen)


async def _called(profile: Profile, folder: Path, clock: Clock, seen: Seen) -> None:
    """One call from beginning to end."""
    file = folder / f"a_trial{SUFFIX}"
    file.write_text(_SCRIPT.format(codec=profile.codecs[0].partition("/")[0]), encoding="utf-8")
    (scenario,) = load([file], root=folder)
    options = Options(seed=_SEED, artifacts=folder / "artifacts", root=folder)
    began_ns = clock.now_ns()
    async with wall_hall(profile, options, clock) as hall:
        seen.ready_s = (clock.now_ns() - began_ns) / 1e9
        seen.off_s = await _clock_off(hall, clock)
        result = await hall.run(scenario)
        seen.entries = tuple(Trace.read(result.directory / "trace").entries)
        seen.rest_calls = hall.exchange.rest_calls


async def _clock_off(hall: Hall, clock: Clock) -> float | None:
    """By its own replies: HTTP servers say what time it is, to the second."""
    assert hall.application is not None
    try:
        async with clock.limit(_LOOK_NS), httpx.AsyncClient(trust_env=False, timeout=None) as client:  # noqa: S113 - limited
            reply = await client.get(hall.application.base_url)
        theirs = parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, KeyError, ValueError):
        return None
    return theirs - clock.unix_ns() / 1e9


def _mend_start(profile: Profile, problem: str) -> str:
    if f"port {KNOWN_PORT}" in problem:
        return f"end what listens on port {KNOWN_PORT} (a `serve`?); an application under `url:` was told of this port"
    if profile.start is None:
        return "start it first, or let us do it: `start: {command: ...}` in place of `url:`"
    if "cannot start" in problem:
        return "correct `command:` or `folder:` under `start:`; the command is run without a shell"
    if "answered" in problem:
        return "`ready:` must be a path that answers 2xx once it is up; without it any answer at / will do"
    if "exit code" in problem:
        return "the end of its log says why; run the command by hand with the same environment (`env:`)"
    return "it must listen on {port}, the port of `command:`; raise `timeout:` under `start:` if it only takes long"


def _of(seen: Seen, actor: str, kind: str) -> list[Mapping[str, Any]]:
    return [entry.body for entry in seen.entries if (entry.actor, entry.kind) == (actor, kind)]


def _webhooks(seen: Seen, profile: Profile) -> Iterator[Finding]:
    attempts = _of(seen, "sender", "webhook.attempt")
    genuine = [one for one in attempts if one["genuine"]]
    refused = [one for one in genuine if not one["acknowledged"]]
    if refused:
        reply = refused[0]["status"] or refused[0]["failure"]
        told = f"{refused[0]['method']} {refused[0]['url']} with {refused[0]['event']} -> {reply}{_last_log(seen)}"
        yield Finding("webhooks", told, _mend_webhook(refused[0], profile))
    elif genuine:
        yield Finding("webhooks", f"{len(genuine)} genuine ones were taken at {genuine[0]['url']}")
    yield _key(profile, taken=bool(genuine) and not refused)
    forged = [one for one in attempts if not one["genuine"]]
    if any(one["acknowledged"] for one in forged):
        told = f"a forged one was answered {forged[0]['status']}: it is not seen whether it had an effect"
        fix = "verify the signature, answer 4xx otherwise; `telnyx-sim conformance signature` looks at the effects"
        yield Finding("signature", told, fix, severe=False)
    elif forged:
        yield Finding("signature", f"a forged webhook was refused ({forged[0]['status'] or forged[0]['failure']})")


def _last_log(seen: Seen) -> str:
    lines = [str(one["line"]) for one in _of(seen, "sut", "log")]
    return f"; its log ends: {lines[-1][:_CHARACTERS_MAX]}" if lines else ""


def _mend_webhook(attempt: Mapping[str, Any], profile: Profile) -> str:
    status = attempt["status"]
    if status is None:
        return f"`webhook_url: {profile.webhook_url}` must be where it takes webhooks, and answer within two seconds"
    if status in (404, 405):
        return f"`webhook_url: {profile.webhook_url}` is not the path at which it takes webhooks (by POST)"
    if status in (400, 401, 403):
        return f"it does not verify with our key, or not the body as it came; {_key_line(profile)}"
    if 300 <= status < 400:
        return "Telnyx follows no redirect: `webhook_url:` must be the last address (a slash at its end?)"
    return "it must answer 2xx, whatever comes of the event; its log says what failed"


def _key_line(profile: Profile) -> str:
    if profile.start is None:
        return "start it with the TELNYX_PUBLIC_KEY that `telnyx-sim init` and `run` print"
    return 'it is given by `env: {TELNYX_PUBLIC_KEY: "{public_key}"}`'


def _key(profile: Profile, *, taken: bool) -> Finding:
    names = [name for name, value in profile.env.items() if "{public_key}" in value]
    if names:
        return Finding("keys", f"the public key is given as {' and '.join(names)}")
    if profile.start is None:
        verdict = "genuine webhooks are taken" if taken else "genuine webhooks are not taken"
        return Finding("keys", f"{verdict}; which key it has cannot be seen from here")
    return Finding("keys", "nothing in `env:` holds {public_key}", _key_line(profile), severe=not taken)


def _rest(seen: Seen, profile: Profile) -> Iterator[Finding]:
    commands = _of(seen, "rest", "command")
    if not seen.rest_calls:
        yield Finding("redirect", "it made no REST call: none came to the simulator", redirecting(profile))
        return
    refused = [one for one in commands if one["status"] is not None and one["status"] >= 400]
    for one in refused[:1]:
        error = (one["reply"].get("errors") or [{}])[0]
        told = f"{one['method']} {one['path']} -> {one['status']} {error.get('title', '')}: {error.get('detail', '')}"
        fix = f"`telnyx-sim explain {error.get('code', one['status'])}` says what it means"
        yield Finding("redirect", told[:_CHARACTERS_MAX], fix, severe=False)
    names = ", ".join(dict.fromkeys(str(one["command"]) for one in commands))
    if any(one["command"] == "answer" and one not in refused for one in commands):
        yield Finding("redirect", f"its REST calls come to the simulator: {names}")
    elif not refused:
        told = f"REST calls came to the simulator, and none of them answered the call: {names or 'none was about it'}"
        yield Finding("redirect", told, "an incoming call is answered by the command answer", severe=False)


def _stream(seen: Seen) -> Iterator[Finding]:
    refused = _of(seen, "stream", "refused")
    if _of(seen, "stream", "opened"):
        yield Finding("stream", "its media WebSocket can be reached")
    elif refused:
        fix = "stream_url must be a WebSocket of this machine; a public one needs a line under `rewrite:`"
        yield Finding("stream", f"{refused[0]['url']}: {refused[0]['failure']}", fix)
    elif _of(seen, "rest", "command"):
        yield Finding("stream", "it asked for no media stream; nothing about its sound is exercised")


def _status(seen: Seen, profile: Profile) -> Iterator[Finding]:
    if profile.status is None:
        fix = "add `status:` and `status_map:`, or nothing is said about what it makes of how calls end"
        yield Finding("status", "the profile does not say where it shows the status of a call", fix, severe=False)
        return
    words = list(dict.fromkeys(str(one["word"]) for one in _of(seen, "sut", "status")))
    unknown = _of(seen, "sut", "status_unknown")
    if words:
        yield Finding("status", f"it shows the status of a call: {', '.join(words)}")
    else:
        told = f"no status was seen{': ' + str(unknown[-1]['problem']) if unknown else ''}"
        yield Finding("status", told[:_CHARACTERS_MAX], "look at url and pointer of `status:`", severe=False)


def _time(seen: Seen) -> Iterator[Finding]:
    if seen.off_s is None:
        return
    if abs(seen.off_s) <= _OFF_S_MAX:
        yield Finding("clock", "its clock agrees with ours")
        return
    told = f"its clock is {abs(seen.off_s):.0f} s {'ahead of' if seen.off_s > 0 else 'behind'} ours"
    fix = f"set the clocks: beyond {TOLERANCE_S} s every genuine webhook is stale"
    yield Finding("clock", told, fix, severe=abs(seen.off_s) > TOLERANCE_S)
