package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"cairn/notary"
	"cairn/notary/ots"
	"cairn/notary/recognise"
	"cairn/templates/proof"
	"cairn/templates/verdict"
)

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
