package buy

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// ErrAddress: --pay-with names no lnd.
const ErrAddress = ErrorKind("--pay-with")

// macaroonEnv names the macaroon's file where the command line should not.
const macaroonEnv = "CAIRN_LND_MACAROON"

// lndPort is where lnd listens unless told otherwise.
const lndPort = "10009"

// Lnd is how to reach one.
type Lnd struct {
	// Host is HOST:PORT.
	Host string
	// Cert and Macaroon are files.
	Cert, Macaroon string
}

func badAddress(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAddress, fmt.Sprintf(format, args...))
}

// ParseLnd reads lnd:HOST:PORT?cert=FILE&macaroon=FILE, or lnd:FOLDER?host=… for
// the data folder of an lnd on this machine. Error: ErrAddress.
func ParseLnd(address string) (Lnd, error) {
	rest, ok := strings.CutPrefix(address, "lnd:")
	if !ok || rest == "" {
		return Lnd{}, badAddress("it is lnd:HOST:PORT?cert=FILE&macaroon=FILE, or lnd:FOLDER")
	}
	where, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return Lnd{}, badAddress("what stands after the ? cannot be read")
	}
	remote := Lnd{Cert: values.Get("cert"), Macaroon: values.Get("macaroon")}
	if remote.Macaroon == "" {
		remote.Macaroon = os.Getenv(macaroonEnv)
	}
	if info, err := os.Stat(where); err == nil && info.IsDir() {
		remote.Host = net.JoinHostPort("localhost", lndPort)
		if host := values.Get("host"); host != "" {
			remote.Host = host
		}
		if remote.Cert == "" {
			remote.Cert = filepath.Join(where, "tls.cert")
		}
		if remote.Macaroon == "" {
			if remote.Macaroon, err = onlyMacaroon(where); err != nil {
				return Lnd{}, err
			}
		}
		return remote, nil
	}
	if _, _, err := net.SplitHostPort(where); err != nil {
		return Lnd{}, badAddress("%q is neither a folder nor HOST:PORT", where)
	}
	if remote.Cert == "" || remote.Macaroon == "" {
		return Lnd{}, badAddress("name the files with ?cert=FILE&macaroon=FILE (or the macaroon's in %s)", macaroonEnv)
	}
	remote.Host = where
	return remote, nil
}

// onlyMacaroon finds the macaroon in lnd's data folder, of whichever network it
// serves.
func onlyMacaroon(folder string) (string, error) {
	found, err := filepath.Glob(filepath.Join(folder, "data", "chain", "bitcoin", "*", "admin.macaroon"))
	if err != nil || len(found) != 1 {
		return "", badAddress("there are %d macaroons below %s: name one with ?macaroon=FILE", len(found), folder)
	}
	return found[0], nil
}
