"""What is performed: the providers (`cast.py`), who stands before them (`contender.py`), who asks (`user.py`); all on `stage.py`."""
