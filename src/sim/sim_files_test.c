/* What the simulator wrote holds up line by line, and truth.json says what the files
 * say when counted again from their bytes. */

#include "base/err.h"
#include "sim/sim_sink.h"

enum { ACCOUNTS_MAX = 40000, BEHAVIOURS = 6, NAMES_MAX = 64 };

static us_str next_line(us_str *rest)
{
    return us_str_cut(*rest, '\n', rest);
}

/* What stands between `key` and the next quote. */
static us_str field(us_str line, us_str key)
{
    size_t at = us_str_find(line, key);
    if (at == line.len) return (us_str){0};
    us_str rest = us_str_slice(line, at + key.len, line.len);
    return us_str_slice(rest, 0, us_str_find(rest, US_S("\"")));
}

static int64_t moment(us_str line, us_str key)
{
    int64_t at = US_NEVER;
    us_time_read(field(line, key), &at);
    return at;
}

/* One object: brackets in pairs, quotes closed, nothing after it. */
static bool is_object(us_str line)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (c == '"') quoted = !quoted;
        if (c == '\\' || (unsigned char)c < 0x20) return false;
        if (quoted) continue;
        depth += c == '{';
        depth -= c == '}';
        if (depth == 0 && i + 1 < line.len) return false;
    }
    return depth == 0 && !quoted && us_str_has_prefix(line, US_S("{\"type\":\""));
}

static void lines_hold_up(struct us_tap *t, const struct sink *s)
{
    int64_t broken = 0;
    int64_t unordered = 0;
    int64_t wrong_clock = 0;
    int64_t late = 0;
    int64_t before = US_ALWAYS;
    size_t longest = 0;
    us_str rest = kept(s, US_SIM_EVENTS);
    while (rest.len > 0) {
        us_str line = next_line(&rest);
        int64_t at = moment(line, US_S("\"timestamp\":\""));
        int64_t received = moment(line, US_S("\"receivedAt\":\""));
        int64_t known = received == US_NEVER ? at : received;
        broken += !is_object(line) || !us_str_is_utf8(line) || at == US_NEVER;
        unordered += known < before || known < at || known >= END;
        before = known;
        if (line.len > longest) longest = line.len;
        int64_t sent = moment(line, US_S("\"sentAt\":\""));
        int64_t original = moment(line, US_S("\"originalTimestamp\":\""));
        if (sent != US_NEVER) wrong_clock += received - (sent - original) != at;
        late += received != US_NEVER && received - at > 10 * US_MINUTE_US;
    }
    CHECK(t, broken == 0);
    CHECK(t, unordered == 0);
    CHECK(t, wrong_clock == 0);
    CHECK(t, late > 0 && late == truth(s, "written", "late", NULL));
    CHECK(t, longest < 1024);
}

static const struct {
    const char *event;
    int least;
} behaviours[BEHAVIOURS] = {{"Invite Sent", 3}, {"Integration Connected", 1},
    {"Limit Reached", 1}, {"Search Performed", 3}, {"Comment Added", 3},
    {"Tour Completed", 1}};

/* What the test counts for itself, from the lines alone. */
struct counted {
    struct us_print_map ids, accounts, users;
    us_str names[NAMES_MAX];
    int64_t tracks[NAMES_MAX];
    size_t name_count;
    int64_t repeated;
    struct {
        int64_t begun, converted;
        int early[BEHAVIOURS];
    } of[ACCOUNTS_MAX];
};

static void count_name(struct counted *c, us_str name)
{
    size_t i = 0;
    while (i < c->name_count && !us_str_eq(c->names[i], name))
        i++;
    us_assert(i < NAMES_MAX);
    if (i == c->name_count) c->names[c->name_count++] = name;
    c->tracks[i]++;
}

/* Accounts numbered in order of first sight. */
static uint32_t number_of(struct us_print_map *m, us_str id)
{
    bool fresh;
    uint32_t *place = us_print_map_put(m, us_print_of(id), &fresh);
    if (fresh) *place = (uint32_t)m->count - 1;
    us_assert(*place < ACCOUNTS_MAX);
    return *place;
}

static void count_track(struct counted *c, us_str line)
{
    us_str name = field(line, US_S("\"event\":\""));
    us_str group = field(line, US_S("\"groupId\":\""));
    count_name(c, name);
    if (group.len == 0) return;
    uint32_t id = number_of(&c->accounts, group);
    int64_t at = moment(line, US_S("\"timestamp\":\""));
    if (us_str_eq(name, US_S("Account Created"))) c->of[id].begun = at;
    if (us_str_eq(name, US_S("Plan Upgraded")) && c->of[id].converted == 0)
        c->of[id].converted = at;
    for (int i = 0; i < BEHAVIOURS; i++)
        if (us_str_eq(name, us_str_c(behaviours[i].event)))
            c->of[id].early[i] += at - c->of[id].begun < 14 * US_DAY_US;
}

static void count_lines(struct counted *c, us_str rest)
{
    us_print_map_init(&c->ids);
    us_print_map_init(&c->accounts);
    us_print_map_init(&c->users);
    while (rest.len > 0) {
        us_str line = next_line(&rest);
        bool fresh;
        us_print_map_put(
            &c->ids, us_print_of(field(line, US_S("\"messageId\":\""))), &fresh);
        c->repeated += !fresh;
        if (!fresh) continue;
        us_str user = field(line, US_S("\"userId\":\""));
        if (user.len) us_print_map_put(&c->users, us_print_of(user), &fresh);
        if (us_str_has_prefix(line, US_S("{\"type\":\"track\""))) count_track(c, line);
    }
}

static void counted_done(struct counted *c)
{
    us_print_map_done(&c->ids);
    us_print_map_done(&c->accounts);
    us_print_map_done(&c->users);
}

/* The landmark tables again: a, b, c, d of each behaviour. */
static void landmarks_agree(struct us_tap *t, const struct sink *s, struct counted *c)
{
    int64_t eligible = 0;
    int64_t cells[BEHAVIOURS][4] = {{0}};
    for (uint32_t id = 0; id < c->accounts.count; id++) {
        int64_t from = c->of[id].begun + 14 * US_DAY_US;
        int64_t past = from + 30 * US_DAY_US;
        int64_t converted = c->of[id].converted ? c->of[id].converted : US_NEVER;
        if (past > END || converted < from) continue;
        eligible++;
        for (int i = 0; i < BEHAVIOURS; i++) {
            bool x = c->of[id].early[i] >= behaviours[i].least;
            cells[i][(x ? 0 : 2) + (converted < past ? 0 : 1)]++;
        }
    }
    CHECK(t, eligible > 300 && eligible == truth(s, "landmark", "eligible", NULL));
    for (int i = 0; i < BEHAVIOURS; i++) {
        static const char *const letters[4] = {"a", "b", "c", "d"};
        int same = 0;
        for (int k = 0; k < 4; k++)
            same += cells[i][k] ==
                    truth(s, "landmark\":{\n\"d_days", behaviours[i].event, letters[k]);
        CHECK_AS(t, same == 4, behaviours[i].event);
    }
}

static void truth_says_what_was_written(
    struct us_tap *t, const struct sink *s, struct us_arena *a)
{
    struct counted *c = us_new(a, struct counted, 1);
    count_lines(c, kept(s, US_SIM_EVENTS));
    CHECK(t, truth(s, "written", "lines", NULL) == s->lines[US_SIM_EVENTS]);
    CHECK(t, truth(s, "written", "messages", NULL) == (int64_t)c->ids.count);
    CHECK(t, c->repeated > 0 &&
                 truth(s, "written", "duplicates_in_a_row", NULL) +
                         truth(s, "written", "duplicates_redelivered", NULL) ==
                     c->repeated);
    CHECK(t, truth(s, "written", "users", NULL) == (int64_t)c->users.count);
    CHECK(t, truth(s, "written\":{\n\"lines", "accounts", NULL) ==
                 (int64_t)c->accounts.count);
    int64_t sum = 0;
    int64_t wrong = 0;
    for (size_t i = 0; i < c->name_count; i++) {
        us_str name = c->names[i];
        char key[64];
        snprintf(key, sizeof key, "%.*s", US_ARG(name));
        wrong += truth(s, "alias", key, NULL) != c->tracks[i];
        sum += c->tracks[i];
    }
    CHECK(t, c->name_count >= 40 && c->name_count <= 45);
    CHECK(t, wrong == 0 && sum == truth(s, "types", "track", NULL));
    landmarks_agree(t, s, c);
    counted_done(c);
}

static int64_t commas(us_str line)
{
    int64_t n = 0;
    for (size_t i = 0; i < line.len; i++)
        n += line.ptr[i] == ',';
    return n;
}

static void rows_hold_up(struct us_tap *t, const struct sink *s)
{
    for (int f = US_SIM_ACCOUNTS; f <= US_SIM_COMPANIES; f++) {
        us_str rest = kept(s, (us_sim_file)f);
        us_str head = next_line(&rest);
        int64_t bad =
            us_str_find(rest, US_S("\"")) != rest.len || !us_str_is_utf8(rest);
        while (rest.len > 0) {
            us_str line = next_line(&rest);
            bad += commas(line) != commas(head) || line.ptr[0] == ',';
        }
        CHECK_AS(t, bad == 0 && s->lines[f] > 1, us_sim_file_name((us_sim_file)f));
    }
    static const struct {
        us_sim_file file;
        const char *key;
    } rows[] = {{US_SIM_ACCOUNTS, "accounts"}, {US_SIM_COMPANIES, "companies"},
        {US_SIM_CONTACTS, "contacts"}, {US_SIM_MQLS, "mqls"},
        {US_SIM_ACTIVITIES, "activities"}, {US_SIM_DEALS, "deals"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_AS(t, truth(s, "rows", rows[i].key, NULL) == s->lines[rows[i].file] - 1,
            rows[i].key);
}

/* Statuses and payers as counted, in order of time. */
static void payments_agree(struct us_tap *t, const struct sink *s)
{
    struct us_print_map payers;
    us_print_map_init(&payers);
    int64_t statuses[4] = {0};
    bool fresh;
    int64_t unordered = 0;
    int64_t before = US_ALWAYS;
    us_str rest = kept(s, US_SIM_PAYMENTS);
    next_line(&rest);
    while (rest.len > 0) {
        us_str line = next_line(&rest);
        us_str account = us_str_cut(line, ',', &line);
        int64_t at = 0;
        us_time_read(us_str_cut(line, ',', &line), &at);
        unordered += at < before;
        before = at;
        static const us_str names[4] = {US_S_INIT(",paid,"), US_S_INIT(",failed,"),
            US_S_INIT(",refunded,"), US_S_INIT(",disputed,")};
        for (int i = 0; i < 4; i++)
            statuses[i] += us_str_find(line, names[i]) != line.len;
        if (us_str_find(line, names[0]) != line.len)
            us_print_map_put(&payers, us_print_of(account), &fresh);
    }
    CHECK(t, unordered == 0);
    CHECK(t, statuses[0] == truth(s, "rows", "payments_paid", NULL));
    CHECK(t, statuses[1] == truth(s, "rows", "payments_failed", NULL));
    CHECK(t, statuses[2] == truth(s, "rows", "payments_refunded", NULL));
    CHECK(t, statuses[3] == truth(s, "rows", "payments_disputed", NULL));
    CHECK(t, (int64_t)payers.count == truth(s, "conversions\":{\n\"all", NULL, NULL));
    us_print_map_done(&payers);
}

static void files_agree(struct us_tap *t)
{
    struct sink s;
    sink_init(&s, true);
    struct us_sim_options o = asked(&s, 11, 200000);
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 26);
    CHECK(t, us_sim_run(&o, NULL) == US_OK);
    lines_hold_up(t, &s);
    truth_says_what_was_written(t, &s, &a);
    rows_hold_up(t, &s);
    payments_agree(t, &s);
    us_arena_done(&a);
    sink_done(&s);
}

int main(void)
{
    struct us_tap t = {0};
    files_agree(&t);
    return us_tap_done(&t);
}
