#!/bin/sh
# SPDX-License-Identifier: ISC
# Roles are killed at random while files go through: each interchange arrives at
# the partner whole and once, or is told as unknown; none is lost, none is twice.
. "$(dirname "$0")/lib.sh"

FILES=${FILES:-25}
SEED=${SEED:-$(date +%s)}

sshd_start
config_main "workers: 2"
config_partner alpha
config_partner beta
x12d_start

# sample N: a claim file of its own, with claim number N.
sample() {
	sed "s/A-1001/N-$1-A/; s/A-1002/N-$1-B/" "$CLAIMS/two_claims.837"
}

victim() {
	SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
	case $((SEED / 65536 % 5)) in
	0) role_pids engine ;;
	1) role_pids courier | head -n 1 ;;
	2) role_pids courier | tail -n 1 ;;
	*) role_pids worker | head -n 1 ;;
	esac
}

say "$FILES files, and a role killed after each (SEED=$SEED)"
n=0
while [ "$n" -lt "$FILES" ]; do
	n=$((n + 1))
	sample "$n" > "$T/claim-$n.837"
	[ $((n % 2)) -eq 0 ] && to=alpha || to=beta
	drop "$to" "$T/claim-$n.837"
	sleep 0.1
	for pid in $(victim); do
		kill -9 "$pid" 2>/dev/null
	done
done

in_state() {
	ctl --json queue 2>/dev/null | grep -c "\"state\":\"$1\""
}
settled() {
	ctl --json queue > "$T/queue" 2>/dev/null || return 1
	grep '"type":"file"' "$T/queue" | grep -qv '"state":"unknown"' && return 1
	[ -z "$(ls "$T/outbox/alpha" "$T/outbox/beta" | grep claim)" ]
}
say "all of it settles"
wait_for 90 "the queue is empty" settled
unknown=$(in_state unknown)

say "each claim stands in exactly one file at the partner"
n=0
missing=0
while [ "$n" -lt "$FILES" ]; do
	n=$((n + 1))
	count=$(grep -l "CLM\*N-$n-A\*" "$T/ssh/root/in/"*.x12 | wc -l)
	[ "$count" -le 1 ] || fail "claim $n is there $count times"
	[ "$count" -eq 1 ] || missing=$((missing + 1))
done
[ "$missing" -le "$unknown" ] ||
	fail "$missing claims are not there, and only $unknown are told unknown"

say "no control number is twice, and every file is whole"
: > "$T/numbers"
for file in "$T"/ssh/root/in/*.x12; do
	"$X12" validate --snip 1 "$file" > "$T/out" 2>&1 ||
		fail "$(cat "$T/out")"
	head -c 105 "$file" | cut -c91-99 >> "$T/numbers"
done
[ "$(sort -u "$T/numbers" | wc -l)" -eq "$(wc -l < "$T/numbers")" ] ||
	fail "an ISA13 is twice"
leftover=$(ls -A "$T/ssh/root/in" | grep -vc '\.x12$')
echo "$FILES sent, $unknown unknown, $leftover temporary names left there"
x12d_stop
