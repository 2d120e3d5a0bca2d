"""Two of the bench's planned lines, for each run of the tests."""

from autopsy_bench.generator import Source
from autopsy_bench.planned_lines import runs_on_planned_lines
from autopsy_bench.speech import TUNING, committed


def test_a_healthy_application_passes_and_one_that_swallows_messages_is_caught(tmp_path):
    found = runs_on_planned_lines(Source(seed=11, voices=committed(TUNING)), 2, tmp_path, processes=1)
    assert (found.healthy, found.alarms.total(), found.broken, found.caught) == (2, 0, 2, 2)
