# Needs POSIX sh, make and a Python >= 3.11 with its venv module; everything else goes into .venv.
PYTHON ?= python3
ARGS ?=
# One process for each core; ARGS="-n 0" for none but pytest's own, as a debugger wants it.
PARALLEL ?= -n auto --dist loadgroup

VENV := .venv
PY := $(VENV)/bin/python

.PHONY: help demo test test-lowest coverage bench lint format types check wheel sdist archive images clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.installed ## install krmfn into .venv and run it on an example
	@$(PY) tools/demo.py

test: $(VENV)/.installed-test ## run all tests; ARGS goes to pytest: make test ARGS="-k argo"
	$(PY) -m pytest $(PARALLEL) $(ARGS)

# Left out is what takes long and where the versions of libraries have no say.
test-lowest: IGNORED := archive bench check ci_files cmp help obeyed secret_command shards_example
test-lowest: .venv-lowest/.installed ## run the tests without hosts on the lowest versions that pyproject.toml allows
	KRMFN_HOSTS=none KRMFN_LOWEST=1 .venv-lowest/bin/python -m pytest $(PARALLEL) $(IGNORED:%=--ignore=tests/test_%.py) -k "not killed" $(ARGS)

# Left out are tests that start krmfn as a program: what runs there is not measured.
coverage: IGNORED := archive argocd_server bench check ci_files cmp completion containers explain_page discovery fix help hosts init
coverage: IGNORED += obeyed porch secret_command shards_example streams workflows
coverage: $(VENV)/.installed-test ## measure lines and branches that tests reach, and hold them against their floor
	KRMFN_HOSTS=none $(PY) -m pytest $(PARALLEL) $(IGNORED:%=--ignore=tests/test_%.py) --cov --cov-report=json:coverage.json $(ARGS)
	$(PY) tools/coverage_floor.py coverage.json

bench: $(VENV)/.installed-bench ## measure krmfn against its peers; ARGS="--only 2000 --runs 9", ARGS=--help
	PYTHONPATH=tools $(PY) -m bench $(ARGS)

lint: $(VENV)/.installed-dev ## ruff: rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

format: $(VENV)/.installed-dev ## let ruff mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: $(VENV)/.installed-dev ## mypy, strict
	$(PY) -m mypy

check: lint types test ## all of it, as before a commit

wheel: $(VENV)/.installed ## build dist/*.whl
	$(PY) -m pip wheel --quiet --no-deps --wheel-dir dist .

sdist: $(VENV)/.installed-release ## build dist/*.tar.gz
	$(PY) -m build --sdist --outdir dist .

archive: $(VENV)/.installed ## build dist/krmfn.pyz; ARGS="--here" is for this Python and platform only
	$(PY) tools/archive.py $(ARGS)

images: $(VENV)/.installed ## build both images with podman and no registry; ARGS="--sizes" weighs them
	$(PY) tools/images.py $(ARGS)

clean: ## remove what these targets made
	rm -rf $(VENV) .venv-lowest dist .coverage* coverage.json .mypy_cache .pytest_cache .ruff_cache
	find krmfn tests tools -name __pycache__ -prune -exec rm -rf {} +

# Editable, so that only a changed pyproject.toml asks for a new installation.
$(VENV)/.installed: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

.venv-lowest/.installed: pyproject.toml tools/lowest.py
	$(PYTHON) -m venv --clear .venv-lowest
	$(PYTHON) tools/lowest.py > .venv-lowest/constraints.txt
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --constraint .venv-lowest/constraints.txt --editable '.[test]'
	@touch $@

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "krmfn needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
