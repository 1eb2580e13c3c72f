#!/bin/sh
# SPDX-License-Identifier: ISC
# The store belongs to one x12d, keeps its bytes from other users, and is never
# made anew when it is lost or damaged: x12d says what to do and starts nothing.
. "$(dirname "$0")/lib.sh"

config_main "workers: 1"
config_partner alpha
drop_one() {
	[ "$(find "$T/store/bytes" -type f | wc -l)" -ge "$1" ]
}

# A start that must fail: what it says is in $T/refused.log.
refused() {
	timeout -k 5 30 "$X12D" -c "${1:-$T/x12d.yaml}" > "$T/refused.log" \
	    2>&1 < /dev/null
	refused_status=$?
	[ $refused_status -ne 0 ] || fail "x12d ended as if all were well"
	[ $refused_status -lt 124 ] || fail "x12d goes on without its store"
}

says() {
	grep -q "$1" "$T/refused.log" ||
		fail "not told: $1: $(tail -n 5 "$T/refused.log")"
}

say "a file is taken; nobody else can read what was kept"
x12d_start
drop alpha "$CLAIMS/two_claims.837"
wait_for 20 "bytes are kept" drop_one 1
[ -z "$(find "$T/store" -perm /077)" ] ||
	fail "open to others: $(find "$T/store" -perm /077)"

say "an x12d with another configuration, but the same store, is kept out"
sed "s|/control.sock|/other.sock|" "$T/x12d.yaml" > "$T/other.yaml"
refused "$T/other.yaml"
says "in use by process"
check "the first goes on" ctl status > /dev/null
x12d_stop

say "a lost database is not made anew while bytes are there"
mv "$T/store/x12d.db" "$T/kept.db"
rm -f "$T/store/x12d.db-wal" "$T/store/x12d.db-shm"
refused
says "restore it from a backup"
refused
says "restore it from a backup"

say "a damaged one is told, and left as it is"
cp "$T/kept.db" "$T/store/x12d.db"
dd if=/dev/urandom of="$T/store/x12d.db" bs=4096 seek=3 count=2 \
    conv=notrunc 2>/dev/null
before=$(cksum < "$T/store/x12d.db")
refused
says "damaged"
[ "$before" = "$(cksum < "$T/store/x12d.db")" ] || fail "it was written to"

say "with the database back, x12d knows the file again"
cp "$T/kept.db" "$T/store/x12d.db"
x12d_start
[ "$(ctl queue | wc -l)" -ge 1 ] || fail "the queue is empty"
x12d_stop
