/* profile_traits.c: what is known of accounts and people, each trait's last value. */

#include "answer/profile_maker.h"

static us_print print_of(uint32_t owner, uint32_t key, bool user)
{
    uint32_t parts[3] = {owner, key, user};
    return us_print_of((us_str){(const char *)parts, sizeof parts});
}

void us_profile_traits_add(struct us_profile_maker *m, const struct us_json_doc *doc,
    uint32_t object, uint32_t owner, bool user)
{
    uint32_t end = doc->nodes[object].next;
    for (uint32_t k = object + 1; k < end; k = doc->nodes[k + 1].next) {
        us_value value = us_json_value(doc, k + 1, &m->scratch);
        uint32_t key = us_intern_put(&m->keys, us_json_text(doc, k, &m->scratch));
        if (value.kind == US_STRING) {
            uint32_t text = us_intern_put(&m->values, value.text);
            value.text = us_intern_text(&m->values, text);
        }
        bool fresh = false;
        uint32_t *at =
            us_print_map_put(&m->trait_at, print_of(owner, key, user), &fresh);
        if (!fresh && *at) {
            m->traits[*at - 1].value = value;
        } else if (m->trait_count < US_PROFILE_TRAITS_MAX) {
            struct us_profile_trait *row =
                us_new(&m->trait_memory, struct us_profile_trait, 1);
            if (!m->traits) m->traits = row;
            *row = (struct us_profile_trait){owner, key, user, value};
            *at = (uint32_t)++m->trait_count;
        }
    }
}

void us_profile_traits_finish(struct us_profile *p)
{
    struct us_profile_maker *m = p->maker;
    size_t caps[2] = {0};
    for (size_t i = 0; i < m->trait_count; i++) {
        const struct us_profile_trait *t = &m->traits[i];
        if (t->value.kind == US_MISSING) continue;
        us_str key = us_intern_text(&m->keys, t->key);
        struct us_profile_field *field =
            t->user ? us_profile_field_of(
                          m, &p->user_traits, &p->user_trait_count, &caps[1], key)
                    : us_profile_field_of(m, &p->account_traits,
                          &p->account_trait_count, &caps[0], key);
        if (field) us_profile_field_add(m, field, t->value);
    }
    for (size_t i = 0; i < p->account_trait_count; i++) {
        p->account_traits[i].of = (int64_t)m->accounts.count;
        us_profile_field_finish(&p->account_traits[i]);
    }
    for (size_t i = 0; i < p->user_trait_count; i++) {
        p->user_traits[i].of = p->identified;
        us_profile_field_finish(&p->user_traits[i]);
    }
}

us_value us_profile_account_trait(
    const struct us_profile *p, uint32_t account, size_t trait)
{
    const struct us_profile_maker *m = p->maker;
    uint32_t key = us_intern_find(&m->keys, p->account_traits[trait].key);
    uint32_t owner = us_intern_find(&m->accounts, p->accounts[account].key);
    uint32_t *at = us_print_map_find(&m->trait_at, print_of(owner, key, false));
    return at && *at ? m->traits[*at - 1].value : us_missing();
}
