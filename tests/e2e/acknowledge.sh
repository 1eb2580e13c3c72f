#!/bin/sh
# SPDX-License-Identifier: ISC
# What a partner sends is acknowledged once, as it asked, and an acknowledgement
# never; a clerk is told of each file in TA1, 999 and 277CA; whatever is killed.
. "$(dirname "$0")/lib.sh"
CANARIES='CANARY|MOCK'
REMITTANCE=$E2E_TOP/tests/data/guides/valid_835/input.x12
CLAIM_FILES=$E2E_TOP/tests/data/carve
FILES=${FILES:-12}
SEED=${SEED:-$(date +%s)}

there() {
	[ -e "$T/$1" ]
}
# remit NAME ISA13 [SED]: an 835 in the partner's directory, all at once.
remit() {
	sed "s/000000001/$2/; s/^IEA.*/IEA*1*$2~/; ${3:-}" "$REMITTANCE" > "$T/made"
	mv "$T/made" "$T/ssh/root/out/$1"
}
# got KIND: how many of a kind the partner has, whole.
got() {
	find "$T/ssh/root/in" -name "$1_*" | wc -l
}
got_is() {
	[ "$(got "$1")" -eq "$2" ]
}
in_inbox() {
	[ "$(find "$T/inbox/$1" -name "$2" | wc -l)" -eq "$3" ]
}
# Nothing is under way; remittances of nothing that we sent stay parked.
delivered() {
	ctl --json queue acme > "$T/queue" 2>/dev/null &&
	[ -z "$(ls -A "$T/ssh/root/out")" ] &&
	! grep '"type":"file"' "$T/queue" | grep -qv '"state":"parked"'
}

clerks_file_is_sent() {
	[ -n "$(find "$T/ssh/root/clerk-in" -name '837P_*')" ]
}
# tells NAME PATTERN: the one file in clerk's inbox says so.
tells() {
	grep -q "$2" "$T"/inbox/clerk/$1
}

sshd_start
config_main "workers: 2" "rescan_interval: 2s" "incomplete_after: 3s"
config_partner acme "acknowledge: {ta1: always, 999: always}"
config_partner clerk "answer_clerk: [ta1, 999, 277ca]" "bad_claims: reject"
config_partner parts "answer_clerk: [999, 277ca]" "bad_claims: split"
for name in clerk parts; do
	sed -i "s|ssh/root/in|ssh/root/$name-in|; s|ssh/root/out|ssh/root/$name-out|" \
	    "$T/partners.d/$name.yaml"
	mkdir -p "$T/ssh/root/$name-in" "$T/ssh/root/$name-out"
done
x12d_start

say "an 835 gets a TA1 and a 999, once"
remit good.835 000000101
wait_for 30 "the 999 is there" got_is 999 1
wait_for 10 "the TA1 is there" got_is TA1 1
cat "$T"/ssh/root/in/999_* > "$T/999"
cat "$T"/ssh/root/in/TA1_* > "$T/ta1"
check "it accepts" grep -q '^AK9\*A\*1\*1\*1~' "$T/999"
check "it answers that group" grep -q '^AK1\*HP\*1\*005010X221A1~' "$T/999"
check "it comes from us" grep -q '^ISA.*\*ZZ\*OURSENDER      \*ZZ\*THEIRID  ' "$T/999"
check "it is a test" grep -q '\*T\*:~' "$T/999"
check "the TA1 accepts" grep -q '^TA1\*000000101\*.*\*A\*000~' "$T/ta1"
check "x12 finds nothing wrong with it" "$X12" validate "$T/999"
wait_for 20 "the 835 is in the inbox" in_inbox acme '*-835-*.x12' 1

say "the same bytes again are not acknowledged again"
remit again.835 000000101
wait_for 30 "it is settled" delivered
sleep 1
check "one 999" got_is 999 1
check "one TA1" got_is TA1 1

say "an 835 that breaks its guide is rejected, and delivered"
remit bad.835 000000102 's/^BPR\*I\*1030.5/BPR*I*999/'
wait_for 30 "its 999 is there" got_is 999 2
cat "$T"/ssh/root/in/999_* > "$T/999"
check "it rejects" grep -q '^AK9\*R\*1\*1\*0' "$T/999"
wait_for 20 "it is in the inbox all the same" in_inbox acme '*-835-*.x12' 2
check "the log says so" grep -q 'event=acknowledged .*type=999 status=R' "$LOG"
ID=$(find "$T/inbox/acme" -name '*-835-*.x12' | sort | tail -n 1 |
	sed 's/.*-835-\(.*\)\.x12/\1/')
check "x12ctl tells of it" ctl show "$ID" > "$T/shown"
grep -q 'our 999 to it: rejected (R), sent' "$T/shown" ||
	fail "x12ctl show does not tell what was answered"

say "a 999 and a TA1 get nothing"
cat "$T"/ssh/root/in/999_* | sed 's/OURSENDER      \*ZZ\*THEIRID  /THEIRID        *ZZ*OURSENDER/' > "$T/made"
mv "$T/made" "$T/ssh/root/out/theirs.999"
cp "$T/ta1" "$T/made" && mv "$T/made" "$T/ssh/root/out/theirs.ta1"
wait_for 30 "both are here" in_inbox acme '*.x12' 4
sleep 2
check "no 999 more" got_is 999 2
check "no TA1 more" got_is TA1 2

say "the clerk is told of a file that goes"
drop clerk "$CLAIM_FILES/clean/input.x12" good.837
wait_for 30 "the 277CA is there" in_inbox clerk '*.277ca' 1
check "the 999 too" in_inbox clerk '*.999' 1
check "the TA1 too" in_inbox clerk '*.ta1' 1
check "the 999 accepts" tells '*.999' '^AK9\*A\*'
check "the 277CA says that we have it" tells '*.277ca' '^STC\*A1:20\*'
check "the 277CA is right by its guide" "$X12" validate "$T"/inbox/clerk/*.277ca
check "and so is the 999" "$X12" validate "$T"/inbox/clerk/*.999
wait_for 30 "the file is sent" clerks_file_is_sent
rm "$T"/inbox/clerk/*

say "of a duplicate, and of a file that is rejected whole"
drop clerk "$CLAIM_FILES/clean/input.x12" again.837
wait_for 30 "it is put aside" there rejected/clerk/again.837
check "the TA1 says why" tells '*.ta1' '\*R\*025~'
check "there is no 999" in_inbox clerk '*.999' 0
rm "$T"/inbox/clerk/*
drop clerk "$CLAIM_FILES/one_of_three/input.x12" bad.837
wait_for 30 "it is put aside" there rejected/clerk/bad.837
check "no claim is accepted" tells '*.277ca' '^QTY\*AA\*3~'
check "none at all" test -z "$(grep '^QTY\*90' "$T"/inbox/clerk/*.277ca)"
check "the 277CA is right by its guide" "$X12" validate "$T"/inbox/clerk/*.277ca

say "of a file whose good claims go"
drop parts "$CLAIM_FILES/one_of_three/input.x12" mixed.837
wait_for 30 "the 277CA is there" in_inbox parts '*.277ca' 1
grep -q '^QTY\*90\*2~' "$T"/inbox/parts/*.277ca || fail "two claims go"
grep -q '^QTY\*AA\*1~' "$T"/inbox/parts/*.277ca || fail "one stays behind"
grep -q '^AK9\*E\*1\*1\*1~' "$T"/inbox/parts/*.999 || fail "the 999 notes it"
check "no TA1 was asked for" in_inbox parts '*.ta1' 0

say "$FILES remittances, and a process killed after each (SEED=$SEED)"
rm "$T"/ssh/root/in/*
n=0
while [ "$n" -lt "$FILES" ]; do
	n=$((n + 1))
	remit "chaos-$n.835" "$(printf '%09d' $((200 + n)))"
	sed "s/A-1001/N-$n-A/; s/A-1002/N-$n-B/" "$CLAIMS/two_claims.837" > "$T/chaos-$n.837"
	drop clerk "$T/chaos-$n.837"
	SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
	sleep "0.$((SEED / 65536 % 8))"
	role=engine
	[ $((SEED / 65536 % 3)) -ne 0 ] || role=worker
	for pid in $(role_pids $role | head -n 1); do
		kill -9 "$pid" 2>/dev/null
	done
done
# A process that dies again and again is started after a pause.
wait_for 90 "each has its TA1" got_is TA1 "$FILES"
wait_for 30 "each has its 999" got_is 999 "$FILES"
wait_for 60 "all is settled" delivered
check "none twice" test "$(cat "$T"/ssh/root/in/TA1_* | grep '^TA1' |
	cut -d'*' -f2 | sort -u | wc -l)" -eq "$FILES"
check "no control number twice" test "$(cat "$T"/ssh/root/in/* |
	grep '^ISA' | cut -d'*' -f14 | sort -u | wc -l)" -eq $((2 * FILES))
wait_for 30 "the clerk was told of each" in_inbox clerk '*.277ca' $((FILES + 1))

say "the payer's own remittance is acknowledged, and the payer says no more"
rm "$T"/ssh/root/in/* "$T"/inbox/acme/*
payer_start
sed "s/A-100/PAID-100/" "$CLAIMS/two_claims.837" > "$T/paid.837"
drop acme "$T/paid.837"
acknowledged() {
	ctl claim PAID-1001 > "$T/history" &&
	grep -q 'our 999 to it: accepted (A), sent' "$T/history" &&
	grep -q 'our TA1 to it: accepted (A), sent' "$T/history"
}
wait_for 40 "its acknowledgements are in the claim's history" acknowledged
nothing_left() {
	[ -z "$(find "$T/ssh/root/in" "$T/ssh/root/out" -type f)" ]
}
wait_for 20 "the payer has taken them" nothing_left
for by in 999 TA1; do
	check "the payer noted the $by" grep -q \
	    "event=acknowledged by=$by number=[0-9]* verdict=A" "$T/payer.log"
done
sleep 2
check "a TA1, a 999, a 277CA and an 835 came" in_inbox acme '*.x12' 4
ctl overdue acme | grep -E '999|TA1' && fail "an answer to an answer is missed"
x12d_stop
