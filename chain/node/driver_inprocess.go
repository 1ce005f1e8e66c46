package node

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/lightningnetwork/lnd/signal"
	"google.golang.org/grpc/test/bufconn"
)

// inProcessDriver runs lnd in this process over an in-memory connection.
type inProcessDriver struct {
	cfg Config

	mu  sync.Mutex
	lis *bufconn.Listener
}

func newInProcessDriver(cfg Config) *inProcessDriver { return &inProcessDriver{cfg: cfg} }

func (d *inProcessDriver) endpoint() endpoint {
	p := d.cfg.paths()
	return endpoint{
		dial: func(ctx context.Context) (net.Conn, error) {
			d.mu.Lock()
			lis := d.lis
			d.mu.Unlock()
			if lis == nil {
				return nil, errors.New("the engine is not running")
			}
			return lis.DialContext(ctx)
		},
		serverName:   certName,
		certFile:     p.tlsCert(),
		macaroonFile: p.macaroon(),
	}
}

func (d *inProcessDriver) close() {}

func (d *inProcessDriver) start() (engine, error) {
	interceptor, err := interceptors.take()
	if err != nil {
		return nil, err
	}
	lis := bufconn.Listen(1 << 20)
	d.mu.Lock()
	d.lis = lis
	d.mu.Unlock()
	e := &inProcessEngine{over: make(chan struct{})}
	go func() {
		defer close(e.over)
		defer interceptors.release()
		if err := runEngine(lndArgs(d.cfg), lis, interceptor); err != nil {
			e.cause = refusalOf(err, d.cfg)
		}
	}()
	return e, nil
}

// inProcessEngine is one life of the engine in this process.
type inProcessEngine struct {
	over  chan struct{}
	cause error // written before over is closed
}

func (e *inProcessEngine) ended() <-chan struct{} { return e.over }
func (e *inProcessEngine) err() error             { return e.cause }

// stop asks every engine of this process to stop: lnd knows one interceptor.
func (e *inProcessEngine) stop(grace time.Duration) {
	interceptors.stopAll()
	select {
	case <-e.over:
	case <-time.After(grace):
	}
}

func (e *inProcessEngine) kill() { e.stop(5 * time.Second) }

// interceptors hands out the one signal interceptor lnd allows per process to
// all engines running at a time, and makes a new one for the next of them
// after they were stopped.
var interceptors sharedInterceptor

type sharedInterceptor struct {
	mu      sync.Mutex
	current signal.Interceptor
	users   int
}

func (s *sharedInterceptor) take() (signal.Interceptor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users > 0 && !s.current.Alive() {
		return signal.Interceptor{}, errors.New("the engines of this process are still stopping")
	}
	if s.users == 0 {
		ic, err := signal.Intercept()
		if err != nil {
			return signal.Interceptor{}, err
		}
		s.current = ic
	}
	s.users++
	return s.current, nil
}

// release is called when an engine has ended; after the last one the
// interceptor is retired, so that signals reach the program again.
func (s *sharedInterceptor) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.current.RequestShutdown()
		<-s.current.ShutdownChannel()
	}
}

func (s *sharedInterceptor) stopAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users > 0 {
		s.current.RequestShutdown()
	}
}
