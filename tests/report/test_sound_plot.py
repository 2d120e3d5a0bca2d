"""The picture of two sounds: the same on both canvases, readable, and safe with whatever a file or name holds."""

import struct
import zlib
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from numpy.typing import NDArray

from telnyx_simulator.audio.signals import tone
from telnyx_simulator.report.canvas import Anchor, Pixels, Svg
from telnyx_simulator.report.glyphs import written
from telnyx_simulator.report.png import png
from telnyx_simulator.report.sound_plot import WIDTH, Mark, Matched, Picture, draw

SVG = "{http://www.w3.org/2000/svg}"
DROPPED = Mark(name="frames_dropped", heard_s=0.5, heard_for_s=0.0, reference_s=0.3, reference_for_s=0.1)
GAP = Mark(name="gaps_inserted", heard_s=0.8, heard_for_s=0.1, reference_s=0.7, reference_for_s=0.0)


def picture(seconds: float = 1.0, marks: tuple[Mark, ...] = (DROPPED, GAP), title: str = "faulty: x") -> Picture:
    at = np.arange(0, seconds, 0.005)
    return Picture(
        title=title,
        lines=("a.wav against b.wav", "SNR 1 dB"),
        said=(tone(1000, seconds), 8000),
        heard=(tone(1000, seconds, rate_hz=16000), 16000),
        marks=marks,
        matched=Matched(heard_s=at, reference_s=at - 0.2),
    )


def svg(drawn: Picture) -> ET.Element:
    return ET.fromstring(draw(drawn, Svg(WIDTH, drawn.height)))


def pixels_of(data: bytes) -> NDArray[np.uint8]:
    """[height, width, 3] of one of our PNG files."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(name + content)
        chunks[name], at = content, at + 12 + size
    width, height, depth, kind = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    assert (depth, kind) == (8, 3)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    assert (rows[:, 0] == 0).all()
    return palette[rows[:, 1:]]


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_a_png_file_holds_its_pixels() -> None:
    colors = [(255, 255, 255), (1, 2, 3), (200, 0, 0)]
    indices = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
    assert np.array_equal(pixels_of(png(indices, colors)), np.array(colors)[indices])


def test_the_svg_names_the_verdict_the_panels_the_events_and_the_seconds() -> None:
    found = texts(svg(picture()))
    assert found[:3] == ["faulty: x", "a.wav against b.wav", "SNR 1 dB"]
    assert {"frames_dropped (1)", "gaps_inserted (1)", "0 s", "0.5", "1"} <= set(found)
    assert [text.split(":")[0] for text in found if ": " in text][1:] == [
        "reference",
        "reference",
        "heard",
        "heard",
        "frame path",
    ]


def test_both_spectrograms_are_embedded_as_images() -> None:
    images = list(svg(picture()).iter(f"{SVG}image"))
    assert [int(image.get("y", "")) for image in images] == sorted(int(image.get("y", "")) for image in images)
    assert [image.get("href", "")[:22] for image in images] == ["data:image/png;base64,"] * 2


def test_the_png_is_as_large_and_mostly_light() -> None:
    drawn = picture()
    pixels = pixels_of(draw(drawn, Pixels(WIDTH, drawn.height)))
    assert pixels.shape == (drawn.height, WIDTH, 3)
    assert (pixels.min(axis=2) > 200).mean() > 0.7
    assert tuple(pixels[0, 0]) == (255, 255, 255)


def test_an_event_stands_where_it_was_heard_and_where_it_belongs() -> None:
    """Vertical lines of its color: in the two panels of the reference, and in three of what was heard."""
    root = svg(picture(marks=(GAP,)))
    xs = [float(line.get("x1", "")) for line in root.iter(f"{SVG}line") if line.get("stroke-dasharray")]
    inner = WIDTH - 74 - 24
    assert xs == pytest.approx([74 + inner * second for second in (0.7, 0.7, 0.8, 0.8, 0.8)], abs=0.1)


@pytest.mark.parametrize("canvas", [Svg, Pixels])
@pytest.mark.parametrize("name", ["<&\"'>", "\x00\x1b[31m", "ü 中 \u202e", ""])
def test_no_name_breaks_it(canvas: type[Svg | Pixels], name: str) -> None:
    drawn = picture(title=name, marks=(DROPPED, GAP) * 500)
    data = draw(drawn, canvas(WIDTH, drawn.height))
    if canvas is Svg:
        ET.fromstring(data)
    else:
        pixels_of(data)


@pytest.mark.parametrize("canvas", [Svg, Pixels])
def test_sounds_of_no_length_of_silence_and_without_a_path_can_be_drawn(canvas: type[Svg | Pixels]) -> None:
    nothing = np.zeros(0, np.int16)
    for sound in (nothing, np.zeros(1, np.int16), np.full(8000, -32768, np.int16)):
        drawn = Picture(title="x", lines=(), said=(nothing, 8000), heard=(sound, 8000))
        assert draw(drawn, canvas(WIDTH, drawn.height))
    assert "no frame of the reference was recognized" in texts(svg(drawn))


def test_every_letter_has_a_form_of_its_own_and_an_unknown_one_is_a_question_mark() -> None:
    letters = "".join(chr(code) for code in range(33, 127) if chr(code) not in '!"$&@\\^`{|}~')
    forms = {written(letter).tobytes() for letter in letters}
    assert len(forms) == len(letters)
    assert all(written(letter).any() for letter in letters)
    assert np.array_equal(written("ü"), written("?"))
    assert written("ab").shape == (9, 11)


def test_text_is_anchored_where_it_is_told() -> None:
    for anchor, columns in ((Anchor.START, (50, 54)), (Anchor.MIDDLE, (48, 52)), (Anchor.END, (45, 49))):
        canvas = Pixels(100, 20)
        canvas.text(50, 15, "T", (0, 0, 0), size=1, anchor=anchor)
        ink = np.flatnonzero((pixels_of(canvas.finished()) == 0).all(axis=2).any(axis=0))
        assert (ink.min(), ink.max()) == columns
