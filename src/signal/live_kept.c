/* live_kept.c: all accounts in a file (file/kept.h). */

#include "signal/live.h"
#include "signal/live_inner.h"

/* What lies where, and of how many; the rest of a plan is what the key of the file
 * says.
 */
static void layout_kept(struct us_kept_file *k, const struct us_live_plan *p)
{
    const size_t of[] = {sizeof(struct us_head), p->lane_count, p->atom_count,
        p->call_count, p->words, p->trait_count, p->user_trait_count, p->block_bytes,
        p->marked, p->fresh, p->levels, p->needs, p->traits, p->need_count,
        p->member_bytes, p->sheet_at, p->user_at, p->sheet_bytes, p->sheet_lists,
        p->sheet_list_count, p->sheet_traits};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        us_kept_same(k, of[i]);
}

static void text_move(const struct us_kept_texts *texts, us_str *text)
{
    *text = us_kept_moved(texts, *text);
}

static void traits_move(
    const struct us_kept_texts *texts, struct us_live_trait_kept *kept, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (kept[i].any && kept[i].value.kind == US_STRING)
            text_move(texts, &kept[i].value.text);
}

static void facts_move(
    struct us_live *l, const struct us_kept_texts *texts, const struct us_head *h)
{
    struct us_log_payment *payments = us_vec_items(&l->pool, &h->payments);
    for (uint32_t i = 0; i < h->payments.count; i++) {
        text_move(texts, &payments[i].method);
        text_move(texts, &payments[i].channel);
        text_move(texts, &payments[i].plan);
        text_move(texts, &payments[i].invoice);
    }
    struct us_log_deal *deals = us_vec_items(&l->pool, &h->deals);
    for (uint32_t i = 0; i < h->deals.count; i++) {
        text_move(texts, &deals[i].id);
        text_move(texts, &deals[i].stage);
        text_move(texts, &deals[i].type);
        text_move(texts, &deals[i].channel);
        text_move(texts, &deals[i].owner);
        text_move(texts, &deals[i].source);
    }
}

static void texts_move(struct us_live *l, const struct us_kept_texts *texts)
{
    const struct us_live_plan *p = l->plan;
    for (uint32_t slot = 0; slot < l->slot_count; slot++) {
        char *block = us_live_block(l, slot);
        traits_move(texts, (void *)(block + p->traits), p->trait_count);
        facts_move(l, texts, (const void *)block);
    }
    for (size_t i = 0; i < l->sheet_count; i++)
        traits_move(texts,
            (void *)(l->sheets.base + i * p->sheet_bytes + p->sheet_traits),
            p->user_trait_count);
}

void us_pool_kept(struct us_kept_file *k, struct us_pool *p)
{
    US_KEPT(k, p->free);
    US_KEPT(k, p->used);
    us_kept_arena(k, &p->arena);
}

void us_live_kept(struct us_kept_file *k, struct us_live *l)
{
    layout_kept(k, l->plan);
    US_KEPT(k, l->account_count);
    US_KEPT(k, l->slot_count);
    US_KEPT(k, l->home_count);
    US_KEPT(k, l->member_count);
    US_KEPT(k, l->sheet_count);
    US_KEPT(k, l->day_from);
    US_KEPT(k, l->day_to);
    US_KEPT(k, l->hour_from);
    US_KEPT(k, l->hour_to);
    US_KEPT(k, l->day);
    US_KEPT(k, l->hour);
    US_KEPT(k, l->stamp_base);
    US_KEPT(k, l->based);
    US_KEPT(k, l->gap);
    us_kept_arena(k, &l->slots);
    us_kept_arena(k, &l->blocks);
    us_kept_arena(k, &l->home);
    us_kept_arena(k, &l->members);
    us_kept_arena(k, &l->sheets);
    us_kept_map(k, &l->elsewhere);
    us_pool_kept(k, &l->pool);
    US_KEPT(k, l->wides.count);
    us_kept_map(k, &l->wides.map);
    us_kept_arena(k, &l->wides.values);
    struct us_kept_texts texts = us_kept_intern(k, &l->texts);
    if (us_kept_is_good(k)) texts_move(l, &texts);
}
