# Every target sets up what it needs first (scripts/setup.sh); `make` alone lists them.
PYTHON ?= python3
PORT ?= 8000
export PYTHON

BIN := .venv/bin
SETUP := scripts/setup.sh

.PHONY: help demo test test-real check format lock boundaries bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## set up, load the demo, serve the map (PORT=8000)
	@$(SETUP) serve
	@exec $(BIN)/antu demo --port $(PORT)

test: ## run the tests
	@$(SETUP) develop
	$(BIN)/pytest -n auto $(ARGS)

test-real: ## run the tests on the real data sets: make test-real DATA=FOLDER
	@test -d "$(DATA)" || { echo "Where are the data sets? make test-real DATA=FOLDER" >&2; exit 2; }
	@$(SETUP) develop
	ANTU_REAL_DATA="$(abspath $(DATA))" $(BIN)/pytest -m real_data -n auto $(ARGS)

check: ## check format, lint, types, import directions, SQL and migrations
	@$(SETUP) develop
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint geo/database/queries
	$(BIN)/pytest tests/test_migrations.py

format: ## put the code into its format
	@$(SETUP) develop
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Without an index address in them, so that every machine uses the registry it is set up for.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --upgrade --universal \
	--generate-hashes --no-emit-index-url --python-version 3.11

lock: ## renew requirements/*.lock and the package locks
	@$(SETUP) develop
	$(COMPILE) pyproject.toml --group build -o requirements/main.lock
	$(COMPILE) pyproject.toml --group dev -c requirements/main.lock -o requirements/dev.lock
	$(COMPILE) --group node -o requirements/node.lock
	$(COMPILE) --group bench -o requirements/bench.lock
	cd maps && npm install --package-lock-only --ignore-scripts
	cd benchmarks && npm install --package-lock-only --ignore-scripts
	cd data/boundaries && npm install --package-lock-only --ignore-scripts

boundaries: ## make the boundary files anew from their sources
	@$(SETUP) boundaries
	$(BIN)/python data/boundaries/make.py

bench: ## measure against the budgets and the field (ARGS="--sites 100000 --only nearby")
	@$(SETUP) bench
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove what was set up or cached; never data
	rm -rf .venv benchmarks/.venv maps/node_modules benchmarks/node_modules data/boundaries/node_modules build dist .setup.lock
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
