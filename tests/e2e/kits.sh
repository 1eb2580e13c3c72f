#!/bin/sh
# SPDX-License-Identifier: ISC
# What a partner wants beyond the guide is its own: a companion guide, rules
# and code lists reject for one partner what another takes; a reload takes an
# edited rule, or refuses it with file and line and keeps what it had.
. "$(dirname "$0")/lib.sh"
CANARIES='CANARY|MOCK'
SAMPLE=$E2E_TOP/tests/data/claims/two_claims.837

there() {
	[ -e "$T/$1" ]
}
# taken PARTNER N: so many of its files were sent.
taken() {
	[ "$(find "$T/ssh/root/$1-in" -type f | wc -l)" -eq "$2" ]
}
says() {
	grep -q -- "$1" "$T/$2" || fail "$2 does not say: $1"
}
# rule NAME: the rule file, with one rule that no claim of ours follows.
rule() {
	cat > "$T/rules.yaml" <<-END
	- rule: $1
	  guide: 837P
	  at: 2300
	  need: REF[G1]
	  source: the partner's manual
	  text: this payer wants an authorization; add REF*G1
	END
}
# reload STATUS: what x12ctl says goes to $T/reload.log
reload() {
	rc=0
	ctl reload > "$T/reload.log" 2>&1 || rc=$?
	[ "$rc" -eq "$1" ] || { cat "$T/reload.log" >&2; fail "reload: $rc"; }
}
# numbered N: the sample with claim numbers of its own
numbered() {
	sed "s/CLM\*A-/CLM*K$1-/" "$SAMPLE" > "$T/claims$1.837"
}

sshd_start
mkdir -p "$T/codes" "$T/ssh/root/easy-in" "$T/ssh/root/fussy-in"
rule wants_authorization
cat > "$T/fussy.guide" <<END
companion "Fussy Health"
over 005010X222A1 837
severity trailing_blank reject
END
printf '%s\n' '00001 Z9999   1 Made up   Made up' > "$T/icd10cm_order_2026.txt"
config_main "workers: 2" "rescan_interval: 1s" \
    "defaults: {bad_claims: reject}"
config_partner easy
config_partner fussy "guides: [$T/fussy.guide]" "rules: [$T/rules.yaml]"
for p in easy fussy; do
	sed -i "s|ssh/root/in|ssh/root/$p-in|" "$T/partners.d/$p.yaml"
done
check "the configuration is good" "$X12D" -c "$T/x12d.yaml" --check-config
x12d_start

say "what one partner takes, the other's rule rejects"
drop easy "$SAMPLE" one.837
drop fussy "$SAMPLE" one.837
wait_for 20 "it goes to the one" taken easy 1
wait_for 20 "it comes back from the other" there rejected/fussy/one.837
says wants_authorization rejected/fussy/one.837.report.txt
check "nothing of it was sent" taken fussy 0

say "x12 says the same for a partner as x12d"
"$X12" validate --config "$T/x12d.yaml" --partner easy "$SAMPLE" \
    > "$T/easy.log" || fail "x12 rejects it for easy"
if "$X12" validate --config "$T/x12d.yaml" --partner fussy "$SAMPLE" \
    > "$T/fussy.log"; then
	fail "x12 takes it for fussy"
fi
says wants_authorization fussy.log

say "a broken rule is told with file and line, and the old one stays"
echo '  nonsense: 1' >> "$T/rules.yaml"
if "$X12D" -c "$T/x12d.yaml" --check-config 2> "$T/check.log"; then
	fail "--check-config takes a broken rule"
fi
says "rules.yaml:7:" check.log
says "nonsense" check.log
reload 1
says "rules.yaml:7" reload.log
numbered 2
drop fussy "$T/claims2.837"
wait_for 20 "it is rejected still" there rejected/fussy/claims2.837
says wants_authorization rejected/fussy/claims2.837.report.txt

say "an edited rule is taken by a reload"
rule wants_another_thing
reload 0
numbered 3
drop fussy "$T/claims3.837"
wait_for 20 "it is rejected" there rejected/fussy/claims3.837
says wants_another_thing rejected/fussy/claims3.837.report.txt

say "a severity lets it pass, with its name checked"
sed -i '$a severity: {wants_another_thin: warning}' "$T/partners.d/fussy.yaml"
reload 1
says "did you mean wants_another_thing" reload.log
sed -i 's/another_thin:/another_thing:/' "$T/partners.d/fussy.yaml"
reload 0
numbered 4
drop fussy "$T/claims4.837"
wait_for 20 "it is sent" taken fussy 1

say "an imported code list is used, until it is taken away"
"$X12" codes import --dir "$T/codes" --set icd10cm \
    --from 20251001 "$T/icd10cm_order_2026.txt" > "$T/import.log" 2>&1 ||
	{ cat "$T/import.log" >&2; fail "the list cannot be imported"; }
sed -i "\$a codes: $T/codes" "$T/partners.d/fussy.yaml"
reload 0
numbered 5
drop fussy "$T/claims5.837"
wait_for 20 "it is rejected" there rejected/fussy/claims5.837
says code_ rejected/fussy/claims5.837.report.txt
dd if=/dev/zero of="$T/codes/icd10cm.codes" bs=1 seek=40 count=8 \
    conv=notrunc 2>/dev/null
reload 1
says "icd10cm.codes" reload.log
sed -i '/^codes:/d' "$T/partners.d/fussy.yaml"
reload 0
numbered 6
drop fussy "$T/claims6.837"
wait_for 20 "it is sent" taken fussy 2
check "no worker died of it" test -z "$(grep worker_lost "$LOG")"
x12d_stop
