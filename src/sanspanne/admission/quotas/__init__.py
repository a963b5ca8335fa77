"""How much each key may use, and what it has used: `quotas.py` first, then `meter.py`.

quotas --one per key--> meter --one per limit--> gauges --> a bucket per minute (gcra), a day or a month (calendar_window)
"""

from sanspanne.admission.quotas.quotas import Quotas

__all__ = ["Quotas"]
