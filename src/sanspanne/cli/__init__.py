"""The command line: `sanspanne serve`, `check`, `ask`, `models`, `keys`, `answers`, `drill`."""

from sanspanne.cli.main import main, run

__all__ = ["main", "run"]
