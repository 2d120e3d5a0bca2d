"""What this machine lacks for a codec."""

from telnyx_simulator.audio.codecs import MissingLibrary, parse_codec

__all__ = ["MissingLibrary", "lacks"]


def lacks(codec: str, to_send: bool) -> tuple[str, str] | None:
    """What it needs to encode it (else: to decode it) and is not here, and the line that installs it."""
    missing = parse_codec(codec).missing_here(encode=to_send, decode=not to_send)
    return (missing.needs, missing.install) if missing else None
