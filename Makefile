# make run   environment, dependencies, and the app at http://localhost:8501
# make test  environment, linter, types, tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench bench-app load soak fuzz format clean
run: $(VENV)/.run
	$(BIN)/streamlit run app.py

# Each file of tests in one of several processes: two on two cores take little more than half the time of one.
test: lint
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m dcnviz bench

# For longer, or again: make fuzz FUZZ="--minutes 60 --seed 3"
FUZZ ?= --minutes 10
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz $(FUZZ)

# How quick the app is in Chromium, and how heavy; thirty sessions at once; random hands for a long time.
bench-app: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.app_table

load: $(VENV)/.dev
	$(BIN)/python -m tests.load --sessions 30 --minutes 3

soak: $(VENV)/.dev
	$(BIN)/python -m tests.soak --minutes 20

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements-dev.txt
	touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .benchmarks
