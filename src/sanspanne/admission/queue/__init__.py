"""Whose turn is it: `fair_queue.py` first, then `line.py` and `counters.py`, its two orders; `forecast.py` says for how long."""
