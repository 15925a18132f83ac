package interview

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
)

// answering returns an interview with somebody who gives these answers, and what
// they are shown.
func answering(answers ...string) (*interview, *bytes.Buffer) {
	var screen bytes.Buffer
	env := console.Env{Stdin: strings.NewReader(strings.Join(answers, "\n") + "\n"), Stdout: &screen, Stderr: &screen}
	return &interview{Host: &job.Host{Console: console.New(env)}, values: map[string]string{}, typed: map[string]string{}}, &screen
}

func TestOfAnAddressSchemeAndHostStay(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"https://odoo.example.com/web#action=1": "https://odoo.example.com",
		"odoo.example.com":                      "https://odoo.example.com",
		"http://localhost:8069/":                "http://localhost:8069",
		"":                                      "",
		"https://":                              "https://",
		"https://bot@odoo.example.com":          "https://bot@odoo.example.com",
		"https://odoo example.com":              "https://odoo example.com",
	} {
		assert.Equal(t, want, hostOnly(typed), typed)
	}
}

func TestAStepIsTriedUntilItWorks(t *testing.T) {
	t.Parallel()
	i, screen := answering("/etc/ssl/own.pem")
	asked, tried := 0, 0
	works, err := i.take(t.Context(), step{
		part: "Odoo", caFile: "odoo.ca_file",
		ask: func(context.Context) error { asked++; return nil },
		try: func(context.Context) (string, error) {
			if tried++; tried == 1 {
				return "", x509.UnknownAuthorityError{}
			}
			return "it answers", nil
		},
	}, true)
	require.NoError(t, err)
	assert.True(t, works)
	assert.Equal(t, "/etc/ssl/own.pem", i.values["odoo.ca_file"], "an unknown authority is asked for")
	assert.Equal(t, []int{1, 2}, []int{asked, tried}, "the rest need not be answered again")
	assert.Contains(t, screen.String(), "  trying ... that does not work:\n  x509: certificate signed by unknown authority\n")
	assert.True(t, strings.HasSuffix(screen.String(), "  trying ... it answers\n"), screen)
}

func TestAStepThatIsKeptAsItIsIsNamed(t *testing.T) {
	t.Parallel()
	i, _ := answering("n")
	works, err := i.take(t.Context(), step{
		part: "Odoo",
		ask:  func(context.Context) error { return nil },
		try:  func(context.Context) (string, error) { return "", errors.New("no") },
	}, true)
	require.NoError(t, err)
	assert.False(t, works)
	assert.Equal(t, []string{"Odoo"}, i.untried)
}

func TestAfterAStepThatFailedTheNextIsOnlyAsked(t *testing.T) {
	t.Parallel()
	i, screen := answering()
	asked := false
	works, err := i.take(t.Context(), step{ask: func(context.Context) error { asked = true; return nil }}, false)
	require.NoError(t, err)
	assert.Equal(t, []bool{false, true}, []bool{works, asked})
	assert.Empty(t, screen.String())
}

func TestAnswersThatEndAreWrongUse(t *testing.T) {
	t.Parallel()
	i, _ := answering()
	_, _, err := i.confirm(t.Context(), "Go on?", false)
	require.NoError(t, err, "the last line is empty")
	_, _, err = i.confirm(t.Context(), "Go on?", false)
	assert.Equal(t, exit.Usage, exit.Code(err))
}

func TestALoginByTokensNeedsNoPassword(t *testing.T) {
	t.Parallel()
	i, screen := answering("sales@example.com")
	i.values["smtp.auth"] = "oauth2"
	require.NoError(t, i.mailLogin(t.Context()))
	assert.Equal(t, map[string]string{"smtp.auth": "oauth2", "smtp.user": "sales@example.com"}, i.values)
	assert.NotContains(t, screen.String(), "password")
}

func TestSecretsGetFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newFiles(filepath.Join(dir, "config.yaml"))
	assert.Empty(t, f.existing())
	answers := map[string]string{"odoo.password": "a key", "smtp.password_file": "old", "odoo.database": "production"}
	require.NoError(t, f.write(answers))
	assert.Equal(t, []string{f.config, f.odooSecret}, f.existing())
	secret, err := os.ReadFile(filepath.Join(dir, "odoo.key"))
	require.NoError(t, err)
	assert.Equal(t, "a key\n", string(secret))
	config, err := os.ReadFile(f.config)
	require.NoError(t, err)
	assert.Contains(t, string(config), "\n  password_file: odoo.key\n")
	assert.NotContains(t, string(config), "a key")
	assert.Equal(t, "a key", answers["odoo.password"], "the answers stay as they are")
}
