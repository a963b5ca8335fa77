"""OpenAI Responses, as providers speak it: the one API whose broken streams can be taken up again."""

from sanspanne.dialects.openai_responses.dialect import OPENAI_RESPONSES, OpenAIResponses

__all__ = ["OPENAI_RESPONSES", "OpenAIResponses"]
