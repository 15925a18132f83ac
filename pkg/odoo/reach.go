package odoo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// transportFailure describes an error of the HTTP client: no answer came.
// unsent says that there was no connection over which it could have asked.
func (c *Client) transportFailure(err error, unsent bool, timeout time.Duration) *Error {
	e := c.explain(err, unsent, timeout)
	e.unsent = unsent
	return e
}

func (c *Client) explain(err error, unsent bool, timeout time.Duration) *Error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // The rest repeats the method and the address.
	}
	if e := c.tlsFailure(err); e != nil {
		return e
	}
	e := &Error{Kind: Unreachable, Err: err, transient: true}
	if timedOut(err) {
		if !unsent {
			return c.timeout(err, timeout)
		}
		e.Message = fmt.Sprintf("no connection to %s within %s", c.base, timeout)
		return e
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		e.Message = "the host name " + quote(dns.Name) + " cannot be found"
		e.Cure = "check the host name in odoo.url, and this host's name server"
		e.transient = !dns.IsNotFound
		return e
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		e.Message = "no connection to " + c.base + ": " + c.line(op.Err.Error())
		return e
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		e.Message = c.base + " closed the connection without an answer"
		return e
	}
	e.Message = "the connection to " + c.base + " broke: " + c.line(err.Error())
	return e
}

// tlsFailure describes what went wrong before the first byte could be sent
// over TLS; nil when it was something else. Repeating does not help.
func (c *Client) tlsFailure(err error) *Error {
	e := &Error{Kind: Untrusted, Err: err}
	if errors.Is(err, http.ErrSchemeMismatch) {
		e.Message = c.base + " speaks plain http, not https"
		e.Cure = "correct the port in odoo.url, or its https:// to http:// if the network between is trusted"
		return e
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		e.Message = "the certificate of " + c.base + " is for another host: " + c.line(name.Error())
		e.Cure = "write in odoo.url the host name that the certificate is for"
		return e
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		e.Message = "the certificate of " + c.base + " has expired or is not valid yet: " + c.line(invalid.Error())
		e.Cure = "renew the certificate, or correct this host's clock"
		return e
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.Message = "the certificate of " + c.base + " cannot be verified: " + c.line(err.Error())
		return e
	}
	_, record := errors.AsType[tls.RecordHeaderError](err)
	op, network := errors.AsType[*net.OpError](err)
	// So crypto/tls names the alerts of the two sides.
	alert := network && (op.Op == "remote error" || op.Op == "local error")
	if record || alert {
		e.Message = "no TLS with " + c.base + ": " + c.line(err.Error())
		e.Cure = "see whether the port in odoo.url speaks https, TLS 1.2 or later, and not plain http"
		return e
	}
	return nil
}

func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout()
}
