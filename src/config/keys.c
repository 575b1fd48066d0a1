#include "config/key.h"

#define AXES "usage fit intent"

static const struct us_key path_row = {"path", US_KEY_TEXT};
static const struct us_key domain_row = {"domain", US_KEY_DOMAIN};
static const struct us_key trait_row = {"trait", US_KEY_TEXT};
static const struct us_key event_row = {"event", US_KEY_TEXT};
static const struct us_key country_row = {"country", US_KEY_COUNTRY};
static const struct us_key line_row = {"expression", US_KEY_EXPRESSION};
static const struct us_key axis_row = {"axis", US_KEY_CHOICE, .choices = AXES};
static const struct us_key help_row = {"help", US_KEY_NAME};
static const struct us_key channel_row = {
    "channel", US_KEY_CHOICE, .choices = "slack hubspot salesforce webhook email"};
static const struct us_key rate_row = {
    "CURRENCY", US_KEY_NUMBER, .least = 1e-9, .about = "config.about_rate"};

static const struct us_key account_keys[] = {
    {"unit", US_KEY_CHOICE, .choices = "workspace company", .preset = "workspace",
        .about = "config.about_unit"},
    {"internal", US_KEY_LIST, .brief = true, .of = &domain_row,
        .about = "config.about_internal"},
    {"fixed", US_KEY_LIST, .brief = true, .of = &trait_row,
        .about = "config.about_fixed"},
    {0},
};

static const struct us_key alias_row = {
    "EVENT", US_KEY_LIST, .brief = true, .of = &event_row, .about = "config.about_old"};

#define ROLE(word, words)                                                    \
    {                                                                        \
        word, US_KEY_LIST, .brief = true, .of = &event_row, .about = (words) \
    }

static const struct us_key events_keys[] = {
    [US_ROLE_SIGN_UP] = ROLE("sign_up", "config.about_sign_up"),
    [US_ROLE_ACTIVATED] = ROLE("activated", "config.about_activated"),
    [US_ROLE_INVITE] = ROLE("invite", "config.about_invite"),
    [US_ROLE_SEAT] = ROLE("seat", "config.about_seat"),
    [US_ROLE_LIMIT] = ROLE("limit", "config.about_limit"),
    [US_ROLE_PRICING] = ROLE("pricing", "config.about_pricing"),
    [US_ROLE_CHECKOUT] = ROLE("checkout", "config.about_checkout"),
    [US_ROLE_HAND_RAISE] = ROLE("hand_raise", "config.about_hand_raise"),
    [US_ROLES] = {"alias", US_KEY_TABLE, .of = &alias_row,
        .about = "config.about_alias"},
    {0},
};

static const struct us_key price_keys[] = {
    {"seat_month", US_KEY_NUMBER, .about = "config.about_seat_month"},
    {"month", US_KEY_NUMBER, .about = "config.about_month"},
    {"year", US_KEY_NUMBER, .about = "config.about_year"},
    {0},
};

static const struct us_key price_row = {"PLAN", US_KEY_MAP, .of = price_keys};

static const struct us_key currency_keys[] = {
    {"report", US_KEY_CODE, .most = 3, .preset = "USD", .about = "config.about_report"},
    {"rates", US_KEY_TABLE, .of = &rate_row, .about = "config.about_rates"},
    {0},
};

static const struct us_key cost_keys[] = {
    {"rep_hour", US_KEY_NUMBER, .about = "config.about_rep_hour"},
    {"hours_per_deal", US_KEY_NUMBER, .about = "config.about_hours_per_deal"},
    {"win_rate", US_KEY_SHARE, .about = "config.about_win_rate"},
    {"margin", US_KEY_SHARE, .about = "config.about_margin"},
    {0},
};

static const struct us_key calendar_keys[] = {
    {"time_zone", US_KEY_ZONE, .preset = "UTC", .about = "config.about_time_zone"},
    {"holidays", US_KEY_LIST, .brief = true, .of = &country_row,
        .about = "config.about_holidays"},
    {0},
};

static const struct us_key outcome_keys[] = {
    {"event", US_KEY_TEXT, .about = "config.about_outcome_event"},
    {"nth", US_KEY_WHOLE, .least = 1, .most = 1000000, .preset = "1",
        .about = "config.about_nth"},
    {"payment", US_KEY_CHOICE, .choices = "first", .about = "config.about_payment"},
    {"deal", US_KEY_CHOICE, .choices = "created won", .about = "config.about_deal"},
    {"channel", US_KEY_CHOICE, .choices = "self_serve sales",
        .about = "config.about_channel"},
    {"arr", US_KEY_NUMBER, .least = 0.01, .about = "config.about_arr"},
    {"mrr", US_KEY_NUMBER, .least = 0.01, .about = "config.about_mrr"},
    {"within", US_KEY_DAYS, .about = "config.about_outcome_within"},
    {0},
};

static const struct us_key outcome_row = {"NAME", US_KEY_MAP, .of = outcome_keys};

static const struct us_key say_keys[] = {
    {"en", US_KEY_TEXT, .about = "config.about_en"},
    {"zh", US_KEY_TEXT, .about = "config.about_zh"},
    {0},
};

static const struct us_key signal_keys[] = {
    {"is", US_KEY_EXPRESSION, .required = true, .about = "config.about_is"},
    {"say", US_KEY_MAP, .of = say_keys, .about = "config.about_say"},
    {"may_mention", US_KEY_BOOL, .preset = "yes", .about = "config.about_may_mention"},
    {0},
};

static const struct us_key signal_row = {
    "NAME", US_KEY_MAP, .brief = true, .of = signal_keys};

#define LINES(word, words)                                                  \
    {                                                                       \
        word, US_KEY_LIST, .brief = true, .of = &line_row, .about = (words) \
    }
#define POINTS(word, words)                                \
    {                                                      \
        word, US_KEY_NUMBER, .most = 100, .about = (words) \
    }

static const struct us_key score_keys[] = {
    LINES("usage", "config.about_score_usage"),
    LINES("fit", "config.about_score_fit"),
    LINES("intent", "config.about_score_intent"),
    {0},
};

static const struct us_key threshold_keys[] = {
    POINTS("usage", "config.about_threshold_axis"),
    POINTS("fit", "config.about_threshold_axis"),
    POINTS("intent", "config.about_threshold_axis"),
    {0},
};

static const struct us_key grade_keys[] = {
    {"A", US_KEY_NUMBER, .most = 100, .preset = "75", .about = "config.about_grade"},
    {"B", US_KEY_NUMBER, .most = 100, .preset = "50", .about = "config.about_grade"},
    {"C", US_KEY_NUMBER, .most = 100, .preset = "25", .about = "config.about_grade"},
    {0},
};

static const struct us_key definition_keys[] = {
    {"kind", US_KEY_CHOICE, .choices = "pqa pql", .preset = "pqa",
        .about = "config.about_kind"},
    {"aim", US_KEY_NAME, .about = "config.about_aim"},
    {"within", US_KEY_NAME, .about = "config.about_within"},
    {"horizon", US_KEY_DAYS, .preset = "90d", .about = "config.about_horizon"},
    {"who", US_KEY_EXPRESSION, .about = "config.about_who"},
    LINES("must", "config.about_must"),
    {"score", US_KEY_MAP, .of = score_keys, .about = "config.about_score"},
    {"threshold", US_KEY_MAP, .of = threshold_keys, .about = "config.about_threshold"},
    {"rank", US_KEY_LIST, .brief = true, .of = &axis_row,
        .preset = "[intent, fit, usage]", .about = "config.about_rank"},
    {"grades", US_KEY_MAP, .of = grade_keys, .about = "config.about_grades"},
    {"stay", US_KEY_EXPRESSION, .about = "config.about_stay"},
    {"hold", US_KEY_SPAN, .about = "config.about_hold"},
    {"cooldown", US_KEY_SPAN, .about = "config.about_cooldown"},
    {"expires", US_KEY_SPAN, .about = "config.about_expires"},
    {"say", US_KEY_MAP, .of = say_keys, .about = "config.about_definition_say"},
    {0},
};

static const struct us_key definition_row = {"NAME", US_KEY_MAP, .of = definition_keys};

static const struct us_key holdout_keys[] = {
    {"share", US_KEY_SHARE, .required = true, .about = "config.about_holdout_share"},
    {"for", US_KEY_DAYS, .required = true, .about = "config.about_holdout_for"},
    {"then", US_KEY_CHOICE, .choices = "release keep", .preset = "release",
        .about = "config.about_holdout_then"},
    {"never", US_KEY_EXPRESSION, .about = "config.about_holdout_never"},
    {0},
};

static const struct us_key capacity_keys[] = {
    {"open", US_KEY_WHOLE, .least = 1, .most = 1000000, .about = "config.about_open"},
    {"new", US_KEY_RATE, .about = "config.about_new"},
    {0},
};

static const struct us_key route_keys[] = {
    {"owner", US_KEY_CHOICE, .choices = "crm previous none", .preset = "crm",
        .about = "config.about_owner"},
    {"else", US_KEY_CHOICE, .choices = "round_robin least_loaded",
        .preset = "least_loaded", .about = "config.about_else"},
    {"team", US_KEY_NAME, .about = "config.about_team"},
    {"capacity", US_KEY_MAP, .of = capacity_keys, .about = "config.about_capacity"},
    {0},
};

static const struct us_key sla_keys[] = {
    {"accept", US_KEY_CLOCK, .about = "config.about_accept"},
    {"touch", US_KEY_CLOCK, .about = "config.about_touch"},
    {0},
};

static const struct us_key play_keys[] = {
    {"on", US_KEY_NAME, .required = true, .about = "config.about_on"},
    {"live_from", US_KEY_DATE, .about = "config.about_live_from"},
    {"backlog", US_KEY_WHOLE, .least = 1, .most = 1000000,
        .about = "config.about_backlog"},
    {"holdout", US_KEY_MAP, .of = holdout_keys, .about = "config.about_holdout"},
    {"route", US_KEY_MAP, .of = route_keys, .about = "config.about_route"},
    {"sla", US_KEY_MAP, .of = sla_keys, .about = "config.about_sla"},
    {"help", US_KEY_LIST, .brief = true, .of = &help_row, .about = "config.about_help"},
    {"deliver", US_KEY_LIST, .brief = true, .of = &channel_row,
        .about = "config.about_deliver"},
    {0},
};

static const struct us_key play_row = {"NAME", US_KEY_MAP, .of = play_keys};

static const struct us_key help_own_row = {"NAME", US_KEY_MAP, .of = say_keys};

/* A plan by which people are paid for what the product brings (design 7, incentives).
 */
static const struct us_key quota_keys[] = {
    {"unit", US_KEY_CHOICE, .choices = "arr net_arr deals handoffs", .preset = "arr",
        .about = "config.about_quota_unit"},
    {"amount", US_KEY_NUMBER, .required = true, .least = 0.01,
        .about = "config.about_quota_amount"},
    {"per", US_KEY_CHOICE, .choices = "month quarter year", .preset = "quarter",
        .about = "config.about_quota_per"},
    {0},
};

static const struct us_key comp_rate_keys[] = {
    {"product_sourced", US_KEY_SHARE, .preset = "0%",
        .about = "config.about_rate_product"},
    {"product_qualified", US_KEY_SHARE, .preset = "0%",
        .about = "config.about_rate_qualified"},
    {"sales_sourced", US_KEY_SHARE, .preset = "0%", .about = "config.about_rate_sales"},
    {0},
};

static const struct us_key comp_after_keys[] = {
    {"paid_invoices", US_KEY_WHOLE, .least = 1, .most = 12,
        .about = "config.about_after_invoices"},
    {"stays", US_KEY_DAYS, .about = "config.about_after_stays"},
    {"renewal", US_KEY_BOOL, .preset = "no", .about = "config.about_after_renewal"},
    {0},
};

static const struct us_key split_row = {
    "TEAM", US_KEY_SHARE, .about = "config.about_split_share"};
static const struct us_key evidence_row = {
    "kind", US_KEY_CHOICE, .choices = "email call meeting help deal"};

static const struct us_key comp_keys[] = {
    {"team", US_KEY_NAME, .required = true, .about = "config.about_comp_team"},
    {"from", US_KEY_DATE, .required = true, .about = "config.about_comp_from"},
    {"until", US_KEY_DATE, .about = "config.about_comp_until"},
    {"variable", US_KEY_SHARE, .about = "config.about_comp_variable"},
    {"quota", US_KEY_MAP, .of = quota_keys, .about = "config.about_comp_quota"},
    {"rates", US_KEY_MAP, .required = true, .of = comp_rate_keys,
        .about = "config.about_comp_rates"},
    {"window", US_KEY_DAYS, .preset = "365d", .about = "config.about_comp_window"},
    {"baseline", US_KEY_CHOICE, .choices = "none unaided", .preset = "none",
        .about = "config.about_comp_baseline"},
    {"after", US_KEY_MAP, .of = comp_after_keys, .about = "config.about_comp_after"},
    {"evidence", US_KEY_LIST, .brief = true, .of = &evidence_row,
        .preset = "[call, meeting, help]", .about = "config.about_comp_evidence"},
    {"split", US_KEY_NAMED, .of = &split_row, .about = "config.about_comp_split"},
    {"cap", US_KEY_NUMBER, .least = 1, .most = 100, .about = "config.about_comp_cap"},
    {"windfall", US_KEY_NUMBER, .least = 0.01, .about = "config.about_comp_windfall"},
    {"clawback", US_KEY_DAYS, .about = "config.about_comp_clawback"},
    {"ramp", US_KEY_DAYS, .about = "config.about_comp_ramp"},
    {"disputes", US_KEY_TEXT, .about = "config.about_comp_disputes"},
    {0},
};

static const struct us_key comp_row = {"NAME", US_KEY_MAP, .of = comp_keys};

const struct us_help us_helps[] = {
    {"setup_session", "config.help_setup_session"},
    {"seat_setup_session", "config.help_seat_setup_session"},
    {"admin_training", "config.help_admin_training"},
    {"team_training", "config.help_team_training"},
    {"sso_trial", "config.help_sso_trial"},
    {"limit_extension", "config.help_limit_extension"},
    {"plan_review", "config.help_plan_review"},
    {"security_review", "config.help_security_review"},
    {"procurement_help", "config.help_procurement_help"},
    {"migration_help", "config.help_migration_help"},
    {"integration_help", "config.help_integration_help"},
    {"rollout_plan", "config.help_rollout_plan"},
    {0},
};

static const struct us_key secret_row = {"secret", US_KEY_TEXT};

/* `key` or `secret` is asked for by rules.c, as the kind says. */
static const struct us_key source_keys[] = {
    {"kind", US_KEY_CHOICE, .choices = "events stripe records", .preset = "events",
        .about = "config.about_source_kind"},
    {"key", US_KEY_TEXT, .about = "config.about_source_key"},
    {"secret", US_KEY_LIST, .brief = true, .of = &secret_row,
        .about = "config.about_source_secret"},
    {"customers", US_KEY_TEXT, .about = "config.about_source_customers"},
    {"mode", US_KEY_CHOICE, .choices = "production test", .preset = "production",
        .about = "config.about_mode"},
    {0},
};

static const struct us_key source_row = {"NAME", US_KEY_MAP, .of = source_keys};

static const struct us_key retention_keys[] = {
    {"events", US_KEY_DAYS, .about = "config.about_retention_events"},
    {"dead_letters", US_KEY_DAYS, .about = "config.about_retention_dead"},
    {"test", US_KEY_DAYS, .about = "config.about_retention_test"},
    {0},
};

#define ASKED(word, words)                  \
    {                                       \
        word, US_KEY_BOOL, .about = (words) \
    }

/* Questions no log can answer; in the order of us_about_key. */
static const struct us_key about_keys[] = {
    [US_ABOUT_MODEL] = {"model", US_KEY_CHOICE, .choices = "freemium trial",
        .about = "config.about_model"},
    [US_ABOUT_CHECKOUT] = ASKED("self_serve_checkout", "config.about_self_serve"),
    [US_ABOUT_REQUESTS] = {"requests_a_week", US_KEY_NUMBER,
        .about = "config.about_requests"},
    [US_ABOUT_CONTRACT] = {"contract_value", US_KEY_NUMBER,
        .about = "config.about_contract"},
    [US_ABOUT_ARR] = {"arr", US_KEY_NUMBER, .about = "config.about_whole_arr"},
    [US_ABOUT_OWNER] = {"pqa_owner", US_KEY_CHOICE,
        .choices = "product growth marketing sales nobody",
        .about = "config.about_pqa_owner"},
    [US_ABOUT_ENTERPRISE] = ASKED("enterprise_demand", "config.about_enterprise"),
    [US_ABOUT_BIG_DEALS] = ASKED("large_deals", "config.about_large_deals"),
    [US_ABOUT_PROCUREMENT] = ASKED("procurement_questions", "config.about_procurement"),
    [US_ABOUT_STALLED] = ASKED("expansion_stalls", "config.about_stalls"),
    [US_ABOUT_LOSING] = ASKED("losing_to_sellers", "config.about_losing"),
    [US_ABOUT_PLATEAU] = ASKED("conversion_plateau", "config.about_plateau"),
    [US_ABOUT_CONSOLIDATION] =
        ASKED("seat_consolidation", "config.about_consolidation"),
    [US_ABOUTS] = {0},
};

const char *us_about_word(us_about_key key)
{
    us_assert(key < US_ABOUTS);
    return about_keys[key].name;
}

static const struct us_key top_keys[] = {
    {"include", US_KEY_LIST, .brief = true, .of = &path_row,
        .about = "config.about_include"},
    {"account", US_KEY_MAP, .of = account_keys, .about = "config.about_account"},
    {"events", US_KEY_MAP, .of = events_keys, .about = "config.about_events"},
    {"exclude", US_KEY_EXPRESSION, .about = "config.about_exclude"},
    {"prices", US_KEY_TABLE, .of = &price_row, .about = "config.about_prices"},
    {"currency", US_KEY_MAP, .brief = true, .of = currency_keys,
        .about = "config.about_currency"},
    {"costs", US_KEY_MAP, .of = cost_keys, .about = "config.about_costs"},
    {"calendar", US_KEY_MAP, .of = calendar_keys, .about = "config.about_calendar"},
    {"outcomes", US_KEY_NAMED, .of = &outcome_row, .about = "config.about_outcomes"},
    {"signals", US_KEY_NAMED, .of = &signal_row, .about = "config.about_signals"},
    {"user_signals", US_KEY_NAMED, .of = &signal_row,
        .about = "config.about_user_signals"},
    {"qualify", US_KEY_NAMED, .of = &definition_row, .about = "config.about_qualify"},
    {"plays", US_KEY_NAMED, .of = &play_row, .about = "config.about_plays"},
    {"helps", US_KEY_NAMED, .of = &help_own_row, .about = "config.about_helps"},
    {"comp", US_KEY_NAMED, .of = &comp_row, .about = "config.about_comp"},
    {"sources", US_KEY_NAMED, .of = &source_row, .about = "config.about_sources"},
    {"retention", US_KEY_MAP, .of = retention_keys, .about = "config.about_retention"},
    {"about", US_KEY_MAP, .of = about_keys, .about = "config.about_about"},
    {0},
};

const struct us_key us_config_keys = {"", US_KEY_MAP, .of = top_keys};

static const char *const kind_words[US_KEY_KINDS] = {
    [US_KEY_TEXT] = "config.kind_text",
    [US_KEY_NAME] = "config.kind_name",
    [US_KEY_CHOICE] = "config.kind_choice",
    [US_KEY_BOOL] = "config.kind_bool",
    [US_KEY_NUMBER] = "config.kind_number",
    [US_KEY_WHOLE] = "config.kind_whole",
    [US_KEY_SHARE] = "config.kind_share",
    [US_KEY_DAYS] = "config.kind_days",
    [US_KEY_SPAN] = "config.kind_span",
    [US_KEY_CLOCK] = "config.kind_clock",
    [US_KEY_RATE] = "config.kind_rate",
    [US_KEY_DATE] = "config.kind_date",
    [US_KEY_CODE] = "config.kind_code",
    [US_KEY_COUNTRY] = "config.kind_country",
    [US_KEY_ZONE] = "config.kind_zone",
    [US_KEY_DOMAIN] = "config.kind_domain",
    [US_KEY_EXPRESSION] = "config.kind_expression",
    [US_KEY_MAP] = "config.kind_map",
    [US_KEY_NAMED] = "config.kind_named",
    [US_KEY_TABLE] = "config.kind_named",
    [US_KEY_LIST] = "config.kind_list",
};

const char *us_key_kind_words(us_key_kind kind)
{
    return kind_words[kind];
}

size_t us_key_names(const struct us_key *table, us_str names[US_KEYS_MAX])
{
    size_t n = 0;
    for (; table[n].name; n++) {
        us_assert(n < US_KEYS_MAX);
        names[n] = us_str_c(table[n].name);
    }
    return n;
}

const struct us_key *us_key_find(const struct us_key *table, us_str name)
{
    for (; table->name; table++)
        if (us_str_eq(us_str_c(table->name), name)) return table;
    return NULL;
}

int us_key_choice(const struct us_key *key, us_str text)
{
    us_str rest = us_str_c(key->choices);
    for (int i = 0; rest.len; i++)
        if (us_str_eq(us_str_cut(rest, ' ', &rest), text)) return i;
    return -1;
}

const char *us_role_key(us_role role)
{
    us_assert(role < US_ROLES);
    return events_keys[role].name;
}
