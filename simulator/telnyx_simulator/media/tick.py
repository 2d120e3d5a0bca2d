"""What one tick of a leg brought."""

from dataclasses import dataclass, field

from telnyx_simulator.media.analysis import Found
from telnyx_simulator.media.ear import DigitHeard
from telnyx_simulator.media.playout import Note
from telnyx_simulator.media.tape import SilentFor

# What a tick finds, for the switch and for the record of the person.
News = Found | DigitHeard | SilentFor


@dataclass(slots=True)
class Tick:
    """What one tick brought: messages to send, the payload among them that the trace keeps, the frame heard.

    `sent_at` is the place among the messages of that payload's. `late` are messages for later: by how many us, the
    message, its payload. `played` is what Telnyx played, where the line may change it on its way to the ear.
    `returned` is what the application's stream had of it, where something else was heard as well.
    """

    messages: list[bytes] = field(default_factory=list)
    sent: bytes | None = None
    sent_at: int | None = None
    late: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    heard: bytes = b""
    played: bytes | None = None
    returned: bytes | None = None
    notes: list[Note] = field(default_factory=list)
    news: tuple[News, ...] = ()
