/* sim_table.c: the product that is simulated: its events, pages, plans and countries.
 *
 * A shape's texts are what a client library would write around the values, so that a
 * line is a dozen copies. Weights say how often a member, an admin or a developer does
 * it in the course of work; zero stands for what has a cause of its own.
 */
#include "sim/sim_inner.h"

#define WORDS(...)                                                      \
    &(const struct sim_words)                                           \
    {                                                                   \
        .words = (const us_str[]){__VA_ARGS__},                         \
        .count = sizeof((const us_str[]){__VA_ARGS__}) / sizeof(us_str) \
    }

#define WEB(path, title)                                                       \
    US_S_INIT("\"library\":{\"name\":\"@segment/analytics-next\",\"version\":" \
              "\"1.84.3\"},\"page\":{\"path\":\"" path "\",\"title\":\"" title \
              "\"}},\"timestamp\":\"")
#define SERVER                                                                 \
    US_S_INIT("\"library\":{\"name\":\"@segment/analytics-node\",\"version\":" \
              "\"3.1.0\"}},\"timestamp\":\"")
#define TRACK(text)          \
    .name = US_S_INIT(text), \
    .middle = US_S_INIT("\",\"event\":\"" text "\",\"properties\":{")
#define FIRST(text) .glue = US_S_INIT("\"" text "\":")
#define NEXT(text)  .glue = US_S_INIT(",\"" text "\":")

#define RESOURCES                                                     \
    WORDS(US_S_INIT("seats"), US_S_INIT("storage"), US_S_INIT("api"), \
        US_S_INIT("projects"))
#define PLANS                                                         \
    WORDS(US_S_INIT("free"), US_S_INIT("pro"), US_S_INIT("business"), \
        US_S_INIT("enterprise"))
#define KINDS_OF_FILE                                                              \
    WORDS(US_S_INIT("pdf"), US_S_INIT("png"), US_S_INIT("csv"), US_S_INIT("docx"), \
        US_S_INIT("mp4"), US_S_INIT("svg"))
#define REPORTS                                                              \
    WORDS(US_S_INIT("weekly"), US_S_INIT("pipeline"), US_S_INIT("workload"), \
        US_S_INIT("burndown"), US_S_INIT("budget"))
#define APPS                                                          \
    WORDS(US_S_INIT("slack"), US_S_INIT("github"), US_S_INIT("jira"), \
        US_S_INIT("google_drive"), US_S_INIT("salesforce"), US_S_INIT("zapier"))
#define PARTS                                                               \
    WORDS(US_S_INIT("dashboard"), US_S_INIT("project"), US_S_INIT("board"), \
        US_S_INIT("report"), US_S_INIT("document"))
#define METHODS \
    WORDS(US_S_INIT("password"), US_S_INIT("google"), US_S_INIT("magic_link"))
#define ROUTES                                                                       \
    WORDS(US_S_INIT("/v1/tasks"), US_S_INIT("/v1/projects"), US_S_INIT("/v1/files"), \
        US_S_INIT("/v1/search"), US_S_INIT("/v1/members"))
#define TEMPLATES                                                            \
    WORDS(US_S_INIT("roadmap"), US_S_INIT("retro"), US_S_INIT("onboarding"), \
        US_S_INIT("okr"), US_S_INIT("launch"), US_S_INIT("crm"))
#define ROLES                                                            \
    WORDS(US_S_INIT("member"), US_S_INIT("member"), US_S_INIT("viewer"), \
        US_S_INIT("admin"))

const struct sim_shape us_sim_shapes[SIM_KINDS] = {
    [SIM_IDENTIFY] = {.name = US_S_INIT("identify"), .tail = WEB("/app", "Home")},
    [SIM_GROUP] = {.name = US_S_INIT("group"), .tail = SERVER},
    [SIM_ALIAS] = {.name = US_S_INIT("alias"), .tail = WEB("/signup", "Sign up")},
    [SIM_PAGE] = {.name = US_S_INIT("page"),
        .tail = US_S_INIT("\"library\":{\"name\":\"@segment/analytics-next\","
                          "\"version\":\"1.84.3\"}},\"timestamp\":\""),
        .weight = {9, 12, 8}},
    [SIM_SIGNED_UP] = {TRACK("Signed Up"), .tail = WEB("/signup", "Sign up"),
        .props = {{FIRST("method"), PROP_WORD, .list = METHODS}}},
    [SIM_ACCOUNT_CREATED] = {TRACK("Account Created"), .tail = SERVER,
        .props = {{FIRST("type"), PROP_WORD, .list = TEMPLATES}}},
    [SIM_TOUR_COMPLETED] = {TRACK("Tour Completed"), .tail = WEB("/app/tour", "Tour"),
        .props = {{FIRST("steps"), PROP_SPAN, 3, 3}}},
    [SIM_INVITE_SENT] = {TRACK("Invite Sent"), .tail = WEB("/app/members", "Members"),
        .props = {{FIRST("invitee_email"), PROP_INVITEE},
            {NEXT("invitee_role"), PROP_WORD, .list = ROLES}}},
    [SIM_INVITE_ACCEPTED] = {TRACK("Invite Accepted"), .tail = WEB("/join", "Join"),
        .props = {{FIRST("method"), PROP_WORD, .list = METHODS}}},
    [SIM_ADMIN_GRANTED] = {TRACK("Admin Role Granted"),
        .tail = WEB("/app/members", "Members"),
        .props = {{FIRST("member"), PROP_EXTRA}}},
    [SIM_TRIAL_STARTED] = {TRACK("Trial Started"), .tail = SERVER,
        .props = {{FIRST("trial_plan_name"), PROP_EXTRA_WORD, .list = PLANS}}},
    [SIM_TRIAL_ENDED] = {TRACK("Trial Ended"), .tail = SERVER,
        .props = {{FIRST("trial_plan_name"), PROP_EXTRA_WORD, .list = PLANS}}},
    [SIM_LIMIT_REACHED] = {TRACK("Limit Reached"), .tail = WEB("/app/usage", "Usage"),
        .props = {{FIRST("resource"), PROP_EXTRA_WORD, .list = RESOURCES}}},
    [SIM_INTEGRATION_CONNECTED] = {TRACK("Integration Connected"),
        .tail = WEB("/app/integrations", "Integrations"),
        .props = {{FIRST("app"), PROP_WORD, .list = APPS}}},
    [SIM_CONTACT_SALES] = {TRACK("Contact Sales Submitted"),
        .tail = WEB("/contact-sales", "Talk to us"),
        .props = {{FIRST("seats"), PROP_EXTRA}}},
    [SIM_CHECKOUT_STARTED] = {TRACK("Checkout Started"),
        .tail = WEB("/app/billing/checkout", "Checkout"),
        .props = {{FIRST("plan"), PROP_EXTRA_WORD, .list = PLANS}}},
    [SIM_PLAN_UPGRADED] = {TRACK("Plan Upgraded"), .tail = SERVER,
        .props = {{FIRST("plan"), PROP_EXTRA_WORD, .list = PLANS}}},
    [SIM_BILLING_SAVED] = {TRACK("Billing Settings Saved"),
        .tail = WEB("/app/billing", "Billing"),
        .props = {{FIRST("tax_id"), PROP_FLAG}}},
    [SIM_SEAT_ADDED] = {TRACK("Seat Added"), .tail = WEB("/app/billing", "Billing"),
        .props = {{FIRST("seats"), PROP_EXTRA}}},
    [SIM_PLAN_DOWNGRADED] = {TRACK("Plan Downgraded"), .tail = SERVER,
        .props = {{FIRST("plan"), PROP_EXTRA_WORD, .list = PLANS}}},
    [SIM_CANCELLATION] = {TRACK("Cancellation Requested"),
        .tail = WEB("/app/billing/cancel", "Cancel"),
        .props = {{FIRST("reason"), PROP_WORD,
            .list = WORDS(US_S_INIT("price"), US_S_INIT("missing_feature"),
                US_S_INIT("not_used"), US_S_INIT("other_tool"))}}},
    [SIM_LOGIN] = {TRACK("Login"), .tail = WEB("/login", "Log in"),
        .props = {{FIRST("method"), PROP_WORD, .list = METHODS}}},
    [SIM_PROJECT_CREATED] = {TRACK("Project Created"),
        .tail = WEB("/app/projects/new", "New project"), .weight = {5, 7, 4},
        .props = {{FIRST("template"), PROP_WORD, .list = TEMPLATES},
            {NEXT("private"), PROP_FLAG}}},
    [SIM_PROJECT_PUBLISHED] = {TRACK("Project Published"),
        .tail = WEB("/app/projects", "Projects"), .weight = {4, 5, 3},
        .props = {{FIRST("items"), PROP_SPAN, 1, 14}}},
    [SIM_FILE_UPLOADED] = {TRACK("File Uploaded"), .tail = WEB("/app/files", "Files"),
        .weight = {13, 8, 6},
        .props = {{FIRST("size"), PROP_SPAN, 512, 1800000},
            {NEXT("type"), PROP_WORD, .list = KINDS_OF_FILE}}},
    [SIM_FILE_DOWNLOADED] = {TRACK("File Downloaded"),
        .tail = WEB("/app/files", "Files"), .weight = {9, 6, 5},
        .props = {{FIRST("size"), PROP_SPAN, 512, 1800000},
            {NEXT("type"), PROP_WORD, .list = KINDS_OF_FILE}}},
    [SIM_REPORT_VIEWED] = {TRACK("Report Viewed"),
        .tail = WEB("/app/reports", "Reports"), .weight = {15, 22, 6},
        .props = {{FIRST("report"), PROP_WORD, .list = REPORTS},
            {NEXT("duration_ms"), PROP_SPAN, 300, 24000}}},
    [SIM_REPORT_SCHEDULED] = {TRACK("Report Scheduled"),
        .tail = WEB("/app/reports", "Reports"), .weight = {1, 4, 1},
        .props = {{FIRST("report"), PROP_WORD, .list = REPORTS}}},
    [SIM_DASHBOARD_VIEWED] = {TRACK("Dashboard Viewed"),
        .tail = WEB("/app/dashboard", "Dashboard"), .weight = {26, 26, 14},
        .props = {{FIRST("widgets"), PROP_SPAN, 1, 7},
            {NEXT("load_ms"), PROP_SPAN, 80, 420}}},
    [SIM_EXPORT_CREATED] = {TRACK("Export Created"),
        .tail = WEB("/app/reports/export", "Export"), .weight = {4, 8, 5},
        .props = {{FIRST("rows"), PROP_SPAN, 1, 2600},
            {NEXT("format"), PROP_WORD, .list = KINDS_OF_FILE}}},
    [SIM_API_CALLED] = {TRACK("API Called"), .tail = SERVER, .weight = {0, 3, 60},
        .props = {{FIRST("calls"), PROP_SPAN, 1, 40},
            {NEXT("route"), PROP_WORD, .list = ROUTES}}},
    [SIM_WEBHOOK_FIRED] = {TRACK("Webhook Fired"), .tail = SERVER, .weight = {0, 1, 16},
        .props = {{FIRST("app"), PROP_WORD, .list = APPS},
            {NEXT("took_ms"), PROP_SPAN, 20, 240}}},
    [SIM_AUTOMATION_RUN] = {TRACK("Automation Run"), .tail = SERVER,
        .weight = {3, 8, 10},
        .props = {{FIRST("steps"), PROP_SPAN, 1, 4}, {NEXT("ok"), PROP_FLAG}}},
    [SIM_COMMENT_ADDED] = {TRACK("Comment Added"), .tail = WEB("/app/board", "Board"),
        .weight = {22, 14, 9},
        .props = {{FIRST("length"), PROP_SPAN, 2, 90},
            {NEXT("on"), PROP_WORD, .list = PARTS}}},
    [SIM_MENTION_ADDED] = {TRACK("Mention Added"), .tail = WEB("/app/board", "Board"),
        .weight = {9, 6, 4}, .props = {{FIRST("on"), PROP_WORD, .list = PARTS}}},
    [SIM_SEARCH_PERFORMED] = {TRACK("Search Performed"),
        .tail = WEB("/app/search", "Search"), .weight = {18, 16, 14},
        .props = {{FIRST("results"), PROP_SPAN, 0, 12},
            {NEXT("in"), PROP_WORD, .list = PARTS}}},
    [SIM_TASK_CREATED] = {TRACK("Task Created"), .tail = WEB("/app/board", "Board"),
        .weight = {20, 14, 12},
        .props = {{FIRST("on"), PROP_WORD, .list = PARTS}, {NEXT("due"), PROP_FLAG}}},
    [SIM_TASK_COMPLETED] = {TRACK("Task Completed"), .tail = WEB("/app/board", "Board"),
        .weight = {18, 10, 12}, .props = {{FIRST("open_hours"), PROP_SPAN, 0, 70}}},
    [SIM_TEMPLATE_USED] = {TRACK("Template Used"),
        .tail = WEB("/app/templates", "Templates"), .weight = {4, 4, 2},
        .props = {{FIRST("template"), PROP_WORD, .list = TEMPLATES}}},
    [SIM_DOCUMENT_EDITED] = {TRACK("Document Edited"),
        .tail = WEB("/app/documents", "Documents"), .weight = {24, 16, 10},
        .props = {{FIRST("characters"), PROP_SPAN, 1, 340},
            {NEXT("seconds"), PROP_SPAN, 3, 200}}},
    [SIM_BOARD_VIEWED] = {TRACK("Board Viewed"), .tail = WEB("/app/board", "Board"),
        .weight = {22, 16, 14}, .props = {{FIRST("cards"), PROP_SPAN, 0, 30}}},
    [SIM_VIEW_SHARED] = {TRACK("View Shared"), .tail = WEB("/app/share", "Share"),
        .weight = {3, 5, 1},
        .props = {{FIRST("on"), PROP_WORD, .list = PARTS},
            {NEXT("public"), PROP_FLAG}}},
    [SIM_FILTER_SAVED] = {TRACK("Filter Saved"), .tail = WEB("/app/search", "Search"),
        .weight = {3, 3, 3}, .props = {{FIRST("on"), PROP_WORD, .list = PARTS}}},
    [SIM_NOTIFICATION_OPENED] = {TRACK("Notification Opened"),
        .tail = WEB("/app/inbox", "Inbox"), .weight = {12, 10, 8},
        .props = {{FIRST("age_minutes"), PROP_SPAN, 0, 180}}},
    [SIM_HELP_VIEWED] = {TRACK("Help Article Viewed"), .tail = WEB("/help", "Help"),
        .weight = {3, 3, 4}, .props = {{FIRST("seconds"), PROP_SPAN, 2, 60}}},
    [SIM_SETTINGS_CHANGED] = {TRACK("Settings Changed"),
        .tail = WEB("/app/settings", "Settings"), .weight = {1, 7, 2},
        .props = {{FIRST("section"), PROP_WORD, .list = PARTS}}},
    [SIM_SSO_VIEWED] = {TRACK("SSO Settings Viewed"),
        .tail = WEB("/app/settings/sso", "Single sign-on"), .weight = {0, 2, 1},
        .props = {{FIRST("configured"), PROP_FLAG}}},
};

#define PLACE(locale, zone) \
    US_S_INIT("\"locale\":\"" locale "\",\"timezone\":\"" zone "\",")
#define US                                                                  \
    {                                                                       \
        US_S_INIT("US"), PLACE("en-US", "America/New_York"), -300, 0, false \
    }
#define GB                                                              \
    {                                                                   \
        US_S_INIT("GB"), PLACE("en-GB", "Europe/London"), 0, 200, false \
    }
#define DE                                                              \
    {                                                                   \
        US_S_INIT("DE"), PLACE("de-DE", "Europe/Berlin"), 60, 190, true \
    }
#define FR                                                             \
    {                                                                  \
        US_S_INIT("FR"), PLACE("fr-FR", "Europe/Paris"), 60, 200, true \
    }
#define NL                                                                 \
    {                                                                      \
        US_S_INIT("NL"), PLACE("nl-NL", "Europe/Amsterdam"), 60, 210, true \
    }
#define ES                                                              \
    {                                                                   \
        US_S_INIT("ES"), PLACE("es-ES", "Europe/Madrid"), 60, 210, true \
    }
#define SE                                                                  \
    {                                                                       \
        US_S_INIT("SE"), PLACE("sv-SE", "Europe/Stockholm"), 60, 250, false \
    }
#define PL                                                               \
    {                                                                    \
        US_S_INIT("PL"), PLACE("pl-PL", "Europe/Warsaw"), 60, 230, false \
    }
#define IN                                                             \
    {                                                                  \
        US_S_INIT("IN"), PLACE("en-IN", "Asia/Kolkata"), 330, 0, false \
    }
#define CN                                                              \
    {                                                                   \
        US_S_INIT("CN"), PLACE("zh-CN", "Asia/Shanghai"), 480, 0, false \
    }
#define JP                                                           \
    {                                                                \
        US_S_INIT("JP"), PLACE("ja-JP", "Asia/Tokyo"), 540, 0, false \
    }
#define AU                                                                 \
    {                                                                      \
        US_S_INIT("AU"), PLACE("en-AU", "Australia/Sydney"), 600, 0, false \
    }
#define BR                                                                   \
    {                                                                        \
        US_S_INIT("BR"), PLACE("pt-BR", "America/Sao_Paulo"), -180, 0, false \
    }
#define CA                                                                 \
    {                                                                      \
        US_S_INIT("CA"), PLACE("en-CA", "America/Toronto"), -300, 0, false \
    }

const struct sim_country us_sim_countries[32] = {US, US, US, US, US, US, US, US, US, US,
    GB, GB, GB, DE, DE, DE, FR, FR, NL, SE, ES, IN, IN, CN, CN, JP, JP, AU, BR, CA, CA,
    PL};

const uint32_t us_sim_factors[CAUSES] = {
    [CAUSE_INVITES] = 30,
    [CAUSE_SEATS] = 25,
    [CAUSE_INTEGRATION] = 20,
    [CAUSE_RAISED] = 50,
    [CAUSE_HELP] = 25,
    [CAUSE_TOUCH_ELSEWHERE] = 10,
};

const uint16_t us_sim_seat_cents[4] = {0, 1200, 2400, 3000};

const us_str us_sim_plans[4] = {US_S_INIT("free"), US_S_INIT("pro"),
    US_S_INIT("business"), US_S_INIT("enterprise")};

const us_str us_sim_industries[8] = {US_S_INIT("software"), US_S_INIT("finance"),
    US_S_INIT("health"), US_S_INIT("education"), US_S_INIT("retail"),
    US_S_INIT("media"), US_S_INIT("manufacturing"), US_S_INIT("consulting")};

const uint8_t us_sim_hours[64] = {7, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10,
    10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 13, 14,
    14, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 15, 15, 16, 16, 16, 16, 16, 17, 17, 17,
    18, 18, 19, 20, 21, 22};

#define PAGE(place, title)                                                        \
    {                                                                             \
        US_S_INIT(place),                                                         \
            US_S_INIT(title                                                       \
                "\",\"properties\":{\"path\":\"" place "\",\"title\":\"" title    \
                "\",\"url\":\"https://norvane.example" place "\"},\"context\":{") \
    }

const struct sim_page us_sim_pages[PAGES] = {
    [PAGE_PRICING] = PAGE("/pricing", "Pricing"),
    [PAGE_SECURITY] = PAGE("/security", "Security"),
    [PAGE_TERMS] = PAGE("/terms", "Terms"),
    [PAGE_PRIVACY] = PAGE("/privacy", "Privacy"),
    [PAGE_ENTERPRISE] = PAGE("/enterprise", "Enterprise"),
    [PAGE_DOCS] = PAGE("/docs", "Docs"),
    [PAGE_CHANGELOG] = PAGE("/changelog", "Changelog"),
    [PAGE_HOME] = PAGE("/", "Norvane"),
};
