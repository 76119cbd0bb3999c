# Each target does its own set-up. Another Python: make PYTHON=python3.12 book
PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find src book notebooks -type f -not -path '*/__pycache__/*' -not -path '*/.*' -not -path '*.egg-info/*') _config.yml _toc.yml
# Rewritten when a file comes or goes, or an address changes, which no modification time tells.
STATE := $(SOURCES) $(SITE_URL) $(REPOSITORY_URL)
$(shell mkdir -p _build && echo '$(STATE)' | cmp -s - _build/.sources || echo '$(STATE)' > _build/.sources)
# The book's own tools: $(TOOL)audit runs book/_tools/audit.py
TOOL := PYTHONPATH=book $(BIN)/python -m _tools.
.PHONY: book test machines audit zip pdf links lab notebooks bench lint
.DELETE_ON_ERROR:

book: _build/html/.built
	@echo "The book: _build/html/index.html"
	@$(BIN)/python -c "import pathlib; print('In a browser:', pathlib.Path('_build/html/index.html').resolve().as_uri())"

test: book
	$(TOOL)browser
	$(BIN)/python -m pytest --nbval

# Another PYTHON gets an environment of its own there: it must not be put into .venv.
machines:
	@$(MAKE) --silent --no-print-directory .venv/ready $(if $(wildcard $(BIN)/python),PYTHON=$(BIN)/python)
	@$(TOOL)machines

audit: book
	$(TOOL)browser
	$(TOOL)audit

zip: book
	$(TOOL)offline zip

pdf: book
	$(TOOL)browser
	$(BIN)/jupyter-book build . -W -n --keep-going -q --path-output _build/paper --builder custom --custom-builder singlehtml
	$(TOOL)offline pdf

links: book
	$(BIN)/jupyter-book build . -n --path-output _build/links --builder linkcheck

lab: .venv/ready
	$(BIN)/jupyter lab notebooks

notebooks: .venv/ready
	$(TOOL)derive --all

bench: book
	$(TOOL)browser
	$(TOOL)bench
	@$(MAKE) --no-print-directory book

lint: .venv/ready
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy

_build/html/.built: .venv/ready _build/.sources $(SOURCES)
	$(TOOL)derive
	$(BIN)/jupyter-book build . -W -n --keep-going
	@touch $@

.venv/ready: requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit('Python 3.11, 3.12 or 3.13 is needed, and this is %d.%d. Try: make PYTHON=python3.12 ...' % v)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@
