# One word does one thing; `make setup` is done by the others when it is due.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test slow chaos soak check fmt bench lock clean

# Tests use this many processes; each has a PostgreSQL server of its own.
WORKERS ?= 3  # on two cores: many tests wait for processes and for time to pass
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CODE := ltc connectors mdm scheduler
EVERYTHING := $(CODE) tests $(wildcard benchmarks)

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10

setup: .venv/.done ## make .venv with the locked packages and the hub itself

# uv, itself from the lock, does in seconds what pip does in a minute; where it cannot reach an index, pip may.
.venv/.done: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name it: make setup PYTHON=/path/to/python" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	awk '/^[^ ]/ { wanted = /^uv==/ } wanted' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup ## from won deal to payment in two simulated systems, with a checker at the end
	$(BIN)/ltc demo

test: setup ## all tests, on SQLite and PostgreSQL
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

slow: setup ## the tests at full size: ten thousand accounts, five thousand customers on each side
	$(BIN)/pytest -m slow

# So many deaths per settle rule and database; before a release, 1000.
KILLS ?= 100
CRASHES := killed killed_rules killed_collecting webhooks_killed replicas slots celery

chaos: setup ## the tests in which processes die, at full size, on both databases and with Celery; KILLS=1000 before a release
	@PATH="$$PATH:/usr/lib/rabbitmq/bin" command -v rabbitmq-server > /dev/null || echo "RabbitMQ is not installed: Celery runs with Valkey alone."
	LTC_KILLS=$(KILLS) $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "slow or not slow" $(CRASHES:%=tests/system/test_%.py)

soak: setup ## five hundred worlds, a hundred days each, with everything that people do at the worst moment
	$(BIN)/pytest -n 2 --dist worksteal -m "soak or not soak" tests/system/test_soak.py

check: setup ## what the house insists on: ruff, mypy --strict, the floors
	$(BIN)/ruff check $(EVERYTHING)
	$(BIN)/ruff format --check $(EVERYTHING)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: setup ## format the code and mend what can be mended without thought
	$(BIN)/ruff check --fix --quiet $(EVERYTHING) || true
	$(BIN)/ruff format $(EVERYTHING)

bench: setup ## speed, as ratios within one run
	for benchmark in command_line mapping pipeline hooks workers; do $(BIN)/python benchmarks/$$benchmark.py --check; done
	$(BIN)/python benchmarks/schedules.py --check --seconds 120

lock: setup ## resolve the dependencies anew
	$(BIN)/uv pip compile --python $(BIN)/python --universal --all-extras --generate-hashes --upgrade \
	  --no-emit-index-url --no-emit-find-links --no-header --quiet pyproject.toml -o requirements.lock

clean: ## remove what make made
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
