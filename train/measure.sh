#!/usr/bin/env bash
# Trains every row of the table in docs/training.md and prints it. Resumable: a run that is done is not
# made again, one that was cut off goes on from its checkpoint. Give it the folder of the data (optdigits
# as .csv, MNIST's test files as idx, the two CIFAR .npz); what is not there is printed as "–".
#
#   train/measure.sh DATA [RUNS]            make what is missing, then print the table
#   train/measure.sh --table DATA [RUNS]    print the table only
#
# Variables: NONZERO (the binary, build/nonzero), NONZERO_JOBS (runs at a time, 2), NONZERO_SETS
# (digits mnist cifar), NONZERO_SEEDS (1 2 3), NONZERO_METHODS (dense srste sdgp bdwp).
set -euo pipefail

train=yes
if [ "${1:-}" = --table ]; then train=no && shift; fi
if [ $# -lt 1 ]; then sed -n '2,11s/^# \{0,1\}//p' "$0" >&2 && exit 2; fi
data=$1
runs=${2:-build/accuracy}
nonzero=${NONZERO:-build/nonzero}
jobs=${NONZERO_JOBS:-2}
sets=${NONZERO_SETS:-digits mnist cifar}
seeds=${NONZERO_SEEDS:-1 2 3}
methods=${NONZERO_METHODS:-dense srste sdgp bdwp}
ratios="2:4 2:8 1:8"

options_of() {
  case $1 in
    digits) echo "--model smallconv --epochs 20 --data digits:$data/optdigits.tra.csv,$data/optdigits.tes.csv" ;;
    mnist) echo "--model smallconv --epochs 2 --train-limit 8000 --test-limit 2000 --data idx:$data/mnist_t10k-images-idx3-ubyte.gz,$data/mnist_t10k-labels-idx1-ubyte.gz" ;;
    cifar) echo "--model resnet9 --width 0.25 --epochs 20 --lr 0.01 --data npz:$data/cifar10_jpeg_train600.npz,$data/cifar10_jpeg_test200.npz" ;;
    *) echo "unknown set '$1': digits, mnist, cifar" >&2 && return 1 ;;
  esac
}

# The test accuracy in % whose reaching is timed: a level that the dense network of each set reaches.
target_of() {
  case $1 in digits) echo 97 ;; mnist) echo 90 ;; cifar) echo 40 ;; esac
}

# folder SET METHOD RATIO PRECISION SEED
folder() { echo "$runs/$1-$2-${3/:/of}-$4-$5"; }

# Lines "SET METHOD RATIO PRECISION SEED". Dense has no ratio of its own and is run once.
wanted() {
  local set seed method ratio
  for set in $sets; do
    for seed in $seeds; do
      for method in $methods; do
        for ratio in $ratios; do
          if [ "$method" = dense ] && [ "$ratio" != 2:8 ]; then continue; fi
          echo "$set $method $ratio fp32 $seed"
        done
      done
      echo "$set bdwp 2:8 mixed $seed"
    done
  done
}

one() {
  local where
  where=$(folder "$@")
  [ -s "$where/result.json" ] && return 0
  mkdir -p "$where"
  # shellcheck disable=SC2046
  if "$nonzero" train --method "$2" --nm "$3" --precision "$4" --seed "$5" --batch 50 --threads 1 \
    $(options_of "$1") --run "$where" --resume >"$where/output.txt" 2>&1; then
    printf '%s\n' "$*: done" >&2
  else
    printf '%s\n' "$*: FAILED, see $where/output.txt" >&2
  fi
}

# The step's simulated time on SAT in ms, of an untrained network: it depends on shapes and ratio only.
# step_time SET METHOD RATIO PRECISION
step_time() {
  local where=$runs/step-$1-$2-${3/:/of}-$4
  if [ ! -s "$where/time" ] && [ $train = yes ]; then
    # shellcheck disable=SC2046
    "$nonzero" train --method "$2" --nm "$3" --precision "$4" --batch 50 $(options_of "$1" | sed "s/--epochs [0-9]*/--epochs 0/") \
      --export "$where/step" >/dev/null 2>&1 &&
      "$nonzero" run sat --step "$where/step" --json 2>/dev/null | tail -n 1 >"$where/run.json" &&
      [ -n "$(field "$where/run.json" seconds)" ] && field "$where/run.json" seconds >"$where/time"
    rm -rf "$where/step"
  fi
  if [ -s "$where/time" ]; then awk '{ printf "%.3f", 1000 * $1 }' "$where/time"; else printf '–'; fi
}

# field FILE NAME: a number of the result's first level.
field() { sed -nE "s/.*\"$2\":([-0-9.e]+).*/\\1/p" "$1"; }

# Steps of FILE's run up to the first epoch whose test accuracy is at least TARGET %; - where there is none.
# reached FILE TARGET
reached() {
  { grep -oE '"steps":[0-9]+,"test_accuracy":[-0-9.e]+' "$1" || true; } | awk -F'[:,]' -v target="$2" '
    !steps && 100 * $4 >= target { steps = $2 }
    END { print steps ? steps : "-" }'
}

# row SET METHOD RATIO PRECISION: mean, spread and standard error over the seeds that were run. Time to the
# target: of the runs that reach it, with their number where not all do; seconds: of runs made in one go.
row() {
  local seed file values=""
  for seed in $seeds; do
    file=$(folder "$@" "$seed")/result.json
    if [ -s "$file" ]; then values+="$(field "$file" test_accuracy) $(field "$file" op_reduction) $(field "$file" wall_seconds) $(field "$file" resumed_at_step) $(reached "$file" "$(target_of "$1")")"$'\n'; fi
  done
  printf '%s' "$values" | awk -v set="$1" -v method="$2" -v ratio="$3" -v precision="$4" -v step="$(step_time "$@")" '
    { a[NR] = 100 * $1; sum += a[NR]; saved = 100 * $2 }
    $4 == 0 { seconds += $3; whole++ }
    $5 != "-" { steps += $5; arrived++ }
    END {
      if (method == "dense") ratio = "–"
      if (NR == 0) { printf "| %s | %s | %s | – | – | – | – | – | %s | – | – |\n", method, ratio, precision, step; exit }
      mean = sum / NR; low = high = a[1]
      for (i = 1; i <= NR; i++) {
        square += (a[i] - mean) ^ 2
        if (a[i] < low) low = a[i]
        if (a[i] > high) high = a[i]
      }
      error = NR > 1 ? sprintf("%.2f", sqrt(square / (NR - 1) / NR)) : "–"
      time = whole ? sprintf("%.0f", seconds / whole) : "–"
      arrival = arrived && step != "–" ? sprintf("%.3f", steps / arrived * step / 1000) : "–"
      if (arrival != "–" && arrived < NR) arrival = arrival sprintf(" (%d of %d)", arrived, NR)
      printf "| %s | %s | %s | %.2f | %.2f–%.2f | %s | %d | %.1f | %s | %s | %s |\n", method, ratio, precision,
        mean, low, high, error, NR, saved, step, arrival, time
      if (NR < 3)
        printf "warning: %s %s %s %s: %d start value%s, fewer than 3\n", set, method, ratio, precision, NR,
          (NR > 1 ? "s" : "") >"/dev/stderr"
    }'
}

# What the size of the test set alone leaves open: the binomial error of one accuracy at the best mean.
resolution() {
  local file seed method ratio list=""
  for seed in $seeds; do
    for method in $methods; do
      for ratio in $ratios; do
        file=$(folder "$1" "$method" "$ratio" fp32 "$seed")/result.json
        if [ -s "$file" ]; then list+="$(field "$file" test_accuracy) $(field "$file" test_images)"$'\n'; fi
      done
    done
  done
  printf '%s' "$list" | awk '
    { sum += $1; images = $2 }
    END {
      if (NR == 0) exit
      p = sum / NR; e = 100 * sqrt(p * (1 - p) / images)
      printf "\n%d test images: one image is %.2f %%, and an accuracy of %.1f %% on that many images has a binomial\nstandard error of %.2f %%; of two rows that lie closer than %.1f %% (two errors of a difference) this set\ncannot say which is the better one.\n",
        images, 100 / images, 100 * p, e, 2 * sqrt(2) * e
    }'
}

table() {
  local set method ratio
  for set in $sets; do
    case $set in
      digits) printf '\n### optdigits: smallconv, 20 epochs\n\n' ;;
      mnist) printf '\n### MNIST, first 8000 and last 2000 images of the test file: smallconv, 2 epochs\n\n' ;;
      cifar) printf '\n### CIFAR-10 subset, 600 and 200 images: resnet9 at width 0.25, 20 epochs\n\n' ;;
    esac
    echo "| method | N:M | precision | accuracy, mean % | lowest–highest | standard error | runs | operations saved, % | SAT, ms a step | SAT, s to $(target_of "$set") % | seconds a run |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|"
    for method in $methods; do
      for ratio in $ratios; do
        if [ "$method" = dense ] && [ "$ratio" != 2:8 ]; then continue; fi
        row "$set" "$method" "$ratio" fp32
      done
    done
    row "$set" bdwp 2:8 mixed
    resolution "$set"
  done
}

export -f one folder options_of
export data runs nonzero
mkdir -p "$runs"
if [ $train = yes ]; then wanted | OMP_NUM_THREADS=1 xargs -P "$jobs" -L 1 bash -c 'one "$@"' one; fi
table
