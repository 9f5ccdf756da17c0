PY := .venv/bin/python
PYTHON ?= python3

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16
setup: ## make .venv with the pinned packages, and find a browser
	@$(PYTHON) scripts/set_up.py
demo: setup ## serve the app with invented people; prints the addresses and passwords
	@$(PY) -m visavis_core.cli demo
test: setup ## all tests, with real browsers
	@$(PY) -m pytest -q -m "not long"
check: setup ## lint, types, direction of imports
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy && $(PY) -m pyright && .venv/bin/lint-imports --no-cache
bench: setup ## micro benchmarks
	@$(PY) -m pytest benchmarks -q --benchmark-only
.PHONY: help setup demo test check bench
.DEFAULT_GOAL := help
