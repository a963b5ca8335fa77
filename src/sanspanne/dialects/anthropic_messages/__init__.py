"""Anthropic Messages, both ways."""

from sanspanne.dialects.anthropic_messages.dialect import AnthropicMessages, write_count
from sanspanne.dialects.anthropic_messages.request_in import read_count_request
from sanspanne.dialects.base import Dialect

ANTHROPIC_MESSAGES: Dialect = AnthropicMessages()

__all__ = ["ANTHROPIC_MESSAGES", "AnthropicMessages", "read_count_request", "write_count"]
