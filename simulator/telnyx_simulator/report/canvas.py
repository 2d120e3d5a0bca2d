"""Two canvases for one drawing: SVG text, and pixels for a PNG. Coordinates are pixels from the upper left corner.

Only what a plot needs: boxes, straight lines, dots, columns (a waveform), an indexed image, and text.
"""

import base64
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.report.glyphs import HEIGHT, WIDTH, written
from telnyx_simulator.report.png import Color, png

Heights = NDArray[np.float64]


class Anchor(StrEnum):
    """Which end of a text stands where it is put."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class Canvas(Protocol):
    def box(self, x: float, y: float, width: float, height: float, color: Color) -> None: ...

    def line(self, x1: float, y1: float, x2: float, y2: float, color: Color, *, is_dashed: bool = False) -> None: ...

    def columns(self, x: float, tops: Heights, bottoms: Heights, color: Color) -> None:
        """One pixel wide each, side by side from `x` on."""

    def dots(self, xs: Heights, ys: Heights, color: Color) -> None: ...

    def image(self, x: float, y: float, indices: NDArray[np.uint8], palette: Sequence[Color]) -> None:
        """[height, width] positions in a palette, a pixel each."""

    def text(self, x: float, y: float, words: str, color: Color, *, size: int, anchor: Anchor = Anchor.START) -> None:
        """`y` is the line on which the letters stand; `size` is 1 or 2."""

    def finished(self) -> bytes: ...


_FONT_PX: Final = {1: 13, 2: 21}


class Svg:
    """An SVG document; images are embedded."""

    def __init__(self, width: int, height: int) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, DejaVu Sans, sans-serif">',
        ]
        self.box(0, 0, width, height, (255, 255, 255))

    def box(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {_fill(color)}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, color: Color, *, is_dashed: bool = False) -> None:
        dashes = ' stroke-dasharray="4 3"' if is_dashed else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_hex(color)}"{dashes}/>'
        )

    def columns(self, x: float, tops: Heights, bottoms: Heights, color: Color) -> None:
        over = [f"{x + n:.0f},{y:.1f}" for n, y in enumerate(tops)]
        under = [f"{x + n:.0f},{y:.1f}" for n, y in enumerate(bottoms)]
        points = " ".join([*over, *reversed(under)])
        self._parts.append(f'<polygon points="{points}" {_fill(color)} stroke="{_hex(color)}" stroke-width="0.6"/>')

    def dots(self, xs: Heights, ys: Heights, color: Color) -> None:
        path = "".join(f"M{x:.1f} {y:.1f}h1.6v1.6h-1.6z" for x, y in zip(xs - 0.8, ys - 0.8, strict=True))
        self._parts.append(f'<path d="{path}" {_fill(color)}/>')

    def image(self, x: float, y: float, indices: NDArray[np.uint8], palette: Sequence[Color]) -> None:
        height, width = indices.shape
        data = base64.b64encode(png(indices, palette)).decode()
        self._parts.append(
            f'<image x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
        )

    def text(self, x: float, y: float, words: str, color: Color, *, size: int, anchor: Anchor = Anchor.START) -> None:
        weight = ' font-weight="bold"' if size > 1 else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{_FONT_PX[size]}" text-anchor="{anchor}"{weight} '
            f"{_fill(color)}>{escape(_printable(words))}</text>"
        )

    def finished(self) -> bytes:
        return "\n".join([*self._parts, "</svg>\n"]).encode()


class Pixels:
    """An image; each color that is used takes a place in its palette of 256."""

    def __init__(self, width: int, height: int) -> None:
        self._pixels = np.zeros((height, width), np.uint8)
        self._palette: dict[Color, int] = {(255, 255, 255): 0}

    def box(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        left, top = max(round(x), 0), max(round(y), 0)
        self._pixels[top : max(round(y + height), 0), left : max(round(x + width), 0)] = self._index(color)

    def line(self, x1: float, y1: float, x2: float, y2: float, color: Color, *, is_dashed: bool = False) -> None:
        steps = max(round(max(abs(x2 - x1), abs(y2 - y1))), 1)
        along = np.arange(steps + 1)
        if is_dashed:
            along = along[along % 7 < 4]
        self._put(x1 + (x2 - x1) * along / steps, y1 + (y2 - y1) * along / steps, color)

    def columns(self, x: float, tops: Heights, bottoms: Heights, color: Color) -> None:
        index = self._index(color)
        for n, (top, bottom) in enumerate(zip(np.rint(tops).astype(int), np.rint(bottoms).astype(int), strict=True)):
            self._pixels[max(top, 0) : bottom + 1, round(x) + n] = index

    def dots(self, xs: Heights, ys: Heights, color: Color) -> None:
        for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
            self._put(xs + right - 0.5, ys + down - 0.5, color)

    def image(self, x: float, y: float, indices: NDArray[np.uint8], palette: Sequence[Color]) -> None:
        height, width = indices.shape
        places = np.array([self._index(color) for color in palette], np.uint8)
        self._pixels[round(y) : round(y) + height, round(x) : round(x) + width] = places[indices]

    def text(self, x: float, y: float, words: str, color: Color, *, size: int, anchor: Anchor = Anchor.START) -> None:
        ink = written(_printable(words)).repeat(size, axis=0).repeat(size, axis=1)
        left = round(x - {Anchor.START: 0.0, Anchor.MIDDLE: 0.5, Anchor.END: 1.0}[anchor] * ink.shape[1])
        down, right = np.nonzero(ink)
        self._put(left + right.astype(float), round(y) - (HEIGHT - 2) * size + down.astype(float), color)

    def finished(self) -> bytes:
        return png(self._pixels, list(self._palette))

    def _index(self, color: Color) -> int:
        """Its place in the palette; of a color too many, the one that is most like it."""
        if color in self._palette or len(self._palette) < 256:
            return self._palette.setdefault(color, len(self._palette))
        alike = min(self._palette, key=lambda known: sum(abs(a - b) for a, b in zip(known, color, strict=True)))
        return self._palette[alike]

    def _put(self, xs: Heights, ys: Heights, color: Color) -> None:
        columns, rows = np.rint(xs).astype(int), np.rint(ys).astype(int)
        height, width = self._pixels.shape
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        self._pixels[rows[inside], columns[inside]] = self._index(color)


def text_width(words: str, size: int) -> int:
    """Pixels, for either canvas about the same."""
    return len(words) * (WIDTH + 1) * size


def _printable(words: str) -> str:
    """Without what XML cannot hold and no font has."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _fill(color: Color) -> str:
    return f'fill="{_hex(color)}"'
