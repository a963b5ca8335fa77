"""The page at `/`: one input, one streamed answer, what answered and why. It shows; it decides nothing."""
