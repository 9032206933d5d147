# Needs POSIX sh, make and a Python >= 3.11 with its venv module; everything else goes into .venv.
PYTHON ?= python3
ARGS ?=
# One process for each core; ARGS="-n 0" for none but pytest's own, as a debugger wants it.
PARALLEL ?= -n auto --dist loadgroup

VENV := .venv
PY := $(VENV)/bin/python

.PHONY: help demo test test-lowest coverage bench mutants fuzz fuzz-bytes catalogue site lint format types check wheel sdist check-dist lock archive helm-plugin packages images clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.installed ## install krmfn into .venv, and show what it does on an example
	@$(PY) tools/demo.py

test: $(VENV)/.installed-test ## run all tests; ARGS goes to pytest: make test ARGS="-k argo"
	$(PY) -m pytest $(PARALLEL) $(ARGS)

# Left out is what takes long and where the versions of libraries have no say.
test-lowest: IGNORED := archive bench building check check_build ci_files cmp docs fuzz help obeyed playground promises secret_command shards_example site yaml_test_suite
test-lowest: .venv-lowest/.installed ## run the tests without hosts on the lowest versions that pyproject.toml allows
	KRMFN_HOSTS=none KRMFN_LOWEST=1 .venv-lowest/bin/python -m pytest $(PARALLEL) $(IGNORED:%=--ignore=tests/test_%.py) -k "not killed" $(ARGS)

# Left out are tests that start krmfn as a program, for what runs there is not measured, and those with many inputs.
coverage: IGNORED := archive argocd_server bench building check check_build ci_files cmp completion containers docs explain_page discovery fix fuzz help
coverage: IGNORED += hosts init obeyed playground porch promises secret_command shards_example site streams workflows yaml_test_suite
coverage: $(VENV)/.installed-test ## measure lines and branches that tests reach, and hold them against their floor
	KRMFN_HOSTS=none $(PY) -m pytest $(PARALLEL) $(IGNORED:%=--ignore=tests/test_%.py) --cov --cov-report=json:coverage.json $(ARGS)
	$(PY) tools/coverage_floor.py coverage.json

fuzz: SEEDS ?= 20000
fuzz: FIRST ?= 0
fuzz: $(VENV)/.installed-test ## judge manifests made by chance: make fuzz FIRST=5000 SEEDS=100; ARGS as tools/fuzz.py has it
	$(PY) tools/fuzz.py $(SEEDS) --first $(FIRST) $(ARGS)

fuzz-bytes: LIMIT ?= 300
fuzz-bytes: $(VENV)/.installed-fuzz ## fuzz bytes, guided by coverage, LIMIT seconds for each target
	$(PY) tools/fuzz_bytes.py images $(LIMIT)
	$(PY) tools/fuzz_bytes.py run $(LIMIT)

bench: $(VENV)/.installed-bench ## measure krmfn against its peers; ARGS="--only 2000 --runs 9", ARGS=--help
	PYTHONPATH=tools $(PY) -m bench $(ARGS)

catalogue: $(VENV)/.installed ## compare the table of kinds with schemas: make catalogue FOLDERS="../crds ../schemas"
	$(if $(FOLDERS),,$(error FOLDERS is empty: name folders with CustomResourceDefinitions or JSON schemas))
	@$(PY) tools/catalogue.py $(ARGS) $(FOLDERS)

site: $(VENV)/.installed-docs ## build dist/site, strictly; ARGS="--source URL", ARGS=--help
	@PYTHONPATH=tools $(PY) -m website $(ARGS)

mutants: LAYER ?= splice
mutants: $(VENV)/.installed-mutants ## change LAYER in small ways and count the changes that no test notices; ARGS may name files
	$(PY) tools/mutants.py $(LAYER) $(ARGS)

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
	$(PY) tools/building.py wheel

sdist: $(VENV)/.installed ## build dist/*.tar.gz
	$(PY) tools/building.py sdist

check-dist: $(VENV)/.installed-test ## ask twine whether PyPI would take the wheel and the sdist in dist
	$(PY) -m twine check --strict dist/*.whl dist/*.tar.gz

lock: $(VENV)/.installed ## write locks/ after a change to pyproject.toml; ARGS=--upgrade takes the newest versions
	$(PY) tools/lock.py $(ARGS)

archive: $(VENV)/.installed ## build dist/krmfn.pyz; ARGS="--here" is for this Python and platform only
	$(PY) tools/archive.py $(ARGS)

helm-plugin: archive ## build dist/krmfn-helm-plugin-*.tgz, for Helm 4; ARGS as for archive
	$(PY) tools/helm_plugin.py

packages: $(VENV)/.installed ## write the files for krew, aqua, mise and Homebrew into dist, after sdist and archive
	$(PY) tools/packages.py

images: $(VENV)/.installed ## build the images with podman and no registry; ARGS="--sizes" weighs them
	$(PY) tools/images.py $(ARGS)

clean: ## remove what these targets made
	rm -rf $(VENV) .venv-lowest dist .fuzz .mutants .coverage* coverage.json .mypy_cache .pytest_cache .ruff_cache
	find krmfn tests tools -name __pycache__ -prune -exec rm -rf {} +

# Packages by the hashes in locks/. Editable, so that only a changed lock or pyproject.toml asks for a new installation.
PIP := -m pip --quiet --disable-pip-version-check

$(VENV)/.installed: pyproject.toml locks/build.txt locks/run.txt | $(PY)
	@echo "Installing krmfn into $(VENV), with what it needs: the versions and hashes in locks/. This takes half a minute."
	@$(PY) $(PIP) install --require-hashes --requirement locks/build.txt --requirement locks/run.txt
	@$(PY) $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml locks/%.txt | $(PY)
	$(PY) $(PIP) install --require-hashes --requirement locks/$*.txt
	$(PY) $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Not locked: it needs nothing, its wheels are for Linux and few Pythons only, and nothing that is shipped needs it.
$(VENV)/.installed-fuzz: $(VENV)/.installed-test
	$(PY) $(PIP) install --no-deps 'atheris>=3'
	@touch $@

# Not locked either: only measured against.
$(VENV)/.installed-bench: $(VENV)/.installed
	$(PY) $(PIP) install --no-deps 'ruamel.yaml>=0.18'
	@touch $@

# Not locked: `make mutants` alone needs them. rich is what mutmut imports for a browser of results.
$(VENV)/.installed-mutants: $(VENV)/.installed-test
	$(PY) $(PIP) install --no-deps mutmut==3.8.1 libcst==1.9.0 rich==15.0.0
	@touch $@

.venv-lowest/.installed: pyproject.toml locks/lowest.txt
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python $(PIP) install --require-hashes --requirement locks/lowest.txt
	.venv-lowest/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "krmfn needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@echo "Making a virtual environment in $(VENV)."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
