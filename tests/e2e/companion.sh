#!/bin/sh
# SPDX-License-Identifier: ISC
# A payer's companion guide and rules narrow what is valid, without rebuilding.
. "$(dirname "$0")/lib.sh"
FILE=$CLAIMS/two_claims.837

# found NAME: the last validation said it.
found() {
	grep -q "\[$1, SNIP" "$T/out"
}
validate() {
	"$X12" validate "$@" "$FILE" > "$T/out" 2>&1
}

say "by the guide alone the file is good"
check "no reject" validate

say "a companion guide asks for more"
cat > "$T/payer.guide" <<'END'
companion "Imaginary Health Plan"
over 005010X222A1 837
loop 2300
  REF[G1] R
  CLM
    05-3 R =7
END
validate --guide "$T/payer.guide"
[ $? -eq 1 ] || fail "the companion guide rejects nothing"
check "a segment is missing" found segment_missing
check "a code is not the payer's" found code_invalid

say "it can change how bad a finding is"
printf 'companion "Soft"\nover 005010X222A1 837\nseverity %s warning\nloop 2300\n  REF[G1] R\n' \
    segment_missing > "$T/soft.guide"
check "only a warning now" validate --guide "$T/soft.guide"
check "but it is told" found segment_missing

say "a mistake in it is told with its line, and nothing is validated"
echo "  NOPE R" >> "$T/payer.guide"
validate --guide "$T/payer.guide"
[ $? -eq 2 ] || fail "a bad companion guide is taken"
grep -q "payer.guide:7" "$T/out" || fail "no line: $(cat "$T/out")"

say "a payer's own rules, of SNIP type 7"
cat > "$T/payer.yaml" <<'END'
- rule: payer_wants_group_number
  guide: 837P
  at: 2000B
  when: 2010BB/NM109 = 99999
  check: SBR03 matches "'G'R'P9999"
  on: SBR03
  text: this payer's group numbers are GRP and four digits
- rule: payer_takes_no_small_claims
  guide: 837P
  at: 2300
  severity: warning
  from: 20260101
  check: CLM02 >= 100
  on: CLM02
  text: this payer pays claims of 100 and more only
END
check "only warnings" validate --rules "$T/payer.yaml"
check "the small claim is found" found payer_takes_no_small_claims
! found payer_wants_group_number || fail "a right group number is rejected"
"$X12" rules --rules "$T/payer.yaml" test "$FILE" > "$T/out" ||
	fail "rules test"
grep -q "payer_wants_group_number *judged 2 fired 0" "$T/out" ||
	fail "not judged twice: $(cat "$T/out")"
