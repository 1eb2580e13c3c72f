#!/bin/sh
# Shows that `x12 codes` reads every layout of official files, refuses what is
# of another layout, keeps what it had, and that validity goes by the date of
# service, with a stale list only a warning.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
good=tests/data/index/837p/input.x12
tab=$(printf '\t')

fail() { echo "FAILED: $*" >&2; cat "$dir/out" "$dir/err" >&2; exit 1; }
x12() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 $*: exit $rc, not $want"
}
codes() {
	want=$1 verb=$2
	shift 2
	x12 "$want" codes "$verb" --dir "$dir/codes" "$@"
}
has() { grep -q -- "$1" "$dir/out" || fail "no $1"; }
has_not() { ! grep -q -- "$1" "$dir/out" || fail "there is a $1"; }
says() { grep -q -- "$1" "$dir/err" || fail "does not say $1"; }
mkdir "$dir/codes"

# icd NUMBER CODE FLAG: a row of an order file
icd() { printf '%05d %-7s %s %-60s made up\r\n' "$1" "$2" "$3" 'MADE UP'; }
# anweb CODE SEQUENCE RECORD ADDED ENDED: a row of 320 columns
anweb() {
	printf '%-5s%-5s%s%-257s%-8s%-8s%-8s%-28s\r\n' "$1" "$2" "$3" 'MADE UP' \
		"$4" '' "$5" ''
}

# An ICD-10-CM order file: every diagnosis of the claims, and a category.
sed -n 's/^HI\*//p' "$good" | tr '*~' '\n\n' |
	sed -n 's/^AB[FK]:\([A-Z0-9]*\).*/\1/p' | sort -u > "$dir/used"
[ -s "$dir/used" ] || fail "the claims have no diagnosis"
first=$(head -n 1 "$dir/used")
{
	icd 1 A00 0
	n=1
	while read -r code; do
		n=$((n + 1))
		icd $n "$code" 1
	done < "$dir/used"
} > "$dir/icd10cm_order_2026.txt"
codes 0 import --set icd10cm --from 20251001 "$dir/icd10cm_order_2026.txt"
has ' codes, 0 passed over'
codes 0 show --set icd10cm "$first"
has "^$first: from 20251001$"
codes 1 show --set icd10cm A00
has 'category, not billable'
codes 1 show --set icd10cm Z999
codes 0 list
has '^icd10cm .* as of 20251001' && has '^pos .*built-in list' && has '^npi .*shape only'

# The date of service decides; today's date does not.
check() { x12 "$1" validate --codes "$dir/codes" --snip 5 "$2"; }
check 0 "$good"
has_not code_
sed 's/^\(DTP\*472\*[^*]*\)\*.*~/\1*20250930~/; s/\*RD8\*20250930/*D8*20250930/' "$good" > "$dir/early.x12"
check 1 "$dir/early.x12"
has 'code_not_yet'
sed "s/:$first/:Z9999/" "$good" > "$dir/unknown.x12"
check 1 "$dir/unknown.x12"
has 'reject: .*code_unknown'
sed 's/^\(DTP\*472\*[^*]*\)\*.*~/\1*20261115~/; s/\*RD8\*20261115/*D8*20261115/' "$dir/unknown.x12" > "$dir/late.x12"
check 0 "$dir/late.x12"
has 'warn: .*code_stale'

# A newer list: what it no longer has has ended, the rest goes on.
{ icd 1 B000 1; icd 2 A00 0; } > "$dir/newer.txt"
codes 0 import --set icd10cm --from 20261001 "$dir/newer.txt"
codes 0 show --set icd10cm B000
has '^B000: from 20261001$'
codes 0 show --set icd10cm "$first"
has "^$first: from 20251001 to 20260930$"
check 0 "$good"
codes 0 list
has '^icd10cm .* as of 20261001'

# HCPCS ANWEB: a disclaimer before it, continued texts, modifiers apart.
{
	printf 'This file is made up.\r\n\r\n'
	anweb J1885 00100 3 19960101 ''
	anweb J1885 00200 4 '' ''
	anweb G0008 00100 3 20000101 20201231
	anweb '   RT' 00100 7 19900101 ''
} > "$dir/anweb.txt"
codes 0 import --set hcpcs "$dir/anweb.txt"
has '2 codes, 4 passed over'
codes 0 show --set hcpcs G0008
has '^G0008: from 20000101 to 20201231$'
codes 0 import --set hcpcs_modifier "$dir/anweb.txt"
codes 0 show --set hcpcs_modifier RT
has '^RT: from 19900101$'

# NDC packages: 4-4-2, 5-3-2 and 5-4-1 become 5-4-2.
{
	printf 'PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\tENDMARKETINGDATE\tNDC_EXCLUDE_FLAG\tSAMPLE_PACKAGE\r\n'
	for ndc in 0002-0800-01 50090-015-02 60505-0025-3; do
		printf 'x\tx\t%s\tmade up\t19870710\t\tN\tN\r\n' "$ndc"
	done
} > "$dir/package.txt"
grep -q "$tab" "$dir/package.txt"
codes 0 import --set ndc "$dir/package.txt"
codes 0 show --set ndc 00002080001 50090001502 60505002503
has '^50090001502: from 19870710$'

# NUCC: quoted fields; CSV: any set, also sex and age.
printf 'Code,Grouping,Classification,Specialization\r\n207Q00000X,"Made, up",x,\r\n' > "$dir/nucc.csv"
codes 0 import --set taxonomy --from 20260101 "$dir/nucc.csv"
codes 0 show --set taxonomy 207Q00000X
printf 'stop,code,start,sex,age_min,age_max\n,45,1995-01-01,,,\n12/31/2020,96,01/01/1995,,,\n,97,19950101,F,12,55\n' > "$dir/carc.csv"
codes 0 import --set carc "$dir/carc.csv"
codes 0 show --set carc 96 97
has '^96: from 19950101 to 20201231$' && has '^97: .*sex F, age 12 to 55'

# What is of another layout is refused, and the list that was there stays.
before=$(cksum < "$dir/codes/icd10cm.codes")
for wrong in nucc.csv package.txt carc.csv anweb.txt; do
	codes 2 import --set icd10cm "$dir/$wrong"
	says 'nothing was imported'
done
codes 2 import --set icd10cm --layout csv "$dir/newer.txt"
codes 2 import --set icd10cm --layout no-such "$dir/newer.txt"
codes 2 import --set no-such "$dir/newer.txt"
codes 2 import --set icd10cm --from 20261301 "$dir/newer.txt"
codes 2 import --set icd10cm "$dir/there-is-none"
: > "$dir/empty"
codes 2 import --set icd10cm "$dir/empty"
says 'no codes in it'
[ "$before" = "$(cksum < "$dir/codes/icd10cm.codes")" ] || fail "the list changed"

# A damaged list is an error, never an answer.
printf 'X' | dd of="$dir/codes/icd10cm.codes" bs=1 seek=100 conv=notrunc 2> "$dir/err"
x12 2 validate --codes "$dir/codes" "$good"
says 'import the code set again'
echo "codes: every layout is read, wrong ones are refused, dates decide"
