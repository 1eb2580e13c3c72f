#!/bin/sh
# SPDX-License-Identifier: ISC
# Every process of x12d can be killed and is there again; a stop leaves nothing;
# a good configuration is taken, a bad one refused, while it runs.
. "$(dirname "$0")/lib.sh"

sshd_start
config_main "workers: 2"
config_partner alpha
config_partner beta

# ---- what is asked for at the start ------------------------------------------

say "a good configuration is called good"
check "--check-config says 0" "$X12D" -c "$T/x12d.yaml" --check-config

say "a bad one is told with line and nearest key, and nothing starts"
cp "$T/x12d.yaml" "$T/good.yaml"
echo "worker: 2" >> "$T/x12d.yaml"
"$X12D" -c "$T/x12d.yaml" --check-config > "$T/out" 2>&1
[ $? -eq 1 ] || fail "--check-config does not say 1"
grep -q "x12d.yaml:6:.*workers" "$T/out" || fail "no place or no hint: $(cat "$T/out")"
"$X12D" -c "$T/x12d.yaml" > "$T/out" 2>&1
[ $? -eq 2 ] || fail "x12d does not say 2"
"$X12D" -c "$T/nothing.yaml" --check-config > "$T/out" 2>&1
[ $? -eq 2 ] || fail "a missing file does not say 2"
cp "$T/good.yaml" "$T/x12d.yaml"

say "without x12d, x12ctl says how to start it"
ctl status > "$T/out" 2>&1
[ $? -eq 2 ] || fail "x12ctl does not say 2"
grep -q "$SOCKET" "$T/out" || fail "the socket is not named"

# ---- it runs ---------------------------------------------------------------------

say "all processes are there"
x12d_start
all_there() {
	[ "$(role_count engine)" = 1 ] && [ "$(role_count worker)" = 2 ] &&
	[ "$(role_count courier)" = 2 ] && ctl status
}
wait_for 10 "engine, 2 workers, 2 couriers" all_there

say "another x12d of the same configuration does not start"
timeout 20 "$X12D" -c "$T/x12d.yaml" > "$T/second.log" 2>&1 </dev/null
[ $? -eq 2 ] || fail "the second x12d does not say 2"
check "the first is unharmed" all_there > /dev/null

say "a role has its own descriptors and nothing else"
for pid in $(role_pids worker); do
	# Not dumpable: only root may look at its descriptors.
	if [ "$(id -u)" = 0 ]; then
		n=$(ls "/proc/$pid/fd" | wc -l)
		[ "$n" -eq 6 ] || fail "a worker has $n descriptors"
	else
		! ls "/proc/$pid/fd" > /dev/null 2>&1 ||
			fail "a worker is dumpable"
	fi
	grep -q "Max core file size *0 *0" "/proc/$pid/limits" ||
		fail "a worker may dump core"
	grep -q "NoNewPrivs:.1" "/proc/$pid/status" ||
		fail "a worker may gain privileges"
done

for role in worker courier engine; do
	say "kill -9 of a $role: another one comes"
	old=$(role_pids "$role" | head -n 1)
	kill -9 "$old"
	came_back() {
		! role_pids "$role" | grep -qx "$old" && all_there
	}
	wait_for 15 "the $role is back" came_back
done

say "workers that die before they read a file do not condemn it"
stopped=$(role_pids worker)
for pid in $stopped; do
	kill -STOP "$pid"
done
drop alpha "$CLAIMS/two_claims.837"
busy() {
	ctl --json status | grep '"role":"worker"' | grep -q '"busy"'
}
wait_for 10 "a stopped worker is given the file" busy
# The busy one first: the other is then given what it did not read.
for pid in $(ctl --json status | jq -r 'select(.role == "worker") |
    .state + " " + (.pid | tostring)' | sort | cut -d' ' -f2); do
	kill -9 "$pid"
	sleep 0.1
done
checked() {
	grep -q "event=checked.*partner=alpha" "$LOG"
}
wait_for 15 "the file is checked by the next" checked
! grep -q "event=worker_lost" "$LOG" || fail "a death is put down to the file"
wait_for 10 "all are there again" all_there

say "a role that dies again and again is started later and later"
before=$(grep -c "role_started role=worker" "$LOG")
end=$(($(date +%s) + 3))
while [ "$(date +%s)" -lt "$end" ]; do
	for pid in $(role_pids worker); do
		kill -9 "$pid" 2>/dev/null
	done
	sleep 0.02
done
starts=$(($(grep -c "role_started role=worker" "$LOG") - before))
[ "$starts" -le 16 ] || fail "$starts starts of 2 workers in 3 s"
[ "$starts" -ge 2 ] || fail "no start in 3 s"
wait_for 30 "workers are back" all_there

# ---- reload ------------------------------------------------------------------------

say "reload takes more workers, a new partner, and drops one"
courier_of() {
	for pid in $(role_pids courier); do
		tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q -- "-P $1 " &&
			echo "$pid"
	done
}
alpha=$(courier_of alpha)
[ -n "$alpha" ] || fail "no courier of alpha"
sed -i 's/workers: 2/workers: 3/' "$T/x12d.yaml"
rm "$T/partners.d/beta.yaml"
config_partner gamma
config_partner delta
check "x12ctl reload" ctl reload > "$T/out"
reloaded() {
	[ "$(role_count worker)" = 3 ] && [ "$(role_count courier)" = 3 ] &&
	[ -n "$(courier_of gamma)" ] && [ -z "$(courier_of beta)" ]
}
wait_for 10 "3 workers, 3 couriers" reloaded
[ "$(courier_of alpha)" = "$alpha" ] ||
	fail "the courier of an unchanged partner was restarted"

say "a changed partner gets another courier"
config_partner alpha "title: The same connection"
kill -HUP "$X12D_PID"
wait_for 10 "SIGHUP reloads" sh -c "[ \$(grep -c event=reloaded $LOG) = 2 ]"
[ "$(courier_of alpha)" = "$alpha" ] || fail "a title is not a connection"
sed -i 's/user: .*/user: somebody/' "$T/partners.d/alpha.yaml"
kill -HUP "$X12D_PID"
alpha_changed() {
	[ -n "$(courier_of alpha)" ] && [ "$(courier_of alpha)" != "$alpha" ]
}
wait_for 10 "another courier of alpha" alpha_changed

say "a bad configuration is refused, and the old one stays"
engine=$(role_pids engine)
echo "workers: many" >> "$T/x12d.yaml"
ctl reload > "$T/out" 2>&1
[ $? -eq 1 ] || fail "x12ctl reload of a bad file does not say 1"
grep -q "x12d.yaml:" "$T/out" || fail "the mistake is not told: $(cat "$T/out")"
check "nothing changed" reloaded
[ "$(role_pids engine)" = "$engine" ] || fail "the engine was restarted"
sed -i '$d' "$T/x12d.yaml"
check "good again" ctl reload > "$T/out"

say "another store: the engine starts anew, with its new socket"
engine=$(role_pids engine)
sed -i "s|store_dir: .*|store_dir: $T/store2|" "$T/x12d.yaml"
check "reload is answered" ctl reload > "$T/out"
moved() {
	[ -n "$(role_pids engine)" ] && [ "$(role_pids engine)" != "$engine" ] &&
	[ -d "$T/store2" ] && ctl status && reloaded
}
wait_for 10 "another engine" moved

# ---- the end ---------------------------------------------------------------------------

nothing_left() {
	for left_pid in $LEFT; do
		! e2e_alive "$left_pid" || return 1
	done
	! grep -qsF "$T/ssh/known_hosts" /proc/[0-9]*/cmdline  # ssh
}
everybody() {
	LEFT=$(role_pids engine; role_pids worker; role_pids courier)
	[ "$(echo "$LEFT" | wc -w)" -eq 7 ]
}

say "kill -9 of the supervisor takes the others with it"
wait_for 10 "engine, 3 workers, 3 couriers" everybody
everybody
kill -9 "$X12D_PID"
wait_for 10 "nobody is left" nothing_left

say "it starts again, and SIGTERM stops all of it"
x12d_start
wait_for 10 "engine, 3 workers, 3 couriers" everybody
everybody
x12d_stop
wait_for 5 "nobody is left" nothing_left
[ ! -e "$SOCKET" ] || fail "the socket is left"
tail -n 1 "$LOG" | grep -q "event=stopped" || fail "no last word"
