# The two commands of the README are `make demo` and `make test`; `make check` is what CI runs besides the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Tests run in parallel, in processes of their own.
JOBS   ?= 2

.PHONY: demo test check lint types layers parity bench bench-sites kills handover year pace servers clean

demo: $(VENV)/.run
	$(BIN)/syncer demo --into demo-out

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) tests

check: lint types layers

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

# Where a folder with community downloaders and their expected results is given, the imported site files must give the same.
parity: $(VENV)/.run
	.ci/parity $(BIN)/syncer

kills: $(VENV)/.dev
	SYNCER_KILLS=$(or $(N),200) $(BIN)/python -m pytest tests/system/test_service_kills.py -q

# The same while gallery-dl works for it, and what else needs many runs of other programs.
handover: $(VENV)/.dev
	SYNCER_HANDOVER=$(or $(N),20) $(BIN)/python -m pytest tests/system/test_handover*.py tests/server/test_yt_dlp.py tests/system/test_adopt.py -q -s -n $(JOBS)

# A whole simulated year of the service, with its table; `make test` runs a quarter with fewer queries.
year: $(VENV)/.dev
	SYNCER_YEAR=1 $(BIN)/python -m pytest tests/system/test_year.py -q -s --timeout=1800

# Two hours of a mixed load at the default pace, with the table of every rule; `make test` runs them at a slower one.
pace: $(VENV)/.dev
	SYNCER_PACE=1 $(BIN)/python -m pytest tests/system/test_pace.py -q -s --timeout=3600

# MediaWiki, WordPress, a booru and Mastodon's mock, set up in temporary folders; what is not installed is skipped with the reason.
servers: $(VENV)/.dev
	SYNCER_SERVERS=1 $(BIN)/python -m pytest tests/system/test_real_servers.py tests/system/test_folder_listings.py -q -s -rs

bench: $(VENV)/.run
	$(BIN)/python -m bench
	$(BIN)/python -m bench.checks
	$(BIN)/python -m bench.decisions

# Reading pages and recognising URLs, beside the same written by hand; then pages that are built to stall.
bench-sites: $(VENV)/.dev
	$(BIN)/python -m bench.sites
	$(BIN)/python -m bench.hostile

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) dist build demo-out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
