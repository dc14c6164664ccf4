CREATE TABLE user_users (
    id       INTEGER PRIMARY KEY,
    username TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    password TEXT    NOT NULL,
    role     INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2),
    frozen   INTEGER NOT NULL DEFAULT 0 CHECK (frozen IN (0, 1)),
    balance  INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0),
    entries  INTEGER NOT NULL DEFAULT 0,
    created  INTEGER NOT NULL
) STRICT;

CREATE TABLE user_addresses (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    content    TEXT    NOT NULL
) STRICT;
CREATE INDEX user_addresses_of_user ON user_addresses (user_id, id);
-- At most one default a user.
CREATE UNIQUE INDEX user_addresses_default ON user_addresses (user_id) WHERE is_default = 1;

-- Every movement of money, never changed. The balance is their sum.
CREATE TABLE user_entries (
    user_id   INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2), -- 0 credit, 1 debit, 2 refund
    amount    INTEGER NOT NULL CHECK (amount >= 0),
    balance   INTEGER NOT NULL CHECK (balance >= 0),         -- after this entry
    pay_order INTEGER,
    by_user   INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

-- How each attempt at a debit ended; decided once, for ever.
CREATE TABLE user_debits (
    pay_order INTEGER NOT NULL,
    attempt   INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount >= 0),
    outcome   INTEGER NOT NULL,                              -- 0 debited, else why not
    at        INTEGER NOT NULL,
    PRIMARY KEY (pay_order, attempt)
) STRICT, WITHOUT ROWID;
-- At most one live debit a pay order, whatever anybody asks for.
CREATE UNIQUE INDEX user_debits_live ON user_debits (pay_order) WHERE outcome = 0;

-- At most one refund a pay order.
CREATE TABLE user_refunds (
    pay_order INTEGER PRIMARY KEY,
    user_id   INTEGER NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount >= 0),
    at        INTEGER NOT NULL
) STRICT;

-- What staff did to accounts.
CREATE TABLE user_records (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    by_user INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    action  TEXT    NOT NULL,
    reason  TEXT    NOT NULL
) STRICT;
