"""The command line: `sanspanne serve`, `check`, `ask`, `models`, `keys`."""

from sanspanne.cli.main import main, run

__all__ = ["main", "run"]
