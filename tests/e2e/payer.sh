#!/bin/sh
# Shows that `x12 payer` answers files in a directory as a payer does, finds an
# interchange that is sent twice, tells who asks what became of a claim, and
# survives being killed at any moment.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
pid=
stop() { [ -z "$pid" ] || { kill "$pid" 2>/dev/null || :; wait "$pid" || :; }; }
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

fail() { echo "FAILED: $*" >&2; cat "$dir/log" >&2 || :; exit 1; }
count() { find "$dir/out" -name "$1" | wc -l; }
# config LINE...: a fresh payer
config() {
	rm -rf "$dir/in" "$dir/out" "$dir/state" "$dir/log"
	mkdir -p "$dir/in" "$dir/out"
	: > "$dir/log"
	{
		echo "inbound: $dir/in"
		echo "outbound: $dir/out"
		echo "state: $dir/state"
		for line in "$@"; do echo "$line"; done
	} > "$dir/payer.conf"
}
once() { timeout 60 "$X12" payer --config "$dir/payer.conf" --once \
	2>> "$dir/log" || fail "payer --once: $?"; }
drop() { cp "tests/data/index/$1/input.x12" "$dir/in/.$2"; mv "$dir/in/.$2" "$dir/in/$2"; }
# Every answer that is meant to be sound is, and holds what it should.
sound() { for f in "$dir"/out/*; do "$X12" validate "$f" > "$dir/check" 2>&1 ||
	{ cat "$dir/check"; fail "$f is not sound"; }; done; }

# 1. One file, four answers, the file is consumed.
config
drop 837p a.x12
once
[ "$(count 'TA1_*')$(count '999_*')$(count '277CA_*')$(count '835_*')" = 1111 ] ||
	fail "not one answer of each kind"
[ -z "$(ls -A "$dir/in")" ] || fail "the file was not consumed"
sound
"$X12" info "$dir"/out/835_* | grep -q 'remittance' || fail "no remittance"
grep -q 'TRN\*2\*TOY-0002~' "$dir"/out/277CA_* || fail "no CLM01 in the 277CA"
grep -q 'TRN\*2\*DB20260105A~' "$dir"/out/277CA_* || fail "no BHT03 in the 277CA"
grep -q 'AK1\*HC\*41\*' "$dir"/out/999_* || fail "no GS06 in the 999"
grep -q 'TA1\*000000041\*' "$dir"/out/TA1_* || fail "no ISA13 in the TA1"
grep -q 'CLP\*TOY-0001\*1\*150.5\*' "$dir"/out/835_* || fail "no CLP"

# 2. The same interchange again, under another name: a TA1 says so, no more.
drop 837p b.x12
once
grep -q 'duplicate interchange.*isa13=000000041' "$dir/log" || fail "no duplicate"
[ "$(count 'TA1_*')$(count '835_*')" = 21 ] || fail "a duplicate was paid"
grep -q '\*R\*025~' "$dir"/out/TA1_* || fail "no TA1 R 025"

# 3. What is not ready, or not for us, is left alone.
config
head -c 700 tests/data/index/837p/input.x12 > "$dir/in/half.x12"
cp tests/data/index/837p/input.x12 "$dir/in/.hidden"
cp tests/data/index/837p/input.x12 "$dir/in/a.part"
ln -s "$PWD/tests/data/index/837p/input.x12" "$dir/in/link.x12"
mkdir "$dir/in/subdir"
echo "this is no X12" > "$dir/in/notes.txt"
once
[ "$(count '*')" = 1 ] || fail "something was answered"
[ "$(find "$dir/in" -mindepth 1 | wc -l)" = 6 ] || fail "something was taken"

# 4. Acknowledgements that come in are taken and not acknowledged.
config
drop 999 a.x12
drop 277ca b.x12
drop ta1 c.x12
once
[ "$(count '*.x12')" = 0 ] || fail "an acknowledgement was acknowledged"
[ -z "$(ls -A "$dir/in")" ] || fail "the acknowledgements were not taken"

# 5. Answers twice: the same bytes under another name, other bytes under the same.
config 'repeat_same_bytes: 999' 'repeat_same_name: 277CA' 'repeat_delay: 300' \
	'answers: 999 277CA'
drop 837p a.x12
once
[ "$(count '*999_*')" = 2 ] || fail "the 999 came not twice"
cmp -s "$dir"/out/999_* "$dir"/out/AGAIN_999_* || fail "other bytes"
grep -c 'event=answered file=277CA_' "$dir/log" | grep -qx 2 || fail "277CA not twice"
sound

# 6. Left in place: answered once only. Moved: found in the archive.
config 'consume: leave'
drop 837p a.x12
once
once
[ "$(count '*.x12')" = 4 ] || fail "answered twice"
grep -q 'duplicate interchange' "$dir/log" && fail "its own file is no duplicate"
config 'consume: move' "archive: $dir/archive"
drop 837p a.x12
once
cmp -s "$dir"/archive/*.x12 tests/data/index/837p/input.x12 || fail "no archive"

# 7. Watching: a file that arrives is answered; SIGTERM stops cleanly; delays
#    outlive a restart.
config 'delay_835: 2500'
"$X12" payer --config "$dir/payer.conf" 2>> "$dir/log" &
pid=$!
sleep 0.3
drop 837p a.x12
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ "$(count '277CA_*')" = 1 ] && break
	sleep 0.1
done
[ "$(count '277CA_*')$(count '835_*')" = 10 ] || fail "the delay is wrong"
kill "$pid"
wait "$pid" || fail "SIGTERM: exit $?"
pid=
grep -q 'event=stopped' "$dir/log" || fail "not stopped cleanly"
once
[ "$(count '835_*')" = 1 ] || fail "the delayed answer is lost"
sound

# 8. Killed at any moment, again and again: every file is answered exactly
#    once, and nothing that was sent once counts as sent twice.
config 'consume: delete' 'answers: TA1'
n=0
while [ "$n" -lt 60 ]; do
	n=$((n + 1))
	sed "s/000000041/$(printf %09d $((1000 + n)))/" \
		tests/data/index/837p/input.x12 > "$dir/in/.f$n"
	mv "$dir/in/.f$n" "$dir/in/f$n.x12"
done
k=0
while [ -n "$(ls -A "$dir/in")" ] && [ "$k" -lt 200 ]; do
	k=$((k + 1))
	"$X12" payer --config "$dir/payer.conf" --once 2>> "$dir/log" &
	pid=$!
	sleep "0.0$((k % 6 + 1))"
	kill -9 "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	pid=
done
once
grep -q 'duplicate interchange' "$dir/log" && fail "a crash made a duplicate"
[ "$(count 'TA1_*')" = 60 ] || fail "$(count 'TA1_*') answers to 60 files"
[ "$(cat "$dir"/out/TA1_* | grep -c '^TA1\*.*\*A\*000~')" = 60 ] || fail "not 60 accepted"
[ "$(cat "$dir"/out/TA1_* | grep '^TA1' | sort -u | wc -l)" = 60 ] || fail "one answered twice"
[ "$k" -gt 1 ] || fail "it was never killed"

# 9. Who asks what became of a claim is told what the payer remembers, over a
#    restart; who asks for a member's coverage has it confirmed, or not.
config 'deny_amount: 75' 'unknown_member: ZZZ999' 'answers: 277CA 835 277 271'
drop 837p a.x12
once
sed 's/PC1001/TOY-0001/; s/PC1002/TOY-0002/' \
	tests/data/guides/valid_276/input.x12 > "$dir/in/b.x12"
cp tests/data/guides/valid_270/input.x12 "$dir/in/c.x12"
sed -i 's/000000001/000000002/' "$dir/in/c.x12"
once
[ "$(count '277_*')$(count '271_*')" = 11 ] || fail "an inquiry was not answered"
sound
trace=$(sed -n 's/^TRN\*1\*\(SIM[0-9]*\)\*.*/\1/p' "$dir"/out/835_*)
today=$(sed -n 's/^BHT\*0010\*08\*INQ0001\*\([0-9]*\)\*.*/\1/p' "$dir"/out/277_*)
grep -q "^STC\*F1:65\*$today\*\*150.5\*120.4\*$today\*\*$today\*$trace~" \
	"$dir"/out/277_* || fail "not told that it was paid"
grep -q '^STC\*F2:585\*.*\*75\*0\*' "$dir"/out/277_* || fail "not told that it was denied"
grep -q '^REF\*1K\*SIM000000000001~' "$dir"/out/277_* || fail "no payer's number"
grep -q '^EB\*1\*IND\*30^UC\*' "$dir"/out/271_* || fail "no active coverage"
grep -q '^AAA\*N\*\*75\*C~' "$dir"/out/271_* || fail "the unknown member is known"

# 10. What acknowledges its 835 is taken and noted, and not acknowledged.
"$X12" ack --ta1 always --999 always "$dir"/out/835_* > "$dir/acks"
number=$(sed -n 's/^GS\*HP\*[^*]*\*[^*]*\*[^*]*\*[^*]*\*\([0-9]*\)\*.*/\1/p' \
	"$dir"/out/835_*)
before=$(count '*')
mv "$dir/acks" "$dir/in/acks.x12"
once
[ "$(count '*')" = "$before" ] || fail "an acknowledgement was answered"
[ -z "$(ls -A "$dir/in")" ] || fail "the acknowledgements were not taken"
grep -q "event=acknowledged by=999 number=$number verdict=A" "$dir/log" ||
	fail "the 999 of the 835 was not noted"
grep -q 'event=acknowledged by=TA1 number=[0-9]* verdict=A' "$dir/log" ||
	fail "the TA1 of the 835 was not noted"

# 11. No log line has anything of a patient.
if grep -E 'TEDDY|DOLL|TOY-0|TOY000|SAMPLE|GUARD|ABC123|ZZZ999' "$dir/log"; then fail "a patient in the log"; fi

# 12. Mistakes are said, and exit 2.
echo 'inbownd: x' > "$dir/bad.conf"
rc=0
"$X12" payer --config "$dir/bad.conf" --once 2> "$dir/log" || rc=$?
[ "$rc" = 2 ] && grep -q 'did you mean inbound' "$dir/log" || fail "mistake"
echo "payer: answers, duplicates, faults, delays and crashes are as they should be"
