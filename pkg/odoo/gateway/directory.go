package gateway

import (
	"cmp"
	"context"
	"maps"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	userModel    = "res.users"
	companyModel = "res.company"
)

// Salespeople returns users, deactivated ones included.
func (g *Gateway) Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	var found []crm.Salesperson
	err := g.versions.With(ctx, userModel, []string{records.CalendarField, records.ResourcesField}, func(has []string) (err error) {
		q := recordset.Query{Model: userModel, Archived: true, Fields: append(has, records.SalespersonFields()...)}
		found, err = recordset.FindAmong(ctx, g.client, q, "id", recordset.Unknown(ids, g.users), records.Salesperson,
			func(id crm.UserID, err error) crm.Salesperson { return crm.Salesperson{ID: id, Unreadable: err} })
		return err
	})
	for _, u := range found {
		g.users[u.ID] = u
	}
	return g.users, err
}

// Contacts returns contacts, archived ones included.
func (g *Gateway) Contacts(ctx context.Context, ids []crm.ContactID) (map[crm.ContactID]crm.Contact, error) {
	found, err := recordset.FindAmong(ctx, g.client, recordset.Query{
		Model: "res.partner", Archived: true,
		Fields: records.ContactFields(),
	}, "id", ids, records.Contact, func(id crm.ContactID, err error) crm.Contact { return crm.Contact{ID: id, Unreadable: err} })
	contacts := make(map[crm.ContactID]crm.Contact, len(found))
	for _, c := range found {
		contacts[c.ID] = c
	}
	return contacts, err
}

// Companies returns companies with the language of their own contact.
func (g *Gateway) Companies(ctx context.Context, ids []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	partners := map[crm.CompanyID]crm.ContactID{}
	var found []crm.Company
	err := g.versions.With(ctx, companyModel, []string{records.BounceField, records.CalendarField}, func(has []string) (err error) {
		fields := append(has, records.CompanyFields()...)
		found, err = recordset.FindAmong(ctx, g.client, recordset.Query{Model: companyModel, Fields: fields}, "id", recordset.Unknown(ids, g.companies),
			func(r *recordset.Row) crm.Company {
				partners[crm.CompanyID(r.ID())] = crm.ContactID(r.Ref("partner_id"))
				return records.Company(r)
			},
			func(id crm.CompanyID, err error) crm.Company { return crm.Company{ID: id, Unreadable: err} })
		return err
	})
	if err != nil {
		return nil, err
	}
	contacts, err := g.Contacts(ctx, crm.IDs(found, func(c crm.Company) crm.ContactID { return partners[c.ID] }))
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		own := contacts[partners[c.ID]]
		c.Language, c.Unreadable = own.Language, cmp.Or(c.Unreadable, own.Unreadable)
		g.companies[c.ID] = c
	}
	return g.companies, nil
}

// TeamLeaders returns the leaders of teams; a team without one, or whose leader
// cannot be read, is missing.
func (g *Gateway) TeamLeaders(ctx context.Context, ids []crm.TeamID) (map[crm.TeamID]crm.UserID, error) {
	leaders, err := recordset.FindMap(ctx, g.client, recordset.Query{Model: teamModel, Domain: odoo.Term("id", "in", ids), Fields: []string{"user_id"}, Archived: true},
		func(r *recordset.Row) (crm.TeamID, crm.UserID) {
			id, leader := crm.TeamID(r.ID()), crm.UserID(r.Ref("user_id"))
			_ = r.Unreadable()
			return id, leader
		})
	maps.DeleteFunc(leaders, func(_ crm.TeamID, leader crm.UserID) bool { return leader == 0 })
	return leaders, err
}
