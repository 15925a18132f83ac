package exit

import (
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/mail/token"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Cause returns the kind of the error that decides the status, for people who
// read about it later: "Odoo: access-denied", "mail server: auth, 535". It is empty
// where the status says as much, and quotes nobody.
func Cause(err error) string {
	cause, code := "", Code(err)
	walk(err, func(err error) bool {
		found, known := codeOf(err)
		if known && found == code && cause == "" {
			cause = kindOf(err)
		}
		return known
	})
	return cause
}

// kindOf returns the kind of an error alone, where one of the status tells more
// than its meaning.
func kindOf(err error) string {
	switch e := err.(type) { //nolint:errorlint // walk unwraps.
	case *odoo.Error:
		return "Odoo: " + string(e.Kind)
	case *token.Error:
		return "token server: " + string(e.Kind)
	case *smtp.Error:
		if failed, ok := errors.AsType[*token.Error](e.Err); ok {
			return kindOf(failed)
		}
		if e.Code != 0 {
			return fmt.Sprintf("mail server: %s, %d", e.Stage, e.Code)
		}
		return "mail server: " + string(e.Stage)
	}
	return ""
}
