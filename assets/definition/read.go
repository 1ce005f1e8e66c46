package definition

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"cairn/app/db"
	"cairn/assets"
)

// Of is what an asset says of itself, where metadata is what its issues carry in
// the chain (the last that is not empty counts). A pointer in the asset's own
// script comes before that. It never asks anybody: what is not known yet is
// Unchecked.
func (s *Service) Of(ctx context.Context, asset assets.ID, metadata []byte) (Definition, error) {
	fixed, err := s.fixedOf(ctx, []assets.ID{asset})
	if err != nil {
		return Definition{}, err
	}
	if r, is := fixed[asset]; is {
		metadata = r.Pointer
	}
	if len(metadata) == 0 {
		return Definition{Asset: asset, State: Missing}, nil
	}
	p := read(asset.Protocol, metadata)
	if len(fixed) > 0 {
		p = readStored(asset.Protocol, metadata)
	}
	d := Definition{Asset: asset, State: Unchecked, Why: p.why, Pointer: p.text(), Pinned: p.pinned(), Fixed: p.fixed}
	if p.why == Opaque || p.why == Address {
		d.State = Refused
	}
	if p.why == Opaque {
		return d, nil
	}
	var rows []pointerRecord
	err = s.db.Read(ctx).Where("protocol = ? AND asset = ? AND pointer = ?", asset.Protocol, asset.Raw(), metadata).Limit(1).Find(&rows).Error
	if err != nil {
		return Definition{}, fmt.Errorf("read a definition: %w", db.Classify(err))
	}
	var hash [32]byte
	if len(rows) > 0 {
		rows[0].onto(&d)
		hash = hashOf(rows[0].File)
	}
	if hash == [32]byte{} {
		body, err := s.here(ctx, p) // issued a moment ago
		if err != nil {
			return Definition{}, err
		}
		if body == nil {
			return d, nil
		}
		hash = fileOf(body).hash
		d.State, d.Why = Archived, NoReason
	}
	return s.fill(ctx, d, p.of(asset), hash)
}

// fixedOf are those assets whose own scripts carry a pointer, with what became of
// it. As the id is that of the script, there is one for each.
func (s *Service) fixedOf(ctx context.Context, ids []assets.ID) (map[assets.ID]pointerRecord, error) {
	var raws [][]byte
	for _, id := range ids {
		if id.Protocol == assets.OpenAssets {
			raws = append(raws, id.Raw())
		}
	}
	if len(raws) == 0 {
		return nil, nil
	}
	behind := bytes.Clone(fixedMark)
	behind[len(behind)-1]++
	var rows []pointerRecord
	err := s.db.Read(ctx).Where("protocol = ? AND asset IN ? AND pointer >= ? AND pointer < ?", assets.OpenAssets, raws, fixedMark, behind).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the pointers of scripts: %w", db.Classify(err))
	}
	fixed := make(map[assets.ID]pointerRecord, len(rows))
	for _, r := range rows {
		id, err := assets.NewID(r.Protocol, r.Asset)
		if err != nil {
			return nil, fmt.Errorf("%w: definition of %x: %w", db.ErrCorrupt, r.Asset, err)
		}
		fixed[id] = r
	}
	return fixed, nil
}

// onto tells what is known of the pointer.
func (r pointerRecord) onto(d *Definition) {
	d.State, d.Why, d.Name, d.NameShort, d.Divisibility = r.State, r.Why, r.Name, r.NameShort, r.Divisibility
	d.Picture, d.Hash = hashOf(r.Picture), hashOf(r.File)
	d.Authentic, d.Subject, d.Versions = r.Authentic, r.Owner, r.Versions
	d.SeenAt, d.AskedAt, d.AnsweredAt, d.DeadSince = moment(&r.SeenAt), moment(r.AskedAt), moment(r.AnsweredAt), moment(r.DeadSince)
}

// fill adds what the file says, which has to name an asset.
func (s *Service) fill(ctx context.Context, d Definition, named assets.ID, hash [32]byte) (Definition, error) {
	var r fileRecord
	if err := s.db.Read(ctx).Where("hash = ?", hash[:]).Take(&r).Error; err != nil {
		return Definition{}, fmt.Errorf("read definition %x: %w", hash, db.Classify(err))
	}
	f := fileOf(r.Body)
	if f.hash != hash {
		return Definition{}, fmt.Errorf("%w: definition %x", db.ErrCorrupt, hash)
	}
	c, why := parse(r.Body, named, s.cfg.Network)
	if why != NoReason { // that of another asset, under the hash in the chain
		d.State, d.Why, d.Hash = Refused, why, [32]byte{}
		return d, nil
	}
	d.Hash, d.Hash160, d.Ours, d.StampedAt = f.hash, f.hash160, r.Ours, moment(r.StampedAt)
	d.Name, d.NameShort, d.Description, d.Issuer, d.Type, d.Divisibility = c.name, c.nameShort, c.description, c.issuer, c.kind, c.divisibility
	d.Contract, d.Website = c.contract, c.website
	if d.Picture == [32]byte{} {
		d.Picture = hashOf(r.Picture)
	}
	if r.Ours {
		d.Terms = hashOf(r.Terms)
	}
	return d, nil
}

// Asked is an asset with its metadata, as for Of.
type Asked struct {
	Asset    assets.ID
	Metadata []byte
}

// Brief is Of for many at once, in their order, with what lists show alone:
// state, names, divisibility, picture.
func (s *Service) Brief(ctx context.Context, asked []Asked) ([]Definition, error) {
	ids := make([]assets.ID, len(asked))
	for i, a := range asked {
		ids[i] = a.Asset
	}
	fixed, err := s.fixedOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Definition, len(asked))
	raws := make([][]byte, 0, len(asked))
	for i, a := range asked {
		p := read(a.Asset.Protocol, a.Metadata)
		out[i] = Definition{Asset: a.Asset, State: Unchecked, Why: p.why, Pointer: p.text(), Pinned: p.pinned()}
		if len(a.Metadata) == 0 {
			out[i].State = Missing
		} else {
			raws = append(raws, a.Asset.Raw())
		}
	}
	if len(raws) == 0 && len(fixed) == 0 {
		return out, nil
	}
	var rows []pointerRecord
	if err := s.db.Read(ctx).Where("asset IN ?", raws).Where("protocol IN ?", protocolsOf(asked)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read definitions: %w", db.Classify(err))
	}
	type key struct{ asset, pointer string }
	by := make(map[key]pointerRecord, len(rows))
	for _, r := range rows {
		id, err := assets.NewID(r.Protocol, r.Asset)
		if err != nil {
			return nil, fmt.Errorf("%w: definition of %x: %w", db.ErrCorrupt, r.Asset, err)
		}
		by[key{id.String(), string(r.Pointer)}] = r
	}
	for i, a := range asked {
		if r, ok := by[key{a.Asset.String(), string(a.Metadata)}]; ok {
			r.onto(&out[i])
		}
		if r, is := fixed[a.Asset]; is {
			p := readStored(r.Protocol, r.Pointer)
			out[i] = Definition{Asset: a.Asset, Pointer: p.text(), Pinned: p.pinned(), Fixed: true}
			r.onto(&out[i])
		}
	}
	return out, nil
}

// protocolsOf are those of some assets; never none.
func protocolsOf(asked []Asked) (out []int) {
	seen := map[assets.Protocol]bool{}
	for _, a := range asked {
		if !seen[a.Asset.Protocol] {
			seen[a.Asset.Protocol] = true
			out = append(out, int(a.Asset.Protocol))
		}
	}
	return out
}

// Find lists assets whose name, short name or issuer has the text in it, case
// aside, at most limit.
func (s *Service) Find(ctx context.Context, text string, limit int) ([]assets.ID, error) {
	text = strings.ToLower(line(text, MaxName))
	if text == "" {
		return nil, nil
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
	var rows []pointerRecord
	err := s.db.Read(ctx).Select("protocol", "asset").Where(`sought LIKE ? ESCAPE '\'`, pattern).Order("seen_at DESC, asset").Limit(2 * limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for an asset by its name: %w", db.Classify(err))
	}
	return distinct(rows, limit)
}

// WithFile lists assets whose definition has a hash, of SHA-256 or the one that Open
// Assets uses, at most limit.
func (s *Service) WithFile(ctx context.Context, hash []byte, limit int) ([]assets.ID, error) {
	query := s.db.Read(ctx).Select("protocol", "asset").Order("seen_at DESC, asset").Limit(limit)
	switch len(hash) {
	case 32:
		query = query.Where("file = ?", hash)
	case 20:
		query = query.Where("file = (SELECT hash FROM definition_files WHERE hash160 = ? AND kind = ?)", hash, kindDefinition)
	default:
		return nil, nil
	}
	var rows []pointerRecord
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look for an asset by its definition: %w", db.Classify(err))
	}
	return distinct(rows, limit)
}

// distinct are the assets of pointers, each once, at most limit.
func distinct(rows []pointerRecord, limit int) (out []assets.ID, err error) {
	seen := map[assets.ID]bool{}
	for _, r := range rows {
		id, err := assets.NewID(r.Protocol, r.Asset)
		if err != nil {
			return nil, fmt.Errorf("%w: definition of %x: %w", db.ErrCorrupt, r.Asset, err)
		}
		if !seen[id] && len(out) < limit {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out, nil
}

// Body is a definition as it came. Errors: ErrNoFile.
func (s *Service) Body(ctx context.Context, hash [32]byte) ([]byte, error) {
	return s.body(ctx, kindDefinition, "hash = ?", hash[:])
}

// BodyByHash160 is the same by the hash that Open Assets uses. Errors: ErrNoFile.
func (s *Service) BodyByHash160(ctx context.Context, hash [20]byte) ([]byte, error) {
	return s.body(ctx, kindDefinition, "hash160 = ?", hash[:])
}

// Picture is a JPEG. Errors: ErrNoFile.
func (s *Service) Picture(ctx context.Context, hash [32]byte) ([]byte, error) {
	return s.body(ctx, kindPicture, "hash = ?", hash[:])
}

// Terms are plain text, UTF-8. Errors: ErrNoFile.
func (s *Service) Terms(ctx context.Context, hash [32]byte) ([]byte, error) {
	return s.body(ctx, kindTerms, "hash = ?", hash[:])
}

func (s *Service) body(ctx context.Context, kind, where string, key []byte) ([]byte, error) {
	var rows []fileRecord
	if err := s.db.Read(ctx).Select("body").Where("kind = ?", kind).Where(where, key).Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read a file: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return nil, ErrNoFile
	}
	return rows[0].Body, nil
}
