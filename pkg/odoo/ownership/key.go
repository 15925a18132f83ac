package ownership

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

const (
	attachmentModel = "ir.attachment"

	// KeyName names the attachment with the key of our external ids. It belongs to
	// no record, so that nobody but its maker and Odoo's administrators can read it.
	KeyName = "crm-tool-key"
	keySize = 32
	// keyMimetype is one of which Odoo indexes nothing: in Odoo 16 everybody can
	// search for what it indexes of any attachment.
	keyMimetype = "application/octet-stream"

	externalModule = "crm_tool."
)

// KeyError says that the key of our external ids cannot be read.
type KeyError struct{}

func (*KeyError) Error() string {
	return "the attachment " + KeyName + " in Odoo, with which crm-tool makes its external ids, is gone or damaged"
}

// Hint says what a person can do about it.
func (*KeyError) Hint() string {
	return "when no run is under way on any host, run: crm-tool config adopt"
}

// EnsureKey returns the id if it is that of a key of ours, else that of a new one.
func (o *Ours) EnsureKey(ctx context.Context, id int64) (int64, error) {
	if id != 0 {
		key, err := o.readKey(ctx, id)
		if err != nil || key != nil {
			return id, err
		}
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // Never fails; see crypto/rand.
	return recordset.Create(ctx, o.client, attachmentModel, map[string]any{
		"name": KeyName, o.versions.SecretField(): base64.StdEncoding.EncodeToString(key), "mimetype": keyMimetype,
	})
}

// Keys selects the attachments of this user that may hold the key.
func (o *Ours) Keys() odoo.Domain {
	return odoo.And(
		odoo.Term("create_uid", "=", o.users[0]), odoo.Term("write_uid", "=", o.users[0]),
		odoo.Term("name", "=", KeyName), odoo.Term("public", "=", false), odoo.Term("res_model", "=", false),
	)
}

// ReadKey takes what an attachment of [Ours.Keys] holds in its [versions.SecretFields],
// so that the key need not be read by itself.
func (o *Ours) ReadKey(r *recordset.Row, fields []string) {
	id := r.ID()
	for _, field := range fields {
		if key, err := base64.StdEncoding.DecodeString(r.Text(field)); err == nil && len(key) == keySize {
			o.read[id] = key
		}
	}
}

// readKey returns nil if there is no such key of this user. It may be one that
// another version of Odoo kept elsewhere.
func (o *Ours) readKey(ctx context.Context, id int64) ([]byte, error) {
	q := recordset.Query{Model: attachmentModel, Domain: odoo.And(odoo.Term("id", "=", id), o.Keys())}
	err := o.versions.With(ctx, attachmentModel, versions.SecretFields(), func(fields []string) error {
		q.Fields = fields
		_, err := recordset.Find(ctx, o.client, q, func(r *recordset.Row) any {
			o.ReadKey(r, fields)
			return r.Unreadable() // It is no key of ours.
		})
		return err
	})
	return o.read[id], err
}

// Hide returns the rows of a load with external ids that nobody can guess, and
// leaves them as they are where an earlier version made the first run: all hosts
// must use the same. Rows keep their order. References are the columns with external
// ids of other records.
func (o *Ours) Hide(ctx context.Context, rows [][]string, references ...int) ([][]string, error) {
	hidden := make([][]string, len(rows))
	for i, r := range rows {
		hidden[i] = slices.Clone(r)
		for _, column := range append([]int{0}, references...) {
			secret, err := o.Secret(ctx, strings.TrimPrefix(r[column], externalModule))
			if err != nil {
				return nil, err
			}
			if secret != "" {
				hidden[i][column] = externalModule + secret
			}
		}
	}
	return hidden, nil
}

// Secret returns 40 hexadecimal digits for a name, which follow from the key;
// nothing where there is no key.
func (o *Ours) Secret(ctx context.Context, name string) (string, error) {
	if o.keyID == 0 {
		return "", nil
	}
	key, err := o.currentKey(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil)[:20]), nil
}

// currentKey returns the key of our external ids, and reads it if need be.
func (o *Ours) currentKey(ctx context.Context) ([]byte, error) {
	o.reading.Lock()
	defer o.reading.Unlock()
	if o.key == nil {
		o.key = o.read[o.keyID]
	}
	if o.key == nil {
		key, err := o.readKey(ctx, o.keyID)
		if err != nil {
			return nil, err
		}
		if key == nil {
			return nil, &KeyError{}
		}
		o.key = key
	}
	return o.key, nil
}
