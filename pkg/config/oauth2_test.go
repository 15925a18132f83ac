package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestTheSectionForTokensLiesInAnother(t *testing.T) {
	const file = "smtp:\n  host: h\n  user: bob@example.com\n  auth: oauth2\n  oauth2:\n    token_url: https://login.example.com/token\n" +
		"    client_id: me\n    client_secret: hunter2\nmail: {from: a@b.example}\n"
	s := load(file)
	assert.Empty(t, shown(problems(s)))
	c, err := s.Config(config.NeedMail)
	require.NoError(t, err)
	assert.Equal(t, config.OAuth2{TokenURL: "https://login.example.com/token", ClientID: "me", ClientSecret: config.NewSecret("hunter2")}, c.SMTP.OAuth2)
	assert.Equal(t, "https://login.example.com/token from /c.yaml:6", value(t, s, "smtp.oauth2.token_url"))
}

func TestWhatATokenNeeds(t *testing.T) {
	const all = "token_url: 'https://login.example.com/token', client_id: me, client_secret: hunter2"
	for _, c := range []struct{ name, yaml, want string }{
		{"nothing more", "user: bob, auth: oauth2, oauth2: {" + all + "}", ""},
		{"no secret of a public client", "user: bob, auth: oauth2, oauth2: {token_url: 'https://a.example/t', client_id: me, refresh_token: x}", ""},
		{"a user", "auth: oauth2, oauth2: {" + all + "}", `smtp.auth = "oauth2" (/c.yaml:1): needs smtp.user: the address of the mailbox`},
		{"an address", "user: bob, auth: oauth2, oauth2: {client_id: me, client_secret: x}", `smtp.auth = "oauth2" (/c.yaml:1): needs smtp.oauth2.token_url`},
		{"a client", "user: bob, auth: oauth2, oauth2: {token_url: 'https://a.example/t', client_secret: x}", `smtp.auth = "oauth2" (/c.yaml:1): needs smtp.oauth2.client_id`},
		{
			"a secret", "user: bob, auth: oauth2, oauth2: {token_url: 'https://a.example/t', client_id: me}",
			`smtp.auth = "oauth2" (/c.yaml:1): needs smtp.oauth2.client_secret_file or smtp.oauth2.refresh_token_file`,
		},
		{"encryption", "user: bob, tls: none, auth: oauth2, oauth2: {" + all + "}", `smtp.user = "bob" (/c.yaml:1): needs encryption, but smtp.tls is none`},
		{
			"an encrypted server", "user: bob, auth: oauth2, oauth2: {token_url: 'http://a.example/t', client_id: me, client_secret: x}",
			`smtp.oauth2.token_url = "http://a.example/t" (/c.yaml:1): must begin with https://, as secrets are sent there`,
		},
		{"no encryption on this host", "user: bob, auth: oauth2, oauth2: {token_url: 'http://127.0.0.1:8/t', client_id: me, client_secret: x}", ""},
		{
			"no password in the address", "user: bob, auth: oauth2, oauth2: {token_url: 'https://a:hunter2@a.example/t', client_id: me, client_secret: x}",
			`smtp.oauth2.token_url = "https://<redacted>@a.example/t" (/c.yaml:1): is not an address as https://oauth2.example.com/token`,
		},
		{"a nested name", "user: bob, password: x, oauth2.scope: x", `smtp.oauth2.scope (/c.yaml:1): must be written as scope: below smtp.oauth2:`},
		{"a section", "user: bob, password: x, oauth2: x", `smtp.oauth2 (/c.yaml:1): is a section: its settings belong below it, indented, each as name: value`},
	} {
		t.Run("is "+c.name, func(t *testing.T) {
			want := []string{}
			if c.want != "" {
				want = []string{c.want}
			}
			assert.Equal(t, want, shown(problems(load("smtp: {"+c.yaml+"}"))))
		})
	}
}

func TestALoginThatIsNotUsedIsAWarning(t *testing.T) {
	s := load("smtp: {user: bob, auth: oauth2, password: x, oauth2: {token_url: 'https://a.example/t', client_id: me, client_secret: x}}")
	assert.Equal(t, []string{`smtp.password = "<redacted>" (/c.yaml:1): is not used, as smtp.auth is oauth2`}, shown(s.Warnings()))
	s = load("smtp: {user: bob, password: x, oauth2: {client_id: me}}")
	assert.Equal(t, []string{`smtp.oauth2.client_id = "me" (/c.yaml:1): is not used, as smtp.auth is password`}, shown(s.Warnings()))
}
