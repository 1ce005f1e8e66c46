package verify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// HeaderList is headers by height, all in memory.
type HeaderList map[int32]wire.BlockHeader

// HeaderAt implements Headers.
func (l HeaderList) HeaderAt(_ context.Context, height int32) (*wire.BlockHeader, error) {
	h, ok := l[height]
	if !ok {
		return nil, fmt.Errorf("height %d: %w", height, chain.ErrNoBlock)
	}
	return &h, nil
}

// MaxHeaderList is how many headers a list may have.
const MaxHeaderList = 1_000_000

const headerSize = 80

// ParseHeaders reads a list of headers: on each line a height, a space, and the
// 80-byte header in hexadecimal; empty lines and lines that begin with # are
// passed over. Every header's work is checked against limit, as CheckWork does.
// Errors: ErrHeaderList with the line, ErrWork, and the reader's own.
func ParseHeaders(r io.Reader, limit *big.Int) (HeaderList, error) {
	list := HeaderList{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1024)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		height, header, err := parseHeaderLine(line)
		if err == nil {
			err = CheckWork(header, limit)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if was, ok := list[height]; ok && was != *header {
			return nil, fmt.Errorf("line %d: %w: another header at height %d", n, ErrHeaderList, height)
		}
		if list[height] = *header; len(list) > MaxHeaderList {
			return nil, fmt.Errorf("%w: more than %d headers", ErrHeaderList, MaxHeaderList)
		}
	}
	if err := lines.Err(); err == bufio.ErrTooLong {
		return nil, fmt.Errorf("%w: a line is too long", ErrHeaderList)
	} else if err != nil {
		return nil, err
	}
	return list, nil
}

func parseHeaderLine(line string) (int32, *wire.BlockHeader, error) {
	heightText, headerText, found := strings.Cut(line, " ")
	if !found {
		return 0, nil, fmt.Errorf("%w: height and header expected", ErrHeaderList)
	}
	height, err := strconv.ParseUint(heightText, 10, 31)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %q is not a height", ErrHeaderList, heightText)
	}
	header, err := ParseHeader(strings.TrimSpace(headerText))
	return int32(height), header, err
}

// ParseHeader reads one header of 80 bytes in hexadecimal; the work is not
// checked. Errors: ErrHeaderList.
func ParseHeader(text string) (*wire.BlockHeader, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != headerSize {
		return nil, fmt.Errorf("%w: a header has %d hexadecimal digits", ErrHeaderList, 2*headerSize)
	}
	var h wire.BlockHeader
	if err := h.Deserialize(bytes.NewReader(raw)); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrHeaderList, err)
	}
	return &h, nil
}
