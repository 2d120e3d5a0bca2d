"""Every chance of a run, drawn from its seed by key.

A draw is `blake2b(seed, scope, purpose, n)` and so depends on its own key alone: adding a call or a draw shifts no
other. Distributions are computed from these bits, not by a library that may change them.
"""

from dataclasses import dataclass
from hashlib import blake2b

_SEPARATOR = b"\x1f"


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws within a scope (scenario, call, plane ...)."""

    seed: int
    scope: tuple[str, ...] = ()

    def within(self, *scope: str) -> "Draws":
        return Draws(self.seed, self.scope + scope)

    def octets(self, purpose: str, n: int = 0, *, size: int = 8) -> bytes:
        """`size` octets, 1 to 64."""
        key = (str(self.seed), *self.scope, purpose, str(n))
        return blake2b(_SEPARATOR.join(part.encode() for part in key), digest_size=size).digest()

    def uniform(self, purpose: str, n: int = 0) -> float:
        """A number of [0, 1) with 53 random bits."""
        return self._bits(purpose, n) / (1 << 53)

    def integer(self, low: int, high: int, purpose: str, n: int = 0) -> int:
        """An integer of [low, high], exact for spans that a float cannot hold as well."""
        return low + (self._bits(purpose, n) * (high - low + 1) >> 53)

    def _bits(self, purpose: str, n: int) -> int:
        return int.from_bytes(self.octets(purpose, n)) >> 11
