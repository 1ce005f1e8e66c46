DROP TABLE vault_shares;
DROP TABLE vault_items;
DROP TABLE vault_groups;
