"""sanspanne: conversational AI that stays up when its providers go down."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("sanspanne")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "0+source"

__all__ = ["__version__"]
