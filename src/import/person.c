#include "import/person.h"

#include "base/hash.h"

#include <sodium.h>
#include <string.h>

enum {
    TELLING = 4,        /* characters of an id that can be told from other words */
    TELLING_WITHIN = 8, /* within a longer text */
    NEEDLES_MAX = 32,   /* beyond it every line is looked at closely */
};
static const size_t ROOM = (size_t)1 << 30;

static const us_str marks[] = {
    US_S_INIT("\\"), US_S_INIT("@"), US_S_INIT("%40"), US_S_INIT("\"base64\":")};
enum { MARKS = sizeof marks / sizeof *marks };

struct set {
    us_str *items;
    size_t count;
};

struct us_person {
    struct us_arena own; /* it lies in this */
    struct us_arena line;
    struct us_json *json;
    struct set users, anonymous, shared, emails;
    struct set telling; /* of users, anonymous */
    struct set needles; /* all ids */
    const int64_t *lines;
    size_t line_count;

    /* Where in the text at hand each needle comes next, and after them a backslash, the
     * signs of an address, and base64: found once for many lines. */
    const char *end;
    const char **next;
    size_t next_count;
};

/* ---- texts ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Chinese has no blanks: an id may stand right beside it. */
static bool is_word(char c)
{
    return is_digit(c) || is_letter(c);
}

static bool in_set(const struct set *s, us_str text)
{
    for (size_t i = 0; i < s->count; i++)
        if (us_str_eq(s->items[i], text)) return true;
    return false;
}

static bool is_email_of(const struct us_person *p, us_str text)
{
    for (size_t i = 0; i < p->emails.count; i++)
        if (us_str_eq_nocase(p->emails.items[i], us_str_trim(text))) return true;
    return false;
}

/* Told from other words by how it looks: "u_4711", a UUID, an address. */
static bool is_telling(us_str id)
{
    bool digit = false;
    bool letter = false;
    for (size_t i = 0; i < id.len; i++) {
        digit |= is_digit(id.ptr[i]);
        letter |= is_letter(id.ptr[i]);
    }
    return id.len >= TELLING && digit && letter;
}

static struct set copied(struct us_arena *a, const us_str *items, size_t count)
{
    struct set s = {us_new(a, us_str, count + 1), count};
    for (size_t i = 0; i < count; i++)
        s.items[i] = us_arena_str(a, items[i]);
    return s;
}

static void needles_make(struct us_person *p)
{
    size_t most = p->users.count + p->anonymous.count + p->shared.count;
    p->needles.items = us_new(&p->own, us_str, most + 1);
    p->telling.items = us_new(&p->own, us_str, most + 1);
    const struct set *from[] = {&p->users, &p->anonymous, &p->shared};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < from[k]->count; i++) {
            us_str id = from[k]->items[i];
            p->needles.items[p->needles.count++] = id;
            if (k < 2 && is_telling(id)) p->telling.items[p->telling.count++] = id;
        }
    p->next_count = p->needles.count + MARKS;
    p->next = us_new(&p->own, const char *, p->next_count);
}

struct us_person *us_person_new(const struct us_history_circle *c)
{
    struct us_arena own;
    us_arena_init(&own, ROOM);
    struct us_person *p = us_new(&own, struct us_person, 1);
    p->own = own;
    us_arena_init(&p->line, ROOM);
    p->json = us_json_line_new();
    p->users = copied(&p->own, c->users, c->user_count);
    p->anonymous = copied(&p->own, c->anonymous, c->anonymous_count);
    p->shared = copied(&p->own, c->shared, c->shared_count);
    p->emails = copied(&p->own, c->emails, c->email_count);
    int64_t *lines = us_new(&p->own, int64_t, c->line_count + 1);
    if (c->line_count) memcpy(lines, c->lines, c->line_count * sizeof *lines);
    p->lines = lines;
    p->line_count = c->line_count;
    needles_make(p);
    return p;
}

void us_person_free(struct us_person *p)
{
    if (!p) return;
    us_json_free(p->json);
    us_arena_done(&p->line);
    struct us_arena own = p->own;
    us_arena_done(&own);
}

void us_person_text(struct us_person *p, us_str text)
{
    p->end = text.ptr + text.len;
    for (size_t i = 0; i < p->next_count; i++)
        p->next[i] = NULL;
}

/* Whether it comes before the end of the line; ids first, then marks. */
static bool comes(struct us_person *p, size_t i, us_str line)
{
    size_t ids = p->needles.count;
    if (!p->next[i] || p->next[i] < line.ptr) {
        us_str needle = i < ids ? p->needles.items[i] : marks[i - ids];
        us_str rest = {line.ptr, (size_t)(p->end - line.ptr)};
        p->next[i] = line.ptr + us_str_find(rest, needle);
    }
    return p->next[i] < line.ptr + line.len;
}

/* ---- where they are named ---- */

/* What stands before `at` belongs to the same word; a percent code does not. */
static bool goes_on_before(const char *text, size_t at, bool address)
{
    if (at == 0) return false;
    char c = text[at - 1];
    bool code = at >= 3 && text[at - 3] == '%';
    if (code) return false;
    return is_word(c) || (address && (c == '.' || c == '_' || c == '-' || c == '+'));
}

static bool goes_on_after(const char *text, size_t len, size_t end, bool address)
{
    if (end >= len) return false;
    if (is_word(text[end])) return true;
    bool dot = address && (text[end] == '.' || text[end] == '-');
    return dot && end + 1 < len && is_word(text[end + 1]);
}

static bool same_nocase(const char *text, us_str word)
{
    return us_str_eq_nocase((us_str){text, word.len}, word);
}

/* The address whose '@' stands at `at`, written in so many bytes ("@" or "%40"). */
static size_t email_at(
    const struct us_person *p, us_str text, size_t at, size_t sign, size_t *from)
{
    for (size_t i = 0; i < p->emails.count; i++) {
        us_str email = p->emails.items[i];
        size_t local = us_str_find(email, US_S("@"));
        us_str host = us_str_slice(email, local + 1, email.len);
        size_t end = at + sign + host.len;
        if (at < local || end > text.len) continue;
        *from = at - local;
        if (same_nocase(text.ptr + *from, us_str_slice(email, 0, local)) &&
            same_nocase(text.ptr + at + sign, host) &&
            !goes_on_before(text.ptr, *from, true) &&
            !goes_on_after(text.ptr, text.len, end, true))
            return end;
    }
    return 0;
}

/* The next address from *at on; *from and the end of it. */
static size_t email_next(
    const struct us_person *p, us_str text, size_t *at, size_t *from)
{
    for (size_t i = *at; i < text.len && p->emails.count; i++) {
        bool plain = text.ptr[i] == '@';
        bool coded = text.ptr[i] == '%' && i + 2 < text.len && text.ptr[i + 1] == '4' &&
                     text.ptr[i + 2] == '0';
        if (!plain && !coded) continue;
        size_t end = email_at(p, text, i, plain ? 1 : 3, from);
        *at = i + 1;
        if (end) return end;
    }
    *at = text.len;
    return 0;
}

static size_t id_next(us_str text, us_str id, size_t *at, size_t *from)
{
    while (*at < text.len) {
        us_str rest = us_str_slice(text, *at, text.len);
        size_t found = us_str_find(rest, id);
        if (found == rest.len) break;
        *from = *at + found;
        size_t end = *from + id.len;
        *at = *from + 1;
        if (!goes_on_before(text.ptr, *from, false) &&
            !goes_on_after(text.ptr, text.len, end, false))
            return end;
    }
    *at = text.len;
    return 0;
}

static bool emails_star(const struct us_person *p, char *text, size_t len)
{
    bool any = false;
    size_t from = 0;
    for (size_t at = 0, end; at < len;) {
        end = email_next(p, (us_str){text, len}, &at, &from);
        if (!end) continue;
        memset(text + from, '*', end - from);
        any = true;
    }
    return any;
}

/* Ids of at least `least` characters. */
static bool ids_star(const struct us_person *p, char *text, size_t len, size_t least)
{
    bool any = false;
    size_t from = 0;
    for (size_t i = 0; i < p->telling.count; i++) {
        us_str id = p->telling.items[i];
        for (size_t at = 0, end; at < len && id.len >= least;) {
            end = id_next((us_str){text, len}, id, &at, &from);
            if (!end) continue;
            memset(text + from, '*', end - from);
            any = true;
        }
    }
    return any;
}

bool us_person_mask(struct us_person *p, char *text, size_t len)
{
    bool emails = emails_star(p, text, len);
    bool ids = ids_star(p, text, len, TELLING_WITHIN);
    for (size_t i = 0; i < p->telling.count; i++) {
        us_str quoted = us_arena_fmt(&p->line, "\"%.*s\"", US_ARG(p->telling.items[i]));
        size_t at = 0;
        for (;;) { /* as a text of its own in JSON */
            us_str rest = {text + at, len - at};
            size_t found = us_str_find(rest, quoted);
            if (found == rest.len) break;
            memset(text + at + found + 1, '*', quoted.len - 2);
            at += found + quoted.len;
            ids = true;
        }
    }
    us_arena_reset(&p->line);
    return emails || ids;
}

/* Of a text of JSON. One spelled with escapes goes as a whole if it names anything. */
static bool string_star(
    struct us_person *p, const struct us_json_doc *doc, uint32_t node, char *line)
{
    const us_json_node *n = &doc->nodes[node];
    char *text = line + n->from;
    size_t len = n->to - n->from;
    if (n->escaped) {
        us_str plain = us_json_text(doc, node, &p->line);
        char *copy = us_arena_cstr(&p->line, plain);
        bool named = in_set(&p->telling, plain) || emails_star(p, copy, plain.len) ||
                     ids_star(p, copy, plain.len, TELLING_WITHIN);
        if (named) memset(text, '*', len);
        return named;
    }
    if (in_set(&p->telling, (us_str){text, len})) {
        memset(text, '*', len);
        return true;
    }
    bool emails = emails_star(p, text, len);
    bool ids = len > TELLING_WITHIN && ids_star(p, text, len, TELLING_WITHIN);
    return emails || ids;
}

static bool strings_star(
    struct us_person *p, const struct us_json_doc *doc, uint32_t from, char *line)
{
    bool any = false;
    for (uint32_t i = from; i < doc->count; i++)
        if (doc->nodes[i].kind == US_JSON_STRING) any |= string_star(p, doc, i, line);
    return any;
}

/* ---- whose line it is ---- */

static bool is_line_of(const struct us_person *p, int64_t seq)
{
    size_t low = 0;
    size_t high = p->line_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->lines[middle] < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->line_count && p->lines[low] == seq;
}

static bool message_goes(struct us_person *p, const struct us_json_doc *doc,
    const struct us_head *head, uint32_t node)
{
    struct us_message m;
    if (us_message_read(doc, node, head, US_NEVER, &p->line, &m, NULL) != US_OK)
        return false;
    if (m.previous.len &&
        (in_set(&p->users, m.previous) || in_set(&p->anonymous, m.previous)))
        return true;
    if (m.user.len) return in_set(&p->users, m.user);
    return in_set(&p->anonymous, m.anonymous) || is_line_of(p, head->seq);
}

static us_str member(
    struct us_person *p, const struct us_json_doc *doc, uint32_t node, us_str key)
{
    uint32_t at = us_json_get(doc, node, key);
    if (at == US_JSON_NONE) return (us_str){"", 0};
    return us_str_trim(us_json_text(doc, at, &p->line));
}

static bool row_goes(
    struct us_person *p, const struct us_json_doc *doc, uint32_t node, us_str key)
{
    us_str whom = member(p, doc, node, key);
    return whom.len && (is_email_of(p, whom) || in_set(&p->users, whom));
}

/* "…":42, as an id that is a number may be sent without quotes. */
static bool is_number_of(us_str text, us_str id)
{
    size_t from;
    for (size_t at = 0; id_next(text, id, &at, &from);) {
        while (from && text.ptr[from - 1] == ' ')
            from--;
        if (from && text.ptr[from - 1] == ':') return true;
    }
    return false;
}

/* Any of the ids as a word of its own; one that cannot be told from other words, in
 * quotes or as a number. */
static bool is_named(struct us_person *p, us_str text)
{
    size_t from;
    size_t at = 0;
    if (email_next(p, text, &at, &from)) return true;
    for (size_t i = 0; i < p->users.count + p->anonymous.count; i++) {
        bool user = i < p->users.count;
        us_str id = user ? p->users.items[i] : p->anonymous.items[i - p->users.count];
        us_str quoted = us_arena_fmt(&p->line, "\"%.*s\"", US_ARG(id));
        at = 0;
        bool named = is_telling(id) ? id_next(text, id, &at, &from) != 0
                                    : us_str_find(text, quoted) < text.len ||
                                          is_number_of(text, id);
        if (named) return true;
    }
    return false;
}

static bool dead_goes(struct us_person *p, const struct us_json_doc *doc, uint32_t node)
{
    us_str bytes = member(p, doc, node, US_S("bytes"));
    us_str coded = member(p, doc, node, US_S("base64"));
    if (coded.len) {
        unsigned char *plain = us_new(&p->line, unsigned char, coded.len + 1);
        size_t len = 0;
        if (sodium_base642bin(plain, coded.len, coded.ptr, coded.len, NULL, &len, NULL,
                sodium_base64_VARIANT_ORIGINAL) == 0)
            bytes = (us_str){(const char *)plain, len};
    }
    return is_named(p, bytes);
}

static bool goes(struct us_person *p, const struct us_json_doc *doc,
    const struct us_head *head, uint32_t m)
{
    switch (head->type) {
    case US_LINE_MESSAGE:
    case US_LINE_TEST: return message_goes(p, doc, head, m);
    case US_LINE_CONTACT: return row_goes(p, doc, m, US_S("email"));
    case US_LINE_MQL:
    case US_LINE_ACTIVITY: return row_goes(p, doc, m, US_S("contact"));
    case US_LINE_DEAD: return dead_goes(p, doc, m);
    case US_LINE_ACCOUNT:
    case US_LINE_PAYMENT:
    case US_LINE_DEAL:
    case US_LINE_COMPANY:
    case US_LINE_UNDO:
    case US_LINE_IMPORT:
    case US_LINE_RETRY: /* says numbers of lines alone */
    case US_LINE_TYPES:
    default: return false;
    }
}

/* Most lines name nobody, which is seen without parsing them. One with a backslash may
 * spell a name in another way; bytes that were no text are in base64. */
static bool may_name(struct us_person *p, us_str line)
{
    size_t from;
    size_t at = 0;
    size_t ids = p->needles.count;
    if (ids > NEEDLES_MAX) return true;
    bool address = false;
    for (size_t i = 0; i < ids + MARKS; i++) {
        if (!comes(p, i, line)) continue;
        bool sign = i == ids + 1 || i == ids + 2;
        if (!sign) return true;
        address = true;
    }
    return address && email_next(p, line, &at, &from);
}

us_person_verdict us_person_judge(
    struct us_person *p, char *line, size_t len, us_line_type *type)
{
    struct us_json_doc doc;
    struct us_head head;
    uint32_t m;
    us_str text = {line, len};
    if (!len || !may_name(p, text)) return US_PERSON_STAYS;
    us_arena_reset(&p->line);
    if (us_json_parse(p->json, text, &doc, NULL) != US_OK) return US_PERSON_STAYS;
    if (us_head_read(&doc, &head, &m, &p->line, NULL) != US_OK) return US_PERSON_STAYS;
    *type = head.type;
    if (goes(p, &doc, &head, m)) return US_PERSON_GOES;
    return strings_star(p, &doc, 1, line) ? US_PERSON_MASKED : US_PERSON_STAYS;
}
