package web

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/templates/pledge"

	"github.com/btcsuite/btcd/wire"
)

// walletPledge is what the wallet in the page hands in. Signed are raw
// transactions in hexadecimal, that of level Match first.
type walletPledge struct {
	Revision int      `json:"revision"`
	Match    int      `json:"match"`
	Signed   []string `json:"signed"`
	Refund   string   `json:"refund"`
	Funding  string   `json:"funding"`
	Script   string   `json:"script"`
	Height   int32    `json:"height"`
	Name     string   `json:"name"`
	Message  string   `json:"message"`
}

// pledgeByWallet takes a pledge from the wallet in the page. It answers where the
// pledge's own page is.
func (s *Server) pledgeByWallet(c Ctx, campaign lighthouse.Campaign) error {
	var body walletPledge
	if err := json.NewDecoder(c.Request().Body).Decode(&body); err != nil {
		return badForm(err)
	}
	script, err := hex.DecodeString(body.Script)
	if err != nil {
		return ErrForm
	}
	submission := pledges.Submission{
		Campaign: campaign.ID, Revision: body.Revision, Signed: make(map[int][]byte, len(body.Signed)),
		Refund: []byte(body.Refund), Funding: []byte(body.Funding), Script: script, Height: body.Height,
		Name: body.Name, Message: body.Message, Door: lighthouse.ByWallet, Client: clientOf(c.RealIP()),
	}
	for n, signed := range body.Signed {
		submission.Signed[body.Match+n] = []byte(signed)
	}
	_, key, err := s.deps.Pledges.Pledges.Submit(c.Request().Context(), submission)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, map[string]string{"path": pledge.Path(key) + "?new=1", "key": key.Text()})
}

// pledgeSigned takes a pledge that was signed elsewhere, from a form's files and
// its text field of that name.
func (s *Server) pledgeSigned(c Ctx, campaign lighthouse.Campaign, door lighthouse.Door, field string) error {
	raws, err := signedFiles(c, field)
	if err != nil {
		return s.failPledge(c, campaign, field, err)
	}
	if len(raws) == 0 {
		nothing := t(c, "pledge.psbt.none")
		if door == lighthouse.ByFile {
			nothing = t(c, "pledge.file.none")
		}
		return s.failPledgeText(c, http.StatusUnprocessableEntity, campaign, field, nothing)
	}
	submission, err := submissionOf(campaign, raws)
	if err != nil {
		return s.failPledge(c, campaign, field, err)
	}
	typed := typedPledge(c)
	submission.Door, submission.Client = door, clientOf(c.RealIP())
	if typed.Name != "" || typed.Message != "" {
		submission.Name, submission.Message = typed.Name, typed.Message
	}
	if err := hints(typed, &submission); err != nil {
		wrong := new(wrongField)
		errors.As(err, wrong)
		return s.failPledgeText(c, http.StatusUnprocessableEntity, campaign, wrong.field, t(c, wrong.sentence))
	}
	_, key, err := s.deps.Pledges.Pledges.Submit(c.Request().Context(), submission)
	if errors.Is(err, pledges.ErrWords) {
		return s.failPledge(c, campaign, "message", err)
	}
	if err != nil {
		return s.failPledge(c, campaign, field, err)
	}
	return c.Redirect(http.StatusSeeOther, pledge.Path(key)+"?new=1")
}

// hints adds what a form says of the coin beside what was signed. Errors:
// wrongField.
func hints(typed pledge.Typed, submission *pledges.Submission) error {
	height, err := heightOf(typed.Height)
	if err != nil {
		return err
	}
	if height > 0 {
		submission.Height = height
	}
	previous, err := previousOf(typed.Previous)
	if err != nil {
		return err
	}
	if previous != nil && len(submission.Funding) == 0 {
		submission.Funding = previous
	}
	return nil
}

// signedFiles are the files of a form's field name-file, and the text of name.
// Errors: ErrTooLarge, ErrForm.
func signedFiles(c Ctx, name string) ([][]byte, error) {
	var raws [][]byte
	if form := c.Request().MultipartForm; form != nil {
		for _, header := range form.File[name+"-file"] {
			if header.Filename == "" && header.Size == 0 {
				continue // a field left empty
			}
			if len(raws) == maxPledgeFiles {
				return nil, ErrTooLarge
			}
			raw, err := fileOf(header)
			if err != nil {
				return nil, err
			}
			raws = append(raws, raw)
		}
	}
	if text := c.FormValue(name); text != "" {
		raws = append(raws, []byte(text))
	}
	return raws, nil
}

func fileOf(header *multipart.FileHeader) ([]byte, error) {
	file, err := header.Open()
	if err != nil {
		return nil, ErrForm
	}
	defer file.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(io.LimitReader(file, maxPledgeBody))
	if err != nil {
		return nil, ErrForm
	}
	return raw, nil
}

// submissionOf puts together what files say: a file of Cairn, or what was signed
// for one or several levels. Errors: those of package document.
func submissionOf(campaign lighthouse.Campaign, raws [][]byte) (pledges.Submission, error) {
	s := pledges.Submission{Campaign: campaign.ID, Revision: campaign.Terms.Revision, Signed: map[int][]byte{}}
	for _, raw := range raws {
		p, err := document.ReadPledge(raw)
		if err != nil {
			return s, err
		}
		if p.Campaign != (lighthouse.ID{}) && p.Campaign != campaign.ID {
			return s, document.ErrOther
		}
		for _, signed := range p.Signed {
			level, err := levelOf(campaign, signed, p.Coin)
			if err != nil {
				return s, err
			}
			s.Signed[level] = signed.Raw()
		}
		fill(&s, p)
	}
	return s, nil
}

// fill takes over what a file says beside what is signed.
func fill(s *pledges.Submission, p document.Pledge) {
	if p.Revision > 0 {
		s.Revision = p.Revision
	}
	if len(p.Coin.Script) > 0 {
		s.Script = p.Coin.Script
	}
	if p.Height > 0 {
		s.Height = p.Height
	}
	if p.Refund != nil {
		s.Refund = rawTx(p.Refund)
	}
	if p.Previous != nil {
		s.Funding = rawTx(p.Previous)
	}
	if p.Name != "" || p.Message != "" {
		s.Name, s.Message = p.Name, p.Message
	}
}

// levelOf is the level whose contract is signed. Errors: what is wrong with it for
// the goal.
func levelOf(campaign lighthouse.Campaign, signed document.Signed, coin contract.Coin) (int, error) {
	tx, err := signed.Tx(func(wire.OutPoint) (contract.Coin, error) {
		if len(coin.Script) > 0 {
			return coin, nil
		}
		_, said, err := contract.SignedFor(signed.Raw())
		return said, err
	})
	if err != nil {
		return 0, err
	}
	var first error
	for n, level := range campaign.Terms.Levels {
		if level.Contract == nil {
			continue
		}
		if _, err = level.Contract.Open(tx); err == nil {
			return n, nil
		}
		if first == nil {
			first = err
		}
	}
	return 0, first
}

func rawTx(tx *wire.MsgTx) []byte {
	var b hexBuffer
	_ = tx.Serialize(&b) // into memory
	return b.text
}

// hexBuffer gathers bytes as hexadecimal.
type hexBuffer struct{ text []byte }

func (b *hexBuffer) Write(p []byte) (int, error) {
	b.text = hex.AppendEncode(b.text, p)
	return len(p), nil
}
