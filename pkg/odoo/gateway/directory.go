package gateway

import (
	"context"
	"maps"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const userModel = "res.users"

// bounceSince is the first version whose companies have a bounce address.
const bounceSince = 17

// Salespeople returns users, deactivated ones included.
func (g *Gateway) Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	found, err := findMap(ctx, g, query{
		model: userModel, domain: odoo.Term("id", "in", unknown(ids, g.users)), archived: true,
		fields: []string{"name", "email", "email_normalized", "phone", "signature", "active", "lang", "message_bounce"},
	}, func(r *row) (crm.UserID, crm.Salesperson) {
		u := crm.Salesperson{
			ID:        crm.UserID(r.id()),
			Name:      r.text("name"),
			Email:     r.text("email"),
			Disputed:  address.Compare(r.text("email"), r.text("email_normalized")),
			Phone:     r.text("phone"),
			Signature: r.text("signature"),
			Active:    r.bool("active"),
			Language:  r.text("lang"),
			Bounces:   int(r.int("message_bounce")),
		}
		return u.ID, u
	})
	maps.Copy(g.users, found)
	return g.users, err
}

// Contacts returns contacts, archived ones included.
func (g *Gateway) Contacts(ctx context.Context, ids []crm.ContactID) (map[crm.ContactID]crm.Contact, error) {
	return findMap(ctx, g, query{
		model: "res.partner", domain: odoo.Term("id", "in", ids), archived: true,
		fields: []string{"name", "email", "email_normalized", "lang", "is_blacklisted", "message_bounce"},
	}, func(r *row) (crm.ContactID, crm.Contact) {
		c := crm.Contact{
			ID:          crm.ContactID(r.id()),
			Name:        r.text("name"),
			Email:       r.text("email"),
			Disputed:    address.Compare(r.text("email"), r.text("email_normalized")),
			Language:    r.text("lang"),
			Blacklisted: r.bool("is_blacklisted"),
			Bounces:     int(r.int("message_bounce")),
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
	found, err := find(ctx, g, query{
		model: "res.company", domain: odoo.Term("id", "in", unknown(ids, g.companies)), fields: fields,
	}, func(r *row) crm.Company {
		partners = append(partners, crm.ContactID(r.ref("partner_id")))
		c := crm.Company{
			ID:       crm.CompanyID(r.id()),
			Name:     r.text("name"),
			Email:    r.text("email"),
			Phone:    r.text("phone"),
			Website:  r.text("website"),
			Street:   r.text("street"),
			Zip:      r.text("zip"),
			City:     r.text("city"),
			Country:  r.label("country_id"),
			Catchall: r.text("catchall_email"),
		}
		if hasBounce {
			c.Bounce = r.text("bounce_email")
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
	leaders, err := findMap(ctx, g, query{model: teamModel, domain: odoo.Term("id", "in", ids), fields: []string{"user_id"}, archived: true},
		func(r *row) (crm.TeamID, crm.UserID) { return crm.TeamID(r.id()), crm.UserID(r.ref("user_id")) })
	maps.DeleteFunc(leaders, func(_ crm.TeamID, leader crm.UserID) bool { return leader == 0 })
	return leaders, err
}
