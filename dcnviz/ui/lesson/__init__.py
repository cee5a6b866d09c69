"""The lesson: chapters as data, what is checked in them, and how far a person has come."""
