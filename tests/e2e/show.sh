#!/bin/sh
# Shows that remittances, claims and statuses are pages for people, as text and
# as HTML that runs and fetches nothing. BLESS=1 writes the pages anew.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

fail() { echo "FAILED: $*" >&2; cat "$dir/err" >&2; exit 1; }
# run STATUS COMMAND...: into out and err, expect the exit status
run() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 $*: exit $rc, not $want"
}

# The pages are as they were looked at.
for kind in 835 837p 837i 837d 277ca 277; do
	page=tests/data/show/$kind.txt
	run 0 show "tests/data/records/$kind/input.x12"
	[ -z "${BLESS:-}" ] || cp "$dir/out" "$page"
	cmp "$page" "$dir/out" || fail "$page"
	[ "$(awk '{ gsub(/[\200-\277]/, "") } length($0) > 100' "$page" |
		wc -l)" = 0 ] || fail "$page is wider than 100"
done
run 0 show --html tests/data/records/835/input.x12
[ -z "${BLESS:-}" ] || cp "$dir/out" tests/data/show/835.html
cmp tests/data/show/835.html "$dir/out" || fail "835.html"

# What balances is said to, and what does not.
grep -q '^Balanced: .* is the payment, 1,030.50.$' tests/data/show/835.txt ||
	fail "not balanced"
sed 's/^\(BPR\*I\*\)1030.5/\11031.5/' tests/data/records/835/input.x12 \
	> "$dir/off.835"
run 0 show "$dir/off.835"
grep -q '^Not balanced: .*1,031.50; the difference is -1.00.$' "$dir/out" ||
	fail "silent about a wrong payment"

# Names are no markup, and no orders to a terminal.
sed 's/SALLY/<b>\&\x1b[2J/' tests/data/records/835/input.x12 > "$dir/bad.835"
rc=0
"$X12" show --html "$dir/bad.835" > "$dir/out" 2> "$dir/err" || rc=$?
[ "$rc" -lt 2 ] || fail "exit $rc"
grep -q '<b>&' "$dir/out" && fail "markup"
grep -q '&#60;b&#62;&#38;' "$dir/out" || fail "not escaped"
"$X12" show "$dir/bad.835" > "$dir/out" 2> "$dir/err" || true
grep -q "$(printf '\033')" "$dir/out" && fail "an order to the terminal"

# Several files are one page; a file is there whole or not at all.
run 0 show --html --output "$dir/all.html" tests/data/records/835/input.x12 \
	tests/data/records/837p/input.x12
[ "$(grep -c '<section>' "$dir/all.html")" = 3 ] || fail "sections"
[ "$(grep -c '</html>' "$dir/all.html")" = 1 ] || fail "pages"
run 2 show --output "$dir/none.html" "$dir/missing"
[ ! -e "$dir/none.html" ] || fail "half a page"
run 1 show tests/data/records/270/input.x12
grep -q 'nothing in it to show' "$dir/err" || fail "silent"
