package spelling_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/spelling"
)

func TestTheNearestNameIsTheOneMeant(t *testing.T) {
	t.Parallel()
	names := []string{"dry-run", "save-mails", "as-of", "limit"}
	for name, want := range map[string]string{
		"dryrun":                  "dry-run",
		"dry_run":                 "dry-run",
		"LIMIT":                   "limit",
		"limti":                   "limit",
		"save-mail":               "save-mails",
		"frobnicate":              "",
		"":                        "",
		strings.Repeat("x", 1000): "",
	} {
		assert.Equal(t, want, spelling.Nearest(name, names), name)
	}
	assert.Empty(t, spelling.Nearest("limit", nil))
	assert.Equal(t, "rate", spelling.Nearest("date", []string{"rate", "late"}), "the first of two that are as near")
}

func TestDistanceCountsWhatASlipOfTheFingersDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, a, b string
		want       int
	}{
		{"nothing", "choices", "choices", 0},
		{"a letter left out", "choices", "choics", 1},
		{"a letter too many", "choices", "choiices", 1},
		{"another letter", "choices", "chouces", 1},
		{"two letters swapped", "answer", "anwser", 1},
		{"everything", "abc", "xyz", 3},
		{"against nothing", "", "abc", 3},
	} {
		assert.Equal(t, c.want, spelling.Distance(c.a, c.b), c.name)
		assert.Equal(t, c.want, spelling.Distance(c.b, c.a), c.name)
	}
}
