package app

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// portsTried is how many ports after a taken one are looked at.
const portsTried = 20

// listen opens a TCP listener. If the port is taken and movable, the next
// free one is used: a newcomer with something else on 8780 still gets in, but
// an operator's own choice is never silently another.
func listen(address string, movable bool) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
		return ln, err
	}
	if !movable {
		return nil, fmt.Errorf("%s is taken by another program: stop it or choose another address", address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	for p := first + 1; p <= first+portsTried; p++ {
		if ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(p))); err == nil {
			return ln, nil
		}
	}
	return nil, fmt.Errorf("%s and the %d ports after it are taken", address, portsTried)
}
