/* sim_names.h: the tables of the simulated product, and who its people are; for the
 * files of the simulator alone. All of it static or a pure function.
 */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct us_sim_world;

typedef enum us_sim_kind {
    SIM_IDENTIFY,
    SIM_GROUP,
    SIM_ALIAS,
    SIM_PAGE,
    SIM_SIGNED_UP, /* the first track */
    SIM_ACCOUNT_CREATED,
    SIM_TOUR_COMPLETED,
    SIM_INVITE_SENT,
    SIM_INVITE_ACCEPTED,
    SIM_ADMIN_GRANTED,
    SIM_TRIAL_STARTED,
    SIM_TRIAL_ENDED,
    SIM_LIMIT_REACHED,
    SIM_INTEGRATION_CONNECTED,
    SIM_CONTACT_SALES,
    SIM_CHECKOUT_STARTED,
    SIM_PLAN_UPGRADED,
    SIM_BILLING_SAVED,
    SIM_SEAT_ADDED,
    SIM_PLAN_DOWNGRADED,
    SIM_CANCELLATION,
    SIM_LOGIN, /* from here on: what people do all day */
    SIM_PROJECT_CREATED,
    SIM_PROJECT_PUBLISHED,
    SIM_FILE_UPLOADED,
    SIM_FILE_DOWNLOADED,
    SIM_REPORT_VIEWED,
    SIM_REPORT_SCHEDULED,
    SIM_DASHBOARD_VIEWED,
    SIM_EXPORT_CREATED,
    SIM_API_CALLED,
    SIM_WEBHOOK_FIRED,
    SIM_AUTOMATION_RUN,
    SIM_COMMENT_ADDED,
    SIM_MENTION_ADDED,
    SIM_SEARCH_PERFORMED,
    SIM_TASK_CREATED,
    SIM_TASK_COMPLETED,
    SIM_TEMPLATE_USED,
    SIM_DOCUMENT_EDITED,
    SIM_BOARD_VIEWED,
    SIM_VIEW_SHARED,
    SIM_FILTER_SAVED,
    SIM_NOTIFICATION_OPENED,
    SIM_HELP_VIEWED,
    SIM_SETTINGS_CHANGED,
    SIM_SSO_VIEWED,
    SIM_KINDS
} us_sim_kind;

typedef enum sim_plan { PLAN_FREE, PLAN_PRO, PLAN_BUSINESS, PLAN_ENTERPRISE } sim_plan;
typedef enum sim_method { METHOD_CARD, METHOD_INVOICE, METHOD_ACH } sim_method;
typedef enum sim_channel { CHANNEL_SELF, CHANNEL_SALES, CHANNELS } sim_channel;
typedef enum sim_status {
    STATUS_PAID,
    STATUS_FAILED,
    STATUS_REFUNDED,
    STATUS_DISPUTED,
    STATUSES
} sim_status;
typedef enum sim_stage {
    STAGE_NONE,
    STAGE_DISCOVERY,
    STAGE_PROPOSAL,
    STAGE_NEGOTIATION,
    STAGE_WON,
    STAGE_LOST
} sim_stage;
typedef enum sim_resource { SEATS, STORAGE, API, PROJECTS } sim_resource;

typedef enum sim_source { SOURCE_INTEREST, SOURCE_RAISED, SOURCE_CEILING } sim_source;

/* What multiplies the daily chance to convert. Raised hands stand apart. */
typedef enum sim_cause {
    CAUSE_INVITES,
    CAUSE_SEATS,
    CAUSE_INTEGRATION,
    CAUSE_RAISED,
    CAUSE_HELP,
    CAUSE_TOUCH_ELSEWHERE, /* changes nothing; counted so that it can be seen */
    CAUSES
} sim_cause;

/* Behaviours whose landmark table truth.json holds. */
typedef enum sim_early {
    EARLY_INVITE,
    EARLY_INTEGRATION,
    EARLY_LIMIT,
    EARLY_SEARCH,
    EARLY_COMMENT,
    EARLY_TOUR,
    EARLIES
} sim_early;

/* ---- sim_table.c: names and shapes ---- */

typedef enum sim_prop_kind {
    PROP_NONE,
    PROP_WORD,       /* any of the list */
    PROP_SPAN,       /* a number: least + exponential of the mean */
    PROP_EXTRA,      /* the number in extra */
    PROP_EXTRA_WORD, /* the list at extra */
    PROP_INVITEE,    /* e-mail of a colleague */
    PROP_FLAG
} sim_prop_kind;

struct sim_words {
    const us_str *words;
    uint32_t count;
};

struct sim_prop {
    us_str glue; /* `"rows":` or `,"rows":` */
    sim_prop_kind kind;
    uint32_t least, mean;
    const struct sim_words *list;
};

struct sim_shape {
    us_str name;
    us_str middle, tail; /* what stands around properties and account */
    uint8_t weight[3];   /* in what member, admin, developer do all day */
    struct sim_prop props[2];
};

struct sim_country {
    us_str code, context; /* `"locale":…,"timezone":…,` */
    int32_t minutes;      /* east of UTC; summer time is left out */
    uint32_t tax;         /* per mille */
    bool euro;
};

struct sim_page {
    us_str path, properties; /* `Pricing","properties":{…},` */
};

extern const struct sim_shape us_sim_shapes[SIM_KINDS];
extern const struct sim_country us_sim_countries[32]; /* repeated by weight */
/* What a cause multiplies the daily chance by, in tenths. */
extern const uint32_t us_sim_factors[CAUSES];
extern const uint16_t us_sim_seat_cents[4]; /* a month */
extern const us_str us_sim_plans[4];
extern const us_str us_sim_industries[8];
extern const uint8_t us_sim_hours[64]; /* hours of a day, repeated by weight */
enum {
    PAGE_PRICING,
    PAGE_SECURITY,
    PAGE_TERMS,
    PAGE_PRIVACY,
    PAGE_ENTERPRISE,
    PAGE_DOCS,
    PAGE_CHANGELOG,
    PAGE_HOME,
    PAGES
};
extern const struct sim_page us_sim_pages[PAGES];

/* ---- sim_people.c: who they are; pure functions of seed and number ---- */

struct sim_person {
    uint64_t key;
    uint32_t account, company, user;
    bool buyer; /* works there, uses nothing */
};

uint32_t us_sim_company(const struct us_sim_world *w, uint32_t account);
uint32_t us_sim_size(const struct us_sim_world *w, uint32_t account);
bool us_sim_free_mail(const struct us_sim_world *w, uint32_t company);
uint32_t us_sim_employees(const struct us_sim_world *w, uint32_t company);
us_str us_sim_industry(const struct us_sim_world *w, uint32_t company);
uint8_t us_sim_country(const struct us_sim_world *w, uint32_t company);
char *us_sim_company_name(const struct us_sim_world *w, char *p, uint32_t company);
char *us_sim_account_name(const struct us_sim_world *w, char *p, uint32_t account);
char *us_sim_domain(const struct us_sim_world *w, char *p, uint32_t company);
/* What an account and its people hang on. */
uint64_t us_sim_key(const struct us_sim_world *w, uint32_t account);
struct sim_person us_sim_user(
    const struct us_sim_world *w, uint32_t account, uint32_t user);
struct sim_person us_sim_buyer(const struct us_sim_world *w, uint32_t account);
char *us_sim_person_name(char *p, const struct sim_person *who);
char *us_sim_email(const struct us_sim_world *w, char *p, const struct sim_person *who);
us_str us_sim_title(const struct sim_person *who);
/* 0 member, 1 admin, 2 developer. */
uint32_t us_sim_role(const struct sim_person *who);
