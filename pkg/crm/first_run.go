package crm

import (
	"slices"
	"time"
)

// FirstRunKey is the key of the shared state under which [FirstRun] stands.
const FirstRunKey = "first-run"

// FirstRun is what the shared state says about the first run, and about the
// users of Odoo as whom crm-tool works. Earlier versions noted no user.
type FirstRun struct {
	At time.Time `json:"at"`
	// Message is the newest message on opportunities at that time: Odoo tells times
	// in whole seconds. Earlier versions did not note it.
	Message EntryID `json:"message,omitempty"`
	// User is the one as whom crm-tool works now; 0 if nobody knows.
	User UserID `json:"user,omitempty"`
	// Former are those as whom it worked before. What they made is ours, too.
	Former []UserID `json:"former,omitempty"`
	// Key is the attachment with the key of our external ids. Without one, in an
	// Odoo where an earlier version made the first run, they can be guessed.
	Key int64 `json:"key,omitempty"`
}

// Adopt makes the user the present one.
func (f *FirstRun) Adopt(user UserID) {
	if f.User == user {
		return
	}
	f.Former = Distinct(append(slices.Clone(f.Former), f.User))
	f.Former = slices.DeleteFunc(f.Former, func(id UserID) bool { return id == user })
	f.User = user
}
