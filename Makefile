# All commands of the project. `make` alone lists them.
PYTHON ?= python3
WORKERS ?= 3
UPGRADE ?=
SEEDS ?= 200
TIMES ?= 50

# Where the environment keeps Python from writing bytecode, every process would recompile some 2,000 modules: 2 s.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
INSTALLED := .venv/.installed
LOCKED := requirements/bootstrap.txt requirements/dev.txt
# uv does not read pip's mirror settings.
UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
ifneq ($(UV_DEFAULT_INDEX),)
export UV_DEFAULT_INDEX
endif
UNREACHABLE := echo "The packages could not be installed; the lines above say why." \
	"Check the network connection or the proxy in HTTPS_PROXY; PIP_INDEX_URL names another package index," \
	"such as your company's mirror. Then run the same command again: what was downloaded is kept." >&2; exit 1

.DEFAULT_GOAL := help
.PHONY: help up down clean test test-containers faults long bench secrets check check-fast hook format lock check-format check-lint check-types check-imports check-schemas

help:
	@echo "make up               start PostgreSQL, Kafka and the four services"
	@echo "make down             stop them and keep the data"
	@echo "make clean            stop them; delete their data and this checkout's caches"
	@echo "make secrets          write missing secrets of docker-compose.yml to .env"
	@echo "make test             run the tests"
	@echo "make test-containers  run the integration tests on PostgreSQL and Kafka in containers"
	@echo "make faults           inject faults, 200 seeds, half an hour (SEEDS=20 for fewer, SEED=17 for one)"
	@echo "make long             run property tests with many more examples, and make faults; writes docs/long-run.md (hours)"
	@echo "make bench            run the benchmarks, write bench/RESULTS.md (idle machine, half an hour)"
	@echo "make check            check formatting, lint, words, types, import rules, frozen schemas"
	@echo "make check-fast       check what changed since the last commit, in seconds (AGAINST=main for a branch)"
	@echo "make hook             let git run make check-fast before every commit"
	@echo "make format           format the code"
	@echo "make lock             lock the dependencies (UPGRADE=--upgrade for newer versions)"

up: $(INSTALLED)
	@$(BIN)/portolan up

down: $(INSTALLED)
	@$(BIN)/portolan down

# Without an installation and a running stack there is nothing to clean but caches.
clean:
	@if [ -d .portolan ] && [ ! -x $(BIN)/portolan ]; then $(MAKE) --no-print-directory $(INSTALLED); fi
	@if [ -x $(BIN)/portolan ]; then $(BIN)/portolan clean; fi
	@find . -name .venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

# Tests of a file run in one process and share its fixtures; conftest.py orders the files. Three on two processors: while
# one waits for a server to start, the others use both.
SIDE_BY_SIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# tests/deploy/test_services_alone.py runs these, each in a tree without the sibling services: once is enough.
ALONE := people portfolio finance reporting

test: $(INSTALLED)
	@$(BIN)/pytest $(SIDE_BY_SIDE) --durations=20 $(ALONE:%=--ignore=tests/%) tests

# What depends on where PostgreSQL and Kafka come from: migrations, statements, locks, clients, and one journey on top.
ON_CONTAINERS := $(patsubst %,tests/chassis/test_%.py,kafka_clients list_indexes migrate projection reader relay \
	several_streams store stream_locks) tests/journeys/test_funding_conversation.py

test-containers: $(INSTALLED)
	@PORTOLAN_TEST_ON=containers $(BIN)/pytest $(SIDE_BY_SIDE) $(ON_CONTAINERS)

# Any Python 3 will do: nothing is installed for it.
secrets:
	@$(PYTHON) -m portolan.compose_secrets

# Takes hours; its page is committed.
long: $(INSTALLED)
	@$(BIN)/python -m tests.long --seeds $(SEEDS) --times $(TIMES) $(if $(PAGE),--page $(PAGE))

faults: $(INSTALLED)
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --grounds 2 --outages 100000) \
		$(if $(PAGE),--page $(PAGE))

bench: $(INSTALLED)
	@$(BIN)/python -m bench --out bench/RESULTS.md

# Types take the longest: the others go beside them. The make of macOS mixes what they say.
WHOLE_OUTPUTS := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
check: $(INSTALLED)
	@$(MAKE) --no-print-directory --jobs=$(WORKERS) $(WHOLE_OUTPUTS) \
		check-types check-format check-lint check-imports check-schemas

check-fast: $(INSTALLED)
	@$(BIN)/python -m tests.fast $(if $(AGAINST),--against $(AGAINST))

# Git tells a hook which repository it serves; the checks ask git of others, too.
define HOOK
#!/bin/sh
# Made by `make hook`: nothing is committed that `make check-fast` refuses; `git commit --no-verify` passes by it.
unset $$(git rev-parse --local-env-vars)
exec make --no-print-directory check-fast
endef
export HOOK

hook:
	@file=$$(git rev-parse --git-path hooks/pre-commit) && mkdir -p "$$(dirname "$$file")" && \
	if [ -e "$$file" ] && ! grep -q 'Made by `make hook`' "$$file"; then \
		echo "$$file is there already: add 'make check-fast' to it yourself." >&2; exit 1; \
	fi && printf '%s\n' "$$HOOK" >"$$file" && chmod +x "$$file" && \
	echo "Git runs make check-fast before every commit (git commit --no-verify: not this time)."

check-format: $(INSTALLED)
	@$(BIN)/ruff format --check .

check-lint: $(INSTALLED)
	@$(BIN)/ruff check .
	@$(BIN)/python -m portolan.lint

check-types: $(INSTALLED)
	@$(BIN)/mypy

check-imports: $(INSTALLED)
	@$(BIN)/lint-imports

check-schemas: $(INSTALLED)
	@$(BIN)/python -m portolan.schemas --check

format: $(INSTALLED)
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

lock: $(INSTALLED)
	@$(COMPILE) pyproject.toml --output-file requirements/service.txt
	@$(COMPILE) pyproject.toml --extra command --output-file requirements/command.txt
	@$(COMPILE) pyproject.toml --extra local --output-file requirements/runtime.txt
	@$(COMPILE) pyproject.toml --extra local --group dev --output-file requirements/dev.txt
	@grep -o '^uv==[0-9.]*' requirements/dev.txt | $(COMPILE) --no-annotate - --output-file requirements/bootstrap.txt
	@$(BIN)/python -m portolan.stack.kafka_jars

$(INSTALLED): $(LOCKED) pyproject.toml
	@$(BIN)/python -c '' 2>/dev/null || { rm -rf .venv; $(CREATE_VENV); }
	@echo "Installing the locked packages (about 700 MB, only when they change)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/bootstrap.txt || { $(UNREACHABLE); }
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt || { $(UNREACHABLE); }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

define CREATE_VENV
for python in "$(PYTHON)" python3.11 python3.12 python3.13 python3.14; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		"$$python" -m venv .venv && exit 0; \
		echo "$$python could not create .venv; the lines above say why. Debian and Ubuntu need the package python3-venv." >&2; \
		rm -rf .venv; exit 1; \
	fi; \
done; \
echo "Portolan needs Python 3.11 or newer, and neither $(PYTHON) nor python3.11 to python3.14 is one." \
	"Install one, or name it: make up PYTHON=/path/to/python3.11" >&2; exit 1
endef
