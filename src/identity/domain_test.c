/* Domains of addresses, and the free ones. */

#include "base/tap.h"
#include "identity/identity.h"

static const us_str free_domains[] = {
#define D(name) US_S_INIT(name),
#include "identity/freemail_list.inc"
#undef D
};

static const struct {
    const char *address, *domain;
} rows[] = {
    {"a@acme.com", "acme.com"},
    {"a@mail.acme.co.uk", "acme.co.uk"},
    {"A.B+x@Mail.ACME.Com", "acme.com"},
    {"  a@acme.com \n", "acme.com"},
    {"Ann <a@acme.com>", "acme.com"},
    {"acme.com.", "acme.com"},
    {"www.acme.com.cn", "acme.com.cn"},
    {"a@vip.163.com", "163.com"},
    {"\"odd@local\"@acme.io", "acme.io"},
    {"a@x.city.kawasaki.jp", "city.kawasaki.jp"}, /* an exception of the list */
    {"a@me.github.io", "me.github.io"},           /* a private suffix */
    {"a@d_915cf5924694.invalid", "d_915cf5924694.invalid"},
    {"a@bücher.example", "xn--bcher-kva.example"}, /* RFC 3492's neighbours */
    {"a@BÜCHER.example", "xn--bcher-kva.example"},
    {"a@xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"a@mail.例子.中国", "xn--fsqu00a.xn--fiqs8s"},
    {"a@faß.de", "xn--fa-hia.de"},
    {"a@食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"},
    {"", ""},
    {"a", ""},
    {"a@", ""},
    {"a@localhost", ""},
    {"a@10.0.0.1", ""},
    {"a@[10.0.0.1]", ""},
    {"a@acme..com", ""},
    {"a@.com", ""},
    {"a@com", ""},
    {"a@co.uk", ""},
    {"a@ac me.com", ""},
    {"a@acme.com/path", ""},
    {"a@\xff\xfe.com", ""},
};

static void addresses(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        us_str got = us_domain_of(us_str_c(rows[i].address), &a);
        bool good = us_str_eq(got, us_str_c(rows[i].domain));
        CHECK_AS(t, good, rows[i].domain[0] ? rows[i].domain : "no domain");
        if (!good) printf("# %s gave %.*s\n", rows[i].address, US_ARG(got));
    }
    char longer[300];
    for (size_t i = 0; i < sizeof longer; i++)
        longer[i] = i % 10 == 9 ? '.' : 'a';
    CHECK(t, us_domain_of((us_str){longer, sizeof longer}, &a).len == 0);
    us_arena_done(&a);
}

static void free_ones(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    size_t count = sizeof free_domains / sizeof free_domains[0];
    CHECK(t, count >= 150);
    bool sorted = true;
    bool found = true;
    bool registrable = true;
    for (size_t i = 0; i < count; i++) {
        sorted &= i == 0 || us_str_cmp(free_domains[i - 1], free_domains[i]) < 0;
        found &= us_domain_is_free(free_domains[i]);
        us_mark mark = us_arena_mark(&a);
        bool itself = us_str_eq(us_domain_of(free_domains[i], &a), free_domains[i]);
        us_arena_pop(&a, mark);
        if (!itself)
            printf("# %.*s is no registrable domain\n", US_ARG(free_domains[i]));
        registrable &= itself;
    }
    CHECK_AS(t, sorted, "the list is sorted, each once");
    CHECK_AS(t, found, "each is found");
    CHECK_AS(t, registrable, "each is what us_domain_of gives");
    static const char *const yes[] = {"gmail.com", "qq.com", "163.com", "126.com",
        "sina.com", "foxmail.com", "aliyun.com", "yeah.net", "139.com", "hotmail.fr",
        "yahoo.co.jp", "outlook.com", "outlook.com.br", "icloud.com", "proton.me",
        "gmx.net", "web.de", "yandex.ru", "mail.ru", "naver.com", "mailinator.com"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        CHECK_AS(t, us_domain_is_free(us_str_c(yes[i])), yes[i]);
    static const char *const no[] = {
        "", "acme.com", "gmail.com.evil.com", "notgmail.com", "yahoo", "zzz.zz", "a.a"};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        CHECK_AS(t, !us_domain_is_free(us_str_c(no[i])), "a company's");
    us_arena_done(&a);
}

int main(void)
{
    struct us_tap t = {0};
    addresses(&t);
    free_ones(&t);
    return us_tap_done(&t);
}
