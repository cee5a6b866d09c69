"""The document round the page: its language, and the link to what it shows."""
