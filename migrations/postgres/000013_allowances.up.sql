-- Free allowances by the generic cell rate algorithm (GCRA): for each key one
-- number, the theoretical arrival time in microseconds since 1970. A row whose
-- time has passed says the same as no row.
CREATE TABLE allowances (
    "key"  TEXT   PRIMARY KEY,
    tat_us BIGINT NOT NULL
);
CREATE INDEX allowances_by_tat ON allowances (tat_us);
