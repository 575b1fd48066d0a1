# The API of the running server: it says what the commands say, tells transitions as they
# are committed, and again from where a reader was, and lets in whom a token lets in.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
outcomes: {paid: {payment: first}}
signals: {invites: 'count("Invite Sent", 14d)'}
qualify:
  team: {aim: paid, must: ['invites >= 2']}
YML
server_start "$space"
api=$base/api/v1

invite() { # ACCOUNT USER
  answer -u wk_web: "$base/v1/t" -d '{"event":"Invite Sent","userId":"'"$2"'","messageId":"'"$1$2"'","context":{"groupId":"'"$1"'"}}' >/dev/null
}
field() { # PYTHON OF j, of what the last answer's body is
  python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1"
}
until_heard() { # FILE COUNT
  for _ in $(seq 200); do
    [ "$(grep -c '^id: ' "$1")" -ge "$2" ] && return 0
    sleep 0.05
  done
  cat "$1"
  fail "$1 does not hear of $2 transitions"
}

# ---- told as they happen; a reader that comes back misses nothing and hears nothing twice
same 'a stream of nothing' 404 "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "$api/stream?definition=nosuch")"
curl -sN "$api/stream" >"$work/all" &
all=$!
curl -sN "$api/stream?account=bold" >"$work/bold" &
bold=$!
for _ in $(seq 100); do [ "$(metric usher_stream_readers)" = 2 ] && break; sleep 0.05; done
for account in acme bold "o'hara"; do for user in u1 u2 u3; do invite "$account" "$user"; done; done
until_heard "$work/all" 3
until_heard "$work/bold" 1
same 'ids told' '1 2 3' "$(sed -n 's/^id: //p' "$work/all" | tr '\n' ' ' | sed 's/ $//')"
same 'of one account' 2 "$(sed -n 's/^id: //p' "$work/bold")"
curl -sN -m 2 -H 'Last-Event-ID: 2' "$api/stream" >"$work/again" || true
same 'after the last id' 3 "$(sed -n 's/^id: //p' "$work/again")"
curl -sN -m 2 "$api/stream?after=1" >"$work/again" || true
same 'after an id' '2 3' "$(sed -n 's/^id: //p' "$work/again" | tr '\n' ' ' | sed 's/ $//')"

# ---- transitions: pages, filters, and nothing sent twice for nothing
answer "$api/transitions?limit=2" >/dev/null
same 'a page' "['acme', 'bold']" "$(field '[t["account"] for t in j["transitions"]]')"
next=$(field 'j["next"]')
answer "$api/transitions?limit=2&after=$next" >/dev/null
same 'the last page' "o'hara None" "$(field 'j["transitions"][0]["account"] + " " + str(j["next"])')"
answer "$api/transitions?order=newest&change=entered&limit=1" >/dev/null
same 'the newest' 3 "$(field 'j["transitions"][0]["id"]')"
data=$(sed -n 's/^data: //p' "$work/all" | tail -n 1)
same 'a row' "$data" "$(field 'json.dumps(j["transitions"][0], separators=(",", ":"), ensure_ascii=False)')"
tag=$(curl -s -D - -o /dev/null "$api/transitions" | tr -d '\r' | sed -n 's/^ETag: //p')
same 'not modified' 304 "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $tag" "$api/transitions")"

# ---- lists
answer "$api/accounts?limit=2" >/dev/null
same 'accounts' "acme bold" "$(field '" ".join(a["account"] for a in j["accounts"])')"
same 'one of another list' 400 "$(curl -s -o /dev/null -w '%{http_code}' "$api/accounts?after=$next")"
answer "$api/accounts?after=$(field 'j["next"]')" >/dev/null
same 'the other accounts' "o'hara None" "$(field 'j["accounts"][0]["account"] + " " + str(j["next"])')"
answer -u wk_web: "$base/v1/t" -d '{"userId":"u1"}' >/dev/null
answer "$api/dead-letters?reason=event.no_name" >/dev/null
same 'dead letters' '1 event.no_name' "$(field 'str(len(j["dead_letters"])) + " " + j["dead_letters"][0]["reason"]')"

# ---- what is wrong has a reason
for wrong in 'transitions?after=x' 'transitions?after=2' 'accounts?after=bold' 'transitions?order=up' 'queue?at=soon' 'dead-letters?after=x' 'values?signal=nothing' 'accounts/nobody' 'queue?definition=nothing' 'accounts/acme/timeline?from=x'; do
  case $(curl -s -o "$work/answer" -w '%{http_code} %{content_type}' "$api/$wrong") in
  40[04]' application/problem+json') [ -n "$(field 'j["detail"]')" ] || fail "$wrong has no reason" ;;
  *) fail "$wrong: $(cat "$work/answer")" ;;
  esac
done

detail() { # CURL ARGUMENTS...
  curl -s -o "$work/answer" "$@"
  field 'j["detail"]'
}
says() { # PATH ENGLISH CHINESE [CURL ARGUMENTS...]
  local path=$1 en=$2 zh=$3 and='?'
  shift 3
  [ "$path" = "${path#*\?}" ] || and='&'
  same "$path" "$en" "$(detail "$@" "$api/$path")"
  same "$path for a browser" "$zh" "$(detail -H 'Accept-Language: zh-CN' "$@" "$api/$path")"
  same "$path with lang" "$zh" "$(detail "$@" "$api/$path${and}lang=zh")"
}

# ---- names that do not exist are refused, in the language asked for
says 'transitions?change=nosuch' 'change: one of entered, converted, excluded, left, faded, expired, redefined' 'change：应为 entered, converted, excluded, left, faded, expired, redefined 之一'
same 'no such change' 400 "$(field 'j["status"]')"
answer "$api/transitions?change=left" >/dev/null
same 'nobody left' '[]' "$(field 'j["transitions"]')"
says 'transitions?definition=nosuch' 'usher.yml has no definition nosuch' 'usher.yml 中没有名为 nosuch 的定义'
same 'no such definition' 404 "$(field 'j["status"]')"

# ---- … in the language asked for
says 'transitions?limit=x' 'limit: a whole number from 0 to 1000' 'limit：应为 0 到 1000 之间的整数'
says 'queue?at=soon' 'at: a moment such as 2026-03-01T12:00:00Z' 'at：应为一个时刻，例如 2026-03-01T12:00:00Z'
says 'accounts?after=bold' 'after: takes what a page of this list gave as next' 'after：只接受本列表上一页给出的 next'
says 'transitions?order=up' 'order: oldest or newest' 'order：应为 oldest 或 newest'
says 'queue?definition=nothing' 'usher.yml has no definition nothing' 'usher.yml 中没有名为 nothing 的定义'
says 'accounts/acne' 'No account “acne” is known at this moment; did you mean “acme”?' '此刻没有名为“acne”的客户账户；您是指“acme”吗？'
says studies/x 'there is no study x' '没有编号为 x 的研究'
[[ "$(detail "$api/studies?lang=zh" -d '{"kind":"diff","of":["team"],"config":"acount: 1"}')" == *配置有错误：*未知* ]] || fail "mistakes of a configuration: $(cat "$work/answer")"
same 'lang before the browser' 'order: oldest or newest' "$(detail -H 'Accept-Language: zh-CN' "$api/transitions?order=up&lang=en")"
for list in 'zh;q=0.9, en;q=0.8' 'zh,en' 'zh-Hant-TW, en'; do
  same "$list" 'order：应为 oldest 或 newest' "$(detail -H "Accept-Language: $list" "$api/transitions?order=up")"
done
same 'English before Chinese' 'order: oldest or newest' "$(detail -H 'Accept-Language: en-US,en;q=0.9,zh;q=0.8' "$api/transitions?order=up")"

# ---- the same that the commands say, of the same moment
at=2026-12-01T00:00:00Z
curl -s "$api/accounts/o%27hara/timeline?at=$at" >"$work/trace"
tag=$(curl -s -D - -o /dev/null "$api/queue" | tr -d '\r' | sed -n 's/^ETag: //p')
same 'queue in another language' 200 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Accept-Language: zh' -H "If-None-Match: $tag" "$api/queue")"
same 'queue not modified' 304 "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $tag" "$api/queue")"
invite acme u4
same 'queue modified' 200 "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $tag" "$api/queue")"
curl -s "$api/queue?at=$at" >"$work/queue"
curl -s "$api/queue?at=$at&limit=1" >"$work/queue_one"
same 'queue of as many' 'True 1 True' "$(python3 -c '
import json, sys
all, some = (json.load(open(x)) for x in sys.argv[1:])
of = [r["definition"] for r in some["rows"]]
print(len(of) == len(set(r["definition"] for r in all["rows"])), max(map(of.count, of)),
      some["more"] == len(all["rows"]) - len(of) > 0 == all["more"])' "$work/queue" "$work/queue_one")"
same 'a limit that is none' 400 "$(curl -s -o /dev/null -w '%{http_code}' "$api/queue?limit=x")"
curl -s "$api/accounts/acme?at=$at&definition=team" >"$work/explain"
curl -s "$api/values?at=$at" >"$work/values"
same 'events by status' 10 "$(answer "$api/status" >/dev/null; field 'j["figures"]["events"]["value"]')"

# ---- a port has no commas
mkdir "$work/other"
cp "$space/usher.yml" "$work/other"
! "$usher" -C "$work/other" serve --listen "127.0.0.1:${base##*:}" 2>"$work/err" || fail "two servers at one port"
grep -q "nothing can listen at 127.0.0.1 port ${base##*:}: " "$work/err" || fail "the port is not said: $(cat "$work/err")"

# ---- who may
local_api=''
server_stop
port=${base##*:} server_start "$space"
same 'nobody without a token' 401 "$(curl -s -o /dev/null -w '%{http_code}' "$api/queue")"
curl -s "$api/queue" | grep -q 'usher serve --local-api' || fail "it does not say how"
server_stop
local_api=--local-api
port=${base##*:} server_start "$space"
same 'by another name' 401 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: usher.example' "$api/queue")"
same 'through a proxy' 401 "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-Forwarded-For: 192.0.2.1' "$api/queue")"
says queue 'no token is made yet, so only this machine may ask; see usher token' '尚未创建令牌，因此只有本机可以查询；请参阅 usher token' -H 'Host: usher.example'
token=$("$usher" -C "$space" token create crm --scopes read --json | sed 's/.*"token":"\([^"]*\)".*/\1/')
for given in 'X-None: 1' 'Authorization: Bearer usher_no'; do
  same "how to ask, after $given" 'Bearer' "$(curl -s -D - -o /dev/null -H "$given" "$api/transitions" | tr -d '\r' | sed -n 's/^WWW-Authenticate: //p')"
done
same 'without it' 401 "$(curl -s -o /dev/null -w '%{http_code}' "$api/transitions")"
same 'by a strange one' 401 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer usher_no' "$api/transitions")"
says transitions 'send a token as Authorization: Bearer …' '请以 Authorization: Bearer … 发送令牌'
says transitions 'this token is none in use' '此令牌无效或已被吊销' -H 'Authorization: Bearer usher_no'
says config "this token's scopes do not allow it" '此令牌的权限不允许此操作' -H "Authorization: Bearer $token"
same 'by it' 200 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$api/transitions")"
same 'when it was used' "$(date -u +%Y-%m-%d)" "$("$usher" -C "$space" token list --csv | tail -n 1 | cut -d, -f4 | cut -c1-10)"
"$usher" -C "$space" token create crm 2>"$work/twice" && fail "two tokens of one name"
"$usher" -C "$space" token create other --scopes all 2>"$work/scope" && fail "a scope that is none"
grep -q "read, write and admin" "$work/scope" || fail "scopes are not said: $(cat "$work/scope")"
"$usher" -C "$space" token create other --scopes '' 2>"$work/scope" && fail "a token that may nothing"
grep -q '"" is no scope' "$work/scope" || fail "no scope is not said: $(cat "$work/scope")"
"$usher" -C "$space" token revoke crm >/dev/null
same 'when it is revoked' 401 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$api/transitions")"
same 'and none is left' 200 "$(curl -s -o /dev/null -w '%{http_code}' "$api/transitions")"
same 'what token list says' 'crm,read' "$("$usher" -C "$space" token list --csv | tail -n +2 | cut -d, -f1,2)"
grep -q "$token" "$space"/data/state.sqlite* && fail "the token's text is kept"

# ---- what is wrong is said in whole characters, wherever it is cut
for start in '' a aa; do
  answer "$api/queue?lang=zh&definition=$start$(printf '%%E4%%B8%%AD%.0s' $(seq 400))" >/dev/null
  same "a long name, from $start" 404 "$(field 'j["status"]')"
done

# ---- a server that stops ends its streams
server_stop
wait "$all" "$bold" || fail "a stream was cut off"
"$usher" -C "$space" queue --at "$at" -n 1 --json >"$work/wanted"
cmp "$work/wanted" "$work/queue_one" || fail "queue of as many differs"
"$usher" -C "$space" queue --at "$at" --json >"$work/wanted"
cmp "$work/wanted" "$work/queue" || fail "queue differs"
"$usher" -C "$space" explain acme team --at "$at" --json >"$work/wanted"
cmp "$work/wanted" "$work/explain" || fail "explain differs"
"$usher" -C "$space" trace "o'hara" --to "$at" --json >"$work/wanted"
cmp "$work/wanted" "$work/trace" || fail "the timeline differs"
"$usher" -C "$space" values --at "$at" --json >"$work/wanted"
cmp "$work/wanted" "$work/values" || fail "values differ"

# ---- and a reader goes on where it was, in another run of the server
server_start "$space"
invite late u1
invite late u2
curl -sN -m 3 -H 'Last-Event-ID: 3' "$base/api/v1/stream" >"$work/late" || true
same 'in the next run' 1 "$(grep -c '^id: ' "$work/late")"
grep -q '"account":"late"' "$work/late" || fail "another one is told: $(cat "$work/late")"

# ---- an account's name may hold what means something in a URL
api=$base/api/v1
odd=(ac/me / 50% a%2Fb 'a?b' 'a#b' a+b 'a b' 'a&b' 中)
for name in "${odd[@]}"; do invite "$name" u1; done
loaded
for name in "${odd[@]}"; do
  in_url=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=""))' "$name")
  for what in '' / /explain /timeline; do
    same "$name, $what" 200 "$(curl -s -o "$work/answer" -w '%{http_code}' "$api/accounts/$in_url$what")"
    same "whose it is of $name, $what" "$name" "$(field 'j["account"]')"
  done
  answer "$api/values?signal=invites&account=$in_url" >/dev/null
  same "a value of $name" "$name" "$(field 'j["account"]')"
done
answer "$api/accounts/a+b" >/dev/null
same 'a plus is a plus in a path' a+b "$(field 'j["account"]')"
for wrong in 50% %2 %zz a%00b %ff; do
  same "$wrong" '400 application/problem+json' "$(curl -s -o "$work/answer" -w '%{http_code} %{content_type}' "$api/accounts/$wrong")"
  same "why not $wrong" 'the path is not percent-encoded UTF-8; a % is written %25' "$(field 'j["detail"]')"
done
same 'a slash in a key' '200 {"integrations":{"Segment.io":{"apiKey":"w/k"}}}' "$(answer "$base/v1/projects/w%2Fk/settings")"
same 'a call of Jitsu' '200 {"success":true}' "$(answer -u wk_web: "$base/api/s/s2s/track" -d '{"event":"Seen","userId":"u1"}')"
server_stop

# ---- whoever has an answer is not told that nothing changed when rows went or changed
space=$work/people
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
user_signals: {sent: 'count("Invite Sent", 30d)'}
signals: {invites: 'count("Invite Sent", 14d)'}
qualify:
  team: {kind: pqa, must: ['invites >= 1']}
  keen: {kind: pql, within: team, must: ['sent >= 1']}
YML
server_start "$space"
api=$base/api/v1
for user in ada-7731 ben cy; do invite acme $user; done
until_state 'all are told' 4 'SELECT count(*) FROM transitions'
loaded
answer "$api/studies" -d '{"kind":"values","options":{"user":true}}' >/dev/null
until_state 'a study is done' 2 'SELECT status FROM jobs'
for path in transitions studies/1/result; do
  curl -s "$api/$path" | grep -q '"ada-7731"' || fail "$path does not name her: $(curl -s "$api/$path")"
done
tagged=(transitions 'transitions?definition=keen&limit=1' queue accounts accounts/acme accounts/acme/timeline 'values?user=true' dead-letters studies/1/result)
declare -A tags
tags_take() {
  local path
  for path in "${tagged[@]}" config; do
    tags[$path]=$(curl -s -D - -o /dev/null "$api/$path" | tr -d '\r' | sed -n 's/^ETag: //p')
    asked_again 304 "$path"
  done
}
asked_again() { # STATUS PATH
  same "$2 of before" "$1" "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: ${tags[$2]}" "$api/$2")"
}
tags_take
"$usher" -C "$space" forget user ada-7731 >/dev/null
for path in "${tagged[@]}"; do
  asked_again 200 "$path"
  ! curl -s "$api/$path" | grep -q '"ada-7731"' || fail "$path names her still"
done
asked_again 304 config
tags_take
python3 - "$space/data/state.sqlite" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("UPDATE transitions SET corrected = 1767225600000000 WHERE user = 'ben'")
PY
asked_again 200 transitions
curl -s "$api/transitions" | grep -q '"corrected":"2026-01-01T00:00:00' || fail "it is not corrected: $(curl -s "$api/transitions")"
tags_take
config_reload
asked_again 200 config
for path in transitions studies/1/result; do asked_again 304 "$path"; done
server_stop
server_start "$space"
api=$base/api/v1
for path in transitions studies/1/result; do asked_again 304 "$path"; done

# ---- of a definition that was taken out rows are left, of another one there need be none
sed -i 's/^  keen:.*/  idle: {must: ["invites >= 900"]}/' "$space/usher.yml"
config_reload
answer "$api/transitions?definition=keen&limit=1" >/dev/null
same 'of one that was taken out' ben "$(field 'j["transitions"][0]["user"]')"
answer "$api/transitions?definition=keen&account=none" >/dev/null
same 'of one that was taken out, none' '[]' "$(field 'j["transitions"]')"
answer "$api/transitions?definition=idle" >/dev/null
same 'of one without rows' '[]' "$(field 'j["transitions"]')"
same 'of one that never was' 404 "$(curl -s -o /dev/null -w '%{http_code}' "$api/transitions?definition=kene")"

# ---- as many messages as the manual says
for count in 50000 50001; do
  python3 - $count >"$work/many" <<'PY'
import json, sys
print(json.dumps({"batch": [{"type": "track", "userId": "u", "event": "B"}] * int(sys.argv[1])}))
PY
  same "$count messages" $((count > 50000 ? 413 : 200)) "$(curl -s -o /dev/null -w '%{http_code}' -u wk_web: --data-binary "@$work/many" "$base/v1/batch")"
done
server_stop
