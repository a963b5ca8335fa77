"""How much each target carries: `limiter.py` first, then `window.py`, which learns it, by the times that `pace.py` compares."""
