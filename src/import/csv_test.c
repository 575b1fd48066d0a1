/* Separated values: the public collection csv-spectrum, the edges, and rows with their
 * places through a file. */

#include "file/file.h"
#include "import/csv_same.h"
#include "import/sheet_fixture.h"

static us_str file_text(
    struct fixture *x, const char *folder, const char *name, const char *end)
{
    us_str text = {0};
    us_str path = us_arena_fmt(
        &x->a, "%s/third_party/csv-spectrum/%s/%s.%s", USHER_SOURCE, folder, name, end);
    if (us_file_read(path, 1 << 20, &x->a, &text, NULL) != US_OK) return (us_str){0};
    us_str padded = {us_new(&x->a, char, text.len + US_JSON_PAD), text.len};
    memcpy((char *)(uintptr_t)padded.ptr, text.ptr, text.len);
    return padded;
}

/* The objects of the answer are the rows of the table. */
static bool spectrum_same(struct fixture *x, us_str csv, us_str json)
{
    struct us_json_doc doc;
    struct us_csv_row head, row;
    us_assert(us_json_parse(x->json, json, &doc, NULL) == US_OK);
    us_assert(us_csv_next(csv, true, ',', &x->a, &head));
    csv = us_str_slice(csv, head.bytes, csv.len);
    uint32_t object = 1;
    uint32_t end = doc.nodes[0].next;
    for (; csv.len && object < end; object = doc.nodes[object].next) {
        us_assert(us_csv_next(csv, true, ',', &x->a, &row));
        csv = us_str_slice(csv, row.bytes, csv.len);
        if (row.count != head.count || row.flaw != US_CSV_FINE) return false;
        for (size_t i = 0; i < row.count; i++) {
            uint32_t value = us_json_get(&doc, object, head.fields[i]);
            us_str want = us_json_text(&doc, value, &x->a);
            if (value == US_JSON_NONE || !us_str_eq(want, row.fields[i])) return false;
        }
    }
    return csv.len == 0 && object == end;
}

static void spectrum(struct us_tap *t, struct fixture *x)
{
    /* location_coordinates is left out: its answer is of another table than its text,
     * and neither is UTF-8. */
    static const char *const names[] = {"comma_in_quotes", "empty", "empty_crlf",
        "escaped_quotes", "json", "newlines", "newlines_crlf", "quotes_and_newlines",
        "simple", "simple_crlf", "utf8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        us_str csv = file_text(x, "csvs", names[i], "csv");
        us_str json = file_text(x, "json", names[i], "json");
        if (!csv.len || !json.len) {
            printf("ok %d - %s # SKIP third_party/csv-spectrum is not here\n", ++t->ran,
                names[i]);
            continue;
        }
        CHECK_AS(t, spectrum_same(x, csv, json), names[i]);
    }
}

/* What stands in brackets is a field; '!' after a row is its flaw. */
static us_str shown(struct fixture *x, us_str text, char separator)
{
    struct us_buf out = us_buf_new(&x->a, 1 << 20);
    struct us_csv_row row;
    while (text.len) {
        us_assert(us_csv_next(text, true, separator, &x->a, &row));
        for (size_t i = 0; i < row.count; i++)
            us_buf_fmt(&out, "[%.*s]", US_ARG(row.fields[i]));
        if (row.flaw != US_CSV_FINE) us_buf_char(&out, '!');
        us_buf_fmt(&out, "%lld ", (long long)row.lines);
        text = us_str_slice(text, row.bytes, text.len);
    }
    return us_str_trim(us_buf_str(&out));
}

static void edges(struct us_tap *t, struct fixture *x)
{
    static const struct {
        const char *text, *rows;
        char separator;
    } all[] = {
        {"a,b\n1,2\n", "[a][b]1 [1][2]1", ','},
        {"a,b\r\n1,2\r\n", "[a][b]1 [1][2]1", ','},
        {"a,b\r1,2\r", "[a][b]1 [1][2]1", ','},
        {"a,b\n1,2", "[a][b]1 [1][2]0", ','},
        {"a;b\n1,2;3\n", "[a][b]1 [1,2][3]1", ';'},
        {"a\tb\n", "[a][b]1", '\t'},
        {",\n", "[][]1", ','},
        {"\n", "[]1", ','},
        {"\"\"\n", "[]1", ','},
        {"\"a,b\",c\n", "[a,b][c]1", ','},
        {"\"a\"\"b\",\"\"\"\"\n", "[a\"b][\"]1", ','},
        {"\"a\nb\r\nc\rd\",e\n", "[a\nb\r\nc\rd][e]4", ','},
        {"a\"b,c\"\n", "[a\"b][c\"]1", ','},
        {" \"a\",b\n", "[ \"a\"][b]1", ','},
        {"\"a\"x,b\nc,d\n", "[a][b]!1 [c][d]1", ','},
        {"\"a\" ,b\n", "[a][b]!1", ','},
        {"a,\"b\nc,d\n", "[a][b\nc,d\n]!2", ','},
        {"a,\"", "[a][]!0", ','},
        {"a,\"b\"", "[a][b]0", ','},
        {"a,\"b\"\"", "[a][b\"]!0", ','},
    };
    struct us_csv_row rows[2];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        us_str text = us_str_c(all[i].text);
        us_str got = shown(x, text, all[i].separator);
        bool same = us_str_eq(got, us_str_c(all[i].rows));
        if (!same) printf("# got %.*s\n", US_ARG(got));
        CHECK_AS(t, same, fixture_name(x, text));
        CHECK(t, us_csv_same(text, all[i].separator, &x->a, rows));
    }
    CHECK(t, us_csv_separator(US_S("a;b;c,d\n"), true, &x->a) == ';');
    CHECK(t, us_csv_separator(US_S("a|b"), true, &x->a) == '|');
    CHECK(t, us_csv_separator(US_S("\"a;b;c\",d\n"), true, &x->a) == ',');
    CHECK(t, us_csv_separator(US_S("a"), true, &x->a) == ',');
    CHECK(t, us_csv_separator(US_S("a;b"), false, &x->a) == 0);
}

/* A text cut anywhere: the row is there whole and the same, or not yet. */
static bool cut_anywhere(struct fixture *x, us_str text, struct us_csv_row rows[2])
{
    us_assert(us_csv_next(text, true, ',', &x->a, &rows[0]));
    for (size_t n = 1; n < text.len; n++) {
        us_str cut = {us_arena_cstr(&x->a, us_str_slice(text, 0, n)), n};
        if (!us_csv_next(cut, false, ',', &x->a, &rows[1])) continue;
        if (rows[1].bytes != rows[0].bytes || !us_csv_same_rows(&rows[0], &rows[1]))
            return false;
    }
    return true;
}

static void any_text(struct us_tap *t, struct fixture *x)
{
    static const char letters[] = "aab,,\"\"\"\n\r;";
    uint64_t seed = 1;
    bool same = true;
    bool cut = true;
    struct us_csv_row rows[2];
    for (int round = 0; round < 20000; round++) {
        us_mark mark = us_arena_mark(&x->a);
        char text[24];
        size_t len = 1 + (size_t)round % sizeof text;
        for (size_t i = 0; i < len; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            text[i] = letters[(seed >> 33) % (sizeof letters - 1)];
        }
        us_str s = {text, len};
        bool good = us_csv_same(s, ',', &x->a, rows);
        if (!good && same) {
            struct us_buf show = us_buf_new(&x->a, 256);
            us_buf_json(&show, s);
            printf("# %.*s\n", US_ARG(us_buf_str(&show)));
        }
        same &= good;
        cut &= cut_anywhere(x, s, rows);
        us_arena_pop(&x->a, mark);
    }
    CHECK_AS(t, same, "20,000 texts read, written and passed over the same");
    CHECK_AS(t, cut, "and the same wherever the window ends");
}

/* ---- through a file ---- */

static us_str taken(struct fixture *x, us_str bytes)
{
    struct us_error e = {0};
    us_str path = fixture_file(x, bytes);
    fixture_begin(x);
    us_assert(us_reader_open(path, &x->take.reader, NULL) == US_OK);
    us_assert(us_reader_fill(x->take.reader, NULL) == US_OK);
    if (us_take_csv(&x->take, &e) != US_OK) say_error("error", &e);
    us_reader_close(x->take.reader);
    unlink(us_arena_cstr(&x->a, path));
    return us_buf_str(&x->out);
}

static void places(struct us_tap *t, struct fixture *x)
{
    static const struct {
        const char *text, *lines;
    } all[] = {
        {"\n\naccount,at,amount\na,2026-01-01,1,\n\n\"a\",x,1\n\"b\nb\",y,1\nc,z,1",
            "4:20 dead import.fields found=4 expected=3\n"
            "6:37 dead import.bad_time column=at text=x\n"
            "7:45 dead import.bad_time column=at text=y\n"
            "9:55 dead import.bad_time column=at text=z\n"},
        {"account;at;amount\r\na;x;1\r\nb;y;1\r\n",
            "2:19 dead import.bad_time column=at text=x\n"
            "3:26 dead import.bad_time column=at text=y\n"},
        {"account,at,amount\ra,x,1\rb,y,1\r",
            "2:18 dead import.bad_time column=at text=x\n"
            "3:24 dead import.bad_time column=at text=y\n"},
        {"account,at,amount\n\"a\",\"x\n\",\"1\nb,y,1\n",
            "2:18 dead import.open_quote line=3\n"},
        {"account,at,amount\n\"a\"b,x,1\nb,y,1\n",
            "2:18 dead import.after_quote line=2\n"
            "3:27 dead import.bad_time column=at text=y\n"},
        {"\n \n", "error import.header_one column=\n"},
        {"\n\r\n", "error import.header_none\n"},
        {"account\na\n", "error import.header_one column=account\n"},
        {"account,\"plan\na,b\n", "error import.header_quotes\n"},
        {"account,\"plan\"x\na,b\n", "error import.header_quotes\n"},
        {"account,pl\xe4n\na,b\n", "error import.header_not_utf8\n"},
        {"\xff\xfe"
         "a",
            "error import.header_utf16\n"},
    };
    x->places = true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        us_str text = us_str_c(all[i].text);
        CHECK_AS(t, fixture_same(taken(x, text), all[i].lines), fixture_name(x, text));
    }
}

/* A row longer than a window, one longer than a row may be, and the one after it. */
static void long_rows(struct us_tap *t, struct fixture *x)
{
    struct us_buf text = us_buf_new(&x->a, (size_t)64 << 20);
    us_buf_put(&text, US_S("account,at,amount\n"));
    for (int round = 0; round < 2; round++) {
        size_t lines = round ? US_ROW_BYTES_MAX / 8 + 1000 : 3 * US_READ_BYTES / 8;
        us_buf_put(&text, US_S("\""));
        for (size_t i = 0; i < lines; i++)
            us_buf_put(&text, US_S("\"\",abcd\n"));
        us_buf_put(&text, US_S("\",x,1\n"));
    }
    us_buf_put(&text, US_S("b,y,1\n"));
    us_str got = taken(x, us_buf_str(&text));
    int64_t first = 3 * US_READ_BYTES / 8 + 1;
    int64_t second = US_ROW_BYTES_MAX / 8 + 1001;
    us_str want = us_arena_fmt(&x->a,
        "2:18 dead import.bad_time column=at text=x\n"
        "%lld:%lld dead import.row_too_long\n"
        "%lld:%lld dead import.bad_time column=at text=y\n",
        (long long)(2 + first), (long long)(18 + (first - 1) * 8 + 7),
        (long long)(2 + first + second),
        (long long)(18 + (first - 1) * 8 + 7 + (second - 1) * 8 + 7));
    CHECK(t, fixture_same(got, us_arena_cstr(&x->a, want)));
    CHECK(t, x->counts.lines == 3);
}

static void wide_header(struct us_tap *t, struct fixture *x)
{
    struct us_buf text = us_buf_new(&x->a, 1 << 20);
    us_buf_put(&text, US_S("account"));
    for (int i = 1; i < US_CSV_FIELDS_MAX; i++)
        us_buf_fmt(&text, ",trait%d", i);
    CHECK(t, taken(x, us_buf_str(&text)).len == 0);
    us_buf_put(&text, US_S(",more\n"));
    CHECK(t, fixture_same(taken(x, us_buf_str(&text)),
                 "error import.header_wide n=513 max=512\n"));
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    spectrum(&t, &x);
    edges(&t, &x);
    any_text(&t, &x);
    places(&t, &x);
    long_rows(&t, &x);
    wide_header(&t, &x);
    fixture_done(&x);
    return us_tap_done(&t);
}
