"""What the model on board is doing, for programs (a state, numbers) and for people (a sentence)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sanspanne.errors import CallerError
from sanspanne.onboard.label import NARROW, WIDE
from sanspanne.onboard.language import Language


class State(StrEnum):
    """`off` by configuration; `restarting` after a crash; `unavailable` for the time being, with a reason."""

    OFF = "off"
    FETCHING = "fetching"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    UNAVAILABLE = "unavailable"


SOON = (State.FETCHING, State.LOADING, State.RESTARTING)


class Status(Struct, frozen=True, kw_only=True):
    """`model` is the catalogue's name; `done` of `total` bytes have come from `source`; `retry_after` is in seconds."""

    state: State
    model: str = ""
    done: int = 0
    total: int = 0
    source: str = ""
    reason: str = ""
    retry_after: float = 60.0

    @property
    def fraction(self) -> float:
        """How much of the file has come, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def sentence(self, language: Language = "en") -> str:
        """The same for people. `reason` is in English in both languages: it is for the operator."""
        percent, done, total = f"{self.fraction:.0%}"[:-1], f"{self.done / 1e6:.0f}", f"{self.total / 1e6:.0f}"
        if language == "fr":
            return _french(self, percent, done, total)
        return _english(self, percent, done, total)

    def refusal(self) -> CallerError:
        """What a caller is told who needs the model now: 503 with the progress."""
        code = "model_loading" if self.state in SOON else "model_unavailable"
        return CallerError(503, "unavailable", self.sentence(), code=code, retry_after=self.retry_after)


def _english(status: Status, percent: str, done: str, total: str) -> str:
    model = f", {status.model}," if status.model else ""
    match status.state:
        case State.OFF:
            return "The model on board is switched off in the configuration."
        case State.FETCHING:
            source = f" from {status.source}" if status.source else ""
            return f"The model on board{model} is being fetched{source}: {percent} % ({done} of {total} MB)."
        case State.LOADING:
            return f"The model on board{model} is being loaded."
        case State.READY:
            return f"The model on board{model} is ready."
        case State.RESTARTING:
            return f"The model on board{model} is starting again: {status.reason}."
        case State.UNAVAILABLE:
            return f"There is no model on board: {status.reason.rstrip('.')}."


def _french(status: Status, percent: str, done: str, total: str) -> str:
    n, model = NARROW, f" {status.model}" if status.model else ""
    match status.state:
        case State.OFF:
            return "Le modèle embarqué est désactivé dans la configuration."
        case State.FETCHING:
            return f"Le modèle embarqué{model} se télécharge{WIDE}: {percent}{n}% ({done}{n}Mo sur {total})."
        case State.LOADING:
            return f"Le modèle embarqué{model} se charge."
        case State.READY:
            return f"Le modèle embarqué{model} est prêt."
        case State.RESTARTING:
            return f"Le modèle embarqué{model} redémarre."
        case State.UNAVAILABLE:
            return "Le modèle embarqué n’est pas disponible pour l’instant."
