"""Fetching: over lines that break, from sources that lie, and never two at once."""

import asyncio
import os
from pathlib import Path

import pytest
from onboard_helpers import CONTENT, ScriptedHub, at_once, entry

from sanspanne.onboard.catalogue import File, Hub
from sanspanne.onboard.library import FileState, list_models, verify
from sanspanne.onboard.pull import Progress, PullBusy, PullFailed, Ways, pull

QUICK = Ways(sleep=at_once, stall=0.3)
PART = "tiny.gguf.part"


def only_the_model(folder: Path) -> bool:
    """Whether no unfinished piece is left beside the model."""
    return {path.suffix for path in folder.iterdir()} <= {".gguf", ".verified", ".lock"}


async def test_whole_file_is_taken_and_sealed(hub: ScriptedHub, tmp_path: Path) -> None:
    """A file that comes whole is the right one, in its place, and told in growing numbers."""
    told: list[Progress] = []
    path = await pull(entry(), tmp_path, mirror=hub.url, progress=told.append)
    assert path.read_bytes() == CONTENT
    assert verify(entry(), tmp_path) is FileState.PRESENT
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[-1].done == told[-1].total == len(CONTENT)
    assert only_the_model(tmp_path)


@pytest.mark.parametrize("step", ["cut", "stall", "500", "429"])
async def test_broken_line_is_resumed(hub: ScriptedHub, tmp_path: Path, step: str) -> None:
    """A cut, a silence or a server's fault costs a new request for the rest, and not the whole file."""
    hub.script = [step, step]
    await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK, progress=hub.told)
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT
    assert len(hub.heads) == 3
    if not step.isdigit():
        assert f"range: bytes={len(CONTENT) // 2}-" in hub.heads[1].lower()


async def test_resumes_across_runs(hub: ScriptedHub, tmp_path: Path) -> None:
    """What an earlier run has fetched is not fetched again: the request says from where, and of which version."""
    hub.script = ["cut", *["500"] * 5]
    with pytest.raises(PullFailed, match="5 tries in a row"):
        await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK, progress=hub.told)
    assert verify(entry(), tmp_path) is FileState.PARTIAL
    await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK)
    last = hub.heads[-1].lower()
    assert f"range: bytes={len(CONTENT) // 2}-" in last
    assert 'if-range: "v1"' in last
    assert only_the_model(tmp_path)


@pytest.mark.parametrize("change", ["etag", "no-range"])
async def test_changed_file_starts_again(hub: ScriptedHub, tmp_path: Path, change: str) -> None:
    """When the hub's version has changed, or it cannot resume, nothing of the old piece is mixed in."""
    (tmp_path / PART).write_bytes(b"x" * 1000)
    (tmp_path / f"{PART}.etag").write_text('"v0"' if change == "etag" else '"v1"')
    hub.script = ["whole" if change == "etag" else "no-range"]
    await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK)
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT


async def test_wrong_bytes_are_deleted_and_the_next_source_tried(hub: ScriptedHub, tmp_path: Path) -> None:
    """The hash decides: a source with other bytes of the same length is refused, whoever it is, and the next one is asked."""
    hub.content = CONTENT[::-1]
    right = tmp_path / "elsewhere.gguf"
    right.write_bytes(CONTENT)
    folder = tmp_path / "models"
    path = await pull(entry(Hub("a/b", "c", "d"), File(str(right))), folder, mirror=hub.url, ways=QUICK)
    assert path.read_bytes() == CONTENT
    assert only_the_model(folder)


async def test_all_failures_are_told(hub: ScriptedHub, tmp_path: Path) -> None:
    """When no source delivers, the error has a sentence for each of them and nothing wrong stays on the disk."""
    hub.content = CONTENT[::-1]
    with pytest.raises(PullFailed) as failed:
        await pull(entry(Hub("a/b", "c", "d"), File("/no/such/file")), tmp_path, mirror=hub.url, ways=QUICK)
    assert "another file" in str(failed.value)
    assert "/no/such/file: No such file or directory" in str(failed.value)
    assert verify(entry(), tmp_path) is FileState.ABSENT


@pytest.mark.parametrize("content", [CONTENT + b"more", CONTENT[:-5]])
async def test_other_length_is_refused_before_it_comes(hub: ScriptedHub, tmp_path: Path, content: bytes) -> None:
    """A file of another length is refused by its announcement."""
    hub.content = content
    with pytest.raises(PullFailed, match=f"has {len(content)} bytes where {len(CONTENT)} were expected"):
        await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK)


async def test_hubs_own_hash_is_compared_first(hub: ScriptedHub, tmp_path: Path) -> None:
    """Where the hub announces another sha256, not a byte is fetched for nothing."""
    hub.extra = f'x-linked-etag: "{"0" * 64}"\r\n'
    with pytest.raises(PullFailed, match="its file has sha256 000"):
        await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK)


async def test_missing_file_is_not_asked_twice(hub: ScriptedHub, tmp_path: Path) -> None:
    """A 404 does not heal: one request, one sentence."""
    hub.script = ["404"] * 9
    with pytest.raises(PullFailed, match="HTTP status 404"):
        await pull(entry(), tmp_path, mirror=hub.url, ways=QUICK)
    assert len(hub.heads) == 1


async def test_unreachable_hub_fails_at_once(tmp_path: Path) -> None:
    """With nobody listening there is no waiting for a better moment."""
    with pytest.raises(PullFailed, match="it cannot be reached"):
        await pull(entry(), tmp_path, mirror="http://127.0.0.1:9", ways=QUICK)


async def test_disk_must_have_room(hub: ScriptedHub, tmp_path: Path) -> None:
    """Without room for the file and a tenth more, nothing is fetched."""
    full = Ways(free=lambda _: int(len(CONTENT) * 1.05))
    with pytest.raises(PullFailed, match="MB are needed on the disk"):
        await pull(entry(), tmp_path, mirror=hub.url, ways=full)
    assert hub.heads == []


async def test_two_pulls_do_not_meet(hub: ScriptedHub, tmp_path: Path) -> None:
    """While one fetches, another is told so; a cancelled pull gives the lock back and keeps its piece."""
    hub.script = ["stall"]
    half = asyncio.Event()
    watch = Ways(stall=60.0)
    first = asyncio.create_task(
        pull(entry(), tmp_path, mirror=hub.url, ways=watch, progress=lambda step: step.done and half.set())
    )
    await half.wait()
    with pytest.raises(PullBusy):
        await pull(entry(), tmp_path, mirror=hub.url)
    first.cancel()
    await asyncio.wait([first])
    assert verify(entry(), tmp_path) is FileState.PARTIAL
    await pull(entry(), tmp_path, mirror=hub.url)
    assert verify(entry(), tmp_path) is FileState.PRESENT


async def test_file_is_checked_like_every_source(tmp_path: Path) -> None:
    """--from-file does not go round the hash."""
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(PullFailed, match="another file"):
        await pull(entry(), tmp_path / "models", from_file=wrong)
    assert wrong.exists()


async def test_present_file_is_not_fetched(hub: ScriptedHub, tmp_path: Path) -> None:
    """A pull of what is there asks nobody."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    await pull(entry(), tmp_path, mirror=hub.url)
    assert hub.heads == []


async def test_corrupt_file_is_replaced(hub: ScriptedHub, tmp_path: Path) -> None:
    """A file that has gone bad is seen, and fetched anew."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT[::-1])
    assert verify(entry(), tmp_path) is FileState.CORRUPT
    await pull(entry(), tmp_path, mirror=hub.url)
    assert verify(entry(), tmp_path) is FileState.PRESENT


def test_hash_is_computed_again_only_when_the_file_changed(tmp_path: Path) -> None:
    """The seal is trusted as long as size, time and inode are those it was made for, and no longer."""
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    assert verify(entry(), tmp_path) is FileState.PRESENT
    before = path.stat()
    path.write_bytes(CONTENT[::-1])
    assert verify(entry(), tmp_path) is FileState.CORRUPT
    path.write_bytes(CONTENT)
    assert verify(entry(), tmp_path) is FileState.PRESENT
    sealed = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(before.st_atime_ns, sealed.st_mtime_ns))  # a change that nobody can see without reading the file
    assert verify(entry(), tmp_path) is FileState.PRESENT
    assert verify(entry(), tmp_path, again=True) is FileState.CORRUPT


def test_unreadable_seal_is_no_seal(tmp_path: Path) -> None:
    """A damaged seal costs a new hash, not a model."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    (tmp_path / "tiny.gguf.verified").write_bytes(b"{")
    assert verify(entry(), tmp_path) is FileState.PRESENT


def test_list_of_an_empty_folder(tmp_path: Path) -> None:
    """With nothing there, every model of the catalogue is listed as absent."""
    assert {line.state for line in list_models(tmp_path)} == {FileState.ABSENT}
