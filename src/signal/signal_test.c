/* The signal language: its parts are in the files beside. */

#include "signal/signal_test.h"

#include <string.h>

static void note_mistakes(struct proof *p)
{
    for (size_t i = 0; i < p->d.count && i < US_DIAGS_MAX; i++)
        us_intern_put(&p->seen, us_str_c(p->d.items[i].key));
}

void proof_open(struct proof *p, const char *signals)
{
    us_arena_reset(&p->a);
    p->d = (struct us_diags){.arena = &p->a};
    p->c = (struct us_config){0};
    us_str rest = us_str_c(signals);
    size_t count = 0;
    for (size_t i = 0; i < rest.len; i++)
        count += rest.ptr[i] == '\n';
    p->c.signals = us_new(&p->a, struct us_signal_text, count);
    p->c.user_signals = us_new(&p->a, struct us_signal_text, count);
    for (uint32_t line = 1; rest.len; line++) {
        us_str expr;
        us_str name = us_str_cut(us_str_cut(rest, '\n', &rest), ':', &expr);
        bool user = us_str_has_prefix(name, US_S("user "));
        if (user) name = us_str_slice(name, 5, name.len);
        uint32_t column = (uint32_t)name.len + 3;
        struct us_signal_text text = {.name = {name, {0, line, 1, (uint32_t)name.len}},
            .is = {us_str_trim(expr), {0, line, column, (uint32_t)expr.len}},
            .may_mention = true};
        if (user) {
            p->c.user_signals[p->c.user_signal_count++] = text;
        } else {
            p->c.signals[p->c.signal_count++] = text;
        }
    }
    us_plan_open(&p->c, &p->a, &p->d, &p->plan);
    note_mistakes(p);
}

uint32_t proof_add(struct proof *p, const char *text, us_kind want, us_scope scope)
{
    us_source source = {us_str_c(text), {0, 7, 5, 1}};
    uint32_t node = us_plan_add(p->plan, source, want, scope, &p->d);
    note_mistakes(p);
    return node;
}

us_value proof_value(struct proof *p, const char *history, const char *expr,
    const char *user, const char *at)
{
    proof_open(p, "");
    struct us_log log;
    us_scope scope = user ? US_PER_USER : US_PER_ACCOUNT;
    uint32_t node = proof_add(p, expr, US_MISSING, scope);
    us_plan_close(p->plan);
    CHECK_AS(&p->t, node != US_NODE_NONE, expr);
    if (node == US_NODE_NONE) return us_missing();
    us_case_read(p->plan, us_str_c(history), &p->a, &log);
    uint32_t who = user ? us_case_person(&log, us_str_c(user)) : US_NOBODY;
    return us_naive(p->plan, node, &log, who, us_case_time(us_str_c(at)), &p->a);
}

void proof_same(struct proof *p, us_value found, const char *want, const char *what)
{
    struct us_buf b = us_buf_new(&p->a, 4096);
    us_print_value(found, &b);
    bool same = us_value_same(found, us_case_value(us_str_c(want)));
    CHECK_AS(&p->t, same, what);
    if (!same) printf("# wanted %s, found %.*s\n", want, US_ARG(us_buf_str(&b)));
}

us_str proof_print(struct proof *p, uint32_t node, bool signals)
{
    struct us_buf b = us_buf_new(&p->a, 1 << 16);
    us_plan_print(p->plan, node, signals, &b);
    return us_buf_str(&b);
}

static void functions_keep_their_cases(struct proof *p)
{
    for (size_t i = 0; i < US_FUNCTIONS; i++) {
        const struct us_function *f = us_function_of((us_function_id)i);
        CHECK(&p->t, f->id == i && us_function_find(f->name) == f);
        CHECK(&p->t, us_text_known(us_str_c(f->about)) && f->cases[0].about);
        CHECK_AS(&p->t, f->apply || (f->sql && f->live),
            "a function has its form in SQL and, over events, a live one");
        bool named = f->apply || f->steps || f->inside;
        CHECK(&p->t, !f->apply == !f->reach && named == (f->args != NULL));
        for (const struct us_case *c = f->cases; c->about; c++) {
            us_value v = proof_value(p, c->history, c->expr, c->user, c->at);
            CHECK(&p->t, us_text_known(us_str_c(c->about)));
            proof_same(p, v, c->want, c->about);
        }
    }
    CHECK(&p->t, !us_function_find(US_S("trends")));
}

static void manual_has_every_function(struct proof *p)
{
    for (int lang = US_EN; lang <= US_ZH; lang++) {
        us_arena_reset(&p->a);
        struct us_buf b = us_buf_new(&p->a, 1 << 20);
        us_signals_manual((us_lang)lang, &b);
        us_str text = us_buf_str(&b);
        CHECK(&p->t, !b.full && us_str_is_utf8(text));
        CHECK(&p->t, us_str_find(text, US_S("signal.")) == text.len);
        CHECK(
            &p->t, us_str_find(text, US_S("### `users(W)`, `users(E, W)`")) < text.len);
        CHECK(&p->t, us_str_find(text, US_S("### `sum(E.p, W)`")) < text.len);
        CHECK(&p->t, us_str_find(text, US_S("### `least(a, b, …)`")) < text.len);
        for (size_t i = 0; i < US_FUNCTIONS; i++)
            for (const struct us_case *c = us_function_of((us_function_id)i)->cases;
                 c->about; c++)
                CHECK(&p->t, us_str_find(text, us_str_c(c->expr)) < text.len);
    }
}

int main(int argc, char **argv)
{
    static struct proof p; /* a struct us_intern is large for a stack */
    us_arena_init(&p.a, 256 << 20);
    us_intern_init(&p.seen);
    if (argc > 1 && strcmp(argv[1], "manual") == 0) {
        struct us_buf b = us_buf_new(&p.a, 1 << 20);
        us_signals_manual(us_lang_of(us_str_c(argc > 2 ? argv[2] : "en")), &b);
        printf("%.*s", (int)b.len, b.ptr);
        return 0;
    }
    functions_keep_their_cases(&p);
    manual_has_every_function(&p);
    proof_expressions(&p);
    proof_mistakes(&p);
    proof_values(&p);
    proof_money(&p);
    proof_random(&p);
    us_intern_done(&p.seen);
    us_arena_done(&p.a);
    return us_tap_done(&p.t);
}
