package node

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// remoteDriver reaches an lnd somebody else runs; it has nothing to start.
type remoteDriver struct{ cfg Config }

func newRemoteDriver(cfg Config) (*remoteDriver, error) {
	if _, _, err := net.SplitHostPort(cfg.Remote.Host); err != nil {
		return nil, fmt.Errorf("the remote node's address %q is not host:port: %w", cfg.Remote.Host, err)
	}
	return &remoteDriver{cfg: cfg}, nil
}

func (d *remoteDriver) endpoint() endpoint {
	host, _, _ := net.SplitHostPort(d.cfg.Remote.Host) // checked in newRemoteDriver
	return endpoint{
		dial: func(ctx context.Context) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", d.cfg.Remote.Host)
		},
		serverName:   host,
		certFile:     d.cfg.Remote.TLSCert,
		macaroonFile: d.cfg.Remote.Macaroon,
	}
}

func (d *remoteDriver) close() {}

func (d *remoteDriver) start() (engine, error) {
	for _, file := range []string{d.cfg.Remote.TLSCert, d.cfg.Remote.Macaroon} {
		if _, err := os.Stat(file); err != nil {
			return nil, &Refusal{
				Kind:     ErrConfig,
				Sentence: fmt.Sprintf("The remote node's file %s cannot be read.", file),
				Err:      err,
			}
		}
	}
	return &remoteEngine{over: make(chan struct{})}, nil
}

// remoteEngine lasts until we leave it.
type remoteEngine struct {
	once sync.Once
	over chan struct{}
}

func (e *remoteEngine) ended() <-chan struct{} { return e.over }
func (e *remoteEngine) err() error             { return nil }
func (e *remoteEngine) stop(time.Duration)     { e.kill() }
func (e *remoteEngine) kill()                  { e.once.Do(func() { close(e.over) }) }
