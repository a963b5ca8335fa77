"""What Linux says of cores, processes and disks."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def unfit() -> str | None:
    """Why nothing can be measured on this machine."""
    if not Path("/proc/self/stat").exists():
        return "The benchmarks read /proc, which only Linux has."
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        return "The benchmarks need cores 0 and 1: one for the server under test, one for those who ask it."
    return None


def pin(core: int) -> None:
    """Keep this process, and those it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its descendants; its grain is one tick, usually 10 ms."""
    return sum(sum(int(field) for field in _stat(member)[11:13]) for member in family(pid)) / _TICKS


def resident_bytes(pid: int) -> int:
    """Memory of a process and its descendants; pages that they share count for each."""
    return sum(int(_stat(member)[21]) * _PAGE for member in family(pid))


def disk_bytes(folder: Path) -> int:
    """What `du` says of a folder."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def description() -> dict[str, str]:
    """What the figures were measured on, and how busy it was."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load at the start": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
