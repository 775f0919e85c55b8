# The two commands a reader needs are `make book` and `make test`; both start from nothing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORT ?= 8000

# One BLAS thread a process: two pools on few cores slow each other down many times over.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export VECLIB_MAXIMUM_THREADS := 1
# Nothing in a reader's own configuration may change a number or a figure.
export IPYTHONDIR := $(CURDIR)/_build/ipython
KERNEL := $(IPYTHONDIR)/profile_default/ipython_kernel_config.json
export JUPYTER_CONFIG_DIR := $(CURDIR)/_build/jupyter
export JUPYTER_PLATFORM_DIRS := 1
unexport MPLBACKEND MATPLOTLIBRC
export MPLCONFIGDIR := $(CURDIR)/_build/matplotlib
export PYTHONHASHSEED := 0
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help book test verify notebooks data bench serve links audit lock clean

help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

book: $(STAMP) $(KERNEL) ## execute every chapter and build the HTML; warnings are errors
	@$(BIN)/python book/_tools/freshness.py
	@# A page that warned is read again the next time: an unchanged one would pass in silence.
	$(BIN)/jupyter-book build . -W --keep-going --quiet || { rm -rf _build/.doctrees; exit 1; }
	@echo "The book is built: open $(CURDIR)/_build/html/index.html"

test: book ## linters, types, floors, unit tests, claims, notebooks and built pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/replication verify
	$(BIN)/pytest --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg notebooks -n 2 --dist loadscope
	$(BIN)/pytest -n 2 --dist loadscope

verify: $(STAMP) ## print every claim with its verdict; fails on any surprise
	$(BIN)/replication verify

notebooks: $(STAMP) $(KERNEL) ## execute the chapters and refresh the .ipynb stored beside them
	$(BIN)/python book/_tools/notebooks.py
	$(BIN)/python book/_tools/readme_figure.py

data: $(STAMP) ## refresh the descriptors of the data tables; ACCEPT=key/table for one that changed
	$(BIN)/replication data --refresh $(if $(ACCEPT),--accept $(ACCEPT))

bench: $(STAMP) ## measure speed and write data/performance/
	$(BIN)/python tests/benchmarks/run.py

serve: book ## serve the built book on this machine
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

links: book ## follow every link of the built pages to other sites; needs the network
	$(BIN)/linkchecker --check-extern --no-status --config book/_tools/linkchecker.ini _build/html/book/index.html

audit: book ## Lighthouse on the heaviest pages; needs Node.js 18.20 or newer and Chromium
	$(BIN)/python book/_tools/audit.py $(PAGES)

lock: ## bring requirements.lock in line with pyproject.toml; UPGRADE=--upgrade renews every pin
	$(PYTHON) -m venv _build/uv
	_build/uv/bin/pip install --quiet --upgrade uv
	_build/uv/bin/uv --quiet pip compile pyproject.toml --all-extras --universal \
	  --python-version 3.11 $(UPGRADE) --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file requirements.lock

clean: ## remove everything that was built, the environment too
	rm -rf _build $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# The environment is made anew, not patched, when the lock changed: what is installed is
# then exactly what the lock says.
$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# A kernel talks to this machine alone; that it does so without encryption need not be said.
$(KERNEL):
	@mkdir -p $(@D)
	@echo '{"IPKernelApp": {"log_level": 40}}' > $@

$(STAMP): $(VENV)/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
