"""Numbers of far ends: fictional, drawn by key, and held by one run at a time."""

import asyncio
import re

from telnyx_simulator.draws import Draws
from telnyx_simulator.scenario.numbers import Numbers

FICTIONAL = re.compile(r"\+4420794601\d\d|\+447700900\d{3}|\+120255501(0[7-9]|[1-9]\d)")


def test_numbers_are_fictional_and_british_first() -> None:
    drawn = [Numbers().draw(Draws(seed), "caller") for seed in range(200)]
    assert all(re.fullmatch(r"\+4420794601\d\d", number) for number in drawn)
    assert len(set(drawn)) > 50


def test_equal_draws_give_equal_numbers_as_long_as_nobody_holds_them() -> None:
    numbers = Numbers()
    first, second = (numbers.draw(Draws(1), "caller") for _ in range(2))
    assert first != second
    numbers.release([first, second])
    assert numbers.draw(Draws(1), "caller") == first


def test_when_the_first_range_is_used_up_the_others_serve() -> None:
    numbers = Numbers()
    drawn = [numbers.draw(Draws(seed), "caller") for seed in range(400)]
    assert len(set(drawn)) == 400
    assert all(FICTIONAL.fullmatch(number) for number in drawn)


async def test_a_number_that_a_scenario_names_is_waited_for() -> None:
    numbers = Numbers()
    await numbers.hold("+442079460123")
    second = asyncio.create_task(numbers.hold("+442079460123"))
    await asyncio.sleep(0)
    assert not second.done()
    numbers.release(["+442079460123"])
    await second
