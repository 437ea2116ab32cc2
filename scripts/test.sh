#!/usr/bin/env bash
# Every check of logging_kit. ./scripts/test.sh [lint | unit | integration]: all three without a word.
#
# Installs what it needs into .venv, .venv-3.12 and so on. The tests that need a Loki or a Promtail take them from
# LOGGING_KIT_LOKI and LOGGING_KIT_PROMTAIL, from PATH, or from Docker; without them they are skipped, in one line.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/venv.sh

case ${1-all} in
  all) stages="lint unit integration" ;;
  lint | unit | integration) stages=$1 ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

timings=()
step() { # step NAME COMMAND…
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@"
  timings+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

install() { # install VENV PYTHON
  make_venv "$1" "$2"
  install_once "$1" pip --upgrade 'pip>=25.1' # the first that knows --group
  install_once "$1" dev --editable '.[all]' --group dev
}

# pythons_besides VERSION: every other CPython that is tested and is on this machine, as "3.12 /path/to/python".
pythons_besides() {
  local version python
  for version in 3.11 3.12 3.13; do
    [ "$version" = "$1" ] && continue
    if python=$(find_python "python$version" "$HOME/.pyenv/versions/$version".*/bin/python) &&
      [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$version" ]; then
      echo "$version $python"
    else
      echo "no CPython $version here: not tested with it" >&2
    fi
  done
}

# debian PACKAGE COMMAND: a Debian package, if one of its commands is not there.
debian() {
  command -v "$2" >/dev/null && return
  local sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  if ! command -v apt-get >/dev/null; then
    echo "$2 is needed: install $1" >&2
    return 1
  fi
  "${sudo[@]}" apt-get install -qq -y "$1" >/dev/null 2>&1 || { "${sudo[@]}" apt-get update -qq && "${sudo[@]}" apt-get install -qq -y "$1" >/dev/null; }
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

python=$(find_python python3 python3.13 python3.12 python3.11) || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
step "install" install .venv "$python"
step "Alertmanager" debian prometheus-alertmanager amtool
step "Chromium" debian chromium chromium
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
        step "install for Python $version" install ".venv-$version" "${other#* }"
        step "unit tests, Python $version" ".venv-$version/bin/python" -m pytest -q -n 2 -m "not servers and not slow"
      done
      ;;
    integration)
      step "integration tests" covered integration -m "servers or slow"
      ;;
  esac
done
[ "$stages" = "lint unit integration" ] && step "coverage" coverage_report

printf '\n'
printf '%s\n' "${timings[@]}"
