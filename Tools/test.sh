#!/bin/sh
# Runs the tests that are built and says at the end what was left out for want of data that is not in
# the repository. Arguments go to `swift test`.
set -u
cd "$(dirname "$0")/.." || exit 1

log=$(mktemp)
trap 'rm -f "$log" "$log.status"' EXIT
{
  swift test -c release -Xswiftc -enable-testing --skip-build "$@" 2>&1
  echo $? >"$log.status"
} | tee "$log"

if [ -z "${AVATAR_FIXTURES:-}${AVATAR_REQUIRE_FIXTURES:-}" ]; then
  for folder in fixtures cases data; do
    if ! [ -d "../shared/$folder" ] && ! [ -d "shared/$folder" ]; then
      missing="${missing:+$missing, }$folder"
    fi
  done
fi
if [ -n "${missing:-}" ]; then
  echo "$(grep -c 'Test .* skipped' "$log") tests were left out: they need data that is not in the" \
    "repository ($missing). Put it beside the checkout or in it as shared/..., or name the folder of" \
    "the golden data in AVATAR_FIXTURES."
fi
exit "$(cat "$log.status")"
