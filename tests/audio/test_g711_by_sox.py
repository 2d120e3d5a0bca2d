"""G.711 against another stranger: sox (Debian's package `sox`)."""

import shutil
import subprocess

import numpy as np
import pytest

from telnyx_simulator.audio.g711 import Law, decode

ALL_CODES = bytes(range(256))


def by_sox(encoding: str) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    assert shutil.which("sox"), "this test needs sox: apt install sox"
    raw = ["-t", "raw", "-r", "8000", "-c", "1"]
    command = ["sox", "-D", *raw, "-e", encoding, "-b", "8", "-", *raw, "-e", "signed", "-b", "16", "-L", "-"]
    done = subprocess.run(command, input=ALL_CODES, capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype="<i2")


@pytest.mark.needs_tools
@pytest.mark.parametrize(("law", "encoding"), [(Law("PCMU"), "mu-law"), (Law("PCMA"), "a-law")])
def test_every_code_decodes_as_sox_decodes_it(law: Law, encoding: str) -> None:
    assert decode(law, ALL_CODES).tolist() == by_sox(encoding).tolist()
