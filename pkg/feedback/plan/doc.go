// Package plan decides whom to ask after a finished activity, whom to remind of a
// questionnaire, and how answers count.
//
// It is pure: records, settings and the instant go in, values come out. It reads
// no clock and no network, and logs nothing.
package plan
