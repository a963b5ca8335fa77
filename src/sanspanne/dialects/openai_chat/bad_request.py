"""A request that cannot be read, told in one sentence: which field, what was expected, and an example that works."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from sanspanne.errors import CallerError, invalid_request

T = TypeVar("T")

_EXAMPLES = {
    "": '{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}',
    "model": '"model": "auto"',
    "messages": '"messages": [{"role": "user", "content": "Hello"}]',
    "stream": '"stream": true',
    "stream_options": '"stream_options": {"include_usage": true}',
    "max_tokens": '"max_tokens": 500',
    "max_completion_tokens": '"max_completion_tokens": 500',
    "temperature": '"temperature": 0.7',
    "top_p": '"top_p": 0.9',
    "stop": '"stop": ["END"]',
    "n": '"n": 1',
    "seed": '"seed": 42',
    "frequency_penalty": '"frequency_penalty": 0.5',
    "presence_penalty": '"presence_penalty": 0.5',
    "logit_bias": '"logit_bias": {"50256": -100}',
    "logprobs": '"logprobs": true',
    "top_logprobs": '"top_logprobs": 5',
    "tools": '"tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]',
    "tool_choice": '"tool_choice": {"type": "function", "function": {"name": "weather"}}',
    "parallel_tool_calls": '"parallel_tool_calls": false',
    "response_format": '"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}}',
    "reasoning_effort": '"reasoning_effort": "low"',
    "user": '"user": "user-1234"',
}
_WHERE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>.*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`")


def complaint(param: str, problem: str) -> CallerError:
    """The error for the field `param` (empty: the body itself). `problem` goes on from the field's name."""
    example = _EXAMPLES.get(re.split(r"[.\[]", param, maxsplit=1)[0], _EXAMPLES[""])
    subject = f"`{param}`" if param else "The body"
    return invalid_request(f"{subject} {problem}. Example: {example}", param or None)


def decode(data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T], param: str = "") -> T:
    """Decodes the field `param`; raises `CallerError` if it does not have the decoder's shape."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise _of_shape(str(error), param) from error
    except RecursionError as error:
        raise complaint(param, "is nested too deeply; a few hundred levels can be read") from error
    except UnicodeDecodeError as error:
        raise complaint(param, "is not valid UTF-8") from error
    except msgspec.DecodeError as error:
        raise complaint(param, f"is not valid JSON ({_lower_first(str(error))})") from error


def _of_shape(message: str, param: str) -> CallerError:
    where = _WHERE.search(message)
    problem = message[: where.start()] if where else message
    path = where["path"].replace("[...]", "[]") if where else ""
    missing = _MISSING.match(problem)
    if missing:
        return complaint(_join(_join(param, path), missing["field"]), "is missing")
    return complaint(_join(param, path), f"is wrong: {_lower_first(problem)}")


def _join(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner and not inner.startswith("[") else outer + inner


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("JSON") else text
