# Python: find one that is new enough, make .venv with it, and bring .venv in line with the locks.
# Runs in the project's top directory.

. script/lib/say.sh
. script/lib/packages.sh

VENV=$PWD/.venv

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# find_python: print the first Python >= 3.11, the one named by PYTHON before all others.
find_python() {
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if is_new_enough "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

need_python() {
  command -v python3 >/dev/null || install_packages python3 python3-venv
  python=$(find_python) || fail "No Python 3.11 or newer was found (python3 is $(python3 --version 2>&1))." \
    "Install one (on Ubuntu 22.04: apt-get install python3.11-venv) or name one: PYTHON=/path/to/python3.13"
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    install_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  fi
}

ensure_venv() {
  if "$VENV/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  need_python
  say "making .venv with $("$python" --version)"
  quietly "making .venv" "$python" -m venv --clear "$VENV"
}

# What an installation depends on: where the checkout is, the locks, and the project's metadata (before its tools).
lock_state() {
  {
    printf '%s\n' "$VENV"
    cat "requirements/$1.txt" requirements/build.txt
    sed '/^\[tool/,$d' pyproject.toml
  } | sha256sum
}

is_installed() { [ "$(cat "$VENV/installed-$1" 2>/dev/null)" = "$(lock_state "$1")" ]; }

# install_lock runtime|dev: the development lock holds all that the other one does. A lock is complete, so nothing is
# resolved: older pips trip over extras (coverage[toml]) when they resolve and check hashes at once.
install_lock() {
  if is_installed "$1" || is_installed dev; then return; fi
  say "installing Python packages from requirements/$1.txt"
  set -- "$1" "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check
  lock=$1
  shift
  quietly "installing requirements/$lock.txt" "$@" --no-deps --require-hashes -r requirements/build.txt -r "requirements/$lock.txt"
  quietly "installing landbridge into .venv" "$@" --no-deps --no-build-isolation --editable .
  quietly "checking .venv" "$VENV/bin/python" -m pip check
  lock_state "$lock" >"$VENV/installed-$lock"
}
