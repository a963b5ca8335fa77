"""The life of an answer: opened, joined, followed by zero, one or several callers, left by them. The only place that cancels."""
