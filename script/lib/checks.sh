# The checks, each told in a line; what a check prints is shown only when it fails. All run, whatever fails.
# Needs: say.sh, VENV

FAILED=""

# check NAME COMMAND...
check() {
  name=$1
  shift
  report=$(mktemp)
  if "$@" >"$report" 2>&1; then
    say "$name: good"
  else
    cat "$report" >&2
    say "$name: FAILED"
    FAILED="$FAILED $name,"
  fi
  rm -f "$report"
}

check_source() {
  check format "$VENV/bin/ruff" format --check .
  check lint "$VENV/bin/ruff" check .
  check types "$VENV/bin/mypy"
  check imports "$VENV/bin/lint-imports"
}

# run_pytest ARGUMENTS...: its output is shown as it comes.
run_pytest() { "$VENV/bin/python" -m pytest "$@" || FAILED="$FAILED tests,"; }

finish() {
  [ -z "$FAILED" ] || fail "failed:${FAILED%,}"
  say "all good"
}
