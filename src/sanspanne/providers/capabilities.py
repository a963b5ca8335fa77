"""What models can do, as tables of name patterns: the first pattern that fits decides.

Patterns are those of `fnmatch` and are matched against the name in lower case. A model that no pattern knows is taken to be
like its newest relatives: new models appear more often than this table.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from msgspec import Struct

from sanspanne.chat import Capability as C

Capabilities = frozenset[C]


class Models(Struct, frozen=True):
    """Models whose names fit one of `patterns`, and what they can do. `reasons`: they think before they speak."""

    patterns: tuple[str, ...]
    can: Capabilities
    reasons: bool = False


def fits(patterns: tuple[str, ...], model: str) -> bool:
    """Whether the name fits one of the patterns."""
    name = model.lower()
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def find(table: tuple[Models, ...], model: str) -> Models:
    """The first row that fits; the last row of a table fits every name."""
    return next(row for row in table if fits(row.patterns, model))


PLAIN: Capabilities = frozenset({C.STOP})
TOOLS: Capabilities = frozenset({C.TOOLS, C.TOOL_CHOICE})
SIGHT: Capabilities = frozenset({C.IMAGES, C.IMAGE_URLS})
JSON: Capabilities = frozenset({C.JSON_OBJECT, C.JSON_SCHEMA})
TOKENS: Capabilities = frozenset({C.LOGPROBS, C.LOGIT_BIAS, C.CHOICES})

_GPT = PLAIN | TOOLS | JSON | TOKENS | {C.NATIVE_OPENAI_CHAT}
_GPT_REASONING = TOOLS | SIGHT | JSON | {C.CHOICES, C.DOCUMENTS, C.THINKING, C.NATIVE_OPENAI_CHAT}
OPENAI: tuple[Models, ...] = (
    Models(("gpt-[5-9]*search*",), _GPT_REASONING | {C.CITES}, reasons=True),
    Models(("gpt-*search*",), _GPT | SIGHT | {C.DOCUMENTS, C.CITES}),
    Models(("gpt-3.5*", "ft:gpt-3.5*", "gpt-4", "gpt-4-0613", "gpt-4-32k*"), _GPT - {C.JSON_SCHEMA}),
    Models(("*audio*",), _GPT | {C.AUDIO}),
    Models(("gpt-5*chat*", "gpt-6*chat*", "chatgpt-*"), _GPT | SIGHT | {C.DOCUMENTS}),
    Models(("gpt-4*", "ft:gpt-4*"), _GPT | SIGHT | {C.DOCUMENTS}),
    Models(("o1-mini*", "o1-preview*", "o3-mini*"), _GPT_REASONING - SIGHT, reasons=True),
    Models(("o[0-9]*", "gpt-[5-9]*", "codex*"), _GPT_REASONING, reasons=True),
    Models(("*",), _GPT | _GPT_REASONING | SIGHT),  # a name of tomorrow: the provider itself says what it cannot do
)

_CLAUDE = PLAIN | TOOLS | SIGHT | {C.DOCUMENTS, C.THINKING, C.NATIVE_ANTHROPIC}
ANTHROPIC: tuple[Models, ...] = (
    Models(("claude-2*", "claude-instant*"), PLAIN | {C.PREFILL, C.NATIVE_ANTHROPIC}),
    Models(("claude-3-7*",), _CLAUDE | {C.PREFILL}),
    Models(("claude-3*",), (_CLAUDE | {C.PREFILL}) - {C.THINKING}),
    Models(("claude-*-4", "claude-*-4-0*", "claude-*-4-1*", "claude-*-4-2025*"), _CLAUDE | {C.PREFILL}),
    Models(("claude-*-4-5*",), _CLAUDE | {C.PREFILL, C.JSON_SCHEMA}),
    Models(("*",), _CLAUDE | {C.JSON_SCHEMA}),  # from 4.6 on a trailing assistant turn is refused
)

_SONAR: Capabilities = SIGHT | {C.JSON_SCHEMA, C.CITES}
PERPLEXITY: tuple[Models, ...] = (
    Models(("sonar-reasoning*", "sonar-deep-research*"), _SONAR | {C.THINKING}, reasons=True),
    Models(("*",), _SONAR),
)

_GEMINI = PLAIN | TOOLS | SIGHT | JSON | {C.DOCUMENTS, C.NATIVE_GEMINI}
GEMINI: tuple[Models, ...] = (
    Models(("gemma*",), PLAIN | {C.NATIVE_GEMINI}),
    Models(("gemini-1*", "gemini-2.0*"), _GEMINI - {C.IMAGE_URLS}),
    Models(("*lite*",), _GEMINI | {C.THINKING}),
    Models(("*",), _GEMINI | {C.THINKING}, reasons=True),
)

# Its `prefix` is no prefill: the answer begins with the prefix again, which callers of other dialects do not expect.
_MISTRAL = PLAIN | TOOLS | JSON | {C.CHOICES, C.PREFIX}
MISTRAL: tuple[Models, ...] = (
    Models(("codestral*", "devstral*", "open-*", "mistral-tiny*", "mistral-saba*", "mistral-nemo*"), _MISTRAL),
    Models(("magistral*",), (_MISTRAL | SIGHT | {C.THINKING}) - {C.PREFIX}, reasons=True),
    Models(("*",), _MISTRAL | SIGHT),
)

# Engines of the own machine download no pictures, and not all of them obey a tool choice. Models with a thinking phase
# continue nothing: each engine switches it off in another way, Ollama and gpt-oss in none that is sure, vLLM takes what follows
# for a thought (its issue 17349), and without it they are not the model that was asked for.
_LLAMA = PLAIN | JSON | {C.TOOLS, C.PREFILL}
_SEEING = (
    "*llava*",
    "*vision*",
    "*-vl*",
    "*vl:*",
    "gemma3*",
    "gemma-3*",
    "gemma4*",
    "gemma-4*",
    "llama4*",
    "llama-4*",
    "*pixtral*",
)
_THINKING = (
    *("deepseek-r1*", "deepseek-v4*", "*qwq*", "qwen3*", "*gpt-oss*", "magistral*", "*thinking*", "*reasoning*"),
    *("glm-4.[5-9]*", "glm-[5-9]*", "minimax-m*"),
)
LLAMA: tuple[Models, ...] = (
    Models(("qwen3-vl*", "qwen3.5*"), (_LLAMA | {C.IMAGES, C.THINKING}) - {C.PREFILL}, reasons=True),
    Models((*_SEEING, "minicpm-v*", "moondream*"), _LLAMA | {C.IMAGES}),
    Models(_THINKING, (_LLAMA | {C.THINKING}) - {C.PREFILL}, reasons=True),
    Models(("*",), _LLAMA),
)

_UNKNOWN = PLAIN | TOOLS | SIGHT | JSON | TOKENS
_DEEPSEEK = PLAIN | TOOLS | {C.JSON_OBJECT, C.LOGPROBS}
COMPATIBLE: tuple[Models, ...] = (
    Models(("deepseek-reasoner*", "*deepseek-r1*"), (_DEEPSEEK | {C.THINKING}) - {C.LOGPROBS}, reasons=True),
    Models(("*deepseek*",), _DEEPSEEK),
    Models(("*llama-3*", "*mixtral*", "*gpt-3.5*"), _UNKNOWN - SIGHT),
    Models(("*gpt-oss*", "*qwq*", "*thinking*", "*reasoning*"), (_UNKNOWN | {C.THINKING}) - SIGHT, reasons=True),
    Models(
        ("o[0-9]*", "gpt-[5-9]*", "openai/o[0-9]*", "openai/gpt-[5-9]*"),
        _GPT_REASONING - {C.NATIVE_OPENAI_CHAT},
        reasons=True,
    ),
    Models(("*",), _UNKNOWN),
)
# Models that search the web for each answer, wherever they are served; OpenRouter makes one of any with `:online`.
SEARCHING = ("*sonar*", "*-search", "*-search-*", "*deep-research*", "*:online")

# Its template is told not to think: so it continues, whichever model it is.
ONBOARD: tuple[Models, ...] = (Models(("*",), PLAIN | {C.PREFILL}),)
