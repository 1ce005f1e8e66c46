// Package calendartest puts a calendar under load, for tests and benchmarks. It
// speaks just enough HTTP to do that with few instructions, because the load
// generator shares the processors with what it measures.
package calendartest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Client is a lean HTTP client on one connection, for one goroutine.
type Client struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	body    []byte
}

// Dial connects to a calendar at host:port.
func Dial(addr string) (*Client, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, reader: bufio.NewReaderSize(conn, 4096)}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Post sends a digest to a path ("/digest") and returns the answer, valid
// until the next request. Any status but 200 is an error.
func (c *Client) Post(path string, digest *[32]byte) ([]byte, error) {
	c.request = append(c.request[:0], "POST "...)
	c.request = append(c.request, path...)
	c.request = append(c.request, " HTTP/1.1\r\nHost: calendar\r\nContent-Length: 32\r\n\r\n"...)
	c.request = append(c.request, digest[:]...)
	return c.roundTrip()
}

// Get returns the answer to GET path, valid until the next request. Any status
// but 200 is an error.
func (c *Client) Get(path string) ([]byte, error) { return c.GetWith(path, "") }

// GetWith is Get with further header lines, each ended by "\r\n".
func (c *Client) GetWith(path, header string) ([]byte, error) {
	c.request = append(c.request[:0], "GET "...)
	c.request = append(c.request, path...)
	c.request = append(c.request, " HTTP/1.1\r\nHost: calendar\r\n"...)
	c.request = append(c.request, header...)
	c.request = append(c.request, "\r\n"...)
	return c.roundTrip()
}

func (c *Client) roundTrip() ([]byte, error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return nil, err
	}
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("answered %q", line)
	}
	length := -1
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) == 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value[:len(value)-2])); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, fmt.Errorf("answer without length")
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err = io.ReadFull(c.reader, c.body)
	return c.body, err
}

// Load runs work on connections to addr until it returns false or fails, and
// returns the time each call took, sorted. The first error ends it.
func Load(addr string, connections int, work func(c *Client, random *rand.Rand) (more bool, err error)) ([]time.Duration, error) {
	times := make([][]time.Duration, connections)
	failures := make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			c, err := Dial(addr)
			if err != nil {
				failures[i] = err
				return
			}
			defer c.Close()
			random := rand.New(rand.NewPCG(uint64(i), uint64(time.Now().UnixNano())))
			for {
				began := time.Now()
				more, err := work(c, random)
				if err != nil {
					failures[i] = err
					return
				}
				if !more {
					return
				}
				times[i] = append(times[i], time.Since(began))
			}
		})
	}
	wg.Wait()
	all := slices.Concat(times...)
	slices.Sort(all)
	for _, err := range failures {
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// RandomDigest is 32 bytes from random.
func RandomDigest(random *rand.Rand) (digest [32]byte) {
	for i := 0; i < len(digest); i += 8 {
		binary.LittleEndian.PutUint64(digest[i:], random.Uint64())
	}
	return digest
}

// Percentile of sorted times, in milliseconds.
func Percentile(sorted []time.Duration, of float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := min(int(of/100*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[at].Microseconds()) / 1000
}
