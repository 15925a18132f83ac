package crm

import (
	"regexp"
	"strings"
)

var runTokenForm = regexp.MustCompile(`^(\d{8})t(\d{6})z([0-9a-f]{4})$`)

// RunName returns the name of the run that has the token, see [RunToken]. A token
// of another form is its own name.
func RunName(token string) string {
	if parts := runTokenForm.FindStringSubmatch(token); parts != nil {
		return parts[1] + "T" + parts[2] + "Z-" + parts[3]
	}
	return token
}

// RunToken returns the token of the run of a name: Message-IDs and external ids
// take no capitals and no hyphens.
func RunToken(runID string) string {
	return strings.ToLower(strings.ReplaceAll(runID, "-", ""))
}

// IsRunToken returns whether the text can be a token. Another text could be a
// pattern that finds the entries of all runs.
func IsRunToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}

// RunRecord is the history of one run as it is kept: two texts, so that a list
// of runs need not read what each of them did. They hold ids and words of
// crm-tool's own, no names and no addresses.
type RunRecord struct {
	// Run is the run's name.
	Run string
	// Head says what the run was and how much it did, Items what became of
	// each record.
	Head, Items string
}
