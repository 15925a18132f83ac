// Package feedback decides whom to ask after a finished activity, and sums up
// what was answered.
//
// It is pure: records, settings and the instant go in, values come out. It
// reads no clock and no network, and logs nothing.
package feedback
