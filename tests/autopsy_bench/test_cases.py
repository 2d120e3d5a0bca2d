"""A few cases of the bench, for each run of the tests: the figures themselves take `make bench-audio`."""

import pytest

from autopsy_bench.generator import Source, one_of_each
from autopsy_bench.judging import by_library
from autopsy_bench.scoring import Score
from autopsy_bench.speech import TEST, committed, to_pcm

SOURCE = Source(seed=11, voices=committed(TEST))
FAULTS = (
    "pcma_decoded_as_pcmu",
    "pcmu_decoded_as_pcma",
    "l16_bytes_swapped",
    "speed_x2",
    "speed_x1.09",
    "frames_dropped",
    "frames_duplicated",
    "frames_zeroed",
    "gaps_inserted",
    "gain_low",
    "dc_offset",
    "silence",
)


@pytest.mark.long
@pytest.mark.parametrize("names", [FAULTS, ("healthy",) * 6], ids=["faults", "healthy"])
def test_what_is_wrong_is_named_and_nothing_else_is(names):
    score = Score()
    for case in one_of_each(SOURCE, names, seconds_max=4):
        got = (to_pcm(case.reference), case.reference_hz, to_pcm(case.got), case.got_hz)
        score.add(case.id, case.labels, by_library(*got, *((case.leg, case.back) if case.told else (None, None))))
    assert score.confusion == {}
