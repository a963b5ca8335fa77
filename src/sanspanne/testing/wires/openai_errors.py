"""OpenAI's own words for each failure, and its rate-limit headers."""

from sanspanne.testing.wires.base import Reason, Told

LIMITS = {
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-limit-tokens": "2000000",
    "x-ratelimit-remaining-requests": "9999",
    "x-ratelimit-remaining-tokens": "1999975",
    "x-ratelimit-reset-requests": "6ms",
    "x-ratelimit-reset-tokens": "120ms",
}
EXHAUSTED = {**LIMITS, "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s", "retry-after": "7"}

INVALID = "invalid_request_error"

ERRORS: dict[Reason, Told] = {
    Reason.OVERLOADED: Told(
        503,
        "service_unavailable_error",
        "Our servers are currently overloaded. Please try again later.",
        "server_is_overloaded",
    ),
    Reason.RATE_LIMITED: Told(
        429,
        "requests",
        "Rate limit reached for {model} in organization org-scripted on requests per min (RPM): Limit 10000, Used 10000, "
        "Requested 1. Please try again in 7s. Visit https://platform.openai.com/account/rate-limits to learn more.",
        "rate_limit_exceeded",
        headers=EXHAUSTED,
    ),
    Reason.RAMP: Told(
        429,
        "rate_limit_error",
        "Slow down. The request rate grew too quickly; reduce it to its earlier level for at least 15 minutes, then "
        "increase it gradually.",
        "slow_down",
        headers={**LIMITS, "retry-after": "10"},
    ),
    Reason.QUOTA: Told(
        429,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
        "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "insufficient_quota",
    ),
    Reason.BILLING: Told(
        429,
        "insufficient_quota",
        "Your credit balance is exhausted. Please add credits to continue.",
        "credit_balance_exhausted",
    ),
    Reason.AUTH: Told(
        401,
        INVALID,
        "Incorrect API key provided: sk-scr****************pted. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        "invalid_api_key",
    ),
    Reason.PERMISSION: Told(
        403, INVALID, "Country, region, or territory not supported", "unsupported_country_region_territory"
    ),
    Reason.MODEL_GONE: Told(
        404, INVALID, "The model `{model}` does not exist or you do not have access to it.", "model_not_found"
    ),
    Reason.REFUSED: Told(
        400, INVALID, "Your request was rejected as a result of our safety system.", "content_policy_violation"
    ),
    Reason.INVALID: Told(
        400,
        INVALID,
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        "invalid_type",
        "temperature",
    ),
    Reason.TOO_LONG: Told(
        400,
        INVALID,
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130112 tokens. Please "
        "reduce the length of the messages.",
        "context_length_exceeded",
        "messages",
    ),
    Reason.SERVER_ERROR: Told(
        500, "server_error", "The server had an error while processing your request. Sorry about that!"
    ),
    Reason.TIMEOUT: Told(504, "server_error", "The request timed out.", "gateway_timeout"),
}
