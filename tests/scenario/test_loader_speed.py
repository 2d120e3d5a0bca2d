"""Reading scenarios takes no time that anyone notices."""

import time
from pathlib import Path

import pytest
from test_language_page import RESTS_ON_IT, files

from telnyx_simulator.scenario.complaints import ScenarioError
from telnyx_simulator.scenario.loader import load

FILES = 500
SECONDS_MAX = 3.0
WRONG = ", ".join(f"w{number}rong" for number in range(9000))


def test_five_hundred_files_are_read_in_three_seconds_of_work(tmp_path: Path) -> None:
    texts = [text for name, text in files().items() if name not in RESTS_ON_IT]
    for number in range(FILES):
        (tmp_path / f"number_{number}.telnyx.yaml").write_text(texts[number % len(texts)])
    began = time.process_time()
    scenarios = load([tmp_path], root=tmp_path)
    assert time.process_time() - began < SECONDS_MAX
    assert len({scenario.file for scenario in scenarios}) == FILES


@pytest.mark.parametrize(
    "text",
    [
        f"expect: [{{command: {{one_of: [{WRONG}]}}}}]",
        f"expect: [{{heard: {{one_of: [{WRONG}]}}}}]",
        f"ignore: [{WRONG}]",
        f"webhooks: {{all: {{duplicate: [{WRONG}]}}}}",
        f"account: {{webhook_retries: [{WRONG}]}}",
        f"line: {{pstn: [{WRONG}]}}",
    ],
    ids=lambda text: text.partition(":")[0],
)
def test_thousands_of_mistakes_are_refused_in_a_second_of_work(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.telnyx.yaml"
    call = f"call: {{direction: incoming, {text}}}\n" if text.startswith("line") else f"call: incoming\n{text}\n"
    file.write_text(f"{call}script: [dial]\n")
    began = time.process_time()
    with pytest.raises(ScenarioError):
        load([file])
    assert time.process_time() - began < 1
