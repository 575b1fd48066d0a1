# Many of everything: what is shown is counted whole, or says how much more there is.
. "$(dirname "$0")/lib.sh"
of() { # FILE PYTHON EXPRESSION over d
  python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/$1" "$2"
}
track() { # USER NAME TIME
  printf '{"type":"track","messageId":"%s","userId":"%s","event":"%s","context":{"groupId":"acme"},"timestamp":"%s"}\n' \
    "$1$2$3" "$1" "$2" "$3"
}
opened() { # WORKSPACE FILES...: has usher.yml
  local space="$work/$1"
  shift
  "$usher" -C "$space" import "$@" >/dev/null || fail "import into $space"
}

# ---- rates: the last of 400 currencies has one, too ----
mkdir "$work/rates"
python3 - >"$work/rates/usher.yml" <<'PY'
import itertools

codes = ["".join(c) for c in itertools.product("XYZABCDE", repeat=3)][:400]
print("account: {unit: workspace}\ncurrency: {report: USD, rates: {%s}}" % ", ".join(c + ": 2" for c in codes))
PY
last=$(grep -o '[A-Z]*: 2}}' "$work/rates/usher.yml" | cut -d: -f1)
printf 'account,at,amount,currency,interval\nacme,2025-12-15,20,%s,month\nacme,2025-12-16,20,CHF,month\n' "$last" >"$work/pay.csv"
opened rates "$work/pay.csv"
"$usher" -C "$work/rates" status --json >"$work/status.json"
same "only the franc has no rate" "1 of 2" "$(of status.json '"%d of %d" % (d["figures"]["no_rate"]["value"], d["figures"]["payments"]["value"])')"
