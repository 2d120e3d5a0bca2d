"""The standing check `stays_local`: as far as it can be seen, the application talks to the simulator alone.

What it sends elsewhere of itself is not seen here, but for what a shim in it refused (`redirect: python-shim`). What
is seen: the requests that came to us, and the addresses that it told us to call, which we refuse where they are not on
this machine.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.record import Record
from telnyx_simulator.facts.addresses import ADD_A_LINE, NOT_HERE, is_loopback, rewrite_line
from telnyx_simulator.trace import Entry


def stays_local(record: Record) -> Iterator[Finding]:
    claim = STANDING["stays_local"]
    commands = list(record.trace.of("rest", "command"))
    outside = [entry for entry in record.trace.entries if _is_refused(entry)]
    refusals = list(record.trace.of("sut", "refused"))
    if outside:
        url = str(outside[0].body["url"])
        actual = f"you returned {url}, which {NOT_HERE}; {ADD_A_LINE}: {rewrite_line(url)}"
        yield Finding(
            id="stays_local",
            verdict=Verdict.FAIL,
            expected=claim,
            actual=actual,
            at_s=outside[0].at_ns / 1e9,
            call=outside[0].call,
        )
    elif refusals:
        yield Finding(
            id="stays_local",
            verdict=Verdict.FAIL,
            expected=claim,
            actual=_past_the_shim(refusals),
            at_s=refusals[0].at_ns / 1e9,
        )
    elif commands:
        count = f"{len(commands)} REST command{'s' if len(commands) > 1 else ''} came here"
        actual = f"{count}, and no address outside this machine was given; what it sends elsewhere is not seen"
        yield Finding(id="stays_local", verdict=Verdict.PASS, expected=claim, actual=actual)
    else:
        actual = "no REST command came here"
        yield Finding(id="stays_local", verdict=Verdict.NOT_EXERCISED, expected=claim, actual=actual)


def _past_the_shim(refusals: Sequence[Entry]) -> str:
    first = refusals[0].body
    port = "" if first.get("port") is None else f":{first['port']}"
    who = f" ({first['at']})" if first.get("at") else ""
    often = f", {len(refusals)} times in all," if len(refusals) > 1 else ","
    return (
        f"it wanted to connect to {first['host']}{port}{who} by a way that the shim does not redirect{often} "
        "and was refused; docs/unmodified-applications.md says what is redirected"
    )


def _is_refused(entry: Entry) -> bool:
    if (entry.actor, entry.kind) not in {("stream", "refused"), ("sender", "webhook.attempt")}:
        return False
    failure = str(entry.body.get("failure"))
    return (ADD_A_LINE in failure or NOT_HERE in failure) and not _is_local(str(entry.body.get("url")))


def _is_local(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return True  # no address at all
