# Answers have an end, however much there is to tell: an explanation that is too long says
# how many of its lines it leaves out.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
python3 - "$space/usher.yml" <<'PY'
import sys
wide = ['count("Invite Sent" where kind in [%s], 14d) >= 0' % ", ".join('"%s"' % (str(1000 * line + n) * 60) for n in range(50))
        for line in range(1, 21)]
with open(sys.argv[1], "w") as f:
    f.write("account: {unit: workspace}\nsources: {web: {key: wk_web}}\nsignals: {invites: 'count(\"Invite Sent\", 14d)'}\n")
    f.write("qualify:\n  team: {must: ['invites >= 2']}\n  wide:\n    must:\n      - invites >= 2\n")
    f.write("".join("      - '%s'\n" % line for line in wide) + "      - invites >= 1\n")
PY
field() { # PYTHON OF j, of what the last answer's body is
  python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1"
}

# ---- an explanation
server_start "$space"
for n in 1 2; do answer -u wk_web: "$base/v1/t" -d '{"event":"Invite Sent","userId":"u1","messageId":"m'$n'","context":{"groupId":"acme"}}' >/dev/null; done
for _ in $(seq 100); do [ "$(metric usher_transitions_total)" = 2 ] && break; sleep 0.05; done
answer "$base/api/v1/transitions?definition=team" >/dev/null
same 'one that is whole' '1 False' "$(field '"%d %s" % (len(j["transitions"][0]["explanation"]["lines"]), "left_out" in j["transitions"][0]["explanation"])')"
answer "$base/api/v1/transitions?definition=wide" >/dev/null
same 'one that is too long' 'True 22' "$(field '(lambda x: "%s %d" % (0 < x["left_out"] < 21, x["left_out"] + len(x["lines"])))(j["transitions"][0]["explanation"])')"
same 'the short line behind the long ones' 'invites >= 1' "$(field 'j["transitions"][0]["explanation"]["lines"][-1]["expression"]')"
server_stop
