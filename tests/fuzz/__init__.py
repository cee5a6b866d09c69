"""Spoiled files by the thousand: whatever a stranger brings, the answer is a value or the decoder's own refusal.

    python -m tests.fuzz --minutes 10 --seed 1      all kinds in turn; prints a report
    python -m tests.fuzz --kind pictures --seed 1 --only 4711      one case again, with its traceback

Each case follows from the kind, the seed and its number alone. The suite runs the same with a fixed number of cases.
"""
