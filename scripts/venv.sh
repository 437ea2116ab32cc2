# Sourced by start.sh and test.sh: finding Python and installing into virtual environments, only when something changed.

# The first of the given commands that runs and is CPython 3.11 or newer (a pyenv shim may be there and refuse to run).
find_python() {
  local python
  for python in "$@"; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.implementation.name != "cpython")' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
  return 1
}

# make_venv DIR PYTHON: a virtual environment whose Python works.
make_venv() {
  "$1/bin/python" -c '' 2>/dev/null && return
  rm -rf "$1"
  if ! "$2" -m venv "$1"; then
    echo "$2 cannot make a virtual environment. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
    return 1
  fi
}

# contents_of_files ARGUMENTS…: the contents of those arguments that are files.
contents_of_files() {
  local argument
  for argument in "$@"; do
    if [ -f "$argument" ]; then cat "$argument"; fi
  done
}

# install_once DIR NAME PIP-ARGUMENTS…: pip install, unless the same was done since pyproject.toml and the files among the
# arguments changed.
install_once() {
  local venv=$1 name=$2 stamp sum
  shift 2
  stamp=$venv/.installed-$name
  sum=$(contents_of_files pyproject.toml "$@" | cat - <(printf '%s\0' "$PWD" "$@") | cksum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
  echo "installing into $venv: $*"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" || return
  echo "$sum" >"$stamp"
}
