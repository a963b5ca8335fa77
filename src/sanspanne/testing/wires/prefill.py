"""How each provider takes a conversation whose last turn is the assistant's own.

openai, gemini, perplexity     history: another answer is begun                             "answers"
openai-compatible              the same; DeepSeek's models as stated below
anthropic                      up to 4.5: continued; white space at the end, or thinking, is refused; later: refused
mistral, DeepSeek              continued if it says `"prefix": true`, else refused; Mistral says it again first
                               ("repeats"), DeepSeek does it at `/beta` only
vllm                           continued with `continue_final_message` and without `add_generation_prompt`
llamacpp                       continued; refused while thinking is on
llama, ollama, lmstudio        continued
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

from sanspanne.testing.wires.base import Json, Reply, json_reply

Taking: TypeAlias = Literal["answers", "continues", "repeats"]

INVALID = "invalid_request_error"
OLD_CLAUDE = re.compile(r"claude-(2|instant|3|\w+-4(-[015])?(-20\d+)?$)")
NO_PREFILL = "This model does not support assistant message prefill. The conversation must end with a user message."
WHITE_SPACE = "messages: final assistant content cannot end with trailing whitespace"
NO_THOUGHT = (
    "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`. When `thinking` is enabled, a "
    "final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and "
    "`tool_result` blocks)."
)
MISTRAL = "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
DEEPSEEK = (
    "The last message of {model} must be a user message, or an assistant message with prefix mode on (refer to "
    "https://api-docs.deepseek.com/guides/chat_prefix_completion)."
)
DEEPSEEK_BETA = 'prefix is only available when using beta api (set base_url="https://api.deepseek.com/beta")'
VLLM = "Cannot set both `continue_final_message` and `add_generation_prompt` to True."
LLAMACPP = "Assistant response prefill is incompatible with enable_thinking."


def taking(kind: str, model: str, path: str, body: Json, *, thinks: bool) -> Taking | Reply:
    """What a provider of this kind does with `body`, whose last turn is the assistant's; a `Reply` if it refuses.

    `thinks` says that the model thinks unless it is told not to.
    """
    match kind:
        case "anthropic":
            return _anthropic(model, body)
        case "mistral":
            return "repeats" if _prefix(body) else _mistral_error(MISTRAL)
        case "openai-compatible" if "deepseek" in model.lower():
            return _deepseek(model, path, body)
        case "vllm":
            return _vllm(body)
        case "llamacpp":
            thinks = (body.get("chat_template_kwargs") or {}).get("enable_thinking", thinks)
            return (
                json_reply({"error": {"code": 400, "message": LLAMACPP, "type": INVALID}}, 400)
                if thinks
                else "continues"
            )
        case "llama" | "ollama" | "lmstudio":
            return "continues"
        case _:
            return "answers"


def _anthropic(model: str, body: Json) -> Taking | Reply:
    if not OLD_CLAUDE.match(model):
        return _anthropic_error(NO_PREFILL)
    if (body.get("thinking") or {}).get("type") == "enabled":
        return _anthropic_error(NO_THOUGHT)
    last = body["messages"][-1]["content"]
    text = last if isinstance(last, str) else str(last[-1].get("text", ""))
    return _anthropic_error(WHITE_SPACE) if text != text.rstrip() else "continues"


def _deepseek(model: str, path: str, body: Json) -> Taking | Reply:
    if not _prefix(body):
        return _openai_error(DEEPSEEK.format(model=model), INVALID)
    return "continues" if path.startswith("/beta/") else _openai_error(DEEPSEEK_BETA, INVALID)


def _vllm(body: Json) -> Taking | Reply:
    if not body.get("continue_final_message"):
        return "answers"
    return _openai_error(VLLM, 400) if body.get("add_generation_prompt", True) else "continues"


def _prefix(body: Json) -> bool:
    return body["messages"][-1].get("prefix") is True


def _anthropic_error(message: str) -> Reply:
    body = {"type": "error", "error": {"type": INVALID, "message": message}, "request_id": "req_scripted"}
    return json_reply(body, 400, {"request-id": "req_scripted"})


def _openai_error(message: str, code: Any) -> Reply:
    return json_reply({"error": {"message": message, "type": INVALID, "param": None, "code": code}}, 400)


def _mistral_error(message: str) -> Reply:
    error = {"object": "error", "message": message, "type": "invalid_request_message_order", "param": None}
    return json_reply({**error, "code": "3230", "raw_status_code": 400}, 400)
