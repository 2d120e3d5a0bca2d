"""Frames of a trace put onto the clock, in whatever order a line brought them."""

import numpy as np

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.checks.tracks import FRAME_NS, said_track
from telnyx_simulator.trace import Frame

L16 = parse_codec("L16/8000")


def test_what_was_overtaken_stands_where_it_was_said():
    """The first that was sent need not be the first that was said."""
    said = [np.full(160, value, np.int16) for value in (100, 200, 300)]
    frames = [Frame(n * FRAME_NS, due * FRAME_NS, L16.encode(said[due])) for n, due in enumerate((1, 0, 2))]
    track = said_track([(L16, frames)])
    assert track is not None
    assert track.began_ns == 0
    assert track.pcm.reshape(-1, 160)[:, 0].tolist() == [100, 200, 300]
