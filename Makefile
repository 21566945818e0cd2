# `make run` and `make test` are all one needs. Only python3 (3.11 or newer, with venv) must be there before.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv)

ifdef UV
  CREATE  = $(UV) venv --quiet --clear --python $(PYTHON) $(VENV)
  INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
  CREATE  = $(PYTHON) -m venv --clear $(VENV)
  INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: run test soak bench lint format check-migrations catalogs lock clean

run: $(VENV)/.run
	@$(BIN)/orderline migrate
	@$(BIN)/orderline demo
	@$(BIN)/orderline links
	@exec $(BIN)/orderline serve

# Two at a time, file by file, in our order: most of a test is waiting for real servers. ARGS="-x tests/rules" runs less.
test: $(VENV)/.dev
	@bin/test-servers
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# Half an hour on two cores, best with nothing else on them. The table and the curve are kept beside it.
# ARGS="--rounds 1 saturation" measures less and keeps nothing.
bench: $(VENV)/.bench
	@bin/test-servers
	@$(BIN)/python -m tests.bench $(or $(ARGS),--keep)

# Random faults while people chat. SECONDS= and SEED= choose how long, and which.
SECONDS ?= 600
soak: $(VENV)/.dev
	@bin/test-servers
	@$(BIN)/python -m tests.faults.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

lint: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# The models say what the migrations make, on SQLite and on PostgreSQL.
check-migrations: $(VENV)/.dev
	@bin/test-servers
	@$(BIN)/python -m tests.check_migrations

# New and vanished texts, into the catalogs of both languages; no .mo is kept, the app reads the .po.
catalogs: $(VENV)/.dev
	@$(BIN)/pybabel --quiet extract --mapping app/locale/babel.cfg --no-wrap --sort-by-file \
	  --add-location file --project Orderline --output $(VENV)/messages.pot .
	@for language in de en; do $(BIN)/pybabel --quiet update --init-missing --no-fuzzy-matching --no-wrap \
	  --ignore-obsolete --ignore-pot-creation-date --input-file $(VENV)/messages.pot \
	  --output-dir app/locale --locale $$language || exit; done

# Without hashes or addresses, so that a lock fits whatever registry a machine is set up for.
COMPILE = $(or $(UV),.uv/bin/uv) pip compile --quiet --upgrade --universal --python-version 3.11 \
  --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml
lock: $(if $(UV),,.uv/bin/uv)
	@$(COMPILE) --output-file requirements.txt
	@$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	@$(COMPILE) --extra bench --constraint requirements-dev.txt --output-file requirements-bench.txt

# The data under var/ stays.
clean:
	rm -rf $(VENV) .uv .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Orderline needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(CREATE) || { rm -rf $(VENV); \
	  echo "$(PYTHON) could not make an environment; on Debian: apt install python3-venv" >&2; exit 1; }

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Orderline needs into $(VENV), once …"
	@$(INSTALL) -r requirements.txt
	@$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing what the tests need into $(VENV), once …"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	@echo "Installing what the benchmarks need into $(VENV), once …"
	@$(INSTALL) -r requirements-bench.txt
	@touch $@

.uv/bin/uv:
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv
