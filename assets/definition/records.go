package definition

import (
	"time"

	"cairn/assets"
)

// The kinds of files that are kept.
const (
	kindDefinition = "definition"
	kindPicture    = "picture"
	kindTerms      = "terms"
)

type fileRecord struct {
	Hash      []byte `gorm:"primaryKey"`
	Hash160   []byte `gorm:"column:hash160"`
	Kind      string
	Body      []byte
	Ours      bool
	Picture   []byte
	Terms     []byte
	MadeAt    int64
	StampedAt *int64
}

func (fileRecord) TableName() string { return "definition_files" }

// record is a file to be kept.
func (s *Service) record(body []byte, kind string) fileRecord {
	f := fileOf(body)
	return fileRecord{Hash: f.hash[:], Hash160: f.hash160[:], Kind: kind, Body: body, MadeAt: s.now().Unix()}
}

type pointerRecord struct {
	Protocol     assets.Protocol `gorm:"primaryKey;autoIncrement:false"`
	Asset        []byte          `gorm:"primaryKey"`
	Pointer      []byte          `gorm:"primaryKey"`
	State        State
	Why          Reason
	File         []byte
	Picture      []byte
	Name         string
	NameShort    string
	Sought       string
	Divisibility int
	Owner        string
	Authentic    bool
	Versions     int
	Failures     int
	SeenAt       int64
	AskedAt      *int64
	AnsweredAt   *int64
	DeadSince    *int64
	NextAt       *int64
}

func (pointerRecord) TableName() string { return "definition_pointers" }

type versionRecord struct {
	Protocol assets.Protocol `gorm:"primaryKey;autoIncrement:false"`
	Asset    []byte          `gorm:"primaryKey"`
	Pointer  []byte          `gorm:"primaryKey"`
	File     []byte          `gorm:"primaryKey"`
	SeenAt   int64
}

func (versionRecord) TableName() string { return "definition_versions" }

// optional is a hash as it is stored, nil for none.
func optional(hash [32]byte) []byte {
	if hash == [32]byte{} {
		return nil
	}
	return hash[:]
}

// hashOf undoes optional; anything but 32 bytes is none.
func hashOf(stored []byte) (hash [32]byte) {
	if len(stored) == len(hash) {
		copy(hash[:], stored)
	}
	return hash
}

func moment(at *int64) time.Time {
	if at == nil {
		return time.Time{}
	}
	return time.Unix(*at, 0).UTC()
}
