"""OpenAI Chat Completions, both ways: what callers of `/v1/chat/completions` and most providers speak."""

from sanspanne.dialects.openai_chat.dialect import OPENAI_CHAT, OpenAIChat

__all__ = ["OPENAI_CHAT", "OpenAIChat"]
