# make        set everything up in .venv, read the articles in seeds/ and serve the graph
# make test   everything that must hold: format, lint, types, tests

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN = $(VENV)/bin
STORE ?= kg-data
HOST ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := run
.PHONY: run test lint types check setup lock clean

run: setup
	$(BIN)/kg ingest --store $(STORE) seeds
	@echo
	@echo "Look at http://$(HOST):$(PORT)/ and ask at http://$(HOST):$(PORT)/sparql; Ctrl-C ends it."
	$(BIN)/kg serve --store $(STORE) --host $(HOST) --port $(PORT)

test: setup lint types check

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

check: setup
	$(BIN)/python -m pytest

setup: $(VENV)/ready

# Everything by hash from the lock file; the project itself as an editable install, built with what the lock holds.
$(VENV)/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name yours with: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet -o requirements.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
