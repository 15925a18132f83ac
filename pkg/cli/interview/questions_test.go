package interview

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACorrectionMayBeTypedAtOnce(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"mail.example.com": "smtp.host", "2525": "smtp.port", "implicit": "smtp.tls", "mail.example.com:25": "smtp.host"} {
		assert.Equal(t, want, meant([]string{"smtp.host", "smtp.port", "smtp.tls"}, typed), typed)
	}
	i, screen := answering("first", "?", "second")
	tried := 0
	works, err := i.take(t.Context(), step{
		part: "the database", keys: []string{"odoo.database"},
		ask: func(ctx context.Context) error { return i.ask(ctx, question{key: "odoo.database", text: "Database"}) },
		try: func(context.Context) (string, error) {
			if tried++; tried == 1 {
				return "", errors.New("no such database")
			}
			return "it is there", nil
		},
	}, true)
	require.NoError(t, err)
	assert.True(t, works)
	assert.Equal(t, map[string]string{"odoo.database": "second"}, i.values)
	assert.Equal(t, "Database:   trying ... that does not work:\n  no such database\n"+
		"Correct it? (n keeps it as it is) [Y/n] Correct it? (n keeps it as it is) [Y/n]   taken as odoo.database\n"+
		"  trying ... it is there\n", screen.String())
}

func TestACorrectionThatCannotBeRightIsAskedForAgain(t *testing.T) {
	t.Parallel()
	i, screen := answering("mail.example.com:25", "mail.example.com")
	i.typed["smtp.host"] = "https://mail.example.com"
	require.NoError(t, i.ask(t.Context(), question{key: "smtp.host", text: "Host"}))
	assert.Equal(t, "mail.example.com", i.values["smtp.host"])
	assert.Contains(t, screen.String(), "must be a name or an address without https://\nHost:   smtp.host = ")
}

func TestAFileOfAuthoritiesOfNoUseIsAskedForAgain(t *testing.T) {
	t.Parallel()
	i, _ := answering("/etc/ssl/right.pem")
	i.values["odoo.ca_file"] = "/etc/ssl/wrong.pem"
	given, err := i.authorities(t.Context(), "odoo.ca_file", errors.New("holds no certificate"))
	require.NoError(t, err)
	assert.True(t, given)
	assert.Equal(t, "/etc/ssl/right.pem", i.values["odoo.ca_file"])

	given, err = i.authorities(t.Context(), "", errors.New("refused"))
	require.NoError(t, err)
	assert.False(t, given, "not where no certificate is looked at")
}
