"""Matchers: a subset of JSON, and five words that stand for a value."""

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telnyx_simulator.checks.matching import WORDS, matches, validate

MATCH: list[tuple[Any, Any]] = [
    ({}, {"a": 1}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ({"a": {"b": [1]}}, {"a": {"b": [1], "c": 2}}),
    ([{"a": 1}], [{"a": 1, "b": 2}]),
    (1, 1.0),
    (None, None),
    ({"a": {"present": True}}, {"a": None}),
    ({"a": {"present": False}}, {"b": 1}),
    ({"a": {"one_of": [{"present": False}, 1]}}, {}),
    ({"one_of": [1, {"contains": "x"}]}, "axb"),
    ({"contains": "us"}, "busy"),
    ({"contains": {"a": 1}}, [0, {"a": 1, "b": 2}]),
    ({"contains": 1}, [0, 1.0]),
    ({"matches": r"^\+44"}, "+442079460123"),
    ({"matches": "946"}, "+442079460123"),
    ({"decoded": "abc"}, base64.b64encode(b"abc").decode()),
    ({"decoded": {"contains": "b"}}, base64.b64encode(b"abc").decode()),
    ({"decoded": {"a": {"one_of": [1]}}}, base64.b64encode(b'{"a": 1, "b": 2}').decode()),
    ({"decoded": {"one_of": ["x", {"a": 1}]}}, base64.b64encode(b'{"a": 1}').decode()),
    ({"decoded": [1, 2]}, base64.b64encode(b"[1, 2]").decode()),
    ({"present": True, "x": 1}, {"present": True, "x": 1}),  # a second key: a mapping like any other
]

NO_MATCH: list[tuple[Any, Any]] = [
    ({"a": 1}, {"b": 1}),
    ({"a": 1}, [1]),
    ({}, []),
    ([1], [1, 2]),
    ([1, 2], [2, 1]),
    (True, 1),
    (1, True),
    (False, 0),
    ("1", 1),
    (1, "1"),
    (None, False),
    (None, ""),
    ({"a": None}, {}),
    ({"a": {"present": False}}, {"a": None}),
    ({"a": {"present": True}}, {}),
    ({"one_of": [1, 2]}, 3),
    ({"contains": "x"}, "abc"),
    ({"contains": 1}, "1"),
    ({"contains": "a"}, {"a": 1}),
    ({"matches": "1"}, 1),
    ({"matches": "^b"}, "ab"),
    ({"decoded": "abc"}, "abc"),
    ({"decoded": "abc"}, "YWJj\n!"),
    ({"decoded": "abc"}, None),
    ({"decoded": {"a": 1}}, base64.b64encode(b"no json").decode()),
    ({"decoded": {"a": 1}}, base64.b64encode(b"[" * 100_000).decode()),
    ({"decoded": "x"}, base64.b64encode(b"\xff").decode()),
    *[({"a": {word: "x"}}, {}) for word in WORDS],
]

BAD: dict[str, Any] = {
    "a matcher has one word, found 'present' and 'contains'": {"a": [{"present": True, "contains": "x"}]},
    "'present' takes true or false": {"present": "yes"},
    "'one_of' takes a list of at least one value": {"one_of": []},
    "'contains' takes the text, or the element, that must be in there": {"contains": ""},
    "'matches' takes a regular expression, as text": {"one_of": [{"matches": 7}]},
    "a regular expression has at most 500 characters": {"matches": "a" * 501},
    "not a regular expression: missing ), unterminated subpattern": {"decoded": {"a": {"matches": "("}}},
    "not a regular expression: it is nested too deep or repeats too often": {"matches": "a{99999999999}"},
}


@pytest.mark.parametrize(("pattern", "value"), MATCH)
def test_a_pattern_matches(pattern: Any, value: Any) -> None:
    assert matches(pattern, value)
    assert validate(pattern) is None


@pytest.mark.parametrize(("pattern", "value"), NO_MATCH)
def test_a_wrong_expectation_fails(pattern: Any, value: Any) -> None:
    assert not matches(pattern, value)


@pytest.mark.parametrize("sentence", BAD)
def test_a_bad_pattern_is_explained_and_matches_nothing(sentence: str) -> None:
    assert validate(BAD[sentence]) == sentence
    assert matches(BAD[sentence], {"a": ["x"]}) is False


def test_nested_groups_end_in_a_sentence_whatever_the_depth() -> None:
    assert (validate({"matches": "(" * 250 + ")" * 250}) or "not a regular expression").startswith("not a regular")


patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
keys = st.text().filter(lambda key: key not in WORDS)
plain_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=10
)
mappings = st.dictionaries(keys, plain_json, max_size=4)
words = st.one_of(
    st.builds(lambda wanted: {"present": wanted}, st.booleans()),
    st.builds(lambda text: {"contains": text}, st.text()),
    st.builds(lambda text: {"matches": text}, st.text(max_size=20)),
)
patterns = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.sampled_from(WORDS), inner, max_size=4)
        | st.builds(lambda any_of: {"one_of": any_of}, st.lists(inner, max_size=3))
        | st.builds(lambda decoded: {"decoded": decoded}, inner)
    ),
    max_leaves=20,
)


@given(plain_json)
@patient
def test_any_value_matches_itself(value: Any) -> None:
    assert validate(value) is None
    assert matches(value, copy.deepcopy(value))


@given(mappings, mappings)
@patient
def test_a_mapping_matches_every_mapping_that_has_more(pattern: dict[str, Any], more: dict[str, Any]) -> None:
    assert matches(pattern, more | pattern)


@given(mappings.filter(bool), st.data())
@patient
def test_a_mapping_matches_nothing_that_lacks_one_of_its_keys(pattern: dict[str, Any], data: st.DataObject) -> None:
    lost = data.draw(st.sampled_from(sorted(pattern)))
    assert not matches(pattern, {key: value for key, value in pattern.items() if key != lost})


@given(st.lists(plain_json, max_size=4), plain_json)
@patient
def test_a_list_is_the_whole_list(value: list[Any], another: Any) -> None:
    assert not matches(value, [*value, another])


@given(plain_json.filter(lambda value: isinstance(value, dict | list)))
@patient
def test_what_is_encoded_matches_decoded(value: Any) -> None:
    assert matches({"decoded": value}, base64.b64encode(json.dumps(value).encode()).decode())


@given(patterns, plain_json)
@patient
def test_any_pattern_gives_an_answer_and_any_value_gets_one(pattern: Any, value: Any) -> None:
    assert matches(pattern, value) in (True, False)
    assert validate(pattern) is None or isinstance(validate(pattern), str)


@given(patterns, patterns, plain_json)
@patient
def test_one_of_is_either(one: Any, other: Any, value: Any) -> None:
    assert matches({"one_of": [one, other]}, value) == (matches(one, value) or matches(other, value))
