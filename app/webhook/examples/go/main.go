// Checks the signature of a webhook: go run . "$CAIRN_SIGNATURE" <body
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// verify reports whether header (Cairn-Signature) signs the body, byte for
// byte as it came, with the webhook's secret, not more than 5 minutes ago.
func verify(secret, header string, body []byte) bool {
	t, signature, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	at, err := strconv.ParseInt(t, 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return hmac.Equal([]byte(signature), []byte(hex.EncodeToString(mac.Sum(nil))))
}

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil || len(os.Args) != 2 || !verify(os.Getenv("CAIRN_SECRET"), os.Args[1], body) {
		os.Exit(1)
	}
}
