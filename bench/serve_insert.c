/* serve_insert.c: the same events as serve_load sends, into PostgreSQL.
 *
 *   serve_insert CONNINFO BODIES CONNECTIONS SECONDS
 *
 * A thread a connection; each inserts a batch with one prepared statement of as many
 * rows, INSERT INTO events (m) VALUES ($1::jsonb), …, waits for the answer (the commit
 * is synced: synchronous_commit is on) and goes on. All are connected, and the
 * statement prepared, before time begins; the first tenth of it is not counted. Prints
 * one line of JSON.
 */
#include "load_bodies.h"

#include <libpq-fe.h>
#include <pthread.h>

struct worker {
    pthread_t thread;
    PGconn *db;
    const struct body *bodies;
    size_t body_count, number;
    double from, until;
    struct took took;
};

static void check(PGconn *db, PGresult *r, ExecStatusType want)
{
    if (PQresultStatus(r) != want) bodies_fail("PostgreSQL", PQerrorMessage(db));
    PQclear(r);
}

/* The events of a body, in place. */
static int rows_of(char *text, const char **rows)
{
    int n = 0;
    for (char *next = text; next && n < EVENTS_MAX;) {
        rows[n++] = strsep(&next, "\t");
    }
    return n;
}

static PGconn *connected(const char *conninfo, int rows)
{
    PGconn *db = PQconnectdb(conninfo);
    if (PQstatus(db) != CONNECTION_OK) bodies_fail("connect", PQerrorMessage(db));
    char *sql = malloc((size_t)rows * 20 + 64);
    if (!sql) bodies_fail("prepare", "no memory");
    char *at = sql + sprintf(sql, "INSERT INTO events (m) VALUES ");
    for (int i = 1; i <= rows; i++)
        at += sprintf(at, "%s($%d::jsonb)", i > 1 ? "," : "", i);
    check(db, PQprepare(db, "put", sql, rows, NULL), PGRES_COMMAND_OK);
    free(sql);
    return db;
}

static void *work(void *ctx)
{
    struct worker *w = ctx;
    const char *rows[EVENTS_MAX];
    char time[TIME_BYTES + 1];
    unsigned long long number = 0;
    size_t next = w->number * 7919;
    for (double now = seconds_now(); now < w->until;) {
        const struct body *b = &w->bodies[next++ % w->body_count];
        char *text = strdup(b->text);
        if (!text) bodies_fail("body", "no memory");
        time_text(time);
        body_fill(b, text, (unsigned)w->number, &number, time);
        int n = rows_of(text, rows);
        PGresult *r = PQexecPrepared(w->db, "put", n, rows, NULL, NULL, 0);
        check(w->db, r, PGRES_COMMAND_OK);
        free(text);
        double then = seconds_now();
        if (now >= w->from) took_put(&w->took, then - now);
        now = then;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 5) bodies_fail("arguments", "see the head of serve_insert.c");
    size_t body_count = 0;
    size_t workers = (size_t)atoi(argv[3]);
    double seconds = atof(argv[4]);
    struct body *bodies = bodies_read(argv[2], 0, &body_count);
    struct worker *list = calloc(workers, sizeof *list);
    struct took all = {0};
    if (!list) bodies_fail("set-up", "no memory");
    for (size_t i = 0; i < workers; i++)
        list[i].db = connected(argv[1], (int)bodies[0].id_count);
    double start = seconds_now();
    double cpu = cpu_seconds();
    for (size_t i = 0; i < workers; i++) {
        list[i] = (struct worker){.db = list[i].db,
            .bodies = bodies,
            .body_count = body_count,
            .number = i,
            .from = start + seconds / 10,
            .until = start + seconds};
        if (pthread_create(&list[i].thread, NULL, work, &list[i]) != 0)
            bodies_fail("thread", "none to be had");
    }
    for (size_t i = 0; i < workers; i++) {
        pthread_join(list[i].thread, NULL);
        PQfinish(list[i].db);
        for (size_t k = 0; k < list[i].took.count; k++)
            took_put(&all, (double)list[i].took.list[k]);
    }
    printf("{");
    took_print(&all, bodies[0].id_count, seconds * 0.9, cpu_seconds() - cpu);
    printf(",\"failed\":0}\n");
    return 0;
}
