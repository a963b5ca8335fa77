"""The ledger: every attempt of every answer, with its tokens and what it cost. It stands beside the line and cannot hold it up."""
