#!/bin/sh
# Shows that the commands that work with files do what they say to real files,
# and that what they write is valid: fix-counts.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

fail() { echo "FAILED: $*" >&2; cat "$dir/out" "$dir/err" >&2; exit 1; }
# x12 STATUS COMMAND OPTION...: run it, expect the exit status
x12() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 $*: exit $rc, not $want"
}
same() { cmp "$1" "$2" || fail "$1 is not $2"; }
valid() {
	timeout 60 "$X12" validate --date 20260110 "$1" > "$dir/out" 2>&1 ||
		fail "$1 is not valid"
}
has() { grep -q -- "$2" "$1" || fail "no $2 in $1"; }

# ---- fix-counts: trailers made right, and no other byte changed -------------
for kind in 837p 837i 837d 835 277ca 999 ta1; do
	x12 0 fix-counts "tests/data/index/$kind/input.x12"
	same "$dir/out" "tests/data/index/$kind/input.x12"
done
for case in byte_order_mark clean_crlf clean_two_interchanges indented \
    padding_after_iea clean_no_last_line_end; do
	x12 0 fix-counts "tests/data/envelope/$case/input.x12"
	same "$dir/out" "tests/data/envelope/$case/input.x12"
done
good=tests/data/index/837p/input.x12
sed 's/^SE.*/SE*999*7777~/; s/^GE.*/GE*5*9~/; s/^IEA.*/IEA*3*000000077~/' \
    "$good" > "$dir/wrong"
x12 0 fix-counts - < "$dir/wrong"
same "$dir/out" "$good"
sed 's/^SE.*/SE~/; s/^GE.*/GE**9~/; s/^IEA.*/IEA*one~/' "$good" > "$dir/wrong"
chmod 640 "$dir/wrong"
x12 0 fix-counts --in-place "$dir/wrong"
same "$dir/wrong" "$good"
[ "$(stat -c %a "$dir/wrong")" = 640 ] || fail "other permissions"
[ ! -s "$dir/out" ] || fail "in place, and yet printed"
# Two thousand sets, all counted wrongly: windows pass, each is mended.
{
	sed -n 1,2p "$good"
	for i in $(seq 2000); do
		sed -n '3,/^SE/p' "$good" | sed "s/^ST\*837\*0001/ST*837*$((i + 1000))/
		    s/^SE\*.*/SE*1*0/"
	done | tr -d '\n'
	printf 'GE*9*41~IEA*1*1~'
} > "$dir/wrong"
sed -i 's/SE\*1\*0/SE*1*0~/g' "$dir/wrong"
x12 0 fix-counts --in-place "$dir/wrong"
has "$dir/err" '2002 trailers mended'
valid "$dir/wrong"
# What counts cannot mend is refused, and a file in place stays as it was.
for case in se_missing iea_missing not_x12 file_incomplete_no_iea; do
	cp "tests/data/envelope/$case/input.x12" "$dir/bad"
	x12 1 fix-counts --in-place "$dir/bad"
	same "$dir/bad" "tests/data/envelope/$case/input.x12"
done
x12 2 fix-counts "$dir/there-is-none"
x12 2 fix-counts --in-place -
x12 2 fix-counts
[ -z "$(ls "$dir" | grep tmp)" ] || fail "a temporary file is left"

echo "tools: the commands do what they say"
