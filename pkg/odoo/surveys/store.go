// Package surveys keeps questionnaires as surveys of Odoo, invites clients to them by
// participations, and reads their answers.
//
// A scale is a choice of numbers, as Odoo 16 has no other. Odoo does not score the
// surveys; the scores of the choices are for crm-tool alone.
package surveys

import (
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

// Store reads and writes the surveys and participations of one Odoo. It remembers
// surveys, so it is for one run, and is not safe for concurrent use.
type Store struct {
	client *odoo.Client
	// versions tells what this version of Odoo has.
	versions *versions.Odoo
	// ours tells which surveys and participations are crm-tool's own.
	ours *ownership.Ours
	// surveys are those that do not differ from their files.
	surveys map[string]crm.Survey
}

// NewStore returns a store over a client.
func NewStore(c *odoo.Client, v *versions.Odoo, ours *ownership.Ours) *Store {
	return &Store{client: c, versions: v, ours: ours, surveys: map[string]crm.Survey{}}
}
