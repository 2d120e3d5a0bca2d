"""Pages made from tables are as the tables are."""

from pathlib import Path

import pytest

from telnyx_simulator.commands.facts_pages import PAGES, WRITE_THEM, text_of

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_current(path: str) -> None:
    assert (REPOSITORY / path).read_text(encoding="utf-8") == text_of(PAGES[path]), WRITE_THEM
