"""Sheets to print: a chapter of the lesson, or the view of Explore, as one HTML file that needs nothing else."""
