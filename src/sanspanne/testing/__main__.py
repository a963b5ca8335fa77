"""Run a scripted provider from the command line: `python -m sanspanne.testing --kind openai --port 9001 --fail stall`."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from cyclopts import App

from sanspanne.testing import KINDS, Answer, Capacity, Script, ScriptedProvider, failure_shapes

app = App(name="python -m sanspanne.testing", help="A scripted provider that answers, or fails as it is told.")


@app.default
def main(
    *,
    kind: str = "openai",
    port: int = 0,
    fail: str = "",
    at: float = 0.0,
    until: float = 0.0,
    gap: float = 0.02,
    limit: int = 0,
    shapes: bool = False,
) -> None:
    """Serve until interrupted, and print the address and the configuration that uses it.

    Parameters
    ----------
    kind
        openai, anthropic, perplexity, gemini, mistral, llama, ollama, llamacpp, vllm, lmstudio or openai-compatible.
    port
        The port on 127.0.0.1; 0 takes a free one.
    fail
        The failure shape to play; none answers every question.
    at
        Seconds of health before the failure.
    until
        Second at which the failure ends; 0 for never.
    gap
        Seconds between the pieces of a healthy answer.
    limit
        How many questions it can answer at once; 0 for any number.
    shapes
        List the failure shapes of this kind, and leave.
    """
    if kind not in KINDS:
        raise SystemExit(f"There is no kind {kind!r}. The kinds are {', '.join(KINDS)}, for example --kind anthropic.")
    if shapes:
        print("\n".join(f"{shape.moment:6}  {name}" for name, shape in failure_shapes(kind).items()))
        return
    timeline = programme(kind, fail, at, until, Answer(gap=gap))
    provider = ScriptedProvider(kind, port=port, timeline=timeline, capacity=Capacity(limit) if limit else None)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(provider))


def programme(kind: str, fail: str, at: float, until: float, healthy: Answer) -> list[tuple[float, Script]]:
    """Health, then the failure shape named `fail` from second `at`, then health again from second `until`."""
    if not fail:
        return [(0.0, healthy)]
    known = failure_shapes(kind)
    if fail not in known:
        raise SystemExit(f"{kind} has no failure shape {fail!r}. There are: {', '.join(known)}.")
    end: list[tuple[float, Script]] = [(until, healthy)] if until > at else []
    return [*([(0.0, healthy)] if at > 0 else []), (at, known[fail].script), *end]


async def serve(provider: ScriptedProvider) -> None:
    """Serve for ever."""
    async with provider:
        print(f"{provider.base_url}\n\n{provider.config}\n# any key will do: export SCRIPTED_KEY=any", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    app()
