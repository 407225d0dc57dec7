# Thin conveniences: every line is a command that can be typed. See README.md.
EXPERIMENT ?= demo
SITE ?= local
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
# Recipes read them as variables of the shell, so that no path is taken apart at its blanks.
export EXPERIMENT SITE PYTHON BIN OPTIONS UPDATE YES
# Not in the home folder, unless it is set.
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
# A name, or the path of a file.
FILES = config=$$EXPERIMENT profile=$$SITE; \
	[ -f "$$config" ] || config=config/experiments/$$EXPERIMENT.yaml; \
	[ -f "$$profile" ] || profile=profiles/$$SITE.yaml;

.PHONY: demo run plan sizes lock fetch doctor ui test fuzz chaos bench docs
# Its jobs take seconds, of which a part uses one core: side by side, a core each, they do more than one after the other.
demo: .venv/ready
	@OPTIONS="--set-threads teach=1 adapt=1 distill=1 finetune=1 predict=1" \
		$(MAKE) --no-print-directory run EXPERIMENT=demo SITE=local

# OPTIONS: more options of Snakemake, such as -n. YES=1 starts what is above the limit of the site's profile without asking.
run: .venv/ready
	@$(FILES) case " $$OPTIONS " in *" -n "* | *" --dry-run "*) ;; \
		*) "$$BIN/python" -m alambic confirm "$$config" --site "$$profile" --options="$$OPTIONS" \
			$${YES:+--yes} ;; esac
	@$(FILES) ALAMBIC_SITE=$$SITE "$$BIN/snakemake" --configfile "$$config" --profile "$$profile" \
		--logger alambic $$OPTIONS

plan: .venv/ready
	@$(FILES) "$$BIN/python" -m alambic sizes "$$config"
	@$(FILES) "$$BIN/python" -m alambic plan "$$config" --site "$$profile" --options="$$OPTIONS"

sizes: .venv/ready
	@$(FILES) "$$BIN/python" -m alambic sizes "$$config"

lock: .venv/ready
	@$(FILES) "$$BIN/python" -m alambic lock "$$config" $${UPDATE:+--update $$UPDATE}

fetch: .venv/ready
	$(FILES) "$$BIN/snakemake" --configfile "$$config" --profile profiles/local.yaml downloads

doctor: .venv/ready
	@"$$BIN/python" -m alambic doctor --site "$$SITE"

ui: .venv/ready
	@"$$BIN/python" -m alambic ui

test: .venv/ready
	PATH="$$BIN:$$PATH" scripts/test.sh

# FUZZ_EXAMPLES for each test; it stops a test after FUZZ_SECONDS.
fuzz: .venv/ready
	PATH="$$BIN:$$PATH" HYPOTHESIS_PROFILE=fuzz FUZZ_SECONDS=$${FUZZ_SECONDS:-86400} pytest -m fuzz --hypothesis-show-statistics

chaos: .venv/ready
	PATH="$$BIN:$$PATH" pytest -s tests/test_chaos.py tests/test_chaos_stages.py tests/test_site.py \
		tests/training/test_recovery.py tests/training/test_loop.py

docs: .venv/ready
	PATH="$$BIN:$$PATH" NO_MKDOCS_2_WARNING=1 mkdocs build --strict

bench: .venv/ready
	PATH="$$BIN:$$PATH" benchmarks/run.sh

VERSION = import sys; sys.version_info < (3, 11) and sys.exit("alambic needs Python 3.11 or newer; " + sys.executable \
	+ " is " + sys.version.split()[0] + ": make PYTHON=/path/of/python3.11 ...")
export VERSION

.venv/ready: requirements.lock pyproject.toml
	@command -v "$$PYTHON" > /dev/null || { echo "no $$PYTHON here; alambic needs Python 3.11 or newer:" \
		"make PYTHON=/path/of/python3.11 ..." >&2; exit 1; }
	@"$$PYTHON" -c "$$VERSION"
	"$$PYTHON" -m venv .venv
	"$$BIN/python" -m pip install --quiet --disable-pip-version-check -r requirements.lock
	"$$BIN/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
