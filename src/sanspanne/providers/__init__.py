"""Who is out there: one short file per kind of provider; `catalogue.py` lists them."""
