//go:build odoo

package scenario_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// A real mail server between the tool and the mailbox: Debian's Postfix, which
// .ci/postfix brings. It wants STARTTLS and a login, and makes the delivery
// reports.
func TestScenariosWithARelay(t *testing.T) {
	runScenarios(t, newest, "relay/*", relayCommands())
}

const (
	relayUser, relayPassword = "crm-tool", "password of the relay"
	// reportDomain is where the relay sends its reports to.
	reportDomain = "odoo.example.com"
	patience     = 20 * time.Second
)

// relay is a Postfix that runs.
type relay struct {
	// reports is where its delivery reports go.
	reports *sandboxsmtp.Mailbox
	log     string
}

func relayCommands() commandGroup {
	var r relay
	return commandGroup{
		"relay": func(s *script, args []string) { r = startRelay(s, args) },
		"arrive": func(s *script, args []string) {
			s.arguments(args, "N")
			r.wait(s, s.mailbox, args[0])
		},
		"reports": func(s *script, args []string) {
			s.arguments(args, "N")
			for _, m := range r.wait(s, r.reports, args[0]) {
				s.report(string(m.Data))
			}
			r.reports.Reset()
		},
	}
}

// wait waits for so many mails.
func (r relay) wait(s *script, m *sandboxsmtp.Mailbox, count string) []sandboxsmtp.Message {
	n, err := strconv.Atoi(count)
	require.NoError(s, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	messages, err := m.Wait(ctx, n)
	log, _ := os.ReadFile(r.log) // It is for people alone.
	require.NoError(s, err, "%s", log)
	require.Len(s, messages, n)
	return messages
}

// startRelay starts Postfix and lets the tool send through it.
func startRelay(s *script, args []string) relay {
	o := s.options(args, "size", "unsaid", "greylist", "unknown")
	reports, err := sandboxsmtp.New(sandboxsmtp.Options{})
	require.NoError(s, err)
	s.ts.Defer(func() { require.NoError(s.tb, reports.Close()) })

	// Its own users have to reach it.
	dir, err := os.MkdirTemp("", "relay")
	require.NoError(s, err)
	s.ts.Defer(func() { require.NoError(s.tb, os.RemoveAll(dir)) })
	require.NoError(s, os.Chmod(dir, 0o755))
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(s, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	authority, chain, key := newCertificate(s)
	port := freePort(s)
	file("port", port)
	file("login", relayUser+":"+relayPassword)
	next := fmt.Sprintf("[127.0.0.1]:%d", s.mailbox.Port())
	settings := []string{
		"myhostname = relay.example.com",
		"smtpd_tls_security_level = encrypt",
		"smtpd_tls_cert_file = " + file("chain.pem", chain),
		"smtpd_tls_key_file = " + file("key.pem", key),
		"smtpd_sasl_auth_enable = yes",
		"smtpd_relay_restrictions = permit_sasl_authenticated, reject",
		"relayhost = " + next,
		"smtp_tls_security_level = encrypt",
		"smtp_sasl_auth_enable = yes",
		"smtp_sasl_security_options = noanonymous",
		fmt.Sprintf("smtp_sasl_password_maps = inline:{ {%s = crm-tool:%s} }", next, mailPassword),
		fmt.Sprintf("transport_maps = inline:{ {%s = smtp:[127.0.0.1]:%d} }", reportDomain, reports.Port()),
	}
	var restrictions []string
	if o["unknown"] != "" {
		restrictions = append(restrictions, "check_recipient_access inline:{ {"+o["unknown"]+" = 550 5.1.1 No such user here} }")
	}
	if o["greylist"] != "" {
		restrictions = append(restrictions, "check_policy_service inet:"+greylist(s, o["greylist"]))
	}
	settings = append(settings, "smtpd_recipient_restrictions = "+strings.Join(restrictions, ", "))
	if o["size"] != "" {
		settings = append(settings, "message_size_limit = "+o["size"])
	}
	if o["unsaid"] != "" {
		settings = append(settings, "smtpd_discard_ehlo_keywords = size")
	}
	file("settings", strings.Join(settings, "\n")+"\n")
	runRelay(s, dir, port)

	s.ts.Setenv("CRM_TOOL_SMTP_PORT", port)
	s.ts.Setenv("CRM_TOOL_SMTP_USER", relayUser)
	s.ts.Setenv("CRM_TOOL_SMTP_PASSWORD_FILE", file("password", relayPassword))
	s.ts.Setenv("CRM_TOOL_SMTP_CA_FILE", file("ca.pem", authority))
	return relay{reports: reports, log: filepath.Join(dir, "log")}
}

// runRelay runs Postfix until the script ends, and waits until it answers.
func runRelay(s *script, dir, port string) {
	process := exec.Command(setting(s.tb, "CRM_TOOL_TEST_POSTFIX"), "run", dir)
	process.Stderr = os.Stderr
	require.NoError(s, process.Start())
	s.ts.Defer(func() {
		_ = process.Process.Signal(syscall.SIGTERM) // It may have ended.
		_ = process.Wait()                          // By the signal.
	})
	require.EventuallyWithT(s, func(c *assert.CollectT) {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		require.NoError(c, err)
		defer conn.Close()
		require.NoError(c, conn.SetDeadline(time.Now().Add(time.Second)))
		greeting, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(c, err)
		require.Contains(c, greeting, "220 relay.example.com")
	}, patience, 50*time.Millisecond)
}

// greylist starts a policy service, as Postfix asks one about each recipient:
// mail to one of the domain whom it does not know has to come again. It returns
// where it listens.
func greylist(s *script, domain string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s, err)
	s.ts.Defer(func() { require.NoError(s.tb, listener.Close()) })
	seen := make(chan map[string]bool, 1)
	seen <- map[string]bool{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // The script has ended.
			}
			go answerPolicy(conn, domain, seen)
		}
	}()
	return listener.Addr().String()
}

// answerPolicy answers requests, lines NAME=VALUE up to an empty one, until
// Postfix closes the connection.
func answerPolicy(conn net.Conn, domain string, seen chan map[string]bool) {
	defer conn.Close()
	recipient := ""
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		switch name {
		case "recipient":
			recipient = value
		case "":
			known := <-seen
			action := "dunno"
			if strings.HasSuffix(recipient, "@"+domain) && !known[recipient] {
				action = "451 4.7.1 Greylisted, come again"
			}
			known[recipient] = true
			seen <- known
			if _, err := fmt.Fprintf(conn, "action=%s\n\n", action); err != nil {
				return
			}
		}
	}
}

func freePort(s *script) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(s, err)
	return port
}

// newCertificate makes a private authority, and a certificate of it for
// 127.0.0.1, all in PEM.
func newCertificate(s *script) (authority, certificate, key string) {
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
	}
	root := template(1, "Private CA")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(s, err)
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	require.NoError(s, err)
	leaf := template(2, "relay.example.com")
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(s, err)
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	require.NoError(s, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	require.NoError(s, err)
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return text("CERTIFICATE", rootDER), text("CERTIFICATE", leafDER), text("PRIVATE KEY", keyDER)
}
