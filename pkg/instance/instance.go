// Package instance tells whether an Odoo is one whose clients may get mail.
//
// The state that all hosts share notes the first run, the URLs and databases that
// are served, and the user of Odoo as whom crm-tool works. A run under a pair that
// is not listed stops: it is probably a copy. A run as another user stops, too: it
// would not know what crm-tool wrote as that one. [Instance.Adopt] adds a pair and
// takes the user over.
package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Keys of the shared state that are not settings.
const (
	firstRunKey  = crm.FirstRunKey
	servesPrefix = "serves/"
	// AnswersKey says how far clients' answers to archived opportunities were
	// looked at.
	AnswersKey = "archive-answers"
	// StopsKey says how far clients' mails were searched for some that ask for no
	// more mails.
	StopsKey = "stops"
)

// State is the state that all hosts share, in Odoo.
type State interface {
	// Shared returns all of it.
	Shared(ctx context.Context) (map[string]string, error)
	// ShareOnce writes those of the keys that do not exist, in one step, and
	// returns the values that stand there.
	ShareOnce(ctx context.Context, values map[string]string) (map[string]string, error)
	// Share writes a key.
	Share(ctx context.Context, key, value string) error
	// EnsureKey returns the id if it is that of a key of external ids, which only
	// crm-tool's user can read, else that of a new one.
	EnsureKey(ctx context.Context, id int64) (int64, error)
	// NewestMessage returns the newest message on opportunities, 0 if there is none.
	NewestMessage(ctx context.Context) (crm.EntryID, error)
	// HasEntries tells whether crm-tool ever wrote into this Odoo.
	HasEntries(ctx context.Context) (bool, error)
}

// Instance is an Odoo: where it is reached, and which of its databases.
type Instance struct {
	URL      string `json:"url"`
	Database string `json:"database"`
	// User is the one as whom crm-tool is logged in there.
	User crm.UserID `json:"-"`
}

// New returns the instance in the one form in which it is compared.
func New(address, database string) Instance {
	if u, err := url.Parse(address); err == nil {
		u.Host = strings.ToLower(u.Host)
		address = strings.TrimRight(u.String(), "/")
	}
	return Instance{URL: address, Database: database}
}

// Host is the name under which Odoo is reached.
func (i Instance) Host() string {
	u, err := url.Parse(i.URL)
	if err != nil {
		return i.URL
	}
	return u.Hostname()
}

func (i Instance) key() string {
	sum := sha256.Sum256([]byte(i.URL + "\n" + i.Database))
	return servesPrefix + hex.EncodeToString(sum[:8])
}

// Error says that the clients of this Odoo may not get mail, or that
// nobody can tell because an attachment is damaged.
type Error struct {
	Instance Instance
	Cause    string
	// Damaged is the attachment in Odoo that cannot be read, if there is one.
	Damaged string
	// User says that it is about the user.
	User bool
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s (database %s): %s", e.Instance.URL, e.Instance.Database, e.Cause)
}

// Hint tells how to go on.
func (e *Error) Hint() string {
	if e.Damaged != "" {
		return "delete the attachment " + e.Damaged + " in Odoo, then run: crm-tool config adopt"
	}
	if e.User {
		return "correct odoo.user; or, if crm-tool is to work as this user from now on, on every host, run: crm-tool config adopt"
	}
	return "if the clients of this Odoo may get mail from here, run: crm-tool config adopt"
}

// serves is what the shared state holds about an instance.
type serves struct {
	Instance

	Since time.Time `json:"since"`
}

// Known tells whether the shared state knows the instance. It is false for the
// first run ever, which has to Adopt. An *Error comes for an unknown
// one, such as a copied database, and for state that somebody removed.
func (i Instance) Known(ctx context.Context, state State, shared map[string]string) (bool, error) {
	known, err := i.in(shared)
	if known || err != nil {
		return known, err
	}
	has, err := state.HasEntries(ctx)
	if err != nil {
		return false, fmt.Errorf("look for earlier entries: %w", err)
	}
	if !has {
		return false, nil
	}
	// Another run may have begun to write since the state was read. It adopted
	// this Odoo before that.
	if shared, err = state.Shared(ctx); err != nil {
		return false, fmt.Errorf("read the shared state again: %w", err)
	}
	if known, err = i.in(shared); known || err != nil {
		return known, err
	}
	return false, &Error{Instance: i, Cause: "crm-tool wrote to this Odoo before, but its note about the first run is missing"}
}

// in tells whether the state knows the instance. It is false without an error
// when the state can be of an Odoo in which nothing ever ran.
func (i Instance) in(shared map[string]string) (bool, error) {
	served := 0
	for key := range shared {
		if strings.HasPrefix(key, servesPrefix) {
			served++
			if err := i.decode(shared, key, &serves{}); err != nil {
				return false, err
			}
		}
	}
	f, err := i.firstRun(shared)
	if err != nil {
		return false, err
	}
	if err := i.checkUser(f); err != nil {
		return false, err
	}
	begun := HasRun(shared)
	_, ours := shared[i.key()]
	switch {
	case begun && ours:
		return true, nil
	case begun && served > 0:
		return false, &Error{Instance: i, Cause: "crm-tool serves this data under another address or database name; this looks like a copy"}
	case begun, served > 0 && !ours:
		return false, &Error{Instance: i, Cause: "what crm-tool noted in Odoo about its first run is missing in part"}
	}
	return false, nil
}

// checkUser refuses a user as whom crm-tool does not work.
func (i Instance) checkUser(f crm.FirstRun) error {
	if f.User == 0 || i.User == 0 || f.User == i.User {
		return nil
	}
	cause := fmt.Sprintf("crm-tool works here as the user with the id %d, and this host logs in as the one with the id %d", f.User, i.User)
	if slices.Contains(f.Former, i.User) {
		cause += ", who was replaced"
	}
	return &Error{Instance: i, Cause: cause, User: true}
}

// firstRun reads the note about the first run; it is zero when there is none.
func (i Instance) firstRun(shared map[string]string) (f crm.FirstRun, err error) {
	if HasRun(shared) {
		err = i.decode(shared, firstRunKey, &f)
	}
	return f, err
}

// decode reads the value of a key.
func (i Instance) decode(shared map[string]string, key string, into any) error {
	if err := json.Unmarshal([]byte(shared[key]), into); err != nil {
		name := crm.SharedPrefix + key
		return &Error{Instance: i, Cause: "the attachment " + name + " in Odoo is damaged: " + err.Error(), Damaged: name}
	}
	return nil
}

// FirstRun returns when crm-tool first ran on this Odoo, in a whole second as Odoo's
// times are, and the newest message then, 0 if nobody knows. If it never did, that is
// now.
func FirstRun(i Instance, shared map[string]string, now time.Time) (at time.Time, newest crm.EntryID, err error) {
	if !HasRun(shared) {
		return now.Truncate(time.Second), 0, nil
	}
	f, err := i.firstRun(shared)
	return f.At.Truncate(time.Second), f.Message, err
}

// HasRun tells whether crm-tool ever ran on the Odoo with that shared state.
func HasRun(shared map[string]string) bool {
	_, noted := shared[firstRunKey]
	return noted
}

// Begin notes the first run ever, in one step. If another host was faster, as
// another user, it returns an *Error.
func (i Instance) Begin(ctx context.Context, state State, now time.Time) error {
	key, err := state.EnsureKey(ctx, 0)
	if err != nil {
		return fmt.Errorf("make a key in Odoo: %w", err)
	}
	_, f, err := i.note(ctx, state, crm.FirstRun{At: now.UTC(), User: i.User, Key: key})
	if err != nil {
		return err
	}
	return i.checkUser(f)
}

// Adopt declares the instance to be one whose clients may get mail, and its user
// to be the one as whom crm-tool works. What it made as an earlier one stays ours.
func (i Instance) Adopt(ctx context.Context, state State, now time.Time) error {
	before, f, err := i.note(ctx, state, crm.FirstRun{At: now.UTC(), User: i.User})
	if err != nil {
		return err
	}
	f.Adopt(i.User)
	if f.Key, err = state.EnsureKey(ctx, f.Key); err != nil {
		return fmt.Errorf("make a key in Odoo: %w", err)
	}
	after, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode the first run: %w", err)
	}
	if string(after) == before {
		return nil
	}
	if err := state.Share(ctx, firstRunKey, string(after)); err != nil {
		return fmt.Errorf("note the user in Odoo: %w", err)
	}
	return nil
}

// note writes the first run and the instance into the shared state unless they
// stand there, and returns what stands there about the first run.
func (i Instance) note(ctx context.Context, state State, run crm.FirstRun) (text string, f crm.FirstRun, err error) {
	if run.Message, err = state.NewestMessage(ctx); err != nil {
		return "", f, fmt.Errorf("look for the newest message: %w", err)
	}
	first, err := json.Marshal(run)
	if err != nil {
		return "", f, fmt.Errorf("encode the first run: %w", err)
	}
	served, err := json.Marshal(serves{Instance: i, Since: run.At})
	if err != nil {
		return "", f, fmt.Errorf("encode the instance: %w", err)
	}
	stands, err := state.ShareOnce(ctx, map[string]string{i.key(): string(served), firstRunKey: string(first)})
	if err != nil {
		return "", f, fmt.Errorf("note the first run and this Odoo's address in Odoo: %w", err)
	}
	f, err = i.firstRun(stands)
	return stands[firstRunKey], f, err
}

// Settings returns the shared settings alone.
func Settings(shared map[string]string) map[string]string {
	settings := map[string]string{}
	for key, value := range shared {
		isNote := slices.Contains([]string{firstRunKey, AnswersKey, StopsKey, crm.OptOutsKey}, key)
		if !isNote && !strings.HasPrefix(key, servesPrefix) && !strings.HasPrefix(key, crm.LastRunPrefix) {
			settings[key] = value
		}
	}
	return settings
}
