package definition

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"cairn/app/db"
	"cairn/assets"
	"cairn/assets/openassets"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Draft is a definition to be written and served here.
type Draft struct {
	// Assets are those it is for, all of one protocol; an id is known before its
	// first transaction is signed.
	Assets []assets.ID
	// Name is required; NameShort is made from it when empty.
	Name        string
	NameShort   string
	Description string
	Issuer      string
	// Terms are what the issuer promises to whoever holds a unit.
	Terms string
	// Type is "Voucher", "Ticket", "Share" or what else it is; may be empty.
	Type string
	// Divisibility is how many decimals are shown: 0 to 18, of Colu 0 to 7 as in
	// its id.
	Divisibility int
	// Picture is a JPEG, PNG or WebP file; nil for none, or for Kept, which KeepPicture
	// gave.
	Picture []byte
	Kept    [32]byte
}

// Published is a definition of ours, as an issue may point to it.
type Published struct {
	Hash    [32]byte
	Hash160 [20]byte
	// URL is where it is served for ever.
	URL string
	// Metadata is for the marker: "h" and the HASH160 in Open Assets; the info
	// hash of a torrent of the file and the SHA-256 in Colu.
	Metadata []byte
	Picture  [32]byte
	Terms    [32]byte
}

// Publish writes a definition and keeps it; the same draft gives the same. It is
// durable when Publish returns. Errors: ErrAsset, ErrName, ErrShortName, ErrText,
// ErrDivisibility, ErrPicture, and those of the database.
func (s *Service) Publish(ctx context.Context, d Draft) (p Published, err error) {
	if err := d.check(); err != nil {
		return Published{}, err
	}
	var kept []fileRecord
	if len(d.Picture) > 0 {
		picture, err := s.convert(ctx, d.Picture)
		if err != nil {
			return Published{}, err
		}
		p.Picture = fileOf(picture).hash
		kept = append(kept, s.record(picture, kindPicture))
	} else if d.Kept != [32]byte{} {
		if _, err := s.Picture(ctx, d.Kept); err != nil {
			return Published{}, fmt.Errorf("%w: %w", ErrPicture, err)
		}
		p.Picture = d.Kept
	}
	if d.Terms != "" {
		terms := []byte(text(d.Terms, MaxTerms))
		p.Terms = fileOf(terms).hash
		kept = append(kept, s.record(terms, kindTerms))
	}
	body, err := s.write(d, p)
	if err != nil {
		return Published{}, err
	}
	f := fileOf(body)
	p.Hash, p.Hash160, p.URL = f.hash, f.hash160, s.fileURL(f.hash)
	p.Metadata = metadataOf(d.Assets[0].Protocol, f)
	own := s.record(body, kindDefinition)
	own.Picture, own.Terms = optional(p.Picture), optional(p.Terms)
	kept = append(kept, own)
	err = s.db.Transact(ctx, func(tx *gorm.DB) error {
		for _, k := range kept {
			k.Ours = true
			if err := keep(tx, k); err != nil {
				return err
			}
		}
		return awaited(tx, d.Assets, s.now().Unix())
	})
	if err != nil {
		return Published{}, fmt.Errorf("keep a definition: %w", err)
	}
	s.wake()
	return p, nil
}

// KeepPicture takes a JPEG, PNG or WebP file for a definition to come, and gives the
// name under which it is served; one that no definition shows is thrown away after
// a month. Errors: ErrPicture, and those of the database.
func (s *Service) KeepPicture(ctx context.Context, raw []byte) (hash [32]byte, err error) {
	if len(raw) == 0 || len(raw) > MaxPicture {
		return hash, fmt.Errorf("%w: %d bytes, at most %d", ErrPicture, len(raw), MaxPicture)
	}
	picture, err := s.convert(ctx, raw)
	if err != nil {
		return hash, err
	}
	row := s.record(picture, kindPicture)
	row.Ours = true
	if err := s.db.Transact(ctx, func(tx *gorm.DB) error { return keep(tx, row) }); err != nil {
		return hash, fmt.Errorf("keep a picture: %w", err)
	}
	return [32]byte(row.Hash), nil
}

// awaited has what issues pointed to before it was written looked for again.
func awaited(tx *gorm.DB, ids []assets.ID, now int64) error {
	raws := make([][]byte, len(ids))
	for i, id := range ids {
		raws[i] = id.Raw()
	}
	return tx.Model(&pointerRecord{}).Where("asset IN ? AND state = ? AND why IN ?", raws, Unchecked, []Reason{Unknown, Torrent}).Update("next_at", now).Error
}

func (d Draft) check() error {
	if len(d.Assets) == 0 || len(d.Assets) > 100 {
		return fmt.Errorf("%w: %d", ErrAsset, len(d.Assets))
	}
	p := d.Assets[0].Protocol
	for _, a := range d.Assets {
		if a.Protocol != p || p != assets.OpenAssets && p != assets.Colu {
			return fmt.Errorf("%w: %s", ErrAsset, a)
		}
	}
	most := openassets.MaxDivisibility
	if p == assets.Colu {
		most = 7
	}
	switch {
	case line(d.Name, MaxName+1) == "" || utf8.RuneCountInString(d.Name) > MaxName:
		return ErrName
	case utf8.RuneCountInString(d.NameShort) > MaxShortName:
		return ErrShortName
	case utf8.RuneCountInString(d.Issuer) > MaxIssuer, utf8.RuneCountInString(d.Type) > MaxName,
		utf8.RuneCountInString(d.Description) > MaxDescription, utf8.RuneCountInString(d.Terms) > MaxTerms:
		return ErrText
	case d.Divisibility < 0 || d.Divisibility > most:
		return fmt.Errorf("%w: %d", ErrDivisibility, d.Divisibility)
	case len(d.Picture) > MaxPicture:
		return fmt.Errorf("%w: more than %d bytes", ErrPicture, MaxPicture)
	}
	return nil
}

// write makes the file.
func (s *Service) write(d Draft, p Published) ([]byte, error) {
	name := line(d.Name, MaxName)
	ids := make([]string, len(d.Assets))
	for i, a := range d.Assets {
		ids[i] = a.Text(s.cfg.Network)
	}
	var picture, terms string
	if p.Picture != [32]byte{} {
		picture = s.cfg.URL + PicturePath(p.Picture)
	}
	if p.Terms != [32]byte{} {
		terms = s.cfg.URL + TermsPath(p.Terms)
	}
	var body []byte
	var err error
	if d.Assets[0].Protocol == assets.OpenAssets {
		short := line(d.NameShort, MaxShortName)
		if short == "" {
			short = cut(name, MaxShortName)
		}
		body, err = openassets.Definition{
			AssetIDs: ids, NameShort: short, Name: name, ContractURL: terms, Issuer: line(d.Issuer, MaxIssuer),
			Description: text(d.Description, MaxDescription), DescriptionMIME: "text/plain", Type: line(d.Type, MaxName),
			Divisibility: d.Divisibility, IconURL: picture, ImageURL: picture,
		}.File()
	} else {
		body, err = json.MarshalIndent(d.colu(ids, name, picture, terms, p), "", "  ")
	}
	if err != nil {
		return nil, fmt.Errorf("write a definition: %w", err)
	}
	if len(body) > MaxFile {
		return nil, fmt.Errorf("%w: %d bytes in all", ErrText, len(body))
	}
	return body, nil
}

// colu is the file for an asset of Colu's.
func (d Draft) colu(ids []string, name, picture, terms string, p Published) coluFile {
	data := coluData{AssetName: name, Issuer: line(d.Issuer, MaxIssuer), Description: text(d.Description, MaxDescription)}
	if len(ids) == 1 {
		data.AssetID = ids[0]
	}
	if picture != "" {
		for _, name := range []string{"icon", "large_icon"} {
			data.URLs = append(data.URLs, coluURL{Name: name, URL: picture, MimeType: "image/jpeg", DataHash: hex.EncodeToString(p.Picture[:])})
		}
	}
	if terms != "" {
		data.URLs = append(data.URLs, coluURL{Name: "contract", URL: terms, MimeType: "text/plain", DataHash: hex.EncodeToString(p.Terms[:])})
	}
	if kind := line(d.Type, MaxName); kind != "" {
		data.UserData = &coluUser{Meta: []coluMeta{{Key: "type", Value: kind, Type: "String"}}}
	}
	return coluFile{data}
}

// metadataOf is what a marker carries to point to a file.
func metadataOf(p assets.Protocol, f file) []byte {
	if p == assets.OpenAssets {
		return append([]byte{'h'}, f.hash160[:]...)
	}
	info := sha1.Sum(torrentInfo(f))
	return append(info[:], f.hash[:]...)
}

// pieceLength is how torrents cut files up, in bytes.
const pieceLength = 16 << 10

// torrentInfo is the dictionary "info" of a torrent with this one file (BEP 3).
// Its SHA-1 is what Colu's markers carry.
func torrentInfo(f file) []byte {
	var pieces strings.Builder
	for rest := f.body; len(rest) > 0; {
		n := min(len(rest), pieceLength)
		sum := sha1.Sum(rest[:n])
		pieces.Write(sum[:])
		rest = rest[n:]
	}
	return []byte("d6:lengthi" + strconv.Itoa(len(f.body)) + "e4:name" + bencoded(hex.EncodeToString(f.hash[:])+".json") +
		"12:piece lengthi" + strconv.Itoa(pieceLength) + "e6:pieces" + bencoded(pieces.String()) + "e")
}

func bencoded(s string) string { return strconv.Itoa(len(s)) + ":" + s }

// Torrent is a torrent of a definition of ours, whose seed is this server (BEP
// 19). Errors: ErrNoFile.
func (s *Service) Torrent(ctx context.Context, hash [32]byte) ([]byte, error) {
	body, err := s.Body(ctx, hash)
	if err != nil {
		return nil, err
	}
	return []byte("d4:info" + string(torrentInfo(fileOf(body))) + "8:url-list" + bencoded(s.fileURL(hash)) + "e"), nil
}

// keep stores a file unless it is kept already; one that was fetched first
// becomes ours when it is written here too.
func keep(tx *gorm.DB, r fileRecord) error {
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error; err != nil {
		return db.Classify(err)
	}
	if !r.Ours {
		return nil
	}
	return tx.Model(&fileRecord{}).Where("hash = ? AND ours = ?", r.Hash, false).
		Updates(map[string]any{"ours": true, "picture": r.Picture, "terms": r.Terms}).Error
}
