#!/bin/sh
# One command, one table each for 837P claims and 835 remittances: what the
# reader, the scan and the programs on top of them cost.
# `bench/run.sh BUILD [MEGABYTES]`; make bench calls it.
#
# Each row is the best of RUNS runs. User CPU only: reading the file is the
# kernel's work. "ceiling" compares with the first row of the same run, which
# finds every delimiter and touches every element, and does no more. "at 1 MB"
# is the memory that one megabyte takes: it should not be less.
build=${1:-build}
megabytes=${2:-100}
runs=${RUNS:-5}
dir=$build/bench
out=$dir/out.$$
trap 'rm -f "$out".*' EXIT

# Prints "user system kilobytes status" of the fastest run.
best() {
	i=0
	while [ "$i" -lt "$runs" ]; do
		"$dir/cpu" "$@" 2> "$out.cpu" > /dev/null
		tail -n 1 "$out.cpu"
		i=$((i + 1))
	done | sort -n | head -n 1
}

# row NAME BYTES FILE SMALL COMMAND..: of the whole file the best run, of the
# small one the memory.
row() {
	name=$1 of=$2 whole=$3 small=$4
	shift 4
	set -- $(best "$@" "$whole") \
	    $("$dir/cpu" "$@" "$small" 2>&1 > /dev/null | tail -n 1)
	[ "${4:-255}" -le 1 ] || { printf '%-24s not run\n' "$name"; return; }
	[ -n "$ceiling" ] || ceiling=$(echo "$1 $of" | awk '{ print $1 / $2 }')
	echo "$1 $2 $3 $7" | awk -v name="$name" -v of="$of" \
	    -v ceiling="$ceiling" '{
		user = ($1 > 0 ? $1 : 0.0001)
		printf "%-24s %7.3f %7.3f %8.0f %7.1f %8.1f %8.1f\n", name,
			user, $2, of / user / 1e6, $3 / 1024, $4 / 1024,
			(ceiling > 0 ? user / of / ceiling : 0) }'
}

size() {
	wc -c < "$1"
}

# make_file KIND MEGABYTES: its name; it is made anew, so it is this gen's.
make_file() {
	"$dir/gen" "$1" "$2" 1 > "$dir/$1-$2.x12" || exit 1
	echo "$dir/$1-$2.x12"
}

reader_rows() {
	row tokens "$bytes" "$file" "$one" "$dir/reader" tokens auto
	for how in avx512 avx2 sse2 portable; do
		row "index-$how" "$bytes" "$file" "$one" "$dir/reader" index \
		    "$how"
	done
	row tokens-portable "$bytes" "$file" "$one" "$dir/reader" tokens \
	    portable
	row scan "$bytes" "$file" "$one" "$dir/reader" scan auto
}

# JSON is many times as long: it goes nowhere, and back comes a smaller one.
json_rows() {
	for file in "$part" "$one"; do
		"$x12" to-json "$file" > "$file.json" &&
		    "$x12" to-json --claims "$file" > "$file.ndjson" || exit 1
	done
	row x12-from-json "$(size "$part")" "$part.json" "$one.json" \
	    "$x12" from-json
	row x12-from-json-claims "$(size "$part")" "$part.ndjson" \
	    "$one.ndjson" "$x12" from-json --claims --sender BENCH \
	    --receiver PAYER
	rm -f "$part.json" "$part.ndjson" "$one.json" "$one.ndjson"
}

program_rows() {
	set -- "$bytes" "$file" "$one" "$x12"
	row x12-info "$@" info
	row x12-validate "$@" validate
	row x12-validate-1,2 "$@" validate --snip 1,2
	row x12-ack "$@" ack
	row x12-to-json "$@" to-json
	row x12-to-json-claims "$@" to-json --claims
	json_rows
}

table() {
	file=$(make_file "$1" "$megabytes") || exit 1
	part=$(make_file "$1" "$((megabytes / 5 + 1))") || exit 1
	one=$(make_file "$1" 1) || exit 1
	bytes=$(size "$file")
	ceiling=
	echo "$bytes bytes of $1, best of $runs runs"
	printf '%-24s %7s %7s %8s %7s %8s %8s\n' part user system 'MB/s' \
	    'RSS MB' 'at 1 MB' ceiling
	reader_rows
	[ -x "$x12" ] && program_rows
}

x12=$build/x12
table 837P
echo
table 835
echo
[ ! -x "$build/bench/worst" ] || "$build/bench/worst" 10000
