#include "text/text.h"

enum { SENTENCE_MAX = 1 << 16, DEPTH_MAX = 4 };

struct entry {
    us_str key;
    us_str said[2]; /* by us_lang */
};

static const struct entry catalogue[] = {
#include "i18n_list.inc"
};

enum { CATALOGUE_COUNT = sizeof catalogue / sizeof *catalogue };

static const struct entry *find(us_str key)
{
    size_t from = 0;
    size_t to = CATALOGUE_COUNT;
    while (from < to) {
        size_t mid = (from + to) / 2;
        int order = us_str_cmp(catalogue[mid].key, key);
        if (order == 0) return &catalogue[mid];
        if (order < 0) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return NULL;
}

us_lang us_lang_of(us_str name)
{
    bool zh = name.len >= 2 && us_str_eq_nocase(us_str_slice(name, 0, 2), US_S("zh"));
    bool ends = name.len == 2 || (name.len > 2 && us_str_find(US_S("_-.@"),
                                                      us_str_slice(name, 2, 3)) < 4);
    return zh && ends ? US_ZH : US_EN;
}

bool us_text_known(us_str key)
{
    return find(key) != NULL;
}

/* What a sentence is said with. */
struct saying {
    struct us_buf *out;
    us_lang lang;
    const us_arg *args;
    const us_arg *inner; /* within a word: those behind it, its own before others */
    int depth;           /* words within words, choices within choices */
};

/* Each round through the four is counted in depth, up to DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion) */
static void say_key(struct saying s, us_str key);

static const us_arg *arg_of(const us_arg *args, us_str name)
{
    for (; args && args->name; args++)
        if (us_str_eq(us_str_c(args->name), name)) return args;
    return NULL;
}

static const us_arg *arg_said(const struct saying *s, us_str name)
{
    const us_arg *own = arg_of(s->inner, name);
    return own ? own : arg_of(s->args, name);
}

static void say_word(struct saying s, const us_arg *arg)
{
    s.inner = arg + 1;
    say_key(s, arg->text);
}

static void say_arg(struct saying s, const us_arg *arg)
{
    switch (arg->kind) {
    case US_ARG_NONE: break;
    case US_ARG_TEXT: us_buf_put(s.out, arg->text); break;
    case US_ARG_WHOLE: us_say_whole(s.out, s.lang, arg->whole); break;
    case US_ARG_DIGITS: us_buf_int(s.out, arg->whole); break;
    case US_ARG_REAL: us_say_real(s.out, s.lang, arg->real); break;
    case US_ARG_SHARE: us_say_share(s.out, s.lang, arg->real); break;
    case US_ARG_TIME: us_say_time(s.out, s.lang, arg->whole); break;
    case US_ARG_DAY: us_say_day(s.out, s.lang, arg->whole); break;
    case US_ARG_BYTES: us_say_bytes(s.out, s.lang, arg->whole); break;
    case US_ARG_WORD: say_word(s, arg); break;
    }
}

/* Where the brace opened at `from` closes; s.len when it does not. */
static size_t closing(us_str s, size_t from)
{
    int open = 0;
    for (size_t i = from; i < s.len; i++) {
        open += (s.ptr[i] == '{') - (s.ptr[i] == '}');
        if (open == 0) return i;
    }
    return s.len;
}

static bool is_one(const us_arg *arg)
{
    return (arg->kind == US_ARG_WHOLE && arg->whole == 1) ||
           (arg->kind == US_ARG_REAL && arg->real == 1);
}

static void say_sentence(struct saying s, us_str text);

/* The inside of one pair of braces. False: it names no argument. */
static bool say_inside(struct saying s, us_str inside)
{
    const us_arg *arg = arg_said(&s, inside);
    if (arg) {
        say_arg(s, arg);
        return true;
    }
    us_str rest;
    arg = arg_said(&s, us_str_cut(inside, '?', &rest));
    if (!arg || !rest.len) return false;
    size_t bar = 0;
    while (bar < rest.len && rest.ptr[bar] != '|')
        bar = rest.ptr[bar] == '{' ? closing(rest, bar) : bar + 1;
    us_str one = us_str_slice(rest, 0, bar);
    us_str many = us_str_slice(rest, bar + 1, rest.len);
    s.depth++;
    say_sentence(s, is_one(arg) ? one : many);
    return true;
}

/* Braces that name no argument are said as they are: texts show YAML and JSON too. */
static void say_sentence(struct saying s, us_str text)
{
    size_t i = 0;
    while (i < text.len) {
        us_str rest = us_str_slice(text, i, text.len);
        size_t run = us_str_find(rest, US_S("{"));
        us_buf_put(s.out, us_str_slice(rest, 0, run));
        i += run;
        if (i == text.len) break;
        size_t end = closing(text, i);
        us_str inside = us_str_slice(text, i + 1, end);
        if (end < text.len && s.depth < DEPTH_MAX && say_inside(s, inside)) {
            i = end + 1;
        } else {
            us_buf_char(s.out, '{');
            i++;
        }
    }
}

static void say_key(struct saying s, us_str key)
{
    const struct entry *entry = find(key);
    s.depth++;
    if (entry && s.depth <= DEPTH_MAX) {
        say_sentence(s, entry->said[s.lang]);
    } else {
        us_buf_put(s.out, key);
    }
}
/* NOLINTEND(misc-no-recursion) */

void us_say(struct us_buf *out, us_lang lang, const char *key, const us_arg *args)
{
    say_key((struct saying){.out = out, .lang = lang, .args = args}, us_str_c(key));
}

us_str us_text(struct us_arena *a, us_lang lang, const char *key, const us_arg *args)
{
    struct us_buf out = us_buf_new(a, SENTENCE_MAX);
    us_say(&out, lang, key, args);
    return us_buf_str(&out);
}

void us_say_error(struct us_buf *out, us_lang lang, const struct us_error *e)
{
    us_say(out, lang, e->key, e->args);
}
