DROP TABLE notary_state;
DROP TABLE upstream_stamps;
DROP TABLE anchor_attempts;
DROP TABLE anchors;
DROP TABLE proofs;
DROP TABLE commitments;
DROP TABLE calendar_head;
