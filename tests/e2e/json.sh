#!/bin/sh
# Shows that `x12 to-json` and `x12 from-json` give every file back to the byte,
# in flat memory, and that nothing half-written looks whole.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
good=tests/data/mirror/plain/input.x12

fail() { echo "FAILED: $*" >&2; cat "$dir/err" >&2; exit 1; }
# run STATUS COMMAND...: into out and err, expect the exit status
run() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 $*: exit $rc, not $want"
}

# Every input of the tests that begins with an ISA.
n=0
for file in tests/data/*/*/input.x12; do
	"$X12" to-json "$file" > "$dir/json" 2> "$dir/err" || [ $? = 1 ] ||
		fail "$file: trouble"
	[ -s "$dir/json" ] || continue
	run 0 from-json "$dir/json"
	cmp "$file" "$dir/out" || fail "$file is not the same"
	# Another tool may sort the keys and write the escapes in its own way.
	jq -cS . "$dir/json" > "$dir/sorted" || fail "$file: no JSON"
	run 0 from-json - < "$dir/sorted"
	cmp "$file" "$dir/out" || fail "$file is not the same after jq"
	n=$((n + 1))
done
[ "$n" -gt 150 ] || fail "only $n files"

# Programs find what they look for, by loop and by reference.
run 0 to-json - < "$good"
[ "$(jq -r '.. | .CLM01_patient_control_number? // empty' "$dir/out")" = TOY-1 ] ||
	fail "no CLM01"
[ "$(jq -r 'select(.loop == "2300") | .path' "$dir/out")" = 2000A/2000B/2300 ] ||
	fail "no claim"

# A change is made where it was meant, and nowhere else.
jq -c '(.. | objects | select(has("CLM01_patient_control_number")))
	|= (.patient_control_number = "TOY-2" |
	del(.CLM01_patient_control_number))' "$dir/out" > "$dir/json"
run 0 from-json "$dir/json"
sed 's/^CLM\*TOY-1/CLM*TOY-2/' "$good" | cmp - "$dir/out" || fail "not changed"

# Cut JSON is no file; --output is whole or not there.
run 0 to-json --output "$dir/json" "$good"
[ ! -s "$dir/out" ] || fail "output in two places"
sed '$d' "$dir/json" > "$dir/cut"
run 1 from-json --output "$dir/x12" "$dir/cut"
[ ! -e "$dir/x12" ] && ls "$dir"/x12* 2> /dev/null && fail "half a file"
run 0 from-json --output "$dir/x12" "$dir/json"
cmp "$good" "$dir/x12" || fail "--output"
run 1 to-json --output "$dir/none" Makefile
[ ! -e "$dir/none" ] || fail "a file of nothing"
head -c 700 "$good" > "$dir/short"
run 1 to-json "$dir/short"
grep -q 'ends too early' "$dir/err" || fail "silent about a cut file"
"$X12" from-json "$dir/out" | cmp - "$dir/short" || fail "a cut file"

# A device or a link of that name stays what it is.
mkfifo "$dir/pipe"
ln -s x12 "$dir/link"
for not in pipe link .; do
	run 2 to-json --output "$dir/$not" "$good"
done
[ -p "$dir/pipe" ] && [ -L "$dir/link" ] || fail "written over"
grep -q 'it is a directory' "$dir/err" || fail "no word of the directory"

# What is wrong is told by line and key, without a value.
sed 's/"CLM02_[a-z_]*":"100"/"CLM02":"CANARY*1"/' "$dir/json" > "$dir/bad"
run 1 from-json "$dir/bad"
grep -q 'bad: line [0-9]*: CLM02: ' "$dir/err" || fail "no line and key"
! grep -q CANARY "$dir/err" || fail "a value in a message"

# One set of 30 MB, one claim of 3 MB, in 40 MB of memory.
{
	sed -n '1,/^CLM/p' "$good"
	yes 'SV1*HC:99213:25*100*UN*1***1~' | head -n 100000
	yes 'CLM*TOY-1*100***11:B:1*Y*A*Y*Y~' | head -n 800000
	sed '1,/^CLM/d' "$good"
} > "$dir/big"
[ "$(wc -c < "$dir/big")" -gt 28000000 ] || fail "too small"
(ulimit -v 40000 && "$X12" to-json "$dir/big" |
	"$X12" from-json - | cmp - "$dir/big") 2> "$dir/err" ||
	fail "the big one"

# Mistakes in use.
for wrong in '' "$good $good" --bogus "$dir/there-is-none" "$dir"; do
	# shellcheck disable=SC2086
	run 2 to-json $wrong
	[ -s "$dir/err" ] || fail "silent about $wrong"
done
run 0 from-json --help
echo "json: $n files came back to the byte"
