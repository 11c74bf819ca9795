# Everything installs into .venv; nothing outside this folder is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: demo test check clean

demo: $(STAMP)
	@$(BIN)/dialer demo $(DEMO)

test: $(STAMP)
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

check: $(STAMP)
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/python -m pytest -n 2 --dist worksteal

$(STAMP): pyproject.toml
	@echo "Installing into $(VENV) (a minute the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The dialer needs Python 3.11 or newer; this is %d.%d. Name another: make demo PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(STAMP)

clean:
	rm -rf $(VENV) data demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
