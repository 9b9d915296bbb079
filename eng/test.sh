#!/usr/bin/env bash
# Runs the tests: installs what they need, builds, runs each test project, and ends with "N passed, N failed".
#   ./proa test            all of them
#   ./proa test NAME...    the test projects whose name contains one of these (Api, Store, EndToEnd, ...)
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

fail() { echo "$1" >&2; echo; echo "0 passed, 1 failed"; exit 1; }

command -v dotnet >/dev/null || fail "the .NET 10 SDK is not installed"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  missing=()
  while read -r program package; do
    command -v "$program" >/dev/null || [ -e "$program" ] || missing+=("$package")
  done <<'PROGRAMS'
containerd containerd
runc runc
nft nftables
/usr/lib/cni/bridge containernetworking-plugins
busybox busybox-static
ip iproute2
wrk wrk
docker-registry docker-registry
etcd etcd-server
PROGRAMS
  if [ ${#missing[@]} -gt 0 ]; then
    echo "installing for the tests: ${missing[*]}"
    log=$(mktemp)
    # A package that starts a service of its own must not: the tests start what they need.
    policy=/usr/sbin/policy-rc.d
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; made_policy=1; }
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 \
      || { tail -20 "$log"; echo "could not install ${missing[*]}: tests that need them will say so"; }
    [ -z "${made_policy:-}" ] || rm -f $policy
    rm -f "$log"
  fi
fi

# One compiler for all projects, ended with the tests, halves the build's time on two cores.
export UseSharedCompilation=true
trap 'dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1' EXIT
echo "building"
./proa version || fail "the build failed"
dotnet build Proa.slnx -c Release -v quiet --nologo -clp:ErrorsOnly || fail "the build failed"

dotnet format whitespace Proa.slnx --no-restore --verify-no-changes || fail "the layout differs from .editorconfig: run \`dotnet format whitespace Proa.slnx\`"

passed=0 failed=0 skipped=0
for project in test/*/*.Tests.csproj; do
  name=$(basename "$project" .csproj)
  if [ $# -gt 0 ]; then
    wanted=
    for part in "$@"; do case $name in *"$part"*) wanted=1 ;; esac; done
    [ -n "$wanted" ] || continue
  fi
  echo "== $name"
  output=$(mktemp)
  timeout --kill-after=20 "${PROA_TEST_TIMEOUT:-1500}" "artifacts/bin/$name/release/$name" -noLogo -noColor -longRunning 60 > >(tee "$output") 2>&1
  code=$?
  # Total: 12, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.123s
  summary=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$output" | tail -1)
  rm -f "$output"
  if [ -z "$summary" ]; then
    if [ $code -ne 0 ]; then echo "$name ended with exit code $code and no summary"; failed=$((failed + 1)); fi
    continue
  fi
  read -r total errors bad skips <<<"$(grep -oE '[0-9]+' <<<"$summary" | tr '\n' ' ')"
  passed=$((passed + total - bad - skips))
  failed=$((failed + bad + errors))
  skipped=$((skipped + skips))
done
echo
if [ $skipped -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ $failed -eq 0 ] && [ $passed -gt 0 ]
