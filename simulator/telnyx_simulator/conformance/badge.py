"""A badge for a README: a small SVG that loads nothing, and the line of Markdown that shows it."""

import html
from pathlib import Path
from typing import Final

from telnyx_simulator.conformance.grade import NONE

_LABEL: Final = "telnyx conformance"
_COLORS: Final = {"A": "#2e7d32", "B": "#558b2f", "C": "#b26a00", "D": "#c2410c", "F": "#b71c1c", NONE: "#616161"}
_LETTER_PX: Final = 6.6
_PADDING_PX: Final = 10
_HEIGHT_PX: Final = 20


def badge_svg(letter: str) -> str:
    """Two words side by side: what it is about, and the grade in its color."""
    word = "no grade" if letter == NONE else letter
    left, right = (round(len(text) * _LETTER_PX) + 2 * _PADDING_PX for text in (_LABEL, word))
    color, told = _COLORS[letter], html.escape(f"{_LABEL}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT_PX}" role="img" '
        f'aria-label="{told}"><title>{told}</title>\n'
        f'<rect width="{left}" height="{_HEIGHT_PX}" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT_PX}" fill="{color}"/>\n'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f'<text x="{left / 2:g}" y="14">{_LABEL}</text><text x="{left + right / 2:g}" y="14">{word}</text>\n'
        "</g></svg>\n"
    )


def badge_markdown(letter: str, path: Path) -> str:
    word = "no grade" if letter == NONE else letter
    return f"![{_LABEL}: {word}]({path.as_posix()})"
