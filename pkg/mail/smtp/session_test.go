package smtp_test

import (
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

const password = "c0rrect horse"

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestStartTLS(t *testing.T) {
	config, caFile := certificate(t)
	withTLS := func(options smtp.Options) smtp.Options {
		options.TLS, options.CAFile = smtp.StartTLS, caFile
		options.User, options.Password = "tool", func() string { return password }
		return options
	}
	inClear := func(p *peer) {
		p.say("220 ready")
		p.converse("EHLO tool.example.com", "250-hello\n250-SIZE 1000\n250 starttls", "STARTTLS", "220 go")
	}

	t.Run("logs in and sends only after TLS", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			inClear(p)
			p.startTLS(config)
			p.converse("EHLO tool.example.com", "250-hello\n250 AUTH LOGIN PLAIN",
				"AUTH PLAIN "+encode("\x00tool\x00"+password), "235 2.7.0 welcome")
			p.accept()
			p.converse("QUIT", "221 bye")
		})))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("logs in by LOGIN where there is no PLAIN", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			inClear(p)
			p.startTLS(config)
			p.converse("EHLO tool.example.com", "250-hello\n250 AUTH XOAUTH2 LOGIN",
				"AUTH LOGIN", "334 "+encode("Username:"), encode("tool"), "334 "+encode("Password:"), encode(password), "235 welcome",
				"NOOP", "250 OK", "QUIT", "221 bye")
		})))
		require.NoError(t, sender.Check(t.Context()))
		sender.Close()
	})
	t.Run("says nothing more to a server that does not offer it", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			p.greet("AUTH PLAIN LOGIN")
			assert.Empty(t, p.silence())
		})))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "encrypt the connection to the mail server: the server does not offer STARTTLS")
		require.ErrorIs(t, err, smtp.ErrNoStartTLS)
		assert.Equal(t, verdict{Stage: smtp.StageTLS, Failure: ledger.FailureServer}, verdictOf(t, err))
		assert.Equal(t, "check smtp.port; a server that encrypts from the start wants smtp.tls: implicit (usually port 465)", asError(t, err).Hint())
	})
	t.Run("says nothing more to a server that refuses it", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			p.say("220 ready")
			p.converse("EHLO tool.example.com", "250-hello\n250 STARTTLS", "STARTTLS", "454 4.7.0 not now")
			assert.Empty(t, p.silence())
		})))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "encrypt the connection to the mail server: 454 4.7.0 not now")
		assert.Equal(t, verdict{Stage: smtp.StageTLS, Failure: ledger.FailureServer, Temporary: true}, verdictOf(t, err))
	})
	t.Run("hangs up when words in clear follow", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			p.say("220 ready")
			p.converse("EHLO tool.example.com", "250-hello\n250 STARTTLS", "STARTTLS", "220 go\n250-hello\n250 AUTH PLAIN")
			assert.Empty(t, p.silence())
		})))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.ErrorIs(t, err, smtp.ErrNotSMTP)
		assert.Equal(t, verdict{Stage: smtp.StageTLS, Failure: ledger.FailureServer}, verdictOf(t, err))
	})
	t.Run("hangs up on a certificate that nobody vouches for", func(t *testing.T) {
		options := withTLS(play(t, func(p *peer) {
			inClear(p)
			p.startTLS(config)
			p.silence()
		}))
		options.CAFile = ""
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageTLS, Failure: ledger.FailureServer}, verdictOf(t, err))
		require.EqualError(t, err, "encrypt the connection to the mail server: the server's certificate cannot be verified: x509: certificate signed by unknown authority")
		assert.Equal(t, "set smtp.ca_file to the certificate of the authority that signed the mail server's", asError(t, err).Hint())
	})
	t.Run("hangs up on a certificate for another name", func(t *testing.T) {
		options := withTLS(play(t, func(p *peer) {
			inClear(p)
			p.startTLS(config)
			p.silence()
		}))
		options.Host = "localhost"
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageTLS, Failure: ledger.FailureServer}, verdictOf(t, err))
		assert.Contains(t, err.Error(), "encrypt the connection to the mail server: the server's certificate is for another host: ")
		assert.Equal(t, "set smtp.host to a name that the mail server's certificate is for", asError(t, err).Hint())
	})
	t.Run("waits no longer than allowed for a server that encrypts from the start", func(t *testing.T) {
		options := withTLS(play(t, func(p *peer) {
			p.startTLS(config)
			_, err := p.lines.ReadByte()
			assert.ErrorIs(t, err, io.EOF)
		}))
		options.Timeout = 500 * time.Millisecond
		_, err := newSender(t, options).Deliver(t.Context(), envelope(), raw, begin)
		require.EqualError(t, err, "greet the mail server: no answer within 500ms")
		assert.Equal(t, "check smtp.port; a server that encrypts from the start wants smtp.tls: implicit", asError(t, err).Hint())
	})
}

func TestImplicitTLS(t *testing.T) {
	config, caFile := certificate(t)
	withTLS := func(options smtp.Options) smtp.Options {
		options.TLS, options.CAFile = smtp.ImplicitTLS, caFile
		return options
	}
	t.Run("sends", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			p.startTLS(config)
			p.greet()
			p.accept()
			p.converse("QUIT", "221 bye")
		})))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		require.NoError(t, err)
		sender.Close()
	})
	t.Run("says nothing to a server that begins in clear", func(t *testing.T) {
		sender := newSender(t, withTLS(play(t, func(p *peer) {
			p.say("220 mail.example.com ready")
			p.silence()
		})))
		_, err := sender.Deliver(t.Context(), envelope(), raw, begin)
		assert.Equal(t, verdict{Stage: smtp.StageTLS, Failure: ledger.FailureServer}, verdictOf(t, err))
		assert.Contains(t, err.Error(), "encrypt the connection to the mail server: no TLS with the server: ")
		assert.Equal(t, "the server does not encrypt from the start: set smtp.tls to starttls, or smtp.port to 465", asError(t, err).Hint())
	})
}

func TestLogin(t *testing.T) {
	config, caFile := certificate(t)
	login := func(script func(*peer)) func(*testing.T) error {
		return func(t *testing.T) error {
			options := play(t, func(p *peer) { p.startTLS(config); script(p) })
			options.TLS, options.CAFile = smtp.ImplicitTLS, caFile
			options.User, options.Password = "tool", func() string { return password }
			return newSender(t, options).Check(t.Context())
		}
	}
	plain := "AUTH PLAIN " + encode("\x00tool\x00"+password)
	tests := []struct {
		name  string
		check func(*testing.T) error
		want  verdict
		err   string
		hint  string
	}{
		{
			"a wrong password",
			login(func(p *peer) {
				p.greet("AUTH PLAIN")
				p.converse(plain, "535 5.7.8 authentication failed", "*", "500 what?")
				assert.Empty(p.t, p.silence())
			}),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 5.7.8 authentication failed", "check smtp.user and smtp.password_file",
		},
		{
			"a server that repeats the password",
			login(func(p *peer) {
				p.greet("AUTH PLAIN")
				p.converse(plain, "535 not '"+password+"' nor "+encode(password)+" nor "+plain, "*", "500 what?")
				assert.Empty(p.t, p.silence())
			}),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 not '<redacted>' nor <redacted> nor AUTH PLAIN <redacted>", "check smtp.user and smtp.password_file",
		},
		{
			"a server that is a mere echo",
			login(func(p *peer) { p.greet("AUTH PLAIN"); p.converse(plain, plain); p.silence() }),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: the server does not answer as a mail server does", "",
		},
		{
			"a server whose accounts are out of order",
			login(func(p *peer) {
				p.greet("AUTH PLAIN")
				p.converse(plain, "454 4.7.0 temporary failure", "*", "500 what?")
				assert.Empty(p.t, p.silence())
			}),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer, Temporary: true},
			"log in to the mail server: 454 4.7.0 temporary failure", "",
		},
		{
			"a server without a login",
			login(func(p *peer) { p.greet(); assert.Empty(p.t, p.silence()) }),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: the server offers neither PLAIN nor LOGIN", "leave smtp.user empty if the server needs no login",
		},
		{
			"a server with other ways to log in",
			login(func(p *peer) { p.greet("AUTH GSSAPI CRAM-MD5"); assert.Empty(p.t, p.silence()) }),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: the server offers neither PLAIN nor LOGIN, but CRAM-MD5, GSSAPI",
			"let the server allow PLAIN or LOGIN for this user; some providers have an app password for it",
		},
		{
			"a server that wants access tokens",
			login(func(p *peer) { p.greet("AUTH XOAUTH2 CRAM-MD5"); assert.Empty(p.t, p.silence()) }),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: the server offers neither PLAIN nor LOGIN, but CRAM-MD5, XOAUTH2",
			"set smtp.auth: oauth2; the installation guide says how, for Microsoft 365 and Google",
		},
		{
			"a password that is wrong in each way",
			login(func(p *peer) {
				p.greet("AUTH PLAIN LOGIN")
				p.converse(plain, "535 5.7.8 no", "*", "501 what?")
				p.converse("AUTH LOGIN", "334 VXNlcm5hbWU6", encode("tool"), "334 UGFzc3dvcmQ6", encode(password), "535 5.7.8 never", "*", "501 what?")
				assert.Empty(p.t, p.silence())
			}),
			verdict{Stage: smtp.StageAuth, Failure: ledger.FailureServer},
			"log in to the mail server: 535 5.7.8 no", "check smtp.user and smtp.password_file",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.check(t)
			require.EqualError(t, err, tt.err)
			assert.Equal(t, tt.want, verdictOf(t, err))
			assert.Equal(t, tt.hint, asError(t, err).Hint())
			assert.NotContains(t, err.Error(), password)
			assert.NotContains(t, err.Error(), encode(password))
		})
	}
}

func TestEachServersWayToLogIn(t *testing.T) {
	config, caFile := certificate(t)
	plain, user, secret := "AUTH PLAIN "+encode("\x00tool\x00"+password), encode("tool"), encode(password)
	login := func(p *peer) {
		p.converse("AUTH LOGIN", "334 VXNlcm5hbWU6", user, "334 UGFzc3dvcmQ6", secret, "235 welcome")
	}
	end := func(p *peer) { p.converse("NOOP", "250 OK", "QUIT", "221 bye") }
	for name, scripts := range map[string][]func(*peer){
		"AUTH in small letters":   {func(p *peer) { p.greet("auth login"); login(p); end(p) }},
		"AUTH=LOGIN alone":        {func(p *peer) { p.greet("AUTH=LOGIN"); login(p); end(p) }},
		"AUTH=LOGIN among others": {func(p *peer) { p.greet("AUTH=CRAM-MD5 LOGIN", "SIZE 1000"); login(p); end(p) }},
		"AUTH twice": {func(p *peer) {
			p.greet("AUTH CRAM-MD5 PLAIN", "AUTH=CRAM-MD5")
			p.converse(plain, "235 welcome")
			end(p)
		}},
		"PLAIN is offered, LOGIN works": {func(p *peer) {
			p.greet("AUTH PLAIN LOGIN")
			p.converse(plain, "504 5.5.4 no", "*", "501 what?")
			login(p)
			end(p)
		}},
		"PLAIN is refused, LOGIN works": {func(p *peer) {
			p.greet("AUTH LOGIN PLAIN")
			p.converse(plain, "535 5.7.8 no", "*", "501 what?")
			login(p)
			end(p)
		}},
		"PLAIN ends the connection": {
			func(p *peer) { p.greet("AUTH LOGIN PLAIN"); p.converse(plain, "535 5.7.8 no"); p.hear("*") },
			func(p *peer) { p.greet("AUTH LOGIN PLAIN"); login(p); end(p) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, script := range scripts {
				scripts[i] = func(p *peer) { p.startTLS(config); script(p) }
			}
			options := play(t, scripts...)
			options.TLS, options.CAFile = smtp.ImplicitTLS, caFile
			options.User, options.Password = "tool", func() string { return password }
			sender := newSender(t, options)
			require.NoError(t, sender.Check(t.Context()))
			sender.Close()
		})
	}
}

func TestLocalName(t *testing.T) {
	options := play(t, func(p *peer) {
		p.say("220 ready")
		p.converse("EHLO [127.0.0.1]", "250 hello", "NOOP", "250 OK", "QUIT", "221 bye")
	})
	options.LocalName = ""
	sender := newSender(t, options)
	require.NoError(t, sender.Check(t.Context()))
	sender.Close()
}

func TestSize(t *testing.T) {
	sender := newSender(t, play(t, func(p *peer) {
		p.greet("SIZE 100")
		p.converse("MAIL FROM:<bounce@example.com> SIZE=27", "250 OK", "RCPT TO:<zoe@client.example>", "250 OK")
		p.data()
		p.say("250 taken")
		p.converse("QUIT", "221 bye")
	}))
	_, err := sender.Deliver(t.Context(), envelope(), []byte(strings.Repeat("x", 101)), begin)
	require.EqualError(t, err, "send MAIL command: the mail is larger than the server takes: it has 101 bytes, the limit is 100")
	require.ErrorIs(t, err, smtp.ErrTooLarge)
	assert.Equal(t, verdict{Stage: smtp.StageMail}, verdictOf(t, err))

	_, err = sender.Deliver(t.Context(), envelope(), raw, begin)
	require.NoError(t, err, "the connection serves the next mail")
	sender.Close()
}

func TestNew(t *testing.T) {
	good := smtp.Options{Host: "mail.example.com", Port: 587, TLS: smtp.StartTLS}
	_, err := smtp.New(good)
	require.NoError(t, err)

	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for want, change := range map[string]func(*smtp.Options){
		`smtp.host: "" is not a host name`:                                func(o *smtp.Options) { o.Host = "" },
		`smtp.host: "a b" is not a host name`:                             func(o *smtp.Options) { o.Host = "a b" },
		`smtp.port: 0 is not a port`:                                      func(o *smtp.Options) { o.Port = 0 },
		`smtp.port: 65536 is not a port`:                                  func(o *smtp.Options) { o.Port = 65536 },
		`smtp.tls: "" is not one of starttls, implicit, none`:             func(o *smtp.Options) { o.TLS = "" },
		`smtp.user: a login needs encryption, and smtp.tls is none`:       func(o *smtp.Options) { o.TLS, o.User = smtp.NoTLS, "tool" },
		`smtp.user: a login needs a password`:                             func(o *smtp.Options) { o.User = "tool" },
		`local name: "a\r\nMAIL" is not a host name`:                      func(o *smtp.Options) { o.LocalName = "a\r\nMAIL" },
		`smtp: a limit is negative`:                                       func(o *smtp.Options) { o.Connections = -1 },
		`read smtp.ca_file: open /nowhere.pem: no such file or directory`: func(o *smtp.Options) { o.CAFile = "/nowhere.pem" },
		`read smtp.ca_file: "` + empty + `" holds no certificate`:         func(o *smtp.Options) { o.CAFile = empty },
	} {
		t.Run(want, func(t *testing.T) {
			options := good
			change(&options)
			_, err := smtp.New(options)
			require.EqualError(t, err, want)
		})
	}
}
