"""Two groups of channels that look at the same map each for itself: v3 and v4 by hand."""
