// Package netfault describes errors of the network in words for people.
package netfault

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"

	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

// maxText is how many characters of a cause are kept.
const maxText = 300

// cause is an error of the network in words for people.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// InWords describes an error of the network, which it wraps, as package odoo does, so that
// the same fault reads the same whichever server has it. It returns other errors as they
// are.
func InWords(err error) error {
	text := ""
	var (
		notFound    *net.DNSError
		name        x509.HostnameError
		invalid     x509.CertificateInvalidError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		network     *net.OpError
	)
	switch {
	case errors.As(err, &notFound):
		text = "the host name " + strconv.Quote(notFound.Name) + " cannot be found"
	case errors.As(err, &name):
		text = "the server's certificate is for another host: " + name.Error()
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		text = "the server's certificate has expired or is not valid yet: " + invalid.Error()
	case errors.As(err, &certificate):
		text = "the server's certificate cannot be verified: " + certificate.Err.Error()
	case errors.As(err, &record):
		text = "no TLS with the server: " + record.Error()
	case errors.As(err, &network) && network.Timeout():
		text = "no answer in time"
	case errors.As(err, &network) && network.Op == "dial" && network.Addr != nil:
		text = "no connection to " + network.Addr.String() + ": " + network.Err.Error()
	case errors.As(err, &network) && (network.Op == "remote error" || network.Op == "local error"):
		text = "no TLS with the server: " + network.Err.Error()
	case errors.As(err, &network):
		text = "the connection broke: " + network.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "the server closed the connection"
	default:
		return err
	}
	return &cause{text: plaintext.OneLine(text, maxText), err: err}
}
