"""Identifiers: Telnyx's formats, minted from the seed."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.draws import Draws
from telnyx_simulator.facts.formats import CALL_CONTROL_ID, DECIMAL_ID, PATTERNS, UUID
from telnyx_simulator.signaling import identifiers

MINTS = {
    "call_control_id": (CALL_CONTROL_ID, identifiers.call_control_id),
    "time_uuid": (UUID, lambda draws, n: identifiers.time_uuid(draws, "call_leg_id", n)),
    "random_uuid": (UUID, lambda draws, n: identifiers.random_uuid(draws, "event_id", n)),
    "decimal_id": (DECIMAL_ID, lambda draws, n: identifiers.decimal_id(draws, "connection_id", n)),
}


@pytest.mark.parametrize(("form", "mint"), MINTS.values(), ids=MINTS)
@given(seed=st.integers(), n=st.integers(0, 10**6))
def test_an_identifier_has_its_format(form, mint, seed, n):
    assert re.fullmatch(PATTERNS[form], mint(Draws(seed), n))


@pytest.mark.parametrize("mint", [mint for _, mint in MINTS.values()], ids=MINTS)
def test_an_identifier_is_of_its_seed_and_number_alone(mint):
    minted = {(seed, n): mint(Draws(seed), n) for seed in range(20) for n in range(20)}
    assert len(set(minted.values())) == len(minted)
    assert minted == {(seed, n): mint(Draws(seed), n) for seed in range(20) for n in range(20)}


@given(seed=st.integers(), n=st.integers(0, 10**6))
def test_legs_and_sessions_have_version_1_uuids_of_no_real_network_card(seed, n):
    minted = uuid.UUID(identifiers.time_uuid(Draws(seed), "call_leg_id", n))
    assert (minted.version, minted.variant, minted.node >> 40 & 1) == (1, uuid.RFC_4122, 1)


@given(seed=st.integers(), n=st.integers(0, 10**6))
def test_everything_else_has_version_4_uuids(seed, n):
    assert uuid.UUID(identifiers.random_uuid(Draws(seed), "event_id", n)).version == 4


def test_purposes_do_not_share_identifiers():
    assert identifiers.time_uuid(Draws(1), "call_leg_id", 0) != identifiers.time_uuid(Draws(1), "call_session_id", 0)
