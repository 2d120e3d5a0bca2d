"""What can be wrong with a sound: the closed vocabulary in which findings, reports and `verify audio` speak.

Each fault has a sentence for people and a line of advice. A name states what was done to the sound, not by whom: the
direction is named only where it is settled. Sources: media-streaming sheet, section 5 (mistakes seen in the field),
and the audio study, section 3.6.
"""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Which of a sound's properties a fault spoils. Faults of different kinds can meet in one sound."""

    FORMAT = "format"
    RATE = "rate"
    TIMING = "timing"
    LEVEL = "level"
    CONTENT = "content"


class Fault(StrEnum):
    """What is wrong with a sound."""

    PCMA_DECODED_AS_PCMU = "pcma_decoded_as_pcmu"
    PCMU_DECODED_AS_PCMA = "pcmu_decoded_as_pcma"
    REPLIED_IN_LEG_CODEC = "replied_in_leg_codec"
    LAW_MIXUP_UNDETERMINED = "law_mixup_undetermined"
    PCMU_BITS_INVERTED = "pcmu_bits_inverted"
    PCMA_BITS_NOT_TOGGLED = "pcma_bits_not_toggled"
    L16_BYTES_SWAPPED = "l16_bytes_swapped"
    L16_ODD_BYTE_OFFSET = "l16_odd_byte_offset"
    L16_DECODED_AS_PCMU = "l16_decoded_as_pcmu"
    L16_DECODED_AS_PCMA = "l16_decoded_as_pcma"
    PCMU_DECODED_AS_L16 = "pcmu_decoded_as_l16"
    PCMA_DECODED_AS_L16 = "pcma_decoded_as_l16"
    BASE64_TWICE = "base64_twice"
    RTP_HEADER_LEFT_IN = "rtp_header_left_in"
    AMR_WB_FRAMING = "amr_wb_framing"
    FILE_AS_SAMPLES = "file_as_samples"
    STEREO_AS_MONO = "stereo_as_mono"
    ZERO_BYTES_AS_PCMU = "zero_bytes_as_pcmu"
    SPEED_X6 = "speed_x6"
    SPEED_X3 = "speed_x3"
    SPEED_X2_76 = "speed_x2.76"
    SPEED_X2 = "speed_x2"
    SPEED_X1_5 = "speed_x1.5"
    SPEED_X1_38 = "speed_x1.38"
    SPEED_X1_09 = "speed_x1.09"
    SPEED_X0_92 = "speed_x0.92"
    SPEED_X0_73 = "speed_x0.73"
    SPEED_X0_67 = "speed_x0.67"
    SPEED_X0_5 = "speed_x0.5"
    SPEED_X0_36 = "speed_x0.36"
    SPEED_X0_33 = "speed_x0.33"
    SPEED_X0_17 = "speed_x0.17"
    FRAMES_DROPPED = "frames_dropped"
    FRAMES_DUPLICATED = "frames_duplicated"
    FRAMES_REORDERED = "frames_reordered"
    FRAMES_ZEROED = "frames_zeroed"
    FRAMES_REPEATED = "frames_repeated"
    GAPS_INSERTED = "gaps_inserted"
    HALF_DUPLEX = "half_duplex"
    CUT_OFF = "cut_off"
    CLIPPED = "clipped"
    GAIN_HIGH = "gain_high"
    GAIN_LOW = "gain_low"
    DC_OFFSET = "dc_offset"
    NARROW_BANDED = "narrow_banded"
    SILENCE = "silence"
    OWN_VOICE = "own_voice"
    OTHER_CALLS_AUDIO = "other_calls_audio"
    UNRELATED_AUDIO = "unrelated_audio"

    @property
    def kind(self) -> Kind:
        """Which property of the sound it spoils."""
        return _KINDS[self]

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        return FAULT_TEXTS[self][0]

    @property
    def advice(self) -> str:
        """What to look at in the application."""
        return FAULT_TEXTS[self][1]


SPEEDS: Final[dict[Fault, float]] = {
    # Ratios of the rates 8000, 16000, 22050, 24000 and 48000 Hz: audio of the one clocked out at the other.
    Fault.SPEED_X6: 6.0,
    Fault.SPEED_X3: 3.0,
    Fault.SPEED_X2_76: 22050 / 8000,
    Fault.SPEED_X2: 2.0,
    Fault.SPEED_X1_5: 1.5,
    Fault.SPEED_X1_38: 22050 / 16000,
    Fault.SPEED_X1_09: 24000 / 22050,
    Fault.SPEED_X0_92: 22050 / 24000,
    Fault.SPEED_X0_73: 16000 / 22050,
    Fault.SPEED_X0_67: 2 / 3,
    Fault.SPEED_X0_5: 0.5,
    Fault.SPEED_X0_36: 8000 / 22050,
    Fault.SPEED_X0_33: 1 / 3,
    Fault.SPEED_X0_17: 1 / 6,
}
"""How much too fast the audio is clocked out. 48000 for 44100 Hz is 24000 for 22050, to the last digit."""

_RATE_ADVICE: Final = (
    "samples of one rate are played at another; compare the rate in `start.media_format` (G722 announces 8000 but "
    "holds 16000) and `stream_bidirectional_sampling_rate` with what the decoder and the synthesizer give, and resample"
)

# What people read, and what they should look at.
FAULT_TEXTS: Final[dict[Fault, tuple[str, str]]] = {
    Fault.PCMA_DECODED_AS_PCMU: (
        "A-law decoded as mu-law",
        "the application decodes PCMU; read `start.media_format.encoding` and decode what Telnyx announces",
    ),
    Fault.PCMU_DECODED_AS_PCMA: (
        "mu-law decoded as A-law",
        "the application decodes PCMA; read `start.media_format.encoding` and decode what Telnyx announces",
    ),
    Fault.REPLIED_IN_LEG_CODEC: (
        "replied in the leg's codec",
        "the application encodes in the codec that it hears; it asked for another in `stream_bidirectional_codec`",
    ),
    Fault.LAW_MIXUP_UNDETERMINED: (
        "A-law and mu-law mixed up, direction not determined",
        "either the decoder ignores `start.media_format.encoding` or the encoder ignores `stream_bidirectional_codec`; "
        "a known greeting under `audio: {clips: ...}` in the profile tells which",
    ),
    Fault.PCMU_BITS_INVERTED: (
        "mu-law with its bits inverted",
        "the mu-law table lacks the final inversion of all bits (G.711 sends the complement); use a tested codec",
    ),
    Fault.PCMA_BITS_NOT_TOGGLED: (
        "A-law without the inversion of its even bits",
        "the A-law table lacks the exclusive or with 0x55; use a tested codec",
    ),
    Fault.L16_BYTES_SWAPPED: (
        "the bytes of each 16-bit sample swapped",
        "L16 on this stream is little-endian unless the profile says otherwise; look for `>i2`, `!h` or `byteswap`",
    ),
    Fault.L16_ODD_BYTE_OFFSET: (
        "16-bit samples read one byte off",
        "an odd number of bytes was cut from or left in a buffer of L16; keep samples whole between messages",
    ),
    Fault.L16_DECODED_AS_PCMU: (
        "linear samples decoded as mu-law",
        "16-bit samples are taken for PCMU bytes; read `start.media_format.encoding`, and encode before sending PCMU",
    ),
    Fault.L16_DECODED_AS_PCMA: (
        "linear samples decoded as A-law",
        "16-bit samples are taken for PCMA bytes; read `start.media_format.encoding`, and encode before sending PCMA",
    ),
    Fault.PCMU_DECODED_AS_L16: (
        "mu-law bytes taken for linear samples",
        "PCMU bytes are read as 16-bit samples; decode them first",
    ),
    Fault.PCMA_DECODED_AS_L16: (
        "A-law bytes taken for linear samples",
        "PCMA bytes are read as 16-bit samples; decode them first",
    ),
    Fault.BASE64_TWICE: (
        "base64 applied twice",
        "the payload was encoded twice, or decoded once too little; `media.payload` is base64 of the bare codec bytes",
    ),
    Fault.RTP_HEADER_LEFT_IN: (
        "an RTP header in front of each frame",
        "`media.payload` holds codec bytes alone; neither send nor expect the 12 bytes of an RTP header",
    ),
    Fault.AMR_WB_FRAMING: (
        "AMR-WB packed in the other of its two formats",
        "RFC 4867 knows a bandwidth-efficient and an octet-aligned format; use the one that was negotiated",
    ),
    Fault.FILE_AS_SAMPLES: (
        "a compressed file played as if it were samples",
        "MP3, Ogg or FLAC was sent as it came; decode it, or ask the speech service for bare samples in the codec and "
        "at the rate of this stream",
    ),
    Fault.STEREO_AS_MONO: (
        "two channels played as one",
        "samples of the left and right channel alternate on a mono stream; mix them to one channel first",
    ),
    Fault.ZERO_BYTES_AS_PCMU: (
        "zero bytes sent as G.711",
        "a zero byte is the loudest sample of mu-law, not silence; fill PCMU with 0xFF and PCMA with 0xD5",
    ),
    **{speed: (f"played {_factor:.3g} times as fast", _RATE_ADVICE) for speed, _factor in SPEEDS.items()},
    Fault.FRAMES_DROPPED: (
        "pieces of the sound are missing",
        "media was thrown away; look for full queues, skipped messages and frames cut short",
    ),
    Fault.FRAMES_DUPLICATED: (
        "pieces of the sound are there twice",
        "frames were sent or queued twice; look for retries and for two tasks that feed one stream",
    ),
    Fault.FRAMES_REORDERED: (
        "pieces of the sound in the wrong order",
        "order frames by `media.chunk` or `sequence_number`, and send from one task",
    ),
    Fault.FRAMES_ZEROED: (
        "pieces of the sound replaced by silence",
        "a buffer ran empty and was filled with silence, or a decoder failed on single frames; look at both",
    ),
    Fault.FRAMES_REPEATED: (
        "pieces of the sound replaced by what came before",
        "lost or late frames are covered by the previous one; look for what makes them late",
    ),
    Fault.GAPS_INSERTED: (
        "gaps inserted into the sound",
        "the application sends media too late or puts silence between its chunks; look at its send loop",
    ),
    Fault.HALF_DUPLEX: (
        "muted for long stretches",
        "one side is switched off while the other talks; look for echo gates, voice detection and muted tracks",
    ),
    Fault.CUT_OFF: (
        "the beginning or the end of the sound is missing",
        "the sound begins in its middle or stops before its end; look for a stream opened late or closed early, and "
        "for `clear`",
    ),
    Fault.CLIPPED: (
        "clipped",
        "samples beyond full scale were cut; look for a gain, and for sums of several sounds",
    ),
    Fault.GAIN_HIGH: ("louder than it was said", "the application amplifies; look for a gain or a wrong sample scale"),
    Fault.GAIN_LOW: ("quieter than it was said", "the application attenuates; look for a gain or a wrong sample scale"),
    Fault.NARROW_BANDED: (
        "nothing is left above 4 kHz of a sound in wide band",
        "somewhere in the application the sound goes through 8 kHz; look for a resampler, or a codec for telephones",
    ),
    Fault.DC_OFFSET: (
        "a constant added to the sound",
        "samples have lost their zero; look for unsigned samples taken for signed ones, and for the wrong idle byte",
    ),
    Fault.SILENCE: (
        "silence",
        "nothing reached the ear; look for `stream_bidirectional_mode: rtp`, and for media messages at all",
    ),
    Fault.OWN_VOICE: (
        "the application's own voice, come back to it",
        "it hears itself: with `both_tracks`, leave out media whose `track` is `outbound`",
    ),
    Fault.OTHER_CALLS_AUDIO: (
        "the sound of another call",
        "streams were mixed up; keep buffers and codecs of each `stream_id` apart",
    ),
    Fault.UNRELATED_AUDIO: (
        "other sound than was expected",
        "no known fault makes this of the reference; look at which sound is played, and listen to it",
    ),
}

_KINDS: Final[dict[Fault, Kind]] = {
    **dict.fromkeys(Fault, Kind.FORMAT),
    **dict.fromkeys(SPEEDS, Kind.RATE),
    Fault.FRAMES_DROPPED: Kind.TIMING,
    Fault.FRAMES_DUPLICATED: Kind.TIMING,
    Fault.FRAMES_REORDERED: Kind.TIMING,
    Fault.FRAMES_ZEROED: Kind.TIMING,
    Fault.FRAMES_REPEATED: Kind.TIMING,
    Fault.GAPS_INSERTED: Kind.TIMING,
    Fault.HALF_DUPLEX: Kind.TIMING,
    Fault.CUT_OFF: Kind.TIMING,
    Fault.CLIPPED: Kind.LEVEL,
    Fault.GAIN_HIGH: Kind.LEVEL,
    Fault.GAIN_LOW: Kind.LEVEL,
    Fault.DC_OFFSET: Kind.LEVEL,
    Fault.NARROW_BANDED: Kind.FORMAT,
    Fault.SILENCE: Kind.CONTENT,
    Fault.OWN_VOICE: Kind.CONTENT,
    Fault.OTHER_CALLS_AUDIO: Kind.CONTENT,
    Fault.UNRELATED_AUDIO: Kind.CONTENT,
}
