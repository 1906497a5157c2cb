# RMA Station. `make help` lists what there is.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
CONFIG ?=
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help install run demo bench test sim labels-proof test-devices test-postgresql test-faults lint clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 24

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Run:  sudo apt install python3 python3-venv make"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $$($(PYTHON) -V) is too old. Run:  sudo apt install python3.11 python3.11-venv  and then:  make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The venv module is missing. Run:  sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV): half a minute on a fast network, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary -c constraints.txt -e .
	@$(BIN)/python -m compileall -q rma_station drivers labels sync hub virtual_bench
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary -c constraints.txt -e '.[test]'
	@touch $@

install: $(VENV)/.installed  ## a virtual environment with everything `make run` needs

run: $(VENV)/.installed  ## the station; CONFIG=my.toml for a real one
	$(BIN)/python main.py run $(if $(CONFIG),--config $(CONFIG))

demo: $(VENV)/.installed-test  ## the whole job unattended, with a transcript
	$(BIN)/python main.py demo

bench: $(VENV)/.installed-test  ## what is fast and how we know
	$(BIN)/python -m benchmarks

lint: $(VENV)/.installed-test  ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.installed-test  ## everything that has to be true
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 3 --dist loadfile

test-devices: $(VENV)/.installed-test  ## the drivers on a real kernel with emulated USB devices; ARGS=pytest arguments
	$(BIN)/python -m tests.device.machine $(ARGS)

sim: $(VENV)/.installed-test  ## bad days of stations, hub and providers; SEEDS=500 FIRST=1 JOBS=2 TRACE=1
	$(BIN)/python -m tests.sim --seeds $(or $(SEEDS),100) --first $(or $(FIRST),1) --jobs $(or $(JOBS),1) $(if $(TRACE),--trace)

test-faults: $(VENV)/.installed-test  ## station and hub killed and stopped, power cuts, strange networks; ROUNDS=50
	FAULT_ROUNDS=$(or $(ROUNDS),50) $(BIN)/python -m pytest tests/faults

test-postgresql: $(VENV)/.installed-test  ## the hub's tests on a PostgreSQL server of their own
	HUB_TESTS_ON=postgresql $(BIN)/python -m pytest -n 2 --dist loadfile tests/hub

labels-proof: $(VENV)/.installed-test  ## every label, size, resolution and language, rendered and read back
	$(BIN)/python -m pytest -n 2 -m "proof or not proof" tests/labels/test_proof.py tests/labels/test_second_renderer.py

clean:           ## forget the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist
