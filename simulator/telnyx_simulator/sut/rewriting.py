"""Public URLs that an application builds for the world, and the local ones that they stand for."""

from collections.abc import Callable, Iterable, Mapping

from telnyx_simulator.sut.words import filled


def line_for(url: str, prefixes: Iterable[str]) -> str | None:
    """The longest prefix that begins `url`. A prefix ends where a part of the URL ends: not within a host's name."""
    fitting = [
        prefix
        for prefix in prefixes
        if url.startswith(prefix)
        and (prefix.endswith("/") or url[len(prefix) : len(prefix) + 1] in ("", "/", "?", "#"))
    ]
    return max(fitting, key=len, default=None)


def rewriting(lines: Mapping[str, str], words: Mapping[str, str]) -> Callable[[str], str]:
    """A function that gives the local URL for a public one, and any other URL as it is."""
    local = {public: filled(text, words) for public, text in lines.items()}

    def rewritten(url: str) -> str:
        prefix = line_for(url, local)
        return url if prefix is None else local[prefix] + url.removeprefix(prefix)

    return rewritten
