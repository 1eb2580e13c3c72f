#!/bin/sh
# SPDX-License-Identifier: ISC
# A day of a billing company: 2,000 claims of 40 providers for 5 payers are
# dropped as JSON, NDJSON and tables, leave in the batches that each payer's
# rule asks for, and come back as remittances that sum to the cent.
. "$(dirname "$0")/lib.sh"
PAYERS='alpha beta gamma delta omega'
PROVIDERS=40

# day PAYER FORM FIRST LAST: claims PAYER-FIRST .. PAYER-LAST, one record a
# line, or rows of a table: odd ones have one service line, even ones two.
day() {
	awk -v payer="$1" -v form="$2" -v first="$3" -v last="$4" \
	    -v providers=$PROVIDERS '
	# The tenth digit makes the number of a provider one (80840 and Luhn).
	function npi(n,    text, i, d, sum) {
		text = sprintf("1%08d", n); sum = 24
		for (i = 9; i >= 1; i--) {
			d = substr(text, i, 1)
			if (i % 2) { d *= 2; if (d > 9) d -= 9 }
			sum += d
		}
		return text (10 - sum % 10) % 10
	}
	function money(cents) { return sprintf("%d.%02d", cents / 100, cents % 100) }
	function line(cents, code) {
		return sprintf("{\"procedure\":{\"type\":\"HC\",\"code\":\"%s\"}," \
		    "\"charge\":\"%s\",\"unit\":\"UN\",\"units\":1," \
		    "\"diagnosis_pointers\":[\"1\"]," \
		    "\"service_date\":\"2026-02-25\"}", code, money(cents))
	}
	function record(i, p, a, b) {
		printf "{\"type\":\"837P\",\"billing_provider\":{\"name\":" \
		    "\"Clinic %d\",\"id\":\"%s\",\"address\":{\"line1\":" \
		    "\"%d Example Road\",\"city\":\"Nowhere\",\"state\":\"OH\"," \
		    "\"postal_code\":\"440010001\"},\"employer_id\":" \
		    "\"%09d\"},\"subscriber\":{\"coverage\":{\"sequence\":\"P\"," \
		    "\"relationship\":\"18\",\"filing_indicator\":\"CI\"}," \
		    "\"last_name\":\"Canary%d\",\"first_name\":\"Testy\"," \
		    "\"id_type\":\"MI\",\"id\":\"MEM%05d\",\"address\":{" \
		    "\"line1\":\"2 Madeup Lane\",\"city\":\"Nowhere\",\"state\":" \
		    "\"OH\",\"postal_code\":\"440010001\"},\"birth_date\":" \
		    "\"1980-01-02\",\"gender\":\"F\"},\"payer\":{\"name\":" \
		    "\"Plan %s\",\"id_type\":\"PI\",\"id\":\"99999\"}," \
		    "\"claim\":{\"id\":\"%s-%d\",\"charge\":\"%s\"," \
		    "\"place_of_service\":\"11\",\"frequency\":\"1\"," \
		    "\"signature_on_file\":true,\"assignment\":\"A\"," \
		    "\"benefits_assigned\":\"Y\",\"release_of_information\":" \
		    "\"Y\",\"diagnoses\":[{\"type\":\"ABK\",\"code\":\"J020\"}]," \
		    "\"lines\":[%s%s]}}", p, npi(p), p, p, i, i, payer, payer,
		    i, money(a + b), line(a, "99213"),
		    b ? "," line(b, "73590") : ""
	}
	function row(i, p, a, b,    k) {
		printf "837P,%s-%d,%s,11,1,Y,A,Y,Y,\"Clinic %d\",%s,%09d," \
		    "%d Example Road,Nowhere,OH,440010001,Plan %s,99999,P,18," \
		    "CI,Canary%d,Testy,MEM%05d,2 Madeup Lane,Nowhere,OH," \
		    "440010001,1980-01-02,F,J020,2026-02-25,99213,%s,1,1\n",
		    payer, i, money(a + b), p, npi(p), p, p, payer, i, i, money(a)
		if (!b)
			return
		printf "837P,%s-%d,", payer, i
		for (k = 0; k < 29; k++)
			printf ","
		printf "2026-02-25,73590,%s,1,1\n", money(b)
	}
	BEGIN {
		payer = toupper(payer)
		if (form == "csv")
			print "type,claim_id,total_charge,place_of_service," \
			    "frequency,signature_on_file,assignment," \
			    "benefits_assigned,release_of_information," \
			    "billing_name,billing_npi,billing_tax_id," \
			    "billing_address,billing_city,billing_state," \
			    "billing_zip,payer_name,payer_id,payer_sequence," \
			    "relationship,filing_indicator," \
			    "subscriber_last_name,subscriber_first_name," \
			    "member_id,subscriber_address,subscriber_city," \
			    "subscriber_state,subscriber_zip," \
			    "subscriber_birth_date,subscriber_gender,diagnosis1," \
			    "service_date,procedure,line_charge,units," \
			    "diagnosis_pointers"
		if (form == "json")
			print "["
		for (i = first; i <= last; i++) {
			p = i % providers + 1
			a = 5000 + (i * 137) % 20011
			b = i % 2 ? 0 : 1000 + (i * 61) % 7919
			if (form == "csv")
				row(i, p, a, b)
			else {
				record(i, p, a, b)
				print form == "json" && i < last ? "," : ""
			}
		}
		if (form == "json")
			print "]"
	}'
}

# The same sum without any of our programs.
charged() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++) {
			sum += 5000 + (i * 137) % 20011
			if (i % 2 == 0)
				sum += 1000 + (i * 61) % 7919
		}
		print sum
	}'
}

payer() {
	payer_name=$1
	mkdir -p "$T/ssh/root/$1-in" "$T/ssh/root/$1-out"
	shift
	config_partner "$payer_name" "records:" \
	    "  submitter_name: Example Billing" "  contact_name: desk" \
	    "  contact_phone: \"5555550100\"" "  receiver_name: Plan" "$@"
	sed -i "s|ssh/root/in|ssh/root/$payer_name-in|
		s|ssh/root/out|ssh/root/$payer_name-out|" \
	    "$T/partners.d/$payer_name.yaml"
	cat > "$T/$payer_name.yaml" <<-END
		inbound: $T/ssh/root/$payer_name-in
		outbound: $T/ssh/root/$payer_name-out
		state: $T/payer-$payer_name
	END
	"$X12" payer --config "$T/$payer_name.yaml" \
	    >> "$T/payer-$payer_name.log" 2>&1 </dev/null &
	E2E_PIDS="$! $E2E_PIDS"
}

waiting() {
	ctl --json batch "$1" | jq -s 'map(select(.type == "batch") | .claims) |
		add // 0'
}
waits() {
	[ "$(waiting "$1")" -eq "$2" ]
}
nothing_waits() {
	[ "$(ctl --json batch | jq -s 'map(select(.type == "batch")) | length')" \
	    -eq 0 ]
}
sent() {
	ctl --json partner list "$1" |
		jq 'select(.type == "partner") | .sent // 0'
}
is_sent() {
	[ "$(sent "$1")" -ge "$2" ]
}
# Claims that the remittances in all inboxes speak of.
remitted() {
	cat "$T"/inbox/*/*-835-*.jsonl 2>/dev/null |
		jq -r 'select(.type == "remittance") | .claim'
}
all_remitted() {
	[ "$(remitted | wc -l)" -ge 2000 ]
}
cents='gsub("[.]"; "") | tonumber'

sshd_start
config_main "workers: 2" "rescan_interval: 2s" "incomplete_after: 1s"
payer alpha "batch: {claims: 100}"
payer beta "batch: {by_hand: true}"
payer gamma "batch: {age: 2s}"
payer delta "batch: {bytes: 100kB, age: 4s}"
payer omega "batch: {claims: 400, age: 1h}"
x12d_start

say "records are dropped through the day: 8 files for each payer"
mkdir -p "$T/made"
for name in $PAYERS; do
	for part in 1 2 3 4; do
		first=$((part * 100 - 99))
		form=ndjson
		[ $part -lt 4 ] || form=json
		day "$name" $form $first $((first + 49)) > "$T/made/$part.$form"
		day "$name" csv $((first + 50)) $((first + 99)) \
		    > "$T/made/$part.csv"
		drop "$name" "$T/made/$part.$form"
		drop "$name" "$T/made/$part.csv"
	done
done

say "what waits is listed, and leaves when somebody says so"
wait_for 30 "all of beta's claims wait" waits beta 400
check "none of them is sent" test "$(sent beta)" -eq 0
check "a claim that waits is found" sh -c "'$X12CTL' --socket '$SOCKET' \
    claim BETA-77 | grep -q 'waits in file'"
check "the preview names eight files" test "$(ctl --json batch preview beta |
	jq -s 'map(select(.type == "file")) | length')" -eq 8
check "what waits sums to the cent" test "$(ctl --json batch beta |
	jq 'select(.type == "batch") | .charge')" -eq "$(charged 400)"
check "release" ctl batch release beta

say "every claim comes back as a remittance, once"
wait_for 60 "2,000 claims are remitted" all_remitted
check "nothing waits any more" nothing_waits
check "each claim is remitted once" test "$(remitted | sort -u | wc -l)" \
    -eq "$(remitted | wc -l)"
check "nothing was put aside" test -z "$(find "$T/rejected" -type f)"

say "the batches are those of the rules"
check "alpha: four of 100 claims" test "$(sent alpha)" -eq 4
check "beta: one, by hand" test "$(sent beta)" -eq 1
check "omega: one of 400 claims" test "$(sent omega)" -eq 1
check "gamma and delta: some" test "$(sent gamma)" -ge 1 -a \
    "$(sent delta)" -ge 2

say "the remittances sum to the cent"
for name in $PAYERS; do
	for file in "$T"/inbox/"$name"/*-835-*.x12; do
		"$X12" to-json --claims "$file" 2>/dev/null
	done > "$T/made/$name.835"
	check "$name: what was charged" test "$(jq -s \
	    "map(.claim.charge | $cents) | add" "$T/made/$name.835")" \
	    -eq "$(charged 400)"
	check "$name: 40 providers are paid" test "$(jq -r '.payee.id' \
	    "$T/made/$name.835" | sort -u | wc -l)" -eq $PROVIDERS
	check "$name: payments are the sums of their claims" test "$(jq -s '
		def cents: gsub("[.]"; "") | tonumber;
		group_by([.payment.trace.number, .source.set, .payee.id]) |
		map((map(.claim.paid | cents) | add) -
		    (.[0].payment.amount | cents)) | map(select(. != 0)) |
		length' "$T/made/$name.835")" -eq 0
	check "$name: paid, owed and written off is what was charged" \
	    test "$(jq -s '
		def cents: gsub("[.]"; "") | tonumber;
		map((.claim.charge | cents) - (.claim.paid | cents) -
		    ([.claim.adjustments[]?.reasons[].amount | cents] +
		     [.claim.lines[]?.adjustments[]?.reasons[].amount | cents] |
		     add)) | map(select(. != 0)) | length' \
	    "$T/made/$name.835")" -eq 0
done

say "a claim tells its way, from the record to the money"
ctl claim OMEGA-123 > "$T/way"
for word in unpacked batched sent 277CA 835; do
	grep -q "$word" "$T/way" || fail "no word of $word in $(cat "$T/way")"
done
ctl claim Omega-123 | cmp - "$T/way" || fail "small letters find nothing"
x12d_stop
