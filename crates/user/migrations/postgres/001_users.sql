CREATE TABLE user_users (
    id       BIGINT   PRIMARY KEY,
    username TEXT     COLLATE "C" NOT NULL,
    password TEXT     NOT NULL,
    role     SMALLINT NOT NULL CHECK (role BETWEEN 0 AND 2),
    frozen   BOOLEAN  NOT NULL DEFAULT false,
    balance  BIGINT   NOT NULL DEFAULT 0 CHECK (balance >= 0),
    entries  BIGINT   NOT NULL DEFAULT 0,
    created  BIGINT   NOT NULL
);
-- By the collation "C", only ASCII letters are one in both cases.
CREATE UNIQUE INDEX user_users_name ON user_users (lower(username));

CREATE TABLE user_addresses (
    id         BIGINT  PRIMARY KEY,
    user_id    BIGINT  NOT NULL,
    is_default BOOLEAN NOT NULL,
    content    TEXT    NOT NULL
);
CREATE INDEX user_addresses_of_user ON user_addresses (user_id, id);
-- At most one default a user.
CREATE UNIQUE INDEX user_addresses_default ON user_addresses (user_id) WHERE is_default;

-- Every movement of money, never changed. The balance is their sum.
CREATE TABLE user_entries (
    user_id   BIGINT   NOT NULL,
    seq       BIGINT   NOT NULL,
    at        BIGINT   NOT NULL,
    kind      SMALLINT NOT NULL CHECK (kind BETWEEN 0 AND 2), -- 0 credit, 1 debit, 2 refund
    amount    BIGINT   NOT NULL CHECK (amount >= 0),
    balance   BIGINT   NOT NULL CHECK (balance >= 0),         -- after this entry
    pay_order BIGINT,
    by_user   BIGINT   NOT NULL,
    reason    TEXT     NOT NULL,
    PRIMARY KEY (user_id, seq)
);

-- How each attempt at a debit ended; decided once, for ever.
CREATE TABLE user_debits (
    pay_order BIGINT   NOT NULL,
    attempt   BIGINT   NOT NULL,
    user_id   BIGINT   NOT NULL,
    amount    BIGINT   NOT NULL CHECK (amount >= 0),
    outcome   SMALLINT NOT NULL,                              -- 0 debited, else why not
    at        BIGINT   NOT NULL,
    PRIMARY KEY (pay_order, attempt)
);
-- At most one live debit a pay order, whatever anybody asks for.
CREATE UNIQUE INDEX user_debits_live ON user_debits (pay_order) WHERE outcome = 0;

-- At most one refund a pay order.
CREATE TABLE user_refunds (
    pay_order BIGINT PRIMARY KEY,
    user_id   BIGINT NOT NULL,
    amount    BIGINT NOT NULL CHECK (amount >= 0),
    at        BIGINT NOT NULL
);

-- What staff did to accounts.
CREATE TABLE user_records (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      BIGINT NOT NULL,
    by_user BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    action  TEXT   NOT NULL,
    reason  TEXT   NOT NULL
);
