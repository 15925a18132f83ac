package checks

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// protocol says in which one Odoo is called.
func (s *Subject) protocol(context.Context) (string, error) {
	if s.session.API() == odoo.JSON2 {
		return "Odoo is called by JSON-2", nil
	}
	return "Odoo is called by XML-RPC", nil
}

func (s *Subject) odooCertificate(context.Context) (string, error) {
	return s.lasting("Odoo", s.session.Certificate())
}

func (s *Subject) mailCertificate(ctx context.Context) (string, error) {
	if s.throughOdoo() {
		return "", odooSends
	}
	var certificate *x509.Certificate
	err := s.withServer(false, func(server *smtp.Sender) (err error) {
		certificate, err = server.Certificate(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.lasting("the mail server", certificate)
}

// lasting tells whether a certificate ends before long: in two weeks, or in the last
// quarter of a life that is shorter. By then, it should have been renewed.
func (s *Subject) lasting(whose string, c *x509.Certificate) (string, error) {
	const soon, lastPart = 14 * 24 * time.Hour, 4
	if c == nil {
		return "", skip("the connection to " + whose + " is not encrypted")
	}
	ends := c.NotAfter.UTC().Format(time.DateOnly)
	if left := c.NotAfter.Sub(s.Host.Clock()); left < min(soon, c.NotAfter.Sub(c.NotBefore)/lastPart) {
		return "", caution{hinted(
			fmt.Sprintf("the certificate of %s ends on %s", whose, ends), "renew it; see why that did not happen by itself",
		)}
	}
	return fmt.Sprintf("the certificate of %s is good until %s", whose, ends), nil
}
