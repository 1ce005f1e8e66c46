package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/recognise"
	"cairn/notary/verify"
	"cairn/templates/i18n"
	"cairn/templates/layout"
	"cairn/templates/proof"
	"cairn/templates/verdict"

	"github.com/btcsuite/btcd/chaincfg"
)

const (
	// maxVerifyBody is the largest form of the verify page, in bytes: a proof
	// has at most a quarter of it, but a bundle has more inside.
	maxVerifyBody = 4 << 20
	// maxVerdicts is how many proofs are judged at once, and maxAsked how many
	// digests are looked up.
	maxVerdicts, maxAsked = 20, 100
)

// verifyForm asks for a proof and a file.
func (s *Server) verifyForm(c Ctx) error {
	return s.renderVerify(c, http.StatusOK, verdict.Form{Digest: c.QueryParam("digest")})
}

func (s *Server) renderVerify(c Ctx, status int, form verdict.Form) error {
	form.Meta = s.meta(c, t(c, "verify.title"), layout.SectionVerify)
	return render(c, status, verdict.FormPage(form))
}

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

// verify judges proofs (multipart field "proof", any number), for files whose
// digests are given ("digest", one a line) or on their own, by the headers of
// the chain that is followed or by those given ("header", "headers"). A digest
// without a proof leads to the proof kept here.
func (s *Server) verify(c Ctx) error {
	if err := readForm(c); tooLarge(err) {
		return s.renderVerify(c, http.StatusRequestEntityTooLarge, verdict.Form{ProofError: t(c, "verify.too-large")})
	} else if err != nil {
		return badForm(err)
	}
	form := verdict.Form{Digest: strings.TrimSpace(c.FormValue("digest")), Header: strings.TrimSpace(c.FormValue("header"))}
	e, status, err := s.submitted(c, &form)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return s.renderVerify(c, status, form)
	}
	views, err := s.judge(c, e)
	if err != nil {
		return err
	}
	if len(views) == 1 {
		return s.renderVerdict(c, views[0])
	}
	meta := s.meta(c, i18n.N(c.Request().Context(), "verdict.several", int64(len(views))), layout.SectionVerify)
	meta.Private = true
	return render(c, http.StatusOK, verdict.ListPage(verdict.List{Meta: meta, Views: views}))
}

// renderVerdict is the page of one verdict; what is only looked up, and found,
// leads to the proof.
func (s *Server) renderVerdict(c Ctx, view verdict.View) error {
	if view.Outcome == verdict.Found {
		return c.Redirect(http.StatusSeeOther, view.Here)
	}
	status := http.StatusOK
	if view.Outcome == verdict.NotFound {
		status = http.StatusNotFound
	}
	view.Meta = s.meta(c, t(c, "verdict.page"), layout.SectionVerify)
	view.Meta.Private = true
	return render(c, status, verdict.Page(view))
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
	var line int
	if _, scanErr := fmt.Sscanf(err.Error(), "line %d:", &line); scanErr == nil {
		return t(c, "verify.headers.line", "Line", i18n.Number(int64(line)))
	}
	return sentence(c, err)
}

// judge makes a view of each proof, of each file that is none, and of each
// digest for which no proof was given.
func (s *Server) judge(c Ctx, e submission) ([]verdict.View, error) {
	var views []verdict.View
	answered := map[notary.Digest]bool{}
	for _, file := range e.files {
		if len(file.Proofs) == 0 {
			view, err := s.notProof(c, file)
			if err != nil {
				return nil, err
			}
			views = append(views, view)
			continue
		}
		for _, p := range file.Proofs[:min(len(file.Proofs), maxVerdicts-len(views))] {
			view, err := s.judgeProof(c, file, p, &e, answered)
			if err != nil {
				return nil, err
			}
			views = append(views, view)
		}
	}
	if len(e.files) == 1 && len(e.digests) == 1 && len(views) == 1 {
		// The one is about the other, or says that it is not.
		return views, s.offerKept(c, &views[0], e.digests[0])
	}
	for _, d := range e.digests {
		if answered[d] {
			continue
		}
		answered[d] = true
		view, err := s.lookUp(c, d)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// judgeProof judges one proof of a file.
func (s *Server) judgeProof(c Ctx, from given, p recognise.Attached, e *submission, answered map[notary.Digest]bool) (verdict.View, error) {
	view := verdict.View{Name: from.name}
	if from.Kind != recognise.Proof {
		view.Inside = from.Kind
		if p.Name != "" {
			view.Name += " › " + p.Name
		}
	}
	file, err := ots.ParseFile(p.Raw)
	if err != nil {
		view.Outcome, view.Reason = verdict.Broken, sentence(c, err)
		return view, nil
	}
	view.Digest, view.Hash = fmt.Sprintf("%x", file.Digest()), file.Hash.String()
	if err := s.weigh(c, &view, file, e.headers); err != nil {
		return verdict.View{}, err
	}
	if len(p.Raw) <= maxCarried {
		view.Again = base64.StdEncoding.EncodeToString(p.Raw)
	}
	s.match(&view, file, e, answered)
	return view, nil
}

// maxCarried is how long a proof may be to be carried along in a page, in
// bytes.
const maxCarried = 16 << 10

// match compares a proof with the digests given: with the one, if one proof
// and one digest were given, else it looks for its own among them. Proofs over
// older hashes are judged without their file: pages take SHA-256 only.
func (s *Server) match(view *verdict.View, file *ots.File, e *submission, answered map[notary.Digest]bool) {
	if file.Hash != ots.OpSHA256 {
		return
	}
	for _, d := range e.digests {
		if bytes.Equal(d[:], file.Digest()) {
			view.Given = d.String()
			answered[d] = true
			return
		}
	}
	if len(e.digests) == 1 && len(e.files) == 1 && view.Inside == "" {
		view.Given = e.digests[0].String()
		view.Outcome = verdict.OtherFile
	}
}

// offerKept links from a proof that is of no use for a file to the one of the
// file that is kept here.
func (s *Server) offerKept(c Ctx, view *verdict.View, d notary.Digest) error {
	switch view.Outcome {
	case verdict.Broken, verdict.NotProof, verdict.OtherFile, verdict.Mismatch, verdict.OtherChain:
	default:
		return nil
	}
	found, err := s.keptHere(c, d)
	if found {
		view.Here = proof.Path(d)
	}
	return err
}

// notProof names a file for what it is, and links to the proof kept here of
// what it is about.
func (s *Server) notProof(c Ctx, file given) (verdict.View, error) {
	view := verdict.View{Outcome: verdict.NotProof, Name: file.name, Kind: file.Kind, Version: file.Version}
	if len(file.Digest) != len(notary.Digest{}) {
		return view, nil
	}
	d := notary.Digest(file.Digest)
	view.Digest, view.Hash = d.String(), ots.OpSHA256.String()
	found, err := s.keptHere(c, d)
	if found {
		view.Here = proof.Path(d)
	}
	return view, err
}

// lookUp tells whether a proof of a digest is kept here.
func (s *Server) lookUp(c Ctx, d notary.Digest) (verdict.View, error) {
	view := verdict.View{Outcome: verdict.NotFound, Digest: d.String(), Hash: ots.OpSHA256.String()}
	found, err := s.keptHere(c, d)
	if found {
		view.Outcome, view.Here = verdict.Found, proof.Path(d)
	}
	return view, err
}

func (s *Server) keptHere(c Ctx, d notary.Digest) (bool, error) {
	_, err := s.deps.Notary.Proof(c.Request().Context(), d)
	if errors.Is(err, notary.ErrUnknownDigest) {
		return false, nil
	}
	return err == nil, err
}
