"""Does a document have the shape of the sections? Every deviation becomes a sentence.

msgspec would stop at the first one and would not name the key of a table in a table, so the walk is ours; it asks msgspec
for each single value.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
KINDS_OF_VALUE = {"str": "a text", "list": "a list", "dict": "a section"}
NAMES_IN_EXAMPLES = {"keys": "app", "providers": "openai", "models": "gpt", "prices": '"openai/gpt-4o"'}


def deviations(table: Any, section: type[Struct], path: str = "") -> Iterator[str]:
    """One sentence for each place in `table` that does not fit `section`; `path` is the way to it, such as `server`."""
    if not isinstance(table, dict):
        yield f"{path} is {kind_of(table)}, but must be a section. For example: [{path}]"
        return
    known = {field.encode_name: field for field in fields(section)}
    for name in table:
        if name not in known:
            yield _unknown(join(path, name), name, known)
    for name, field in known.items():
        if name in table:
            yield from _deviations_of_field(table[name], field, join(path, name))
        elif field.required:
            yield f"{path or 'the file'} lacks {name}, which must be {_expected(field)}. For example: {example_line(field)}"


def join(path: str, name: str) -> str:
    """The path of a setting as TOML writes it: `models."gpt-4.1".chain`."""
    bare = name if BARE_KEY.fullmatch(name) else f'"{name}"'
    return f"{path}.{bare}" if path else bare


def nearest(name: str, names: Any) -> str | None:
    """The one of `names` that somebody who wrote `name` may have meant."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def example_line(field: FieldInfo) -> str:
    """A right line for a field: `port = 8080`, or the head of a section."""
    if section_of(field) is None:
        return f"{field.encode_name} = {_toml(_meta(field).examples[0])}"
    if get_origin(field.type) is tuple:
        return f"[[{field.name}]]"
    name = NAMES_IN_EXAMPLES.get(field.name)
    return f"[{field.name}.{name}]" if name else f"[{field.name}]"


def section_of(field: FieldInfo) -> type[Struct] | None:
    """The Struct behind a field that is a section, a table of sections or a list of them."""
    place = {dict: 1, tuple: 0}.get(get_origin(field.type))
    inner = field.type if place is None else get_args(field.type)[place]
    return inner if isinstance(inner, type) and issubclass(inner, Struct) else None


def kind_of(value: Any) -> str:
    """What a value is, in words; values themselves are not shown, as one may be a secret in the wrong place."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    return KINDS_OF_VALUE.get(type(value).__name__, "a date or a time")


def _deviations_of_field(value: Any, field: FieldInfo, path: str) -> Iterator[str]:
    section = section_of(field)
    if section is None:
        if not _fits(value, field.type):
            yield f"{path} is {kind_of(value)}, but must be {_expected(field)}. For example: {example_line(field)}"
    elif get_origin(field.type) is tuple:
        yield from _deviations_of_list(value, section, field, path)
    elif get_origin(field.type) is not dict:
        yield from deviations(value, section, path)
    elif not isinstance(value, dict):
        yield f"{path} is {kind_of(value)}, but must hold named sections. For example: {example_line(field)}"
    else:
        for name, table in value.items():
            yield from deviations(table, section, join(path, name))


def _deviations_of_list(value: Any, section: type[Struct], field: FieldInfo, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path} is {kind_of(value)}, but must be a list of sections. For example: {example_line(field)}"
        return
    for number, table in enumerate(value, 1):
        yield from deviations(table, section, f"{path}[{number}]")


def _unknown(path: str, name: str, known: dict[str, FieldInfo]) -> str:
    meant = nearest(name, known)
    if meant is None:
        return f"{path} is not a setting; those known here are {', '.join(known)}."
    return f"{path} is not a setting; did you mean {meant}? For example: {example_line(known[meant])}"


def _fits(value: Any, wanted: Any) -> bool:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return False
    # NaN, which TOML can write, passes every comparison with a limit
    return not (isinstance(value, float) and math.isnan(value))


def _expected(field: FieldInfo) -> str:
    if section_of(field) is not None:
        return "a list of sections" if get_origin(field.type) is tuple else "a section"
    return _meta(field).description or "something else"


def _meta(field: FieldInfo) -> Any:
    if get_origin(field.type) is Annotated:
        return next(part for part in get_args(field.type) if isinstance(part, Meta))
    raise TypeError(f"the field {field.name} has no description and no example")


def _toml(value: Any) -> str:
    return msgspec.json.encode(value).decode().replace('","', '", "')  # for these values JSON and TOML agree
