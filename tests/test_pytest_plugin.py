"""Hooks that see the tests of every project that has us installed (`acceptance/test_user_project.py` has the rest)."""

from typing import Any

import pytest

from telnyx_simulator import pytest_plugin
from telnyx_simulator.api import NotExercised


class _Others:
    class NotExercised(Exception):
        """Of a project that has nothing to do with us."""


@pytest.mark.parametrize(("problem", "outcome"), [(NotExercised, "Skipped"), (_Others.NotExercised, "NotExercised")])
def test_what_is_not_exercised_is_skipped_and_nothing_of_its_name(problem: type[Exception], outcome: str) -> None:
    item: Any = None
    hook = pytest_plugin.pytest_runtest_call(item)
    next(hook)
    with pytest.raises(BaseException, match="a line to add") as caught:
        hook.throw(problem("a line to add"))
    assert caught.type.__name__ == outcome
