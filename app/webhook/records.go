package webhook

type endpointRecord struct {
	ID         []byte `gorm:"primaryKey"`
	Account    []byte
	URL        string `gorm:"column:url"`
	Secret     []byte
	Failures   int64
	RestsUntil int64
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
}

// TableName implements gorm's Tabler.
func (endpointRecord) TableName() string { return "webhook_endpoints" }

type deliveryRecord struct {
	ID           []byte `gorm:"primaryKey"`
	EndpointID   []byte
	Event        string
	Body         []byte
	State        State
	Attempts     int64
	NextAt       int64
	Claim        []byte
	ClaimedUntil int64
	LastStatus   int64
	LastError    string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	SettledAt    *int64
}

// TableName implements gorm's Tabler.
func (deliveryRecord) TableName() string { return "webhook_deliveries" }
