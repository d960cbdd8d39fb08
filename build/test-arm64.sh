#!/usr/bin/env bash
# Runs the tests that depend on the width of vectors on an emulated Arm64 processor, whose kernels (128 bits, 32 registers) no x64 machine
# ever runs. Needs dotnet and Debian's apt-get, but no root: emulator and Arm64 libraries are unpacked into a temporary folder. Says so and
# succeeds where it cannot run; fails when a test does. Its last line has the form of dotnet test's.
# Usage: build/test-arm64.sh FILTER, which is what dotnet test takes after --filter.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=AdaptiveInference.ML.Transforms.Tests
filter=$1
skip() { echo "The tests on emulated Arm64 are skipped: $1."; exit 0; }

[ "$(uname -m)" = x86_64 ] || skip "this machine is $(uname -m), and they are for x64"
for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || skip "there is no $tool"
done

# Lists of packages of its own, for both processors, so that nothing on the machine changes.
mkdir -p "$work"/apt/{state,lists/partial,cache/archives/partial} "$work/system"
touch "$work/apt/state/status"
apt() {
  (cd "$work/apt" && apt-get -qq -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o Dir::State="$PWD/state" -o Dir::State::status="$PWD/state/status" -o Dir::State::lists="$PWD/lists" -o Dir::Cache="$PWD/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@") >> "$work/apt/log" 2>&1
}
apt update || skip "apt-get has no list of packages ($(tail -n 1 "$work/apt/log"))"
# The runtime's native parts want OpenSSL; its name depends on the release.
{ apt download qemu-user-static libc6:arm64 libgcc-s1:arm64 libstdc++6:arm64 \
  && { apt download libssl3:arm64 || apt download libssl3t64:arm64; }; } \
  || skip "apt-get does not have the emulator or its libraries ($(tail -n 1 "$work/apt/log"))"
for package in "$work"/apt/*.deb; do
  dpkg-deb -x "$package" "$work/system" || skip "$package cannot be unpacked"
done
emulator="$work/system/usr/bin/qemu-aarch64-static"
"$emulator" --version >/dev/null 2>&1 || skip "the emulator does not run here"

# Apart from the ordinary build, whose restored packages are those of this machine.
if ! dotnet publish "$root/tests/$name" -c Release -r linux-arm64 -p:TestsAsProgram=true --artifacts-path "$work/build" -v quiet -nologo \
  > "$work/publish" 2>&1; then
  reason=$(grep -m 1 -E 'NU110[123]|NU1301' "$work/publish") && skip "the package feed lacks the .NET runtime for linux-arm64 ($reason)"
  cat "$work/publish"
  exit 1
fi

# Memory that is never writable and executable at once would have every page of code mapped twice; cultures would want ICU.
echo "On emulated Arm64:"
cd "$work/build/publish/$name/release_linux-arm64" || exit 1
DOTNET_EnableWriteXorExecute=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 timeout 1800 "$emulator" -L "$work/system" "./$name" \
  --no-ansi --progress off --filter "$filter" > "$work/tests" 2>&1
status=$?
cat "$work/tests"
awk -v name="$name" -v status="$status" '
  /^Test run summary: / { counts = 1 }
  counts && $1 == "failed:" { failed = $2 }
  counts && $1 == "succeeded:" { passed = $2 }
  counts && $1 == "skipped:" { skipped = $2 }
  counts && $1 == "duration:" { sub(/^ *duration: /, ""); duration = $0 }
  END {
    # A program that dies has no summary, and is a failure too.
    if (status != 0 && failed + 0 == 0) failed = 1
    printf "%s!  - Failed: %5d, Passed: %5d, Skipped: %5d, Total: %5d, Duration: %s - %s.dll (net10.0, emulated Arm64)\n",
      status == 0 ? "Passed" : "Failed", failed, passed, skipped, failed + passed + skipped, duration == "" ? "none" : duration, name
  }' "$work/tests"
exit "$status"
