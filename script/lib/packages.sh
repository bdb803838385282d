# Debian packages: install those whose program is missing, and start none of their services.
# Needs: say.sh

POLICY=/usr/sbin/policy-rc.d

# missing_packages PROGRAM:PACKAGE ...: print the packages whose program is not there (sbin may not be on the PATH).
missing_packages() {
  for pair in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || printf '%s ' "${pair#*:}"
  done
}

# need_programs PROGRAM:PACKAGE ...
need_programs() {
  packages=$(missing_packages "$@")
  # shellcheck disable=SC2086 # one word each
  [ -z "$packages" ] || install_packages $packages
}

install_packages() {
  command -v apt-get >/dev/null || fail "These programs are needed and this system has no apt-get: $*" \
    "Install them with your system's own package manager and run this again."
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "These Debian packages are needed and you are neither root nor have sudo: $*" \
      "Ask an administrator to run: apt-get install --no-install-recommends $*"
  fi
  say "installing Debian packages: $*"
  if [ "$(id -u)" = 0 ]; then as=""; else as=sudo; fi
  quietly "apt-get install $*" $as sh -c "$INSTALL" install "$POLICY" "$@"
}

# Runs as root. A slapd that is installed here is neither configured nor started; nor is any other service. Where the
# system has a policy of its own about starting services, that one stays.
INSTALL='
set -eu
policy=$1
shift
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
echo "slapd slapd/no_configuration boolean true" | debconf-set-selections
if ! [ -e "$policy" ]; then
  trap "rm -f \"$policy\"" EXIT
  printf "#!/bin/sh\nexit 101\n" >"$policy"
  chmod 755 "$policy"
fi
apt-get -qq -y --no-install-recommends install "$@"
'
