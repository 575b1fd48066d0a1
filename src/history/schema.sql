-- History: what docs/schema.md explains. The order of columns is that of the enums and
-- tables in load*.c; a change here, or of what rows mean, raises CORE_SCHEMA_VERSION in
-- core.h.

CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR);
CREATE TABLE counts (kind VARCHAR NOT NULL, lines BIGINT NOT NULL);

CREATE TABLE names (id UINTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE sources (id UINTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE people (id UINTEGER NOT NULL, key VARCHAR NOT NULL,
    identified BOOLEAN NOT NULL, internal BOOLEAN NOT NULL);
CREATE TABLE accounts (id UINTEGER NOT NULL, key VARCHAR NOT NULL,
    internal BOOLEAN NOT NULL);
CREATE TABLE property_columns (name VARCHAR NOT NULL, path VARCHAR NOT NULL,
    kind VARCHAR NOT NULL);

CREATE TABLE events (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, account UINTEGER,
    person UINTEGER, usr UINTEGER, anon UINTEGER, grp UINTEGER, name UINTEGER,
    source UINTEGER, skewed BOOLEAN, line UBIGINT);
CREATE TABLE event_spans (seq BIGINT, from_known TIMESTAMP, to_known TIMESTAMP,
    person UINTEGER, account UINTEGER);

CREATE TABLE traits (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, undated BOOLEAN,
    account UINTEGER, person UINTEGER, key VARCHAR, value VARCHAR);

CREATE TABLE links_made (seq BIGINT, known TIMESTAMP, kind VARCHAR, from_id UINTEGER,
    to_id UINTEGER);
CREATE TABLE undos (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, link BIGINT);

CREATE TABLE payments (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, account UINTEGER,
    amount DECIMAL(18, 6), currency VARCHAR, status VARCHAR, method VARCHAR,
    channel VARCHAR, every VARCHAR, quantity DECIMAL(18, 6), plan VARCHAR,
    tax DECIMAL(18, 6), invoice_id VARCHAR, payment_id VARCHAR, period_start TIMESTAMP,
    period_end TIMESTAMP, months BIGINT);
CREATE TABLE deals (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, deal_id VARCHAR,
    account UINTEGER, created TIMESTAMP, first_touch TIMESTAMP, stage VARCHAR,
    stage_at TIMESTAMP, amount DECIMAL(18, 6), arr DECIMAL(18, 6), type VARCHAR,
    channel VARCHAR, owner VARCHAR, source VARCHAR, lost_reason VARCHAR);
CREATE TABLE activities (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, activity_id VARCHAR,
    account UINTEGER, contact VARCHAR, kind VARCHAR, direction VARCHAR, owner VARCHAR,
    subject VARCHAR);
CREATE TABLE contacts (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, email VARCHAR,
    account UINTEGER, name VARCHAR, title VARCHAR, role VARCHAR, source VARCHAR,
    consent VARCHAR, created TIMESTAMP);
CREATE TABLE mqls (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, contact VARCHAR,
    account UINTEGER, source VARCHAR);
CREATE TABLE companies (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, company UINTEGER,
    account UINTEGER, domain VARCHAR, name VARCHAR, crm_id VARCHAR);
CREATE TABLE letters (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, file VARCHAR,
    line BIGINT, byte BIGINT, reason VARCHAR, message JSON, source VARCHAR);
CREATE TABLE retries (seq BIGINT, known TIMESTAMP, letter BIGINT);
CREATE TABLE imports (seq BIGINT, happened TIMESTAMP, known TIMESTAMP, file VARCHAR,
    lines BIGINT, added BIGINT, duplicates BIGINT, message JSON);
