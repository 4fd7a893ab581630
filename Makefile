# Every target does its own set-up; nothing but Python 3.11 or newer is needed.
PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin
FILE ?=
SPEED ?=
ONCE ?=
SETS ?=
SAMPLE ?=
AGAIN ?=
DEMO_OPTIONS := $(if $(ONCE),--once) $(if $(FILE),--file $(FILE)) $(if $(SPEED),--speed $(SPEED))

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint format bench bench-hot-path bench-latency \
	bench-population bench-may-contact bench-switch bench-rules bench-quality bench-averaging \
	bench-detectors bench-faust-crash mutation schemas lock clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.ready ## Create the environment

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what requirements.lock names ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Replay a real month of calls; ONCE=1 exits by itself, FILE=path, SPEED=max or a factor
	@$(BIN)/precede demo $(DEMO_OPTIONS)

test: setup ## Run every test, on a real Apache Kafka
	@$(BIN)/python -m pytest

test-long: setup ## Run the tests that take long: kills at random moments, replays, oracles
	@$(BIN)/python -m pytest -m long tests

lint: setup ## Check format, style, types and imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## Bring the code into form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(BENCH)/.ready: bench/requirements.lock pyproject.toml
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@echo "installing what bench/requirements.lock names ..."
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.lock
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

bench: $(BENCH)/.ready ## Measure throughput beside other stream processors; QUICK=1 for a look
	@$(BENCH)/bin/python -m bench.throughput $(if $(QUICK),--quick)

bench-hot-path: $(BENCH)/.ready ## Measure where the worker's processor time goes under full load
	@$(BENCH)/bin/python -m bench.hot_path

bench-latency: setup ## Measure the time from event to action under load
	@$(BIN)/python -m bench.latency

bench-population: setup ## Measure memory and restore of a million customers
	@$(BIN)/python -m bench.population

bench-may-contact: setup ## Measure how fast other systems get an answer
	@$(BIN)/python -m bench.may_contact

bench-switch: setup ## Measure what publishing a playbook costs the events that arrive meanwhile
	@$(BIN)/python -m bench.switch

bench-rules: $(BENCH)/.ready ## Measure rules beside other rule engines
	@$(BENCH)/bin/python -m bench.rules

bench-quality: setup ## Measure the models; SETS=folder adds data sets that do not ship
	@$(BIN)/python -m bench.quality $(if $(SETS),--sets $(SETS))

bench-averaging: setup ## Measure whether partitions learn more when their weights are averaged
	@$(BIN)/python -m bench.quality_averaging

bench-detectors: setup ## Measure signals and scores, microseconds per event
	@$(BIN)/python -m bench.detectors

bench-faust-crash: setup ## Count what plain Faust tables lose or double when they are killed
	@$(BIN)/python -m bench.faust_crash

mutation: setup ## Put faults into what decides, count those no test notices; SAMPLE=16, FILE=part of a path, AGAIN=1
	@$(BIN)/python -m bench.mutation $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(FILE),--file $(FILE)) $(if $(AGAIN),--survivors)

schemas: setup ## Renew deploy/schemas from the code
	@$(BIN)/precede schemas deploy/schemas

lock: ## Renew requirements.lock
	@$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev \
		--generate-hashes --no-emit-index-url --output-file requirements.lock pyproject.toml
	@cp requirements.lock bench/requirements.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--extra dev --generate-hashes --no-emit-index-url --output-file bench/requirements.lock \
		pyproject.toml bench/requirements.in

clean: ## Remove the environment and all local data
	rm -rf $(VENV) $(BENCH) .precede .pytest_cache .mypy_cache .ruff_cache .hypothesis
