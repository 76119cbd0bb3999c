# Each target does its own set-up. Another Python: make PYTHON=python3.12 book
PYTHON ?= python3
BIN := .venv/bin
# The tables of the book are small: threads gain nothing, and on a busy machine they wait for each other.
export OMP_NUM_THREADS ?= 1
SOURCES := $(shell find src book notebooks -type f -not -path '*/__pycache__/*' -not -path '*/.*' -not -path '*.egg-info/*' -not -name limits.toml) _config.yml _toc.yml
# Written again when a file is added or removed, or an address changes: no modification time shows that. `value` and
# the quotes keep the shell and make from running what an address says.
STATE := $(subst ','\'',$(SOURCES) $(value SITE_URL) $(value REPOSITORY_URL))
$(shell mkdir -p _build && echo '$(STATE)' | cmp -s - _build/.sources || echo '$(STATE)' > _build/.sources)
# The book's own tools: $(TOOL)audit runs book/_tools/audit.py
TOOL := PYTHONPATH=book $(BIN)/python -m _tools.
BIOME := .venv/node/node_modules/.bin/biome check --error-on-warnings --config-path=book/_tools/node/lint.jsonc
SCRIPTS := src book tests
.PHONY: book test machines audit limits bench zip pdf links lab notebooks browser lint format pins
.DELETE_ON_ERROR:

book: _build/html/.built
	@echo "The book: _build/html/index.html"
	@$(BIN)/python -c "import pathlib; print('In a browser:', pathlib.Path('_build/html/index.html').resolve().as_uri())"

# One file is one piece of work: its tests share a kernel, a JupyterLab or a small book. A test often waits for another
# program, so there is one process more than there are cores.
test: book browser
	$(BIN)/python -m pytest --nbval --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --maxprocesses 4 --dist loadfile

# Another PYTHON gets an environment of its own there: it must not be put into .venv.
machines:
	@$(MAKE) --silent --no-print-directory .venv/ready $(if $(wildcard $(BIN)/python),PYTHON=$(BIN)/python)
	@$(TOOL)machines

audit: book browser .venv/node/ready
	$(TOOL)audit

limits: book browser
	$(TOOL)audit --write-limits

bench: book browser .venv/node/ready
	$(TOOL)bench
	@$(MAKE) --no-print-directory book

zip: book
	$(TOOL)offline zip

PAPER ?= _build/paper
pdf: book browser
	$(BIN)/jupyter-book build . -W -n --keep-going -q --path-output $(PAPER) --builder custom --custom-builder singlehtml
	$(TOOL)offline pdf $(PAPER)

links: book
	$(BIN)/jupyter-book build . -n --path-output _build/links --builder linkcheck

lab: .venv/ready
	$(BIN)/jupyter lab notebooks

notebooks: .venv/ready
	$(TOOL)derive --all

browser: .venv/ready
	$(TOOL)browser

lint: .venv/ready .venv/node/ready
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && $(BIOME) $(SCRIPTS)

format: .venv/ready .venv/node/ready
	$(BIN)/ruff check --fix && $(BIN)/ruff format && $(BIOME) --write $(SCRIPTS)

# Keeps what is pinned and adds what is missing. To renew every pin, delete constraints.txt first.
pins: .venv/ready
	grep -v '^-c ' requirements.txt | $(BIN)/uv pip compile - --quiet --universal --python-version 3.11.5 --no-annotate \
		--no-emit-package rowlight --custom-compile-command 'make pins' --output-file constraints.txt

_build/html/.built: .venv/ready _build/.sources $(SOURCES)
	$(TOOL)derive
	$(BIN)/jupyter-book build . -W -n --keep-going
	@touch $@

# --no-compile: Python compiles what is imported, a small part of it.
.venv/ready: requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -c "import sys; v = sys.version_info[:3]; (3, 11, 5) <= v < (3, 14) or sys.exit('Python 3.11 (from 3.11.5 on), 3.12 or 3.13 is needed, and this is %d.%d.%d. Try: make PYTHON=python3.12 ...' % v)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements.txt
	@touch $@

# What runs on node, at the versions of its lock file, and none of their install scripts.
.venv/node/ready: book/_tools/node/package.json book/_tools/node/package-lock.json
	@command -v npm > /dev/null || { echo "Install Node.js 20 or newer with npm (nodejs.org)." >&2; exit 1; }
	mkdir -p .venv/node && cp $^ .venv/node
	npm ci --prefix .venv/node --silent --ignore-scripts
	@touch $@
