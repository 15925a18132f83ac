package odoo_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

func TestOptionsThatCannotBeRightAreRefused(t *testing.T) {
	const form = "set odoo.url to the address of Odoo, such as https://odoo.example.com"
	const ca = "let odoo.ca_file name a readable file of PEM certificates"
	noPEM := writeFile(t, "no certificate")
	url := func(s string) func(*odoo.Options) { return func(o *odoo.Options) { o.URL = s } }
	for name, c := range map[string]struct {
		change func(*odoo.Options)
		want   failure
	}{
		"no address":    {url(""), failure{odoo.Misconfigured, "odoo.url is not set", "set odoo.url"}},
		"no scheme":     {url("odoo.example.com"), failure{odoo.Misconfigured, `odoo.url is not an address: "odoo.example.com"`, form}},
		"no host":       {url("https:///odoo"), failure{odoo.Misconfigured, `odoo.url is not an address: "https:///odoo"`, form}},
		"only a port":   {url("https://:8069"), failure{odoo.Misconfigured, `odoo.url is not an address: "https://:8069"`, form}},
		"another kind":  {url("ftp://odoo.example.com"), failure{odoo.Misconfigured, `odoo.url is not an address: "ftp://odoo.example.com"`, form}},
		"a broken one":  {url("https://odoo example"), failure{odoo.Misconfigured, `odoo.url is not an address: "https://odoo example"`, form}},
		"a query":       {url("https://odoo.example.com/?db=x"), failure{odoo.Misconfigured, `odoo.url ends with a query or a fragment: "https://odoo.example.com/?db=x"`, form}},
		"a page's part": {url("https://odoo.example.com/web#home"), failure{odoo.Misconfigured, `odoo.url ends with a query or a fragment: "https://odoo.example.com/web#home"`, form}},
		"plain http": {url("http://odoo.example.com"), failure{
			odoo.Misconfigured,
			`odoo.url is plain http: "http://odoo.example.com"; the password would travel unencrypted`,
			"use https, or set odoo.allow_http when the network between is trusted",
		}},
		"a password in the address": {url("https://bot:geheim@odoo.example.com"), failure{
			odoo.Misconfigured,
			"odoo.url holds a user name or a password", "write them in odoo.user and odoo.password_file, and odoo.url without them",
		}},
		"a broken password in the address": {url("https://bot:geh%eim@odoo.example.com"), failure{
			odoo.Misconfigured,
			"odoo.url holds a user name or a password", "write them in odoo.user and odoo.password_file, and odoo.url without them",
		}},
		"no database":        {func(o *odoo.Options) { o.Database = "" }, failure{odoo.Misconfigured, "odoo.database is not set", "set odoo.database"}},
		"no user":            {func(o *odoo.Options) { o.User = "" }, failure{odoo.Misconfigured, "odoo.user is not set", "set odoo.user"}},
		"no password":        {func(o *odoo.Options) { o.Password = nil }, failure{odoo.Misconfigured, "odoo.password_file is not set", "set odoo.password_file"}},
		"a negative timeout": {func(o *odoo.Options) { o.Timeout = -1 }, failure{odoo.Misconfigured, "odoo.timeout is negative", "give odoo.timeout a duration such as 30s"}},
		"no clock": {func(o *odoo.Options) { o.Now = nil }, failure{
			odoo.Defect, "the connection to Odoo was given no clock",
			"run again with --verbose, and report what it says together with Odoo's version",
		}},
		"a CA file that does not exist": {func(o *odoo.Options) { o.CAFile = "/does/not/exist" }, failure{
			odoo.Misconfigured,
			"read odoo.ca_file: open /does/not/exist: no such file or directory", ca,
		}},
		"a CA file without certificates": {func(o *odoo.Options) { o.CAFile = noPEM }, failure{
			odoo.Misconfigured,
			`odoo.ca_file holds no certificate: "` + noPEM + `"`, ca,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options("https://odoo.example.com")
			c.change(&o)
			_, err := odoo.New(o)
			assert.Equal(t, c.want, failureOf(t, err))
		})
	}
}

func TestPlainHTTPIsForThisHostAloneUnlessAllowed(t *testing.T) {
	for _, url := range []string{"http://localhost:8069", "http://127.0.0.1:8069", "http://[::1]:8069", "http://odoo.localhost"} {
		_, err := odoo.New(options(url))
		require.NoError(t, err, url)
	}
	o := options("http://odoo.example.com")
	o.AllowHTTP = true
	_, err := odoo.New(o)
	require.NoError(t, err)
}

func TestThePathAndTheHeadersOfARequest(t *testing.T) {
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("User-Agent"))
		w.WriteHeader(http.StatusNotFound)
	}))
	defer s.Close()
	o := options(s.URL + "/prefix/")
	o.API = odoo.XMLRPC
	_, err := newClient(t, o).Login(t.Context())
	require.Error(t, err)
	assert.Equal(t, []string{"POST /prefix/xmlrpc/2/common text/xml; charset=utf-8 crm-tool/1.2.3"}, got)
}

func TestAPasswordThatCannotTravelIsRefused(t *testing.T) {
	for bad, want := range map[string]string{
		"":        "odoo.password_file is not set",
		"a\x00b":  "the password for Odoo holds a character that XML-RPC cannot carry",
		"a\xffbc": "the password for Odoo holds a character that XML-RPC cannot carry",
	} {
		o := options("https://odoo.example.com")
		o.Password = func() string { return bad }
		_, err := newClient(t, o).Login(t.Context())
		require.EqualError(t, err, want)
		assert.Equal(t, odoo.Misconfigured, failureOf(t, err).Kind)
	}
}

func tlsServer(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(&server{answers: []http.HandlerFunc{value("x")}})
	s.TLS = config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// expired makes a certificate for this host that was valid a year ago.
func expired(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, -1, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func caFile(t *testing.T, der []byte) string {
	t.Helper()
	return writeFile(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// mailServer returns the https address of something that greets like a mail
// server.
func mailServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "220 mail.example.com ESMTP\r\n")
			_, _ = conn.Read(make([]byte, 1024))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "https://" + l.Addr().String()
}

func TestTLSIsVerified(t *testing.T) {
	good := tlsServer(t, nil)
	goodCA := caFile(t, good.Certificate().Raw)
	old := expired(t)
	late := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{old}})
	outdated := tlsServer(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	plain := serve(t, value("x"))
	mail := mailServer(t)

	t.Run("a certificate of the CA file is trusted", func(t *testing.T) {
		o := options(good.URL)
		o.CAFile = goodCA
		connect(t, o)
	})
	for name, c := range map[string]struct {
		url, ca string
		text    string
		hint    string
	}{
		"an unknown authority": {
			good.URL, "", "the certificate of URL cannot be verified: tls: failed to verify certificate: x509: certificate signed by unknown authority",
			"set odoo.ca_file to the certificate of the authority that signed Odoo's",
		},
		"another host's certificate": {
			strings.Replace(good.URL, "127.0.0.1", "localhost", 1), goodCA,
			"the certificate of URL is for another host: x509: certificate is valid for example.com, *.example.com, not localhost",
			"write in odoo.url the host name that the certificate is for",
		},
		"an expired certificate": {
			late.URL, caFile(t, old.Certificate[0]),
			"the certificate of URL has expired or is not valid yet: x509: certificate has expired or is not yet valid: ",
			"renew the certificate, or correct this host's clock",
		},
		"a TLS version that is too old": {
			outdated.URL, goodCA, "no TLS with URL: remote error: tls: protocol version not supported",
			"see whether the port in odoo.url speaks https, TLS 1.2 or later, and not plain http",
		},
		"something that is not TLS": {
			mail, "", "no TLS with URL: tls: first record does not look like a TLS handshake",
			"see whether the port in odoo.url speaks https, TLS 1.2 or later, and not plain http",
		},
		"plain http": {
			strings.Replace(plain.URL, "http:", "https:", 1), "", "URL speaks plain http, not https",
			"correct the port in odoo.url, or its https:// to http:// if the network between is trusted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, p := options(c.url), &pauses{}
			o.CAFile, o.Sleep = c.ca, p.sleep
			_, err := newClient(t, o).Login(t.Context())
			got := failureOf(t, err)
			text := strings.ReplaceAll(got.Text, c.url, "URL")
			if strings.HasSuffix(c.text, ": ") { // The time of day follows.
				text = text[:min(len(text), len("ask for Odoo's version: "+c.text))]
			}
			assert.Equal(t, failure{odoo.Untrusted, "ask for Odoo's version: " + c.text, c.hint}, failure{got.Kind, text, got.Hint})
			assert.Empty(t, p.taken, "repeating cannot help")
		})
	}
}
