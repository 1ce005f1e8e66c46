DROP TABLE ticket_spends;
DROP TABLE ticket_issues;
DROP TABLE ticket_keys;
