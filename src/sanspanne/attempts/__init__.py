"""One try at one target, and what all tries together teach us of it."""
