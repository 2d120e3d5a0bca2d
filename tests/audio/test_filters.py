"""Our filters are those of scipy, which takes most of a second to load."""

import numpy as np
import pytest
from scipy.signal import butter, firwin, freqz_sos

from telnyx_simulator.audio.opus import low_pass
from telnyx_simulator.audio.telephone_band import BAND_HZ, FILTER_ORDER, RATE_HZ, squared_magnitude


@pytest.mark.parametrize("length", [8, 4099, 8000, 16_384])
def test_the_band_of_a_telephone_is_a_butterworth_filter(length):
    frequency_hz = np.arange(length // 2 + 1) * (RATE_HZ / length)
    sections = butter(FILTER_ORDER, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    _, response = freqz_sos(sections, worN=frequency_hz, fs=RATE_HZ)
    np.testing.assert_allclose(squared_magnitude(length), np.abs(response) ** 2, atol=1e-12)


@pytest.mark.parametrize("reach", [16, 48, 96])
@pytest.mark.parametrize("cutoff", [0.925, 0.3, 0.15])
def test_what_follows_the_opus_decoder_is_a_windowed_sinc(reach, cutoff):
    np.testing.assert_allclose(low_pass(reach, cutoff), firwin(2 * reach + 1, cutoff), atol=1e-14)
