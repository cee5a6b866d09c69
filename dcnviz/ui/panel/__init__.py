"""The panel of a pinned cell, as one piece of HTML."""
