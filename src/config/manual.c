#include "config/key.h"

/* One page being written. */
struct manual {
    us_lang lang;
    struct us_buf *out;
};

static void say(const struct manual *m, const char *key)
{
    us_say(m->out, m->lang, key, NULL);
}

static void put_kind(const struct manual *m, const struct us_key *key)
{
    if (key->kind == US_KEY_CHOICE) {
        for (us_str rest = us_str_c(key->choices); rest.len;) {
            us_str one = us_str_cut(rest, ' ', &rest);
            us_buf_fmt(m->out, "`%.*s`%s", US_ARG(one), rest.len ? ", " : "");
        }
        return;
    }
    say(m, us_key_kind_words(key->kind));
    bool bounded = key->kind == US_KEY_NUMBER || key->kind == US_KEY_WHOLE;
    if (bounded && key->most != 0)
        us_say(m->out, m->lang, "config.manual_range",
            US_ARGS(US_REAL("least", key->least), US_REAL("most", key->most)));
    if (key->kind != US_KEY_LIST) return;
    say(m, "config.manual_of");
    put_kind(m, key->of);
}

static void put_row(const struct manual *m, us_str path, const struct us_key *key)
{
    us_buf_fmt(m->out, "| `%.*s` | ", US_ARG(path));
    put_kind(m, key);
    us_buf_put(m->out, US_S(" | "));
    if (key->required) {
        say(m, "config.manual_required");
    } else if (key->preset) {
        us_buf_fmt(m->out, "`%s`", key->preset);
    }
    us_buf_put(m->out, US_S(" | "));
    if (key->about) say(m, key->about);
    us_buf_put(m->out, US_S(" |\n"));
}

static us_str joined(const struct manual *m, us_str path, const char *name)
{
    return path.len ? us_arena_fmt(m->out->arena, "%.*s.%s", US_ARG(path), name)
                    : us_str_c(name);
}

static void put_inner(const struct manual *m, us_str path, const struct us_key *key);

static void put_key(const struct manual *m, us_str path, const struct us_key *key)
{
    put_row(m, path, key);
    put_inner(m, path, key);
}

/* The rows of what is inside; entries that are nothing but a value have none. */
static void put_inner(const struct manual *m, us_str path, const struct us_key *key)
{
    if (key->kind == US_KEY_MAP) {
        for (const struct us_key *row = key->of; row->name; row++)
            put_key(m, joined(m, path, row->name), row);
    } else if (key->kind == US_KEY_NAMED || key->kind == US_KEY_TABLE) {
        us_str inner = joined(m, path, key->of->name);
        if (key->of->kind == US_KEY_MAP) {
            put_inner(m, inner, key->of);
        } else {
            put_row(m, inner, key->of);
        }
    }
}

static void put_heads(const struct manual *m)
{
    us_buf_put(m->out, US_S("| "));
    say(m, "config.manual_head_key");
    us_buf_put(m->out, US_S(" | "));
    say(m, "config.manual_head_kind");
    us_buf_put(m->out, US_S(" | "));
    say(m, "config.manual_head_preset");
    us_buf_put(m->out, US_S(" | "));
    say(m, "config.manual_head_about");
    us_buf_put(m->out, US_S(" |\n|---|---|---|---|\n"));
}

/* The kinds of help that need no entry. */
static void put_helps(const struct manual *m)
{
    us_buf_char(m->out, '\n');
    for (const struct us_help *h = us_helps; h->name; h++) {
        us_buf_fmt(m->out, "- `%s`: ", h->name);
        say(m, h->words);
        us_buf_char(m->out, '\n');
    }
}

void us_config_manual(us_lang lang, struct us_buf *out)
{
    const struct manual m = {lang, out};
    us_buf_put(out, US_S("# usher.yml\n\n"));
    say(&m, "config.manual_intro");
    us_buf_char(out, '\n');
    for (const struct us_key *section = us_config_keys.of; section->name; section++) {
        us_buf_fmt(out, "\n## `%s`\n\n", section->name);
        say(&m, section->about);
        us_buf_put(out, US_S("\n"));
        bool inner = section->kind == US_KEY_MAP || section->kind == US_KEY_NAMED ||
                     section->kind == US_KEY_TABLE;
        if (!inner) continue;
        us_buf_char(out, '\n');
        put_heads(&m);
        put_inner(&m, us_str_c(section->name), section);
        if (us_str_eq(us_str_c(section->name), US_S("helps"))) put_helps(&m);
    }
}
