"""The journal of detached answers: what they say is on the disk, encrypted, before their callers see it.

journal.py    what others use: append, when_written; one write for each turn of the loop
writer.py     which segment is written; what happens when none can be
segment.py    the format of one file        recovery.py   what earlier lives of the process left
stock.py      which segments may go         syncing.py   fdatasync, close and delete, in a thread
disk.py       the calls to the operating system that may fail
"""

from sanspanne.answers.journal.journal import Journal

__all__ = ["Journal"]
