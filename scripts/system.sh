#!/usr/bin/env bash
# Install what Antu needs of the system and does not find: with apt where there is apt; elsewhere it
# says what to install, and fails.
#
#   scripts/system.sh serve     Python's venv, a font with Chinese, PostgreSQL with PostGIS
#   scripts/system.sh develop   those, and Chromium where it is a package (on Ubuntu it is a snap)
#
# Reads PYTHON (default python3) and DATABASE_URL (a server to serve from, so none is installed).
# SYSTEM_ROOT is another root to look in, for the tests of this script.
set -euo pipefail

profile=${1:?"usage: scripts/system.sh serve|develop"}
python=${PYTHON:-python3}
oldest=15 # PostgreSQL, as in geo/database/cluster/postgres.py
root=${SYSTEM_ROOT:-}

say() { printf '%s\n' "$*" >&2; }
fail() { printf '%s\n' "$@" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

check_python() {
  have "$python" || fail "There is no $python: install Python 3.11 or newer, or name it: make PYTHON=python3.12 ..."
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Antu needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ..."
}

# The folders of PostgreSQL server programs, oldest version first.
servers() {
  local initdb
  for initdb in "$root"/usr/lib/postgresql/*/bin/initdb "$root"/usr/pgsql-*/bin/initdb \
    "$root"/opt/homebrew/opt/postgresql@*/bin/initdb "$root"/usr/local/opt/postgresql@*/bin/initdb \
    "$(command -v initdb || true)"; do
    if [ -x "$initdb" ]; then dirname "$initdb"; fi
  done | sort -V
}

# Whether one of them is new enough and has PostGIS.
have_database() {
  local bin share version
  for bin in $(servers); do
    version=$("$bin/postgres" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
    if [ "${version:-0}" -lt "$oldest" ]; then continue; fi
    share=$("$bin/pg_config" --sharedir 2>/dev/null || true)
    for share in "$share" "${bin%/bin}/share/postgresql" "${bin%/bin}/share/pgsql"; do
      if [ -e "$share/extension/postgis.control" ]; then return 0; fi
    done
  done
  return 1
}

have_chinese_font() {
  [ "$(uname)" = Darwin ] || [ -n "$(find "$root/usr/share/fonts" "$root/usr/local/share/fonts" \
    "${HOME:-/root}/.local/share/fonts" "${HOME:-/root}/.fonts" \
    \( -iname '*CJK*' -o -iname 'SourceHan*' -o -iname 'wqy-*' \) -print -quit 2>/dev/null)" ]
}

# The needs that are not met, one word each.
missing() {
  "$python" -c 'import ensurepip, venv' 2>/dev/null || echo venv
  if [ "$profile" != serve ] || [ -z "${DATABASE_URL:-}" ]; then have_database || echo database; fi
  have_chinese_font || echo font
  if [ "$profile" != serve ] && have apt-get && ! grep -qx 'ID=ubuntu' "$root/etc/os-release"; then
    have chromium || have google-chrome || echo browser
  fi
}

# The apt packages for these needs; asks apt, so its lists must be fresh.
apt_packages() {
  local need version
  for need in "$@"; do
    case $need in
      venv) "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])' ;;
      database)
        version=$(servers | sed -n 's|.*/postgresql/\([0-9]*\)/bin$|\1|p' | tail -n 1)
        if [ "${version:-0}" -lt "$oldest" ]; then
          version=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
          [ "${version:-0}" -ge "$oldest" ] ||
            fail "apt has no PostgreSQL $oldest or newer: add the apt repository of PostgreSQL, or set DATABASE_URL to a server."
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
      database) say "  - a PostgreSQL server ($oldest or newer) with PostGIS 3: dnf install postgresql-server postgis, or brew install postgresql@17 postgis" ;;
      font) say "  - a font with Chinese characters: dnf install google-noto-sans-cjk-fonts" ;;
      browser) say "  - Chromium, for the tests" ;;
    esac
  done
}

system_packages() {
  local needs packages said sudo=()
  needs=$(missing)
  if [ -z "$needs" ]; then return; fi
  if ! have apt-get; then explain $needs; fail "Install these, then run make again."; fi
  if [ "$(id -u)" != 0 ]; then
    have sudo || { explain $needs; fail "Installing them needs root: install sudo, or run make as root once."; }
    sudo=(sudo)
  fi
  say "Installing with apt: $(tr '\n' ' ' <<<"$needs")"
  "${sudo[@]}" apt-get update -qq </dev/null >&2 || say "apt-get update had errors; trying all the same"
  packages=$(apt_packages $needs)
  said=$("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
    --no-install-recommends -o DPkg::Lock::Timeout=300 $packages </dev/null 2>&1) ||
    fail "$said" "apt could not install: $(tr '\n' ' ' <<<"$packages")"
}

check_python
system_packages
