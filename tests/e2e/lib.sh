# SPDX-License-Identifier: ISC
# What end-to-end scripts share: a directory of their own, a real sshd, x12d
# with a configuration, the simulated payer, waiting, and an end that leaves
# nothing behind. A script begins with
#
#	#!/bin/sh
#	# One sentence on what it shows.
#	. "$(dirname "$0")/lib.sh"
#
# and uses the functions below; it fails at the first check that fails, showing
# the logs. At the end every log is searched for canaries: names that stand in
# the test claims and must never be logged.
#
#	$T           the directory: x12d.yaml, partners.d, log, outbox, inbox,
#	             store, ssh/root (what the SFTP user sees)
#	$X12D $X12CTL $X12   the programs, of $BUILD (build)

set -u

E2E_HERE=$(cd "$(dirname "$0")" && pwd)
E2E_TOP=${E2E_TOP:-$(cd "$E2E_HERE/../.." && pwd)}
BUILD=${BUILD:-$E2E_TOP/build}
case $BUILD in /*) ;; *) BUILD=$E2E_TOP/$BUILD ;; esac
X12D=$BUILD/x12d X12CTL=$BUILD/x12ctl X12=$BUILD/x12
SSHD=$E2E_TOP/tests/support/sshd.sh
CLAIMS=$E2E_TOP/tests/data/claims
CANARIES='CANARY'

T=$(mktemp -d "${TMPDIR:-/tmp}/x12d-e2e.XXXXXX") || exit 1
LOG=$T/log
SOCKET=$T/control.sock
E2E_PIDS=
E2E_STEP=begin
: > "$LOG"

# ---- saying ------------------------------------------------------------------

say() {
	E2E_STEP=$*
	echo "-- $*"
}

fail() {
	echo "FAILED: $* (at: $E2E_STEP)" >&2
	echo "---- what x12d says" >&2
	timeout 5 "$X12CTL" --socket "$SOCKET" status >&2
	timeout 5 "$X12CTL" --socket "$SOCKET" queue >&2
	echo "---- what is there" >&2
	(cd "$T" && find outbox inbox rejected incomplete ssh/root -type f \
	    2>/dev/null | sort | tail -n 80) >&2
	[ ! -f "$T/payer.log" ] || {
		echo "---- the end of the payer's log" >&2
		tail -n 20 "$T/payer.log" >&2
	}
	echo "---- the end of the log" >&2
	tail -n 40 "$LOG" >&2
	exit 1
}

# check WHAT COMMAND...: the command must succeed.
check() {
	check_what=$1
	shift
	"$@" || fail "$check_what"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
	wait_end=$(($(date +%s) + $1))
	wait_what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$wait_end" ] ||
			fail "$wait_what: not within its time"
		sleep 0.05
	done
}

# ---- ending --------------------------------------------------------------------

e2e_alive() {
	kill -0 "$1" 2>/dev/null && ! grep -q '^State:	Z' "/proc/$1/status" 2>/dev/null
}

e2e_kill() {
	kill "$1" 2>/dev/null || return 0
	for _ in $(seq 200); do
		e2e_alive "$1" || return 0
		sleep 0.05
	done
	kill -9 "$1" 2>/dev/null
}

e2e_canaries() {
	if grep -lE "$CANARIES" "$LOG" "$T"/*.log 2>/dev/null; then
		echo "FAILED: a patient's name is in the log above" >&2
		return 1
	fi
}

e2e_end() {
	e2e_status=$?
	trap '' INT TERM
	for e2e_pid in $E2E_PIDS; do
		e2e_kill "$e2e_pid"
	done
	[ ! -d "$T/ssh" ] || "$SSHD" stop "$T/ssh"
	e2e_canaries || e2e_status=1
	if [ -n "${E2E_KEEP:-}" ]; then
		echo "kept: $T"
	else
		rm -rf "$T"
	fi
	[ "$e2e_status" -ne 0 ] || echo "ok: $(basename "$0")"
	exit "$e2e_status"
}
trap e2e_end EXIT
trap 'exit 130' INT TERM

# ---- an SFTP server ------------------------------------------------------------

# sshd_start: again on the same port when it ran before.
sshd_start() {
	SSH_PORT=$("$SSHD" start "$T/ssh") || fail "sshd does not start"
	mkdir -p "$T/ssh/root/in" "$T/ssh/root/out"
}

sshd_stop() {
	"$SSHD" stop "$T/ssh"
}

# ---- x12d -----------------------------------------------------------------------

# config_main [LINE...]: x12d.yaml, with more lines of the top level.
config_main() {
	{
		echo "store_dir: $T/store"
		echo "spool_dir: $T"
		echo "control_socket: $SOCKET"
		echo "partners_dir: $T/partners.d"
		for config_line in "$@"; do
			echo "$config_line"
		done
	} > "$T/x12d.yaml"
	mkdir -p "$T/partners.d"
}

# config_partner NAME [LINE...]: a partner at our sshd, or at nobody's port.
config_partner() {
	config_name=$1
	shift
	mkdir -p "$T/ssh"
	{
		cat <<-END
		name: $config_name
		usage: T
		sender: {id: OURSENDER}
		receiver: {id: THEIRID}
		connection:
		  host: 127.0.0.1
		  port: ${SSH_PORT:-1}
		  user: $(id -un)
		  identity_file: $T/ssh/id
		  known_hosts: $T/ssh/known_hosts
		  upload_dir: $T/ssh/root/in
		  download_dirs: [$T/ssh/root/out]
		  after_download: delete
		poll_interval: 1s
		retry: {first: 1s, max: 2s}
		END
		for config_line in "$@"; do
			echo "$config_line"
		done
	} > "$T/partners.d/$config_name.yaml"
}

ctl() {
	"$X12CTL" --socket "$SOCKET" "$@"
}

# x12d_start: run it, and wait until it says that it is ready.
x12d_start() {
	"$X12D" -c "$T/x12d.yaml" >> "$LOG" 2>&1 </dev/null &
	X12D_PID=$!
	E2E_PIDS="$X12D_PID $E2E_PIDS"
	wait_for 30 "x12d is ready" x12d_answers
}

x12d_answers() {
	e2e_alive "$X12D_PID" || fail "x12d ended"
	ctl status
}

x12d_stop() {
	kill -TERM "$X12D_PID"
	wait_for 15 "x12d stops" x12d_gone
	wait "$X12D_PID" 2>/dev/null
}

x12d_gone() {
	! e2e_alive "$X12D_PID"
}

# role_pids ROLE: the processes of this x12d in that role, one in a line.
role_pids() {
	for role_file in /proc/[0-9]*/stat; do
		sed -n "s/^\([0-9]*\) (x12d-$1) [^Z] ${2:-$X12D_PID} .*/\1/p" \
		    "$role_file" 2>/dev/null
	done
}

role_count() {
	role_pids "$1" | wc -l
}

# drop PARTNER FILE [NAME]: as a clerk's program should, by rename.
drop() {
	drop_name=${3:-$(basename "$2")}
	cp "$2" "$T/outbox/$1/$drop_name.tmp"
	mv "$T/outbox/$1/$drop_name.tmp" "$T/outbox/$1/$drop_name"
}

# ---- the simulated payer -------------------------------------------------------

# payer_start [LINE...]: it serves what sshd serves; lines of its configuration.
payer_start() {
	{
		echo "inbound: $T/ssh/root/in"
		echo "outbound: $T/ssh/root/out"
		echo "state: $T/payer"
		for payer_line in "$@"; do
			echo "$payer_line"
		done
	} > "$T/payer.yaml"
	"$X12" payer --config "$T/payer.yaml" >> "$T/payer.log" 2>&1 </dev/null &
	PAYER_PID=$!
	E2E_PIDS="$PAYER_PID $E2E_PIDS"
}

payer_stop() {
	e2e_kill "$PAYER_PID"
}
