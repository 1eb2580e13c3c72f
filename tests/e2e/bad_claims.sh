#!/bin/sh
# SPDX-License-Identifier: ISC
# One bad claim does not hold up the others: they are paid, it is put aside
# with its report, and paid once it is corrected, alone or with the whole batch;
# nothing is sent twice.
. "$(dirname "$0")/lib.sh"
CANARIES='CANARY|MOCK'
SAMPLE=$E2E_TOP/tests/data/carve/one_of_three/input.x12

# How often the remittances in the inbox speak of a claim.
paid_times() {
	cat "$T"/inbox/acme/*-835-*.jsonl 2>/dev/null |
		jq -r 'select(.claim == "'"$1"'") | .claim' | grep -c .
}
paid() {
	for paid_claim in "$@"; do
		[ "$(paid_times "$paid_claim")" -eq 1 ] || return 1
	done
}
claim_state() {
	ctl --json claim "$1" | jq -r 'select(.type == "claim") | .state'
}
there() {
	[ -e "$T/$1" ]
}

sshd_start
config_main "workers: 2" "rescan_interval: 2s"
config_partner acme
config_partner strict "bad_claims: reject"
sed -i "s|ssh/root/in|ssh/root/strict-in|; s|ssh/root/out|ssh/root/strict-out|" \
    "$T/partners.d/strict.yaml"
mkdir -p "$T/ssh/root/strict-in" "$T/ssh/root/strict-out"
payer_start
x12d_start

say "of three claims one is bad: the two good ones are paid"
cp "$SAMPLE" "$T/batch.837"
drop acme "$T/batch.837"
wait_for 40 "both good claims are paid" paid A-1 A-3
check "the bad one is not paid" test "$(paid_times A-2)" -eq 0

say "the bad one lies in rejected/ with its report, and alone"
BAD=rejected/acme/batch.bad-claims.837
check "its file is there" there "$BAD"
check "its report is there" there "$BAD.report.txt"
check "one claim is in it" test "$(grep -c '^CLM' "$T/$BAD")" -eq 1
grep -q "1 of 3 claims" "$T/$BAD.report.txt" || fail "the report does not count"
grep -q "claim_total_is_sum_of_lines_837p" "$T/$BAD.report.txt" ||
	fail "the report does not say what is wrong"
check "x12 finds the same" test "$("$X12" validate "$T/$BAD" | grep -c reject:)" -ge 1
check "it is called rejected" test "$(claim_state A-2)" = rejected
check "the good ones are called sent" test "$(claim_state A-1)" = sent

say "the same file again is a duplicate, and nothing of it goes"
drop acme "$T/batch.837" again.837
wait_for 20 "the report is there" there rejected/acme/again.837.report.txt
grep -q duplicate "$T/rejected/acme/again.837.report.txt" ||
	fail "it is not called a duplicate"

say "corrected, the bad one is dropped again and paid"
sed 's/CLM\*A-2\*126\*/CLM*A-2*125*/' "$T/$BAD" > "$T/corrected.837"
drop acme "$T/corrected.837"
wait_for 40 "it is paid" paid A-2
check "all three are paid, once" paid A-1 A-2 A-3
if grep -i "duplicate" "$T/payer.log"; then
	fail "the payer saw something twice"
fi

say "what is wrong with a patient takes out that patient's claim, no other"
sed 's/\*A-\([0-9]\)/*L-\1/; s/BATCH-1/BATCH-L/; s/TRACE-A/TRACE-L/' \
	"$E2E_TOP/tests/data/carve/patient_level/input.x12" > "$T/levels.837"
drop acme "$T/levels.837"
wait_for 40 "the four others are paid" paid L-1 L-2 L-4 L-5
check "the patient's is not paid" test "$(paid_times L-3)" -eq 0
BAD=rejected/acme/levels.bad-claims.837
check "its file is there" there "$BAD"
check "one claim is in it" test "$(grep -c '^CLM' "$T/$BAD")" -eq 1
sed 's/NOWHERE\*XX/NOWHERE*OH/' "$T/$BAD" > "$T/patient.837"
drop acme "$T/patient.837"
wait_for 40 "corrected, it is paid" paid L-3

say "a number that a level has wrong takes out what is below it"
sed 's/\*A-\([0-9]\)/*N-\1/; s/BATCH-1/BATCH-N/; s/TRACE-A/TRACE-N/' \
	"$E2E_TOP/tests/data/carve/level_is_misnumbered/input.x12" \
	> "$T/numbers.837"
drop acme "$T/numbers.837"
wait_for 40 "the first provider's are paid" paid N-1 N-2 N-3 N-4
BAD=rejected/acme/numbers.bad-claims.837
check "the second provider's file is there" there "$BAD"
grep -q "hl_number" "$T/$BAD.report.txt" ||
	fail "the report does not name the level"
sed 's/HL\*2\*\*20/HL*1**20/; s/HL\*3\*2\*22/HL*2*1*22/' "$T/$BAD" \
	> "$T/renumbered.837"
drop acme "$T/renumbered.837"
wait_for 40 "corrected, it is paid" paid N-5
check "none is paid twice" paid L-1 L-2 L-3 L-4 L-5 N-1 N-2 N-3 N-4 N-5

say "the whole batch again, corrected: only the corrected claim goes"
sed 's/\*A-\([123]\)/*B-\1/g; s/TRACE-A/TRACE-B/' "$T/batch.837" > "$T/second.837"
drop acme "$T/second.837"
wait_for 40 "both good claims are paid" paid B-1 B-3
sed 's/CLM\*B-2\*126\*/CLM*B-2*125*/' "$T/second.837" > "$T/second-whole.837"
drop acme "$T/second-whole.837"
wait_for 40 "the corrected one is paid" paid B-2
check "all three are paid, once" paid B-1 B-2 B-3
WAS=rejected/acme/second-whole.bad-claims.837
check "what went before lies aside" there "$WAS"
check "two claims are in it" test "$(grep -c '^CLM' "$T/$WAS")" -eq 2
grep -q "duplicate_claim" "$T/$WAS.report.txt" ||
	fail "the report does not say why"
grep -q "in second.837, our id" "$T/$WAS.report.txt" ||
	fail "the report does not say in which file"
if grep -i "duplicate" "$T/payer.log"; then
	fail "the payer saw something twice"
fi

say "a partner may want the whole file back"
drop strict "$T/batch.837"
# The report is written first.
wait_for 20 "the file is back" there rejected/strict/batch.837
check "its report is there" there rejected/strict/batch.837.report.txt
check "the file is whole" cmp "$T/batch.837" "$T/rejected/strict/batch.837"
check "nothing was sent" test -z "$(ls -A "$T/ssh/root/strict-in")"
x12d_stop
