#!/bin/sh
# SPDX-License-Identifier: ISC
# A full disk loses nothing: x12d says so, takes nothing in, and goes on by
# itself when there is room again.
[ "$(id -u)" = 0 ] || { echo "only root can mount a small disk"; exit 77; }
. "$(dirname "$0")/lib.sh"

SMALL=$T/small
mkdir -p "$SMALL"
mount -t tmpfs -o size=6m none "$SMALL" 2>/dev/null || {
	trap - EXIT
	rm -rf "$T"
	echo "this machine does not let us mount a small disk"
	exit 77
}
unmount_and_end() {
	full_status=$?
	for full_pid in $E2E_PIDS; do
		e2e_kill "$full_pid"
	done
	umount -l "$SMALL"
	(exit "$full_status")
	e2e_end
}
trap unmount_and_end EXIT

paid() {
	cat "$T"/inbox/acme/*-835-*.jsonl 2>/dev/null | grep -q "$1-1001"
}
says() {
	ctl status | grep -q "$1"
}

sshd_start
config_main "workers: 1" "rescan_interval: 2s"
sed -i "s|^store_dir:.*|store_dir: $SMALL/store|" "$T/x12d.yaml"
config_partner acme
payer_start
x12d_start

say "with room all goes well"
drop acme "$CLAIMS/two_claims.837"
wait_for 40 "the claims are paid" paid A

say "the disk is full: it is told, and the file stays where it is"
dd if=/dev/zero of="$SMALL/fill" bs=1k 2>/dev/null
sed 's/A-100/B-100/g' "$CLAIMS/two_claims.837" > "$T/b.837"
drop acme "$T/b.837"
wait_for 20 "x12d says that its store fails" says "store has failed"
check "the file is still in the outbox" test -f "$T/outbox/acme/b.837"
grep -q "critical.*make room" "$LOG" || fail "the log does not say what to do"
! grep -q "Assertion" "$LOG" || fail "the engine died of it"

say "there is room again: it goes on by itself"
rm "$SMALL/fill"
wait_for 60 "the claims are paid" paid B
! grep -i "duplicate interchange" "$T/payer.log" ||
	fail "an interchange was sent twice"
x12d_stop
