"""What the operator sees: metrics, one line per answer, and events. Fed by hooks; nothing waits for it."""

from sanspanne.telemetry.telemetry import Telemetry

__all__ = ["Telemetry"]
