package ui

import "github.com/a-h/templ"

// Tone is the meaning of a notice or verdict beyond its words.
type Tone string

// The tones.
const (
	Good Tone = "good"
	Wait Tone = "wait"
	Bad  Tone = "bad"
)

// Step is one stage of something on its way.
type Step struct {
	State StepState
	Text  templ.Component
	// Note is a smaller second line; nil for none.
	Note templ.Component
}

// StepState is where a step stands.
type StepState string

// The states; a coming step has no class of its own.
const (
	StepDone   StepState = "done"
	StepNow    StepState = "now"
	StepComing StepState = ""
)
