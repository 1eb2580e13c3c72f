#!/bin/sh
# SPDX-License-Identifier: ISC
# Watch claims go all the way: a real SSH server, a simulated payer and x12d,
# all as the present user, on this machine only; everything is stopped and
# removed at the end. `make demo` builds and runs it.
E2E_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$E2E_TOP/tests/e2e/lib.sh"
CANARIES='ALDERMOCK|BIRCHMOCK|CEDARMOCK|DAMSONMOCK|ELMMOCK|FIGMOCK|GUMMOCK'
HERE=$(cd "$(dirname "$0")" && pwd)

head_line() {
	E2E_STEP=$*
	printf '\n== %s\n' "$*"
}

tell() {
	printf '   %s\n' "$*"
}

# Run a command so that the reader sees what was asked and what was said.
show() {
	printf '   $ %s\n' "$1"
	shift
	"$@" 2>&1 | sed "s|^|     |; s|$T|SPOOL|g"
}

head_line "A payer's SFTP server, and the payer"
sshd_start
tell "a real sshd listens on port $SSH_PORT of this machine, for you alone"
payer_start "name: IMAGINARY HEALTH PLAN" "deny_amount: 240"
tell "the simulated payer takes what arrives there and answers with TA1, 999,"
tell "277CA and 835, as payers do; it will deny the claim over 240.00"

head_line "x12d"
config_main "workers: 1"
config_partner imaginary "title: Imaginary Health Plan" "bad_claims: split" \
    "expect: {ta1: {within: 1h}, \"999\": {within: 1h}, 277ca: {within: 2d}, \"835\": {within: 30d}}" \
    "batch: {by_hand: true}" "records:" \
    "  submitter_name: Sample Billing Co" "  contact_name: Help Desk" \
    "  contact_phone: \"5555550100\"" "  receiver_name: Imaginary Health Plan"
show "x12d --check-config" "$X12D" -c "$T/x12d.yaml" --check-config
x12d_start
tell "x12d runs: a supervisor, an engine, a worker, and a courier for this payer"

head_line "A clerk drops a good file: three claims"
drop imaginary "$HERE/claims/good.837"
delivered() {
	[ "$(find "$T/inbox/imaginary" -name '*-835-*.x12' | wc -l)" -ge "$1" ]
}
tell "checked, enveloped with fresh control numbers, uploaded under a temporary"
tell "name, renamed, looked at; then the payer answers ..."
wait_for 40 "the remittance is in the inbox" delivered 1
show "x12ctl queue" ctl queue
show "x12ctl claim DEMO-001" ctl claim DEMO-001
show "x12ctl claim DEMO-003" ctl claim DEMO-003

head_line "A clerk drops a file with a claim whose total is wrong"
drop imaginary "$HERE/claims/one-bad-claim.837"
rejected() {
	[ -n "$(find "$T/rejected/imaginary" -name "$1*report.txt")" ]
}
wait_for 20 "the report is there" rejected one-bad-claim
tell "the good claim goes to the payer; the bad one is put aside, in a file of"
tell "its own that can be corrected and dropped again:"
show "cat rejected/imaginary/one-bad-claim*.report.txt" \
    sh -c "cat '$T'/rejected/imaginary/one-bad-claim*.report.txt"
wait_for 40 "the good claim is paid" delivered 2
show "x12ctl claim DEMO-004" ctl claim DEMO-004
show "x12ctl claim DEMO-005" ctl claim DEMO-005

head_line "The clerk corrects the bad claim, and drops only that"
bad_claim=$T/rejected/imaginary/one-bad-claim.bad-claims.837
tell "its total is 310.00, its line says 999.00: the line was wrong"
sed 's/SV1\*HC:99213\*999\*/SV1*HC:99213*310*/' "$bad_claim" \
    > "$T/corrected.837"
drop imaginary "$T/corrected.837"
wait_for 40 "the corrected claim is answered" delivered 3
show "x12ctl claim DEMO-005" ctl claim DEMO-005

head_line "A clerk drops a file that is broken"
drop imaginary "$HERE/claims/broken.837"
wait_for 20 "the report is there" rejected broken
show "cat rejected/imaginary/broken*.report.txt" \
    sh -c "cat '$T'/rejected/imaginary/broken*.report.txt"

head_line "The same good file again, under another name"
drop imaginary "$HERE/claims/good.837" again.837
wait_for 20 "the report is there" rejected again
show "cat rejected/imaginary/again*.report.txt" \
    sh -c "cat '$T'/rejected/imaginary/again*.report.txt"

head_line "Billing software that writes no X12 drops a table"
drop imaginary "$HERE/claims/table.csv"
waits() {
	ctl batch imaginary | grep -q 837P
}
wait_for 20 "the records wait" waits
tell "its claims wait for more; a payer's rule says when they leave, or a person:"
show "x12ctl batch" ctl batch
show "x12ctl batch release imaginary" ctl batch release imaginary
wait_for 40 "the claims of the table are paid" delivered 4
show "x12ctl claim DEMO-006" ctl claim DEMO-006
tell "the same remittance for people (--html makes a page of it):"
table_remittance() {
	grep -l 'CLP\*DEMO-006' "$T"/inbox/imaginary/*835*.x12
}
show "x12 show inbox/imaginary/...835...x12" "$X12" show "$(table_remittance)"

head_line "What the billing software finds"
show "ls outbox inbox rejected" sh -c "cd '$T' &&
    ls outbox/imaginary inbox/imaginary rejected/imaginary"
show "cat inbox/imaginary/*-835-*.jsonl" \
    sh -c "cat '$T'/inbox/imaginary/*-835-*.jsonl | cut -c1-160"

head_line "And the operator"
show "x12ctl status" ctl status
tell "the log, without a patient's name or a claim number:"
show "tail log" tail -n 12 "$LOG"
x12d_stop
tell "everything is stopped; nothing was left on this machine"
