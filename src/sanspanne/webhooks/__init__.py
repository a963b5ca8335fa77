"""Callers who want to be told when their kept questions have ended: one POST each, signed, repeated until it is taken."""
