# Everything that can be done here. `make` alone lists it.
#   PYTHON=python3.13 make serve     another interpreter (3.11 or later)
#   make serve ARGS="--port 9000"    options of the command
#   make test ARGS=tests/store       some of the tests

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links --extra onboard

.DEFAULT_GOAL := help
.PHONY: help serve test lint format bench lock clean

help: ## List what make can do.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.serve ## Serve the assistant and the API on http://127.0.0.1:8080 (installs what is needed first).
	@exec $(BIN)/sanspanne serve $(ARGS)

test: $(VENV)/.test ## Run the tests.
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.test ## Check style, types and the import rules.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test ## Bring the sources into the style that lint checks.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.test ## Measure what the service costs, beside nginx.
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/.test ## Choose the versions of all dependencies anew and write them, with their hashes, to requirements/.
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --upgrade --output-file requirements/serve.lock
	$(COMPILE) --upgrade --output-file requirements/test.lock --group dev --constraint requirements/serve.lock

clean: ## Remove everything that make has made.
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis bench-results
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that this lock is installed: the next run starts at once.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; $(PYTHON) is older or missing. For example: make serve PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.serve: requirements/serve.lock pyproject.toml | $(VENV)/.made
	@echo "Installing what is needed into $(VENV), once ..." >&2
	@$(PIP) --require-hashes --requirement requirements/serve.lock
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements/test.lock $(VENV)/.serve
	@echo "Installing the tools for tests into $(VENV), once ..." >&2
	@$(PIP) --require-hashes --requirement requirements/test.lock
	@touch $@
