package gateway

import (
	"context"
	"maps"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const userModel = "res.users"

// bounceSince is the first version whose companies have a bounce address.
const bounceSince = 17

// Salespeople returns users, deactivated ones included.
func (g *Gateway) Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	found, err := recordset.FindMap(ctx, g.client, recordset.Query{
		Model: userModel, Domain: odoo.Term("id", "in", unknown(ids, g.users)), Archived: true,
		Fields: []string{"name", "email", "email_normalized", "phone", "signature", "active", "lang", "message_bounce"},
	}, func(r *recordset.Row) (crm.UserID, crm.Salesperson) {
		u := crm.Salesperson{
			ID:        crm.UserID(r.ID()),
			Name:      r.Text("name"),
			Email:     r.Text("email"),
			Disputed:  address.Compare(r.Text("email"), r.Text("email_normalized")),
			Phone:     r.Text("phone"),
			Signature: r.Text("signature"),
			Active:    r.Bool("active"),
			Language:  r.Text("lang"),
			Bounces:   int(r.Int("message_bounce")),
		}
		return u.ID, u
	})
	maps.Copy(g.users, found)
	return g.users, err
}

// Contacts returns contacts, archived ones included.
func (g *Gateway) Contacts(ctx context.Context, ids []crm.ContactID) (map[crm.ContactID]crm.Contact, error) {
	return recordset.FindMap(ctx, g.client, recordset.Query{
		Model: "res.partner", Domain: odoo.Term("id", "in", ids), Archived: true,
		Fields: []string{"name", "email", "email_normalized", "lang", "is_blacklisted", "message_bounce"},
	}, func(r *recordset.Row) (crm.ContactID, crm.Contact) {
		c := crm.Contact{
			ID:          crm.ContactID(r.ID()),
			Name:        r.Text("name"),
			Email:       r.Text("email"),
			Disputed:    address.Compare(r.Text("email"), r.Text("email_normalized")),
			Language:    r.Text("lang"),
			Blacklisted: r.Bool("is_blacklisted"),
			Bounces:     int(r.Int("message_bounce")),
		}
		return c.ID, c
	})
}

// Companies returns companies with the language of their own contact.
func (g *Gateway) Companies(ctx context.Context, ids []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	fields := []string{
		"name", "email", "phone", "website", "street", "zip", "city", "country_id", "partner_id", "catchall_email",
	}
	hasBounce := g.client.Version().Major >= bounceSince
	if hasBounce {
		fields = append(fields, "bounce_email")
	}
	var partners []crm.ContactID
	found, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: "res.company", Domain: odoo.Term("id", "in", unknown(ids, g.companies)), Fields: fields,
	}, func(r *recordset.Row) crm.Company {
		partners = append(partners, crm.ContactID(r.Ref("partner_id")))
		c := crm.Company{
			ID:       crm.CompanyID(r.ID()),
			Name:     r.Text("name"),
			Email:    r.Text("email"),
			Phone:    r.Text("phone"),
			Website:  r.Text("website"),
			Street:   r.Text("street"),
			Zip:      r.Text("zip"),
			City:     r.Text("city"),
			Country:  r.Label("country_id"),
			Catchall: r.Text("catchall_email"),
		}
		if hasBounce {
			c.Bounce = r.Text("bounce_email")
		}
		return c
	})
	if err != nil {
		return nil, err
	}
	contacts, err := g.Contacts(ctx, partners)
	if err != nil {
		return nil, err
	}
	for i, c := range found {
		c.Language = contacts[partners[i]].Language
		g.companies[c.ID] = c
	}
	return g.companies, nil
}

// unknown returns the ids that are not among the known ones.
func unknown[K comparable, V any](ids []K, known map[K]V) []K {
	return slices.DeleteFunc(slices.Clone(ids), func(id K) bool {
		_, ok := known[id]
		return ok
	})
}

// TeamLeaders returns the leaders of teams; a team without one is missing.
func (g *Gateway) TeamLeaders(ctx context.Context, ids []crm.TeamID) (map[crm.TeamID]crm.UserID, error) {
	leaders, err := recordset.FindMap(ctx, g.client, recordset.Query{Model: teamModel, Domain: odoo.Term("id", "in", ids), Fields: []string{"user_id"}, Archived: true},
		func(r *recordset.Row) (crm.TeamID, crm.UserID) {
			return crm.TeamID(r.ID()), crm.UserID(r.Ref("user_id"))
		})
	maps.DeleteFunc(leaders, func(_ crm.TeamID, leader crm.UserID) bool { return leader == 0 })
	return leaders, err
}
