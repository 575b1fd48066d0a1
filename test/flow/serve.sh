# A server takes what every dialect posts, and when it has stopped `usher query` shows
# just that. What is refused is refused with a reason, and nothing is redirected.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
  app: {key: phc_app}
  lab: {key: wk_lab, mode: test}
signals:
  seats: count("Limit Reached" where resource == "seats", 14d)
YML
server_start "$work/space"

# ---- its threads can be told apart
for name in commit evaluate load seal lay job answer; do
  grep -qx "usher-$name" "/proc/$server/task"/*/comm || fail "no thread is called usher-$name"
done

# ---- Segment, long and short, with and without a slash, by every way to name a key
ok='200 {"success":true}'
same batch "$ok" "$(answer -u wk_web: "$base/v1/batch" -d '{"batch":[{"type":"identify","userId":"u1","anonymousId":"a1","messageId":"s1","traits":{"email":"ada@norvik.example"}},{"type":"group","userId":"u1","groupId":"acme","messageId":"s2","traits":{"plan":"pro"}}]}')"
same 'batch/' "$ok" "$(answer "$base/v1/batch/" -d '{"writeKey":"wk_web","batch":[{"type":"track","event":"Limit Reached","userId":"u1","messageId":"s3","properties":{"resource":"seats"},"context":{"groupId":"acme"}}]}')"
same short "$ok" "$(answer -H 'X-Write-Key: wk_web' -H 'Content-Type: text/plain' "$base/v1/t" -d '{"event":"Short","userId":"u1","messageId":"s4"}')"
same bearer "$ok" "$(answer -H 'Authorization: Bearer wk_web' "$base/v1/page/" -d '{"name":"Home","anonymousId":"a1","messageId":"s5"}')"
same oauth "$ok" "$(answer -H 'Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln' "$base/v1/batch" -d '{"writeKey":"wk_web","batch":[{"type":"track","event":"Token","userId":"u1","messageId":"s6"}]}')"
same again "$ok" "$(answer -u wk_web: "$base/v1/t" -d '{"event":"Short","userId":"u1","messageId":"s4"}')"
# ---- RudderStack: gzip under a form's name, without saying so
printf '{"batch":[{"type":"track","event":"Rudder","userId":"u2","messageId":"r1","originalTimestamp":"2026-01-01T00:00:00Z","sentAt":"2026-01-01T00:00:01Z","channel":"server"}]}' | gzip >"$work/rudder.gz"
same rudder "$ok" "$(answer -u wk_web: -H 'Content-Type: application/x-www-form-urlencoded' "$base/v1/batch" --data-binary "@$work/rudder.gz")"
# ---- PostHog, both shapes
same posthog '200 {"status":1}' "$(answer "$base/batch/" -d '{"api_key":"phc_app","batch":[{"event":"Hog","distinct_id":"u3","uuid":"018f0000-0000-7000-8000-000000000001","properties":{"$groups":{"company":"acme"}},"timestamp":"2026-01-02T00:00:00Z"}],"sent_at":"2026-01-02T00:00:01Z"}')"
same verdicts '200 {"results":{"018f0000-0000-7000-8000-000000000002":{"result":"ok"}}}' "$(answer -H 'Authorization: Bearer phc_app' "$base/i/v1/analytics/events" -d '{"created_at":"2026-01-02T00:00:01Z","batch":[{"event":"Hog","distinct_id":"u3","uuid":"018f0000-0000-7000-8000-000000000002","timestamp":"2026-01-02T00:00:00Z"}]}')"
# ---- Jitsu: the header's key is the true one, that of the body is masked
same jitsu "$ok" "$(answer -H 'X-Write-Key: wk_web:secret' "$base/api/s/track" -d '{"type":"track","event":"Jitsu","userId":"u4","messageId":"j1","writeKey":"wk_web:***"}')"
same 'jitsu, from a server' "$ok" "$(answer -H 'X-Write-Key: wk_web:secret' "$base/api/s/s2s/track" -d '{"type":"track","event":"Jitsu Server","userId":"u4","messageId":"j2"}')"
# ---- of a test source
same lab "$ok" "$(answer -u wk_lab: "$base/v1/t" -d '{"event":"Limit Reached","userId":"u1","messageId":"s3","properties":{"resource":"seats"},"context":{"groupId":"acme"}}')"
# ---- what a browser asks first
curl -s -i -X OPTIONS -H 'Origin: https://a.example' -H 'Access-Control-Request-Headers: anonymousid,authorization,x-ip-policy' "$base/v1/t" >"$work/preflight"
grep -qi '^HTTP/1.1 204' "$work/preflight" || fail "a preflight is not answered 204"
grep -qi 'access-control-allow-headers: *anonymousid,authorization,x-ip-policy' "$work/preflight" || fail "a preflight allows not what a client sends"
curl -s -i -X OPTIONS -H 'Origin: https://a.example' "$base/v1/t" | grep -qi 'access-control-allow-headers:.*authorization.*x-retry-count' || fail "a preflight that asks for no headers allows none"
answer "$base/v1/projects/wk_web/settings" | grep -q '"apiKey":"wk_web"' || fail "no settings"
# ---- what is wrong
answer -u nobody: "$base/v1/batch" -d '{"batch":[]}' | grep -q '^401 ' || fail "a strange key is not refused"
answer -u wk_web: "$base/v1/batch" -d '{"batch":[' | grep -q '^400 ' || fail "half a body is not refused"
answer -u wk_web: "$base/v1/batch" -d '{"batch":[{"type":"track","event":"Good","userId":"u1","messageId":"g1"},{"type":"track","userId":"u1","messageId":"g2"}]}' >"$work/mixed"
grep -q '^200 .*"dead":1,"errors":\[{"index":1,' "$work/mixed" || fail "one bad message: $(cat "$work/mixed")"
for path in e i/v0/e capture; do # as docs/operations.md says of PostHog's other clients
  answer "$base/$path/" -d '{"api_key":"phc_app","event":"Hog","distinct_id":"u3"}' | grep -q '^404 ' || fail "/$path/ is taken"
done
answer "$base/nothing" | grep -q '^404 ' || fail "a path that is none"
# ---- health
same alive '200 {"status":"alive"}' "$(answer "$base/healthz")"
for _ in $(seq 1 100); do [ "$(metric usher_history_lag_lines)" = 0 ] && [ "$(metric usher_history_open)" = 1 ] && break; sleep 0.1; done
answer "$base/readyz" | grep -q '^200 {"status":"\(ready\|degraded\)"' || fail "not ready: $(cat "$work/answer")"
grep -q '"name":"lab","mode":"test"' "$work/answer" || fail "the test source is not shown as one"
same 'repeats' 1 "$(metric usher_repeats_total)"
same 'lines of web' 12 "$(metric 'usher_source_lines_total{source="web"}')"
same 'lines of lab' 1 "$(metric 'usher_source_lines_total{source="lab"}')"
same 'dead letters' 2 "$(metric usher_dead_letters_total)"
[ "$(metric usher_groups_from_memory_total)" -gt 0 ] || fail 'every group was read back from the journal'
curl -s "$base/metrics" | python3 -c '
import re, sys
typed = {}
for line in sys.stdin.read().splitlines():
    if line.startswith("# TYPE "):
        name, kind = line[7:].split()
        if name in typed: sys.exit("twice: " + name)
        typed[name] = kind
    elif not line.startswith("# HELP "):
        m = re.fullmatch(r"([a-z_]+)(\{[a-z]+=\"[^\"]*\"\})? (-?[0-9.e+-]+)", line)
        if not m: sys.exit("no sample: " + line)
        name = re.sub("_(bucket|sum|count)$", "", m.group(1)) if m.group(1) not in typed else m.group(1)
        if name not in typed: sys.exit("no type: " + line)
if len(typed) < 25: sys.exit("only %d metrics" % len(typed))
' || fail "/metrics is not Prometheus's text"

# ---- one server a workspace
if "$usher" -C "$work/space" serve --listen 127.0.0.1:0 2>"$work/second"; then fail "a second server runs on one workspace"; fi
grep -q "process $server" "$work/second" || fail "who holds it is not said: $(cat "$work/second")"
server_stop

# ---- what was sent is what history holds, once each
"$usher" -C "$work/space" query --csv "SELECT event, person, coalesce(account, ''), source FROM events_now ORDER BY event, seq" | tail -n +2 | tr -d '\r' >"$work/got"
cat >"$work/wanted" <<'CSV'
Good,u1,acme,web
Hog,u3,acme,app
Hog,u3,"",app
Jitsu,u4,"",web
Jitsu Server,u4,"",web
Limit Reached,u1,acme,web
Page Viewed,u1,acme,web
Rudder,u2,"",web
Short,u1,acme,web
Token,u1,acme,web
CSV
diff -u "$work/wanted" "$work/got" || fail "history holds something else"
same 'dead letters' 2 "$(cell "$work/space" 'SELECT count(*) FROM dead_letters')"
same 'lines of tests' 1 "$(cell "$work/space" "SELECT lines FROM counts WHERE kind = 'test'")"
same 'counted' 1 "$("$usher" -C "$work/space" values --account acme --signal seats | tail -n 1 | tr -d '\r' | awk -F, '{print $NF}')"

# ---- started again it knows what it has, and keys are not in anything it wrote
server_start "$work/space"
answer -u wk_web: "$base/v1/t" -d '{"event":"Short","userId":"u1","messageId":"s4"}' >/dev/null
same 'known after a restart' 1 "$(metric usher_repeats_total)"
server_stop
if grep -q 'wk_web\|phc_app\|eyJ' "$server_log"; then fail "a key is in the log"; fi
if journal_text "$work/space" | grep -q 'wk_web\|phc_app\|eyJ'; then fail "a key is in the journal"; fi

# ---- over TLS
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
server_start "$work/space" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem"
case $base in https://*) ;; *) fail "not https: $base" ;; esac
same 'over TLS' "$ok" "$(answer --cacert "$work/cert.pem" --connect-to "localhost:${base##*:}:127.0.0.1:${base##*:}" -u wk_web: "https://localhost:${base##*:}/v1/t" -d '{"event":"Secret","userId":"u1","messageId":"t1"}')"
if curl -s "http://127.0.0.1:${base##*:}/healthz" >/dev/null; then fail "plain HTTP is answered where TLS is spoken"; fi
server_stop
same 'TLS kept' 1 "$(cell "$work/space" "SELECT count(*) FROM events WHERE seq = (SELECT max(seq) FROM events)")"
if "$usher" -C "$work/space" serve --listen 127.0.0.1:0 --tls-cert "$work/key.pem" --tls-key "$work/key.pem" 2>"$work/tls"; then fail "a key as certificate is taken"; fi
grep -q PEM "$work/tls" || fail "what is wrong with a certificate is not said: $(cat "$work/tls")"
