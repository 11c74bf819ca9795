# Everything installs into .venv; nothing outside this folder is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: demo test check clean words

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

# New texts of the desk into its catalogues, and those that are gone out of them.
LOCALE := dialer/desk/locale
words: $(STAMP)
	cd dialer/desk && ../../$(BIN)/pybabel -q extract -F locale/babel.cfg -k N_ -k t -k ngettext:1,2 --no-wrap --add-location=file --project="Predictive dialer" -o locale/desk.pot . ../pacing/limit_words.py
	for language in az tr ka ru; do $(BIN)/pybabel -q update -N --no-wrap --ignore-obsolete --init-missing -D desk -i $(LOCALE)/desk.pot -d $(LOCALE) -l $$language || exit 1; done
	rm $(LOCALE)/desk.pot

clean:
	rm -rf $(VENV) data demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
