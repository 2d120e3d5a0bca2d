"""Carries out one attempt at a delivery: headers, signature, the request, redirects where they are followed."""

from dataclasses import dataclass
from urllib.parse import urljoin

from telnyx_simulator.signaling.delivery import Attempt
from telnyx_simulator.transports.clock import SECOND_NS, Clock
from telnyx_simulator.transports.forgeries import Signed
from telnyx_simulator.transports.headers import arranged
from telnyx_simulator.transports.ports import WebhookPort, WebhookReply
from telnyx_simulator.transports.signer import Signer


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out, when, and what came back; `redirected` are the addresses to which it was sent on."""

    headers: dict[str, str]
    body: bytes
    sent_ns: int
    reply: WebhookReply
    redirected: tuple[str, ...] = ()


async def send(attempt: Attempt, *, signer: Signer, port: WebhookPort, clock: Clock) -> Sent:
    """Make the request, and follow redirects as long as the time of the attempt lasts."""
    signed = signed_as_treated(attempt, signer, clock.epoch_ns)
    sent_ns = clock.now_ns()
    reply = await _request(attempt, attempt.url, signed, port, attempt.timeout_ns)
    url, redirected = attempt.url, list[str]()
    while reply.location is not None and len(redirected) < attempt.redirects:
        url = urljoin(url, reply.location)
        redirected.append(url)
        left_ns = max(0, sent_ns + attempt.timeout_ns - clock.now_ns())
        reply = await _request(attempt, url, signed, port, left_ns)
    return Sent(signed.headers, signed.body, sent_ns, reply, tuple(redirected))


async def _request(attempt: Attempt, url: str, signed: Signed, port: WebhookPort, timeout_ns: int) -> WebhookReply:
    if attempt.method == "GET":
        return await port.get(url, signed.headers, timeout_ns)
    return await port.post(url, signed.body, signed.headers, timeout_ns)


def signed_as_treated(attempt: Attempt, signer: Signer, epoch_ns: int) -> Signed:
    """Headers as Telnyx writes them, in the order and case of the captures, then as the treatment wants them."""
    treatment = attempt.delivery.treatment
    unix_s = (epoch_ns + attempt.signed_at_ns) // SECOND_NS
    signed = signer.sign(attempt.body, unix_s, treatment.signature)
    return Signed(arranged(attempt.content_type, signed.headers, treatment.headers), signed.body)
