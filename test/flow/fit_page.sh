# usher fit as a page, and its refusal as words.
. "$(dirname "$0")/lib.sh"
workspace "$work/sim"
"$usher" simulate - --events 40000 --days 200 --seed 5 | "$usher" -C "$work/sim" import - >/dev/null
"$usher" -C "$work/sim" fit --outcome-event "Report Viewed" --nth 3 --within 3d --horizon 20d --html "$work/fit.html" --lang both >"$work/said"
grep -q "Written to" "$work/said" || fail "said $(cat "$work/said")"
whole_page "$work/fit.html" 2 4 "Report Viewed" "score:" 评分 "AUC"
said=$("$usher" -C "$work/sim" fit --outcome-event "Report Viewed" --lang both 2>&1) && fail "both languages on a terminal"
[[ $said == *"add --html"* ]] || fail "said $said"
said=$("$usher" -C "$work/sim" fit --outcome-event "Report Viewed" --nth 3 --within 3d --horizon 20d --html "$work/none/fit.html" 2>&1) && fail "a page nowhere"
[[ $said == *"none/fit.html"* ]] || fail "said $said"
