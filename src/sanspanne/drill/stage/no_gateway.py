"""No gateway at all in a drill: what people do who have none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.drill.stage.contender import DrillError


class NoGateway:
    """Users ask the first provider of the chain directly, and try again as its SDK does."""

    name = "no gateway"
    queue_url = ""
    pid: int | None = None

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """See `Contender`."""
        first = providers[scenario.chain[0]]
        if first.kind in ("anthropic", "gemini"):
            raise DrillError(
                f"Without a gateway the users would ask {first.name}, but their client speaks OpenAI's dialect and {first.kind} "
                "does not. Expected a chain that begins with another provider, or: --against litellm"
            )
        return first.base_url

    async def restart(self) -> None:
        """See `Contender`."""

    async def stop(self) -> None:
        """See `Contender`."""
