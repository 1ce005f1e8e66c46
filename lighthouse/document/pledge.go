package document

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// Pledge is a pledge as it is handed in: in a file of Cairn, as transactions that
// consist of the pledge alone, or as PSBTs (see ReadPledge). What is not in a
// file of Cairn is not known.
type Pledge struct {
	// Network, Campaign and Revision are empty but for files of Cairn.
	Network  chain.Network
	Campaign lighthouse.ID
	Revision int
	// Outpoint and Coin are what the file says of the coin, for a node to
	// confirm; Coin is zero where nothing does.
	Outpoint wire.OutPoint
	Coin     contract.Coin
	// Height is a block the coin is not older than, where the file says so.
	Height int32
	// Signed are what is signed, one for each level.
	Signed []Signed
	// Previous is the transaction that made the coin; nil for unknown.
	Previous *wire.MsgTx
	// Refund sends the coin home after the date; nil for none.
	Refund        *wire.MsgTx
	Name, Message string
	MadeAt        time.Time
}

// Signed is one signed form of a pledge.
type Signed struct {
	// Contract is what the file says it is for; zero for unknown.
	Contract contract.ID
	tx       *wire.MsgTx
	psbt     []byte
}

// Tx is the transaction that consists of the pledge alone. coin is what it
// spends, by the caller's knowledge. Errors: contract.ErrPSBT,
// contract.ErrScriptType, and what coin returns.
func (s Signed) Tx(coin func(wire.OutPoint) (contract.Coin, error)) (*wire.MsgTx, error) {
	if s.tx != nil {
		return s.tx, nil
	}
	return contract.FromPSBT(s.psbt, coin)
}

// Raw is the transaction or the PSBT as bytes.
func (s Signed) Raw() []byte {
	if s.tx == nil {
		return s.psbt
	}
	raw, _ := hex.DecodeString(encodeTx(s.tx))
	return raw
}

type pledgeFile struct {
	head
	Network  chain.Network  `json:"network"`
	Campaign string         `json:"campaign"`
	Revision int            `json:"revision"`
	Outpoint string         `json:"outpoint"`
	Value    btcutil.Amount `json:"value"`
	Script   string         `json:"script"`
	Height   int32          `json:"height,omitempty"`
	Signed   []signedFile   `json:"signed"`
	Previous string         `json:"previous,omitempty"`
	Refund   string         `json:"refund,omitempty"`
	Name     string         `json:"name,omitempty"`
	Message  string         `json:"message,omitempty"`
	MadeAt   *time.Time     `json:"made_at,omitempty"`
}

type signedFile struct {
	Contract string `json:"contract"`
	Tx       string `json:"tx"`
}

// WritePledge writes a pledge's file. It needs no signature but those of the
// coin itself. c must have the contracts of all levels that are signed. Errors:
// ErrContents.
func WritePledge(network chain.Network, c lighthouse.Campaign, p lighthouse.Pledge) ([]byte, error) {
	at := second(p.At)
	f := pledgeFile{
		head: head{PledgeFile, Version}, Network: network, Campaign: c.ID.String(), Revision: c.Terms.Revision,
		Outpoint: p.Outpoint.String(), Value: p.Coin.Value, Script: hex.EncodeToString(p.Coin.Script), Height: p.Created.Height,
		Name: p.Name, Message: p.Message, MadeAt: &at,
	}
	for i, l := range c.Terms.Levels {
		signed, ok := p.Signed[i]
		if !ok {
			continue
		}
		if l.Contract == nil {
			return nil, fmt.Errorf("%w: level %d has no contract", ErrContents, i)
		}
		id := l.Contract.ID()
		f.Signed = append(f.Signed, signedFile{hex.EncodeToString(id[:]), encodeTx(l.Contract.Alone(signed))})
	}
	if len(f.Signed) == 0 {
		return nil, fmt.Errorf("%w: the pledge signs nothing", ErrContents)
	}
	if p.Refund != nil {
		f.Refund = encodeTx(p.Refund)
	}
	line, err := marshal(f)
	return append(line, '\n'), err
}

// readPledgeFile reads a pledge's file. Errors: ErrFile, ErrVersion, ErrSize,
// ErrSigned, ErrContents.
func readPledgeFile(raw []byte) (Pledge, error) {
	var f pledgeFile
	if _, err := open(PledgeFile, raw, &f); err != nil {
		return Pledge{}, err
	}
	p := Pledge{
		Network: f.Network, Revision: f.Revision, Coin: contract.Coin{Value: f.Value}, Height: f.Height, Name: f.Name, Message: f.Message,
	}
	if f.MadeAt != nil {
		p.MadeAt = *f.MadeAt
	}
	var err error
	if p.Campaign, err = lighthouse.ParseID(f.Campaign); err != nil {
		return Pledge{}, err
	}
	if p.Outpoint, err = ParseOutpoint(f.Outpoint); err != nil {
		return Pledge{}, err
	}
	if p.Coin.Script, err = hex.DecodeString(f.Script); err != nil {
		return Pledge{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if len(f.Signed) == 0 || len(f.Signed) > maxLevels {
		return Pledge{}, fmt.Errorf("%w: it is signed for %d levels", ErrContents, len(f.Signed))
	}
	for _, one := range f.Signed {
		var s Signed
		if err := fixed(s.Contract[:], one.Contract); err != nil {
			return Pledge{}, err
		}
		if s.tx, err = decodeTx(one.Tx); err != nil {
			return Pledge{}, err
		}
		if len(s.tx.TxIn) != 1 || s.tx.TxIn[0].PreviousOutPoint != p.Outpoint {
			return Pledge{}, fmt.Errorf("%w: what is signed spends another coin", ErrContents)
		}
		p.Signed = append(p.Signed, s)
	}
	if f.Refund != "" {
		if p.Refund, err = decodeTx(f.Refund); err != nil {
			return Pledge{}, err
		}
	}
	return p, p.readPrevious(f.Previous)
}

// readPrevious reads the transaction that made the coin, which proves what the
// file says of it.
func (p *Pledge) readPrevious(text string) (err error) {
	if text == "" {
		return nil
	}
	if p.Previous, err = decodeTx(text); err != nil {
		return err
	}
	index := int(p.Outpoint.Index)
	if p.Previous.TxHash() != p.Outpoint.Hash || index >= len(p.Previous.TxOut) {
		return fmt.Errorf("%w: the coin is not of that transaction", ErrContents)
	}
	out := p.Previous.TxOut[index]
	if btcutil.Amount(out.Value) != p.Coin.Value || string(out.PkScript) != string(p.Coin.Script) {
		return fmt.Errorf("%w: the coin is another one in its transaction", ErrContents)
	}
	return nil
}

// ParseOutpoint reads "txid:index". Errors: ErrFile.
func ParseOutpoint(text string) (at wire.OutPoint, err error) {
	txid, index, _ := strings.Cut(text, ":")
	if len(txid) != chainhash.MaxHashStringSize {
		return at, fmt.Errorf("%w: %.100q is no coin", ErrFile, text)
	}
	hash, err := chainhash.NewHashFromStr(txid)
	if err != nil {
		return at, fmt.Errorf("%w: %w", ErrFile, err)
	}
	n, err := strconv.ParseUint(index, 10, 32)
	if err != nil {
		return at, fmt.Errorf("%w: %.100q is no coin", ErrFile, text)
	}
	return wire.OutPoint{Hash: *hash, Index: uint32(n)}, nil
}

// For says whether a pledge is one for a campaign, level by level, given the coin
// it spends. That the coin exists and is unspent is not looked at, nor whether
// there is room. rand gives 32 bytes for each level. Errors: ErrOther, and the
// kinds of package contract.
func (p Pledge) For(c Campaign, coin contract.Coin, rand io.Reader) (map[int]contract.Pledge, contract.Kind, error) {
	if p.Campaign != (lighthouse.ID{}) && (p.Campaign != c.Campaign.ID || p.Network != c.Network) {
		return nil, "", fmt.Errorf("%w: %s on %s", ErrOther, p.Campaign, p.Network)
	}
	signed := make(map[int]contract.Pledge, len(p.Signed))
	var kind contract.Kind
	for _, s := range p.Signed {
		tx, err := s.Tx(func(wire.OutPoint) (contract.Coin, error) { return coin, nil })
		if err != nil {
			return nil, "", err
		}
		level, own, err := levelOf(c.Campaign.Terms, tx)
		if err != nil {
			return nil, "", err
		}
		if p.Outpoint != (wire.OutPoint{}) && own.OutPoint != p.Outpoint {
			return nil, "", fmt.Errorf("%w: it spends another coin in level %d", ErrContents, level)
		}
		rules := contract.Rules{Least: c.Campaign.Terms.Least, Firm: firmOf(c.Campaign.Terms, own), Rand: rand}
		if kind, err = c.Campaign.Terms.Levels[level].Contract.Check(own, coin, rules); err != nil {
			return nil, "", fmt.Errorf("level %d: %w", level, err)
		}
		if _, twice := signed[level]; twice {
			return nil, "", fmt.Errorf("%w: level %d is signed twice", ErrContents, level)
		}
		signed[level] = own
	}
	if t := c.Campaign.Terms; t.Multiple > 0 && coin.Value%t.Multiple != 0 {
		return nil, "", fmt.Errorf("%w: %d sat, one share is %d", lighthouse.ErrMultiple, int64(coin.Value), int64(t.Multiple))
	}
	if p.Refund != nil {
		if err := contract.CheckRefund(p.Refund, p.Outpoint, coin, c.Campaign.Terms.RefundHeight()); err != nil {
			return nil, "", err
		}
	}
	return signed, kind, nil
}

// Levels are by level of a campaign what is signed for it, as transactions or
// PSBTs; whether the signatures hold is not looked at. Errors: ErrContents, and
// what contract.Open says of the goal.
func (p Pledge) Levels(t lighthouse.Terms) (map[int][]byte, error) {
	signed := make(map[int][]byte, len(p.Signed))
	for _, s := range p.Signed {
		tx, err := s.Tx(func(wire.OutPoint) (contract.Coin, error) { return p.Coin, nil })
		if err != nil {
			return nil, err
		}
		level, _, err := levelOf(t, tx)
		if err != nil {
			return nil, err
		}
		if signed[level] != nil {
			return nil, fmt.Errorf("%w: level %d is signed twice", ErrContents, level)
		}
		signed[level] = s.Raw()
	}
	return signed, nil
}

// levelOf finds the level whose contract a transaction signs. Errors: what is
// wrong with it for the goal.
func levelOf(t lighthouse.Terms, tx *wire.MsgTx) (int, contract.Pledge, error) {
	var first error
	for i, l := range t.Levels {
		if l.Contract == nil {
			continue
		}
		own, err := l.Contract.Open(tx)
		if err == nil {
			return i, own, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = fmt.Errorf("%w: it has no contract yet", ErrOther)
	}
	return 0, contract.Pledge{}, first
}

// firmOf is the form a firm pledge of this campaign must have; nil where there
// are none, or this is not one.
func firmOf(t lighthouse.Terms, p contract.Pledge) *contract.Firm {
	owner := contract.FirmOwner(p)
	if owner == nil || len(t.Keeper) == 0 {
		return nil
	}
	keeper, err := btcec.ParsePubKey(t.Keeper)
	if err != nil {
		return nil
	}
	return &contract.Firm{Owner: owner, Keeper: keeper, Until: t.RefundHeight()}
}
