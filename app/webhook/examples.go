package webhook

import _ "embed" // the examples are files, so that tests run them

// Example is a program that checks a signature.
type Example struct{ Language, Code string }

var (
	//go:embed examples/go/main.go
	exampleGo string
	//go:embed examples/verify.py
	examplePython string
	//go:embed examples/verify.mjs
	exampleNode string
)

// Examples are how a receiver checks a signature.
var Examples = []Example{{"Go", exampleGo}, {"Python", examplePython}, {"Node.js", exampleNode}}
