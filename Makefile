# make demo: train, save, resume, compare. make test: everything that CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIGHT := $(VENV)/.light
STAMP := $(VENV)/.installed
# Byte code is written at the first import: most modules of torch and scipy are never imported.
PIP := $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt
# What the caller's shell says about other environments must not leak into this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_TARGET PIP_PREFIX PIP_USER
unexport PYTHONDONTWRITEBYTECODE
export PYTHONNOUSERSITE := 1

CODE := tsa_core tsa_torch torch_schedule_anything demo benchmarks tools tests docs notebooks

.PHONY: help demo bench docs browser test lint types tests fuzz matrix mutants format clean

help:
	@echo "make demo    train on digits with three schedules, resume, compare, draw"
	@echo "make bench   measure everything beside its peers, write docs/benchmarks.md"
	@echo "make test    lint, types, tests with coverage"
	@echo "make fuzz    the properties again with random seeds, for FUZZ_MINUTES=10"
	@echo "make matrix  the tests with every version that is claimed; ROWS=... for some"
	@echo "make mutants faults planted in MODULE=..., and which of them TESTS=... notice"
	@echo "make lint    ruff alone; make types: mypy alone; make tests: pytest alone"
	@echo "make docs    build the site into docs/_build/html, warnings as errors"
	@echo "make browser install Chromium for the tests of the site, where it is missing"
	@echo "make format  rewrite the code in the house format, strip the notebooks"
	@echo "make clean   remove the environment and what tools left"

# What the demo needs: 32 packages of the 180 that the developers' tools bring.
$(LIGHT): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11 ..."; exit 1; }
	@echo "setting up $(VENV) (once; a few minutes on a slow connection) ..."
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(PIP) "pip>=25.1" # the first that knows dependency groups
	$(PIP) --editable ".[torch,plot]" --group demo
	touch $@

$(STAMP): $(LIGHT)
	@echo "adding the developers' tools to $(VENV) ..."
	$(PIP) --editable ".[torch,plot,testing]" --group dev
	$(PIP) --no-deps timm
	touch $@

demo: $(LIGHT)
	$(BIN)/python demo/train_digits.py

# Two peers get folders of their own: 1.2.3 has our import name, timm's package wants torchvision.
PEERS := benchmarks/.peers
PEER_STAMP := $(PEERS)/.installed

$(PEER_STAMP): $(STAMP)
	for peer in torch-schedule-anything==1.2.3 timm==1.0.31; do \
		$(BIN)/python -m pip install --quiet --no-deps --upgrade \
			--target $(PEERS)/$$(echo $$peer | sed 's/==/-/') $$peer || exit 1; \
	done
	touch $@

bench: $(PEER_STAMP)
	$(BIN)/python -m benchmarks --out docs/benchmarks.md

docs: $(STAMP)
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

# Chromium or Chrome, if they are here or CHROME names one; else by apt, where it can. Where it
# cannot, the tests ask Selenium's manager, and leave the browser out where that fails (not in CI).
browser:
	@test -n "$(CHROME)" || command -v google-chrome >/dev/null || \
		{ command -v chromium && command -v chromedriver; } >/dev/null || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
		chromium chromium-driver fonts-dejavu-core; } || \
		echo "no Chromium here, and apt-get cannot install it: the tests will ask Selenium's manager"

# All rows, or those in whose names the words of ROWS stand: make matrix ROWS="3.12 numpy"
matrix: $(STAMP)
	$(BIN)/python -m tools.matrix $(ROWS)

# make mutants MODULE=tsa_core/arithmetic.py TESTS="tests/core/test_combinators.py"
# SAMPLE=30 plants so many of the faults, and always the same ones.
mutants: $(STAMP)
	$(BIN)/python -m tools.mutants "$(MODULE)" $(TESTS) $(if $(SAMPLE),--sample $(SAMPLE))

test: lint types tests

lint: $(STAMP)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(STAMP)
	$(BIN)/mypy

tests: $(STAMP) browser
	$(BIN)/python -m pytest -n 2 --randomly-seed=0 \
		--cov --cov-report=term-missing:skip-covered --cov-fail-under=100

# Round after round of the properties with random seeds; none begins after FUZZ_MINUTES.
FUZZ_MINUTES ?= 10

fuzz: $(STAMP)
	end=$$(($$(date +%s) + $(FUZZ_MINUTES) * 60)); \
	while $(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=fuzz; do \
		test $$(date +%s) -lt $$end || exit 0; \
	done; exit 1

format: $(STAMP)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
	$(BIN)/nbstripout --extra-keys metadata.language_info notebooks/*.ipynb

clean:
	rm -rf $(VENV) $(PEERS) build dist docs/_build docs/api/generated docs/notebooks docs/schedules demo/output \
		.coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
