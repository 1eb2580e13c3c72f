#!/bin/sh
# SPDX-License-Identifier: ISC
# The journey: claim files go all the way to the remittance on a real sshd,
# whatever happens on the way; nothing is lost, nothing is sent twice.
. "$(dirname "$0")/lib.sh"

# claims PREFIX: a file of two claims, PREFIX-1001 and PREFIX-1002.
claims() {
	mkdir -p "$T/made"
	sed "s/A-100/$1-100/g" "$CLAIMS/two_claims.837" > "$T/made/$1.837"
	echo "$T/made/$1.837"
}

# How often the remittances in the inbox speak of a claim. By the whole word in
# their names: a time of day or an id may have the digits 835 in it, too.
paid_times() {
	cat "$T"/inbox/acme/*-835-*.jsonl 2>/dev/null |
		jq -r 'select(.claim == "'"$1"'") | .claim' | grep -c .
}
paid() {
	[ "$(paid_times "$1-1001")" -eq 1 ] && [ "$(paid_times "$1-1002")" -eq 1 ]
}
sent_files() {
	ctl --json queue acme | jq -r 'select(.type == "file") | .state' |
		grep -c "^$1$"
}
partner_field() {
	ctl --json partner list acme | jq -r "select(.type == \"partner\") | .$1"
}
partner_is() {
	[ "$(partner_field "$1")" = "$2" ]
}
reported() {
	[ -n "$(find "$T/$1/acme" -name "$2*.report.txt")" ]
}
all_answers() {
	ctl claim "$1" > "$T/history" &&
	for word in TA1 999 277CA 835; do
		grep -qi "$word" "$T/history" || return 1
	done
}
sshd_start
config_main "workers: 2" "rescan_interval: 2s" "incomplete_after: 3s"
config_partner acme
payer_start
x12d_start

say "a good file goes all the way to the remittance"
drop acme "$(claims GOOD)"
wait_for 40 "both claims are paid" paid GOOD
check "the outbox is empty" test -z "$(ls -A "$T/outbox/acme")"
# A payer's directory has no order: the TA1 may well be fetched last.
wait_for 20 "all answers are in the history" all_answers GOOD-1001

say "a file with a wrong count is moved aside with a report"
drop acme "$CLAIMS/wrong_count.837"
wait_for 20 "the report is there" reported rejected wrong_count
grep -q "SE01" "$T"/rejected/acme/wrong_count*.report.txt ||
	fail "the report does not name SE01"
# The report is there first, then the file that it speaks of.
wait_for 10 "the rejected file is the clerk's, byte for byte" \
    cmp -s "$CLAIMS/wrong_count.837" "$T/rejected/acme/wrong_count.837"

say "the same bytes again are a duplicate"
drop acme "$T/made/GOOD.837" again.837
wait_for 20 "the report is there" reported rejected again

say "what is no X12 gets a clear answer"
: > "$T/made/empty.837"
head -c 20000000 /dev/zero > "$T/made/zeros.837"
printf '%%PDF-1.4\nnothing\n' > "$T/made/scan.pdf"
drop acme "$T/made/empty.837"
drop acme "$T/made/zeros.837"
drop acme "$T/made/scan.pdf"
for name in zeros scan empty; do
	wait_for 30 "the report on $name" reported rejected "$name"
done
grep -q "zero bytes" "$T"/rejected/acme/zeros*.report.txt ||
	fail "zeros are not called so"
grep -q "PDF" "$T"/rejected/acme/scan*.report.txt || fail "no word of PDF"
ln -s /etc/hostname "$T/outbox/acme/link.837"
wait_for 20 "the report on a link" reported rejected link
rm -f "$T/outbox/acme/link.837"

say "an incomplete file waits, then is put aside"
cp "$CLAIMS/cut_short.837" "$T/outbox/acme/cut.837"
wait_for 30 "the report is there" reported incomplete cut

say "a file that is completed late is taken"
claims LATE > /dev/null
head -c 700 "$T/made/LATE.837" > "$T/outbox/acme/late.837"
sleep 1
tail -c +701 "$T/made/LATE.837" >> "$T/outbox/acme/late.837"
wait_for 40 "both claims are paid" paid LATE

say "the server goes away, and comes back"
sshd_stop
drop acme "$(claims DOWN)"
down() {
	[ "$(partner_field failures)" -ge 1 ]
}
wait_for 40 "the failure is told" down
check "the claim is not called sent" test "$(sent_files sent)" -ge 0
sshd_start
wait_for 60 "both claims are paid" paid DOWN

say "a server with another host key is not trusted: the partner is paused"
sshd_stop
cp "$T/ssh/known_hosts" "$T/known_hosts.good"
ssh-keygen -q -t ed25519 -N '' -f "$T/otherkey"
echo "[127.0.0.1]:$SSH_PORT $(cut -d' ' -f1,2 "$T/otherkey.pub")" \
    > "$T/ssh/known_hosts"
sshd_start
drop acme "$(claims HOST)"
wait_for 60 "the partner is paused" partner_is paused true
partner_field reason | grep -qi "host key" ||
	fail "the reason does not name the host key: $(partner_field reason)"
cp "$T/known_hosts.good" "$T/ssh/known_hosts"
check "resume" ctl partner resume acme
wait_for 60 "both claims are paid" paid HOST

say "answers that come in the wrong order find their claims"
payer_stop
payer_start "answers: 835 277CA 999 TA1"
drop acme "$(claims ORDER)"
wait_for 40 "both claims are paid" paid ORDER
wait_for 40 "all answers are in the history" all_answers ORDER-1001

say "an answer that belongs to nothing is kept and told"
payer_stop
payer_start "wrong_pairing: 999"
drop acme "$(claims WRONG)"
wait_for 40 "both claims are paid" paid WRONG
unmatched() {
	ctl --json unmatched | grep -q '"type":"answer"'
}
wait_for 20 "the foreign 999 is told" unmatched
payer_stop
payer_start

say "kill -9 of every role in the midst of work, again and again"
n=0
for role in worker courier engine worker courier engine courier engine; do
	n=$((n + 1))
	drop acme "$(claims "KILL$n")"
	sleep "0.$n"
	for pid in $(role_pids "$role"); do
		kill -9 "$pid" 2>/dev/null
	done
done
for i in $(seq "$n"); do
	wait_for 90 "KILL$i is paid" paid "KILL$i"
done

say "kill -9 of all of x12d, and start again"
drop acme "$(claims ALL)"
sleep 0.3
kill -9 "$X12D_PID"
gone() {
	! pgrep -f "$T/x12d.yaml" > /dev/null
}
wait_for 20 "all processes end" gone
x12d_start
wait_for 60 "both claims are paid" paid ALL

say "no interchange was sent twice"
if grep -i "duplicate interchange" "$T/payer.log"; then
	fail "the payer saw an interchange twice"
fi
x12d_stop
