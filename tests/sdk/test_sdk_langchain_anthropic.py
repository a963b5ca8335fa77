"""LangChain's standard tests of a chat model, with `ChatAnthropic` in front of a running gateway and each upstream behind it."""

from __future__ import annotations

from typing import Any

import pytest
from sdk_gateway import KEY, Gateway

pytest.importorskip("langchain_tests", reason="langchain-tests is not installed")

from langchain_anthropic import ChatAnthropic
from langchain_standard import attachments
from langchain_tests.integration_tests import ChatModelIntegrationTests

__all__ = ["attachments"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # LangChain's own, about its own schemas


class Standard(ChatModelIntegrationTests):
    """What all upstreams have in common."""

    upstream = ""
    other = ""

    @pytest.fixture(autouse=True)
    def _gateway(self, named_gateway: Gateway) -> None:
        self.gateway = named_gateway

    @property
    def chat_model_class(self) -> type[ChatAnthropic]:
        return ChatAnthropic

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.upstream, "base_url": self.gateway.url, "api_key": KEY, "max_retries": 0}

    @property
    def model_override_value(self) -> str:
        return self.other

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_pdf_inputs(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_pdf_tool_message(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True


class TestBeforeAnthropic(Standard):
    """Anthropic's dialect on both sides."""

    upstream = "claude-sonnet-5"
    other = "claude-haiku-4-5"


class TestBeforeOpenAI(Standard):
    """A GPT behind Anthropic's dialect."""

    upstream = "gpt-4o"
    other = "gpt-4o-mini"


class TestBeforeGemini(Standard):
    """A Gemini behind Anthropic's dialect."""

    upstream = "gemini-2.5-flash"
    other = "gemini-2.5-pro"
