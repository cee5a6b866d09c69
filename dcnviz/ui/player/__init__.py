"""A training as a film: its frames go to the browser once, and play and scrub there without the server."""
