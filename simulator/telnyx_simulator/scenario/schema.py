"""JSON Schema (draft 2020-12) of a scenario file, for editors: completion, hover texts, and mistakes as they are typed.

It is made of the models; what they leave to the loader, because it can be written in several forms, is put together
here. All of the language is in it, built or not: what is not built yet is said by `lint`. What only a look at several
places can show (a side, a reference, an unknown person) is left to `lint` too.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from telnyx_simulator.facts import commands
from telnyx_simulator.facts.assumptions import ASSUMPTIONS
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.scenario import (
    accounts,
    clip_words,
    lines,
    model,
    steps,
    streams,
    treatments,
    types,
    units,
    words,
)
from telnyx_simulator.scenario.forms import Form
from telnyx_simulator.scenario.script import Verb

JSONSchema = dict[str, Any]

# As `words.NAME`, in the regular expressions of JSON Schema, which know ASCII only: whatever is not in lower case.
_NAME: Final = r"^[A-Z\u0080-\uFFFF]"
_REFERENCE: Final = {"$ref": "#/$defs/reference"}
_NULL: Final = {"type": "null"}
_SCALARS: Final = {"string", "integer", "number", "boolean"}
_ANYTHING: Final[JSONSchema] = {}
_PHONES: Final = r"^\+[1-9][0-9]{6,14}$"

# What a form leaves to the loader: form, key -> the definition that is meant.
_BY_HAND: Final[Mapping[tuple[str, str], JSONSchema]] = {
    ("ScenarioForm", "script"): {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
    ("ScenarioForm", "call"): {"$ref": "#/$defs/call"},
    ("ScenarioForm", "calls"): {"$ref": "#/$defs/calls"},
    ("ScenarioForm", "matrix"): {"$ref": "#/$defs/matrix"},
    ("ScenarioForm", "webhooks"): {"$ref": "#/$defs/webhooks"},
    ("ScenarioForm", "commands"): {"$ref": "#/$defs/commands"},
    ("ScenarioForm", "account"): {"$ref": "#/$defs/AccountForm"},
    ("ScenarioForm", "assume"): {"$ref": "#/$defs/assume"},
    ("ScenarioForm", "expect"): {"$ref": "#/$defs/expectations"},
    ("ScenarioForm", "absent"): {"$ref": "#/$defs/expectations"},
    ("CallForm", "line"): {"$ref": "#/$defs/line"},
    ("CallForm", "stream"): {"$ref": "#/$defs/StreamForm"},
    ("AccountForm", "applications"): {"$ref": "#/$defs/applications"},
    ("AccountForm", "numbers"): {
        "type": "object",
        "propertyNames": {"pattern": _PHONES},
        "additionalProperties": {"type": "string"},
    },
}
# Scalars that stand in many places: each has one definition.
_SHARED: Final[Mapping[str, Any]] = {
    "command": words.AnyCommand,
    "event": words.AnyEvent,
    "clip": clip_words.Clip,
    "codec": words.Codec,
    "digits": types.Digits,
    "duration": units.Duration,
    "level": units.Level,
    "text": types.Text,
}
_FORMS: Final = (
    model.CallForm,
    model.ExpectationForm,
    streams.StreamForm,
    treatments.TreatmentForm,
    treatments.CommandTreatmentForm,
    accounts.AccountForm,
)


def scenario_schema() -> JSONSchema:
    """The schema of a scenario file, as plain JSON."""
    definitions: JSONSchema = {}
    top = _form(model.ScenarioForm, definitions)
    del top["required"]
    for form in _FORMS:
        definitions[form.__name__] = _form(form, definitions)
    definitions |= _scripts(definitions) | _expectations() | _calls() | _lines(definitions) | _rules() | _account()
    definitions = {name: _with_references(definitions[name]) for name in sorted(definitions)}
    definitions |= {name: {"anyOf": [schema, _REFERENCE]} for name, schema in _shared().items()}
    definitions["matrix"] = _matrix()
    definitions["reference"] = {
        "type": "string",
        "pattern": "^\\$[A-Za-z_][A-Za-z0-9_]*$",
        "description": "A value of the matrix: `$name`.",
    }
    top["properties"] = {key: _with_references(value) for key, value in top["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of telnyx-simulator, version 1 of the language",
        **top,
        "patternProperties": {"^x-": _ANYTHING},
        "anyOf": [
            {"required": ["script"], "oneOf": [{"required": ["call"]}, {"required": ["calls"]}]},
            {"required": ["load"]},
        ],
        "$defs": definitions,
    }


def schema_text() -> str:
    """The file `docs/schema/scenario.schema.json`."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


def _form(form: type[Form], definitions: JSONSchema) -> JSONSchema:
    """The schema of one mapping, without what pydantic says and nobody wants to read."""
    schema = _hoisted(form.model_json_schema(), definitions)
    for key, value in schema["properties"].items():
        schema["properties"][key] = value | _BY_HAND.get((form.__name__, key), {})
    return schema


def _hoisted(schema: JSONSchema, definitions: JSONSchema) -> JSONSchema:
    """A schema whose own definitions have become everybody's."""
    for name, inner in schema.pop("$defs", {}).items():
        definitions[name] = _tidied(inner)
    return _tidied(schema)


def _tidied(schema: JSONSchema) -> JSONSchema:
    """Without titles, without defaults (in the units of a run) and without null (a key without a value is refused)."""
    tidy = {key: value for key, value in schema.items() if key not in ("title", "default")}
    if "properties" in tidy:
        tidy["properties"] = {key: _tidied(value) for key, value in tidy["properties"].items()}
    if "anyOf" in tidy:
        some = [_tidied(one) for one in tidy.pop("anyOf") if one != _NULL]
        tidy = (some[0] | tidy) if len(some) == 1 else tidy | {"anyOf": some}
    return tidy


def _with_references(schema: JSONSchema) -> JSONSchema:
    """The same, where each scalar may be a `$name` too, and stands by its one definition where it has one."""
    schema = dict(schema)
    for key in ("properties", "patternProperties"):
        if key in schema:
            schema[key] = {name: _with_references(inner) for name, inner in schema[key].items()}
    for key in ("additionalProperties", "items", "then", "else"):
        if isinstance(schema.get(key), dict):
            schema[key] = _with_references(schema[key])
    if "anyOf" in schema:
        some = [_by_definition(one) if _is_scalar(one) else _with_references(one) for one in schema["anyOf"]]
        schema["anyOf"] = [*some, _REFERENCE] if any(map(_is_scalar, schema["anyOf"])) else some
    elif _is_scalar(schema):
        said = {"description": schema.pop("description")} if "description" in schema else {}
        defined = _by_definition(schema)
        schema = said | (defined if "$ref" in defined else {"anyOf": [defined, _REFERENCE]})
    return schema


def _by_definition(schema: JSONSchema) -> JSONSchema:
    name = next((name for name, shared in _shared().items() if shared == schema), None)
    return {"$ref": f"#/$defs/{name}"} if name else schema


@functools.cache
def _shared() -> JSONSchema:
    return {name: _tidied(TypeAdapter(kind).json_schema()) for name, kind in _SHARED.items()}


def _is_scalar(schema: JSONSchema) -> bool:
    return "enum" in schema or "const" in schema or str(schema.get("type")) in _SCALARS


def _scripts(definitions: JSONSchema) -> JSONSchema:
    """A `step`; what may be said behind a person's name; a verb with its argument."""
    verbs = {str(verb): _verb(verb, definitions) for verb in Verb}
    bare = {"enum": [str(verb) for verb in Verb if verb not in steps.EXAMPLES]}
    return {
        "verb": _known(verbs) | {"maxProperties": 1},
        "said": {"anyOf": [bare, {"$ref": "#/$defs/verb"}]},
        "step": {"anyOf": [bare, _or_a_persons({"$ref": "#/$defs/verb"}, {"$ref": "#/$defs/said"})]},
    }


def _verb(verb: Verb, definitions: JSONSchema) -> JSONSchema:
    """What stands behind a verb; null where the bare verb will do."""
    by_hand: dict[Verb, JSONSchema] = {
        Verb.LINE: {"$ref": "#/$defs/line"},
        Verb.EXPECT: {"anyOf": [{"$ref": "#/$defs/expectation"}, {"$ref": "#/$defs/expectations"}]},
        Verb.ABSENT: {"$ref": "#/$defs/absence"},
    }
    schema = by_hand.get(verb) or _hoisted(TypeAdapter(model.ARGUMENTS[verb]).json_schema(), definitions)
    if verb not in steps.EXAMPLES and schema != _NULL:
        schema = {"anyOf": [*schema.get("anyOf", [schema]), _NULL]}
    return schema | {"description": model.SAYS[verb]}


def _expectations() -> JSONSchema:
    """One of them, or one behind a person's name; with `for`, where it is an absence."""
    subjects = [{"required": [str(subject)]} for subject in words.SUBJECTS]
    full = {"$ref": "#/$defs/full_expectation"}
    lasting = full | {"required": ["for"]}
    command = _shared()["command"]
    return {
        "full_expectation": {"$ref": "#/$defs/ExpectationForm", "oneOf": subjects},
        "expectation": {"anyOf": [command, _or_a_persons(full, {"anyOf": [command, full]})]},
        "expectations": {"type": "array", "items": {"$ref": "#/$defs/expectation"}, "minItems": 1},
        "absence": _or_a_persons(lasting, lasting),
    }


def _or_a_persons(own: JSONSchema, persons: JSONSchema) -> JSONSchema:
    """A mapping, or a name and what that person's is: told apart by the key, so that a mistake is said once."""
    named = {"type": "object", "patternProperties": {_NAME: persons}, "minProperties": 1, "maxProperties": 1}
    is_named = {"type": "object", "minProperties": 1, "propertyNames": {"pattern": _NAME}}
    return {"type": "object", "if": is_named, "then": named, "else": own}


def _calls() -> JSONSchema:
    return {
        "call": {"anyOf": [{"enum": list(words.DIRECTIONS)}, {"$ref": "#/$defs/CallForm"}]},
        "calls": {
            "type": "object",
            "patternProperties": {_NAME: {"$ref": "#/$defs/call"}},
            "additionalProperties": False,
            "minProperties": 1,
        },
    }


def _matrix() -> JSONSchema:
    """The only values that are no references."""
    scalar = {"type": [*sorted(_SCALARS), "null"]}
    axes = {"type": "object", "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}, "minProperties": 1}
    columns = axes | {"additionalProperties": {"type": "array", "items": scalar, "minItems": 1}}
    rows = {"type": "array", "items": axes | {"additionalProperties": scalar}, "minItems": 1}
    return {"anyOf": [columns, rows]}


def _lines(definitions: JSONSchema) -> JSONSchema:
    planes = {}
    for plane, impairments in lines.IMPAIRMENTS.items():
        forms = [_form(form, definitions) for form in impairments.values()]
        definitions[plane] = {"anyOf": [{"enum": list(lines.words_of(plane))}, *forms]}
        planes[plane] = _one_or_more({"$ref": f"#/$defs/{plane}"})
    return {"line": {"anyOf": [{"enum": list(lines.words_of(lines.PSTN))}, _known(planes)]}}


def _one_or_more(schema: JSONSchema) -> JSONSchema:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


def _rules() -> JSONSchema:
    events = (treatments.ALL, *words.EVENTS)
    verbs = (words.ANY, *commands.COMMANDS)
    facts = {
        name: {
            "enum": list(fact.alternatives),
            "description": "; ".join(f"`{word}`: {says}" for word, says in fact.alternatives.items()),
        }
        for name, fact in ASSUMPTIONS.items()
    }
    event, command = "event_treatments", "command_treatments"
    return {
        event: _one_or_more({"$ref": "#/$defs/TreatmentForm", "minProperties": 1}),
        command: _one_or_more({"$ref": "#/$defs/CommandTreatmentForm", "minProperties": 1}),
        "webhooks": _known({name: {"$ref": f"#/$defs/{event}"} for name in events}),
        "commands": _known({name: {"$ref": f"#/$defs/{command}"} for name in verbs}),
        "assume": _known(facts),
    }


def _known(properties: JSONSchema) -> JSONSchema:
    return {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}


def _account() -> JSONSchema:
    params = OPERATIONS["application.create"].params
    fields = {
        name: {"type": params[name].type} | ({"enum": list(params[name].allowed)} if params[name].allowed else {})
        for name in accounts.FIELDS
    }
    required = [name for name in accounts.FIELDS if params[name].required]
    application = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    return {"applications": {"type": "object", "additionalProperties": application, "minProperties": 1}}
