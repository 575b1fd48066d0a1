/* live_bench.c: what the live path costs an event, on one thread, from bytes to
 * transitions.
 *
 *     live_bench CONFIG [EVENTS [check]] < messages.ndjson
 *
 * Messages are read from the standard input block by block; what counts is the CPU time
 * of the thread between two reads. A block is worked through in batches of 64 messages,
 * each stage over the whole batch: parsed and read as import reads them; told apart
 * from all before by the fingerprints that import keeps; names, people and accounts
 * made dense ids; rows given to a shard of all definitions. A stage's part of the CPU
 * time is its part by the clock. EVENTS makes room for that many fingerprints
 * beforehand, as a start from the journal does; it is not charged. CONFIG has no
 * `first`, which asks for rows again when an earlier one comes.
 *
 * A message is its userId's, or the user's whom an identify last linked its anonymousId
 * to; its account is its own groupId, or the one its person last joined. With `check`
 * all rows are kept, and replay (qualify/replay.h) has to find the same transitions in
 * them.
 */
#include "import/live_bench.h"

#include "event/event.h"
#include "history/runs.h"
#include "import/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, BLOCK = 32 << 20 };

typedef enum stage { PARSE, DEDUPE, INTERN, SIGNALS, STAGES } stage;

/* One message, as far as it is needed past its parsing. */
struct item {
    us_call call;
    int64_t at, known;
    us_str user, anonymous, group;
    us_print print;
    us_value *values; /* of its properties, by column */
    uint32_t name, person, account;
    bool duplicate;
};

struct bench {
    struct us_arena memory, text; /* of all, of a batch */
    struct us_rules *rules;
    struct us_live_rules *live;
    struct us_shard *shard;
    struct us_json *json;
    struct us_print_map seen;
    struct us_intern names, users, anonymous, groups;
    uint32_t *name_of;                 /* by interned name: index of need.names */
    struct us_arena group_of, user_of; /* 1 + group, by user; 1 + user, by anonymous */
    struct item *items;
    size_t item_count;
    int64_t known; /* the newest; each is later than the one before */
    uint64_t lines, bytes, dead, duplicates, rows, transitions, sum;
    double spent, clock[STAGES]; /* CPU seconds; by the clock */
    double ends, scan; /* CPU: of finding line ends; of the first block's JSON */
    uint64_t scanned;
    struct live_bench_kept *kept;
};

static double clock_of(clockid_t which)
{
    struct timespec ts;
    clock_gettime(which, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* ---- parsing ---- */

static void values_read(struct bench *b, const struct us_json_doc *doc,
    const struct us_message *m, struct item *item)
{
    const struct us_need *need = &b->rules->plan->need;
    struct us_live_columns columns =
        us_live_columns_of(us_live_rules_plan(b->live), item->name);
    if (!columns.count) return;
    item->values = us_new(&b->text, us_value, need->column_count);
    for (size_t i = 0; i < columns.count; i++) {
        const struct us_column *c = &need->columns[columns.items[i]];
        us_value v = us_missing();
        uint32_t node = US_JSON_NONE;
        if (m->properties != US_JSON_NONE)
            node = us_json_path(doc, m->properties, c->path);
        if (node != US_JSON_NONE) v = us_json_value(doc, node, &b->text);
        bool page = m->page_name.len && us_str_eq(c->path, US_S("name"));
        if (v.kind == US_MISSING && page) v = us_string(m->page_name);
        if (v.kind == c->kind) item->values[columns.items[i]] = v;
    }
}

static uint32_t name_of(struct bench *b, us_str name)
{
    uint32_t id = us_intern_find(&b->names, name);
    return id == US_INTERN_NONE ? US_NAME_OTHER : b->name_of[id];
}

static void line_read(struct bench *b, us_str line)
{
    struct us_json_doc doc;
    struct us_message m;
    struct us_head head = {.received = US_NEVER, .sent = US_NEVER, .known = US_NEVER};
    bool secret = false;
    b->lines++;
    bool good = us_json_parse(b->json, line, &doc, NULL) == US_OK &&
                us_body_read(&doc, 0, &head, &secret) == US_JSON_NONE &&
                us_message_read(&doc, 0, &head, US_NEVER, &b->text, &m, NULL) == US_OK;
    if (!good) {
        b->dead++;
        return;
    }
    struct item *item = &b->items[b->item_count++];
    *item = (struct item){.call = m.call,
        .at = m.at,
        .known = m.known,
        .user = m.user,
        .anonymous = m.anonymous,
        .group = m.group,
        .name = US_NAME_OTHER};
    us_str id = m.id.len ? m.id : line;
    item->print = us_row_print(US_S("import"), US_LINE_MESSAGE, id);
    us_print_map_prefetch(&b->seen, item->print);
    if (m.user.len) us_intern_prefetch(&b->users, m.user);
    if (m.group.len) us_intern_prefetch(&b->groups, m.group);
    if (m.call != US_TRACK) return;
    item->name = name_of(b, m.event);
    values_read(b, &doc, &m, item);
}

/* ---- duplicates, ids ---- */

static void dedupe(struct bench *b)
{
    for (size_t i = 0; i < b->item_count; i++) {
        bool fresh = false;
        us_print_map_put(&b->seen, b->items[i].print, &fresh);
        b->items[i].duplicate = !fresh;
        b->duplicates += !fresh;
    }
}

/* The place of a number by id; zero at first. */
static uint32_t *number_of(struct us_arena *list, uint32_t id)
{
    size_t count = us_arena_used(list) / sizeof(uint32_t);
    if (id >= count) us_new(list, uint32_t, id + 1 - count);
    return (uint32_t *)(void *)list->base + id;
}

static void intern_one(struct bench *b, struct item *item)
{
    uint32_t user = US_NOBODY;
    item->account = US_NOBODY;
    if (item->user.len) user = us_intern_put(&b->users, item->user);
    if (item->anonymous.len && (!item->user.len || item->call == US_IDENTIFY)) {
        uint32_t *of =
            number_of(&b->user_of, us_intern_put(&b->anonymous, item->anonymous));
        if (user != US_NOBODY) *of = user + 1;
        if (user == US_NOBODY && *of) user = *of - 1;
    }
    item->person = user;
    if (item->group.len) item->account = us_intern_put(&b->groups, item->group);
    if (user == US_NOBODY) return;
    uint32_t *group = number_of(&b->group_of, user);
    if (item->call == US_GROUP) *group = item->account + 1;
    if (item->account == US_NOBODY && *group) item->account = *group - 1;
}

static void intern(struct bench *b)
{
    for (size_t i = 0; i < b->item_count; i++)
        if (!b->items[i].duplicate) intern_one(b, &b->items[i]);
}

/* ---- rows ---- */

static void take(void *ctx, const struct us_firing *f)
{
    struct bench *b = ctx;
    b->transitions++;
    b->sum += live_bench_sum(f->account, f->definition, &f->transition);
}

static void again(void *ctx, struct us_shard *s, uint32_t account, int64_t t)
{
    (void)ctx; /* no row leaves, and CONFIG may have no `first` */
    (void)s;
    (void)account;
    (void)t;
    us_assert(false);
}

static void signals(struct bench *b)
{
    for (size_t i = 0; i < b->item_count; i++)
        if (b->items[i].account != US_NOBODY && !b->items[i].duplicate)
            us_shard_prefetch(b->shard, b->items[i].account, b->items[i].person);
    for (size_t i = 0; i < b->item_count; i++) {
        struct item *item = &b->items[i];
        if (item->duplicate || item->call != US_TRACK) continue;
        if (item->account == US_NOBODY) continue;
        int64_t known = item->known > b->known ? item->known : b->known + 1;
        struct us_log_event e = {.at = item->at,
            .from = known,
            .to = US_NEVER,
            .seq = (int64_t)b->rows++,
            .name = item->name,
            .user = item->person};
        b->known = known;
        us_shard_event(b->shard, item->account, &e, item->values);
        if (b->kept) live_bench_keep(b->kept, item->account, &e, item->values);
    }
}

/* ---- the whole ---- */

static void lap(struct bench *b, stage of, double *from)
{
    double now = clock_of(CLOCK_MONOTONIC);
    b->clock[of] += now - *from;
    *from = now;
}

static void batch(struct bench *b, us_str *rest)
{
    double from = clock_of(CLOCK_MONOTONIC);
    b->item_count = 0;
    us_arena_pop(&b->text, (us_mark){b->text.base});
    for (int i = 0; i < BATCH && rest->len; i++) {
        us_str line = us_str_cut(*rest, '\n', rest);
        if (line.len) line_read(b, line);
    }
    lap(b, PARSE, &from);
    dedupe(b);
    lap(b, DEDUPE, &from);
    intern(b);
    lap(b, INTERN, &from);
    signals(b);
    lap(b, SIGNALS, &from);
}

/* What the same bytes cost at least, on this machine now: line ends alone, and of the
 * first block the JSON alone. Neither is charged. */
static void floors(struct bench *b, us_str text)
{
    us_str rest = text;
    double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
    while (rest.len)
        us_str_cut(rest, '\n', &rest);
    b->ends += clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
    if (b->scanned) return;
    began = clock_of(CLOCK_THREAD_CPUTIME_ID);
    for (rest = text; rest.len; b->scanned++) {
        struct us_json_doc doc;
        us_str line = us_str_cut(rest, '\n', &rest);
        if (us_json_parse(b->json, line, &doc, NULL) != US_OK) continue;
    }
    b->scan = clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
}

static void report(const struct bench *b)
{
    uint32_t accounts = us_live_slot_count(us_shard_live(b->shard));
    printf("%10llu events  %8u accounts  %8zu users  state %8.1f MB\n",
        (unsigned long long)b->lines, accounts, b->users.count,
        (double)us_shard_bytes(b->shard) / 1e6);
}

/* Whole lines of what was read; what is left over moves to the front. */
static void blocks(struct bench *b)
{
    char *text = us_new(&b->memory, char, BLOCK + US_JSON_PAD);
    memset(text, ' ', BLOCK + US_JSON_PAD);
    size_t have = 0;
    uint64_t next = 1000000;
    for (bool end = false; !end;) {
        while (have < BLOCK && !end) {
            ssize_t got = read(STDIN_FILENO, text + have, BLOCK - have);
            us_assert(got >= 0);
            end = got == 0;
            have += (size_t)got;
        }
        size_t whole = have;
        while (whole > 0 && text[whole - 1] != '\n' && !end)
            whole--;
        us_assert(whole > 0 || end);
        us_str rest = {text, whole};
        double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
        while (rest.len)
            batch(b, &rest);
        b->spent += clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
        b->bytes += whole;
        floors(b, (us_str){text, whole});
        memmove(text, text + whole, have - whole);
        have -= whole;
        if (b->lines < next) continue;
        report(b);
        while (next <= b->lines)
            next *= 2;
    }
}

static void open(struct bench *b, const char *config, size_t events)
{
    struct us_diags d = {.arena = &b->memory};
    struct us_error e = {0};
    struct us_config *c = NULL;
    struct us_shard_calls calls = {.ctx = b, .take = take, .again = again};
    us_assert(us_config_read(us_str_c(config), &b->memory, &d, &c, &e) == US_OK);
    us_rules_compile(c, &b->memory, &d, &b->rules);
    us_assert(d.errors == 0);
    b->live = us_live_rules_new(b->rules, &b->memory);
    b->shard = us_shard_new(b->live, &calls, &b->memory);
    b->json = us_json_new();
    b->items = us_new(&b->memory, struct item, BATCH);
    us_print_map_init(&b->seen);
    us_print_map_reserve(&b->seen, events);
    const struct us_print_table *room = &b->seen.now;
    memset(room->slots.base, 0, us_arena_used(&room->slots));
    memset(room->values.base, 0, us_arena_used(&room->values));
    us_intern_init(&b->names);
    us_intern_init(&b->users);
    us_intern_init(&b->anonymous);
    us_intern_init(&b->groups);
    us_arena_init(&b->group_of, (size_t)4 << 30);
    us_arena_init(&b->user_of, (size_t)4 << 30);
    const struct us_need *need = &b->rules->plan->need;
    b->name_of = us_new(&b->memory, uint32_t, need->name_count + need->other_count + 1);
    for (uint32_t i = 0; i < need->name_count; i++)
        b->name_of[us_intern_put(&b->names, need->names[i])] = i;
    for (size_t i = 0; i < need->other_count; i++)
        b->name_of[us_intern_put(&b->names, need->others[i].other)] =
            need->others[i].name;
}

static void say(const struct bench *b)
{
    static const char *const words[] = {
        "parse", "+ dedupe", "+ intern", "+ definitions"};
    double clock = 0;
    double so_far = 0;
    double lines = (double)b->lines;
    struct us_live *live = us_shard_live(b->shard);
    double people = (double)us_live_people_bytes(live);
    double accounts = us_live_slot_count(live);
    report(b);
    for (int i = 0; i < STAGES; i++)
        clock += b->clock[i];
    for (int i = 0; i < STAGES; i++) {
        so_far += b->clock[i];
        double ns = b->spent * so_far / clock / lines * 1e9;
        printf(
            "%-14s %7.1f ns/event  %6.2f million events/s\n", words[i], ns, 1e3 / ns);
    }
    double scan = b->scan / (double)b->scanned * 1e9;
    printf("floors: line ends %.1f ns/event; JSON alone %.1f, all is %.1f times that\n",
        b->ends / lines * 1e9, scan, b->spent / lines * 1e9 / scan);
    printf("%llu lines of %.0f bytes, %llu duplicates, %llu dead, %llu rows of "
           "accounts; %zu definitions\n",
        (unsigned long long)b->lines, (double)b->bytes / lines,
        (unsigned long long)b->duplicates, (unsigned long long)b->dead,
        (unsigned long long)b->rows, b->rules->definition_count);
    printf("state %.0f bytes an account, %.1f bytes a user; fingerprints %.1f bytes an "
           "event\n",
        ((double)us_shard_bytes(b->shard) - people) / accounts,
        people / (double)b->users.count, (double)us_print_map_bytes(&b->seen) / lines);
    printf("%llu transitions, sum %016llx\n", (unsigned long long)b->transitions,
        (unsigned long long)b->sum);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 1;
    struct us_arena memory;
    us_arena_init(&memory, (size_t)8 << 30);
    struct bench *b = us_new(&memory, struct bench, 1);
    b->memory = memory;
    us_arena_init(&b->text, (size_t)1 << 30);
    open(b, argv[1], argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
    if (argc > 3) b->kept = live_bench_kept_new(b->rules);
    blocks(b);
    int64_t until = (us_day(b->known) + 1) * US_DAY_US - 1;
    double began = clock_of(CLOCK_THREAD_CPUTIME_ID);
    us_shard_until(b->shard, until);
    b->spent += clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
    say(b);
    if (!b->kept) return 0;
    struct live_bench_found found = live_bench_replay(b->kept, until);
    bool same = found.transitions == b->transitions && found.sum == b->sum;
    printf("replay finds %s\n", same ? "the same" : "OTHERS");
    return !same;
}
