package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// bounceSince is the first version whose companies have a bounce address.
const bounceSince = 17

// Salespeople returns users, deactivated ones included.
func (g *Gateway) Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	missing := unknown(ids, g.users)
	if len(missing) == 0 {
		return g.users, nil
	}
	records, err := g.searchAll(ctx, "res.users", odoo.Term("id", "in", missing), "name", "email", "phone", "signature", "active", "lang",
		"message_bounce")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		r := row{record: record, model: "res.users"}
		u := crm.Salesperson{
			ID:        crm.UserID(r.id()),
			Name:      r.text("name"),
			Email:     r.text("email"),
			Phone:     r.text("phone"),
			Signature: r.text("signature"),
			Active:    r.bool("active"),
			Language:  r.text("lang"),
			Bounces:   int(r.int("message_bounce")),
		}
		if r.err != nil {
			return nil, r.err
		}
		g.users[u.ID] = u
	}
	return g.users, nil
}

// Contacts returns contacts, archived ones included.
func (g *Gateway) Contacts(ctx context.Context, ids []crm.ContactID) (map[crm.ContactID]crm.Contact, error) {
	contacts := map[crm.ContactID]crm.Contact{}
	if len(ids) == 0 {
		return contacts, nil
	}
	records, err := g.searchAll(ctx, "res.partner", odoo.Term("id", "in", ids), "name", "email", "lang", "is_blacklisted", "message_bounce")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		r := row{record: record, model: "res.partner"}
		c := crm.Contact{
			ID:          crm.ContactID(r.id()),
			Name:        r.text("name"),
			Email:       r.text("email"),
			Language:    r.text("lang"),
			Blacklisted: r.bool("is_blacklisted"),
			Bounces:     int(r.int("message_bounce")),
		}
		if r.err != nil {
			return nil, r.err
		}
		contacts[c.ID] = c
	}
	return contacts, nil
}

// Companies returns companies with the language of their own contact.
func (g *Gateway) Companies(ctx context.Context, ids []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	missing := unknown(ids, g.companies)
	if len(missing) == 0 {
		return g.companies, nil
	}
	fields := []string{
		"name", "email", "phone", "website", "street", "zip", "city", "country_id", "partner_id", "catchall_email",
	}
	hasBounce := g.client.Version().Major >= bounceSince
	if hasBounce {
		fields = append(fields, "bounce_email")
	}
	records, err := g.search(ctx, "res.company", odoo.Term("id", "in", missing), 0, fields...)
	if err != nil {
		return nil, err
	}
	partners := make([]crm.ContactID, len(records))
	list := make([]crm.Company, len(records))
	for i, record := range records {
		r := row{record: record, model: "res.company"}
		_, country, _ := record.Ref("country_id")
		partners[i] = crm.ContactID(r.ref("partner_id"))
		list[i] = crm.Company{
			ID:       crm.CompanyID(r.id()),
			Name:     r.text("name"),
			Email:    r.text("email"),
			Phone:    r.text("phone"),
			Website:  r.text("website"),
			Street:   r.text("street"),
			Zip:      r.text("zip"),
			City:     r.text("city"),
			Country:  country,
			Catchall: r.text("catchall_email"),
		}
		if hasBounce {
			list[i].Bounce = r.text("bounce_email")
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	contacts, err := g.Contacts(ctx, partners)
	if err != nil {
		return nil, err
	}
	for i, c := range list {
		c.Language = contacts[partners[i]].Language
		g.companies[c.ID] = c
	}
	return g.companies, nil
}

// unknown returns the ids that are not among the known ones.
func unknown[K comparable, V any](ids []K, known map[K]V) []K {
	var missing []K
	for _, id := range ids {
		if _, ok := known[id]; !ok {
			missing = append(missing, id)
		}
	}
	return missing
}
