/* sim_rows.c: rows of the CSV files. No value holds a comma, a quote or a line end,
 * so none needs quoting; the test holds it. */

#include "base/err.h"
#include "sim/sim_inner.h"

static const us_str heads[US_SIM_FILES] = {
    [US_SIM_ACCOUNTS] = US_S_INIT(
        "account,name,plan,employees,industry,country,domain,created_at,owner\n"),
    [US_SIM_CONTACTS] =
        US_S_INIT("email,account,name,title,role,source,consent,created\n"),
    [US_SIM_PAYMENTS] =
        US_S_INIT("account,at,amount,currency,status,method,channel,interval,"
                  "period_start,period_end,quantity,plan,tax,invoice_id\n"),
    [US_SIM_DEALS] =
        US_S_INIT("deal_id,account,created,first_touch,stage,stage_at,amount,arr,type,"
                  "channel,owner,source,lost_reason\n"),
    [US_SIM_ACTIVITIES] =
        US_S_INIT("activity_id,account,contact,at,kind,direction,owner,subject\n"),
    [US_SIM_MQLS] = US_S_INIT("contact,account,at,source\n"),
    [US_SIM_COMPANIES] = US_S_INIT("company,account,domain,name,crm_id\n"),
};

void us_sim_row_heads(struct us_sim_world *w)
{
    for (int f = 0; f < US_SIM_FILES; f++)
        if (heads[f].len) us_sim_write(w, (us_sim_file)f, heads[f]);
}

/* Whether rows are wanted now: not in the pilot, not for a stream of events. */
static bool wanted(const struct us_sim_world *w)
{
    return !w->dry && !w->o->only_events;
}

static char *text(char *p, us_str s)
{
    p = sim_put(p, s);
    *p++ = ',';
    return p;
}

static char *then(char *p)
{
    *p++ = ',';
    return p;
}

static void end(struct us_sim_world *w, us_sim_file file, uint32_t ms, char *p)
{
    p[-1] = '\n'; /* was the comma after the last value */
    us_sim_row_end(w, file, ms, p);
}

static char *rep(char *p, uint32_t number)
{
    return then(us_sim_number(sim_put(p, US_S("rep")), number));
}

uint32_t us_sim_rep(const struct us_sim_world *w, const struct us_sim_account *a)
{
    return 1 + (uint32_t)(sim_mix(a->company) % w->reps);
}

void us_sim_row_account(struct us_sim_world *w, const struct us_sim_account *a)
{
    if (!wanted(w)) return;
    char *p = us_sim_row_begin(w);
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_account_name(w, p, a->id));
    p = text(p, us_sim_plans[a->plan]);
    p = then(us_sim_number(p, a->employees));
    p = text(p, us_sim_industry(w, a->company));
    p = text(p, us_sim_countries[a->country].code);
    if (!a->free_mail) p = us_sim_domain(w, p, a->company);
    p = then(us_sim_stamp(w, then(p), a->born, a->born_ms));
    p = a->owner_known ? rep(p, us_sim_rep(w, a)) : then(p);
    end(w, US_SIM_ACCOUNTS, 0, p);
}

void us_sim_row_company(struct us_sim_world *w, const struct us_sim_account *a)
{
    if (a->free_mail || w->dry) return;
    w->truth.company_rows++;
    if (!wanted(w)) return;
    char *p = us_sim_row_begin(w);
    p = then(us_sim_number(sim_put(p, US_S("co")), a->company));
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_domain(w, p, a->company));
    p = then(us_sim_company_name(w, p, a->company));
    if (sim_hash(w->seed, a->company) % 10 < 3)
        p = us_sim_padded(sim_put(p, US_S("crm-")), a->company % 100000000, 8);
    end(w, US_SIM_COMPANIES, a->born_ms, then(p));
}

void us_sim_row_contact(struct us_sim_world *w, const struct us_sim_account *a,
    const struct sim_person *who, uint32_t ms)
{
    static const us_str consents[4] = {
        US_S_INIT("yes"), US_S_INIT("yes"), US_S_INIT("unknown"), US_S_INIT("no")};
    static const us_str sources[4] = {US_S_INIT("signup"), US_S_INIT("import"),
        US_S_INIT("enrichment"), US_S_INIT("event")};
    w->truth.contacts++;
    w->truth.non_users += who->buyer;
    if (!wanted(w)) return;
    char *p = us_sim_row_begin(w);
    p = then(us_sim_email(w, p, who));
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_person_name(p, who));
    p = text(p, us_sim_title(who));
    p = text(p, who->buyer ? US_S("buyer") : US_S("admin"));
    p = text(p, sources[who->buyer ? 1 + (who->key >> 48) % 3 : 0]);
    p = text(p, consents[(who->key >> 52) & 3]);
    p = then(us_sim_stamp(w, p, w->day, ms));
    end(w, US_SIM_CONTACTS, ms, p);
}

static void payment_tally(struct us_sim_world *w, const struct us_sim_account *a,
    const struct sim_payment *pay)
{
    struct us_sim_truth *t = &w->truth;
    t->payments[pay->status]++;
    if (pay->status == STATUS_PAID) {
        t->methods[a->method]++;
        if (!a->eur) t->paid_cents += pay->net_cents;
    }
    if (a->method == METHOD_CARD && pay->status <= STATUS_FAILED) {
        bool above = us_sim_annual_cents(a) > CEILING_CENTS;
        t->card_tries[above]++;
        t->card_declines[above] += pay->status == STATUS_FAILED;
    }
}

/* The amount holds the tax; `tax` says how much of it. */
void us_sim_row_payment(struct us_sim_world *w, const struct us_sim_account *a,
    const struct sim_payment *pay)
{
    static const us_str statuses[STATUSES] = {US_S_INIT("paid"), US_S_INIT("failed"),
        US_S_INIT("refunded"), US_S_INIT("disputed")};
    static const us_str methods[3] = {
        US_S_INIT("card"), US_S_INIT("invoice"), US_S_INIT("ach")};
    payment_tally(w, a, pay);
    if (!wanted(w)) return;
    int64_t tax = pay->net_cents * us_sim_countries[a->country].tax / 1000;
    char *p = us_sim_row_begin(w);
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_stamp(w, p, w->day, pay->ms));
    p = then(us_sim_cents(p, pay->net_cents + tax));
    p = text(p, a->eur ? US_S("EUR") : US_S("USD"));
    p = text(p, statuses[pay->status]);
    p = text(p, methods[a->method]);
    p = text(p, a->channel == CHANNEL_SALES ? US_S("sales") : US_S("self_serve"));
    p = text(p, a->annual ? US_S("year") : US_S("month"));
    p = then(us_sim_date(w, p, pay->first));
    p = then(us_sim_date(w, p, pay->past));
    p = then(us_sim_number(p, a->seats));
    p = text(p, us_sim_plans[a->plan]);
    p = then(us_sim_cents(p, tax));
    p = us_sim_number(sim_put(p, US_S("inv")), a->id);
    *p++ = '-';
    p = then(us_sim_number(p, pay->invoice));
    end(w, US_SIM_PAYMENTS, pay->ms, p);
}

void us_sim_row_deal(struct us_sim_world *w, const struct us_sim_account *a,
    uint32_t ms, int64_t arr_cents)
{
    static const us_str stages[] = {US_S_INIT("none"), US_S_INIT("discovery"),
        US_S_INIT("proposal"), US_S_INIT("negotiation"), US_S_INIT("won"),
        US_S_INIT("lost")};
    static const us_str sources[] = {US_S_INIT("product_usage"),
        US_S_INIT("contact_sales"), US_S_INIT("card_declined")};
    static const us_str reasons[4] = {US_S_INIT("no_decision"), US_S_INIT("budget"),
        US_S_INIT("competitor"), US_S_INIT("missing_feature")};
    w->truth.stage_rows++;
    if (!wanted(w)) return;
    char *p = us_sim_row_begin(w);
    p = then(us_sim_number(sim_put(p, US_S("deal")), a->deal));
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_date(w, p, a->deal_made));
    if (a->first_touch != DAY_NONE) p = us_sim_date(w, p, a->first_touch);
    p = text(then(p), stages[a->stage]);
    p = then(us_sim_stamp(w, p, w->day, ms));
    p = then(us_sim_cents(p, arr_cents));
    p = then(us_sim_cents(p, arr_cents));
    p = text(p, a->deal_expands ? US_S("expansion") : US_S("new"));
    p = text(p, US_S("sales"));
    p = rep(p, us_sim_rep(w, a));
    p = text(p, sources[a->deal_source]);
    p = text(p, a->stage == STAGE_LOST ? reasons[a->key >> 62] : US_S(""));
    end(w, US_SIM_DEALS, ms, p);
}

void us_sim_row_activity(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_talk talk)
{
    static const struct {
        us_str kind, subject;
        bool in;
    } talks[] = {
        [TALK_EMAIL] = {US_S_INIT("email"), US_S_INIT("Seats for your team"), false},
        [TALK_SEQUENCE] = {US_S_INIT("sequence"), US_S_INIT("Getting started"), false},
        [TALK_CALL] = {US_S_INIT("call"), US_S_INIT("Set-up help"), false},
        [TALK_REPLY] = {US_S_INIT("email"), US_S_INIT("Re: Seats for your team"), true},
        [TALK_MEETING] = {US_S_INIT("meeting"), US_S_INIT("Seat set-up session"),
            false},
        [TALK_TICKET] = {US_S_INIT("ticket"), US_S_INIT("Cannot import a file"), true},
    };
    w->truth.activities++;
    uint32_t serial = ++w->activity_serial;
    a->owner_known |= talk != TALK_TICKET;
    if (!wanted(w)) return;
    struct sim_person user = us_sim_user(w, a->id, 0);
    char *p = us_sim_row_begin(w);
    p = then(us_sim_number(sim_put(p, US_S("act")), serial));
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_email(w, p, &user));
    p = then(us_sim_stamp(w, p, w->day, ms));
    p = text(p, talks[talk].kind);
    p = text(p, talks[talk].in ? US_S("in") : US_S("out"));
    p = talk == TALK_TICKET ? text(p, US_S("support")) : rep(p, us_sim_rep(w, a));
    p = text(p, talks[talk].subject);
    end(w, US_SIM_ACTIVITIES, ms, p);
}

void us_sim_row_mql(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, us_str source)
{
    w->truth.mqls++;
    if (!wanted(w)) return;
    struct sim_person user = us_sim_user(w, a->id, 0);
    char *p = us_sim_row_begin(w);
    p = then(us_sim_email(w, p, &user));
    p = then(us_sim_account_id(p, a->id));
    p = then(us_sim_stamp(w, p, w->day, ms));
    p = text(p, source);
    end(w, US_SIM_MQLS, ms, p);
}
