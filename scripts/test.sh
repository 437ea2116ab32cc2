#!/usr/bin/env bash
# Every check of logging_kit.
#
# Usage: ./scripts/test.sh [lint | unit | integration] [--no-install]
#
# Without a word it runs all three stages. It installs Python packages into .venv, .venv-3.12 and so on, and the
# Debian packages prometheus, prometheus-alertmanager and chromium with apt-get if they are missing: as root, or with sudo.
# It says so before it begins. With --no-install it installs nothing, and the tests that need something fail or are
# skipped.
#
# The tests that need a Loki or a Promtail take them from LOGGING_KIT_LOKI and LOGGING_KIT_PROMTAIL, from PATH, or from
# Docker; without them they are skipped, in one line.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d'; }

stages="lint unit integration"
may_install=1
for argument in "$@"; do
  case $argument in
    lint | unit | integration) stages=$argument ;;
    --no-install) may_install= ;;
    -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
done

timings=()
step() { # step NAME COMMAND…
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@"
  timings+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

install() { # install VENV PYTHON
  if [ -z "$may_install" ]; then
    "$1/bin/python" -c 'import pytest' 2>/dev/null && return
    echo "$1 has no pytest, and --no-install was given" >&2
    return 1
  fi
  make_venv "$1" "$2"
  install_once "$1" pip --upgrade 'pip>=25.1' # the first that knows --group
  install_once "$1" dev --editable '.[all]' --group dev
}

# pythons_besides VERSION: every other CPython that is tested and is on this machine, as "3.12 /path/to/python".
pythons_besides() {
  local version python
  for version in 3.11 3.12 3.13 3.14; do
    [ "$version" = "$1" ] && continue
    if python=$(find_python "python$version" "$HOME/.pyenv/versions/$version".*/bin/python) &&
      [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$version" ]; then
      echo "$version $python"
    else
      echo "no CPython $version here: not tested with it" >&2
    fi
  done
}

# missing: the Debian packages whose programs are not there.
missing() {
  command -v amtool >/dev/null || echo prometheus-alertmanager
  command -v promtool >/dev/null || echo prometheus
  command -v chromium >/dev/null || echo chromium
}

# announce: says what will be installed, and with which rights.
announce() {
  local packages
  packages=$(missing | tr '\n' ' ')
  if [ -z "$may_install" ]; then
    echo "Installs nothing.${packages:+ Missing here: $packages}"
    return
  fi
  echo "Installs Python packages into $PWD/.venv*, without further rights."
  [ -z "$packages" ] && return
  if ! command -v apt-get >/dev/null; then
    echo "Missing here: $packages. Install them with your system's package manager; without them their tests fail."
  elif [ "$(id -u)" = 0 ]; then
    echo "Installs the Debian packages $packages with apt-get, as root (you are root). --no-install leaves them out."
  else
    echo "Installs the Debian packages $packages with sudo apt-get; sudo may ask for your password. --no-install leaves them out."
  fi
}

# debian: installs the missing Debian packages; another apt, such as unattended-upgrades, is waited for.
debian() {
  local packages sudo=()
  mapfile -t packages < <(missing)
  [ ${#packages[@]} -gt 0 ] && [ -n "$may_install" ] && command -v apt-get >/dev/null || return 0
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  local install=("${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 -qq)
  "${install[@]}" install -y "${packages[@]}" >/dev/null 2>&1 ||
    { "${install[@]}" update && "${install[@]}" install -y "${packages[@]}" >/dev/null; }
}

covered() { # covered NAME PYTEST-ARGUMENTS…
  local name=$1
  shift
  COVERAGE_FILE=.coverage.$name .venv/bin/python -m coverage run -m pytest -q --durations=5 "$@"
}

coverage_report() {
  .venv/bin/python -m coverage combine --quiet
  .venv/bin/python -m coverage report
}

announce
python=$(find_python python3 python3.14 python3.13 python3.12 python3.11) || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
step "install" install .venv "$python"
step "Debian packages" debian
main=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
rm -f .coverage .coverage.*

for stage in $stages; do
  case $stage in
    lint)
      step "ruff format" .venv/bin/ruff format --check .
      step "ruff check" .venv/bin/ruff check .
      step "layers" .venv/bin/lint-imports --no-cache
      step "mypy" .venv/bin/mypy
      ;;
    unit)
      step "unit tests, Python $main" covered unit -n 2 -m "not servers and not slow"
      mapfile -t others < <(pythons_besides "$main")
      for other in "${others[@]}"; do
        version=${other%% *}
        if [ -z "$may_install" ] && ! [ -x ".venv-$version/bin/pytest" ]; then
          echo "no .venv-$version, and --no-install was given: not tested with Python $version" >&2
          continue
        fi
        step "install for Python $version" install ".venv-$version" "${other#* }"
        step "unit tests, Python $version" ".venv-$version/bin/python" -m pytest -q -n 2 -m "not servers and not slow"
      done
      ;;
    integration)
      [ -z "$may_install" ] || step "install the frameworks" install_once .venv frameworks -r tests/frameworks/requirements.txt
      step "integration tests" covered integration -n 2 -m "servers or slow"
      ;;
  esac
done
[ "$stages" = "lint unit integration" ] && step "coverage" coverage_report

printf '\n'
printf '%s\n' "${timings[@]}"
