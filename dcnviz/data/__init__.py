"""Made scenes, bundled pictures, and the decoding of pictures that a stranger brings."""
