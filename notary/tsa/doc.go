// Package tsa is a time-stamp authority (RFC 3161, RFC 5816): it signs that a
// hash was shown to it at a time, in the form that courts and their tools know.
// Every token's own SHA-256 goes into the calendar, so that Bitcoin bears
// witness to the token as well, and a stolen key cannot back-date one unseen.
package tsa
