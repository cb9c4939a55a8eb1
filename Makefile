# `make` lists the verbs. Everything runs in .venv, which is made on first use.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/.ready
# The Python that makes .venv: the first that is 3.11 or newer; `make PYTHON=/path/to/python3 setup` names another.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python3.14 python,$(shell \
	$(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
# Tests run in as many processes as there are cores, four at most, a module in one of them.
WORKERS := --numprocesses $(shell echo $$(( $(CORES) < 4 ? $(CORES) : 4 ))) --dist loadfile
# `accelerate launch` warns of every default that it picks, so here they are picked: one process, on the GPU if there
# is one, else on all cores (its own default is one thread).
LAUNCH := OMP_NUM_THREADS=$${OMP_NUM_THREADS:-$(CORES)} TOKENIZERS_PARALLELISM=false \
	$(BIN)/accelerate launch --num_processes 1 --num_machines 1 --mixed_precision no --dynamo_backend no

.PHONY: help setup demo test test-quick torture bench doctor lint types docs format notebooks wheel smoke clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## make .venv with everything in it (the other verbs do this when it is needed)

$(READY): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "xlt needs Python 3.11 or newer, and none is on the PATH. Install one, or name it: make PYTHON=/path/to/python3 setup" >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "xlt needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=/path/to/python3 setup" >&2; exit 1; }
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@echo 'Installing xlt and its libraries into .venv (several GB, a few minutes; once).'
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

demo: $(READY) ## a Spanish recogniser from the small English one, on real recordings (minutes on a CPU)
	$(LAUNCH) recipes/es.py --mini $(ARGS)

test: $(READY) ## all tests: no network, no GPU (pick some: make test ARGS="-k wheel"); minutes
	$(BIN)/python -m pytest --durations=15 $(WORKERS) $(ARGS)

test-quick: $(READY) ## all tests but the slow ones, with fewer examples of each property: a minute
	$(BIN)/python -m pytest --durations=15 -m "not slow" --hypothesis-profile quick $(WORKERS) $(ARGS)

torture: $(READY) ## kills, crashes, full disks, hostile files in full (half an hour and more); writes tests/torture/RESULTS.md
	$(BIN)/python tests/torture/hostile.py
	$(BIN)/python tests/torture/run.py $(ARGS)

bench: $(READY) ## side by side with transformers' CTC example: make bench CLIPS=folder-with-metadata.tsv
	$(BIN)/python tests/benchmarks/bench.py --clips "$(CLIPS)" $(ARGS)

doctor: $(READY) ## is everything in place? libraries, disk, memory, device
	$(BIN)/python -m xlt.doctor runs

lint: $(READY) ## ruff check, ruff format --check, codespell
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: $(READY) ## mypy --strict on xlt/ and recipes/
	$(BIN)/mypy

docs: $(READY) ## one site from READMEs and docstrings, strict about links: .cache/docs/site/index.html
	$(BIN)/python .ci/docs/pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file .cache/docs/mkdocs.yml

format: $(READY) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: $(READY) ## make notebooks/*.ipynb again: from the .py beside them, executed
	cd notebooks && for source in [0-9]*.py; do \
		../$(BIN)/jupytext --quiet --update --to ipynb "$$source"; \
		../$(BIN)/jupyter execute --inplace --NotebookClient.record_timing=False "$${source%.py}.ipynb"; done

wheel: $(READY) ## build dist/*.whl and dist/*.tar.gz
	$(BIN)/python -m build --outdir dist .

smoke: $(READY) ## a few steps of every recipe, on one process and on two
	.ci/smoke

clean: ## remove what tools leave behind (keeps .venv, data and runs)
	rm -rf build dist .cache *.egg-info
	find xlt recipes tests notebooks -name __pycache__ -type d -exec rm -rf {} +
