"""`python -m sanspanne` is `sanspanne`."""

from sanspanne.cli import main

main()
