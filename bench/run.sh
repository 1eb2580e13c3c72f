#!/bin/sh
# One command, one table: what the reader, the scan and the programs on top of
# them cost on 837P claims. `bench/run.sh BUILD [MEGABYTES]`; make bench calls it.
#
# Each row is the best of RUNS runs. User CPU only: reading the file is the
# kernel's work. The last column compares with the ceiling of the same run,
# which finds every delimiter and touches every element, and does no more.
build=${1:-build}
megabytes=${2:-100}
runs=${RUNS:-5}
file=$build/bench/837p-$megabytes.x12
out=$build/bench/out.$$
json=$out.json
trap 'rm -f "$out" "$out.cpu" "$json"' EXIT

[ -s "$file" ] || "$build/bench/gen" "$megabytes" 1 > "$file" || exit 1
bytes=$(wc -c < "$file")

# Prints "user system kilobytes" of the fastest run.
best() {
	i=0
	while [ "$i" -lt "$runs" ]; do
		"$build/bench/cpu" "$@" 2> "$out.cpu" > "$out"
		tail -n 1 "$out.cpu"
		i=$((i + 1))
	done | sort -n | head -n 1
}

row() {
	name=$1
	shift
	set -- $(best "$@")
	[ "${4:-255}" -le 1 ] || { printf '%-22s not run\n' "$name"; return; }
	[ -n "$ceiling" ] || ceiling=$1
	echo "$name" "$1" "$2" "$3" | awk -v bytes="$bytes" \
		-v ceiling="$ceiling" '{
		printf "%-22s %7.3f %7.3f %8.0f %7.1f %8.2f\n", $1, $2, $3,
			bytes / ($2 > 0 ? $2 : 0.0001) / 1e6, $4 / 1024,
			$2 / ceiling }'
}

echo "$bytes bytes of 837P, best of $runs runs"
printf '%-22s %7s %7s %8s %7s %8s\n' part user system 'MB/s' 'RSS MB' ceiling
row tokens "$build/bench/reader" tokens auto "$file"
for how in avx2 sse2 portable; do
	row "index-$how" "$build/bench/reader" index "$how" "$file"
done
row tokens-portable "$build/bench/reader" tokens portable "$file"
row scan "$build/bench/reader" scan auto "$file"
if [ -x "$build/x12" ]; then
	row x12-info "$build/x12" info "$file"
	row x12-validate "$build/x12" validate "$file"
	# The JSON is ten times as long: it goes nowhere, and back a smaller one.
	row x12-to-json sh -c 'exec "$0" to-json "$1" > /dev/null' \
		"$build/x12" "$file"
	part=$build/bench/837p-part.x12
	"$build/bench/gen" "$((megabytes / 5 + 1))" 1 > "$part" || exit 1
	whole=$bytes
	bytes=$(wc -c < "$part")
	ceiling=$(echo "$ceiling $bytes $whole" | awk '{ print $1 * $2 / $3 }')
	"$build/x12" to-json "$part" > "$json" || exit 1
	row x12-from-json sh -c 'exec "$0" from-json "$1" > /dev/null' \
		"$build/x12" "$json"
fi
