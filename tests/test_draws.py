"""Draws: one seed, keyed numbers, no neighbours."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.draws import Draws

PURPOSES = st.text("abcdefghijklmnopqrstuvwxyz_./0123456789", min_size=1)


def test_adding_a_call_or_a_draw_shifts_no_other():
    """Each draw hangs on its own key: others before, after or in between leave it alone."""
    alone = [Draws(7).within("call 2").uniform("latency", n) for n in range(5)]
    draws, among_others = Draws(7), []
    for n in range(5):
        draws.within("call 1").uniform("latency", n)
        among_others.append(draws.within("call 2").uniform("latency", n))
        draws.within("call 2").octets("another purpose", n)
    assert among_others == alone


def test_the_draws_of_a_seed_are_the_same_on_every_machine_and_in_every_version():
    draws = Draws(1, ("scenario", "call"))
    assert (draws.octets("id", 3).hex(), draws.uniform("ring"), draws.integer(35, 115, "latency", 2)) == (
        "c5ad972816e96206",
        0.18222475325655751,
        50,
    )


@given(st.integers(), st.integers(), PURPOSES, PURPOSES, st.integers(0), st.integers(0))
def test_different_keys_draw_differently(seed, other_seed, purpose, other_purpose, n, other_n):
    one, other = (seed, purpose, n), (other_seed, other_purpose, other_n)
    drawn = [Draws(key[0]).octets(key[1], key[2], size=16) for key in (one, other)]
    assert (drawn[0] == drawn[1]) == (one == other)


def test_a_scope_is_more_than_its_letters():
    """`within` neither runs words together nor forgets their order."""
    scopes = [("ab", "c"), ("a", "bc"), ("abc",), ("c", "ab"), ()]
    assert len({Draws(1, scope).octets("purpose") for scope in scopes}) == len(scopes)
    assert Draws(1).within("a").within("b", "c") == Draws(1).within("a", "b", "c")


@given(st.integers(), PURPOSES, st.integers(0))
def test_a_uniform_number_is_of_the_half_open_unit_interval(seed, purpose, n):
    assert 0 <= Draws(seed).uniform(purpose, n) < 1


@given(st.integers(), st.integers(-(10**30), 10**30), st.integers(0, 10**30), st.integers(0))
def test_an_integer_is_within_its_bounds(seed, low, width, n):
    assert low <= Draws(seed).integer(low, low + width, "any", n) <= low + width


@pytest.mark.parametrize("width", [1, 2**53, 2**53 + 1, 2**60 - 1, 10**19, 3 * 10**40])
def test_the_greatest_draw_gives_the_upper_bound_or_just_below(width, monkeypatch):
    monkeypatch.setattr(Draws, "octets", lambda *_, **__: b"\xff" * 8)
    assert Draws(1).integer(0, width - 1, "any") < width


def test_uniform_numbers_are_spread_evenly():
    drawn = [Draws(1).uniform("spread", n) for n in range(10_000)]
    tenths = [sum(1 for x in drawn if int(x * 10) == tenth) for tenth in range(10)]
    assert abs(statistics.fmean(drawn) - 0.5) < 0.01
    assert all(900 < count < 1100 for count in tenths), tenths


def test_integers_reach_both_bounds_and_everything_between():
    assert {Draws(1).integer(-2, 2, "die", n) for n in range(200)} == {-2, -1, 0, 1, 2}


def test_neighbouring_draws_are_not_correlated():
    drawn = [Draws(1).uniform("spread", n) for n in range(5_000)]
    assert abs(statistics.correlation(drawn[:-1], drawn[1:])) < 0.05
