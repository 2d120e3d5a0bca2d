"""All that can be asked of a provider without a call: every forged and genuine webhook, every end of a call.

Each question is a case, and takes less than a millisecond: hundreds of them, by themselves or as pytest parameters.
"""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from telnyx_simulator import resources
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.call_endings import (
    INCOMING,
    MISSING,
    OFF_VOCABULARY,
    OUTGOING,
    Case,
    cases,
    status_words,
)
from telnyx_simulator.facts.detection import PLAIN
from telnyx_simulator.facts.hangup_causes import CAUSES
from telnyx_simulator.facts.header_styles import HEADER_STYLES
from telnyx_simulator.facts.shapes import SHAPES
from telnyx_simulator.facts.signatures import SIGNATURES, TOLERANCE_S
from telnyx_simulator.facts.webhooks import EMITTED
from telnyx_simulator.scenario.profiles import load_profile
from telnyx_simulator.sut.application import STATUS_WORDS
from telnyx_simulator.sut.callables import Callables
from telnyx_simulator.sut.provider import ProviderSettings, methods_of
from telnyx_simulator.transports.clock import SECOND_NS, wall_clock
from telnyx_simulator.transports.signer import Signer
from telnyx_simulator.transports.single import Webhook, webhook

StatusMap = Mapping[str, Sequence[str]]

_URL: Final = "http://127.0.0.1:1/webhook"
# What API v2 does not send: the adapter is given JSON.
_NO_JSON: Final = ("v1", "form", "query")
# The same signature in other letters: to take it is no danger, and not to take it no fault.
_HARMLESS: Final = ("hex", "url_safe", "malleable")
# Seconds by which a timestamp may be off, a few less than the tolerance: the clock goes on.
_IN_TIME_S: Final = (-(TOLERANCE_S - 3), TOLERANCE_S - 3)
_OUT_OF_TIME_S: Final = (-(TOLERANCE_S + 1), TOLERANCE_S + 5, -86_400)


_AS_IT_IS: Final = object()
_NOT_KNOWN: Final = "the function has no status for a call that never was"


class Headers(Mapping[str, str]):
    """Headers as frameworks give them: found in any case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._named = dict(headers)
        self._found = {name.casefold(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._found[name.casefold()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCase:
    """One question. `provider` is the adapter's class, or what makes one, given `ProviderSettings`."""

    id: str
    expected: str
    needs: str
    provider: Callable[[ProviderSettings], Any] = field(repr=False)
    ask: Callable[[Any], tuple[Verdict, str]] = field(repr=False)

    def __str__(self) -> str:
        return self.id

    def finding(self) -> Finding:
        """Ask it of a new provider."""
        provider = self.provider(settings())
        verdict, actual = Verdict.NOT_EXERCISED, f"the adapter has no {self.needs}"
        if self.needs in methods_of(provider):
            verdict, actual = self.ask(provider)
        return Finding(id=f"provider.{self.id}", verdict=verdict, expected=self.expected, actual=actual)

    def demand(self) -> None:
        """Raise AssertionError unless the answer is right; for a test of its own."""
        found = self.finding()
        if found.verdict is Verdict.FAIL:
            raise AssertionError(f"{found.id}: expected {found.expected}; {found.actual}")


def provider_cases(sut: Path | str, *, provider: Callable[[ProviderSettings], Any] | None = None) -> list[ProviderCase]:
    """The questions for the provider of a profile, with the words of its `status_map`; of a profile whose status is
    computed (`status: {python: ...}`) those about it.

    `provider` stands in place of the one that the profile names. Raises `ScenarioError`, and `CallFailed` where the
    class cannot be imported.
    """
    profile = load_profile(Path(sut))
    if provider is None:
        named = Callables(profile.folder, wall_clock()).named
        if profile.provider is None and profile.status is not None and profile.status.python is not None:
            return list(_statuses(partial(_Computed, named(profile.status.python)), profile.status_map))
        if profile.provider is None:
            raise ValueError(f"{sut} has no `provider:`, and no `status: {{python: ...}}`")
        provider = named(profile.provider)
    return [*_signatures(provider), *_statuses(provider, profile.status_map), *_events(provider)]


def provider_findings(sut: Path | str, *, provider: Callable[[ProviderSettings], Any] | None = None) -> list[Finding]:
    """All answers."""
    return [case.finding() for case in provider_cases(sut, provider=provider)]


def settings() -> ProviderSettings:
    """What a provider is made with where nobody will be called: at its addresses is nobody."""
    return ProviderSettings(
        api_base="http://127.0.0.1:1/v2",
        api_key="KEY_of_nobody",
        public_key=_signer().public_key,
        connection_id="1000000000000000001",
        number="+12025550100",
        webhook_url=_URL,
        stream_url="ws://127.0.0.1:1/stream",
    )


@cache
def _signer() -> Signer:
    return Signer(resources.test_private_key())


def _made(event: str = "call.initiated", n: int = 0, **more: Any) -> Webhook:
    return webhook(event, _URL, _signer(), Draws(1, ("provider", str(n))), wall_clock().unix_ns(), **more)


def _answer(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a method returns, `async` or not, whoever runs a loop here already."""
    result = function(*arguments)
    if not inspect.isawaitable(result):
        return result

    async def awaited() -> Any:
        return await result

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, awaited()).result()


# Signatures


def _signatures(provider: Callable[[ProviderSettings], Any]) -> Iterator[ProviderCase]:
    def case(name: str, says: str, ask: Callable[[Any], tuple[Verdict, str]]) -> ProviderCase:
        return ProviderCase(id=f"verify[{name}]", expected=says, needs="verify", provider=provider, ask=ask)

    for shape, about in SHAPES.items():
        if shape not in _NO_JSON:
            yield case(shape, f"accepted: {about.says}", _accepted(shape=shape))
    for style, arrangement in HEADER_STYLES.items():
        yield case(f"{style}_headers", f"accepted: {arrangement.says}", _accepted(headers=style))
    for offset_s in _IN_TIME_S:
        yield case(f"{offset_s:+}s", f"accepted: signed {offset_s:+} s from now", _accepted(timestamp_ns=_ns(offset_s)))
    for kind, signing in SIGNATURES.items():
        if kind != "genuine" and kind not in _HARMLESS and not _is_twice(kind):
            yield case(kind, f"refused: {signing.says}", _refused(signature=kind))
    for offset_s in _OUT_OF_TIME_S:
        yield case(f"{offset_s:+}s", f"refused: signed {offset_s:+} s from now", _refused(timestamp_ns=_ns(offset_s)))


def _ns(seconds: int) -> int:
    return seconds * SECOND_NS


def _is_twice(kind: str) -> bool:
    """Whether it has a header twice, which no mapping can."""
    names = [name.casefold() for name in _made(signature=kind).headers]
    return len(set(names)) < len(names) or "twice" in kind


def _accepted(**more: Any) -> Callable[[Any], tuple[Verdict, str]]:
    def ask(provider: Any) -> tuple[Verdict, str]:
        accepts, told = _verified(provider, _made(**more))
        return Verdict.PASS if accepts else Verdict.FAIL, told

    return ask


def _refused(**more: Any) -> Callable[[Any], tuple[Verdict, str]]:
    def ask(provider: Any) -> tuple[Verdict, str]:
        accepts, told = _verified(provider, _made(**more))
        if not accepts and not _verified(provider, _made())[0]:
            return Verdict.NOT_EXERCISED, "a genuine webhook is refused as well, so this says nothing"
        return Verdict.FAIL if accepts else Verdict.PASS, told

    return ask


def _verified(provider: Any, made: Webhook) -> tuple[bool, str]:
    try:
        answer = _answer(provider.verify, made.body, Headers(made.headers))
    except Exception as error:
        return False, f"it raised {_told(error)}"
    return bool(answer), "it was accepted" if answer else "it was refused"


# Statuses


class _Computed:
    """The function of a profile that computes a status, as if it were a provider's."""

    def __init__(self, function: Callable[[dict[str, Any]], Any], about: ProviderSettings) -> None:
        self._function = function

    def parse(self, event: dict[str, Any]) -> Any:
        data, payload = event["data"], event["data"]["payload"]
        state = {"call.initiated": "ringing", "call.answered": "answered", "call.hangup": "hangup"}
        if data["event_type"] not in state:
            return None
        known = dict.fromkeys(STATUS_WORDS) | {name: payload.get(name) for name in STATUS_WORDS}
        return self._function(known | {"state": state[data["event_type"]]})


def _statuses(provider: Callable[[ProviderSettings], Any], status_map: StatusMap) -> Iterator[ProviderCase]:
    for one in cases():
        amd = f"-{one.amd}" if one.amd else ""
        name = f"{one.direction}-{'answered' if one.answered else 'unanswered'}-{one.cause}-{one.source}{amd}"
        words = status_words(status_map, one.cause, one.direction, answered=one.answered)
        yield _status_case(provider, name, _events_of(one), one.cause, words)
    for state in ("ringing", "answered"):
        for direction in (INCOMING, OUTGOING):
            one = Case(direction, state == "answered", "normal_clearing", "callee")
            words = status_words(status_map, state, direction, answered=one.answered)
            yield _status_case(provider, f"{direction}-{state}", _events_of(one)[:-1], state, words)
    for name, told in [*OFF_VOCABULARY.items(), (MISSING, MISSING)]:
        for one in (Case(OUTGOING, False, "unspecified", "unknown"), Case(INCOMING, True, "unspecified", "unknown")):
            said = f"{one.direction}-{'answered' if one.answered else 'unanswered'}-{name}"
            yield _odd_case(provider, said, _events_of(one, told=told), status_map, one)


def _status_case(
    provider: Callable[[ProviderSettings], Any],
    name: str,
    events: Sequence[Webhook],
    state: str,
    words: tuple[str, ...] | None,
) -> ProviderCase:
    def ask(one: Any) -> tuple[Verdict, str]:
        if words is None:
            return Verdict.NOT_EXERCISED, f"the profile's status_map has no word for {state}; add one"
        word, problem = _word_after(one, events)
        if word is None and not problem and isinstance(one, _Computed):
            return Verdict.NOT_EXERCISED, _NOT_KNOWN
        return Verdict.PASS if word in words and not problem else Verdict.FAIL, problem or repr(word)

    wanted = " or ".join(map(repr, words or ("a word",)))
    expected = f"{wanted} for {state}"
    return ProviderCase(id=f"status[{name}]", expected=expected, needs="parse", provider=provider, ask=ask)


def _odd_case(
    provider: Callable[[ProviderSettings], Any],
    name: str,
    events: Sequence[Webhook],
    status_map: StatusMap,
    case: Case,
) -> ProviderCase:
    """A cause that Telnyx has not: nothing is raised, and the call is over and no success."""

    def words(*states: str, answered: bool) -> set[str]:
        return {
            word
            for state in states
            for word in status_words(status_map, state, case.direction, answered=answered) or ()
        }

    failures = words(*(cause for cause in CAUSES if cause not in ("normal_clearing", "time_limit")), answered=False)
    refused = words("ringing", "answered", answered=True) | (words("normal_clearing", answered=True) - failures)

    def ask(one: Any) -> tuple[Verdict, str]:
        word, problem = _word_after(one, events)
        if problem:
            return Verdict.FAIL, problem
        if word is None and isinstance(one, _Computed):
            return Verdict.NOT_EXERCISED, _NOT_KNOWN
        if not refused:
            return Verdict.NOT_EXERCISED, "the profile's status_map has no word for success alone"
        return Verdict.PASS if word is not None and word not in refused else Verdict.FAIL, repr(word)

    expected = f"a status of a call that is over and no success, none of {', '.join(map(repr, sorted(refused)))}"
    return ProviderCase(id=f"status[{name}]", expected=expected, needs="parse", provider=provider, ask=ask)


def _events_of(case: Case, *, told: object = _AS_IT_IS) -> list[Webhook]:
    """The webhooks of one call to its end; `told` is another hangup cause than the case's, `MISSING` none at all."""
    about = json.loads(_made(direction=case.direction).body)["data"]["payload"]
    ids = {name: about[name] for name in ("call_control_id", "call_leg_id", "call_session_id")}
    ended: dict[str, Any] = {"hangup_cause": case.cause, "hangup_source": case.source}
    ended["sip_hangup_cause"] = CAUSES[case.cause].sip
    if told is not _AS_IT_IS:
        ended["hangup_cause"] = told
    happened: list[tuple[str, dict[str, Any]]] = [("call.initiated", {})]
    if case.answered:
        happened.append(("call.answered", {}))
    if case.amd is not None:
        kind = "detection" if case.amd in PLAIN else "premium.detection"
        happened.append((f"call.machine.{kind}.ended", {"result": case.amd}))
    happened.append(("call.hangup", ended))
    without = ("hangup_cause",) if told == MISSING else ()
    return [
        _made(event, n, direction=case.direction, with_=ids | payload, without=without if payload is ended else ())
        for n, (event, payload) in enumerate(happened)
    ]


def _word_after(provider: Any, events: Iterable[Webhook]) -> tuple[str | None, str]:
    """The provider's last word on a call, and what went wrong instead."""
    word: str | None = None
    for event in events:
        data = json.loads(event.body)
        try:
            said = _answer(provider.parse, data)
        except Exception as error:
            return None, f"parse raised {_told(error)} at {data['data']['event_type']}"
        word = word if said is None else said
        if word is not None and not isinstance(word, str):
            return None, f"parse returned {type(word).__name__}; a status is a text, or None"
    return word, ""


# Events


def _events(provider: Callable[[ProviderSettings], Any]) -> Iterator[ProviderCase]:
    """Every event that there is, and one that there will be, is read without a fault."""
    for event in [*EMITTED, "call.mystery"]:

        def ask(one: Any, event: str = event) -> tuple[Verdict, str]:
            body = _made("call.answered" if event == "call.mystery" else event).body
            told = json.loads(body)
            told["data"]["event_type"] = event
            try:
                _answer(one.parse, told)
            except Exception as error:
                return Verdict.FAIL, f"parse raised {_told(error)}"
            return Verdict.PASS, "it was read"

        expected = f"{event} is read without a fault"
        yield ProviderCase(id=f"event[{event}]", expected=expected, needs="parse", provider=provider, ask=ask)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
