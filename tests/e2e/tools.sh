#!/bin/sh
# Shows that the commands that work with files do what they say to real files,
# and that what they write is valid: fix-counts,
# split, extract, redact, diff, merge.
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

# ---- split: each part is a complete interchange ------------------------------
claims=tests/data/tools/claims.x12   # 2 sets, 8 claims, 2 payers, 2 providers
# split PARTS ARGUMENT...: split into $dir/parts, all of it valid
split() {
	count=$1
	shift
	rm -rf "$dir/parts"
	x12 0 split --out "$dir/parts" "$@"
	grep -q . "$dir/out" && cp "$dir/out" "$dir/said"
	[ "$(ls -A "$dir/parts" | wc -l)" = "$count" ] ||
		fail "$* makes other than $count parts"
	for part in "$dir"/parts/*; do
		valid "$part"
	done
}
# claims_of FILE...: their CLM01s, one a line
claims_of() { cat "$@" | sed -n 's/^CLM\*\([^*]*\).*/\1/p'; }
# all FILE: the parts hold every claim of the file once, byte for byte
all() {
	claims_of "$dir"/parts/* | sort > "$dir/a"
	claims_of "$1" | sort > "$dir/b"
	same "$dir/a" "$dir/b"
	for id in $(cat "$dir/b"); do
		claim "$id" "$1" > "$dir/a"
		claim "$id" "$dir"/parts/* > "$dir/c"
		same "$dir/a" "$dir/c"
	done
}
# claim ID FILE...: its segments, to what ends it
claim() {
	claim_id=$1
	shift
	awk -v start="CLM*$claim_id*" '
	    /^CLM/ { on = index($0, start) == 1 }
	    /^(HL|SE)/ { on = 0 }
	    on' "$@"
}
split 2 --by set "$claims"
has "$dir/said" 'part-000002.x12: 837P 0002$'
all "$claims"
has "$dir/parts/part-000002.x12" '^GE\*1\*41~'
split 8 --by claims:1 "$claims" && all "$claims"
split 3 --by claims:3 "$claims" && all "$claims"
has "$dir/said" 'part-000003.x12: 2 claims$'
# The third has both a piece of set 2 and, before it, none of set 1; the
# second has two sets.
has "$dir/parts/part-000002.x12" '^SE\*.*\*0001~'
split 1 --by claims:100 "$claims"
same "$dir/parts/part-000001.x12" "$claims"
split 2 --by payer "$claims" && all "$claims"
has "$dir/said" 'part-000001.x12: 5 claims, payer HERON$'
has "$dir/said" 'part-000002.x12: 3 claims, payer OTTER$'
has "$dir/parts/part-000002.x12" '^HL\*2\*1\*22\*0~'
split 2 --by provider "$claims" && all "$claims"
has "$dir/said" 'part-000001.x12: 6 claims, provider 1112223338$'
split 3 --by claims:3 --isa13 501 "$claims"
has "$dir/parts/part-000003.x12" '^IEA\*1\*000000503~'
x12 2 split --by claims:3 --isa13 999999998 --out "$dir/none" "$claims"
[ -z "$(ls -A "$dir/none")" ] || fail "parts of what failed"
for kind in 837i 837d; do
	split "$(grep -c '^CLM' "tests/data/index/$kind/input.x12")" \
	    --by claims:1 "tests/data/index/$kind/input.x12"
	all "tests/data/index/$kind/input.x12"
	split 1 --by payer "tests/data/index/$kind/input.x12"
	same "$dir/parts/part-000001.x12" "tests/data/index/$kind/input.x12"
done
# Other delimiters, no line ends, and line ends of another kind.
"$X12" fmt --one-line --delimiters "|<!'" "$claims" > "$dir/odd"
sed 's/$/\r/' "$claims" > "$dir/crlf"
for file in "$dir/odd" "$dir/crlf"; do
	split 1 --by claims:9 "$file"
	same "$dir/parts/part-000001.x12" "$file"
	split 2 --by payer "$file"
done
# An HL04 that becomes 1 long after its bytes were written.
{
	sed -n '1,/^HL\*2\*1/p' "$good" | sed 's/^HL\*2\*1\*22\*0/HL*2*1*22*1/'
	sed -n '/^SBR\*P\*18/,/^NM1\*PR/p' "$good"
	for i in $(seq 400); do
		sed -n '/^CLM\*TOY-0001/,/^REF\*6R/p' "$good"
	done
	echo 'HL*3*2*23*0~'
	sed -n '/^PAT/,$p' "$good"
} | "$X12" fix-counts - > "$dir/long" 2> "$dir/err"
x12 0 split --by payer --out "$dir/long.parts" "$dir/long"
same "$dir/long.parts/part-000001.x12" "$dir/long"
# What cannot be, is not done by half.
x12 2 split --by payer --out "$dir/parts" "$claims"    # it is not empty
x12 1 split --by payer --out "$dir/none" tests/data/index/835/input.x12
sed 's/^HL\*5\*1/HL*5*4/' "$claims" > "$dir/wrong"
x12 1 split --by claims:1 --out "$dir/none" "$dir/wrong"
head -n 60 "$claims" > "$dir/wrong"
x12 1 split --by claims:1 --out "$dir/none" "$dir/wrong"
[ -z "$(ls -A "$dir/none")" ] || fail "parts of what failed"
for wrong in claims claims:0 claims:x day; do
	x12 2 split --by $wrong --out "$dir/none" "$claims"
done
split 1 --by set tests/data/index/835/input.x12
same "$dir/parts/part-000001.x12" tests/data/index/835/input.x12

# ---- extract: one claim and what it stands below ----------------------------
for id in $(claims_of "$claims"); do
	x12 0 extract --claim "$id" --out "$dir/one" "$claims"
	valid "$dir/one"
	[ "$(claims_of "$dir/one")" = "$id" ] || fail "not that claim alone"
done
x12 0 extract --claim TOY-0002 - < "$claims"
has "$dir/out" '^HL\*3\*2\*23\*0~' && has "$dir/out" '^NM1\*QC\*1\*TEDDY\*CUB'
x12 1 extract --claim NOBODY --out "$dir/two" "$claims"
[ ! -e "$dir/two" ] || fail "a file of nothing"
x12 1 extract --claim TOY-0001 tests/data/index/835/input.x12
has "$dir/err" 'would not add up'
[ ! -s "$dir/out" ] || fail "half a remittance"
x12 2 extract "$claims"

# ---- validate: claims are counted with a guide and without --------------------
# claims_of FILE
claims_of() {
	timeout 60 "$X12" validate --json "$1" | tail -n 1 | jq .claims
}
[ "$(claims_of "$claims")" = "$(grep -o '^CLM' "$claims" | wc -l)" ]
[ "$(claims_of tests/data/envelope/clean_4010/input.x12)" = 1 ]

# ---- redact: the same file of nobody ------------------------------------------
# findings FILE: all that is said of it, without its name
findings() {
	timeout 60 "$X12" validate --json "$1" |
	    jq -c 'del(.file)'
}
# What a guide knows comes out with the findings and the bytes that it had.
for file in "$claims" tests/data/index/*/input.x12 \
    tests/data/guides/*/input.x12; do
	rc=0
	timeout 60 "$X12" redact --seed one "$file" > "$dir/out" 2> "$dir/err" ||
		rc=$?
	[ $rc = 0 ] || { [ $rc = 1 ] && [ -s "$dir/err" ] && continue; } ||
		fail "redact $file: exit $rc"
	[ "$(wc -c < "$file")" = "$(wc -c < "$dir/out")" ] ||
		fail "$file: another length"
	findings "$file" > "$dir/a" || true
	findings "$dir/out" > "$dir/b" || true
	[ -s "$dir/a" ] || fail "$file: nothing is said of it"
	same "$dir/a" "$dir/b"
done
x12 0 redact --seed one "$claims"
cp "$dir/out" "$dir/red"
for word in TEDDY BEAR CUB DOLL RAG TINA TOYTOWN SHELF DONALDINE DESK 5550100 \
    TOY-000 TOY0000 GRP01 AUTH9001 MR-771 111222333 0441234 990000001 \
    19800229 20150505 20260102 432150 HERON9 OTTER; do
	grep -q "$word" "$claims" || fail "$word was never there"
	! grep "$word" "$dir/red" || fail "$word is still there"
done
for kept in ISA GS ST SE GE IEA HL LX SV1 AMT CAS PRV; do
	grep "^$kept\*" "$claims" | grep -v '^HI' > "$dir/a"
	grep "^$kept\*" "$dir/red" | grep -v '^HI' > "$dir/b"
	same "$dir/a" "$dir/b"
done
# One value, one fake, in another file too; another seed, another fake.
[ "$(grep -c 'MI\*TOY0000001~' "$claims")" = "$(grep '^NM1\*IL' "$dir/red" |
    sed 's/.*MI//' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $1 }')" ] ||
	fail "one member has two fakes"
x12 0 redact --seed one tests/data/index/835/input.x12
has "$dir/out" "^CLP\\*$(sed -n 's/^CLM\*\([^*]*\).*/\1/p' "$dir/red" |
    head -n 1)\\*"
x12 0 redact --seed two "$claims"
! cmp -s "$dir/out" "$dir/red" || fail "the seed changes nothing"
x12 0 redact "$claims" && cp "$dir/out" "$dir/a"
x12 0 redact "$claims"
! cmp -s "$dir/out" "$dir/a" || fail "no seed is not random"
cp "$claims" "$dir/place"
x12 0 redact --seed one --in-place "$dir/place"
same "$dir/place" "$dir/red"
# Nothing of what cannot be followed gets out, and files stay as they were.
for file in tests/data/guides/guide_unknown/input.x12 \
    tests/data/claims/cut_short.837; do
	cp "$file" "$dir/place"
	x12 1 redact --in-place "$dir/place"
	same "$dir/place" "$file"
done
{ sed 's/~$/~/' "$claims"; echo 'TEDDY BEAR STOOD HERE'; } > "$dir/place"
x12 1 redact "$dir/place"
! grep -q 'TEDDY' "$dir/out" || fail "text behind the IEA got out"

# ---- diff: what claims are not the same ----------------------------------------
for file in "$claims" tests/data/index/837i/input.x12 \
    tests/data/index/837d/input.x12 tests/data/index/835/input.x12; do
	x12 0 diff "$file" "$file"
	has "$dir/out" '^0 removed, 0 added, 0 changed$'
	"$X12" fmt --one-line --delimiters "|<!'" "$file" > "$dir/odd"
	x12 0 diff "$file" "$dir/odd"
done
# Other sets, HL numbers, control numbers and order: the claims are the same.
for by in claims:1 payer provider; do
	rm -rf "$dir/parts"
	x12 0 split --by $by --isa13 70 --out "$dir/parts" "$claims"
	ls -r "$dir"/parts/* | xargs cat > "$dir/b"
	x12 0 diff "$claims" "$dir/b"
done
sed '/^BHT/s/20260105\*0930/20260106*1111/; /^GS/s/20260105/20260106/
    s/\*75\*/*75.00*/' "$claims" > "$dir/b"
x12 0 diff "$claims" "$dir/b"
# A value, an element more and one less, a line more.
sed 's/^CLM\*TOY-0004\*20\*/CLM*TOY-0004*21*/; s/^DMG\*D8\*20180713\*F/DMG*D8*20180713/
    s/^NM1\*QC\*1\*DOLL\*SMALL\*Q/NM1*QC*1*DOLL*SMALL*QU/
    s/^REF\*G1\*AUTH9001~/&REF*F8*NEW77~/' "$claims" > "$dir/b"
x12 1 diff "$claims" "$dir/b"
cp "$dir/out" "$dir/a"
has "$dir/a" "^changed: set 0001 claim 4 (segment 80), now set 0001 claim 4 (segment 81)$"
has "$dir/a" '^  2300 CLM02 Total Claim Charge Amount: changed$'
has "$dir/a" '^  2010CA DMG03 Patient Gender Code: removed$'
has "$dir/a" '^  2010CA NM105 Patient Middle Name or Initial: changed$'
has "$dir/a" '^  2300 REF02 Payer Claim Control Number: added$'
has "$dir/a" '^0 removed, 0 added, 3 changed$'
x12 1 diff --json "$claims" "$dir/b"
jq -se 'length == 4 and .[1].fields[0].element == 2 and
    .[1].b.claim == 4 and (.[3] | .type == "summary" and .changed == 3)' \
    "$dir/out" > /dev/null || fail "not that JSON"
! grep -hE 'TOY|DOLL|TEDDY|NEW77|"QU?"|>' "$dir/a" "$dir/out" ||
	fail "a patient's value is told"
x12 1 diff --values "$claims" "$dir/b"
has "$dir/out" ': changed: "20" -> "21"$'
# Claims more and less; one that is there twice pairs with its like.
x12 0 extract --claim TOY-0005 --out "$dir/one" "$claims"
x12 1 diff "$claims" "$dir/one"
has "$dir/out" '^7 removed, 0 added, 0 changed$'
x12 1 diff "$dir/one" "$claims"
has "$dir/out" '^0 removed, 7 added, 0 changed$'
sed 's/^CLM\*TOY-0005\*33\*/CLM*TOY-0005*34*/' "$dir/one" > "$dir/two"
cat "$dir/one" "$dir/two" > "$dir/a"
cat "$dir/two" "$dir/one" > "$dir/b"
x12 0 diff "$dir/a" "$dir/b"
x12 1 diff "$dir/one" "$dir/b"
has "$dir/out" '^0 removed, 1 added, 0 changed$'
# A remittance: its claims, and the payment.
sed 's/^BPR\*I\*[^*]*/BPR*I*1/; s/^CLP\*TOY-0001\*1/CLP*TOY-0001*2/' \
    tests/data/index/835/input.x12 > "$dir/b"
x12 1 diff tests/data/index/835/input.x12 "$dir/b"
has "$dir/out" '^changed: set 0001 payment, now set 0001 payment$'
has "$dir/out" '^  header BPR02 .*: changed$' && has "$dir/out" '^  2100 CLP02 '
has "$dir/out" '^0 removed, 0 added, 2 changed$'
# Zeros that say nothing, also before the point and behind a sign.
sed 's/\*0\.07\*0\*/*.07*0.00*/; s/^CAS\*CO\*45\*-15/CAS*CO*45*-015.0/' \
    tests/data/index/835/input.x12 > "$dir/b"
! cmp -s tests/data/index/835/input.x12 "$dir/b" || fail "no zeros"
x12 0 diff tests/data/index/835/input.x12 "$dir/b"
# Inquiries and answers: in other delimiters and order the same, else which.
x12 0 diff tests/data/records/271_odd/input.x12 \
    tests/data/records/271_odd/input.x12
for kind in 270 271 276 277 277ca; do
	file=tests/data/guides/valid_$kind/input.x12
	tr '*~' '|!' < "$file" > "$dir/b"
	x12 0 diff "$file" "$dir/b"
	sed 's/^\(NM1\*[^*]*\*[12]\)\*SAMPLE/\1*SIMPLE/' "$file" > "$dir/b"
	x12 1 diff "$file" "$dir/b"
	has "$dir/out" '^0 removed, 0 added, 1 changed$'
	has "$dir/out" 'NM103 .*: changed$'
	x12 0 to-json --claims "$file"
	grep -v SAMPLE "$dir/out" > "$dir/records"
	"$X12" from-json --claims --sender A1 --receiver B1 --output "$dir/b" \
	    "$dir/records" || fail "$kind: records were refused"
	x12 1 diff "$file" "$dir/b"
	has "$dir/out" '^1 removed, 0 added, 0 changed$'
done
# X12, records, X12: what was written says the same, of every kind.
for kind in $("$X12" records list | cut -d' ' -f1 | tr A-Z a-z); do
	file=tests/data/records/$kind/input.x12
	x12 0 to-json --claims "$file"
	sort -r "$dir/out" > "$dir/records"
	"$X12" from-json --claims --sender A1 --receiver B1 --output "$dir/b" \
	    "$dir/records" || fail "$kind: records were refused"
	x12 0 diff "$file" "$dir/b"
	has "$dir/out" '^0 removed, 0 added, 0 changed$'
done
# Trouble is not a difference.
x12 2 diff "$claims" "$dir/there-is-none"
x12 2 diff "$claims" tests/data/claims/cut_short.837
x12 2 diff "$claims" tests/data/index/999/input.x12
x12 2 diff "$claims"
cat "$claims" | x12 2 diff - "$claims"

# ---- merge: the sets of several files in one interchange ----------------------
for by in set claims:1 provider; do
	rm -rf "$dir/parts"
	x12 0 split --by $by --out "$dir/parts" "$claims"
	x12 0 merge --out "$dir/one" "$dir"/parts/*
	valid "$dir/one"
	x12 0 diff "$claims" "$dir/one"
	[ "$(grep -c '^ISA' "$dir/one")" = 1 ] || fail "not one interchange"
	[ "$(sed -n 's/^GE\*\([0-9]*\).*/\1/p' "$dir/one")" = \
	    "$(grep -c '^ST' "$dir/one")" ] || fail "sets are not counted"
	[ "$(sed -n 's/^ST\*837\*\([0-9]*\).*/\1/p' "$dir/one" | uniq |
	    wc -l)" = "$(grep -c '^ST' "$dir/one")" ] || fail "ST02 twice"
done
rm -rf "$dir/parts"
x12 0 split --by set --out "$dir/parts" "$claims"
x12 0 merge "$dir"/parts/*
same "$dir/out" "$claims"
# Other delimiters are brought into the first file's.
"$X12" fmt --one-line --delimiters "|<!'" "$dir/parts/part-000002.x12" \
    > "$dir/odd"
x12 0 merge "$dir/parts/part-000001.x12" - < "$dir/odd"
same "$dir/out" "$claims"
cat "$dir/parts/part-000001.x12" "$dir/odd" > "$dir/both"
x12 0 merge "$dir/both"
same "$dir/out" "$claims"
# What is not alike, or not whole, is refused, and nothing is left.
sed 's/^ISA\(.*\)HERONPLAN /ISA\1HERONPLAX /' "$claims" > "$dir/a"
x12 1 merge --out "$dir/merged" "$claims" "$dir/a"
has "$dir/err" 'another receiver (ISA08)'
sed 's/\*T\*:~/*P*:~/' "$claims" > "$dir/a"
x12 1 merge --out "$dir/merged" "$claims" "$dir/a"
has "$dir/err" 'another usage (ISA15)'
x12 1 merge --out "$dir/merged" "$claims" tests/data/index/837i/input.x12
head -n 100 "$claims" > "$dir/a"
x12 1 merge --out "$dir/merged" "$claims" "$dir/a"
sed '/^SE.*0001/d' "$claims" > "$dir/a"
x12 1 merge --out "$dir/merged" "$dir/a"
x12 2 merge --out "$dir/merged" "$claims" "$dir/there-is-none"
x12 2 merge
[ -z "$(ls "$dir" | grep '^merged')" ] || fail "something is left"

echo "tools: the commands do what they say"
