DROP TABLE claim_bumps;
DROP TABLE claim_wishes;
DROP TABLE claim_attempts;
DROP TABLE claims;
