"""The page and the loader agree: all that docs/scenario-language.md shows loads, or is said not to be built yet."""

import re
from pathlib import Path

import pytest
from scenario_files import refused

from telnyx_simulator.checks.claims import MEASURES_NOT_BUILT
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.scenario import accounts, model, streams, treatments, words
from telnyx_simulator.scenario.loader import ScenarioError, load
from telnyx_simulator.scenario.script import Verb

PAGE = (Path(__file__).parents[2] / "docs/scenario-language.md").read_text()
_KEY = re.compile(r"(- |(?:webhooks|commands|call|expect|absent|account|assume): )")
PLAIN = {"call": "incoming", "script": "[dial, hangup]", "matrix": "{shape: [pretty, compact]}"}


def sections() -> dict[str, str]:
    """Number of a section -> its text."""
    return {text[:2].strip(" ."): text for text in PAGE.split("\n## ")[1:]}


def files() -> dict[str, str]:
    """The scenarios of section 4 and of the head: a comment with a file name begins a new file."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.split("\n## 1")[0] + sections()["4"], re.DOTALL)
    found = [part.partition("\n") for block in blocks for part in re.split(r"^# (?=scenarios/)", block, flags=re.M)[1:]]
    return {name: text for name, _, text in found}


def faults() -> list[str]:
    """What the fault rows of section 10 say, a snippet at a time."""
    return [snippet for snippet in re.findall(r"`([^`]+)`", sections()["10"]) if _KEY.match(snippet)]


def with_fault(snippet: str) -> str:
    """A plain scenario to which a snippet is added."""
    if snippet.startswith("- refuse"):
        keys = PLAIN | {"call": "outgoing", "script": f"\n  {snippet}"}
    elif snippet.startswith("- "):
        keys = PLAIN | {"script": f"\n  - dial\n  {snippet}"}
    else:
        key, _, value = snippet.partition(": ")
        keys = PLAIN | {key: value}
    return "".join(f"{key}: {value}\n" for key, value in keys.items())


def said(folder: Path, name: str, text: str) -> list[str]:
    """What is said of a scenario; nothing if it loads."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    try:
        assert load([file], root=folder)
    except ScenarioError as error:
        return [complaint.message for complaint in error.complaints]
    return []


def test_the_page_has_what_is_read_here() -> None:
    assert len(files()) == 23
    assert len(faults()) == 68


# What this version has not yet; each later one shrinks it.
NOT_BUILT = {
    "key of a scenario": {"load"},
    "measure": {"passed"},
}
_NOT_BUILT_YET = re.compile(r"not built yet: '([^'/]+)[^']*' \(([a-z ]+)[;)]")


def test_this_is_all_that_is_not_built() -> None:
    forms = (model.ScenarioForm, model.CallForm, model.ExpectationForm, model.SoundForm, model.KeysForm)
    forms += (treatments.WebhookForm, treatments.CommandTreatmentForm, streams.StreamForm, streams.StreamStepForm)
    forms += (accounts.AccountForm,)
    keys = {f"key of {form.knows}": set(form.not_built) for form in forms if form.not_built}
    assert (
        keys
        | {
            "measure": set(MEASURES_NOT_BUILT),
        }
        == NOT_BUILT
    )
    assert set(words.VERBS) == set(Verb)
    assert set(words.SUBJECTS) == set(Subject)


# Of the page, what rests on that: whatever is not here loads.
RESTS_ON_IT = {
    "scenarios/load/an_ordinary_day.telnyx.yaml": {"load", "passed"},
}


def words_not_built(messages: list[str]) -> set[str]:
    found = [_NOT_BUILT_YET.match(message) for message in messages]
    assert all(found), messages
    assert all(match[1] in NOT_BUILT[match[2]] for match in found if match)
    return {match[1] for match in found if match}


@pytest.mark.parametrize("name", files())
def test_a_scenario_of_the_page_loads_but_for_what_is_not_built_yet(name: str, tmp_path: Path) -> None:
    assert words_not_built(said(tmp_path, name, files()[name])) == RESTS_ON_IT.get(name, set())


@pytest.mark.parametrize("snippet", faults())
def test_a_fault_of_the_page_loads_but_for_what_is_not_built_yet(snippet: str, tmp_path: Path) -> None:
    messages = said(tmp_path, "x/fault.telnyx.yaml", with_fault(snippet))
    assert words_not_built(messages) == RESTS_ON_IT.get(snippet, set())


def test_nothing_that_loads_is_listed_as_not_built() -> None:
    assert set(RESTS_ON_IT) <= {*files(), *faults()}


# The table of types (2): a row -> where its values stand.
PLACES = {
    "duration; offset": ["script: [wait: {}]", "script: [webhook: {{event: call.hangup, timestamp: {}}}]"],
    "phone": ["call: {{direction: outgoing, to: {}}}", "call: {{direction: incoming, from: {}}}"],
    "ratio; level; rate, bandwidth, skew": [
        "webhooks: {{all: {{drop: true, share: {}}}}}",
        "expect: [{{heard: speech/en-1, min_snr: {}}}]",
        "script: [play: {{clip: speech/en-1, level: {}}}]",
        "script: [line: {{websocket: {{bandwidth: {}}}}}]",
        "script: [line: {{pstn: {{skew: {}}}}}]",
    ],
    "codec": [
        "call: {{direction: incoming, leg_codec: {}}}",
        "call: {{direction: incoming, stream: {{announces: {}}}}}",
    ],
    "cause, event, command": ["script: [hangup: {}]", "webhooks: {{{}: {{drop: true}}}}", "script: [expect: {}]"],
    "reference": ["script:\n  - ask: {}\n"],
}


def refused_samples(row: str) -> list[str]:
    """The last column, but for what is meant instead."""
    (line,) = re.findall(rf"^\| {re.escape(row)} \| (.+) \|$", sections()["2"], re.M)
    return re.findall(r"(?<!did you mean )`([^`]+)`", line.split(" | ")[-1])


def test_the_table_of_types_is_read() -> None:
    assert {row: refused_samples(row) for row in PLACES} == {
        "duration; offset": ["2", "PT2S"],
        "phone": ['"020 7946"'],
        "ratio; level; rate, bandwidth, skew": ["0.03", "25", "5"],
        "codec": ["alaw", "pcma"],
        "cause, event, command": ["busy"],
        "reference": ["x$name", "${name}"],
    }


@pytest.mark.parametrize(
    ("place", "sample"), [(place, sample) for row in PLACES for place in PLACES[row] for sample in refused_samples(row)]
)
def test_what_the_table_of_types_refuses_is_refused(place: str, sample: str, tmp_path: Path) -> None:
    line = place.format(sample)
    keys = {"call": "call: incoming", "script": "script: [wait: 1s]"} | {line.partition(":")[0]: line}
    (complaint,) = refused(tmp_path, "\n".join(keys.values()) + "\n").complaints
    assert not complaint.not_built_yet
