# Talking to the person at the terminal. Everything goes to standard error: standard output belongs to the command.

say() { printf '%s\n' "==> $*" >&2; }

# fail WHAT [WHAT TO DO ...]
fail() {
  printf '%s\n' "error: $1" >&2
  shift
  for line in "$@"; do printf '%s\n' "  $line" >&2; done
  exit 1
}

# quietly WHAT COMMAND...: run a command whose output matters only when it fails.
quietly() {
  what=$1
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 40 "$log" >&2
  rm -f "$log"
  fail "$what failed; its last words are above."
}
