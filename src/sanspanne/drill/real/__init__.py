"""A drill with real targets: which they are (`real.py`), the proxy before each, and the purse that bounds the cost."""
