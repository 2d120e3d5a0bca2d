"""Carries out one attempt at a delivery: headers, signature, the request, redirects where they are followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from telnyx_simulator.facts import webhooks
from telnyx_simulator.signaling.delivery import Attempt
from telnyx_simulator.transports.clock import SECOND_NS, Clock
from telnyx_simulator.transports.ports import WebhookPort, WebhookReply
from telnyx_simulator.transports.signer import Signer

_LOWER: Final = "lower"
_MIXED: Final = "mixed"


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out, when, and what came back; `redirected` are the addresses to which it was sent on."""

    headers: dict[str, str]
    sent_ns: int
    reply: WebhookReply
    redirected: tuple[str, ...] = ()


async def send(attempt: Attempt, *, signer: Signer, port: WebhookPort, clock: Clock) -> Sent:
    """Make the request, and follow redirects as long as the time of the attempt lasts."""
    headers = headers_of(attempt, signer, clock.epoch_ns)
    sent_ns = clock.now_ns()
    reply = await _request(attempt, attempt.url, headers, port, attempt.timeout_ns)
    url, redirected = attempt.url, list[str]()
    while reply.location is not None and len(redirected) < attempt.redirects:
        url = urljoin(url, reply.location)
        redirected.append(url)
        left_ns = max(0, sent_ns + attempt.timeout_ns - clock.now_ns())
        reply = await _request(attempt, url, headers, port, left_ns)
    return Sent(headers, sent_ns, reply, tuple(redirected))


async def _request(
    attempt: Attempt, url: str, headers: Mapping[str, str], port: WebhookPort, timeout_ns: int
) -> WebhookReply:
    if attempt.method == "GET":
        return await port.get(url, headers, timeout_ns)
    return await port.post(url, attempt.body, headers, timeout_ns)


def headers_of(attempt: Attempt, signer: Signer, epoch_ns: int) -> dict[str, str]:
    """Headers as Telnyx writes them, in the order and case of the captures, then as the treatment wants them."""
    treatment = attempt.delivery.treatment
    unix_s = (epoch_ns + attempt.signed_at_ns) // SECOND_NS
    headers = {"Content-Type": attempt.content_type} if attempt.content_type else {}
    headers |= {"User-Agent": webhooks.USER_AGENT}
    headers |= signer.headers(attempt.body, unix_s, treatment.signature)
    wanted = treatment.headers
    if wanted == _LOWER:
        return {name.lower(): value for name, value in headers.items()}
    if wanted == _MIXED:
        return {_mixed(name): value for name, value in headers.items()}
    return {**headers, **wanted} if isinstance(wanted, Mapping) else headers


def _mixed(name: str) -> str:
    """`tElNyX-TiMeStAmP`."""
    return "".join(letter.upper() if n % 2 else letter.lower() for n, letter in enumerate(name))
