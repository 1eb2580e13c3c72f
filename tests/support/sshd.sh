#!/bin/sh
# SPDX-License-Identifier: ISC
# A real sshd as the present user on a free port of the loopback, for tests
# and the demonstration. Everything it needs and makes is in DIR.
#
#	sshd.sh start DIR    start (again), print the port
#	sshd.sh stop DIR     stop it and the sessions it has
#	sshd.sh cut DIR      kill the sessions only
#	sshd.sh user         the name to log in with
#
# DIR/root             what the SFTP user sees
# DIR/id               a private key that is let in
# DIR/id_secret        the same with a passphrase: DIR/passphrase
# DIR/id_stranger      a key that is not
# DIR/known_hosts      the host's key; known_hosts_wrong, known_hosts_other:
#                      another key for it, and none
set -eu

sshd=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v sshd)

key() {
	ssh-keygen -q -t ed25519 -N "$2" -C "$3" -f "$1" </dev/null
}

keys() {
	key host "" host
	key host_wrong "" host
	key id "" client
	echo "a made-up passphrase" > passphrase
	key id_secret "$(cat passphrase)" client
	key id_stranger "" stranger
	chmod 600 passphrase
	cat id.pub id_secret.pub > authorized_keys
	printf '[127.0.0.1]:* %s\n' "$(cut -d' ' -f1,2 host.pub)" > known_hosts
	printf '[127.0.0.1]:* %s\n' "$(cut -d' ' -f1,2 host_wrong.pub)" \
	    > known_hosts_wrong
	printf '[127.0.0.2]:1 %s\n' "$(cut -d' ' -f1,2 host.pub)" \
	    > known_hosts_other
}

config() {
	cat > sshd_config <<END
ListenAddress 127.0.0.1
HostKey $PWD/host
AuthorizedKeysFile $PWD/authorized_keys
PidFile $PWD/pid
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
UseDNS no
PrintMotd no
MaxStartups 100
MaxSessions 100
PerSourcePenalties no
Subsystem sftp internal-sftp -d $PWD/root
ForceCommand internal-sftp -d $PWD/root
END
	# Only newer ones know (and need) it.
	"$sshd" -t -f sshd_config 2>/dev/null ||
		sed -i /PerSourcePenalties/d sshd_config
}

# A port that nobody listens on now; 0 seconds of trust are enough for tests.
ports() {
	[ ! -s port ] || cat port
	od -An -N40 -tu2 /dev/urandom | tr -s ' ' '\n' | while read -r n; do
		[ -z "$n" ] || echo $((20000 + n % 12000))
	done
}

start_on() {
	: > log  # sshd itself works in /
	"$sshd" -D -p "$1" -f "$PWD/sshd_config" -E "$PWD/log" \
	    </dev/null >/dev/null 2>&1 &
	child=$!
	for _ in $(seq 100); do
		grep -q '^Server listening' log && return 0
		kill -0 "$child" 2>/dev/null || return 1
		sleep 0.05
	done
	kill "$child"
	return 1
}

start() {
	mkdir -p "$1/root"
	cd "$1"
	[ "$(id -u)" != 0 ] || mkdir -p -m 755 /run/sshd
	[ -s sshd_config ] || { keys; config; }
	for port in $(ports); do
		if start_on "$port"; then
			echo "$port" > port
			echo "$child" > pid
			echo "$port"
			return 0
		fi
	done
	echo "sshd.sh: sshd does not start:" >&2
	cat log >&2
	exit 1
}

# Processes whose ancestor is $1: sessions are not of the listener's group.
sessions() {
	for p in $(sed -n 's/^\([0-9]*\) (.*) [A-Z] '"$1"' .*/\1/p' \
	    /proc/[0-9]*/stat 2>/dev/null); do
		sessions "$p"
		echo "$p"
	done
}

cut_sessions() {
	for p in $(sessions "$(cat "$1/pid")"); do
		kill -9 "$p" 2>/dev/null || :
	done
}

stop() {
	[ -s "$1/pid" ] || return 0
	listener=$(cat "$1/pid")
	# The listener first: it must not start another session meanwhile.
	kill -STOP "$listener" 2>/dev/null || { rm -f "$1/pid"; return 0; }
	cut_sessions "$1"
	kill -9 "$listener" 2>/dev/null || :
	rm -f "$1/pid"
}

case ${1-} in
start) start "$2" ;;
stop) stop "$2" ;;
cut) cut_sessions "$2" ;;
user) id -un ;;
*)
	echo "usage: sshd.sh start|stop|cut DIR, sshd.sh user" >&2
	exit 2
	;;
esac
