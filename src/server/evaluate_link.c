/* evaluate_link.c: accounts whose rows a line gives anew: those of whoever it links, or
 * makes one of ours. */

#include "server/evaluate_inner.h"

bool us_evaluator_is_ours(struct us_evaluator *v, us_str key)
{
    return us_history_is_internal(v->o.history_rules, key, &v->line);
}

/* What comes first: an account whose rows are all given anew has that, too. */
void us_evaluator_renew_all(
    struct us_evaluator *v, const struct us_book_touched *touched, int64_t t)
{
    if (touched->all) {
        v->stale = true;
        return;
    }
    us_evaluator_come(v, touched, t);
    for (size_t i = 0; i < touched->count && v->broken == US_OK; i++)
        us_evaluator_renew(v, touched->accounts[i], t);
}

bool us_evaluator_is_renewed(const struct us_evaluator_renewed *r, uint32_t account)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->accounts[i] == account) return true;
    return false;
}

/* Of a line with several links each is taken so; history, by which accounts are given
 * anew, knows all of them. */
void us_evaluator_link(
    struct us_evaluator *v, const struct us_link *link, struct us_evaluator_renewed *r)
{
    struct us_book_touched touched = us_book_link(v->book, link);
    struct us_book_touched others = touched;
    size_t count = 0;
    if (r->count + touched.count > US_EVALUATOR_TOUCHED_MAX) touched.all = true;
    if (touched.all) {
        v->stale = true;
        return;
    }
    uint32_t *list = us_new(&v->line, uint32_t, touched.count + 1);
    for (size_t i = 0; i < touched.count; i++)
        if (!us_evaluator_is_renewed(r, touched.accounts[i]))
            list[count++] = touched.accounts[i];
    others.accounts = list;
    others.count = count;
    us_evaluator_renew_all(v, &others, link->known);
    for (size_t i = 0; i < count; i++)
        r->accounts[r->count++] = list[i];
}

/* All accounts that anybody of the person's was ever in. */
void us_evaluator_renew_person(struct us_evaluator *v, uint32_t person, int64_t t)
{
    uint32_t account;
    for (size_t i = 0; (account = us_book_account_of(v->book, person, i)) != US_NOBODY;
         i++)
        us_evaluator_renew(v, account, t);
}
