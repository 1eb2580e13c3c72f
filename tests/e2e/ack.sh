#!/bin/sh
# Shows that `x12 ack` acknowledges files as the contract says: what is sent
# when, exit 0, 1 and 2, nothing for acknowledgements, and answers that
# `x12 validate` accepts.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
good=tests/data/index/837p/input.x12

fail() { echo "FAILED: $*" >&2; cat "$dir/out" "$dir/err" >&2; exit 1; }
# ack STATUS OPTION...: run it, expect the exit status
ack() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" ack --date 20260110 --time 0900 "$@" \
		> "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 ack $*: exit $rc, not $want"
}
has() { grep -q "$1" "$dir/out" || fail "no $1"; }
has_not() { ! grep -q "$1" "$dir/out" || fail "there is a $1"; }
valid() { "$X12" validate --date 20260110 "$dir/out" > "$dir/err" || fail "not valid"; }

# A good file: a 999 accepts it; TA1 only when ISA14 asks, or we are told to.
ack 0 "$good"
has '^IK5\*A~' && has '^AK9\*A\*1\*1\*1~' && has_not '^TA1' && has_not '^ST\*277'
valid
sed '1s/\*0\*T\*:/*1*T*:/' "$good" > "$dir/asks.x12"
ack 0 "$dir/asks.x12"
has '^TA1\*000000041\*260105\*0930\*A\*000~'
ack 0 --ta1 always --277ca --control 77 - < "$good"
has '^TA1\*' && has '\*000000077\*0\*T\*:~' && has '^STC\*A2:20:PR\*20260110\*WQ\*150.5~'
valid
ack 0 --ta1 error --999 error "$good"
[ ! -s "$dir/out" ] || fail "nothing is wrong, and something is said"

# A claim that does not add up: its set is rejected, or with a 277CA the claim.
sed 's/^CLM\*TOY-0001\*150.5/CLM*TOY-0001*151/' "$good" > "$dir/sum.x12"
ack 1 --999 error "$dir/sum.x12"
has '^IK3\*CLM\*19\*2300\*8~' && has '^CTX\*CLM01:TOY-0001~' && has '^IK5\*R\*' && has '^AK9\*R\*1\*1\*0~'
valid
ack 1 --277ca "$dir/sum.x12"
has '^IK5\*E\*' && has '^QTY\*90\*2~' && has '^QTY\*AA\*1~' && has '^AMT\*YY\*151~' && has '^STC\*A7:'
valid

# A claim's amount counts once, however many of its statuses say it.
sed '/TOY-0001/s/\*Y\*A\*Y/*Q*A*Y/' "$dir/sum.x12" > "$dir/two.x12"
ack 1 --277ca "$dir/two.x12"
[ "$(grep -c '^STC\*A.*\*U\*151~' "$dir/out")" = 2 ] || fail "not two statuses"
valid
! grep -q batch_amount_is_sum_of_claims "$dir/err" || fail "counted twice"

# An interchange that a TA1 rejects gets no 999.
sed 's/^IEA.*/IEA*1*000000099~/' "$good" > "$dir/iea.x12"
ack 1 --277ca "$dir/iea.x12"
has '^TA1\*000000041\*260105\*0930\*R\*001~' && has_not '^ST\*'
ack 1 --ta1 never "$dir/iea.x12"
[ ! -s "$dir/out" ] || fail "never is never"

# Acknowledgements are not acknowledged, what is no X12 cannot be.
for kind in 999 277ca ta1 997; do
	ack 0 --ta1 always --277ca "tests/data/index/$kind/input.x12"
	[ ! -s "$dir/out" ] || fail "a $kind was acknowledged"
done
ack 1 Makefile
[ ! -s "$dir/out" ] && grep -q 'not X12' "$dir/err" || fail "no X12"

# Mistakes in use.
for wrong in '--ta1 sometimes' '--control 0' '--date 2026' '--bogus' "$good"; do
	# shellcheck disable=SC2086
	ack 2 $wrong "$good"
	[ -s "$dir/err" ] || fail "silent about $wrong"
done
ack 2 "$dir/there-is-none"
echo "ack: answers, verdicts and exits are as the contract says"
