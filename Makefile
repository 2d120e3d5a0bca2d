# Two commands: `make demo` and `make test`. Each needs python3 (3.11 or newer) with venv, and make; nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin

# Tests and demo start hundreds of processes: without byte code on disk each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all flake-check conformance-table bench-audio bench-rest lock clean

# Types are checked in the time that the tests wait.
define tests
mkdir -p .mypy_cache; $(BIN)/mypy > .mypy_cache/told 2>&1 & types=$$!; \
PATH="$(BIN):$$PATH" $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m $(1); failed=$$?; \
wait $$types || failed=1; cat .mypy_cache/told; exit $$failed
endef

demo: $(VENV)/.run
	PATH="$(BIN):$$PATH" $(BIN)/telnyx-sim demo

test: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(call tests,"not needs_tools and not long")

test-all: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(call tests,"not long")
	PATH="$(BIN):$$PATH" $(BIN)/python -m pytest -m long

flake-check: $(VENV)/.dev  # the conformance suite twenty times over with one seed: about forty minutes
	PATH="$(BIN):$$PATH" $(BIN)/python tests/flake_check.py

conformance-table: $(VENV)/.dev  # the suite for each mutant, into docs/requirements-and-mutants.md: hours; goes on where it was
	PATH="$(BIN):$$PATH" $(BIN)/python tests/conformance_table.py

bench-audio: $(VENV)/.dev  # the figures of the audio diagnosis, into docs/audio-bench.md: about ten minutes
	PYTHONPATH=tests PATH="$(BIN):$$PATH" $(BIN)/python -m autopsy_bench --measure --write

bench-rest: $(VENV)/.dev  # the figures of the REST surface, into docs/rest-bench.md: about four minutes, on a quiet machine
	PYTHONPATH=tests PATH="$(BIN):$$PATH" $(BIN)/python -m rest_bench --write

# What is used is compiled when it is used: to compile all of it takes as long as to install it.
# A stamp for each set of requirements: what runs the demo, and what runs the tests (a superset).
$(VENV)/.run: requirements/run.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --no-compile --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --no-compile --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.run

lock:  # needs uv; run after changing the dependencies in pyproject.toml
	sh requirements/lock.sh

clean:
	rm -rf $(VENV) .telnyx-sim .pytest_cache .mypy_cache .ruff_cache .hypothesis
