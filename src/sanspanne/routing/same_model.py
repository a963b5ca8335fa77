"""Whether two targets are one model at two providers: who goes on with a broken answer then goes on with its own words.

Names are compared, and only what is known to say nothing of the weights is taken off first:

    models/gemini-2.5-pro                          a path before the name
    openai/gpt-4o  us.anthropic.claude-...-v1:0    who made it, where it runs, a cloud's version of its own wrapping
    deepseek/deepseek-chat:free  ...:nitro         how it is paid for or routed
    claude-3.5-haiku  claude-3-5-haiku             a point or a dash in the version
    claude-sonnet-4@20250514  claude-sonnet-4-20250514

In doubt they are two models, because a wrong "the same" is never noticed and a wrong "another" costs only a place in the order:
a dated name is not the undated one, which moves on; `-latest` neither; and a tag of Ollama's (`llama3.2:3b-instruct-q4_K_M`) is
a quantisation of its own, the same only as itself.
"""

from __future__ import annotations

import re

from sanspanne.chat import Target
from sanspanne.routing.chains import ONBOARD

_REGION = re.compile(r"^(us|eu|apac|au|jp|ca|global|us-gov)\.(?=[a-z0-9-]+\.)")
_MAKERS = (
    "openai|anthropic|google|mistralai|mistral|meta-llama|meta|deepseek-ai|deepseek|qwen|x-ai|cohere|amazon|perplexity"
)
_MAKER = re.compile(rf"^({_MAKERS})[./]")
_BEDROCK = re.compile(r"(?<=\d)-v\d+:\d+$")  # not that of `claude-v2:1`, which is the model's own
_ROUTE = re.compile(r":(free|nitro|floor|exacto|extended|beta)$")
_DATE = re.compile(r"@(?=\d{8}$)")
_VERSION = re.compile(r"(?<=\d)\.(?=\d)")


def same_model(a: Target, b: Target) -> bool:
    """Whether `a` and `b` are the same weights as far as their names tell; every target is the same as itself."""
    if a == b:
        return True
    if ONBOARD in (a, b):
        return False
    return bare_name(a.model) == bare_name(b.model)


def bare_name(model: str) -> str:
    """A model's name without what says nothing of its weights."""
    name = model.lower().rpartition("models/")[2]
    name = _MAKER.sub("", _REGION.sub("", name))
    name = _ROUTE.sub("", _BEDROCK.sub("", name))
    return _VERSION.sub("-", _DATE.sub("-", name))
