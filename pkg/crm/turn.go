package crm

import (
	"fmt"
	"strings"
	"time"
)

// Turn is a client's turn to be reminded on a day. Odoo has one for each client and
// day, whatever the number of their opportunities and of the runs.
type Turn struct {
	// Client is the token of the client's address, see [AddressToken].
	Client string
	// Day is a date in the zone of the days, as in 2026-11-23.
	Day string
}

// IsZero returns whether there is no turn.
func (t Turn) IsZero() bool { return t == Turn{} }

// ExternalID makes the turn the only one of its client and day.
func (t Turn) ExternalID() string {
	return fmt.Sprintf("crm_tool.turn_%s_%s", t.Client, strings.ReplaceAll(t.Day, "-", ""))
}

// TakenTurn is a turn, and the reminder that has it.
type TakenTurn struct {
	Client string
	// By is the reminder's key.
	By Key
	// At is when it was taken, by Odoo's clock.
	At time.Time
}

// Turn returns the key of the entry that holds a turn for the reminder of this key.
func (k Key) Turn() Key { return Key{Kind: TurnTaken, Opportunity: k.Opportunity, Step: k.Step} }
