PYTHON ?= python3
PY := .venv/bin/python

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
setup: ## make .venv with the pinned packages
	@$(PYTHON) scripts/set_up.py
browser: ## find Chromium, or install it where the system allows
	@$(PYTHON) scripts/find_browser.py
demo: setup ## serve the app with invented people; prints addresses and passwords
	@$(PY) -m visavis_core.cli demo
test: setup browser ## all tests, with real browsers
	@$(PY) -m pytest -q -m "not long"
test-again: ## once more, only what failed in the last run of the tests
	@$(PY) -m pytest -q -m "not long" --last-failed --last-failed-no-failures none
test-long: setup browser ## the whole fault programme
	@$(PY) -m pytest -q -m long
check: setup ## lint, types, direction of imports
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(PY) -m pyright
	@.venv/bin/lint-imports --no-cache
bench: setup ## micro benchmarks
	@$(PY) -m pytest benchmarks -q --benchmark-only
bench-peers: setup ## the forwarder beside Janus and others (OPTIONS=--short for a quick look)
	@$(PY) -m benchmarks.peers $(OPTIONS)
soak: setup ## media at 70 % of its measured capacity; SECONDS=3600
	@$(PY) benchmarks/soak.py --seconds $(or $(SECONDS),3600) --out docs/benchmarks/soak.md
fuzz: setup ## media's parsers, by coverage; SECONDS=60 for each
	@$(PY) scripts/fuzz.py $(or $(SECONDS),60)
docs: setup ## check that the pages say what the code does
	@$(PY) -m pytest -q tests/contracts
picture: setup browser ## take the README's picture anew, from the journey of the tests
	@$(PY) -m pytest -q tests/e2e/test_teleassistance.py
	@cp artefacts/test_a_wound_is_seen_advised_on_and_the_record_proves_itself/room-expert-laptop.png docs/images/room_expert.png
lock: ## pin the third-party packages anew, with hashes (needs uv)
	@sh scripts/lock.sh
.PHONY: help setup browser demo test test-again test-long check bench bench-peers soak fuzz docs picture lock
.DEFAULT_GOAL := help
