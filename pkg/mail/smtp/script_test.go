package smtp_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the server's end of a connection, played line by line.
type peer struct {
	t *testing.T
	net.Conn
	lines *bufio.Reader
}

// say sends lines to the client.
func (p *peer) say(lines ...string) {
	_, err := p.Write([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	assert.NoError(p.t, err)
}

// hear expects that the client says this line next.
func (p *peer) hear(want string) {
	got, err := p.lines.ReadString('\n')
	assert.NoError(p.t, err, "while waiting for %s", want)
	assert.Equal(p.t, want, strings.TrimRight(got, "\r\n"))
}

// converse hears and says in turns.
func (p *peer) converse(turns ...string) {
	for i := 0; i+1 < len(turns); i += 2 {
		p.hear(turns[i])
		p.say(strings.Split(turns[i+1], "\n")...)
	}
}

// greet plays everything up to the first mail.
func (p *peer) greet(extensions ...string) {
	p.say("220 mail.example.com ready")
	p.converse("EHLO tool.example.com", strings.Join(append([]string{"250-mail.example.com"}, extensions...), "\n250-")+"\n250 HELP")
}

// envelope plays the acceptance of the test's mail, but for DATA.
func (p *peer) envelope() {
	p.converse("MAIL FROM:<bounce@example.com>", "250 OK", "RCPT TO:<zoe@client.example>", "250 OK")
}

// accept plays a whole mail.
func (p *peer) accept() {
	p.envelope()
	p.data()
	p.say("250 2.0.0 taken")
}

// data plays DATA up to the dot.
func (p *peer) data() {
	p.converse("DATA", "354 go on")
	for {
		line, err := p.lines.ReadString('\n')
		if !assert.NoError(p.t, err) || line == ".\r\n" {
			return
		}
	}
}

// silence waits for the client to hang up and returns what it said until then.
func (p *peer) silence() string {
	var said strings.Builder
	_, _ = p.lines.WriteTo(&said) // A reset connection is as good as a closed one.
	return said.String()
}

// reset makes the client's next write or read fail at once.
func (p *peer) reset() {
	conn, ok := p.Conn.(*net.TCPConn)
	assert.True(p.t, ok)
	assert.NoError(p.t, conn.SetLinger(0))
	assert.NoError(p.t, conn.Close())
}

func (p *peer) startTLS(config *tls.Config) {
	p.Conn = tls.Server(p.Conn, config)
	p.lines = bufio.NewReader(p.Conn)
}

// play serves one connection for each script, in their order, and checks at the
// end of the test that all of them were played.
func play(t *testing.T, scripts ...func(*peer)) smtp.Options {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var played sync.WaitGroup
	left := len(scripts)
	played.Go(func() {
		for _, script := range scripts {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			left--
			played.Go(func() {
				// The certain end of a conversation that went astray.
				_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
				p := &peer{t: t, Conn: conn, lines: bufio.NewReader(conn)}
				script(p)
				_ = p.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		played.Wait()
		assert.Zero(t, left, "connections that were not made")
	})
	return optionsFor(listener)
}

func optionsFor(listener net.Listener) smtp.Options {
	return smtp.Options{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: smtp.NoTLS,
		LocalName: "tool.example.com", Timeout: 10 * time.Second, DataTimeout: 10 * time.Second,
	}
}

func newSender(t *testing.T, options smtp.Options) *smtp.Sender {
	t.Helper()
	sender, err := smtp.New(options)
	require.NoError(t, err)
	t.Cleanup(sender.Close)
	return sender
}

func envelope(cc ...string) mail.Envelope {
	return mail.Envelope{From: "bounce@example.com", To: "zoe@client.example", CC: cc}
}

var raw = []byte("Subject: Chairs\r\n\r\n.Hello\r\n")

func begin() error { return nil }

// asError returns the *smtp.Error that err must be.
func asError(t *testing.T, err error) *smtp.Error {
	t.Helper()
	var e *smtp.Error
	require.ErrorAs(t, err, &e)
	return e
}

// verdict is what an Error says about the mail.
type verdict struct {
	Stage     smtp.Stage
	Failure   ledger.Failure
	Temporary bool
}

func verdictOf(t *testing.T, err error) verdict {
	t.Helper()
	e := asError(t, err)
	return verdict{e.Stage, e.Failure(), e.Temporary()}
}

// certificate makes a server certificate for 127.0.0.1 and a file that makes
// clients trust it.
func certificate(t *testing.T) (config *tls.Config, caFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, caFile
}
