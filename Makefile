# Everything runs from .venv, which the first target that needs it builds from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test bench figures corpus week docs site screenshots export lint format dist lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## the whole loop on the embedded Postgres: pull, upgrade, verify, a job to its result (ARGS=--keep)
	@$(BIN)/python -m demo $(ARGS)

test: $(READY) ## the tests, on every core (ARGS="-k pull -x -n 0" goes to pytest)
	@$(BIN)/python -m pytest -n auto $(ARGS)

bench: $(READY) ## time the job system beside other queues and bare SQL, and write docs/performance.md (ARGS=--quick)
	@$(BIN)/python -m bench.peers $(ARGS)

figures: $(READY) ## the correctness figures at their full counts, as a table (several minutes; make test has small ones)
	@DBTOOLS_FIGURES=full $(BIN)/python -m pytest tests/figures $(ARGS)

corpus: $(READY) ## pull public schemas from clones of your own and compare (CLONES=folder ARGS="--only basejump --say")
	@$(BIN)/python -m tests.corpus $(CLONES) $(ARGS)

week: $(READY) ## a week in a stranger's repository: forty changes in four ways, branches, a squash (a quarter of an hour; ARGS=--say)
	@$(BIN)/python -m tests.week $(ARGS)

docs: $(READY) ## write docs/reference: the functions of the API, from their comments, and who may do what
	@mkdir -p docs/reference
	@$(BIN)/python -m dbtools.docs.rpc > docs/reference/rpc.md.new
	@mv docs/reference/rpc.md.new docs/reference/rpc.md
	@$(BIN)/python -m dbtools.docs.privileges > docs/reference/privileges.txt.new
	@mv docs/reference/privileges.txt.new docs/reference/privileges.txt

site: $(READY) ## build the documents as a site, dist/handbook/site, with pages on commands, errors and rules
	@$(BIN)/python -m handbook

screenshots: $(READY) ## take docs/pictures anew (needs chromium and npm; two minutes; ARGS=portal takes one)
	@$(BIN)/python -m tests.support.screenshots $(ARGS)

export: $(READY) ## write supabase/migrations/ from the revisions
	@$(BIN)/dbtools export

lint: $(READY) ## ruff, mypy, who imports whom, sqlfluff, squawk, and whether supabase/migrations/ is as exported
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/sqlfluff lint --processes 2 sql migrations
	$(BIN)/squawk migrations/versions/*.up.sql
	$(BIN)/dbtools export --check

format: $(READY) ## let ruff format the Python
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dist: $(READY) ## build wheels and source distributions of both products into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/python -m build --no-isolation --outdir dist loop

lock: ## pin every dependency again, with hashes, for every platform (needs uv)
	uv pip compile pyproject.toml loop/pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml loop/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@echo "preparing $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . --editable loop
	@touch $@
