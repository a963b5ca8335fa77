"""An answer from another dialect, translated into the events of an Anthropic stream."""

from __future__ import annotations

from sanspanne.chat import Begun, Earlier, Ended, Event, RefusalDelta, Seam, Stop, Stopped, Usage, UsageSeen
from sanspanne.dialects.anthropic_messages.blocks_out import BlockWriter, Wire
from sanspanne.dialects.anthropic_messages.stop import message_usage_fields, stop_fields, usage_fields
from sanspanne.dialects.base import Identity
from sanspanne.dialects.seams import earlier_object, seam_object


class Translation:
    """Translates one answer.

    The reason of its stop and its usage are held until `Ended`, because other dialects count the tokens after they have
    stopped. An answer that ends without a reason is not ended here: that would be false.
    """

    def __init__(self, identity: Identity) -> None:
        self.blocks = BlockWriter()
        self.started = False
        self._identity = identity
        self._usage = Usage()
        self._stop: Stop | None = None
        self._refused = False

    def events(self, event: Event) -> list[Wire]:
        """What `event` becomes. Choices after the first have no place in this dialect."""
        match event:
            case Begun():
                return self._start()
            case UsageSeen(usage=usage):
                self._usage = usage
            case Stopped(stop=stop, choice=0):
                self._stop = stop
            case Seam():
                return self._start() + self._seam(event)
            case Earlier():
                return [*self._start(), {"type": "ping", "sanspanne": earlier_object(event)}]
            case Ended() if self._stop:
                return self._start() + self._end(self._stop)
            case _ if getattr(event, "choice", None) == 0:
                self._refused = self._refused or isinstance(event, RefusalDelta)
                return self._start() + self.blocks.say(event)
        return []

    def _start(self) -> list[Wire]:
        if self.started:
            return []
        self.started = True
        message: Wire = {
            "id": self._identity.id,
            "type": "message",
            "role": "assistant",
            "model": self._identity.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "container": None,
            "usage": message_usage_fields(self._usage),
        }
        return [{"type": "message_start", "message": message}]

    def _seam(self, seam: Seam) -> list[Wire]:
        """A ping that says so. A generation that its own provider takes up again goes on with the block that is open."""
        settled = [] if seam.means == "resume" else self.blocks.settle()
        return [*settled, {"type": "ping", "sanspanne": seam_object(seam)}]

    def _end(self, stop: Stop) -> list[Wire]:
        delta = {**stop_fields(stop, refused=self._refused), "container": None}
        ending: list[Wire] = [
            {"type": "message_delta", "delta": delta, "usage": usage_fields(self._usage)},
            {"type": "message_stop"},
        ]
        return self.blocks.finish() + ending
