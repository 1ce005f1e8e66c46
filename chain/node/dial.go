package node

import (
	"fmt"
	"os"

	"google.golang.org/grpc"
)

// Dial connects to an lnd that somebody runs, without looking after it: for
// commands that ask it something and end. The connection is made at the first
// call. An error means that the configuration cannot work.
func Dial(remote RemoteConfig) (*grpc.ClientConn, error) {
	d, err := newRemoteDriver(Config{Remote: remote})
	if err != nil {
		return nil, err
	}
	for _, file := range []string{remote.TLSCert, remote.Macaroon} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("the remote node's file cannot be read: %w", err)
		}
	}
	return d.endpoint().connect()
}
