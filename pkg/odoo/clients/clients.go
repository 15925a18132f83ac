// Package clients reads the addresses of clients, and keeps in Odoo what crm-tool knows
// about them: today, which of them are opted out.
//
// Each opt-out is an attachment of the sales team Website that one of our users made, with
// an external id that nobody else can guess. All salespeople can read it; only sales
// managers can change or delete it. Its name holds a token of the address, so that
// the attachments of a page of opportunities are one search.
package clients

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	attachmentModel = "ir.attachment"
	teamModel       = "crm.team"
	// pageSize is how many are read or written at once.
	pageSize = 250
)

// Registry reads and writes what is known about addresses. It is for one run, and
// not safe for concurrent use.
type Registry struct {
	client *odoo.Client
	ours   *ownership.Ours
	// team returns the sales team on which the attachments hang.
	team func(context.Context) (int64, error)
	// known says that the shared state knows of opt-outs.
	known bool
}

// NewRegistry returns a registry over a client.
func NewRegistry(c *odoo.Client, ours *ownership.Ours, team func(context.Context) (int64, error)) *Registry {
	return &Registry{client: c, ours: ours, team: team}
}

// KnowOptOuts tells the registry whether the shared state says that there are opt-outs.
func (g *Registry) KnowOptOuts(there bool) { g.known = there }

// HasOptOuts returns what [Registry.KnowOptOuts] said.
func (g *Registry) HasOptOuts() bool { return g.known }

// stored is an attachment with an opt-out.
type stored struct {
	crm.OptOut

	id   int64
	name string
}

// OptOuts returns the opt-outs of mailboxes, those that were lifted included, by the
// canonical form of the mailbox. It makes no call while no address was ever opted out.
func (g *Registry) OptOuts(ctx context.Context, mailboxes []string) (map[string]crm.OptOut, error) {
	if !g.known || len(mailboxes) == 0 {
		return nil, nil
	}
	found := map[string]crm.OptOut{}
	for page := range slices.Chunk(mailboxes, pageSize) {
		list, err := g.among(ctx, page)
		if err != nil {
			return nil, err
		}
		there := byName(list)
		for _, mailbox := range page {
			if all := there[crm.OptOutAttachment(mailbox)]; len(all) > 0 {
				found[crm.CanonicalMailbox(mailbox)] = all[0].OptOut
			}
		}
	}
	return found, nil
}

// OptOut opts addresses out, each once, also if an earlier opt-out was lifted before.
// It returns which of them count through this call.
func (g *Registry) OptOut(ctx context.Context, list []crm.OptOut) ([]bool, error) {
	added := make([]bool, 0, len(list))
	for page := range slices.Chunk(list, pageSize) {
		more, err := g.optOut(ctx, page)
		if err != nil {
			return nil, err
		}
		added = append(added, more...)
	}
	return added, nil
}

func (g *Registry) optOut(ctx context.Context, list []crm.OptOut) ([]bool, error) {
	mailboxes := make([]string, len(list))
	for i, o := range list {
		mailboxes[i] = o.Address
	}
	before, err := g.among(ctx, mailboxes)
	if err != nil {
		return nil, err
	}
	there, added := byName(before), make([]bool, len(list))
	var fresh []crm.OptOut
	for i, o := range list {
		all := there[crm.OptOutAttachment(o.Address)]
		switch {
		case len(all) == 0:
			fresh = append(fresh, o)
			added[i] = true
		case !all[0].Counts() && o.Outlives(all[0].OptOut):
			if err := g.write(ctx, all[:1], o); err != nil {
				return nil, err
			}
			added[i] = true
		}
	}
	return added, g.create(ctx, fresh)
}

// create makes the attachments of opt-outs that have none.
func (g *Registry) create(ctx context.Context, list []crm.OptOut) error {
	if len(list) == 0 {
		return nil
	}
	team, err := g.team(ctx)
	if err != nil {
		return err
	}
	rows, mailboxes := make([][]string, len(list)), make([]string, len(list))
	for i, o := range list {
		mailboxes[i] = o.Address
		rows[i] = []string{crm.OptOutExternalID(o.Address), crm.OptOutAttachment(o.Address), text(o), teamModel, fmt.Sprint(team)}
	}
	hidden, err := g.ours.Hide(ctx, rows)
	if err != nil {
		return err
	}
	loaded, err := g.client.Load(ctx, attachmentModel, []string{"id", "name", "description", "res_model", "res_id"}, hidden, nil)
	if err != nil {
		return err
	}
	found, err := g.among(ctx, mailboxes)
	if err != nil {
		return err
	}
	there := byName(found)
	for i, row := range rows {
		if len(there[row[1]]) > 0 {
			continue
		}
		// Somebody else's record has the external id, or Odoo refused the row.
		if loaded[i].Err != nil {
			return fmt.Errorf("write an opt-out: %w", loaded[i].Err)
		}
		if _, err := recordset.Create(ctx, g.client, attachmentModel, map[string]any{
			"name": row[1], "description": row[2], "res_model": teamModel, "res_id": team,
		}); err != nil {
			return err
		}
	}
	return nil
}

// Lift takes the opt-out of a mailbox back, and with it the address. It returns
// whether there was one. Odoo dates mails in whole seconds, so it does, too.
func (g *Registry) Lift(ctx context.Context, mailbox string, at time.Time) (bool, error) {
	list, err := g.among(ctx, []string{mailbox})
	if err != nil {
		return false, err
	}
	list = slices.DeleteFunc(list, func(s stored) bool { return !s.Counts() })
	return len(list) > 0, g.write(ctx, list, crm.OptOut{Lifted: at.UTC().Truncate(time.Second)})
}

// AllOptOuts returns all opt-outs that count, by ascending id of their attachments.
func (g *Registry) AllOptOuts(ctx context.Context) ([]crm.OptOut, error) {
	var all []crm.OptOut
	for after := int64(0); ; {
		page, err := g.find(ctx, odoo.And(odoo.Term("name", "=like", crm.OptOutPrefix+"%"), odoo.Term("id", ">", after)), pageSize)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			if after = s.id; s.Counts() {
				all = append(all, s.OptOut)
			}
		}
		if len(page) < pageSize {
			return all, nil
		}
	}
}

// ForgetLifted deletes what is left of opt-outs that were lifted before a time.
func (g *Registry) ForgetLifted(ctx context.Context, before time.Time) error {
	list, err := g.find(ctx, odoo.And(odoo.Term("name", "=like", crm.OptOutPrefix+"%"), odoo.Term("description", "=like", `{"lifted"%`)), pageSize)
	if err != nil {
		return err
	}
	var ids []int64
	for _, s := range list {
		if !s.Lifted.IsZero() && s.Lifted.Before(before) {
			ids = append(ids, s.id)
		}
	}
	return recordset.Unlink(ctx, g.client, attachmentModel, ids)
}

// write changes attachments.
func (g *Registry) write(ctx context.Context, list []stored, o crm.OptOut) error {
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.id
	}
	return recordset.Write(ctx, g.client, attachmentModel, ids, map[string]any{"description": text(o)})
}

// among returns the attachments of mailboxes.
func (g *Registry) among(ctx context.Context, mailboxes []string) ([]stored, error) {
	names := make([]string, len(mailboxes))
	for i, mailbox := range mailboxes {
		names[i] = crm.OptOutAttachment(mailbox)
	}
	slices.Sort(names)
	return g.find(ctx, odoo.Term("name", "in", slices.Compact(names)), 0)
}

func (g *Registry) find(ctx context.Context, domain odoo.Domain, limit int) ([]stored, error) {
	team, err := g.team(ctx)
	if err != nil {
		return nil, err
	}
	q := recordset.Query{Model: attachmentModel, Fields: []string{"name", "description", "create_date"}, Limit: limit, Domain: odoo.And(
		odoo.Term("res_model", "=", teamModel), odoo.Term("res_id", "=", team), odoo.Term("public", "=", false), g.ours.Made(), domain,
	)}
	return recordset.Find(ctx, g.client, q, func(r *recordset.Row) stored {
		s := stored{id: r.ID(), name: r.Text("name")}
		// What somebody damaged still says that the address is opted out.
		if json.Unmarshal([]byte(r.Text("description")), &s.OptOut) != nil || s.Since.IsZero() && s.Lifted.IsZero() {
			s.OptOut = crm.OptOut{Since: r.Created()}
		}
		return s
	})
}

// byName groups attachments by their names, the one that counts first.
func byName(list []stored) map[string][]stored {
	there := recordset.Group(list, func(s stored) string { return s.name })
	for _, all := range there {
		slices.SortStableFunc(all, func(a, b stored) int { return cmp.Compare(rank(a), rank(b)) })
	}
	return there
}

func rank(s stored) int {
	if s.Counts() {
		return 0
	}
	return 1
}

// text is an opt-out as Odoo keeps it.
func text(o crm.OptOut) string {
	o.Address = crm.CanonicalMailbox(o.Address)
	o.Since = o.Since.UTC()
	content, err := json.Marshal(o)
	if err != nil {
		panic(err) // It holds nothing that cannot be encoded.
	}
	return string(content)
}
