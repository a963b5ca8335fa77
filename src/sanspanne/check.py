"""Asks one target for one word and says what came of it: reachable, key valid, model known, how fast.

What is not known stays None: a server that cannot be reached says nothing about the key, a key that is refused says nothing
about the model.
"""

from __future__ import annotations

from msgspec import Struct

from sanspanne.attempts.attempts import KnownEndpoint
from sanspanne.attempts.probe import one_word
from sanspanne.chat import Target
from sanspanne.errors import CredentialFailure, Failure, ModelGone

PATIENCE = 60.0  # seconds; a model that reasons may be silent for that long


class Verdict(Struct, frozen=True):
    """What is known of a target. `first_token` is in seconds; `sentence` says what is wrong, and is empty if nothing is."""

    target: str
    reachable: bool | None = None
    key_valid: bool | None = None
    model_known: bool | None = None
    first_token: float | None = None
    sentence: str = ""

    @property
    def well(self) -> bool:
        """Whether the target answered."""
        return not self.sentence


async def check_target(endpoint: KnownEndpoint, target: Target, patience: float = PATIENCE) -> Verdict:
    """Ask `target` for one word, for at most `patience` seconds. Never raises for the target's faults."""
    try:
        seconds = await one_word(endpoint, target, patience)
    except Failure as failure:
        return _unwell(str(target), failure)
    return Verdict(str(target), reachable=True, key_valid=True, model_known=True, first_token=seconds)


def _unwell(target: str, failure: Failure) -> Verdict:
    key_refused = isinstance(failure, CredentialFailure)
    model_gone = isinstance(failure, ModelGone)
    return Verdict(
        target,
        reachable=failure.status is not None,  # once a head has come the server is there, whatever became of the rest
        key_valid=False if key_refused else True if model_gone else None,
        model_known=False if model_gone else None,
        sentence=failure.message if failure.message.endswith((".", "!", "?")) else f"{failure.message}.",
    )
