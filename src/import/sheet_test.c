/* Every kind of table: its header is recognised, its rows become these lines, and each
 * mistake in a row is found at its column. */

#include "file/file.h"
#include "import/sheet_fixture.h"

/* A table and what comes of it. Between them the cases of a kind show every column. */
static const struct {
    const char *kind, *csv, *lines;
} cases[] = {
    {"accounts",
        "account,at,name,plan,employees,active,received\n"
        "a1,2026-01-02,Acme,pro,250,TRUE,2026-01-03T00:00:00Z\n"
        "a2,,Beta,,00042,false,\n",
        "account 2026-01-03T00:00:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-02T00:00:00Z\","
        "\"name\":\"Acme\",\"plan\":\"pro\",\"employees\":250,\"active\":true}\n"
        "account now {\"account\":\"a2\",\"name\":\"Beta\",\"employees\":\"00042\","
        "\"active\":false}\n"},
    {"contacts",
        "email,account,name,title,role,source,consent,created,received\n"
        "a@b.co,a1,Ada B,CTO,buyer,event,Yes,2026-01-02,\n"
        "c@b.co,,,,,,,,2026-02-01\n",
        "contact 2026-01-02T00:00:00Z {\"email\":\"a@b.co\",\"account\":\"a1\","
        "\"name\":\"Ada B\",\"title\":\"CTO\",\"role\":\"buyer\",\"source\":\"event\","
        "\"consent\":\"yes\",\"created\":\"2026-01-02T00:00:00Z\"}\n"
        "contact 2026-02-01T00:00:00Z {\"email\":\"c@b.co\"}\n"},
    {"payments",
        "account,at,amount,currency,status,method,channel,interval,period_start,"
        "period_end,quantity,plan,tax,invoice_id,payment_id,received\n"
        "a1,2026-01-02T03:04:05.678Z,120.50,USD,paid,card,self_serve,month,2026-01-02,"
        "2026-02-02,10,pro,20.5,inv1,p1,\n"
        "a1,2026-01-02 13:45,1,EUR,Refunded,ACH,Self Serve,3 months,,,,,,,,\n",
        "payment 2026-01-02T03:04:05.678Z {\"account\":\"a1\","
        "\"at\":\"2026-01-02T03:04:05.678Z\",\"amount\":120.50,\"currency\":\"USD\","
        "\"status\":\"paid\",\"method\":\"card\",\"channel\":\"self_serve\","
        "\"interval\":\"month\",\"period_start\":\"2026-01-02T00:00:00Z\","
        "\"period_end\":\"2026-02-02T00:00:00Z\",\"quantity\":10,\"plan\":\"pro\","
        "\"tax\":20.5,\"invoice_id\":\"inv1\",\"payment_id\":\"p1\"}\n"
        "payment 2026-01-02T13:45:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-02T13:45:00Z\","
        "\"amount\":1,\"currency\":\"EUR\",\"status\":\"refunded\",\"method\":\"ach\","
        "\"channel\":\"self_serve\",\"interval\":\"3 months\"}\n"},
    {"deals",
        "deal_id,account,created,first_touch,stage,stage_at,amount,arr,type,channel,"
        "owner,"
        "source,lost_reason,received\n"
        "d1,a1,2026-01-01,2026-01-02,won,2026-03-01,12000,12000,new,sales,rep1,"
        "product_usage,,\n"
        "d2,a2,,,open,,,,,,,,,\n",
        "deal 2026-03-01T00:00:00Z {\"deal_id\":\"d1\",\"account\":\"a1\","
        "\"created\":\"2026-01-01T00:00:00Z\",\"first_touch\":\"2026-01-02T00:00:00Z\","
        "\"stage\":\"won\",\"stage_at\":\"2026-03-01T00:00:00Z\",\"amount\":12000,"
        "\"arr\":12000,\"type\":\"new\",\"channel\":\"sales\",\"owner\":\"rep1\","
        "\"source\":\"product_usage\"}\n"
        "deal now {\"deal_id\":\"d2\",\"account\":\"a2\",\"stage\":\"open\"}\n"},
    {"activities",
        "activity_id,account,contact,at,kind,direction,owner,subject,received\n"
        "act1,a1,a@b.co,2026-01-02,E-Mail,outbound,rep1,\"Seats, for you\",\n",
        "activity 2026-01-02T00:00:00Z {\"activity_id\":\"act1\",\"account\":\"a1\","
        "\"contact\":\"a@b.co\",\"at\":\"2026-01-02T00:00:00Z\",\"kind\":\"email\","
        "\"direction\":\"out\",\"owner\":\"rep1\",\"subject\":\"Seats, for you\"}\n"},
    {"mqls",
        "contact,account,at,source,received\na@b.co,a1,2026-01-02,webinar,2026-01-05\n",
        "mql 2026-01-05T00:00:00Z {\"contact\":\"a@b.co\",\"account\":\"a1\","
        "\"at\":\"2026-01-02T00:00:00Z\",\"source\":\"webinar\"}\n"},
    {"companies",
        "company,account,domain,name,crm_id,at,received\nco1,a1,acme.com,Acme,crm-1,,"
        "\n",
        "company now {\"company\":\"co1\",\"account\":\"a1\",\"domain\":\"acme.com\","
        "\"name\":\"Acme\",\"crm_id\":\"crm-1\"}\n"},
    {"events",
        "Event,Timestamp,user_id,anonymous_id,account,message_id,received_at,seats,"
        "properties.plan,ok\n"
        "Invite Sent,2026-01-02T00:00:00Z,u1,,a1,m1,1767312001,3,pro,true\n"
        "Login,1767312000123,,an1,,,,12345678901234567,,\n",
        "message {\"type\":\"track\",\"event\":\"Invite Sent\",\"userId\":\"u1\","
        "\"messageId\":\"m1\",\"timestamp\":\"2026-01-02T00:00:00Z\","
        "\"receivedAt\":\"2026-01-02T00:00:01Z\",\"context\":{\"groupId\":\"a1\"},"
        "\"properties\":{\"seats\":3,\"plan\":\"pro\","
        "\"ok\":true}}\n"
        "message {\"type\":\"track\",\"event\":\"Login\",\"anonymousId\":\"an1\","
        "\"timestamp\":\"2026-01-02T00:00:00.123Z\","
        "\"properties\":{\"seats\":\"12345678901234567\"}}\n"},
    {"events",
        "event,time,distinct_id,anonymousId,groupId,messageId,receivedAt\n"
        "Login,2026-01-02,u1,,,m1,1767312001\n",
        "message {\"type\":\"track\",\"event\":\"Login\",\"userId\":\"u1\","
        "\"messageId\":\"m1\",\"timestamp\":\"2026-01-02T00:00:00Z\","
        "\"receivedAt\":\"2026-01-02T00:00:01Z\"}\n"},
    {"stripe payments",
        "id,Description,Seller Message,Created date (UTC),Amount,Amount "
        "Refunded,Currency,"
        "Converted Amount,Status,Captured,Customer ID,Customer Email,Card ID,"
        "Payment Source Type,Invoice ID,PaymentIntent ID,Disputed Amount,Dispute "
        "Status,"
        "Dispute date (UTC),Refunded date (UTC),account (metadata)\n"
        "ch_1,x,ok,2026-01-02 "
        "13:45,\"1,200.00\",200.00,usd,1200,Paid,TRUE,cus_1,,card_1,"
        "card,in_1,pi_1,0.00,,,2026-01-09 00:00,\n"
        "ch_2,x,no,2026-01-03 "
        "13:45,50.00,0.00,usd,50,Failed,FALSE,cus_1,,card_1,,,,,,,,\n"
        "ch_3,x,ok,2026-01-04 13:45,70.00,0.00,eur,70,Paid,TRUE,cus_9,ada@b.co,,"
        "us_bank_account,,,70.00,needs_response,2026-01-20 00:00,,\n"
        "ch_4,x,ok,2026-01-05 13:45,70.00,0.00,eur,70,Paid,FALSE,cus_1,,,,,,,,,,\n"
        "ch_5,x,ok,2026-01-05 "
        "13:45,70.00,0.00,eur,70,requires_payment_method,,,,,,,,,,,,\n"
        "ch_6,x,ok,2026-01-05 13:45,70.00,0.00,eur,70,Paid,TRUE,cus_7,,,,,,,,,,\n"
        "ch_7,x,ok,2026-01-05 13:45,70.00,,eur,70,Refunded,TRUE,cus_7,,,,,,,,,,a7\n",
        "payment 2026-01-02T13:45:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-02T13:45:00Z\","
        "\"amount\":1200.00,\"currency\":\"USD\",\"status\":\"paid\",\"method\":"
        "\"card\","
        "\"invoice_id\":\"in_1\",\"payment_id\":\"ch_1\"}\n"
        "payment 2026-01-09T00:00:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-09T00:00:00Z\","
        "\"amount\":200.00,\"currency\":\"USD\",\"status\":\"refunded\","
        "\"method\":\"card\",\"invoice_id\":\"in_1\",\"payment_id\":\"ch_1\"}\n"
        "payment 2026-01-03T13:45:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-03T13:45:00Z\","
        "\"amount\":50.00,\"currency\":\"USD\",\"status\":\"failed\",\"method\":"
        "\"card\","
        "\"invoice_id\":\"ch_2\",\"payment_id\":\"ch_2\"}\n"
        "payment 2026-01-04T13:45:00Z "
        "{\"account\":\"a2\",\"at\":\"2026-01-04T13:45:00Z\","
        "\"amount\":70.00,\"currency\":\"EUR\",\"status\":\"paid\",\"method\":\"ach\","
        "\"invoice_id\":\"ch_3\",\"payment_id\":\"ch_3\"}\n"
        "payment 2026-01-20T00:00:00Z "
        "{\"account\":\"a2\",\"at\":\"2026-01-20T00:00:00Z\","
        "\"amount\":70.00,\"currency\":\"EUR\",\"status\":\"disputed\",\"method\":"
        "\"ach\","
        "\"invoice_id\":\"ch_3\",\"payment_id\":\"ch_3\"}\n"
        "dead import.unknown_customer customer=cus_7\n"
        "payment 2026-01-05T13:45:00Z "
        "{\"account\":\"a7\",\"at\":\"2026-01-05T13:45:00Z\","
        "\"amount\":70.00,\"currency\":\"EUR\",\"status\":\"paid\","
        "\"invoice_id\":\"ch_7\",\"payment_id\":\"ch_7\"}\n"
        "payment 2026-01-05T13:45:00Z "
        "{\"account\":\"a7\",\"at\":\"2026-01-05T13:45:00Z\","
        "\"amount\":70.00,\"currency\":\"EUR\",\"status\":\"refunded\","
        "\"invoice_id\":\"ch_7\",\"payment_id\":\"ch_7\"}\n"},
    {"stripe invoices",
        "id,Amount Due,Amount Paid,Billing,Collection Method,Currency,Customer,"
        "Customer Email,Date (UTC),Paid At (UTC),Paid,Status,Tax,"
        "Minimum Line Item Period Start (UTC),Maximum Line Item Period End (UTC),"
        "account (metadata)\n"
        "in_1,120.00,120.00,charge_automatically,,usd,cus_1,,2026-01-02 13:45,"
        "2026-01-02 14:00,true,paid,20.00,2026-01-02 00:00,2026-02-02 00:00,\n"
        "in_2,120.00,0.00,,send_invoice,usd,cus_1,,2026-01-02,,false,uncollectible,,,,"
        "\n"
        "in_3,120.00,0.00,,,usd,,,2026-01-02,,false,open,,,,\n"
        "in_4,0.00,0.00,,,usd,,,2026-01-02,,true,paid,,,,\n"
        "in_5,9.00,9.00,,,usd,,,2026-01-02,,true,,,,,\n",
        "payment 2026-01-02T14:00:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-02T14:00:00Z\","
        "\"amount\":120.00,\"currency\":\"USD\",\"status\":\"paid\",\"method\":"
        "\"card\","
        "\"invoice_id\":\"in_1\",\"payment_id\":\"in_1\","
        "\"period_start\":\"2026-01-02T00:00:00Z\","
        "\"period_end\":\"2026-02-02T00:00:00Z\",\"tax\":20.00}\n"
        "payment 2026-01-02T00:00:00Z "
        "{\"account\":\"a1\",\"at\":\"2026-01-02T00:00:00Z\","
        "\"amount\":120.00,\"currency\":\"USD\",\"status\":\"failed\","
        "\"method\":\"invoice\",\"invoice_id\":\"in_2\",\"payment_id\":\"in_2\"}\n"
        "dead import.no_customer\n"},
    {"stripe subscriptions",
        "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,"
        "Created (UTC),Start (UTC),Current Period Start (UTC),Current Period End (UTC),"
        "Canceled At (UTC),Ended At (UTC),account (metadata)\n"
        "sub_1,cus_1,,pro,12,usd,month,144,active,2026-01-02 00:00,2026-01-02 00:00,"
        "2026-03-02 00:00,2026-04-02 00:00,,,\n"
        "sub_2,cus_2,,pro,3,usd,year,36,canceled,2026-01-02 00:00,2026-01-02 00:00,,,"
        "2026-02-02 00:00,,a9\n",
        "account now {\"account\":\"a1\",\"plan\":\"pro\",\"quantity\":12,"
        "\"interval\":\"month\",\"subscription_status\":\"active\"}\n"
        "account 2026-02-02T00:00:00Z {\"account\":\"a9\","
        "\"at\":\"2026-02-02T00:00:00Z\",\"plan\":\"pro\",\"quantity\":3,"
        "\"interval\":\"year\",\"subscription_status\":\"canceled\"}\n"},
    {"hubspot deals",
        "Record ID,Deal Name,Deal Stage,Close Date,Create Date,Amount,Deal "
        "owner,Pipeline,"
        "Associated Company,Associated Company IDs,Date entered current stage,"
        "Annual recurring revenue,Deal Type,Original Traffic Source,Closed Lost Reason,"
        "Is Closed Won,Is Closed Lost\n"
        "7001,Bluebay,Closed Won (Sales Pipeline),2026-03-01 09:00,2026-01-01 09:30,"
        "\"$15,000.00\",Sam,Sales,Bluebay Ltd,9001;9002,,12000,newbusiness,Direct,,,\n"
        "7002,Harbour,Proposal,2027-12-31,2026-02-01,,,,Harbour Ltd,,,,,,,,\n"
        "7003,None,Proposal,,,,,,,,,,,,,,\n"
        "7004,Old,Abgelehnt,3/1/2026,,,,,,9001,,,existingbusiness,,Price,false,true\n",
        "deal 2026-01-01T09:30:00Z {\"deal_id\":\"7001\",\"account\":\"acme\","
        "\"created\":\"2026-01-01T09:30:00Z\",\"stage\":\"unknown\","
        "\"stage_at\":\"2026-01-01T09:30:00Z\",\"channel\":\"sales\"}\n"
        "deal 2026-03-01T09:00:00Z {\"deal_id\":\"7001\",\"account\":\"acme\","
        "\"name\":\"Bluebay\",\"created\":\"2026-01-01T09:30:00Z\",\"stage\":\"won\","
        "\"stage_at\":\"2026-03-01T09:00:00Z\",\"amount\":15000.00,\"arr\":12000,"
        "\"type\":\"new\",\"channel\":\"sales\",\"owner\":\"Sam\","
        "\"source\":\"Direct\"}\n"
        "deal 2026-02-01T00:00:00Z {\"deal_id\":\"7002\",\"account\":\"Harbour Ltd\","
        "\"created\":\"2026-02-01T00:00:00Z\",\"stage\":\"unknown\","
        "\"stage_at\":\"2026-02-01T00:00:00Z\",\"channel\":\"sales\"}\n"
        "deal now {\"deal_id\":\"7002\",\"account\":\"Harbour Ltd\","
        "\"name\":\"Harbour\",\"created\":\"2026-02-01T00:00:00Z\","
        "\"stage\":\"Proposal\",\"channel\":\"sales\"}\n"
        "dead import.empty column=Associated Company IDs\n"
        "deal 2026-03-01T00:00:00Z {\"deal_id\":\"7004\",\"account\":\"acme\","
        "\"name\":\"Old\",\"stage\":\"lost\",\"stage_at\":\"2026-03-01T00:00:00Z\","
        "\"type\":\"expansion\",\"channel\":\"sales\",\"lost_reason\":\"Price\"}\n"},
    {"hubspot contacts",
        "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Company Name,"
        "Associated Company IDs,Buying Role,Original Source,Unsubscribed from all "
        "email,"
        "Create Date\n"
        "8001,Priya,Example,priya@b.co,,CTO,Bluebay,9001;9002,Champion,Direct,true,"
        "2024-03-12 09:14\n"
        "8002,,Roe,roe@b.co,,,,,,,,3/15/2024 2:30 PM\n",
        "contact 2024-03-12T09:14:00Z {\"email\":\"priya@b.co\",\"account\":\"acme\","
        "\"name\":\"Priya Example\",\"title\":\"CTO\",\"role\":\"Champion\","
        "\"source\":\"Direct\",\"consent\":\"no\","
        "\"created\":\"2024-03-12T09:14:00Z\"}\n"
        "contact 2024-03-15T14:30:00Z {\"email\":\"roe@b.co\",\"name\":\"Roe\","
        "\"created\":\"2024-03-15T14:30:00Z\"}\n"},
    {"hubspot companies",
        "Record ID,Company name,Company Domain Name,Company owner,Number of Employees,"
        "Industry,Country/Region,Type,Create Date\n"
        "9001,Bluebay,www.bluebay.com,Sam,\"1,250\",Software,Germany,PROSPECT,"
        "2024-02-01 09:30\n"
        "9003,Kestrel,gmail.com,,,,,,\n",
        "company 2024-02-01T09:30:00Z "
        "{\"company\":\"bluebay.com\",\"account\":\"acme\","
        "\"domain\":\"bluebay.com\",\"name\":\"Bluebay\",\"crm_id\":\"9001\","
        "\"at\":\"2024-02-01T09:30:00Z\"}\n"
        "account now "
        "{\"account\":\"acme\",\"domain\":\"bluebay.com\",\"employees\":1250,"
        "\"name\":\"Bluebay\",\"industry\":\"Software\",\"country\":\"Germany\","
        "\"owner\":\"Sam\",\"type\":\"PROSPECT\"}\n"
        "account now {\"account\":\"9003\",\"domain\":\"gmail.com\","
        "\"name\":\"Kestrel\"}\n"},
    {"salesforce opportunities",
        "Id,Name,AccountId,StageName,Amount,CloseDate,CreatedDate,LastStageChangeDate,"
        "OwnerId,Type,LeadSource,IsWon,IsClosed,Loss Reason,ARR__c,Account.Name\n"
        "0061,Acme Big,001B000000DOLLARAA,Signed,24000.0,2026-03-01,"
        "2026-01-01T10:00:00.000+0000,2026-03-02T10:00:00.000+0000,005X,"
        "Existing Customer - Upgrade,Web,true,true,,24000,\n",
        "deal 2026-01-01T10:00:00Z "
        "{\"deal_id\":\"0061\",\"account\":\"001B000000DOLLA\","
        "\"created\":\"2026-01-01T10:00:00Z\",\"stage\":\"unknown\","
        "\"stage_at\":\"2026-01-01T10:00:00Z\",\"channel\":\"sales\"}\n"
        "deal 2026-03-02T10:00:00Z "
        "{\"deal_id\":\"0061\",\"account\":\"001B000000DOLLA\","
        "\"name\":\"Acme Big\",\"created\":\"2026-01-01T10:00:00Z\",\"stage\":\"won\","
        "\"stage_at\":\"2026-03-02T10:00:00Z\",\"amount\":24000.0,\"arr\":24000,"
        "\"type\":\"expansion\",\"channel\":\"sales\",\"owner\":\"005X\","
        "\"source\":\"Web\"}\n"},
    {"salesforce opportunities",
        "Opportunity Owner,Account Name,Opportunity Name,Stage,Amount,Close Date,Type\n"
        "Maya,Aurora Bank,Mining,Closed Lost,\"USD 450,000.00\",1/31/2026,New "
        "Business\n",
        "deal 2026-01-31T00:00:00Z {\"deal_id\":\"Mining\",\"account\":\"Aurora Bank\","
        "\"name\":\"Mining\",\"stage\":\"lost\",\"stage_at\":\"2026-01-31T00:00:00Z\","
        "\"amount\":450000.00,\"type\":\"new\",\"channel\":\"sales\","
        "\"owner\":\"Maya\"}\n"},
    {"salesforce contacts",
        "Id,FirstName,LastName,Email,Title,AccountId,Account.Name,LeadSource,"
        "HasOptedOutOfEmail,CreatedDate\n"
        "003,Ada,Byron,ada@b.co,CTO,001B000000DOLLARAA,,Web,false,2026-01-01\n",
        "contact 2026-01-01T00:00:00Z {\"email\":\"ada@b.co\","
        "\"account\":\"001B000000DOLLA\",\"name\":\"Ada Byron\",\"title\":\"CTO\","
        "\"source\":\"Web\",\"consent\":\"unknown\","
        "\"created\":\"2026-01-01T00:00:00Z\"}\n"},
    {"salesforce accounts",
        "Account ID,Account Name,Website,Industry,Employees,Billing Country,Account "
        "Owner,"
        "Type,Created Date\n"
        "001B000000DOLLA,Aurora,https://aurora.example.com/"
        "x,Banking,500,DE,Maya,Customer,"
        "1/2/2026\n",
        "company 2026-01-02T00:00:00Z {\"company\":\"example.com\","
        "\"account\":\"001B000000DOLLA\",\"domain\":\"example.com\",\"name\":"
        "\"Aurora\","
        "\"crm_id\":\"001B000000DOLLA\",\"at\":\"2026-01-02T00:00:00Z\"}\n"
        "account now {\"account\":\"001B000000DOLLA\",\"domain\":\"example.com\","
        "\"employees\":500,\"name\":\"Aurora\",\"industry\":\"Banking\","
        "\"country\":\"DE\",\"owner\":\"Maya\",\"type\":\"Customer\"}\n"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void kinds_read(struct us_tap *t, struct fixture *x)
{
    for (size_t i = 0; i < CASES; i++) {
        us_str got = fixture_read(x, us_str_c(cases[i].csv));
        CHECK_AS(t, us_str_eq(x->counts.kind, us_str_c(cases[i].kind)), cases[i].kind);
        CHECK_AS(t, fixture_same(got, cases[i].lines), cases[i].kind);
    }
}

/* The table of a case, opened; its first row in `row`. */
static void case_open(
    struct fixture *x, size_t i, struct us_sheet *table, struct us_csv_row *row)
{
    us_str csv = us_str_c(cases[i].csv);
    fixture_begin(x);
    us_assert(us_csv_next(csv, true, ',', &x->a, row));
    us_str *names = us_new(&x->a, us_str, row->count);
    memcpy(names, row->fields, row->count * sizeof *names);
    us_assert(us_sheet_open(table, &x->take, &x->a, names, row->count, NULL) == US_OK);
    csv = us_str_slice(csv, row->bytes, csv.len);
    us_assert(us_csv_next(csv, true, ',', &x->a, row));
}

/* What comes of the row with one cell exchanged. */
static us_str exchanged(struct fixture *x, struct us_sheet *table,
    struct us_csv_row *row, size_t column, us_str text)
{
    us_str before = row->fields[column];
    row->fields[column] = text;
    x->out = us_buf_new(&x->a, 1 << 20);
    us_assert(us_sheet_row(table, row->raw, row->fields, row->count, NULL) == US_OK);
    row->fields[column] = before;
    return us_buf_str(&x->out);
}

static const char *reason_of(us_cell_kind kind)
{
    switch (kind) {
    case US_CELL_TIME:
    case US_CELL_MOMENT:
    case US_CELL_DATE: return "bad_time";
    case US_CELL_NUMBER:
    case US_CELL_MONEY: return "bad_number";
    case US_CELL_WORD:
    case US_CELL_INTERVAL:
    case US_CELL_YES: return "bad_word";
    case US_CELL_TEXT:
    default: return NULL;
    }
}

/* Each column of each kind stands in a case; emptied, or filled with nonsense, it is
 * the one that is named. */
static void every_rule(struct us_tap *t, struct fixture *x)
{
    for (size_t k = 0; k < us_sheet_kind_count; k++) {
        const struct us_sheet_kind *kind = us_sheet_kinds[k];
        bool shown[US_RULES_MAX] = {0};
        size_t rules = 0;
        while (kind->rules[rules].key.len)
            rules++;
        for (size_t i = 0; i < CASES; i++) {
            if (!us_str_eq(kind->name, us_str_c(cases[i].kind))) continue;
            struct us_sheet table;
            struct us_csv_row row;
            case_open(x, i, &table, &row);
            for (size_t r = 0; r < rules; r++) {
                const struct us_cell_rule *rule = &kind->rules[r];
                size_t column = table.column_of[r];
                if (column == SIZE_MAX) continue;
                shown[r] = true;
                us_str name = table.names[column];
                if (rule->need == US_FILLED) {
                    us_str want = us_arena_fmt(
                        &x->a, "dead import.empty column=%.*s\n", US_ARG(name));
                    us_str got = exchanged(x, &table, &row, column, US_S(" "));
                    CHECK_AS(t, us_str_eq(got, want), fixture_name(x, want));
                }
                const char *reason = reason_of(rule->kind);
                if (!reason) continue;
                us_str want = us_arena_fmt(
                    &x->a, "dead import.%s column=%.*s text=?!", reason, US_ARG(name));
                us_str got = exchanged(x, &table, &row, column, US_S("?!"));
                CHECK_AS(t, us_str_has_prefix(got, want), fixture_name(x, want));
            }
            us_sheet_close(&table);
        }
        for (size_t r = 0; r < rules; r++)
            if (!shown[r])
                printf(
                    "# %.*s: %.*s\n", US_ARG(kind->name), US_ARG(kind->rules[r].key));
        bool all = true;
        for (size_t r = 0; r < rules; r++)
            all &= shown[r];
        CHECK_AS(t, rules && all, "every column of the kind stands in a case");
    }
}

/* The manual names every kind and every column. */
static void manual(struct us_tap *t, struct fixture *x)
{
    us_str text = {0};
    us_str path = us_arena_fmt(&x->a, "%s/docs/import.md", USHER_SOURCE);
    CHECK(t, us_file_read(path, 1 << 20, &x->a, &text, NULL) == US_OK);
    for (size_t k = 0; k < us_sheet_kind_count; k++) {
        const struct us_sheet_kind *kind = us_sheet_kinds[k];
        us_str begin = us_arena_fmt(&x->a, "\n| %.*s |", US_ARG(kind->name));
        us_str rest;
        us_str row = us_str_slice(text, us_str_find(text, begin) + 1, text.len);
        row = us_str_cut(row, '\n', &rest);
        bool named = row.len > 0;
        for (const struct us_cell_rule *r = kind->rules; r->key.len; r++) {
            us_str names = r->names;
            if (!kind->vendor || !names.len) names = r->key;
            while (names.len) {
                us_str name = us_str_cut(names, '|', &names);
                name = us_arena_fmt(&x->a, "`%.*s`", US_ARG(name));
                if (us_str_find(row, name) < row.len) continue;
                printf("# %.*s lacks %.*s\n", US_ARG(kind->name), US_ARG(name));
                named = false;
            }
        }
        CHECK_AS(t, named, us_arena_cstr(&x->a, kind->name));
    }
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    x.options.customers = fixture_file(
        &x, US_S("customer,account\ncus_1,a1\nada@b.co,a2\ncus_2,a3\n9001,acme\n"));
    kinds_read(&t, &x);
    every_rule(&t, &x);
    manual(&t, &x);
    unlink(us_arena_cstr(&x.a, x.options.customers));
    fixture_done(&x);
    return us_tap_done(&t);
}
