"""The options of `sanspanne keys` that say what a key may use. They are called as the settings of `[keys.NAME]` are.

The annotations are built in the language of the user, so they must be evaluated: no `from __future__ import annotations`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from msgspec.structs import fields, replace

from sanspanne.admission.priority import CLASSES
from sanspanne.admission.quotas.terms import Limits
from sanspanne.cli.key_words import KeyWords
from sanspanne.config.sections import QuotasConfig
from sanspanne.config.shape import example_line
from sanspanne.errors import ConfigError

NONE = "none"
SETTINGS = {setting.name: setting for setting in fields(QuotasConfig)}


def limit_options(words: KeyWords) -> type[Any]:
    """The type of a parameter that stands for one option per limit, with its help in the user's language."""

    @Parameter(name="*")
    @dataclass
    class LimitOptions:
        requests_per_minute: Annotated[str | None, Parameter(help=words.requests_per_minute)] = None
        requests_per_day: Annotated[str | None, Parameter(help=words.requests_per_day)] = None
        tokens_per_minute: Annotated[str | None, Parameter(help=words.tokens_per_minute)] = None
        tokens_per_day: Annotated[str | None, Parameter(help=words.tokens_per_day)] = None
        streams: Annotated[str | None, Parameter(help=words.streams)] = None
        dollars_per_day: Annotated[str | None, Parameter(help=words.dollars_per_day)] = None
        dollars_per_month: Annotated[str | None, Parameter(help=words.dollars_per_month)] = None

    return LimitOptions


def read_class(text: str | None, words: KeyWords) -> str | None:
    """A class; None where none was given. Raises `ConfigError`."""
    if text is not None and text not in CLASSES:
        raise ConfigError(words.wrong_class.format(value=text))
    return text


def changed(limits: Limits, options: Mapping[str, str | None], words: KeyWords) -> Limits:
    """`limits` with what the options say; `none` takes one off. Raises `ConfigError` for what cannot be a limit."""
    given = {name: _read(name, text, words) for name, text in options.items() if text is not None}
    return replace(limits, **given)


def option(name: str) -> str:
    """A limit as the command line calls it."""
    return "--" + name.replace("_", "-")


def _read(name: str, text: str, words: KeyWords) -> float | None:
    if text == NONE:
        return None
    is_money, setting = name.startswith("dollars"), SETTINGS[name]
    try:
        number: float = msgspec.convert(float(text) if is_money else int(text), setting.type)
    except ValueError:  # msgspec.ValidationError is one too
        number = math.nan
    if math.isnan(number):
        expected, example = words.amount if is_money else words.whole, example_line(setting).rpartition(" ")[2]
        raise ConfigError(words.wrong.format(option=option(name), value=text, expected=expected, example=example))
    return number
