"""The Gemini API (v1beta): generateContent and streamGenerateContent, as Google serves them."""

from sanspanne.dialects.gemini.dialect import GEMINI, GeminiDialect

__all__ = ["GEMINI", "GeminiDialect"]
