# Each word a person types. Every one does its own set-up: only python3.11+, pip and make are needed.
PY   ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PEERS := .venv-peers
BIN  := $(VENV)/bin
WORKERS ?= 2

.PHONY: forecast test check slow bench scaling peers docs experiments lock clean

forecast: $(VENV)/.ok  ## the 2685 pipeline as a distribution
	$(BIN)/funnelsim run configs/weighted_pipeline_2685.yaml

test: $(VENV)/.ok  ## every test but the long studies
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

check: $(VENV)/.ok  ## style and types
	$(BIN)/ruff check src tests experiments benchmarks
	$(BIN)/ruff format --check src tests experiments benchmarks
	$(BIN)/mypy

slow: $(VENV)/.ok  ## the long studies
	$(BIN)/python -m pytest -n $(WORKERS) -m slow

bench: $(VENV)/.ok  ## speed against the floor, of what is switched on, against peers, and from history to forecast
	$(BIN)/python benchmarks/kernel.py
	$(BIN)/python benchmarks/switches.py
	$(BIN)/python benchmarks/against_peers.py
	$(BIN)/python benchmarks/history.py

scaling: $(VENV)/.ok  ## how cost grows: the tables of docs/scaling.md
	$(BIN)/python benchmarks/scaling.py

peers: $(PEERS)/.ok  ## SimPy and Ciw for the benchmark, in an environment of their own

docs: $(VENV)/.ok  ## run every block of the documents
	$(BIN)/python -m pytest tests/test_documents.py

experiments: $(VENV)/.ok  ## every experiment's figure and finding again
	for question in experiments/*/run.py; do $(BIN)/python $$question || exit 1; done

lock:  ## for developers, needs uv
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -o requirements.lock

clean:
	rm -rf $(VENV) $(PEERS) .boot

# A bare Debian python may lack ensurepip: then virtualenv is fetched beside the project (allowed by PEP 668).
$(VENV)/.ok: pyproject.toml requirements.lock
	$(PY) -m venv $(VENV) || { rm -rf $(VENV) .boot; $(PY) -m pip install -q --target .boot virtualenv && PYTHONPATH=.boot $(PY) -m virtualenv -q $(VENV); }
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	touch $@

# Only packages of plain Python, and none of what they build on: the benchmark runs them on the project's own numpy.
$(PEERS)/.ok: $(VENV)/.ok benchmarks/peers/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes --no-deps --upgrade --target $(PEERS) -r benchmarks/peers/requirements.txt
	touch $@
