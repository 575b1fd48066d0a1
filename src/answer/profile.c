/* profile.c: from lines to people, accounts, events and small rows. */

#include "answer/profile_maker.h"
#include "base/time.h"
#include "event/event.h"
#include "identity/identity.h"
#include "import/array.h"

#define MEMORY ((size_t)4 << 30) /* address space of each table */
enum { OWN_BYTES = 1 << 16, PROGRESS_LINES = 20000, ARENAS = 6, INTERNS = 5 };

struct us_profile *us_profile_new(int64_t now)
{
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES);
    struct us_profile *p = us_new(&own, struct us_profile, 1);
    struct us_profile_maker *m = us_new(&own, struct us_profile_maker, 1);
    p->maker = m;
    p->now = now;
    p->first = US_NEVER;
    p->last = p->known = US_ALWAYS;
    struct us_arena *arenas[ARENAS] = {&m->memory, &m->people_memory, &m->row_memory,
        &m->trait_memory, &m->sorted, &m->scratch};
    for (size_t i = 0; i < ARENAS; i++)
        us_arena_init(arenas[i], MEMORY);
    struct us_intern *interns[INTERNS] = {
        &m->names, &m->persons, &m->accounts, &m->keys, &m->values};
    for (size_t i = 0; i < INTERNS; i++)
        us_intern_init(interns[i]);
    us_print_map_init(&m->trait_at);
    us_print_map_init(&m->pairs);
    m->json = us_json_new();
    m->own = own;
    return p;
}

void us_profile_free(struct us_profile *p)
{
    if (!p) return;
    struct us_profile_maker *m = p->maker;
    us_json_free(m->json);
    us_print_map_done(&m->trait_at);
    us_print_map_done(&m->pairs);
    struct us_intern *interns[INTERNS] = {
        &m->names, &m->persons, &m->accounts, &m->keys, &m->values};
    for (size_t i = 0; i < INTERNS; i++)
        us_intern_done(interns[i]);
    struct us_arena *arenas[ARENAS] = {&m->memory, &m->people_memory, &m->row_memory,
        &m->trait_memory, &m->sorted, &m->scratch};
    for (size_t i = 0; i < ARENAS; i++)
        us_arena_done(arenas[i]);
    struct us_arena own = m->own;
    us_arena_done(&own);
}

/* A userId and an anonymousId of the same text are two. */
static uint32_t person_of(struct us_profile *p, us_str id, bool identified)
{
    struct us_profile_maker *m = p->maker;
    if (id.len == 0) return US_PROFILE_NONE;
    us_str key =
        us_arena_fmt(&m->scratch, "%c%.*s", identified ? 'u' : 'a', US_ARG(id));
    uint32_t person = us_intern_put(&m->persons, key);
    if (person < m->people_count) return person;
    struct us_profile_person *fresh =
        us_new(&m->people_memory, struct us_profile_person, 1);
    if (!m->people) m->people = fresh;
    m->people_count++;
    *fresh = (struct us_profile_person){.same = US_PROFILE_NONE,
        .group = US_PROFILE_NONE,
        .domain = US_PROFILE_NONE,
        .identified = identified};
    return person;
}

static uint32_t account_of(struct us_profile *p, us_str id)
{
    return id.len ? us_intern_put(&p->maker->accounts, id) : US_PROFILE_NONE;
}

/* The work domain of an e-mail address makes an account where groups are missing. */
static void email_take(struct us_profile *p, const struct us_json_doc *doc,
    const struct us_message *msg, uint32_t person)
{
    struct us_profile_maker *m = p->maker;
    uint32_t node = us_json_get(doc, msg->traits, US_S("email"));
    if (node == US_JSON_NONE || doc->nodes[node].kind != US_JSON_STRING) return;
    us_str domain = us_domain_of(us_json_text(doc, node, &m->scratch), &m->scratch);
    if (domain.len == 0) return;
    m->people[person].email = true;
    bool free = us_domain_is_free(domain);
    m->people[person].domain = free ? US_PROFILE_NONE : account_of(p, domain);
}

static struct us_profile_event *event_of(
    struct us_profile *p, us_str name, uint32_t *id)
{
    struct us_profile_maker *m = p->maker;
    *id = us_intern_find(&m->names, name);
    if (*id == US_INTERN_NONE) {
        if (m->event_count == US_PROFILE_NAMES_MAX) return NULL;
        *id = us_intern_put(&m->names, name);
        struct us_profile_event *fresh =
            us_push(&m->memory, m->events, m->event_count, m->event_cap);
        *fresh = (struct us_profile_event){.name = us_intern_text(&m->names, *id),
            .first_day = INT64_MAX,
            .last_day = INT64_MIN};
    }
    return &m->events[*id];
}

/* Looking at every property of every event would take longer than reading them: of a
 * common event, one in so many is looked at, but for where people were. */
enum { LOOKED_AT_ALL = 5000, LOOKED_AT_EACH = 16 };

int64_t us_profile_looked_at(int64_t count, us_str key)
{
    if (count <= LOOKED_AT_ALL || us_profile_is_place(key)) return count;
    return LOOKED_AT_ALL + count / LOOKED_AT_EACH - LOOKED_AT_ALL / LOOKED_AT_EACH;
}

static void properties_take(struct us_profile *p, struct us_profile_event *event,
    const struct us_json_doc *doc, const struct us_message *msg)
{
    struct us_profile_maker *m = p->maker;
    bool look = event->count <= LOOKED_AT_ALL || event->count % LOOKED_AT_EACH == 0;
    uint32_t object = msg->properties;
    uint32_t end = object == US_JSON_NONE ? 0 : doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_str key = us_json_text(doc, k, &m->scratch);
        if (!look && !us_profile_is_place(key)) continue;
        us_value value = us_json_value(doc, k + 1, &m->scratch);
        if (value.kind == US_MISSING) continue;
        struct us_profile_field *field = us_profile_field_of(
            m, &event->fields, &event->field_count, &event->field_cap, key);
        if (field) us_profile_field_add(m, field, value);
    }
    if (msg->page_name.len == 0) return;
    struct us_profile_field *field = us_profile_field_of(
        m, &event->fields, &event->field_count, &event->field_cap, US_S("name"));
    if (field) us_profile_field_add(m, field, us_string(msg->page_name));
}

static bool pair_is_new(struct us_profile_maker *m, uint32_t name, uint32_t person)
{
    uint32_t pair[2] = {name, person};
    bool fresh = false;
    us_print_map_put(
        &m->pairs, us_print_of((us_str){(const char *)pair, sizeof pair}), &fresh);
    return fresh;
}

static void track_take(struct us_profile *p, const struct us_json_doc *doc,
    const struct us_message *msg, uint32_t person, uint32_t group)
{
    struct us_profile_maker *m = p->maker;
    if (msg->at > p->now || msg->known > p->now) {
        p->later++;
        return;
    }
    uint32_t name = 0;
    struct us_profile_event *event = event_of(p, msg->event, &name);
    if (!event) {
        p->unnamed++;
        return;
    }
    int64_t day = us_day(msg->at);
    p->count++;
    p->with_user += msg->user.len > 0;
    p->with_group += group != US_PROFILE_NONE;
    if (msg->at < p->first) p->first = msg->at;
    if (msg->at > p->last) p->last = msg->at;
    if (msg->known > p->known) p->known = msg->known;
    event->count++;
    if (day < event->first_day) event->first_day = day;
    if (day > event->last_day) event->last_day = day;
    event->users += pair_is_new(m, name, person);
    properties_take(p, event, doc, msg);
    struct us_profile_row *row = us_new(&m->row_memory, struct us_profile_row, 1);
    if (!m->rows) m->rows = row;
    m->row_count++;
    *row = (struct us_profile_row){group, person, name, (int32_t)day};
}

static void message_take(
    struct us_profile *p, const struct us_json_doc *doc, const struct us_message *msg)
{
    struct us_profile_maker *m = p->maker;
    uint32_t user = person_of(p, msg->user, true);
    uint32_t visitor = person_of(p, msg->anonymous, false);
    if (user != US_PROFILE_NONE && visitor != US_PROFILE_NONE)
        m->people[visitor].same = user;
    uint32_t person = user != US_PROFILE_NONE ? user : visitor;
    if (person != US_PROFILE_NONE && m->people[person].same != US_PROFILE_NONE)
        person = m->people[person].same;
    uint32_t group = account_of(p, msg->group);
    switch (msg->call) {
    case US_TRACK:
        if (group == US_PROFILE_NONE) group = m->people[person].group;
        track_take(p, doc, msg, person, group);
        break;
    case US_IDENTIFY:
        if (msg->traits == US_JSON_NONE) break;
        email_take(p, doc, msg, person);
        us_profile_traits_add(m, doc, msg->traits, person, true);
        break;
    case US_GROUP:
        if (person != US_PROFILE_NONE) m->people[person].group = group;
        if (msg->traits != US_JSON_NONE)
            us_profile_traits_add(m, doc, msg->traits, group, false);
        break;
    case US_ALIAS: {
        uint32_t before = person_of(p, msg->previous, true);
        if (before == US_PROFILE_NONE || before == person) break;
        if (m->people[before].same == US_PROFILE_NONE) m->people[before].same = person;
        break;
    }
    }
}

static void read_one(struct us_profile *p, const struct us_json_doc *doc, uint32_t node,
    const struct us_head *head)
{
    struct us_message msg;
    struct us_error later = {0};
    struct us_error *why = p->dead ? &later : &p->why;
    p->messages++;
    if (us_message_read(doc, node, head, US_NEVER, &p->maker->scratch, &msg, why) ==
        US_OK)
        message_take(p, doc, &msg);
    else
        p->dead++;
}

void us_profile_line(struct us_profile *p, us_str line)
{
    struct us_profile_maker *m = p->maker;
    struct us_json_doc doc;
    struct us_error later = {0};
    us_arena_reset(&m->scratch);
    if (us_json_parse(m->json, line, &doc, p->dead ? &later : &p->why) != US_OK) {
        p->messages++;
        p->dead++;
        return;
    }
    struct us_head head = {.known = US_NEVER, .received = US_NEVER, .sent = US_NEVER};
    bool secret;
    uint32_t array = us_body_read(&doc, 0, &head, &secret);
    if (array == US_JSON_NONE) {
        read_one(p, &doc, 0, &head);
        return;
    }
    uint32_t end = doc.nodes[array].next;
    for (uint32_t i = array + 1; i < end; i = doc.nodes[i].next)
        read_one(p, &doc, i, &head);
}

/* A file being read; past the limit the rest of it is passed over. */
struct reading {
    struct us_profile *profile;
    struct us_reader *reader;
    us_profile_progress *progress;
    void *ctx;
    int64_t lines;
};

static us_code read_text(void *ctx, us_str text, struct us_error *e)
{
    struct reading *r = ctx;
    (void)e;
    if (r->profile->messages >= US_PROFILE_MESSAGES_MAX) {
        r->profile->cut = true;
        return US_OK;
    }
    if (us_str_trim(text).len) us_profile_line(r->profile, text);
    if (r->progress && r->lines++ % PROGRESS_LINES == 0)
        r->progress(r->ctx, "init.reading", us_reader_file_byte(r->reader),
            us_reader_file_size(r->reader));
    return US_OK;
}

static us_code read_broken(
    void *ctx, us_str text, const struct us_error *why, struct us_error *e)
{
    struct us_profile *p = ((struct reading *)ctx)->profile;
    (void)e;
    if (!text.len) return US_OK;
    if (!p->dead) p->why = (struct us_error){.code = why->code, .key = why->key};
    p->messages++;
    p->dead++;
    return US_OK;
}

static us_code lines(struct reading *r, struct us_error *e)
{
    struct us_row_place place = {0};
    const struct us_array elements = {r->reader, &place, read_text, read_broken, r};
    bool last = false;
    US_TRY(us_reader_fill(r->reader, e));
    if (us_str_has_prefix(us_reader_window(r->reader, &last), US_S("\xef\xbb\xbf")))
        us_reader_take(r->reader, 3);
    while (!r->profile->cut) {
        us_str line;
        bool cut = false;
        bool array = false;
        US_TRY(us_array_at(r->reader, &array, e));
        if (array) US_TRY(us_array_read(&elements, e));
        us_code code = us_reader_line(r->reader, &line, &cut, e);
        if (code == US_NOT_FOUND) return US_OK;
        if (code != US_OK) return code;
        US_TRY(read_text(r, line, e));
    }
    return US_OK;
}

us_code us_profile_file(struct us_profile *p, us_str path,
    us_profile_progress *progress, void *ctx, struct us_error *e)
{
    struct us_reader *reader = NULL;
    int64_t messages = p->messages;
    int64_t dead = p->dead;
    US_TRY(us_reader_open(path, &reader, e));
    struct reading r = {p, reader, progress, ctx, 0};
    us_code code = lines(&r, e);
    us_reader_close(reader);
    if (code != US_OK) return code;
    messages = p->messages - messages;
    if (p->dead - dead == messages)
        return us_fail(e, US_INPUT, "init.no_events", US_ARGS(US_TEXT("path", path)));
    return US_OK;
}
