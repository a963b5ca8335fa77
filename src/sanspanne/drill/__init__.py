"""The outage rehearsal: providers that fail on purpose, users who ask all the while, and a verdict for each promise."""
