#!/bin/sh
# Shows that a biller's records become checked X12 with what is the same every
# day said once, that what cannot be written is refused by its line, and that
# claims for the next payer are made of claims and a remittance.
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
# in the envelope that the examples have
write() {
	want=$1
	shift
	run "$want" from-json --claims --sender CLINICA --receiver PAYERX \
		--date 20260131 --time 1805 --control 7 "$@"
}

# Records without what is the same every day, and one that nobody can write.
run 0 to-json --claims tests/data/records/837p/input.x12
jq -c 'del(.transaction, .submitter, .receiver, .source)' "$dir/out" \
	> "$dir/short"
jq -c '{submitter, receiver}' "$dir/out" | head -n 1 > "$dir/defaults"
write 1 "$dir/short"
grep -q '^.*short:1: submitter: refused: ' "$dir/err" || fail "no submitter"
[ ! -s "$dir/out" ] || fail "something was written"
write 0 --defaults "$dir/defaults" "$dir/short"
grep -q '^BHT\*0019\*00\*000000007-0001\*20260131\*1805\*CH~' "$dir/out" ||
	fail "no BHT"
cp "$dir/out" "$dir/837"
mkfifo "$dir/pipe"
cat "$dir/defaults" > "$dir/pipe" &
write 0 --defaults "$dir/pipe" "$dir/short"
cmp "$dir/out" "$dir/837" || fail "defaults of a pipe"
run 0 validate "$dir/837"
claims=$(grep -c '^CLM\*' "$dir/837")

# Limits and letters of the partner.
write 0 --defaults "$dir/defaults" --set-claims 1 "$dir/short"
[ "$(grep -c '^ST\*' "$dir/out")" = "$claims" ] || fail "--set-claims"
write 2 --defaults "$dir/defaults" --characters basic "$dir/short"
grep -q 'defaults:1: submitter.contacts\[0\]' "$dir/err" || fail "defaults"
sed 's/@/-/' "$dir/defaults" > "$dir/basic"
write 1 --defaults "$dir/basic" --characters basic "$dir/short"
grep -q 'short:1: .*: refused: holds a character' "$dir/err" ||
	fail "--characters"
sed 's/"GOOD CLINIC"/"GOOD*CLINIC"/' "$dir/short" > "$dir/star"
write 1 --defaults "$dir/defaults" "$dir/star"
write 0 --defaults "$dir/defaults" --unfit replace "$dir/star"
cmp "$dir/out" "$dir/837" || fail "--unfit replace"

# A mistake in the defaults is told by line and member, and nothing is done.
echo '{"submiter":{}}' > "$dir/wrong"
write 2 --defaults "$dir/wrong" "$dir/short"
grep -q 'wrong:1: submiter: ' "$dir/err" || fail "wrong defaults"
for wrong in '--set-claims 0' '--characters all' '--unfit no'; do
	# shellcheck disable=SC2086
	write 2 $wrong "$dir/short"
	[ -s "$dir/err" ] || fail "silent about $wrong"
done
grep -q 'x12 from-json: --unfit takes refuse or replace' "$dir/err" ||
	fail "which option is wrong?"

# Made-up numbers pass where it is said; what is said wrong is told.
sed 's/1111111112/1111111113/' "$dir/short" > "$dir/made-up"
write 1 --defaults "$dir/defaults" "$dir/made-up"
write 0 --defaults "$dir/defaults" --severity code_check_digit=warning \
	"$dir/made-up"
write 2 --severity code_check_digt=warning "$dir/made-up"
grep -q 'code_check_digit' "$dir/err" || fail "which one was meant?"
write 2 --guide "$dir/none.guide" "$dir/made-up"

# Nothing in, nothing out, and that is no success.
: > "$dir/nothing"
write 1 "$dir/nothing"
grep -q 'no record is in it' "$dir/err" || fail "silent about an empty file"
run 1 fmt "$dir/nothing"
# The wrong form of a file is told, once.
write 1 "$dir/837"
grep -q 'is X12 already' "$dir/err" || fail "X12 as records"
"$X12" to-json "$dir/837" > "$dir/mirror"
write 1 "$dir/mirror"
grep -q 'without --claims; read it' "$dir/err" || fail "the other JSON"
[ "$(wc -l < "$dir/err")" = 1 ] || fail "told line by line"
run 1 from-json "$dir/short"
grep -q 'read with --claims' "$dir/err" || fail "records as the other JSON"
run 1 to-json --claims Makefile
grep -q '^Makefile: is not X12' "$dir/err" || fail "what is wrong with it?"
run 2 records schema
grep -q 'which kind' "$dir/err" || fail "silent about the kind"

# Claims for the next payer, from and to where the old ones went.
of=tests/data/secondary/professional
run 1 secondary --claim $of/claims.x12 --remit $of/remit.x12 --control 43 \
	--date 20260301 --time 0800 --output "$dir/next"
cmp "$dir/next" $of/expect.x12 || fail "secondary"
grep -q 'claims.x12: claim 9: refused: ' "$dir/err" || fail "no refusal"
grep -q 'claims.x12: claim 2: none made: ' "$dir/err" || fail "no word of 2"
! grep -q 'SEC-\|SAMPLE' "$dir/err" || fail "a value in a message"
run 0 validate "$dir/next"
run 1 secondary --claim $of/claims.x12 --remit $of/remit.x12 --records
[ "$(jq -r .claim.id < "$dir/out" | head -n 1)" = SEC-1 ] || fail "--records"
run 0 secondary --claim tests/data/secondary/dental/claims.x12 \
	--remit tests/data/secondary/dental/remit.x12 \
	--payer tests/data/secondary/dental/payers.json
# A remittance of other claims: nothing is made, and no file.
run 0 secondary --claim $of/claims.x12 \
	--remit tests/data/secondary/dental/remit.x12 --output "$dir/none"
[ ! -e "$dir/none" ] || fail "a file of no claims"
head -c 900 $of/remit.x12 > "$dir/cut"
run 1 secondary --claim $of/claims.x12 --remit "$dir/cut" --output "$dir/no"
[ ! -e "$dir/no" ] || fail "made of a part of a remittance"
echo 17 > "$dir/wrong"
run 2 secondary --claim $of/claims.x12 --remit $of/remit.x12 \
	--payer "$dir/wrong"
run 2 secondary --claim $of/claims.x12
run 1 secondary --claim $of/remit.x12 --remit $of/claims.x12
run 1 secondary --claim $of/claims.x12 --remit $of/claims.x12
grep -q 'holds no remittance' "$dir/err" || fail "two files of claims"
echo "records: $claims claims of records without what is always the same"
