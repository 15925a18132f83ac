package run

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Kept is what an archiving changes about an opportunity, for its undo.
type Kept struct {
	Opportunity crm.OpportunityID `json:"-"`
	Closed      time.Time         `json:"closed,omitzero"`
	Stage       crm.StageID       `json:"stage"`
	Activities  []crm.Activity    `json:"activities,omitempty"`
}
