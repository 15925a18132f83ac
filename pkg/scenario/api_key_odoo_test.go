//go:build odoo

package scenario_test

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
)

// AddKey writes a key as Odoo keeps it: hashed, in the form of Python's passlib, and found by
// its first 8 digits. No call could: Odoo tells a key only to whom it belongs, in a browser.
func (o *realOdoo) AddKey(login, key string) error {
	const rounds, salt = 1000, "of these tests"
	sum, err := pbkdf2.Key(sha512.New, key, []byte(salt), rounds, sha512.Size)
	if err != nil {
		return err
	}
	text := func(b []byte) string {
		return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(b), "+", ".")
	}
	return o.manage(fmt.Sprintf(`INSERT INTO res_users_apikeys (name, user_id, key, index)
		SELECT 'crm-tool', id, '$pbkdf2-sha512$%d$%s$%s', '%s' FROM res_users WHERE login = '%s';`,
		rounds, text([]byte(salt)), text(sum), key[:8], login), "sql", o.database)
}
