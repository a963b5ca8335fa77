"""From a command line to an exit code: 0 done, 1 failed, 2 wrong command or configuration. Errors are sentences."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from cyclopts import CycloptsError

from sanspanne.cli.context import Context
from sanspanne.cli.parser import parser
from sanspanne.cli.words import words_for
from sanspanne.errors import ConfigError, SanspanneError

FAILED, WRONG, INTERRUPTED = 1, 2, 130


def main() -> None:
    """The program that `pip install sanspanne` puts on the path."""
    sys.exit(run(sys.argv[1:], os.environ))


def run(arguments: Sequence[str], environ: Mapping[str, str], cwd: Path | None = None) -> int:
    """Run one command in the current process and return its exit code."""
    context = Context(environ, cwd or Path.cwd(), words_for(environ), sys.stdout, sys.stderr)
    try:
        return _run(arguments, context)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(arguments: Sequence[str], context: Context) -> int:
    words = context.words
    try:
        code = parser(context)(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        context.remark(words.wrong_usage.format(reason=str(error).strip()))
        context.remark(words.see_help)
        return WRONG
    except ConfigError as error:
        context.remark(str(error))
        return WRONG
    except SanspanneError as error:
        context.remark(str(error))
        return FAILED
    except KeyboardInterrupt:
        context.remark(words.interrupted)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        return _bug(error, context)


def _bug(error: Exception, context: Context) -> int:
    if context.environ.get("SANSPANNE_TRACE"):
        traceback.print_exc(file=context.err)
    context.remark(context.words.bug.format(error=f"{type(error).__name__}: {error}"))
    return FAILED
