#!/bin/sh
# Shows that tables become claims, that each fault is told by row and column,
# and that nothing half-written looks whole.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
good=tests/data/csv/claims.csv

fail() { echo "FAILED: $*" >&2; cat "$dir/err" >&2; exit 1; }
# run STATUS COMMAND...: into out and err, expect the exit status
run() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 $*: exit $rc, not $want"
}
from_csv() {
	want=$1
	shift
	run "$want" from-csv --type 837P --sender CLINICA --receiver PAYERX \
		--date 20260110 --time 1200 "$@"
}

# A table is X12 that the validator takes; with semicolons, a byte order mark
# and CR LF it is the same.
from_csv 0 "$good"
cmp tests/data/csv/claims.x12 "$dir/out" || fail "another X12"
run 0 validate --date 20260115 tests/data/csv/claims.x12
{ printf '\357\273\277'; sed 's/,/;/g; s/GOOD CLINIC;/GOOD CLINIC,/
	s/$/\r/' "$good"; } > "$dir/other.csv"
from_csv 0 "$dir/other.csv"
cmp tests/data/csv/claims.x12 "$dir/out" || fail "another X12 of another CSV"

# An institution's columns, with the kind in one of them.
run 0 from-csv --sender CLINICA --receiver PAYERX --date 20260110 --time 1200 \
	tests/data/csv/institutional.csv
grep -q '^SV2\*0450\*HC:99283\*150\*UN\*1~$' "$dir/out" || fail "no SV2"
cp "$dir/out" "$dir/inst.x12"
run 0 validate --date 20260115 "$dir/inst.x12"

# By way of the records it is the same, and they say their rows.
run 0 from-csv --records --type 837P "$good"
[ "$(jq -c .source.row "$dir/out" | tr '\n' ' ')" = '2 4 ' ] || fail "rows"
cp "$dir/out" "$dir/json"
run 0 from-json --claims --sender CLINICA --receiver PAYERX --date 20260110 \
	--time 1200 "$dir/json"
cmp tests/data/csv/claims.x12 "$dir/out" || fail "another X12 of the records"

# The heading that is printed is one that is taken: only the rows are missing.
run 0 records csv 837P
cp "$dir/out" "$dir/heading.csv"
from_csv 1 "$dir/heading.csv"
grep -q 'heading.csv: no record is in it' "$dir/err" || fail "not taken"

# Faults: the row and the column, never the cell; the rest goes on.
sed 's/99212,,80.00/99212,,CANARY/' "$good" > "$dir/bad.csv"
from_csv 1 "$dir/bad.csv"
grep -q 'bad.csv:4: claim.lines\[0\].charge: refused: is no amount' \
	"$dir/err" || fail "no row and column"
grep -q CANARY "$dir/err" && fail "a value in a message"
grep -q '^CLM\*CSV-1\*' "$dir/out" || fail "the good claim is lost"
grep -q '^CLM\*CSV-2\*' "$dir/out" && fail "the bad claim is there"
sed 's/total_charge/total_chrage/' "$good" > "$dir/bad.csv"
from_csv 1 --output "$dir/x12" "$dir/bad.csv"
grep -q 'bad.csv: row 1, column 2, total_chrage: .*total_charge?' \
	"$dir/err" || fail "no column"
[ ! -e "$dir/x12" ] || fail "X12 of nothing"
printf 'claim_id,claim.charge\nCSV-9,"80\n' > "$dir/bad.csv"
from_csv 1 --output "$dir/x12" "$dir/bad.csv"
grep -q 'row 2, column 2: the file ends inside of quotes' "$dir/err" ||
	fail "silent about a cut table"
[ ! -e "$dir/x12" ] || fail "half a file"
run 2 from-csv --type 837P "$good"
run 1 from-csv --sender CLINICA --receiver PAYERX "$good"
grep -q 'type' "$dir/err" || fail "no word about the kind"

# Tables from X12: one heading for several files, rows that add up to the
# payment, and a word where there is nothing for the table.
remit=tests/data/records/835/input.x12
run 0 csv remittance "$remit" "$remit"
[ "$(grep -c '^file,' "$dir/out")" = 1 ] || fail "headings"
paid=$(head -1 "$dir/out" | tr , '\n' | grep -n '^paid$' | cut -d: -f1)
[ "$(awk -F, -v c="$paid" 'NR > 1 { n += $c } END { printf "%.2f", n }' \
	"$dir/out")" = 2061.00 ] || fail "paid is not the payment, twice"
run 0 csv adjustments --output "$dir/table.csv" "$remit"
[ "$(wc -l < "$dir/table.csv")" = 16 ] && [ ! -s "$dir/out" ] || fail "rows"
run 1 csv claims "$remit"
grep -q 'nothing in it' "$dir/err" || fail "silent about another kind"
run 2 csv clams "$remit"
grep -q 'did you mean claims' "$dir/err" || fail "no help"
run 2 csv claims "$dir/none"
# A claim that came from a table goes into one.
run 0 csv lines tests/data/csv/claims.x12
grep -q ',CSV-1,2,73590,LT,,65.50,1,UN,2026-01-05,' "$dir/out" ||
	fail "another line"
