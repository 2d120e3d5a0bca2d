"""Enough of JSON Schema (draft 2020-12) to try our own schemas: a keyword that is not known here fails loudly."""

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}
_SAYS_NOTHING = {"$schema", "$defs", "title", "description", "examples", "default"}


def mistakes(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, each with its path; nothing if it is valid."""
    return list(_wrong(schema, value, schema, "$"))


def _wrong(schema: Any, value: Any, root: dict[str, Any], at: str) -> Iterator[str]:
    if isinstance(schema, bool):
        if not schema:
            yield f"{at}: nothing is allowed here"
        return
    unknown = set(schema) - set(_KEYWORDS) - _SAYS_NOTHING - {"then", "else"}
    assert not unknown, f"the validator of the tests does not know {unknown}"
    for keyword, argument in schema.items():
        if keyword in _KEYWORDS:
            yield from _KEYWORDS[keyword](argument, value, schema, root, at)


def _has_type(name: str, value: Any) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _type(names: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if not any(_has_type(name, value) for name in (names if isinstance(names, list) else [names])):
        yield f"{at}: {value!r} is no {names}"


def _enum(options: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if not any(type(option) is type(value) and option == value for option in options):
        yield f"{at}: {value!r} is not in the list"


def _const(option: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    yield from _enum([option], value, schema, root, at)


def _ref(name: str, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    yield from _wrong(root["$defs"][name.removeprefix("#/$defs/")], value, root, at)


def _any_of(schemas: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    tried = [list(_wrong(one, value, root, at)) for one in schemas]
    if all(tried):
        yield f"{at}: none of {tried}"


def _one_of(schemas: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    fitting = [one for one in schemas if not list(_wrong(one, value, root, at))]
    if len(fitting) != 1:
        yield f"{at}: fits {len(fitting)} in place of one"


def _if(condition: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    branch = "else" if list(_wrong(condition, value, root, at)) else "then"
    yield from _wrong(schema.get(branch, True), value, root, at)


def _properties(properties: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key in properties.keys() & value.keys():
            yield from _wrong(properties[key], value[key], root, f"{at}.{key}")


def _pattern_properties(patterns: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for pattern, inner in patterns.items() if isinstance(value, dict) else ():
        for key in value:
            if re.search(pattern, key):
                yield from _wrong(inner, value[key], root, f"{at}.{key}")


def _additional(inner: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    patterns = schema.get("patternProperties", {})
    for key in value if isinstance(value, dict) else ():
        if key not in schema.get("properties", {}) and not any(re.search(pattern, key) for pattern in patterns):
            yield from _wrong(inner, value[key], root, f"{at}.{key}")


def _property_names(inner: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        yield from _wrong(inner, key, root, f"{at}: the key {key}")


def _required(keys: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{at}: {key} is missing" for key in keys if key not in value)


def _items(inner: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _wrong(inner, item, root, f"{at}[{index}]")


def _pattern(pattern: str, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(pattern, value):
        yield f"{at}: {value!r} does not look like {pattern}"


def _at_least(kind: str) -> Any:
    def check(least: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
        if _has_type(kind, value) and (value if kind == "number" else len(value)) < least:
            yield f"{at}: less than {least}"

    return check


def _at_most(kind: str) -> Any:
    def check(most: Any, value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
        if _has_type(kind, value) and (value if kind == "number" else len(value)) > most:
            yield f"{at}: more than {most}"

    return check


_KEYWORDS: dict[str, Any] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "$ref": _ref,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "if": _if,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
    "required": _required,
    "items": _items,
    "pattern": _pattern,
    "minProperties": _at_least("object"),
    "maxProperties": _at_most("object"),
    "minItems": _at_least("array"),
    "minLength": _at_least("string"),
    "minimum": _at_least("number"),
    "maximum": _at_most("number"),
}
