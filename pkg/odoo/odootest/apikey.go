//go:build odoo

package odootest

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Key returns an API key of bot: the granted one, or one that is made by SQL. The test is skipped without either.
func (d *Database) Key() string {
	d.t.Helper()
	if d.key != "" {
		return d.key
	}
	if d.sql == "" {
		d.Skip(d.t, "it needs an API key of bot: set "+Prefix+"BOT_API_KEY")
	}
	random := make([]byte, 20)
	_, _ = rand.Read(random) // It never fails.
	key := hex.EncodeToString(random)
	if err := d.AddKey(Bot, key); err != nil {
		d.t.Fatalf("give %s an API key: %v", Bot, err)
	}
	return key
}

// AddKey writes a key as Odoo keeps it: hashed, in the form of Python's passlib, and found by its first 8 digits. No
// call could: Odoo tells a key only to whom it belongs, in a browser. The test is skipped without access to the database.
func (d *Database) AddKey(login, key string) error {
	d.t.Helper()
	const rounds, salt = 1000, "of these tests"
	sum, err := pbkdf2.Key(sha512.New, key, []byte(salt), rounds, sha512.Size)
	if err != nil {
		return err
	}
	text := func(b []byte) string {
		return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(b), "+", ".")
	}
	return d.run(fmt.Sprintf(`INSERT INTO res_users_apikeys (name, user_id, key, index)
		SELECT 'crm-tool', id, '$pbkdf2-sha512$%d$%s$%s', '%s' FROM res_users WHERE login = '%s';`,
		rounds, text([]byte(salt)), text(sum), key[:8], login))
}

// EndKey gives a key an end and a name, which no call can. The test is skipped without access to the database.
func (d *Database) EndKey(key, name string, end time.Time) error {
	d.t.Helper()
	return d.run(fmt.Sprintf(`UPDATE res_users_apikeys SET expiration_date = '%s', name = '%s' WHERE index = '%s';`,
		end.UTC().Format(time.DateTime), strings.ReplaceAll(name, "'", "''"), key[:8]))
}
