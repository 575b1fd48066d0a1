/* core.h: the handle, as the files of this folder share it. */
#pragma once

#include "history/duck.h"
#include "history/history.h"
#include "identity/rings.h"

/* Of schema.sql. */
enum { CORE_SCHEMA_VERSION = 6 };

/* The tables rows are appended to; core_tables[] has their names. */
enum core_table {
    T_EVENTS,
    T_TRAITS,
    T_LINKS,
    T_UNDOS,
    T_PAYMENTS,
    T_DEALS,
    T_ACTIVITIES,
    T_CONTACTS,
    T_MQLS,
    T_COMPANIES,
    T_DEAD,
    T_RETRIES,
    T_IMPORTS,
    T_NAMES,
    T_SOURCES,
    T_PEOPLE,
    T_ACCOUNTS,
    TABLES
};
extern const char *const core_tables[TABLES];

/* Columns of events, in order; property columns follow. */
enum {
    E_SEQ,
    E_AT,
    E_KNOWN,
    E_ACCOUNT,
    E_PERSON,
    E_USR,
    E_ANON,
    E_GRP,
    E_NAME,
    E_SOURCE,
    E_SKEWED,
    E_LINE, /* where its line is: segment << CORE_LINE_BITS | offset */
    E_COLUMNS
};

enum { CORE_LINE_BITS = 40 }; /* of the offset: a segment is under a terabyte */
static inline us_pos core_line_of(int64_t line)
{
    uint64_t n = (uint64_t)line;
    return (us_pos){
        (uint32_t)(n >> CORE_LINE_BITS), n & ((UINT64_C(1) << CORE_LINE_BITS) - 1)};
}

_Static_assert((int)E_COLUMNS + (int)US_HISTORY_COLUMNS_MAX <= (int)DUCK_COLUMNS_MAX &&
                   (int)US_HISTORY_SQL_COLUMNS_MAX <= (int)DUCK_COLUMNS_MAX,
    "rows are as wide as a table and an answer may be");

/* What of the journal was counted: calls of messages, then the types of other lines. */
enum { COUNT_CALLS = US_ALIAS + 1, COUNTS = COUNT_CALLS + US_LINE_TYPES };

/* A property column that events has. */
struct core_column {
    us_str path;
    us_kind kind;
    us_str name;    /* in SQL, without quotes */
    bool dotted;    /* may lie deeper than the top */
    bool page_name; /* also the name of a page or screen call */
};

struct core_columns {
    struct core_column *items;
    size_t count;
    uint64_t lengths; /* bit min(n, 63): a path of n bytes is among them */
};

/* Strings interned here and in a table of the same ids. */
struct core_dict {
    struct us_intern terms; /* of a person: 'u' or 'a', then the id */
    size_t saved;           /* ids below it are committed */
    bool looked_up;         /* by their text; else by prints */
};

/* The newest links of a person in order of loading: enough to resolve most events at
 * once; settle corrects the rest (spans.c). */
struct core_person {
    uint32_t user; /* linked to by an anonymous id or an alias; US_NOBODY */
    uint32_t group;
    uint32_t domain;
    int64_t user_known, group_known, domain_known;
};

struct us_history {
    struct us_arena arena; /* as long as the handle: rules, columns */
    struct us_arena line;  /* scratch of one line or question */
    struct duck duck;
    bool write;
    bool beside; /* another handle's database; its transactions are open */
    us_str dir;
    us_str journal;
    struct us_history_rules rules;
    struct us_json *json;

    struct core_dict names, sources, people, accounts;
    struct us_print_map prints;   /* of people's and accounts' ids; once one is put */
    bool prints_there, now_there; /* the map, and what now.c keeps */
    bool aliases;                 /* some user was linked to another */
    uint32_t source;              /* of the last event */
    struct us_arena person_rows;  /* core_person by id; once something is loaded */
    struct us_arena account_rows; /* uint32_t company by id; likewise */

    struct core_columns columns; /* those that events has, in order */

    struct duck_table tables[TABLES]; /* open when .chunk is there */
    bool batch;                       /* a transaction is open */
    int64_t pending;
    int64_t birth;          /* drawn when the file was made; 0: not yet */
    us_pos position;        /* of the last commit */
    us_pos next;            /* with what was loaded since */
    int64_t counts[COUNTS]; /* since the last commit */
    int64_t seq;            /* highest loaded */
    int64_t seq_saved;
    int64_t seq_settled;
    bool lays; /* beside, and yet it writes the files of the replay store */
    const _Atomic bool *lay_ends; /* set: whoever lays them leaves off; NULL */

    struct us_identity *identity; /* all links committed; NULL until asked for */
    struct us_rings
        *rings; /* those of lines up to ringed; NULL until a second settling */
    int64_t ringed, settles; /* by this handle */
};

/* What a line is loaded with. */
struct core_line {
    const struct us_json_doc *doc;
    bool rooted; /* doc is the message's properties alone */
    bool values; /* doc is the values of the columns, one after the other */
    struct us_head head;
    uint32_t m;
    us_pos at;
};

/* ---- schema.c ---- */
us_code core_schema(struct us_history *h, struct us_error *e);
us_code core_views(struct us_history *h, struct us_error *e);
us_code core_meta_read(struct us_history *h, struct us_error *e);
/* Gives the file its number, by which what is made from it knows it again. */
us_code core_birth(struct us_history *h, struct us_error *e);
us_code core_meta_put(
    struct us_history *h, const char *key, us_str value, struct us_error *e);
us_code core_meta_number(
    struct us_history *h, const char *key, int64_t value, struct us_error *e);
const char *core_count_name(size_t kind);
/* 'text' and "name" with their quotes doubled. */
void core_put_text(struct us_buf *sql, us_str text);
void core_put_name(struct us_buf *sql, us_str name);

/* ---- dict.c ---- */
us_code core_dicts_read(struct us_history *h, struct us_error *e);
us_code core_dicts_save(struct us_history *h, struct us_error *e);
uint32_t core_account(struct us_history *h, us_str key); /* empty: US_NOBODY */
uint32_t core_person(struct us_history *h, us_str id, bool identified);
struct us_who core_who(struct us_history *h, const struct us_message *m);
/* US_NOBODY when history never saw it. */
uint32_t core_person_find(struct us_history *h, us_str id, bool identified);
uint32_t core_account_find(const struct us_history *h, us_str key);
us_str core_account_key(const struct us_history *h, uint32_t id);
us_str core_person_key(const struct us_history *h, uint32_t id);
bool core_identified(const struct us_history *h, uint32_t person);

/* ---- load.c ---- */
/* The table, opened when it was not. */
us_code core_table(struct us_history *h, enum core_table t, struct duck_table **out,
    struct us_error *e);
void core_tables_close(struct us_history *h);
us_code core_load_line(
    struct us_history *h, us_str line, us_pos at, struct us_error *e);

/* ---- load_event.c ---- */
us_code core_load_event(struct us_history *h, const struct core_line *l,
    const struct us_message *m, struct us_error *e);
/* The node of each column in properties; US_JSON_NONE where absent. */
void core_columns_find(const struct core_columns *columns,
    const struct us_json_doc *doc, uint32_t properties, uint32_t *nodes);
/* The event of a line that was read before it came here. */
us_code core_load_ready(struct us_history *h, const struct us_ready *ready, us_str line,
    us_str source, us_pos at, struct us_error *e);
/* A column's property in one message; node as core_columns_find gave it. */
struct core_property {
    const struct core_column *column;
    const struct us_json_doc *doc;
    uint32_t node;
    const struct us_message *message;
};
/* Put it, or NULL where it is absent or of another kind, which is false. */
bool core_column_put(struct duck_table *t, size_t column, const struct core_property *p,
    struct us_arena *a);
/* The bit of core_columns.lengths. */
uint64_t core_length_bit(size_t len);

/* ---- load_rows.c ---- */
us_code core_load_retries(
    struct us_history *h, const struct core_line *l, struct us_error *e);
us_code core_load_rows(
    struct us_history *h, const struct core_line *l, struct us_error *e);
us_str core_field(const struct core_line *l, us_str key, struct us_arena *a);

/* ---- load_traits.c ---- */
struct core_traits {
    uint32_t account, person; /* one of them; the other US_NOBODY */
    int64_t at;
    bool undated;
    const us_str *omit; /* keys at the top left out; ends at an empty one; NULL: none */
};
us_code core_load_traits(struct us_history *h, const struct core_line *l, uint32_t node,
    const struct core_traits *t, struct us_error *e);

/* ---- now.c ---- */
/* What lines loaded from here on need; read once, and not by those who only ask. */
us_code core_now_read(struct us_history *h, struct us_error *e);
us_code core_link(struct us_history *h, const struct us_link *link, struct us_error *e);
void core_now(struct us_history *h, const struct us_who *who, uint32_t *person,
    uint32_t *account);
const char *core_link_name(us_link_kind kind);
us_link_kind core_link_kind(us_str name);

/* ---- links.c ---- */
/* Links of lines after `since`, in order of their lines, each with what undid it. */
typedef us_code core_link_take(
    void *ctx, const struct us_link *link, struct us_error *e);
us_code core_links(struct us_history *h, int64_t since, core_link_take *take, void *ctx,
    struct us_error *e);

/* ---- spans.c ---- */
/* h->identity is there after it. */
us_code core_identity(struct us_history *h, struct us_error *e);
/* us_identity_spans by the unit of the rules; spans has room for US_SPANS_MAX. */
size_t core_spans(
    const struct us_history *h, const struct us_who *who, struct us_span *spans);

/* ---- people.c ---- */
/* Set those of people who are internal; room for all of them. */
us_code core_internal_people(struct us_history *h, bool *internal, struct us_error *e);
/* The same of some of them; the others are said not to be. */
us_code core_internal_some(
    struct us_history *h, const bool *some, bool *internal, struct us_error *e);
/* Bring the flags of people and accounts up to date with rules and lines. */
us_code core_internal_mark(struct us_history *h, struct us_error *e);
/* Of every id the person it is by the links that hold now. */
us_code core_people_now(struct us_history *h, uint32_t *person, struct us_error *e);

/* ---- logs_company.c ---- */
/* Of every account the company it is by the mappings that hold now, and by work
 * addresses where history has them, which it has by company alone; else itself. */
us_code core_companies_now(struct us_history *h, uint32_t *company, struct us_error *e);

/* ---- columns.c ---- */
/* Whether there may be so many. */
us_code core_columns_check(const struct us_history_rules *rules, struct us_error *e);
/* The columns events has; and, when writing, those wanted besides are built. */
us_code core_columns_read(struct us_history *h, struct us_error *e);
us_code core_columns_build(
    struct us_history *h, us_history_progress *progress, void *ctx, struct us_error *e);
/* SIZE_MAX when there is none such. */
size_t core_column_find(const struct core_columns *c, us_str path, us_kind kind);
