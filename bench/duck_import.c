/* duck_import.c: the peer of `usher import`: DuckDB reads the same NDJSON into a table
 * of its own file that keeps the same, and is durable when it ends.
 *
 *     duck_import EVENTS.ndjson DATABASE THREADS    import
 *     duck_import DATABASE                          events by name: "count<TAB>name"
 *
 * Ids and times are columns, context, properties and traits stay JSON. It recognises no
 * duplicates, resolves no identity and reads no clocks, which is in its favour; the
 * counts leave duplicates out afterwards.
 */
#include <duckdb.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_BYTES = 8192 };

static void die(const char *what, const char *why)
{
    fprintf(stderr, "duck_import: %s: %s\n", what, why ? why : "?");
    exit(1);
}

static void set(duckdb_config config, const char *name, const char *value)
{
    if (duckdb_set_config(config, name, value) != DuckDBSuccess) die(name, value);
}

static duckdb_connection open_database(
    const char *path, const char *threads, duckdb_database *database)
{
    duckdb_config config;
    duckdb_connection link;
    char *why = NULL;
    if (duckdb_create_config(&config) != DuckDBSuccess) die("config", NULL);
    if (threads) set(config, "threads", threads);
    set(config, "autoinstall_known_extensions", "false");
    set(config, "autoload_known_extensions", "false");
    if (duckdb_open_ext(path, database, config, &why) != DuckDBSuccess) die(path, why);
    if (duckdb_connect(*database, &link) != DuckDBSuccess) die(path, "connect");
    duckdb_destroy_config(&config);
    return link;
}

static void run(duckdb_connection link, const char *sql)
{
    duckdb_result result;
    if (duckdb_query(link, sql, &result) != DuckDBSuccess)
        die("SQL", duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

static void import(duckdb_connection link, const char *events)
{
    char sql[SQL_BYTES];
    if (strchr(events, '\'')) die(events, "a quote in the name");
    int n = snprintf(sql, sizeof sql,
        "CREATE TABLE messages AS SELECT * FROM read_ndjson('%s', columns = {"
        "type: 'VARCHAR', event: 'VARCHAR', name: 'VARCHAR', userId: 'VARCHAR',"
        "anonymousId: 'VARCHAR', previousId: 'VARCHAR', groupId: 'VARCHAR',"
        "messageId: 'VARCHAR', timestamp: 'TIMESTAMP', originalTimestamp: 'TIMESTAMP',"
        "sentAt: 'TIMESTAMP', receivedAt: 'TIMESTAMP',"
        "context: 'JSON', properties: 'JSON', traits: 'JSON'})",
        events);
    if (n < 0 || n >= SQL_BYTES) die(events, "too long");
    run(link, sql);
    run(link, "CHECKPOINT");
}

static void print_names(duckdb_connection link)
{
    duckdb_result result;
    static const char sql[] =
        "SELECT count(DISTINCT messageId)::VARCHAR AS n, CASE type WHEN 'page' THEN "
        "'Page Viewed' WHEN 'screen' THEN 'Screen Viewed' ELSE event END AS name "
        "FROM messages WHERE type IN ('track', 'page', 'screen') "
        "GROUP BY 2 ORDER BY 2";
    if (duckdb_query(link, sql, &result) != DuckDBSuccess)
        die("SQL", duckdb_result_error(&result));
    for (;;) {
        duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
        if (!chunk) break;
        duckdb_string_t *cells[2];
        for (idx_t c = 0; c < 2; c++)
            cells[c] = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, c));
        for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); i++)
            printf("%.*s\t%.*s\n", (int)duckdb_string_t_length(cells[0][i]),
                duckdb_string_t_data(&cells[0][i]),
                (int)duckdb_string_t_length(cells[1][i]),
                duckdb_string_t_data(&cells[1][i]));
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4) {
        fputs("duck_import EVENTS.ndjson DATABASE THREADS | duck_import DATABASE\n",
            stderr);
        return 1;
    }
    duckdb_database database;
    duckdb_connection link = argc == 4 ? open_database(argv[2], argv[3], &database)
                                       : open_database(argv[1], NULL, &database);
    if (argc == 4)
        import(link, argv[1]);
    else
        print_names(link);
    duckdb_disconnect(&link);
    duckdb_close(&database);
    return 0;
}
