package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader carries "t=<unix seconds>,v1=<hex>", where the hex digits are
// HMAC-SHA256 with the endpoint's secret over "<unix seconds>.<body>".
const SignatureHeader = "Cairn-Signature"

// Tolerance is how old a signature a receiver should accept, so that a message
// caught on the way cannot be played back later.
const Tolerance = 5 * time.Minute

// Sign makes the header's value for a body sent at a moment.
func Sign(secret string, at time.Time, body []byte) string {
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), mac(secret, at.Unix(), body))
}

func mac(secret string, at int64, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%d.", at)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// Verify reports whether a header signs a body with the secret, within
// Tolerance of now. It is what a receiver does.
func Verify(secret, header string, body []byte, now time.Time) bool {
	var at int64
	var signed string
	for _, part := range strings.Split(header, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return false
			}
			at = seconds
		case "v1":
			signed = value
		}
	}
	if age := now.Sub(time.Unix(at, 0)); age > Tolerance || age < -Tolerance {
		return false
	}
	return hmac.Equal([]byte(signed), []byte(mac(secret, at, body)))
}
