package records

import "strings"

// SubjectBeforeMerge returns the subject that a message had before Odoo merged its
// opportunity into another one. Odoo's method merge_opportunity puts the name of the
// former before it, as in "From Chairs: SUBJECT", in the language of whoever merged.
func SubjectBeforeMerge(subject string) string {
	if _, original, found := strings.Cut(subject, ": "); found {
		return original
	}
	return subject
}
