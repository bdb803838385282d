# Chromium, for the tests of the console.
# Needs: packages.sh

need_browser() {
  if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then return; fi
  if grep -qs '^ID=ubuntu$' /etc/os-release; then
    say "Ubuntu has Chromium as a snap alone: without one (snap install chromium) the browser tests are skipped"
    return
  fi
  install_packages chromium
}
