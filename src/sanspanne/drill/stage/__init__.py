"""What is performed: providers (`cast.py`), one contender before them (`contender.py`), and users (`user.py`) on a `stage.py`."""
