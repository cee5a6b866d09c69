"""Many people at once against one server: clients that speak as the browser does, and what they saw.

python -m tests.load --sessions 30 --minutes 3
python -m tests.soak --minutes 20
"""
