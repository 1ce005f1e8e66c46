package mpp

import (
	"encoding/json"
	"errors"
)

// Problem is the body of a refusal, application/problem+json (RFC 9457). Every
// refusal of status 402 carries fresh challenges.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// ChallengeID is that of the refused credential.
	ChallengeID string `json:"challengeId,omitempty"`
}

// ProblemType is the media type.
const ProblemType = "application/problem+json"

const problems = "https://paymentauth.org/problems/"

// problemOf maps kinds to the registered types (draft-httpauth-payment-01,
// "Error Codes").
var problemOf = []struct {
	kind   ErrorKind
	code   string
	title  string
	status int
}{
	{ErrExpired, "payment-expired", "Payment Expired", 402},
	{ErrPreimage, "verification-failed", "Payment Verification Failed", 402},
	{ErrMethod, "method-unsupported", "Payment Method Unsupported", 400},
	{ErrStranger, "invalid-challenge", "Invalid Challenge", 402},
	{ErrCredential, "malformed-credential", "Malformed Credential", 402},
}

// Required is the problem of a request that came without a credential.
func Required(detail string) Problem {
	return Problem{Type: problems + "payment-required", Title: "Payment Required", Status: 402, Detail: detail}
}

// Consumed is the problem of a credential that was used already.
func Consumed(challengeID string) Problem {
	return Problem{
		Type: problems + "invalid-challenge", Title: "Invalid Challenge", Status: 402,
		Detail: "This payment was used already.", ChallengeID: challengeID,
	}
}

// ProblemOf is the problem of an error of this package; ok is false for any
// other. The detail is the kind's words alone: nothing of the credential.
func ProblemOf(err error, challengeID string) (p Problem, ok bool) {
	for _, row := range problemOf {
		if errors.Is(err, row.kind) {
			return Problem{
				Type: problems + row.code, Title: row.title, Status: row.status,
				Detail: string(row.kind), ChallengeID: challengeID,
			}, true
		}
	}
	return Problem{}, false
}

// JSON is the body.
func (p Problem) JSON() []byte {
	raw, err := json.Marshal(p)
	if err != nil { // strings and numbers always marshal
		return nil
	}
	return raw
}
