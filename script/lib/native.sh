# python-ldap, the fast LDAP client: it comes as source, so it takes a compiler and headers. Where it cannot be had, ldap3
# does the same, slower; .venv/without-native tells why, and is to be removed to try again.
# Needs: python.sh

install_native() {
  if "$VENV/bin/python" -c 'import _ldap' 2>/dev/null; then return; fi
  if [ "$(cat "$VENV/without-native" 2>/dev/null)" = "$(lock_state native)" ]; then return; fi
  say "building python-ldap"
  if (build_native); then return; fi
  say "without python-ldap, LDAP is spoken by ldap3: slower, not otherwise different"
  lock_state native >"$VENV/without-native"
}

build_native() {
  packages=$(missing_for_native)
  # shellcheck disable=SC2086 # one word each
  [ -z "$packages" ] || install_packages $packages || exit 1
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --require-hashes \
    -r requirements/native.txt >&2 || exit 1
}

# What is built from source takes these.
need_compiler() {
  packages=$(missing_compiler)
  # shellcheck disable=SC2086 # one word each
  [ -z "$packages" ] || install_packages $packages
}

missing_for_native() {
  missing_compiler
  [ -e /usr/include/ldap.h ] || echo libldap-dev
  [ -e /usr/include/sasl/sasl.h ] || echo libsasl2-dev
}

missing_compiler() {
  missing_packages cc:gcc
  includes=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
  [ -e "$includes/Python.h" ] || "$VENV/bin/python" -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])'
  [ -e /usr/include/stdlib.h ] || echo libc6-dev
}
