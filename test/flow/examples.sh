# Every example loads, in both languages; and in the one that says most, mistakes of each
# section are found all at once, each at its place, with what would be right.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
for example in "$here"/examples/*/usher.yml; do
  for lang in en zh; do
    "$usher" --lang "$lang" check "$example" >"$work/out" 2>&1 || { cat "$work/out"; fail "$example"; }
    if grep -qE 'error|错误|warning|警告' "$work/out"; then cat "$work/out"; fail "$example"; fi
  done
done
grep -q '5 signals, 2 definitions' <("$usher" check "$here/examples/saas/usher.yml") || fail "all of it is read"

# PATTERN MEANT PLACE NEAREST: the example with one slip of the pen more.
cp "$here/examples/saas/usher.yml" "$work/usher.yml"
slips=0
slip() {
  grep -qF -- "$1" "$work/usher.yml" || fail "the example lacks $1"
  python3 - "$work/usher.yml" "$1" "$2" <<'PY'
import sys
path, was, now = sys.argv[1:]
text = open(path, encoding="utf-8").read()
open(path, "w", encoding="utf-8").write(text.replace(was, now, 1))
PY
  printf '%s\n' "$3" >>"$work/wanted"
  slips=$((slips + 1))
}
slip 'unit: workspace ' 'unit: workspac ' 'did you mean "workspace"'
slip 'Europe/Berlin' 'Europe/Berln' 'did you mean "Europe/Berlin"'
slip 'holidays: [DE, CN]' 'holidays: [DE, UK]' 'did you mean "GB"'
slip 'aim: upmarket ' 'aim: upmarkt ' 'did you mean "upmarket"'
slip '- active_users >= 5' '- activ_users >= 5' 'did you mean "active_users"'
slip 'within: team_expansion' 'within: team_expnsion' 'did you mean "team_expansion"'
slip 'help: [seat_setup_session' 'help: [seat_setup_sesion' 'did you mean "seat_setup_session"'
slip 'product_qualified' 'product_qualifed' 'did you mean "product_qualified"'
slip 'deliver: [slack' 'deliver: [slak' 'did you mean "slack"'
slip 'invites >= 3' 'invites >= "3"' ':42:'
if "$usher" check "$work/usher.yml" >"$work/out" 2>&1; then fail "slips were not found"; fi
while read -r wanted; do
  grep -qF -- "$wanted" "$work/out" || { cat "$work/out"; fail "not said: $wanted"; }
done <"$work/wanted"
same "all at once, each once" "$slips" "$(grep -c ': error: ' "$work/out")"
