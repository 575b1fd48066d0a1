/* sim_people.c: companies and people, each a pure function of seed and number.
 *
 * Nothing here is stored: an account's company is found by following a short chain of
 * hashes, so a billion events need no table of names.
 */
#include "sim/sim_inner.h"

enum {
    SALT_SIZE = 1,
    SALT_PARENT,
    SALT_COMPANY,
    SALT_PERSON,
    SALT_BUYER,
    CHILD_PERCENT = 12,     /* of accounts are a further workspace of a company */
    PARENT_REACH = 400,     /* it is one of so many before it */
    FREE_MAIL_PERCENT = 45, /* of companies of one or two */
    LARGER = 6,
    NAMES = 32000 /* before a name takes a number */
};

static const us_str heads[40] = {US_S_INIT("nor"), US_S_INIT("ar"), US_S_INIT("bel"),
    US_S_INIT("cor"), US_S_INIT("dal"), US_S_INIT("el"), US_S_INIT("far"),
    US_S_INIT("gal"), US_S_INIT("hol"), US_S_INIT("ith"), US_S_INIT("jun"),
    US_S_INIT("kel"), US_S_INIT("lum"), US_S_INIT("mer"), US_S_INIT("nim"),
    US_S_INIT("or"), US_S_INIT("pel"), US_S_INIT("quor"), US_S_INIT("ril"),
    US_S_INIT("sol"), US_S_INIT("tal"), US_S_INIT("um"), US_S_INIT("vel"),
    US_S_INIT("wil"), US_S_INIT("xan"), US_S_INIT("yor"), US_S_INIT("zel"),
    US_S_INIT("bran"), US_S_INIT("cal"), US_S_INIT("dren"), US_S_INIT("fen"),
    US_S_INIT("gor"), US_S_INIT("hal"), US_S_INIT("kor"), US_S_INIT("lan"),
    US_S_INIT("mon"), US_S_INIT("pran"), US_S_INIT("sten"), US_S_INIT("tor"),
    US_S_INIT("var")};
static const us_str middles[40] = {US_S_INIT("va"), US_S_INIT("do"), US_S_INIT("mi"),
    US_S_INIT("ne"), US_S_INIT("ri"), US_S_INIT("so"), US_S_INIT("ta"), US_S_INIT("lu"),
    US_S_INIT("be"), US_S_INIT("ka"), US_S_INIT("po"), US_S_INIT("ze"), US_S_INIT("fi"),
    US_S_INIT("go"), US_S_INIT("hu"), US_S_INIT("ja"), US_S_INIT("le"), US_S_INIT("mo"),
    US_S_INIT("nu"), US_S_INIT("pa"), US_S_INIT("re"), US_S_INIT("si"), US_S_INIT("to"),
    US_S_INIT("vu"), US_S_INIT("wa"), US_S_INIT("xe"), US_S_INIT("yi"), US_S_INIT("bo"),
    US_S_INIT("ci"), US_S_INIT("da"), US_S_INIT("fe"), US_S_INIT("ga"), US_S_INIT("ho"),
    US_S_INIT("ki"), US_S_INIT("la"), US_S_INIT("me"), US_S_INIT("no"), US_S_INIT("pu"),
    US_S_INIT("ra"), US_S_INIT("su")};
static const us_str tails[20] = {US_S_INIT("n"), US_S_INIT("k"), US_S_INIT("x"),
    US_S_INIT("ra"), US_S_INIT("lo"), US_S_INIT("via"), US_S_INIT("nix"),
    US_S_INIT("tec"), US_S_INIT("dan"), US_S_INIT("mar"), US_S_INIT("sys"),
    US_S_INIT("lia"), US_S_INIT("ron"), US_S_INIT("ven"), US_S_INIT("dis"),
    US_S_INIT("gen"), US_S_INIT("pol"), US_S_INIT("tis"), US_S_INIT("vor"),
    US_S_INIT("zan")};
static const us_str forms[8] = {US_S_INIT(" Inc"), US_S_INIT(" GmbH"),
    US_S_INIT(" Ltd"), US_S_INIT(" Labs"), US_S_INIT(" Group"), US_S_INIT(""),
    US_S_INIT(" AB"), US_S_INIT(" & Co")};
static const us_str teams[8] = {US_S_INIT(" Design"), US_S_INIT(" Sales"),
    US_S_INIT(" Engineering"), US_S_INIT(" Marketing"), US_S_INIT(" Europe"),
    US_S_INIT(" Research"), US_S_INIT(" Support"), US_S_INIT(" Studio")};

/* As shown, and as it stands in an address. */
static const struct {
    us_str shown, plain;
} givens[32] = {{US_S_INIT("Maya"), US_S_INIT("maya")},
    {US_S_INIT("José"), US_S_INIT("jose")}, {US_S_INIT("Lena"), US_S_INIT("lena")},
    {US_S_INIT("Wei"), US_S_INIT("wei")}, {US_S_INIT("Omar"), US_S_INIT("omar")},
    {US_S_INIT("Zoë"), US_S_INIT("zoe")}, {US_S_INIT("Priya"), US_S_INIT("priya")},
    {US_S_INIT("Tom"), US_S_INIT("tom")}, {US_S_INIT("Ana"), US_S_INIT("ana")},
    {US_S_INIT("Łukasz"), US_S_INIT("lukasz")}, {US_S_INIT("Yuki"), US_S_INIT("yuki")},
    {US_S_INIT("Sam"), US_S_INIT("sam")}, {US_S_INIT("Fatima"), US_S_INIT("fatima")},
    {US_S_INIT("Noah"), US_S_INIT("noah")}, {US_S_INIT("Ingrid"), US_S_INIT("ingrid")},
    {US_S_INIT("Chloé"), US_S_INIT("chloe")}, {US_S_INIT("Raj"), US_S_INIT("raj")},
    {US_S_INIT("Emma"), US_S_INIT("emma")}, {US_S_INIT("Björn"), US_S_INIT("bjorn")},
    {US_S_INIT("Lucía"), US_S_INIT("lucia")}, {US_S_INIT("Ken"), US_S_INIT("ken")},
    {US_S_INIT("Olga"), US_S_INIT("olga")}, {US_S_INIT("Tariq"), US_S_INIT("tariq")},
    {US_S_INIT("Hana"), US_S_INIT("hana")}, {US_S_INIT("芳"), US_S_INIT("fang")},
    {US_S_INIT("Pierre"), US_S_INIT("pierre")},
    {US_S_INIT("Grace"), US_S_INIT("grace")}, {US_S_INIT("Mateo"), US_S_INIT("mateo")},
    {US_S_INIT("Ruth"), US_S_INIT("ruth")}, {US_S_INIT("Ivan"), US_S_INIT("ivan")},
    {US_S_INIT("Sofia"), US_S_INIT("sofia")}, {US_S_INIT("Liam"), US_S_INIT("liam")}};
static const struct {
    us_str shown, plain;
} surnames[32] = {{US_S_INIT("Lindqvist"), US_S_INIT("lindqvist")},
    {US_S_INIT("García"), US_S_INIT("garcia")},
    {US_S_INIT("Okafor"), US_S_INIT("okafor")},
    {US_S_INIT("Müller"), US_S_INIT("mueller")},
    {US_S_INIT("Tanaka"), US_S_INIT("tanaka")},
    {US_S_INIT("Smith"), US_S_INIT("smith")}, {US_S_INIT("王"), US_S_INIT("wang")},
    {US_S_INIT("Patel"), US_S_INIT("patel")},
    {US_S_INIT("O’Neill"), US_S_INIT("oneill")},
    {US_S_INIT("Kowalska"), US_S_INIT("kowalska")},
    {US_S_INIT("Silva"), US_S_INIT("silva")},
    {US_S_INIT("Haddad"), US_S_INIT("haddad")},
    {US_S_INIT("Jansen"), US_S_INIT("jansen")},
    {US_S_INIT("Novák"), US_S_INIT("novak")},
    {US_S_INIT("Dubois"), US_S_INIT("dubois")}, {US_S_INIT("Kim"), US_S_INIT("kim")},
    {US_S_INIT("Brown"), US_S_INIT("brown")}, {US_S_INIT("Rossi"), US_S_INIT("rossi")},
    {US_S_INIT("Nguyen"), US_S_INIT("nguyen")},
    {US_S_INIT("Ozturk"), US_S_INIT("ozturk")},
    {US_S_INIT("Cohen"), US_S_INIT("cohen")},
    {US_S_INIT("Larsen"), US_S_INIT("larsen")},
    {US_S_INIT("Mensah"), US_S_INIT("mensah")},
    {US_S_INIT("Suzuki"), US_S_INIT("suzuki")},
    {US_S_INIT("Weber"), US_S_INIT("weber")}, {US_S_INIT("Lopez"), US_S_INIT("lopez")},
    {US_S_INIT("Ali"), US_S_INIT("ali")}, {US_S_INIT("Costa"), US_S_INIT("costa")},
    {US_S_INIT("Petrov"), US_S_INIT("petrov")},
    {US_S_INIT("Hughes"), US_S_INIT("hughes")},
    {US_S_INIT("Santos"), US_S_INIT("santos")}, {US_S_INIT("Chen"), US_S_INIT("chen")}};

static const us_str titles[3][4] = {
    {US_S_INIT("Designer"), US_S_INIT("Analyst"), US_S_INIT("Product Manager"),
        US_S_INIT("Account Manager")},
    {US_S_INIT("Head of Operations"), US_S_INIT("Team Lead"), US_S_INIT("Founder"),
        US_S_INIT("Office Manager")},
    {US_S_INIT("Software Engineer"), US_S_INIT("Data Engineer"),
        US_S_INIT("DevOps Lead"), US_S_INIT("Staff Engineer")}};
static const us_str buyer_titles[4] = {US_S_INIT("VP Operations"),
    US_S_INIT("Head of IT"), US_S_INIT("CFO"), US_S_INIT("Director of Procurement")};

static uint64_t salted(const struct us_sim_world *w, uint32_t salt, uint32_t n)
{
    return sim_hash(w->seed + salt, n);
}

uint32_t us_sim_company(const struct us_sim_world *w, uint32_t account)
{
    for (;;) {
        uint64_t r = salted(w, SALT_PARENT, account);
        if (account == 0 || r % 100 >= CHILD_PERCENT) return account;
        uint32_t reach = account < PARENT_REACH ? account : PARENT_REACH;
        account -= 1 + sim_below(r, reach);
    }
}

/* Zipf: the chance of at least s is 1/s, bent to end at size_max; one in eight is of
 * the middle market and LARGER times as large. */
uint32_t us_sim_size(const struct us_sim_world *w, uint32_t account)
{
    uint64_t r = salted(w, SALT_SIZE, account);
    uint64_t u = r >> 32;
    uint64_t most = w->size_max;
    uint64_t size = (most << 32) / (u * (most - 1) + (UINT64_C(1) << 32));
    if (r % 8 == 0) size *= LARGER;
    return (uint32_t)(size < most ? size : most);
}

bool us_sim_free_mail(const struct us_sim_world *w, uint32_t company)
{
    if (us_sim_size(w, company) > 2) return false;
    return salted(w, SALT_COMPANY, company) % 100 < FREE_MAIL_PERCENT;
}

uint32_t us_sim_employees(const struct us_sim_world *w, uint32_t company)
{
    static const uint8_t times[16] = {
        1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 14, 20, 30, 60, 150};
    uint64_t r = salted(w, SALT_COMPANY, company);
    return us_sim_size(w, company) * times[(r >> 8) & 15] + (uint32_t)((r >> 12) & 3);
}

us_str us_sim_industry(const struct us_sim_world *w, uint32_t company)
{
    return us_sim_industries[(salted(w, SALT_COMPANY, company) >> 16) & 7];
}

uint8_t us_sim_country(const struct us_sim_world *w, uint32_t company)
{
    return (salted(w, SALT_COMPANY, company) >> 20) & 31;
}

/* 7919 is prime to NAMES, so no name comes twice before the numbers do. */
static char *stem(const struct us_sim_world *w, char *p, uint32_t company)
{
    uint32_t first = (uint32_t)(w->seed % NAMES);
    uint32_t n = (uint32_t)(((uint64_t)company % NAMES * 7919 + first) % NAMES);
    p = sim_put(p, heads[n % 40]);
    p = sim_put(p, middles[n / 40 % 40]);
    return sim_put(p, tails[n / 1600]);
}

char *us_sim_company_name(const struct us_sim_world *w, char *p, uint32_t company)
{
    char *first = p;
    p = stem(w, p, company);
    *first = (char)(*first - 'a' + 'A');
    if (company >= NAMES) {
        *p++ = ' ';
        p = us_sim_number(p, company / NAMES + 1);
    }
    return sim_put(p, forms[(salted(w, SALT_COMPANY, company) >> 25) & 7]);
}

char *us_sim_account_name(const struct us_sim_world *w, char *p, uint32_t account)
{
    uint32_t company = us_sim_company(w, account);
    p = us_sim_company_name(w, p, company);
    if (company == account) return p;
    return sim_put(p, teams[salted(w, SALT_COMPANY, account) & 7]);
}

char *us_sim_domain(const struct us_sim_world *w, char *p, uint32_t company)
{
    p = stem(w, p, company);
    if (company >= NAMES) {
        *p++ = '-';
        p = us_sim_number(p, company / NAMES + 1);
    }
    return sim_put(p, US_S(".example"));
}

uint64_t us_sim_key(const struct us_sim_world *w, uint32_t account)
{
    return salted(w, SALT_PERSON, account);
}

struct sim_person us_sim_user(
    const struct us_sim_world *w, uint32_t account, uint32_t user)
{
    return (struct sim_person){
        .key = sim_hash(us_sim_key(w, account), user),
        .account = account,
        .company = us_sim_company(w, account),
        .user = user,
    };
}

struct sim_person us_sim_buyer(const struct us_sim_world *w, uint32_t account)
{
    return (struct sim_person){
        .key = salted(w, SALT_BUYER, account),
        .account = account,
        .company = us_sim_company(w, account),
        .buyer = true,
    };
}

char *us_sim_person_name(char *p, const struct sim_person *who)
{
    p = sim_put(p, givens[(who->key >> 16) & 31].shown);
    *p++ = ' ';
    return sim_put(p, surnames[(who->key >> 24) & 31].shown);
}

char *us_sim_email(const struct us_sim_world *w, char *p, const struct sim_person *who)
{
    bool free_mail = !who->buyer &&
                     ((who->key >> 32) % 100 < 6 || us_sim_free_mail(w, who->company));
    if (free_mail) {
        p = sim_put(p, US_S("sim.user")); /* i18n: no key */
        p = us_sim_number(p, who->account);
        *p++ = '.';
        p = us_sim_number(p, who->user);
        return sim_put(p, who->key >> 63 ? US_S("@gmail.com") : US_S("@outlook.com"));
    }
    p = sim_put(p, givens[(who->key >> 16) & 31].plain);
    *p++ = '.';
    p = sim_put(p, surnames[(who->key >> 24) & 31].plain);
    if (who->user) p = us_sim_number(p, who->user);
    if (who->account != who->company) {
        *p++ = '.';
        p = us_sim_number(p, who->account);
    }
    *p++ = '@';
    return us_sim_domain(w, p, who->company);
}

uint32_t us_sim_role(const struct sim_person *who)
{
    uint32_t r = who->key & 255;
    if (who->user == 0 || r < 20) return 1;
    return r < 72 ? 2 : 0;
}

us_str us_sim_title(const struct sim_person *who)
{
    uint32_t i = (who->key >> 40) & 3;
    return who->buyer ? buyer_titles[i] : titles[us_sim_role(who)][i];
}
