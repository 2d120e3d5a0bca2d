"""What one key of a profile demands of another, on plain data: the same whether the rest of it is right or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from telnyx_simulator.facts.addresses import is_loopback, rewrite_line
from telnyx_simulator.sut import words
from telnyx_simulator.sut.redirect import SHIMS
from telnyx_simulator.sut.rewriting import line_for

Path: TypeAlias = tuple[str | int, ...]

WAYS_TO_RUN: Final = ("start", "url", "provider")
WAYS_TO_ASK: Final = ("url", "command", "python")
WAYS_TO_SEE: Final = ("poll", "probe", "python")
WAYS_TO_TAP: Final = ("path", "url")
_OF_A_REQUEST: Final = ("take", "json", "headers", "method")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that is broken, and where: `of_key`, at the key itself rather than at its value. One of `missing` should
    stand in the mapping there, or about it: it may only be misspelt.
    """

    path: Path
    message: str
    of_key: bool = False
    missing: tuple[str, ...] = ()


def broken(profile: Mapping[str, Any]) -> Iterator[Broken]:
    """All rules that a profile breaks, as it was written: keys with their aliases, defaults left out."""
    yield from _one_of(profile, (), "a profile", WAYS_TO_RUN)
    if "webhook_url" not in profile and "provider" not in profile:
        yield Broken(path=(), message="a profile needs 'webhook_url'", missing=("webhook_url",))
    asks = _mapping(profile.get("ask"))
    for name, ask in asks.items():
        yield from _ask(ask, ("ask", name))
    status = profile.get("status")
    if status is not None:
        yield from _one_of(status, ("status",), "status", WAYS_TO_SEE)
    redirect = profile.get("redirect")
    if redirect in SHIMS and "url" in profile:
        message = (
            "a shim goes into processes that we start: write `start:` for `url:`, or start it by `telnyx-sim exec`"
        )
        yield Broken(path=("redirect",), message=message)
    yield from _audio(_mapping(profile.get("audio")))
    yield from _idle_words(profile, asks, _mapping(status))
    yield from _unreachable(profile)


def _one_of(part: Any, path: Path, what: str, keys: tuple[str, ...]) -> Iterator[Broken]:
    found = [key for key in keys if isinstance(part, Mapping) and key in part]
    if isinstance(part, Mapping) and not found:
        yield Broken(path=path, message=f"{what} needs {_spoken(keys, 'or')}", missing=keys)
    elif len(found) > 1:
        message = f"{what} has one of {_spoken(keys, 'and')}, found {_spoken(found, 'and')}"
        yield Broken(path=(*path, found[1]), message=message, of_key=True)


def _ask(ask: Any, path: Path) -> Iterator[Broken]:
    yield from _one_of(ask, path, "an ask", WAYS_TO_ASK)
    if isinstance(ask, Mapping) and "url" not in ask and ("command" in ask or "python" in ask):
        for key in _OF_A_REQUEST:
            if key in ask:
                message = f"'{key}' is for an ask by HTTP: it stands beside 'url'"
                yield Broken(path=(*path, key), message=message, of_key=True)


def _audio(audio: Mapping[str, Any]) -> Iterator[Broken]:
    observe, tap = audio.get("observe"), audio.get("tap")
    if tap is not None:
        yield from _one_of(tap, ("audio", "tap"), "tap", WAYS_TO_TAP)
    if observe == "tap" and tap is None:
        message = "where is it? add `tap: {path: rx.wav}`, or a url"
        yield Broken(path=("audio", "observe"), message=message, missing=("tap",))
    if observe == "python" and audio.get("python") is None:
        message = "which function decodes? add `python: module:function`"
        yield Broken(path=("audio", "observe"), message=message, missing=("python",))
    if observe == "none" and audio.get("python") is not None:
        message = "a decoder is given: leave out `observe: none`, or `python`"
        yield Broken(path=("audio", "observe"), message=message)
    if observe == "none" and tap is not None:
        yield Broken(path=("audio", "observe"), message="a tap is given: leave out `observe: none`, or the tap")
    if observe == "play" and not audio.get("clips"):
        message = "it can be judged by clips that are known: add `clips: {greeting: greeting.wav}`"
        yield Broken(path=("audio", "observe"), message=message, missing=("clips",))


def _idle_words(profile: Mapping[str, Any], asks: Mapping[str, Any], status: Mapping[str, Any]) -> Iterator[Broken]:
    """`{taken}` and `{probe}` where nothing will ever stand for them."""
    takes = any(_mapping(ask).get("take") is not None for ask in asks.values())
    for path, word in words.words_in(dict(profile)):
        if word == "taken" and not takes:
            yield Broken(path=path, message="nothing is ever taken: add `take: /data/id` to the ask whose reply has it")
        if word == "probe" and "probe" not in status:
            yield Broken(path=path, message="nothing looks at what is posted there: add `status: {probe: /status}`")


def _unreachable(profile: Mapping[str, Any]) -> Iterator[Broken]:
    """Webhook URLs of the world outside that no line rewrites."""
    lines = _mapping(profile.get("rewrite"))
    for key in ("webhook_url", "failover_url"):
        url = profile.get(key)
        if not isinstance(url, str) or line_for(url, lines) is not None:
            continue
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host and "{" not in host and not is_loopback(host):
            yield Broken(path=(key,), message=f"{host} is not this machine; add a rewrite line: {rewrite_line(url)}")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _spoken(keys: Sequence[str], last: str) -> str:
    """`'a', 'b' or 'c'`."""
    *first, final = [f"'{key}'" for key in keys]
    return f"{', '.join(first)} {last} {final}" if first else final
