"""Everything that is asked of a provider without a call: a right one passes, and each mistake is named."""

import base64
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.api import Provider, ProviderSettings, provider_cases, provider_findings
from telnyx_simulator.checks.findings import Verdict
from telnyx_simulator.facts.call_endings import CALL_ENDINGS
from telnyx_simulator.facts.detection import RESULTS

HERE = Path(__file__).parents[1] / "providers"
SUT = HERE / "sut.yaml"
sys.path.insert(0, str(HERE))
try:
    import telnyx_adapter
    import telnyx_provider
finally:
    sys.path.remove(str(HERE))


class Broken(telnyx_adapter.Adapter):
    """The right adapter, to be broken."""


def failed(provider: Callable[[ProviderSettings], Any]) -> set[str]:
    return {
        finding.id.removeprefix("provider.")
        for finding in provider_findings(SUT, provider=provider)
        if finding.verdict is Verdict.FAIL
    }


CASES = provider_cases(SUT)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_right_provider_passes(case: Any) -> None:
    """As a code base would write it: `case.demand()`."""
    case.demand()
    assert case.finding().verdict is Verdict.PASS


def test_each_case_is_asked_once_and_every_ending_is_there() -> None:
    names = [str(case) for case in CASES]
    assert len(set(names)) == len(names)
    endings = sum(
        len(one.sources) * (1 + len(RESULTS) if (one.direction, one.answered) == ("outgoing", True) else 1)
        for one in CALL_ENDINGS
    )
    assert len([name for name in names if name.startswith("status[")]) == endings + 4 + 2 * 9
    assert len([case for case in CASES if str(case).startswith("verify[") and "refused" in case.expected]) >= 35
    assert len([case for case in CASES if str(case).startswith("verify[") and "accepted" in case.expected]) >= 25


def test_all_of_them_take_little_time() -> None:
    began = time.process_time()
    assert len(provider_findings(SUT)) == len(CASES)
    assert time.process_time() - began < 5


# --- mistakes --------------------------------------------------------------------------------------------------------


def patched(name: str, value: Any) -> type:
    return type("Patched", (Broken,), {name: value})


def test_who_verifies_nothing_fails_every_forgery_and_nothing_else() -> None:
    forged = {str(case) for case in CASES if case.expected.startswith("refused")}
    assert failed(patched("verify", lambda self, body, headers: True)) == forged


def test_who_rejects_everything_fails_every_genuine_webhook_and_proves_nothing_by_the_forgeries() -> None:
    findings = provider_findings(SUT, provider=patched("verify", lambda self, body, headers: False))
    by_verdict = {
        verdict: {one.id for one in findings if one.verdict is verdict and "verify" in one.id} for verdict in Verdict
    }
    assert len(by_verdict[Verdict.FAIL]) >= 25
    assert not by_verdict[Verdict.PASS]
    assert len(by_verdict[Verdict.NOT_EXERCISED]) >= 35


def test_who_writes_the_body_anew_fails_what_is_laid_out_otherwise() -> None:
    def verify(self: Any, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            again = json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True).encode()
        except ValueError:
            return False
        return bool(self.provider.verify_signature(headers, again))

    found = failed(patched("verify", verify))
    assert {"verify[pretty]", "verify[unsorted]", "verify[reserialised]"} <= found
    assert "verify[compact]" not in found


def test_who_knows_no_age_fails_what_is_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ageless:
        @staticmethod
        def time() -> float:
            return Ageless.now

        now = 0.0

    def verify(self: Any, body: bytes, headers: Mapping[str, str]) -> bool:
        timestamp = headers.get("telnyx-timestamp", "")
        Ageless.now = float(timestamp) if timestamp.isdecimal() else 0.0
        return bool(self.provider.verify_signature(headers, body))

    monkeypatch.setattr(telnyx_provider, "time", Ageless)
    assert {"verify[-301s]", "verify[+305s]", "verify[-86400s]"} <= failed(patched("verify", verify))


def test_who_looks_for_headers_in_one_case_is_helped_by_no_framework() -> None:
    """A framework finds them in any case, and so do we."""

    def verify(self: Any, body: bytes, headers: Mapping[str, str]) -> bool:
        return bool(self.provider.verify_signature(dict(headers), body))

    assert "verify[pretty]" in failed(patched("verify", verify))


def without(cause: str, word: str | None = None) -> Callable[[Any, dict[str, Any]], str | None]:
    """Reports a cause as another word; the right adapter otherwise."""

    def parse(self: Any, event: dict[str, Any]) -> str | None:
        if event["data"]["event_type"] == "call.hangup" and event["data"]["payload"].get("hangup_cause") == cause:
            return word
        return telnyx_adapter.Adapter.parse(self, event)

    return parse


@pytest.mark.parametrize("cause", ["user_busy", "time_limit", "originator_cancel", "call_rejected"])
def test_a_cause_with_a_wrong_word_fails_wherever_it_comes_and_nowhere_else(cause: str) -> None:
    found = failed(patched("parse", without(cause, "wrong")))
    assert found == {str(case) for case in CASES if str(case).startswith("status[") and f"-{cause}-" in str(case)}


def test_the_unknown_is_no_success() -> None:
    def parse(self: Any, event: dict[str, Any]) -> str | None:
        data = event["data"]
        cause = data["payload"].get("hangup_cause")
        if data["event_type"] == "call.hangup" and cause not in [*telnyx_provider.CAUSES, "call_rejected", "not_found"]:
            return "failed" if cause == "unspecified" else "completed"
        return telnyx_adapter.Adapter.parse(self, event)

    found = failed(patched("parse", parse))
    assert len(found) == 18
    assert {"status[outgoing-unanswered-busy]", "status[incoming-answered-missing]"} <= found


def test_null_is_no_text() -> None:
    def parse(self: Any, event: dict[str, Any]) -> str | None:
        if event["data"]["event_type"] == "call.hangup":
            return telnyx_provider.CAUSES.get(event["data"]["payload"]["hangup_cause"].lower(), "failed")
        return telnyx_adapter.Adapter.parse(self, event)

    found = failed(patched("parse", parse))
    assert {"status[outgoing-unanswered-null]", "status[incoming-answered-number]"} <= found
    assert {"status[outgoing-unanswered-list]", "status[incoming-answered-missing]"} <= found
    assert not [name for name in found if "user_busy" in name]


def test_an_event_that_nobody_knew_is_read_without_a_fault() -> None:
    def parse(self: Any, event: dict[str, Any]) -> str | None:
        if event["data"]["event_type"] not in telnyx_provider.EVENTS | {"call.hangup": ""}:
            raise KeyError(event["data"]["event_type"])
        return telnyx_adapter.Adapter.parse(self, event)

    found = failed(patched("parse", parse))
    assert {"event[call.mystery]", "event[call.cost]", "event[conference.created]"} <= found


# --- a status that is computed ---------------------------------------------------------------------------------------


COMPUTED = """
CAUSES = {"normal_clearing": "done", "user_busy": "busy"}


def status_of(call):
    if call["state"] != "hangup":
        return call["state"]
    return CAUSES.get(str(call["hangup_cause"]), DEFAULT)


def nothing(call):
    return None
"""
MAP = "{ringing: ringing, answered: answered, normal_clearing: done, user_busy: busy, unspecified: failed}"


@pytest.mark.parametrize(
    ("default", "function", "verdicts"),
    [
        ("failed", "status_of", {Verdict.PASS, Verdict.NOT_EXERCISED}),
        ("done", "status_of", {Verdict.PASS, Verdict.FAIL, Verdict.NOT_EXERCISED}),
        ("failed", "nothing", {Verdict.NOT_EXERCISED}),
    ],
)
def test_a_function_that_computes_a_status_is_asked_for_every_end(
    tmp_path: Path, default: str, function: str, verdicts: set[Verdict]
) -> None:
    module = f"computed_{function}_{default}"
    (tmp_path / f"{module}.py").write_text(f"DEFAULT = {default!r}\n{COMPUTED}")
    profile = f"url: http://127.0.0.1:1\nwebhook_url: /hook\nstatus: {{python: {module}:{function}}}\n"
    (tmp_path / "sut.yaml").write_text(f"{profile}status_map: {MAP}\n")
    findings = provider_findings(tmp_path / "sut.yaml")
    assert {finding.verdict for finding in findings} == verdicts
    assert {finding.id.partition("[")[0] for finding in findings} == {"provider.status"}


# --- what is not there -----------------------------------------------------------------------------------------------


def test_what_an_adapter_has_not_is_not_exercised() -> None:
    class Bare(Provider):
        """Inherits what does nothing."""

        def __init__(self, settings: ProviderSettings) -> None:
            assert base64.b64decode(settings.public_key)

    findings = provider_findings(SUT, provider=Bare)  # type: ignore[type-abstract] # a protocol has no abstract methods
    assert {finding.verdict for finding in findings} == {Verdict.NOT_EXERCISED}
    assert {finding.actual for finding in findings} == {"the adapter has no verify", "the adapter has no parse"}


def test_methods_may_be_async() -> None:
    async def parse(self: Any, event: dict[str, Any]) -> str | None:
        return telnyx_adapter.Adapter.parse(self, event)

    async def verify(self: Any, body: bytes, headers: Mapping[str, str]) -> bool:
        return telnyx_adapter.Adapter.verify(self, body, headers)

    assert failed(type("Asynchronous", (Broken,), {"parse": parse, "verify": verify})) == set()
