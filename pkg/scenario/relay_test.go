//go:build odoo || relay

package scenario_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
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

// Real mail servers between the tool and the mailbox: those of Debian, which
// .ci/relay brings. They want STARTTLS and a login. What only Postfix does has a
// folder of its own, the delivery reports among it.
func TestScenariosWithARelay(t *testing.T) {
	runScenarios(t, served(t), "relay/*", relayCommands("postfix"))
}

func TestScenariosWithEachRelay(t *testing.T) {
	for name := range relayServers() {
		conditions := map[string]bool{}
		for other := range relayServers() {
			conditions[other] = other == name
		}
		t.Run(name, func(t *testing.T) {
			runScenariosOn(t, variant{version: served(t)}, "relays/*", conditions, relayCommands(name))
		})
	}
}

const (
	relayUser, relayPassword = "crm-tool", "password of the relay"
	// reportDomain is where Postfix sends its delivery reports to.
	reportDomain = "odoo.example.com"
	patience     = 20 * time.Second
)

// relay is a mail server that runs.
type relay struct {
	// reports is where its delivery reports go.
	reports *sandboxsmtp.Mailbox
	log     string
}

// relayPolicy is what a relay is to do, and with what.
type relayPolicy struct {
	// port is where it listens.
	port string
	// next and reports are where it takes mails and delivery reports to.
	next, reports int
	// open wants no login, and closed takes mail for other domains alone.
	open, closed bool
	// one allows one connection at a time.
	one bool
	// limit is how many mails it takes in an hour, and few how many over a
	// connection; empty for no limit.
	limit, few string
	// unknown is an address that it knows not to exist.
	unknown string
	// stranger takes no mail from the tool's sender.
	stranger bool
	// size, unsaid and greylist are Postfix's alone.
	size, unsaid, greylist string
}

// relayServers are the settings of each server for a policy.
func relayServers() map[string]func(relayPolicy) []string {
	return map[string]func(relayPolicy) []string{"postfix": postfix, "exim": exim, "opensmtpd": openSMTPD}
}

func relayCommands(name string) commandGroup {
	var r relay
	return commandGroup{
		"relay": func(s *script, args []string) { r = startRelay(s, name, args) },
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
	require.NoError(s, err, "%s", r.told())
	require.Len(s, messages, n)
	return messages
}

// told is the server's log, for people alone.
func (r relay) told() string {
	log, err := os.ReadFile(r.log)
	if err != nil {
		return err.Error()
	}
	return string(log)
}

// startRelay starts a server and lets the tool send through it.
func startRelay(s *script, name string, args []string) relay {
	o := s.options(args, "open", "closed", "one", "limit", "few", "unknown", "stranger", "size", "unsaid", "greylist")
	reports, err := sandboxsmtp.New(sandboxsmtp.Options{})
	require.NoError(s, err)
	s.ts.Defer(func() { require.NoError(s.tb, reports.Close()) })

	// Its own users have to reach it.
	dir, err := os.MkdirTemp("", "relay")
	require.NoError(s, err)
	s.ts.Defer(func() {
		// What is being killed may still write.
		require.Eventually(s.tb, func() bool { return os.RemoveAll(dir) == nil }, patience, 10*time.Millisecond)
	})
	require.NoError(s, os.Chmod(dir, 0o755))
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(s, os.WriteFile(path, []byte(content), mode))
		return path
	}
	authority, chain, key := newCertificate(s)
	file("chain.pem", chain, 0o644)
	file("key.pem", key, 0o600)
	p := relayPolicy{
		port: freePort(s),
		next: s.mailbox.Port(), reports: reports.Port(),
		open: o["open"] != "", closed: o["closed"] != "", one: o["one"] != "", limit: o["limit"], few: o["few"], unknown: o["unknown"],
		stranger: o["stranger"] != "", size: o["size"], unsaid: o["unsaid"],
	}
	if o["greylist"] != "" {
		p.greylist = greylist(s, o["greylist"])
	}
	file("port", p.port, 0o600)
	file("login", relayUser+":"+relayPassword, 0o600)
	file("settings", strings.Join(relayServers()[name](p), "\n")+"\n", 0o600)
	r := relay{reports: reports, log: filepath.Join(dir, "log")}
	r.run(s, name, dir, p.port)

	user, password := relayUser, file("password", relayPassword, 0o600)
	if p.open {
		user, password = "", ""
	}
	s.ts.Setenv("RELAY", name)
	s.ts.Setenv("CRM_TOOL_SMTP_PORT", p.port)
	s.ts.Setenv("CRM_TOOL_SMTP_USER", user)
	s.ts.Setenv("CRM_TOOL_SMTP_PASSWORD_FILE", password)
	s.ts.Setenv("CRM_TOOL_SMTP_CA_FILE", file("ca.pem", authority, 0o600))
	return r
}

// run runs the server until the script ends, and waits until it answers.
func (r relay) run(s *script, name, dir, port string) {
	process := exec.Command(setting(s.tb, "CRM_TOOL_TEST_RELAY"), "run", name, dir)
	process.Stderr = os.Stderr
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(s, process.Start())
	s.ts.Defer(func() {
		_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL) // It may have ended.
		_ = process.Wait()                                      // By the signal.
	})
	require.EventuallyWithT(s, func(c *assert.CollectT) {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		require.NoError(c, err, "%s", r.told())
		defer conn.Close()
		require.NoError(c, conn.SetDeadline(time.Now().Add(time.Second)))
		greeting, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(c, err, "%s", r.told())
		require.Contains(c, greeting, "220 relay.example.com")
		_, err = conn.Write([]byte("QUIT\r\n"))
		require.NoError(c, err)
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
	// OpenSMTPD 6.8 cannot use one of another kind.
	leafKey, err := rsa.GenerateKey(rand.Reader, 2048)
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
