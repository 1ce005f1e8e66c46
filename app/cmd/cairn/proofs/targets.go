package proofs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/ots"
)

// target is a proof to check and the file that it should be for.
type target struct {
	proof string
	// file is empty when only a digest is at hand.
	file string
}

// targets works out what the words on the command line mean: folders, proofs,
// files with their proofs beside them, or one file and one proof in whatever
// order. many tells whether the result is to be counted rather than told.
func (c *VerifyCmd) targets(ctx context.Context) (list []target, failed []failedJSON, many bool, err error) {
	if c.Digest != "" {
		if len(c.Paths) != 1 {
			return nil, nil, false, terminal.UsageError("give the file or --digest, not both")
		}
		return []target{{proof: c.Paths[0]}}, nil, false, nil
	}
	if pair, ok := asPair(c.Paths); ok {
		return []target{pair}, nil, false, nil
	}
	for _, path := range c.Paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(path, proofExt):
			return nil, nil, false, err
		case err == nil && info.IsDir():
			found, err := findProofs(ctx, []string{path})
			if err != nil {
				return nil, nil, false, err
			}
			for _, proof := range found.paths {
				list = append(list, target{proof: proof, file: strings.TrimSuffix(proof, proofExt)})
			}
			failed = append(failed, found.failed...)
			many = true
			continue
		}
		one, err := asTarget(path)
		if err != nil {
			return nil, nil, false, err
		}
		list = append(list, one)
	}
	return list, failed, many || len(list) > 1, nil
}

// asTarget finds the other half of a proof or of a file.
func asTarget(path string) (target, error) {
	if file, ok := strings.CutSuffix(path, proofExt); ok && file != "" {
		return target{proof: path, file: file}, nil
	}
	if _, err := os.Stat(path + proofExt); err == nil {
		return target{proof: path + proofExt, file: path}, nil
	}
	isProof, err := beginsLikeProof(path)
	switch {
	case err != nil:
		return target{}, err
	case isProof:
		return target{}, terminal.UsageError("name the file, too: it cannot be told from the name of the proof")
	}
	return target{}, fmt.Errorf("%s: there is no proof beside it (%s%s); name the proof, too", path, path, proofExt)
}

// asPair tells a file and its proof, in whatever order, from two things that
// are to be checked each by itself.
func asPair(paths []string) (target, bool) {
	if len(paths) != 2 {
		return target{}, false
	}
	first, err := beginsLikeProof(paths[0])
	if err != nil {
		return target{}, false
	}
	second, err := beginsLikeProof(paths[1])
	switch {
	case err != nil && first && !errors.Is(err, errFolder):
		return target{proof: paths[0], file: paths[1]}, true // reading it will say what is wrong
	case err != nil || first == second:
		return target{}, false
	case second:
		return target{proof: paths[1], file: paths[0]}, true
	}
	return target{proof: paths[0], file: paths[1]}, true
}

var errFolder = errors.New("this is a folder")

// beginsLikeProof reads the first bytes of a file.
func beginsLikeProof(path string) (bool, error) {
	r, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	if info, err := r.Stat(); err != nil {
		return false, err
	} else if info.IsDir() {
		return false, fmt.Errorf("%s: %w", path, errFolder)
	}
	head := make([]byte, ots.MagicSize)
	n, err := r.Read(head)
	return err == nil && ots.HasMagic(head[:n]), nil
}
