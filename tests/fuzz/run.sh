#!/usr/bin/env bash
# run.sh BUILD_DIR [SECONDS]: each fuzz target for SECONDS (30), two at a time. One line per target with its
# executions and edges; fails on a crash and on fewer than 10,000 executions.
set -uo pipefail

build=${1:?usage: run.sh BUILD_DIR [SECONDS]}
export FUZZ_SECONDS=${2:-30}
export FUZZ_LEAST=10000
FUZZ_SOURCE=$(cd "$(dirname "$0")" && pwd)
FUZZ_WORK=$build/fuzz
export FUZZ_SOURCE FUZZ_WORK

run_target() {
  local binary=$1 name seeds log found executions edges
  name=$(basename "$binary")
  seeds=$FUZZ_SOURCE/corpus/${name#fuzz_}
  found=$FUZZ_WORK/$name
  log=$found.log
  mkdir -p "$found"
  if [ ! -d "$seeds" ]; then
    echo "$name: FAILED, no seeds in $seeds"
    return 1
  fi
  "$binary" -max_total_time="$FUZZ_SECONDS" -print_final_stats=1 -timeout=20 -rss_limit_mb=2048 -max_len=4096 \
    -artifact_prefix="$found." "$found" "$seeds" >"$log" 2>&1
  local status=$?
  executions=$(sed -nE 's/^stat::number_of_executed_units: *([0-9]+).*/\1/p' "$log" | tail -n 1)
  edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d' ' -f2)
  if [ $status -ne 0 ]; then
    grep -vE '^#[0-9]+' "$log" | tail -n 60 >&2
    echo "$name: FAILED, exit status $status after ${executions:-0} executions; see $log and $found.*"
    return 1
  fi
  if [ "${executions:-0}" -lt "$FUZZ_LEAST" ]; then
    echo "$name: FAILED, ${executions:-0} executions, ${edges:-0} edges; expected at least $FUZZ_LEAST executions"
    return 1
  fi
  echo "$name: ok, $executions executions, ${edges:-0} edges"
}
export -f run_target

targets=("$build"/tests/fuzz/fuzz_*)
binaries=()
for target in "${targets[@]}"; do [ -f "$target" ] && [ -x "$target" ] && binaries+=("$target"); done
if [ ${#binaries[@]} -eq 0 ]; then
  echo "no fuzz targets in $build/tests/fuzz" >&2
  exit 1
fi
mkdir -p "$FUZZ_WORK"
printf '%s\0' "${binaries[@]}" | xargs -0 -P 2 -I{} bash -c 'run_target {}'
