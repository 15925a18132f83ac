package keys

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// Manager makes and revokes keys of the client's user.
type Manager struct{ client *odoo.Client }

// NewManager returns what manages the keys of a client's user.
func NewManager(c *odoo.Client) Manager { return Manager{c} }

// manageSince is the first version that lets programs make keys. The first builds of it do
// not, up to 19.0 of September 2025 and perhaps later.
const manageSince = 19

// Parameter is the system parameter that lets users make keys by calls who are no
// administrators. It is off in a new database.
const Parameter = "base.enable_programmatic_api_keys"

// NotAllowedError says that Odoo lets this user make no key by a call.
type NotAllowedError struct {
	// Version is Odoo's.
	Version odoo.Version
	// Disabled says that this Odoo could, if the [Parameter] were set.
	Disabled bool
}

func (e *NotAllowedError) Error() string {
	if e.Disabled {
		return "this Odoo lets nobody but administrators make API keys by a call: its system parameter " + Parameter + " is not set"
	}
	return fmt.Sprintf("Odoo %s lets nobody make API keys by a call", e.Version.Text)
}

// Check asks whether Odoo would let the user make and revoke keys. If not, the error is a
// [*NotAllowedError]. It asks Odoo to revoke a key that does not exist, which changes
// nothing: Odoo says first whether it may be asked at all.
func (m Manager) Check(ctx context.Context) error {
	refusal := &NotAllowedError{Version: m.client.Version()}
	if refusal.Version.Major < manageSince {
		return refusal
	}
	err := m.Revoke(ctx, invented())
	switch {
	case err == nil, errors.Is(err, ErrUnknownKey):
		return nil
	case odoo.IsKind(err, odoo.UnknownName):
		return refusal
	case odoo.IsKind(err, odoo.Invalid):
		refusal.Disabled = true
		return refusal
	}
	return err
}

// invented returns a key that nobody has.
func invented() string {
	const size = 20
	random := make([]byte, size)
	_, _ = rand.Read(random) // It never fails.
	return hex.EncodeToString(random)
}

// margin keeps the end of a key from being a moment too late for Odoo.
const margin = time.Minute

// Longest returns the latest end that Odoo offers the user for a new key, as in the dialog
// for people; zero if the key needs no end.
func (m Manager) Longest(ctx context.Context) (time.Time, error) {
	const dialog, field = "res.users.apikeys.description", "duration"
	fields, err := recordset.Describe(ctx, m.client, dialog, []string{field}, "selection")
	if err != nil {
		return time.Time{}, err
	}
	longest := 1
	if row := fields[field]; row != nil {
		choices, _ := row.Record["selection"].([]any)
		for _, choice := range choices {
			pair, _ := choice.([]any)
			if len(pair) == 0 {
				continue
			}
			// 0 is for a key without an end, and -1 for a day that a person chooses.
			days, err := strconv.Atoi(fmt.Sprint(pair[0]))
			if err == nil && days == 0 {
				return time.Time{}, nil
			}
			if err == nil {
				longest = max(longest, days)
			}
		}
	}
	return m.client.Now().AddDate(0, 0, longest).Add(-margin), nil
}

// Generate makes a key for calls alone, by means of the one with which the client calls.
// It is not repeated: if the answer is lost, Odoo may have a key that nobody knows.
func (m Manager) Generate(ctx context.Context, by, name string, end time.Time) (string, error) {
	var until any = false
	if !end.IsZero() {
		until = end.UTC().Format(odoo.TimeLayout)
	}
	answer, err := m.client.Call(ctx, odoo.Request{Model: model, Method: "generate", Args: []any{by, rpc, name, until}, Once: true})
	if err != nil {
		return "", withoutKeys(err)
	}
	key, ok := answer.(string)
	if !ok || !Looks(key) {
		return "", odoo.MalformedAnswer(model+".generate", nil)
	}
	return key, nil
}

// ErrUnknownKey says that Odoo refused a key as it refuses one that does not exist.
var ErrUnknownKey = errors.New("Odoo does not know the API key") //nolint:staticcheck // It is a name.

// Revoke deletes a key of the user. The error wraps [ErrUnknownKey] if Odoo seems not to
// have it.
func (m Manager) Revoke(ctx context.Context, key string) error {
	_, err := m.client.Call(ctx, odoo.Request{Model: model, Method: "revoke", Args: []any{key}, Once: true})
	err = withoutKeys(err)
	const refused = 3 // An AccessDenied, which over JSON-2 can have other causes.
	if e, ok := errors.AsType[*odoo.Error](err); ok && e.FaultCode == refused {
		return fmt.Errorf("%w: %w", ErrUnknownKey, err)
	}
	return err
}

var anyKey = regexp.MustCompile(`[0-9a-f]{40}`)

// withoutKeys removes all keys from an error: a server that repeats what it was told, or a
// half answer, would show one.
func withoutKeys(err error) error {
	e, ok := errors.AsType[*odoo.Error](err)
	if !ok {
		return err
	}
	const redacted = "<redacted>"
	e.Message = anyKey.ReplaceAllString(e.Message, redacted)
	e.Exception = anyKey.ReplaceAllString(e.Exception, redacted)
	e.Detail = anyKey.ReplaceAllString(e.Detail, redacted)
	return err
}
