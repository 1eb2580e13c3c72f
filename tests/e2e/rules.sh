#!/bin/sh
# Shows that an operator's rules of SNIP type 7 are listed, explained, checked,
# tried and obeyed: severity, dates, scope by payer, and --severity over all.
set -eu

X12=${X12:-build/x12}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
good=tests/data/index/837p/input.x12

fail() { echo "FAILED: $*" >&2; cat "$dir/out" "$dir/err" >&2; exit 1; }
# x12 STATUS COMMAND ARGUMENT...: run it, expect the exit status
x12() {
	want=$1
	shift
	rc=0
	timeout 60 "$X12" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ "$rc" = "$want" ] || fail "x12 $*: exit $rc, not $want"
}
has() { grep -q -- "$1" "$dir/out" || fail "no $1"; }
has_not() { ! grep -q -- "$1" "$dir/out" || fail "there is a $1"; }
says() { grep -q -- "$1" "$dir/err" || fail "does not say $1"; }
check() { x12 "$1" validate --date 20260110 --rules "$dir/own.yaml" "$good"; }

payer=$(sed -n 's/^NM1\*PR\*.*\*PI\*\([^~]*\)~.*/\1/p' "$good" | head -n 1)
[ -n "$payer" ] || fail "the claims name no payer"

# A payer wants a prior authorization, from 2026 on.
cat > "$dir/own.yaml" <<END
# what this payer wants beyond the guide
- rule: payer_wants_authorization
  guide: 837P
  at: 2300
  when: 2010BB/NM109 = "$payer"
  need: REF[G1]
  source: the payer's companion guide, 4.2
  text: this payer wants a prior authorization; add REF*G1
  example: REF*G1*PA0001~
END
x12 0 rules check "$dir/own.yaml"
has 'every rule fits'
x12 0 rules --rules "$dir/own.yaml" list
has '^payer_wants_authorization  *837P  *2300  *SNIP 7 reject$'
has '^claim_total_is_sum_of_lines_837p '
x12 0 rules --rules "$dir/own.yaml" explain payer_wants_authorization
has 'need .*REF\[G1\]' && has 'SNIP 7, reject' && has 'REF\*G1\*PA0001~'
x12 0 rules explain claim_total_is_sum_of_lines_837p
has 'SNIP 3' && has 'IK403=I12'
x12 2 rules explain payer_wants_authorisation
x12 0 rules --rules "$dir/own.yaml" test "$good"
has '^payer_wants_authorization .*judged [1-9].* fired [1-9]' && has 'never judged'

# It rejects; as a warning it does not; by date; by payer.
check 1
has 'REF: reject: .*\[payer_wants_authorization, SNIP 7, IK304=I6'
sed '$a\  severity: warning' "$dir/own.yaml" > "$dir/x" && mv "$dir/x" "$dir/own.yaml"
check 0
has 'warn: .*payer_wants_authorization'
echo '  until: 20251231' >> "$dir/own.yaml"
check 0
has_not payer_wants_authorization
sed -i 's/  until: .*/  from: 20260101/' "$dir/own.yaml"
check 0
has payer_wants_authorization
x12 0 validate --date 20260110 --snip 1-6 --rules "$dir/own.yaml" "$good"
has_not payer_wants_authorization
sed -i "s/\"$payer\"/\"${payer}X\"/" "$dir/own.yaml"
check 0
has_not payer_wants_authorization

# Mistakes are told with file and line, and nothing is judged.
sed 's/REF\[G1\]/REFG1/' "$dir/own.yaml" > "$dir/bad.yaml"
x12 2 validate --rules "$dir/bad.yaml" "$good"
says 'bad.yaml:2: need: neither a path'
sed 's/REF\[G1\]/SV102/' "$dir/own.yaml" > "$dir/bad.yaml"
x12 2 rules check "$dir/bad.yaml"
says 'SV102 has no place in 005010X222'
x12 2 validate --rules "$dir/there-is-none" "$good"

# --severity: the usual case is an NPI of a test file; and rules by name.
sed 's/\(NM1\*85.*\*XX\*\)[0-9]*~/\11234567890~/' "$good" > "$dir/npi.x12"
x12 1 validate --date 20260110 "$dir/npi.x12"
has 'reject: .*\[code_check_digit, SNIP 5'
x12 0 validate --date 20260110 --severity code_check_digit=warning "$dir/npi.x12"
has 'warn: .*code_check_digit'
x12 0 validate --date 20260110 --severity code_check_digit=off "$dir/npi.x12"
has_not code_check_digit
x12 0 ack --date 20260110 --time 0900 --severity code_check_digit=off "$dir/npi.x12"
has '^IK5\*A~'
sed 's/^CLM\*\([^*]*\)\*[0-9.]*/CLM*\1*1/' "$good" > "$dir/sum.x12"
x12 1 validate --date 20260110 "$dir/sum.x12"
x12 0 validate --date 20260110 --severity claim_total_is_sum_of_lines_837p=warning \
	"$dir/sum.x12"
has 'warn: .*claim_total_is_sum_of_lines_837p'
for wrong in code_check_digt=off code_check_digit=loud code_check_digit; do
	x12 2 validate --severity "$wrong" "$good"
done
x12 2 validate --severity code_check_digt=off "$good"
says 'did you mean code_check_digit?'

# The same in a companion guide.
printf 'companion "Made up"\nover 005010X222A1 837\nseverity code_check_digit warning\n' \
	> "$dir/payer.guide"
x12 0 validate --date 20260110 --guide "$dir/payer.guide" "$dir/npi.x12"
has 'warn: .*code_check_digit'
echo "rules: listed, explained, tried and obeyed"
