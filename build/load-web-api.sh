#!/usr/bin/env bash
# Sends 20,000 images to the web API and says how much memory its process holds on the way (Linux; needs curl).
# Usage: build/load-web-api.sh MODEL.zip IMAGE [IMAGE …]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
model=$1
shift
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
url=http://127.0.0.1:5081

dotnet publish -c Release "$root/samples/ModelBuilderStyle/WebApi" -o "$work/api" -v quiet -nologo
"$work/api/ModelBuilderStyle.WebApi" --model "$model" --urls "$url" > "$work/log" &
server=$!
for _ in $(seq 100); do
  curl -sf "$url/health" > "$work/health" && break
  sleep 0.1
done
cat "$work/health"
echo

# send FILE COUNT: sixteen at a time.
send() {
  curl -Z --parallel-max 16 -H 'Content-Type: application/octet-stream' --data-binary "@$1" -o /dev/null -w '%{http_code}\n' \
    "$url/predict?[1-$2]" >> "$work/codes" 2> "$work/progress"
}

images=("$@")
sent=0
report() { echo "$sent requests: $(awk '/^VmRSS/ { printf "%.0f MB", $2 / 1024 }' "/proc/$server/status") working set"; }
report
for goal in 1000 5000 10000 15000 20000; do
  while [ "$sent" -lt "$goal" ]; do
    image=${images[sent / 500 % ${#images[@]}]}
    # One in ten of the images is broken off in the middle.
    head -c $(($(stat -c %s "$image") / 2)) "$image" > "$work/half"
    send "$image" 450
    send "$work/half" 50
    sent=$((sent + 500))
  done
  report
done
sort "$work/codes" | uniq -c | awk '{ print $1 " answers with status " $2 }'
