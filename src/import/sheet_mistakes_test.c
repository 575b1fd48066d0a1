/* Tables that are none, rows that cannot be understood, and cells as people write them.
 */

#include "import/sheet_fixture.h"

/* Headers that cannot be used, and rows that cannot. */
static void mistakes(struct us_tap *t, struct fixture *x)
{
    static const struct {
        const char *csv, *lines;
    } wrong[] = {
        {"colour,taste\nred,sweet\n",
            "error import.unknown_table columns=colour, taste\n"},
        {"account,at,sum\na,2026-01-01,1\n",
            "account 2026-01-01T00:00:00Z {\"account\":\"a\","
            "\"at\":\"2026-01-01T00:00:00Z\",\"sum\":1}\n"},
        {"acount,at,amount,currency\na,2026-01-01,1,USD\n",
            "error import.unknown_table_near columns=acount, at, amount, currency "
            "nearest=payments lacks=account\n"},
        {"event,timestamp,account\nx,2026-01-01,a\n",
            "error import.nearly one=accounts other=events lacks=userId/anonymousId\n"},
        {"account,amount,plan\na,1,pro\n",
            "error import.nearly one=accounts other=payments lacks=at\n"},
        {"account,at,amount,stauts\na,2026-01-01,1,failed\n",
            "error import.column_typo column=stauts nearest=status\n"},
        {"email,account,name,plan\na@b.co,a,b,pro\n",
            "error import.two_kinds one=contacts other=accounts\n"},
        {"company,account,plan\na,b,pro\n",
            "error import.two_kinds one=companies other=accounts\n"},
        {"account,plan,plan\na,pro,pro\n", "error import.column_twice column=plan\n"},
        {"account,account,plan\na,b,pro\n",
            "error import.column_twice column=account\n"},
        {"account,at,amount\na,2026-01-01\n",
            "dead import.fields found=2 expected=3\n"},
        {"account,at,amount\na,2026-01-01,1,\n",
            "dead import.fields found=4 expected=3\n"},
        {"account,at,amount\n\xff,2026-01-01,1\n", "dead import.not_utf8\n"},
        {"account,at,amount\na,31/12/2026,1\n",
            "dead import.bad_time column=at text=31/12/2026\n"},
        {"account,at,amount\na,2026-01-01,\"1,234.50\"\n",
            "dead import.bad_number column=amount text=1,234.50\n"},
        {"account,at,amount\na,2026-01-01,1e13\n",
            "dead import.bad_number column=amount text=1e13\n"},
        {"account,at,amount,status\na,2026-01-01,1,payed\n",
            "dead import.bad_word column=status text=payed nearest=paid\n"},
        {"account,at,amount,interval\na,2026-01-01,1,montly\n",
            "dead import.bad_word column=interval text=montly nearest=month\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        us_str got = fixture_read(x, us_str_c(wrong[i].csv));
        CHECK_AS(t, fixture_same(got, wrong[i].lines),
            fixture_name(x, us_str_c(wrong[i].csv)));
    }
}

static void asked_and_mapped(struct us_tap *t, struct fixture *x)
{
    us_str csv = US_S("Who,Account,When,Sum,at\nu1,a1,2026-01-02,9,x\n");
    static const struct us_column_map map[] = {{US_S_INIT("when"), US_S_INIT("at")},
        {US_S_INIT("SUM"), US_S_INIT("amount")},
        {US_S_INIT("Who"), US_S_INIT("ignore")}};
    x->options.map = map;
    x->options.map_count = 3;
    CHECK(t, fixture_same(fixture_read(x, csv),
                 "payment 2026-01-02T00:00:00Z {\"account\":\"a1\","
                 "\"at\":\"2026-01-02T00:00:00Z\",\"amount\":9}\n"));
    x->options.kind = US_S("Accounts");
    CHECK(t, fixture_same(fixture_read(x, csv),
                 "account 2026-01-02T00:00:00Z {\"account\":\"a1\","
                 "\"at\":\"2026-01-02T00:00:00Z\",\"amount\":9}\n"));
    x->options.kind = US_S("deals");
    CHECK(t, fixture_same(fixture_read(x, csv),
                 "error import.kind_lacks kind=deals lacks=deal_id, stage "
                 "columns=?, Account, at, amount, at\n"));
    x->options.kind = US_S("payment");
    CHECK(t, fixture_same(fixture_read(x, csv),
                 "error import.bad_kind given=payment nearest=payments\n"));
    x->options.kind = (us_str){0};
    CHECK(t, fixture_same(fixture_read(x, US_S("account,at,amount\n")),
                 "error import.map_absent column=when columns=account, at, amount\n"));
    x->options.map_count = 0;
}

static void customers(struct us_tap *t, struct fixture *x)
{
    us_str csv = us_str_c("id,Customer ID,Plan,Status,Interval\n"
                          "s,cus_1,pro,active,month\n");
    static const struct {
        const char *file, *line;
    } wrong[] = {
        {"customer,acount\nc,a\n",
            "error import.customers_columns line=1 column=account\n"},
        {"customer,account\nc,\n", "error import.customers_row line=2\n"},
        {"customer,account\nc,a\n\nc,b\n",
            "error import.customers_twice line=4 customer=c one=a other=b\n"},
        {"customer,account\nc,a\nc,a\n",
            "dead import.unknown_customer customer=cus_1\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        x->options.customers = fixture_file(x, us_str_c(wrong[i].file));
        CHECK_AS(t, fixture_same(fixture_read(x, csv), wrong[i].line),
            fixture_name(x, us_str_c(wrong[i].line)));
        unlink(us_arena_cstr(&x->a, x->options.customers));
    }
    x->options.customers = (us_str){0};
    CHECK(t, fixture_same(fixture_read(x, csv),
                 "error import.customers_needed kind=stripe subscriptions\n"));
}

/* Amounts and dates as people write them. */
static void cells(struct us_tap *t, struct fixture *x)
{
    static const struct {
        us_cell_kind kind;
        const char *text, *means; /* NULL: refused */
    } all[] = {
        {US_CELL_MONEY, "1234.50", "1234.50"},
        {US_CELL_MONEY, "1,234.50", "1234.50"},
        {US_CELL_MONEY, "$1,234.50", "1234.50"},
        {US_CELL_MONEY, "US$ 1,234,567", "1234567"},
        {US_CELL_MONEY,
            "\xe2\x82\xac"
            "12",
            "12"},
        {US_CELL_MONEY, "12.50 EUR", "12.50"},
        {US_CELL_MONEY, "-$5.00", "-5.00"},
        {US_CELL_MONEY, "$-5.00", "-5.00"},
        {US_CELL_MONEY, "(5.00)", "-5.00"},
        {US_CELL_MONEY, ".50", "0.50"},
        {US_CELL_MONEY, "007", "7"},
        {US_CELL_MONEY, "1e3", "1e3"},
        {US_CELL_MONEY, "1,50", NULL},
        {US_CELL_MONEY, "1.234,50", NULL},
        {US_CELL_MONEY, "1,2345", NULL},
        {US_CELL_MONEY, "1234,567", NULL},
        {US_CELL_MONEY, ",123", NULL},
        {US_CELL_MONEY, "--5", NULL},
        {US_CELL_MONEY, "5.", NULL},
        {US_CELL_MONEY, "$", NULL},
        {US_CELL_MONEY, "12%", NULL},
        {US_CELL_MONEY, "about 12", NULL},
        {US_CELL_NUMBER, "1,234", NULL},
        {US_CELL_NUMBER, "-0.5", "-0.5"},
        {US_CELL_TIME, "2026-01-02", "2026-01-02T00:00:00Z"},
        {US_CELL_TIME, "1/2/2026", NULL},
        {US_CELL_TIME, "1767312000", NULL},
        {US_CELL_MOMENT, "1767312000", "2026-01-02T00:00:00Z"},
        {US_CELL_MOMENT, "1767312000500", "2026-01-02T00:00:00.500Z"},
        {US_CELL_MOMENT, "17", NULL},
        {US_CELL_DATE, "1/2/2026", "2026-01-02T00:00:00Z"},
        {US_CELL_DATE, "01/31/2026 13:45", "2026-01-31T13:45:00Z"},
        {US_CELL_DATE, "1/31/2026 12:05 AM", "2026-01-31T00:05:00Z"},
        {US_CELL_DATE, "1/31/2026, 2:30 pm", "2026-01-31T14:30:00Z"},
        {US_CELL_DATE, "31/1/2026", NULL},
        {US_CELL_DATE, "1/2/26", NULL},
        {US_CELL_DATE, "1/2/2026 13:05 PM", NULL},
        {US_CELL_DATE, "2/30/2026", NULL},
        {US_CELL_INTERVAL, "Monthly", "month"},
        {US_CELL_INTERVAL, "3 months", "3 months"},
        {US_CELL_INTERVAL, "1 year", "year"},
        {US_CELL_INTERVAL, "0 years", NULL},
        {US_CELL_INTERVAL, "fortnight", NULL},
        {US_CELL_YES, "TRUE", "true"},
        {US_CELL_YES, "0", "false"},
        {US_CELL_YES, "perhaps", NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct us_cell_rule rule = {.kind = all[i].kind};
        struct us_cell cell;
        struct us_error why;
        char text[US_TIME_TEXT_MAX];
        bool good =
            us_cell_read(&rule, US_S("c"), us_str_c(all[i].text), &x->a, &cell, &why);
        us_str means = cell.at == US_NEVER ? cell.text : us_time_write(cell.at, text);
        bool same = good && all[i].means && us_str_eq(means, us_str_c(all[i].means));
        CHECK_AS(t, all[i].means ? same : !good, all[i].text);
    }
    CHECK(t, us_same_name(US_S("User ID"), US_S("user_id")));
    CHECK(t, us_same_name(US_S("userId"), US_S("USERID ")));
    CHECK(t, !us_same_name(US_S("user"), US_S("users")));
    CHECK(t, !us_same_name(US_S("%"), US_S("$")));
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    mistakes(&t, &x);
    asked_and_mapped(&t, &x);
    customers(&t, &x);
    cells(&t, &x);
    fixture_done(&x);
    return us_tap_done(&t);
}
