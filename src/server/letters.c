#include "server/letters.h"

#include "base/buf.h"
#include "import/print.h"
#include "text/text.h"

enum { SQL_BYTES = 1 << 20, BATCH_BYTES = 4 << 20 };

struct letter {
    int64_t seq, known;
    us_str path, source, reason;
    us_str message; /* its object, with bytes after it */
};

struct retry {
    const struct us_letters_asked *asked;
    struct us_letters_done *out;
    struct us_arena *a; /* of the whole call */
    size_t limit;
    struct letter *letters;
    size_t letter_count, letter_cap;
    size_t held;                  /* bytes of them */
    struct us_json *json, *inner; /* of the letter, of what it holds */

    struct us_arena batch; /* what follows lies in it, until it is put */
    struct us_intake_message *items;
    size_t item_count, item_cap;
    int64_t *taken;
    size_t taken_count, taken_cap;
    size_t bytes;
};

/* ---- which ---- */

static us_str padded(struct us_arena *a, us_str text)
{
    char *bytes = us_new(a, char, text.len + US_JSON_PAD);
    for (size_t i = 0; i < text.len; i++)
        bytes[i] = text.ptr[i];
    return (us_str){bytes, text.len};
}

static us_code letter_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct retry *r = ctx;
    (void)head;
    (void)e;
    r->out->more |= r->letter_count == r->limit || r->held > US_LETTERS_BYTES;
    if (r->out->more) return US_OK;
    struct letter *l = us_push(r->a, r->letters, r->letter_count, r->letter_cap);
    *l = (struct letter){.path = us_arena_str(r->a, cells[2].text),
        .source = us_arena_str(r->a, cells[3].text),
        .reason = us_arena_str(r->a, cells[4].text),
        .message = padded(r->a, cells[5].text)};
    us_str_int(cells[0].text, &l->seq);
    us_str_int(cells[1].text, &l->known);
    r->held += l->message.len;
    return US_OK;
}

static void text_put(struct us_buf *out, us_str text)
{
    us_buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(out, '\'');
        if (text.ptr[i]) us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '\'');
}

/* What came in at the routes of clients or of Stripe. One of which a part varies is
 * known by what stands before that, as us_ingest_call knows it. */
static void routes_put(struct us_buf *sql)
{
    us_buf_put(sql, US_S("(file = "));
    text_put(sql, us_str_c(us_webhook_routes[0].path));
    for (size_t i = 0; i < us_ingest_route_count; i++) {
        us_str path = us_str_c(us_ingest_routes[i].path);
        us_str fixed = us_str_slice(path, 0, us_str_find(path, US_S("{")));
        bool whole = fixed.len == path.len;
        if (!us_str_eq(us_str_c(us_ingest_routes[i].method), US_S("POST"))) continue;
        us_buf_put(sql, whole ? US_S(" OR file = ") : US_S(" OR starts_with(file, "));
        text_put(sql, fixed);
        if (!whole) us_buf_char(sql, ')');
    }
    us_buf_char(sql, ')');
}

static us_code find(struct retry *r, struct us_history *h, struct us_error *e)
{
    const struct us_letters_asked *asked = r->asked;
    struct us_buf sql = us_buf_new(r->a, SQL_BYTES);
    us_buf_put(&sql, US_S("SELECT seq, epoch_us(known), file, source, reason, message "
                          "FROM dead_letters WHERE "));
    routes_put(&sql);
    us_buf_fmt(&sql, " AND seq > %lld", (long long)asked->after);
    if (asked->reason.len) us_buf_put(&sql, US_S(" AND reason = "));
    if (asked->reason.len) text_put(&sql, asked->reason);
    if (asked->seq_count) us_buf_put(&sql, US_S(" AND seq IN (NULL"));
    for (size_t i = 0; i < asked->seq_count; i++)
        us_buf_fmt(&sql, ", %lld", (long long)asked->seqs[i]);
    if (asked->seq_count) us_buf_char(&sql, ')');
    us_buf_fmt(&sql, " ORDER BY seq LIMIT %zu", r->limit + 1);
    if (sql.full)
        return us_fail(e, US_LIMIT, "server.letters_many",
            US_ARGS(US_WHOLE("most", US_LETTERS_MAX)));
    US_TRY(us_history_sql(h, us_buf_str(&sql), letter_row, r, e));
    if (r->out->more) r->out->next = r->letters[r->letter_count - 1].seq;
    return US_OK;
}

/* ---- one ---- */

static void still_dead(
    struct retry *r, const struct letter *l, us_str reason, const struct us_error *why)
{
    struct us_letters_done *out = r->out;
    out->dead++;
    if (out->told_count == US_LETTERS_TOLD) return;
    out->told[out->told_count++] =
        (struct us_letters_told){l->seq, us_arena_str(r->a, reason),
            why ? us_text(r->a, US_EN, why->key, why->args) : (us_str){"", 0}};
}

static void dead_by(struct retry *r, const struct letter *l, const struct us_error *why)
{
    still_dead(r, l, us_str_c(why->key), why);
}

/* What it holds; false: not all of it was kept, or it is no text at all. */
static bool bytes_of(
    struct retry *r, const struct letter *l, us_str *out, struct us_error *why)
{
    struct us_json_doc doc;
    int64_t size = 0;
    us_code code = us_json_parse(r->json, l->message, &doc, why);
    if (code != US_OK) return false;
    uint32_t bytes = us_json_get(&doc, 0, US_S("bytes"));
    us_str_int(us_json_raw(&doc, us_json_get(&doc, 0, US_S("size"))), &size);
    bool whole = bytes != US_JSON_NONE && size <= US_DEAD_BYTES_MAX;
    if (!whole)
        code = us_fail(why, US_INPUT,
            bytes == US_JSON_NONE ? "server.letter_bytes" : "server.letter_cut",
            US_ARGS(US_BYTES("bytes", size)));
    if (!whole) return false;
    *out = padded(&r->batch, us_json_text(&doc, bytes, &r->batch));
    return true;
}

/* The i-th of what a letter became. One without an id of its own gets one by the
 * letter. */
static void item_put(struct retry *r, const struct us_intake_message *item,
    const struct letter *l, size_t i)
{
    struct us_intake_message *to =
        us_push(&r->batch, r->items, r->item_count, r->item_cap);
    *to = *item;
    to->stamp = US_STAMP_KNOWN;
    if (to->head.type != US_LINE_DEAD) to->head.received = l->known;
    if (to->id.len) return;
    to->head.id = to->id = us_arena_fmt(&r->batch, "d:%lld:%zu", (long long)l->seq, i);
    to->print = us_row_print(to->head.source, to->head.type, to->id);
}

static void took(struct retry *r, const struct letter *l)
{
    *us_push(&r->batch, r->taken, r->taken_count, r->taken_cap) = l->seq;
}

static bool source_of(const struct us_serve_sources *rules, us_str name, bool *test)
{
    *test = false;
    for (size_t i = 0; i < rules->client_count; i++) {
        if (!us_str_eq(rules->clients[i].name, name)) continue;
        *test = rules->clients[i].test;
        return true;
    }
    return rules->client_count == 0;
}

static void no_source(struct retry *r, const struct letter *l)
{
    struct us_error why;
    us_code code = us_fail(
        &why, US_INPUT, "server.letter_source", US_ARGS(US_TEXT("source", l->source)));
    us_assert(code != US_OK);
    dead_by(r, l, &why);
}

static void posted(struct retry *r, const struct letter *l, us_str body, us_str call)
{
    struct us_intake in;
    struct us_intake_asked asked = {.body = body,
        .path = l->path,
        .call = call,
        .source = l->source,
        .received = l->known,
        .message_bytes_max = US_MESSAGE_BYTES_MAX};
    if (!source_of(r->asked->sources, l->source, &asked.test)) {
        no_source(r, l);
        return;
    }
    us_intake_read(r->inner, &asked, &r->batch, &in);
    if (in.count == in.dead || in.too_many) {
        if (in.count && in.items[0].dead)
            dead_by(r, l, in.items[0].dead);
        else
            still_dead(r, l, l->reason, NULL);
        return;
    }
    for (size_t i = 0; i < in.count; i++)
        item_put(r, &in.items[i], l, i);
    took(r, l);
}

static void webhook(struct retry *r, const struct letter *l, us_str body)
{
    const struct us_serve_sources *rules = r->asked->sources;
    struct us_intake_message item;
    struct us_error why = {0};
    const struct us_webhook_source *of = NULL;
    for (size_t i = 0; i < rules->webhook_count; i++)
        if (us_str_eq(rules->webhooks[i].name, l->source)) of = &rules->webhooks[i];
    if (!of) {
        no_source(r, l);
        return;
    }
    us_code code = us_webhook_read(of, rules->domains, body, &r->batch, &item, &why);
    if (code != US_OK && code != US_NOT_FOUND) {
        dead_by(r, l, &why);
        return;
    }
    if (code == US_OK) item_put(r, &item, l, 0);
    took(r, l); /* US_NOT_FOUND: it tells nothing that is kept, now */
}

static void one(struct retry *r, const struct letter *l)
{
    us_str body, call;
    struct us_error why = {0};
    bool client = us_ingest_call(l->path, &call); /* else Stripe's */
    r->out->tried++;
    r->bytes += l->message.len; /* of one that stays dead too: it was read */
    if (!bytes_of(r, l, &body, &why))
        dead_by(r, l, &why);
    else if (client)
        posted(r, l, body, call);
    else
        webhook(r, l, body);
}

/* ---- batches ---- */

static void retry_line(struct retry *r)
{
    struct us_buf m = us_buf_new(&r->batch, SQL_BYTES);
    us_buf_put(&m, US_S("{\"letters\":["));
    for (size_t i = 0; i < r->taken_count; i++)
        us_buf_fmt(&m, "%s%lld", i ? "," : "", (long long)r->taken[i]);
    us_buf_put(&m, US_S("]}"));
    us_assert(!m.full);
    /* Another list is another line, though its first may be the same. */
    us_print sum = us_print_of(us_buf_str(&m));
    us_str id = us_arena_fmt(&r->batch, "h:%016llx%016llx", (unsigned long long)sum.hi,
        (unsigned long long)sum.lo);
    us_str source = US_S("usher");
    *us_push(
        &r->batch, r->items, r->item_count, r->item_cap) = (struct us_intake_message){
        .head = {.type = US_LINE_RETRY, .source = source, .sent = US_NEVER, .id = id},
        .id = id,
        .print = us_row_print(source, US_LINE_RETRY, id),
        .m = us_buf_str(&m)};
}

static us_code batch_end(struct retry *r, struct us_error *e)
{
    us_code code = US_OK;
    if (r->taken_count) {
        retry_line(r);
        struct us_batch b = {.items = r->items, .count = r->item_count};
        code = r->asked->put(r->asked->ctx, &b, e);
        if (code == US_OK) {
            r->out->taken += r->taken_count;
            r->out->added += b.added - 1; /* without the line that says so */
            r->out->repeats += b.repeats;
        }
    }
    us_arena_reset(&r->batch);
    r->items = NULL;
    r->taken = NULL;
    r->item_count = r->item_cap = r->taken_count = r->taken_cap = r->bytes = 0;
    return code;
}

us_code us_letters_retry(struct us_history *h, const struct us_letters_asked *asked,
    struct us_arena *a, struct us_letters_done *out, struct us_error *e)
{
    *out = (struct us_letters_done){0};
    struct retry r = {.asked = asked, .out = out, .a = a, .limit = asked->limit};
    if (!r.limit || r.limit > US_LETTERS_MAX) r.limit = US_LETTERS_MAX;
    US_TRY(find(&r, h, e));
    us_arena_init(&r.batch, (size_t)1 << 30);
    r.json = us_json_new();
    r.inner = us_json_new();
    us_code code = US_OK;
    for (size_t i = 0; i < r.letter_count && code == US_OK; i++) {
        one(&r, &r.letters[i]);
        if (r.taken_count == US_LETTERS_BATCH || r.bytes > BATCH_BYTES)
            code = batch_end(&r, e);
    }
    if (code == US_OK) code = batch_end(&r, e);
    us_json_free(r.inner);
    us_json_free(r.json);
    us_arena_done(&r.batch);
    return code;
}

struct us_state_audit us_letters_audit(const struct us_letters_asked *asked,
    const struct us_letters_done *d, struct us_arena *a)
{
    return (struct us_state_audit){.who = asked->who,
        .what = US_S("replay"),
        .about = asked->reason,
        .details = us_arena_fmt(a,
            "{\"tried\":%zu,\"taken\":%zu,\"dead\":%zu,\"added\":%zu,\"repeats\":%zu}",
            d->tried, d->taken, d->dead, d->added, d->repeats)};
}

void us_letters_json(const struct us_letters_done *d, struct us_buf *out)
{
    us_buf_fmt(out,
        "{\"tried\":%zu,\"taken\":%zu,\"dead\":%zu,\"added\":%zu,\"repeats\":%zu,"
        "\"more\":%s,\"next\":",
        d->tried, d->taken, d->dead, d->added, d->repeats, d->more ? "true" : "false");
    if (d->more)
        us_buf_int(out, d->next);
    else
        us_buf_put(out, US_S("null"));
    us_buf_put(out, US_S(",\"still_dead\":["));
    for (size_t i = 0; i < d->told_count; i++) {
        us_buf_fmt(out, "%s{\"seq\":%lld,\"reason\":", i ? "," : "",
            (long long)d->told[i].seq);
        us_buf_json(out, d->told[i].reason);
        us_buf_put(out, US_S(",\"message\":"));
        us_buf_json(out, d->told[i].words);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}\n"));
}
