package crm

import (
	"regexp"
	"strings"
)

var runTokenForm = regexp.MustCompile(`^(\d{8})t(\d{6})z([0-9a-f]{4})$`)

// RunName returns the name of the run whose token it is: TokenOf turned round. A
// token of another form stands for itself.
func RunName(token string) string {
	if parts := runTokenForm.FindStringSubmatch(token); parts != nil {
		return parts[1] + "T" + parts[2] + "Z-" + parts[3]
	}
	return token
}

// RunToken returns the token of the archiving run of that name.
func RunToken(runID string) string {
	return strings.ToLower(strings.ReplaceAll(runID, "-", ""))
}

// IsRunToken tells whether the text can be a token: any other would be a pattern
// that finds the entries of all runs.
func IsRunToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}
