"""What every command needs of the world around it; handed in, so that tests can hand in another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from sanspanne.cli.words import Words
from sanspanne.config import Config, find


class Context(Struct, frozen=True):
    """The environment, the folder that we stand in, the language, and the two streams that we write to."""

    environ: Mapping[str, str]
    cwd: Path
    words: Words
    out: TextIO
    err: TextIO

    def config(self, path: Path | None) -> Config:
        """The configuration, by the rule of `sanspanne.config.find`."""
        return find(path, self.cwd, self.environ)

    def data_dir(self, given: Path | None) -> Path:
        """The folder for what must last: as given, else `$XDG_DATA_HOME/sanspanne`, else `~/.local/share/sanspanne`."""
        if given is not None:
            return self.cwd / given.expanduser()
        base = self.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        return Path(base) / "sanspanne"

    def say(self, text: str = "") -> None:
        """A line of the result, to standard output."""
        print(text, file=self.out, flush=True)

    def remark(self, text: str) -> None:
        """A line about the result, to standard error."""
        print(text, file=self.err, flush=True)
