# usher power: the published table of how many accounts a holdout needs (rounded there to
# the nearest, here up, since fewer are too few), and refusals.
. "$(dirname "$0")/lib.sh"
wanted() { # RATE WITH HELD ACCOUNTS
  local got
  got=$("$usher" power --rate "$1" --with "$2" --holdout "$3" --csv | tail -n 1 | cut -d, -f4)
  [ "$got" = "$4" ] || [ "$got" = $(($4 + 1)) ] || fail "$1 to $2, $3 held out: wanted $4, got $got"
}
wanted 5% 10% 15% 1327
wanted 5% 10% 20% 1099
wanted 5% 10% 50% 863
wanted 10% 15% 15% 2355
wanted 10% 15% 20% 1913
wanted 10% 15% 0.5 1366
wanted 10% 20% 15% 619
wanted 10% 20% 20% 510
wanted 10% 20% 50% 392
wanted 15% 25% 15% 840
wanted 15% 25% 20% 684
wanted 15% 25% 50% 494
same "weeks" 160 "$("$usher" power --rate 10% --with 15% --holdout 20% --week 12 --csv | tail -n 1 | tr -d '\r' | cut -d, -f6)"
[ "$("$usher" power | wc -l)" -gt 20 ] || fail "no table"
"$usher" power --lang zh | grep -q 留出 || fail "not Chinese"
refused() { # WORDS ARGUMENTS...
  local words=$1 said
  shift
  said=$("$usher" power "$@" 2>&1) && fail "not refused: $*"
  [[ $said == *"$words"* ]] || fail "$*: said $said"
}
refused "such as 20%" --holdout 120%
refused "more than --rate" --rate 20% --with 10%
refused "needs --rate" --with 10%
refused "such as 12" --rate 10% --week none
