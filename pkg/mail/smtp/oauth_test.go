package smtp_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/mail/token"
)

// tokens hands out these, one after another; the first is from an earlier run.
type tokens struct {
	list []string
	err  error
}

func (s *tokens) Token(context.Context) (string, error) {
	if s.err != nil {
		return "", s.err
	}
	return s.list[0], nil
}

func (s *tokens) Replace(context.Context, string) (string, error) {
	if len(s.list) < 2 {
		return "", s.err
	}
	s.list = s.list[1:]
	return s.list[0], nil
}

func xoauth2(token string) string {
	return "AUTH XOAUTH2 " + encode("user=bob@example.com\x01auth=Bearer "+token+"\x01\x01")
}

const (
	gmail    = `{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`
	rejected = "535-5.7.8 Username and Password not accepted.\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials"
)

func TestLoginByToken(t *testing.T) {
	config, caFile := certificate(t)
	check := func(t *testing.T, s *tokens, scripts ...func(*peer)) error {
		t.Helper()
		for i, script := range scripts {
			scripts[i] = func(p *peer) { p.startTLS(config); script(p) }
		}
		options := play(t, scripts...)
		options.TLS, options.CAFile = smtp.ImplicitTLS, caFile
		options.User, options.Tokens = "bob@example.com", s
		return newSender(t, options).Check(t.Context())
	}
	works := func(p *peer) { p.converse("NOOP", "250 OK", "QUIT", "221 bye") }

	t.Run("works by XOAUTH2, which is preferred", func(t *testing.T) {
		require.NoError(t, check(t, &tokens{list: []string{"good"}}, func(p *peer) {
			p.greet("AUTH LOGIN PLAIN OAUTHBEARER XOAUTH2")
			p.converse(xoauth2("good"), "235 2.7.0 Accepted")
			works(p)
		}))
	})
	t.Run("works by OAUTHBEARER", func(t *testing.T) {
		require.NoError(t, check(t, &tokens{list: []string{"good"}}, func(p *peer) {
			p.greet("AUTH OAUTHBEARER")
			line, err := p.lines.ReadString('\n')
			assert.NoError(p.t, err)
			assert.Regexp(p.t, "^AUTH OAUTHBEARER bixhPWJvYkBleGFtcGxlLmNvbSwBaG9zdD0x", line)
			p.say("235 2.7.0 Accepted")
			works(p)
		}))
	})
	t.Run("gets another token if that of an earlier run is refused", func(t *testing.T) {
		require.NoError(t, check(t, &tokens{list: []string{"old", "new"}}, func(p *peer) {
			p.greet("AUTH XOAUTH2")
			p.converse(xoauth2("old"), "334 "+encode(gmail), "", rejected, "*", "502 what?", xoauth2("new"), "235 OK")
			works(p)
		}))
	})
	t.Run("gets another token over another connection if the server hangs up", func(t *testing.T) {
		require.NoError(t, check(t, &tokens{list: []string{"old", "new"}}, func(p *peer) {
			p.greet("AUTH XOAUTH2")
			p.converse(xoauth2("old"), "535 5.7.3 Authentication unsuccessful", "*", "421 4.7.0 Too many errors")
		}, func(p *peer) {
			p.greet("AUTH XOAUTH2")
			p.converse(xoauth2("new"), "235 OK")
			works(p)
		}))
	})
	for _, c := range []struct {
		name   string
		tokens *tokens
		script func(*peer)
		want   verdict
		err    string
		hint   string
	}{
		{
			"a token that Google refuses", &tokens{list: []string{"bad"}}, func(p *peer) {
				p.greet("AUTH XOAUTH2")
				p.converse(xoauth2("bad"), "334 "+encode(gmail), "", rejected, "*", "502 what?")
			},
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials " +
				"(the token was refused with status 400; its scope has to be https://mail.google.com/)",
			"see whether smtp.user is the mailbox",
		},
		{
			"a new token that Microsoft refuses, too", &tokens{list: []string{"old", "new"}}, func(p *peer) {
				p.greet("AUTH LOGIN XOAUTH2")
				p.converse(xoauth2("old"), "535 5.7.3 Authentication unsuccessful [A.B]", "*", "500 what?",
					xoauth2("new"), "535 5.7.3 Authentication unsuccessful [A.B]", "*", "500 what?")
			},
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 5.7.3 Authentication unsuccessful [A.B]", "see whether smtp.user is the mailbox",
		},
		{
			"a mailbox that may not use SMTP", &tokens{list: []string{"good"}}, func(p *peer) {
				p.greet("AUTH XOAUTH2")
				p.converse(xoauth2("good"), "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled", "*", "500 what?")
			},
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled",
			"let an administrator allow SMTP AUTH for this mailbox: Set-CASMailbox ",
		},
		{
			"a server that is busy", &tokens{list: []string{"good", "never"}}, func(p *peer) {
				p.greet("AUTH XOAUTH2")
				p.converse(xoauth2("good"), "454 4.7.0 Temporary authentication failure", "*", "500 what?")
			},
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer, Temporary: true},
			"log in to the mail server: 454 4.7.0 Temporary authentication failure", "",
		},
		{
			"a server that repeats the token", &tokens{list: []string{"s3cr3t-token"}}, func(p *peer) {
				p.greet("AUTH XOAUTH2")
				p.converse(xoauth2("s3cr3t-token"), "334 "+encode(`{"status":"s3cr3t-token"}`), "", "535 5.7.8 "+xoauth2("s3cr3t-token"), "*", "500 what?")
			},
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 5.7.8 AUTH XOAUTH2 <redacted> (the token was refused with status <redacted>)", "see whether",
		},
		{
			"a server that takes no tokens", &tokens{list: []string{"good"}}, func(p *peer) { p.greet("AUTH PLAIN LOGIN"); assert.Empty(p.t, p.silence()) },
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: the server offers neither XOAUTH2 nor OAUTHBEARER, but LOGIN, PLAIN", "set smtp.auth to password",
		},
	} {
		t.Run("fails with "+c.name, func(t *testing.T) {
			err := check(t, c.tokens, c.script)
			require.EqualError(t, err, c.err)
			assert.Equal(t, c.want, verdictOf(t, err))
			assert.True(t, strings.HasPrefix(asError(t, err).Hint(), c.hint), asError(t, err).Hint())
			assert.Equal(t, c.hint == "", asError(t, err).Hint() == "")
		})
	}
}

func TestWithoutATokenNobodyIsConnectedTo(t *testing.T) {
	for _, c := range []struct {
		kind      token.Kind
		temporary bool
	}{{token.Refused, false}, {token.Misconfigured, false}, {token.Later, true}} {
		options := play(t)
		options.TLS, options.User = smtp.ImplicitTLS, "bob@example.com"
		options.Tokens = &tokens{err: &token.Error{Kind: c.kind, Host: "login.example.com", Message: "no", Cure: "do this"}}
		sender := newSender(t, options)
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "log in to the mail server: get an access token from login.example.com: no")
		assert.Equal(t, verdict{Stage: smtp.StageToken, Failure: ledger.FailureServer, Temporary: c.temporary}, verdictOf(t, err))
		assert.Equal(t, "do this", asError(t, err).Hint())
	}
	t.Run("and a run that ends is no failure of the server", func(t *testing.T) {
		options := play(t)
		options.TLS, options.User = smtp.ImplicitTLS, "bob@example.com"
		ctx, cancel := context.WithCancel(t.Context())
		options.Tokens = &tokens{err: errors.New("ended")}
		sender := newSender(t, options)
		cancel()
		_, err := sender.Deliver(ctx, envelope(), raw, begin)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestAServerThatTakesNoPasswordsIsAnsweredWithWhatToSet(t *testing.T) {
	for said, want := range map[string]string{
		"5.7.139 Authentication unsuccessful, basic authentication is disabled. [A.B]":                                                  "the server takes no passwords: set smtp.auth: oauth2",
		"5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact an administrator": "the server takes no passwords: set smtp.auth: oauth2",
		"5.7.30 Basic authentication is not supported for Client Submission.":                                                           "the server takes no passwords: set smtp.auth: oauth2",
		"5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.":                                     "let an administrator allow SMTP AUTH",
		"5.7.9 Application-specific password required. For more information, go to 5.7.9  https://support.google.com/mail":              "make an app password for this account, or set smtp.auth: oauth2",
		"5.7.8 Username and Password not accepted.":                                                                                     "check smtp.user and smtp.password_file",
	} {
		hint := smtp.Said(smtp.StageAuth, 0, 535, said).Hint()
		assert.True(t, strings.HasPrefix(hint, want), "%s: %s", said, hint)
	}
}

// FuzzChallenge lets a server say anything before it refuses a token.
func FuzzChallenge(f *testing.F) {
	for _, challenge := range []string{gmail, `{"status":401}`, `{"status":{"a":[1]},"scope":"x"}`, `[]`, `null`, "\x00", `{"status":"token"}`, ""} {
		f.Add([]byte(challenge))
	}
	f.Fuzz(func(t *testing.T, challenge []byte) {
		client, server := net.Pipe()
		config, caFile := certificate(t)
		go func() {
			p := &peer{t: t, Conn: server}
			p.startTLS(config)
			p.lines = bufio.NewReader(p.Conn)
			defer p.Close()
			replies := []string{"250 AUTH XOAUTH2", "334 " + encode(string(challenge)), "535 5.7.8 no", "500 what?"}
			_, _ = p.Write([]byte("220 ready\r\n"))
			for _, reply := range replies {
				if _, err := p.lines.ReadString('\n'); err != nil {
					return
				}
				if _, err := p.Write([]byte(strings.Replace(reply, "250 ", "250-hello\r\n250 ", 1) + "\r\n")); err != nil {
					return
				}
			}
		}()
		sender, err := smtp.New(smtp.Options{
			Host: "127.0.0.1", Port: 25, TLS: smtp.ImplicitTLS, CAFile: caFile, User: "bob@example.com", Tokens: &tokens{list: []string{"s3cr3t-token"}},
			LocalName: "tool.example.com", Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil },
		})
		require.NoError(t, err)
		err = sender.Check(t.Context())
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "s3cr3t-token")
		assert.NotContains(t, err.Error(), "\n")
		assert.Less(t, len(err.Error()), 2000)
		sender.Close()
	})
}
