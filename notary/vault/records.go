package vault

type itemRecord struct {
	ID          []byte `gorm:"primaryKey"`
	Account     []byte
	Digest      []byte
	Name        string
	Note        string
	Search      string
	GroupID     []byte
	KeptAt      int64
	CompleteAt  *int64
	BlockHeight *int64
	BlockTime   *int64
	Proof       []byte
	NextTryAt   int64
}

// TableName implements gorm's Tabler.
func (itemRecord) TableName() string { return "vault_items" }

type groupRecord struct {
	ID        []byte `gorm:"primaryKey"`
	Account   []byte
	Name      string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName implements gorm's Tabler.
func (groupRecord) TableName() string { return "vault_groups" }

type shareRecord struct {
	TokenHash []byte `gorm:"primaryKey"`
	ID        []byte
	Account   []byte
	ItemID    []byte
	GroupID   []byte
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt *int64
}

// TableName implements gorm's Tabler.
func (shareRecord) TableName() string { return "vault_shares" }
