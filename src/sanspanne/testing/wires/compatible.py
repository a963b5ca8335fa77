"""Those who follow OpenAI's format: a hosted API in general, and the engines that people run themselves.

Each engine has pages of its own by which it can be told from the others; these are its fingerprint.
"""

from __future__ import annotations

from typing import ClassVar

from sanspanne.testing.asked import Said
from sanspanne.testing.wires.base import Json, Piece, Reason, Reply, Told, json_reply
from sanspanne.testing.wires.openai import OpenAIWire

INVALID = "invalid_request_error"
GGUF = {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"], "quantization_level": "Q4_K_M"}


class CompatibleWire(OpenAIWire):
    """A hosted API that follows OpenAI's: Groq, OpenRouter, DeepSeek ... Sends a comment before it begins to answer.

    At `/beta` it is DeepSeek's address for what is not final (see prefill.py).
    """

    kind: ClassVar[str] = "openai-compatible"
    title: ClassVar[str] = "Compatible"
    paths: ClassVar[tuple[str, ...]] = ("/v1/chat/completions", "/beta/chat/completions")
    models: ClassVar[tuple[str, ...]] = ("open-model-70b",)
    owner: ClassVar[str] = "open"
    padded: ClassVar[bool] = False
    comment: ClassVar[bytes] = b": PROCESSING\n\n"
    errors: ClassVar[dict[Reason, Told]] = {
        Reason.OVERLOADED: Told(503, "service_unavailable", "No provider is available for {model} right now.", 503),
        Reason.RATE_LIMITED: Told(429, "rate_limit", "Rate limit exceeded.", 429, headers={"retry-after": "5"}),
        Reason.BILLING: Told(402, "insufficient_credits", "Insufficient credits. Add more to continue.", 402),
        Reason.AUTH: Told(401, "authentication", "No auth credentials found.", 401),
        Reason.MODEL_GONE: Told(404, "not_found", "{model} is not a valid model ID.", 404),
        Reason.REFUSED: Told(403, "moderation", "Your input was flagged.", 403),
        Reason.INVALID: Told(400, INVALID, "temperature must be a number.", 400),
        Reason.TOO_LONG: Told(400, INVALID, "This endpoint's maximum context length is 131072 tokens.", 400),
        Reason.SERVER_ERROR: Told(502, "upstream", "The model's provider returned an error.", 502),
        Reason.TIMEOUT: Told(408, "timeout", "Your request timed out.", 408),
    }

    def headers(self, said: Said) -> dict[str, str]:
        return {"x-request-id": said.id}

    def extras(self, said: Said) -> Json:
        return {}

    def thought(self, text: str) -> Json:
        return {"reasoning_content": text}

    def usage(self, said: Said) -> Json:
        prompt, output = said.asked.prompt_tokens, said.output_tokens * said.asked.n
        return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}

    def stream(self, said: Said) -> list[Piece]:
        return [*([Piece("begin", self.comment)] if self.comment else []), *super().stream(said)]

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        own = self.fingerprint(path, models) if method == "GET" else None
        return own or super().page(method, path, body, models)

    def fingerprint(self, path: str, models: tuple[str, ...]) -> Reply | None:
        """The pages that only this engine has."""
        return None


class OllamaWire(CompatibleWire):
    """Ollama, asked at its OpenAI-compatible address."""

    kind: ClassVar[str] = "ollama"
    title: ClassVar[str] = "Llama"
    models: ClassVar[tuple[str, ...]] = ("llama3.2:latest",)
    owner: ClassVar[str] = "library"
    comment: ClassVar[bytes] = b""
    whole_calls: ClassVar[bool] = True
    errors: ClassVar[dict[Reason, Told]] = {
        Reason.OVERLOADED: Told(503, "api_error", "server busy, please try again.  maximum pending requests exceeded"),
        Reason.MODEL_GONE: Told(404, "not_found_error", 'model "{model}" not found, try pulling it first'),
        Reason.INVALID: Told(400, INVALID, "json: cannot unmarshal string into Go struct field temperature"),
        Reason.SERVER_ERROR: Told(500, "api_error", "llama runner process has terminated: exit status 2"),
    }

    def headers(self, said: Said) -> dict[str, str]:
        return {}

    def extras(self, said: Said) -> Json:
        return {"system_fingerprint": "fp_ollama"}

    def fingerprint(self, path: str, models: tuple[str, ...]) -> Reply | None:
        stored = [
            {"name": m, "model": m, "size": 2019393189, "digest": "a80c4f17acd5", "details": GGUF} for m in models
        ]
        pages: dict[str, Reply] = {
            "/": Reply(200, b"Ollama is running", {"content-type": "text/plain; charset=utf-8"}),
            "/api/version": json_reply({"version": "0.12.6"}),
            "/api/tags": json_reply({"models": [{**m, "modified_at": "2026-01-01T00:00:00Z"} for m in stored]}),
            "/api/ps": json_reply({"models": [{**m, "size_vram": 0, "context_length": 4096} for m in stored[:1]]}),
        }
        return pages.get(path)


class LlamaWire(OllamaWire):
    """The kind `llama` without a word about the engine: Ollama."""

    kind: ClassVar[str] = "llama"


class LlamaCppWire(CompatibleWire):
    """llama.cpp's server. It lets requests wait without end; "Loading model" is its only 503."""

    kind: ClassVar[str] = "llamacpp"
    title: ClassVar[str] = "Llama"
    models: ClassVar[tuple[str, ...]] = ("llama-3.2-3b-instruct-q4_k_m",)
    owner: ClassVar[str] = "llamacpp"
    comment: ClassVar[bytes] = b""
    errors: ClassVar[dict[Reason, Told]] = {
        Reason.OVERLOADED: Told(503, "unavailable_error", "Loading model", 503),
        Reason.AUTH: Told(401, "authentication_error", "Invalid API Key", 401),
        Reason.INVALID: Told(400, INVALID, "type must be number, but is string", 400),
        Reason.TOO_LONG: Told(
            400,
            "exceed_context_size_error",
            "the request exceeds the available context size, try increasing it",
            400,
            details={"n_prompt_tokens": 5120, "n_ctx": 4096},
        ),
        Reason.SERVER_ERROR: Told(500, "server_error", "Compute error.", 500),
    }

    def headers(self, said: Said) -> dict[str, str]:
        return {"server": "llama.cpp"}

    def extras(self, said: Said) -> Json:
        return {"system_fingerprint": "b11549-0123456"}

    def error_body(self, told: Told, model: str) -> Json:
        error: Json = {"code": told.code, "message": told.message, "type": told.type}
        return {"error": error | (told.details or {})}

    def fingerprint(self, path: str, models: tuple[str, ...]) -> Reply | None:
        settings = {"id": 0, "id_task": -1, "n_ctx": 4096, "speculative": False, "is_processing": False}
        file = f"/models/{models[0] if models else 'none'}.gguf"
        props = {"default_generation_settings": settings, "total_slots": 4, "model_path": file, "build_info": "b11549"}
        pages = {"/health": json_reply({"status": "ok"}), "/props": json_reply(props)}
        return pages.get(path)


class VllmWire(CompatibleWire):
    """vLLM. After an error in a stream it sends `[DONE]` nevertheless: `ErrorEvent(then="done")`."""

    kind: ClassVar[str] = "vllm"
    title: ClassVar[str] = "Llama"
    models: ClassVar[tuple[str, ...]] = ("meta-llama/Llama-3.1-8B-Instruct",)
    owner: ClassVar[str] = "vllm"
    comment: ClassVar[bytes] = b""
    errors: ClassVar[dict[Reason, Told]] = {
        Reason.OVERLOADED: Told(503, "ServiceUnavailableError", "EngineDeadError: the engine is dead.", 503),
        Reason.AUTH: Told(401, "AuthenticationError", "Unauthorized", 401),
        Reason.MODEL_GONE: Told(404, "NotFoundError", "The model `{model}` does not exist.", 404),
        Reason.INVALID: Told(400, "BadRequestError", "temperature must be a number", 400),
        Reason.TOO_LONG: Told(400, "BadRequestError", "This model's maximum context length is 8192 tokens.", 400),
        Reason.SERVER_ERROR: Told(500, "InternalServerError", "EngineCore encountered an issue.", 500),
    }

    def headers(self, said: Said) -> dict[str, str]:
        return {"server": "uvicorn"}

    def fingerprint(self, path: str, models: tuple[str, ...]) -> Reply | None:
        ok = Reply(200, b"")
        return {"/version": json_reply({"version": "0.11.0"}), "/health": ok, "/ping": ok}.get(path)


class LmStudioWire(CompatibleWire):
    """LM Studio."""

    kind: ClassVar[str] = "lmstudio"
    title: ClassVar[str] = "Llama"
    models: ClassVar[tuple[str, ...]] = ("llama-3.2-3b-instruct",)
    owner: ClassVar[str] = "organization_owner"
    comment: ClassVar[bytes] = b""
    errors: ClassVar[dict[Reason, Told]] = {
        Reason.OVERLOADED: Told(503, "server_error", "The model is still being loaded.", "model_loading"),
        Reason.MODEL_GONE: Told(404, INVALID, "Model not found: {model}", "model_not_found", "model"),
        Reason.INVALID: Told(400, INVALID, "'temperature' must be a number", None, "temperature"),
        Reason.SERVER_ERROR: Told(500, "internal_error", "The model has crashed without additional information."),
    }

    def headers(self, said: Said) -> dict[str, str]:
        return {"x-powered-by": "Express"}

    def fingerprint(self, path: str, models: tuple[str, ...]) -> Reply | None:
        file = {
            "object": "model",
            "type": "llm",
            "arch": "llama",
            "quantization": "Q4_K_M",
            "max_context_length": 131072,
        }
        listed = [{"id": m, **file, "state": "not-loaded" if i else "loaded"} for i, m in enumerate(models)]
        return json_reply({"data": listed, "object": "list"}) if path == "/api/v0/models" else None
