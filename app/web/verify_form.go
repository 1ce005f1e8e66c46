package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"cairn/notary"
	"cairn/notary/recognise"
	"cairn/notary/verify"
	"cairn/templates/i18n"
	"cairn/templates/verdict"

	"github.com/btcsuite/btcd/chaincfg"
)

// submission is what a visitor gave to have checked.
type submission struct {
	// files are what was given as proofs, each looked at.
	files []given
	// digests are of the files that the proofs should be about.
	digests []notary.Digest
	// headers are the block headers given; nil for none.
	headers *verify.HeaderFile
}

// given is one file.
type given struct {
	name string
	recognise.File
}

// readForm reads the form with its files into memory, which the limit on the
// body bounds.
func readForm(c Ctx) error {
	err := c.Request().ParseMultipartForm(maxVerifyBody)
	if errors.Is(err, http.ErrNotMultipart) {
		return c.Request().ParseForm()
	}
	return err
}

// submitted reads what was given. Any other status than 200 means that the form
// is to be shown again, with what is wrong in it.
func (s *Server) submitted(c Ctx, form *verdict.Form) (e submission, status int, err error) {
	if e.files, err = proofFields(c); err != nil {
		return e, 0, badForm(err)
	}
	carry(c, form, e.files)
	if e.headers, err = headerFields(c); err != nil {
		form.HeaderError = i18n.T(c.Request().Context(), "verify.headers.wrong", "Where", headerMistake(c, err))
		return e, http.StatusUnprocessableEntity, nil
	}
	if form.Digest != "" {
		entries, err := readDigests(form.Digest)
		if err != nil {
			form.DigestError = complaints(c, err)
			return e, http.StatusUnprocessableEntity, nil
		}
		for _, entry := range entries {
			e.digests = append(e.digests, entry.Digest)
		}
	}
	switch {
	case len(e.files)+len(e.digests) == 0:
		form.ProofError = t(c, "verify.nothing")
		return e, http.StatusUnprocessableEntity, nil
	case len(e.files) > maxVerdicts || len(e.digests) > maxAsked:
		form.ProofError = t(c, "verify.too-many")
		return e, http.StatusUnprocessableEntity, nil
	}
	return e, http.StatusOK, nil
}

// carry keeps a proof in the form that is shown again.
func carry(c Ctx, form *verdict.Form, files []given) {
	if len(files) != 1 || files[0].Kind != recognise.Proof || len(files[0].Proofs[0].Raw) > maxCarried {
		return
	}
	form.Again, form.AgainName = base64.StdEncoding.EncodeToString(files[0].Proofs[0].Raw), files[0].name
	if form.AgainName == "" {
		form.AgainName = t(c, "verify.proof")
	}
}

// proofFields are the files given as proofs, or else the proof that the page
// carried along.
func proofFields(c Ctx) ([]given, error) {
	var list []given
	if text := c.FormValue("again"); text != "" && len(formFiles(c, "proof")) == 0 {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		return []given{{name: plainName(c.FormValue("again-name")), File: recognise.Look(raw)}}, nil
	}
	for _, header := range formFiles(c, "proof") {
		raw, err := contentOf(header)
		if err != nil {
			return nil, err
		}
		list = append(list, given{name: plainName(header.Filename), File: recognise.Look(raw)})
	}
	return list, nil
}

// formFiles are the files of a field; a field left empty has one without name
// and content.
func formFiles(c Ctx, field string) []*multipart.FileHeader {
	if c.Request().MultipartForm == nil {
		return nil
	}
	var list []*multipart.FileHeader
	for _, header := range c.Request().MultipartForm.File[field] {
		if header.Filename != "" || header.Size > 0 {
			list = append(list, header)
		}
	}
	return list
}

func contentOf(header *multipart.FileHeader) ([]byte, error) {
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// maxFileName is how much of a file's name is shown back, in bytes.
const maxFileName = 200

// plainName is what a file is called, without folders.
func plainName(given string) string {
	name := path.Base(strings.ReplaceAll(given, `\`, "/"))
	if name == "." || name == "/" {
		return ""
	}
	return strings.ToValidUTF8(name[:min(len(name), maxFileName)], "")
}

// headerFields reads the block headers of the form, as text or as a file; nil
// for none.
func headerFields(c Ctx) (*verify.HeaderFile, error) {
	sources := [][]byte{[]byte(c.FormValue("header"))}
	for _, header := range formFiles(c, "headers") {
		raw, err := contentOf(header)
		if err != nil {
			return nil, err
		}
		sources = append(sources, raw)
	}
	for _, raw := range sources {
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		// The easiest target is right here: how much work there is in a header
		// is told with the verdict.
		return verify.ReadHeaders(bytes.NewReader(raw), chaincfg.RegressionNetParams.PowLimit)
	}
	return nil, nil
}

// headerMistake says where headers could not be read.
func headerMistake(c Ctx, err error) string {
	var at *verify.LineError
	if errors.As(err, &at) {
		return t(c, "verify.headers.line", "Line", i18n.Number(int64(at.Line)))
	}
	return sentence(c, err)
}
