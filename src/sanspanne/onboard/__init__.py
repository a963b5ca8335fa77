"""The model on board: a small language model in a process of its own, for when nobody else answers.

Onboard      what the service uses: comes aboard by itself, prepares a request, seats it, labels the answer
catalogue    which models there are, and where their files can be had: the hash decides, not the source
pull         brings a file from the first source that delivers the right one
supervisor   keeps the engine's process alive
desk         the queue before it
"""

from sanspanne.onboard.aboard import Onboard
from sanspanne.onboard.catalogue import CATALOGUE, Entry, best_small, find
from sanspanne.onboard.library import FileState, Listed, list_models, verify
from sanspanne.onboard.loops import LoopGuard
from sanspanne.onboard.prepare import Notes
from sanspanne.onboard.pull import Progress, PullBusy, PullFailed, pull
from sanspanne.onboard.status import State, Status

__all__ = [
    "CATALOGUE",
    "Entry",
    "FileState",
    "Listed",
    "LoopGuard",
    "Notes",
    "Onboard",
    "Progress",
    "PullBusy",
    "PullFailed",
    "State",
    "Status",
    "best_small",
    "find",
    "list_models",
    "pull",
    "verify",
]
