package crm

import (
	"time"
)

// Snapshot is what an archiving changes about an opportunity, for its undo.
type Snapshot struct {
	Opportunity OpportunityID `json:"-"`
	Closed      time.Time     `json:"closed,omitzero"`
	Stage       StageID       `json:"stage"`
	Activities  []Activity    `json:"activities,omitempty"`
}
