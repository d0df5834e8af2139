# One-word chores. `make demo` and `make test` set everything up by themselves on Debian or macOS with Python >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := audience encrypt local ray
STAMP := $(VENV)/.installed

.PHONY: demo demo-audience test fuzz lint bench soak lock clean

demo: $(STAMP)
	$(BIN)/wenan demo

# From an invented shop's exports to personas and a draft.
demo-audience: $(STAMP)
	$(BIN)/wenan audience demo

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist worksteal

# The property tests with new random examples.
fuzz: $(STAMP)
	WENAN_HYPOTHESIS=fuzz $(BIN)/pytest -n 2 --dist worksteal -m hypothesis

lint: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m bench

soak: $(STAMP)
	WENAN_KILLS=50 WENAN_SOAK=1 $(BIN)/pytest tests/agent/campaign/test_kill.py tests/agent/campaign/cluster/test_ray.py
	$(BIN)/python -m bench eval_stats

$(STAMP): pyproject.toml requirements.lock requirements-llm.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新；用 make PYTHON=/path/to/python3.11 指定。"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "建不了虚拟环境。Debian/Ubuntu 请先运行：apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet -r requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -r requirements-llm.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $(STAMP)

# Pins every dependency for every platform; carries no registry address. torch (extra deep) is left out: it is 5 GB, and
# its users choose its build themselves.
lock:
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip compile --universal --no-header --no-annotate --quiet --upgrade --group dev $(LOCKED:%=--extra %) pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
