package web

import "cairn/templates/verdict"

// HeaderSource is where Deps.Headers has its headers from, for telling people
// how much a verdict is worth.
type HeaderSource = verdict.Source

// The sources that Deps.Headers may have.
const (
	HeadersSandbox = verdict.SourceSandbox
	HeadersTest    = verdict.SourceTest
	HeadersLight   = verdict.SourceLight
	HeadersNode    = verdict.SourceNode
)
