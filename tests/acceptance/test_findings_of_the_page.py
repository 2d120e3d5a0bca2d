"""What only a run can know reads as the language's page has it (section 5): the near misses, with their places."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from in_memory import InMemoryApplication, run_in_memory
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.report.text import sentence
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.transports.ports import StreamConnection, StreamListener

PAGE = (Path(__file__).parents[2] / "docs/scenario-language.md").read_text()


class HangsUp(InMemoryApplication):
    """Answers, and hangs up as soon as its stream is there."""

    async def open(
        self, url: str, headers: Mapping[str, str], listener: StreamListener, timeout_ns: int
    ) -> StreamConnection:
        assert self.exchange is not None
        [leg] = [leg for run in self.exchange.runs for leg in run.switch.legs.values()]
        hangup = RestCommand(operation="hangup", path_id=leg.call_control_id)
        self.exchange.take(hangup, method="POST", path="/v2/calls/x/actions/hangup")
        return await super().open(url, headers, listener, timeout_ns)


def sentences(application: InMemoryApplication, script: str, folder: Path) -> list[str]:
    """The sentences of the findings that failed, as `run` prints them."""
    file = folder / "menu.telnyx.yaml"
    file.write_text(f"call: incoming\nscript:\n{script}")
    [result] = run_in_memory(application, file, folder / "artifacts")
    failed: list[Finding] = [one for one in result.findings if one.verdict is Verdict.FAIL]
    return [sentence(finding).replace(f"{folder}/", "") for finding in failed]


def as_on_the_page(pattern: str, **here: Any) -> str:
    """A sample of the page as a pattern, with this run's own words and numbers in the place of the page's."""
    [sample] = re.findall(pattern, PAGE.replace("\n", " "))
    for theirs, ours in here.items():
        sample = sample.replace(theirs.replace("__", " "), ours)
    return str(sample)


def test_who_acts_when_the_call_is_over_is_told_since_when_and_by_whom(tmp_path: Path) -> None:
    script = "  - dial\n  - expect: {hangup_cause: any}\n  - wait: 400ms\n  - play: speech/en-1\n"
    [told] = sentences(HangsUp(), script, tmp_path)
    sample = as_on_the_page(r"`(menu\.telnyx\.yaml:9:5 play: the call had ended.*?\))`")
    assert told.replace("menu.telnyx.yaml:6:5", "menu.telnyx.yaml:9:5").endswith(sample)


def test_what_came_too_early_is_told_by_how_much(tmp_path: Path) -> None:
    script = (
        "  - dial\n  - expect: {stream: started}\n  - play: speech/en-1\n  - expect: {command: answer, within: 1s}\n"
    )
    [told] = sentences(InMemoryApplication(), script, tmp_path)
    sample = as_on_the_page(
        r"`(:8:5 expected record_start; it came 50 ms before 'play' began: put the expectation first)`"
    )
    form = sample.replace("50", r"\d+").replace("record_start", "answer within 1 s")
    assert re.search(form.replace(r":8:5", r":6:13"), told), told
