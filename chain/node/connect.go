package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// endpoint is how one gRPC connection reaches the engine, life after life.
type endpoint struct {
	dial func(ctx context.Context) (net.Conn, error)
	// serverName is what the certificate must be for.
	serverName string
	// certFile and macaroonFile are read again when they change: the engine
	// makes them at its first start.
	certFile, macaroonFile string
}

// connect makes the connection. It does not wait for the engine.
func (e endpoint) connect() (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+e.serverName,
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return e.dial(ctx)
		}),
		grpc.WithTransportCredentials(credentials.NewTLS(e.tlsConfig())),
		grpc.WithPerRPCCredentials(&macaroonFile{path: e.macaroonFile}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.5, MaxDelay: time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(lnrpc.MaxGrpcMsgSize)),
		grpc.WithUnaryInterceptor(markDownUnary),
		grpc.WithStreamInterceptor(markDownStream),
	)
}

// tlsConfig trusts the certificate in the file as it is at the time of the
// handshake, and no other: Go's own check is off because it would need the
// file before the engine has made it, and VerifyConnection does the same work.
func (e endpoint) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         e.serverName,
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			pem, err := os.ReadFile(e.certFile)
			if err != nil {
				return fmt.Errorf("read the node's certificate: %w", err)
			}
			roots := x509.NewCertPool()
			if !roots.AppendCertsFromPEM(pem) {
				return errors.New("the node's certificate file holds no certificate")
			}
			between := x509.NewCertPool()
			for _, cert := range state.PeerCertificates[1:] {
				between.AddCert(cert)
			}
			_, err = state.PeerCertificates[0].Verify(x509.VerifyOptions{
				DNSName: e.serverName, Roots: roots, Intermediates: between,
			})
			return err
		},
	}
}

// macaroonFile adds the macaroon of a file to each call but those that need
// none, reading it again when it changes.
type macaroonFile struct {
	path string

	mu      sync.Mutex
	hex     string
	changed time.Time
}

// openCalls are the services lnd serves without a macaroon, because they come
// before there is one.
var openCalls = []string{"/lnrpc.State/", "/lnrpc.WalletUnlocker/"}

// GetRequestMetadata is called by gRPC for each call.
func (m *macaroonFile) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	if info, ok := credentials.RequestInfoFromContext(ctx); ok {
		for _, prefix := range openCalls {
			if strings.HasPrefix(info.Method, prefix) {
				return nil, nil
			}
		}
	}
	mac, err := m.read()
	if err != nil {
		return nil, status.Errorf(codes.Unavailable, "the node has not made its macaroon yet: %v", err)
	}
	return map[string]string{"macaroon": mac}, nil
}

// RequireTransportSecurity keeps the macaroon off unencrypted connections.
func (m *macaroonFile) RequireTransportSecurity() bool { return true }

func (m *macaroonFile) read() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	info, err := os.Stat(m.path)
	if err != nil {
		return "", err
	}
	if m.hex != "" && info.ModTime().Equal(m.changed) {
		return m.hex, nil
	}
	raw, err := os.ReadFile(m.path)
	if err != nil {
		return "", err
	}
	if len(raw) == 0 {
		return "", errors.New("it is empty")
	}
	m.hex, m.changed = hex.EncodeToString(raw), info.ModTime()
	return m.hex, nil
}

// markDownUnary makes errors that only mean "not now" match
// chain.ErrEngineDown, and leaves the rest as they are.
func markDownUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {

	return markDown(invoke(ctx, method, req, reply, cc, opts...))
}

func markDownStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
	stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {

	s, err := stream(ctx, desc, cc, method, opts...)
	return s, markDown(err)
}

// startingUp are lnd's words while it is not ready for calls; their gRPC code
// is Unknown.
var startingUp = []string{
	"waiting to start, RPC services not available",
	"wallet not created, create one to enable full RPC access",
	"wallet locked, unlock it to enable full RPC access",
	"the RPC server is in the process of starting up",
	"server is still in the process of starting",
	"chain notifier RPC is still in the process of starting",
}

func markDown(err error) error {
	if err == nil {
		return nil
	}
	if status.Code(err) == codes.Unavailable {
		return engineDown(err)
	}
	for _, words := range startingUp {
		if strings.Contains(err.Error(), words) {
			return engineDown(err)
		}
	}
	return err
}
