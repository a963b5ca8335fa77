"""Anthropic's own words for each failure, and its rate-limit headers."""

from sanspanne.testing.wires.base import Reason, Told

RESET = "2026-01-01T00:01:00Z"
LIMITS = {
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": RESET,
    "anthropic-ratelimit-tokens-limit": "480000",
    "anthropic-ratelimit-tokens-remaining": "479000",
    "anthropic-ratelimit-tokens-reset": RESET,
    "anthropic-ratelimit-input-tokens-limit": "400000",
    "anthropic-ratelimit-input-tokens-remaining": "400000",
    "anthropic-ratelimit-input-tokens-reset": RESET,
    "anthropic-ratelimit-output-tokens-limit": "80000",
    "anthropic-ratelimit-output-tokens-remaining": "80000",
    "anthropic-ratelimit-output-tokens-reset": RESET,
}
EXHAUSTED = {**LIMITS, "anthropic-ratelimit-requests-remaining": "0", "retry-after": "12"}

INVALID = "invalid_request_error"

ERRORS: dict[Reason, Told] = {
    Reason.OVERLOADED: Told(529, "overloaded_error", "Overloaded", headers={"x-should-retry": "true"}),
    Reason.RATE_LIMITED: Told(
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 4,000 requests per minute. For details, refer to: "
        "https://docs.claude.com/en/api/rate-limits.",
        headers=EXHAUSTED,
    ),
    Reason.RAMP: Told(
        429,
        "rate_limit_error",
        "This request would exceed your organization's maximum usage increase rate. Please scale up your usage gradually.",
        details={"error_code": "ramp_limit_exceeded"},
        headers={**LIMITS, "retry-after": "10"},
    ),
    Reason.QUOTA: Told(
        429,
        "rate_limit_error",
        "Your organization has reached its enforced monthly spend limit. Access returns on the first of next month.",
        details={"error_code": "enforced_spend_limit_reached"},
    ),
    Reason.BILLING: Told(
        402,
        "billing_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase "
        "credits.",
    ),
    Reason.AUTH: Told(401, "authentication_error", "invalid x-api-key", headers={"x-should-retry": "false"}),
    Reason.PERMISSION: Told(
        403, "permission_error", "Your API key does not have permission to use the specified resource"
    ),
    Reason.MODEL_GONE: Told(404, "not_found_error", "model: {model}"),
    Reason.REFUSED: Told(400, INVALID, "Output blocked by content filtering policy"),
    Reason.INVALID: Told(400, INVALID, "temperature: Input should be a valid number"),
    Reason.TOO_LONG: Told(400, INVALID, "prompt is too long: 203148 tokens > 200000 maximum"),
    Reason.SERVER_ERROR: Told(500, "api_error", "Internal server error"),
    Reason.TIMEOUT: Told(504, "timeout_error", "The request timed out while processing."),
}
