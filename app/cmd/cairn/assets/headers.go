package assets

import (
	"fmt"
	"os"

	"cairn/chain"
	"cairn/notary/verify"
)

// headersIn reads a file of headers of a network.
func headersIn(name, network string) (verify.Headers, error) {
	params, err := chain.Network(network).Params()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	headers, err := verify.ReadHeaders(f, params.PowLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return headers, nil
}
