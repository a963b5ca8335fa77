"""What a run is held against: `verdict.py` has the promises, `ceiling.py` the best that anybody could have done."""
